"""What `meshmirror export --json` reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from realtime.core.report import PERCENT, Report, SparseReport, described

_Outputs = Annotated[tuple[str, ...], described("paths of what was written; the first is the thing itself")]
_Rows = Annotated[int, described("rows of the session that it holds", "rows")]
_Sources = Annotated[dict[str, int], described("rows by source of their features", "rows")]
_Notes = Annotated[tuple[str, ...], described("what is missing in the session")]


class TableReport(Report):
    """A table."""

    outputs: _Outputs
    rows: Annotated[int, described("rows of the table: faces, and frames without any", "rows")]
    frames: Annotated[int, described("frames of the session that it holds", "frames")]
    columns: Annotated[int, described("columns of the table")]
    emotion_sources: _Sources
    notes: _Notes


class VideoReport(Report):
    """A video or an animated GIF of views."""

    outputs: _Outputs
    rows: _Rows
    pictures: Annotated[int, described("pictures of the video")]
    views: Annotated[tuple[str, ...], described("views, from left to right")]
    size: Annotated[tuple[int, int], described("width and height", "px")]
    fps: Annotated[float, described("pictures a second", "1/s")]
    seconds: Annotated[float, described("length", "s")]
    emotion_sources: _Sources
    notes: _Notes


class SessionReport(SparseReport):
    """A new session; `offsets` where it is anonymous, `videos` where it is not."""

    outputs: _Outputs
    rows: _Rows
    emotion_sources: _Sources
    offsets: Annotated[
        dict[str, int] | None, described('faces by the offset taken out: "calibrated" or "session mean"')
    ] = None
    videos: Annotated[
        dict[str, str] | None, described('how each video was made, by file name: "copied" or "encoded"')
    ] = None
    notes: _Notes


class HeadReport(Report):
    """A GLB file with one animated head a node, "observed" and "predicted"."""

    outputs: _Outputs
    rows: _Rows
    keyframes: Annotated[int, described("keyframes of the animation")]
    seconds: Annotated[float, described("its length", "s")]
    nodes: Annotated[tuple[str, ...], described("heads that it has")]
    targets: Annotated[dict[str, tuple[str, ...]], described("names of the morph targets of each head, in their order")]
    left_percent: Annotated[
        dict[str, float],
        described("largest mean distance, over the rows, that the targets of each head leave of its mesh", PERCENT),
    ]
    hidden: Annotated[dict[str, int], described("keyframes at which each head is hidden, since it has no face there")]
    colour_highest: Annotated[float, described("upper end of the colour scale of the observed head", PERCENT)]
    metres_per_unit: Annotated[float, described("scale of the file", "m per model unit")]
    emotion_sources: _Sources
    notes: _Notes


class RerunReport(Report):
    """A recording of Rerun."""

    outputs: _Outputs
    rows: _Rows
    moments: Annotated[int, described("rows that are in the recording", "rows")]
    pictures: Annotated[int, described("pictures of the camera in it; 0 unless they were asked for")]
    colour_highest: Annotated[float, described("upper end of the colour scale of the observed face", PERCENT)]
    emotion_sources: _Sources
    notes: _Notes


Content = TableReport | VideoReport | SessionReport | HeadReport | RerunReport


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written, and in what time."""

    path: str  # of the thing itself
    to: str  # kind, as `--to` names it
    anonymous: bool
    content: Content
    offsets: dict[str, int] | None  # anonymous table or video: faces by the offset taken out, as in `SessionReport`
    took_s: float

    def to_json(self) -> dict[str, Any]:
        """One object: the keys of the content are among its own; `offsets` only where there are any."""
        offsets = {} if self.offsets is None else {"offsets": self.offsets}
        head = {"path": self.path, "to": self.to, "anonymous": self.anonymous}
        return {**head, **self.content.to_json(), **offsets, "took_s": self.took_s}
