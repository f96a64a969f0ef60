"""What the report of a run says of its event rules."""

from __future__ import annotations

from typing import Annotated

from realtime.core.report import Report, described


class FiredEvent(Report):
    """An event that a rule has set off."""

    begin_s: Annotated[
        float, described("its beginning, since the first frame; in a replay on the session's clock", "s")
    ]
    end_s: Annotated[float, described("its end; at the last frame where it was active then", "s")]
    crossed_s: Annotated[float, described("when the value crossed the threshold, before the holding time", "s")]


class RuleReport(Report):
    """An event rule, and what it has set off."""

    name: Annotated[str, described("name of its events")]
    of: Annotated[str, described("the value")]
    fired: Annotated[int, described("how often it began", "events")]
    active_s: Annotated[float, described("how long it was active in all", "s")]
    events: Annotated[tuple[FiredEvent, ...], described("its events in order; the first 10,000")]
