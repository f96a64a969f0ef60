"""What `meshmirror neutrals` reports: the neutrals that are kept, and what was deleted."""

from __future__ import annotations

from typing import Annotated

from realtime.core.neutral_report import FindingReport
from realtime.core.report import FRAMES, PERCENT, Report, described


class KeptNeutral(Report):
    """The neutral of one person."""

    person: Annotated[str, described("name of the person")]
    taken: Annotated[str, described("when it was complete, ISO 8601")]
    tracker: Annotated[str, described("tracker of its landmarks")]
    frame: Annotated[str, described("key of the canonical frame that its mesh is in")]
    model: Annotated[str, described("name of the model with which it was taken")]
    frames: Annotated[int, described("frames that it was made from", FRAMES)]
    noise_nme: Annotated[float, described("jitter of the landmarks on this face at rest", PERCENT)]
    findings: Annotated[tuple[FindingReport, ...], described("why the face was not at rest")]
    path: Annotated[str, described("its file")]


class RefusedNeutral(Report):
    """A file that cannot be used."""

    path: Annotated[str, described("the file")]
    error: Annotated[str, described("why it cannot be used")]


class NeutralsReport(Report):
    """All neutrals that are kept."""

    folder: Annotated[str, described("where they are kept")]
    neutrals: Annotated[tuple[KeptNeutral, ...], described("those that can be used, by name")]
    refused: Annotated[tuple[RefusedNeutral, ...], described("files that cannot be used")]


class RemovedNeutrals(Report):
    """What `meshmirror neutrals remove` has deleted."""

    removed: Annotated[tuple[str, ...], described("files that were deleted")]
