"""What `meshmirror replay A --against B` reports: the runs of both, and their difference on the frames of both."""

from __future__ import annotations

from typing import Annotated

from realtime.core.report import FRAMES, PERCENT, Report, described
from realtime.core.run_report import ReplayReport

NO_TEST = (
    "The frames of a recording are not independent of each other: from how many there are follows nothing about "
    "whether the difference is significant."
)


class PairedLine(Report):
    """Scores of two predictions on the same pairs of frames."""

    nme_a: Annotated[float, described("mean NME of A", PERCENT)]
    nme_b: Annotated[float, described("mean NME of B", PERCENT)]
    nme_difference: Annotated[float, described("mean NME of A minus that of B; below 0: A is nearer", PERCENT)]
    skill_a: Annotated[
        float | None, described("skill of A over all pairs: 1 - SSE(model) / SSE(its own baseline)", "1")
    ]
    skill_b: Annotated[float | None, described("the same of B", "1")]
    skill_difference: Annotated[float | None, described("skill of A minus that of B; above 0: A predicts more", "1")]
    baseline_a: Annotated[str, described("what the skill of A is measured against")]
    baseline_b: Annotated[str, described("what the skill of B is measured against")]


class PairedReport(Report):
    """The difference of two replays on the frames that both have."""

    aligned_on: Annotated[
        str,
        described('"start": the first frames lie on each other; else the name of the mark on which both are aligned'),
    ]
    offset_s: Annotated[
        float, described("time in A minus time in B of the same moment, each counted from its first frame", "s")
    ]
    pairs: Annotated[
        int,
        described(
            "pairs of frames of one moment in the part that is played: each the nearest to the other, at most half a "
            "frame apart",
            FRAMES,
        ),
    ]
    n: Annotated[
        int,
        described(
            "of these, computed pairs (in a window, those that were shown) in which both frames count: within the "
            "range of the models, predicted, of the models and sources of features and pose that most pairs had, and "
            "calibrated in both if any pair is",
            FRAMES,
        ),
    ]
    model_a: Annotated[str | None, described("model of A in these pairs; null without any")]
    model_b: Annotated[str | None, described("model of B in these pairs; null without any")]
    source_a: Annotated[str | None, described("source of A's features in these pairs; null without any")]
    source_b: Annotated[str | None, described("source of B's features in these pairs; null without any")]
    raw: Annotated[PairedLine | None, described("raw predictions; null without a pair")]
    adjusted: Annotated[PairedLine | None, described("with the identity taken out; null where it is not known in both")]
    note: Annotated[str, described("what does not follow from `n`")] = NO_TEST


class AgainstReport(Report):
    """Two replays side by side."""

    a: Annotated[ReplayReport, described("the run of A, as a replay of it alone reports it")]
    b: Annotated[ReplayReport, described("the run of B, likewise; nothing is written of it alone")]
    paired: Annotated[PairedReport, described("their difference on the frames that both have")]
    warnings: Annotated[tuple[str, ...], described("what has to be known before the two are compared")]

    @property
    def interrupted(self) -> bool:
        """Whether a signal ended the run."""
        return self.a.interrupted

    @property
    def failures(self) -> tuple[str, ...]:
        """What went wrong in either."""
        return (*self.a.failures, *self.b.failures)
