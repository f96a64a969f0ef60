"""Renders a session offscreen as a video or GIF of chosen views side by side."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from realtime.core.config import RecordConfig, ViewConfig
from realtime.core.errors import UsageError
from realtime.core.files import new_output
from realtime.core.frame_result import FrameResult
from realtime.core.progress import Progress, no_progress
from realtime.core.status import Status
from realtime.core.types import Array, ByteArray
from realtime.core.view_options import View
from realtime.core.view_state import ViewState
from realtime.export.export_report import VideoReport
from realtime.export.tables.livelink import frame_rate
from realtime.export.tables.selection import Selection
from realtime.export.tables.table_files import MODE
from realtime.media.gaps import without_gaps
from realtime.media.gif import write_gif
from realtime.media.new_video import new_video
from realtime.media.video_writer import even_size
from realtime.model import LinearMeshModel
from realtime.pipeline.replay.recorded_models import recorded_models
from realtime.session.read.part import SessionPart
from realtime.view import Screen, open_offscreen

if TYPE_CHECKING:
    from realtime.view import MirrorView

SIZE = {".mp4": (1280, 720), ".gif": (640, 360)}
_GIF_FPS = 15.0  # at most, unless more is asked for: an animation of a face has 100 kB a picture
_SAMPLES = 5  # pictures from which an animation's colours are chosen
_ROUNDED_NS = 1e6  # tolerance for rounded times of rows
_OF_PICTURE = (View.CAMERA, View.ON_FACE)

# The results of rows of the session, in the order in which they are asked for.
ResultsOf = Callable[[Sequence[int]], Iterator[FrameResult]]


@dataclass(frozen=True, slots=True)
class VideoLook:
    """What to draw."""

    views: tuple[View, ...] | None = None  # None: camera, observed and predicted, as far as they are there
    size: tuple[int, int] | None = None  # (width, height); None: 1280x720, as GIF 640x360
    fps: float | None = None  # None: as recorded; as GIF at most 15


def write_views(
    selection: Selection, out: Path, look: VideoLook, results: ResultsOf, progress: Progress = no_progress
) -> VideoReport:
    """Write rows of a session as .mp4 or .gif, at an even rate.

    Raises UsageError for views of a picture that was not kept, SessionError and ModelFileError for models that are not
    here, DisplayError without OpenGL, RecordError. Of what was interrupted no file is left.
    """
    kind = out.suffix.lower()
    views = _views(selection, look.views)
    fps = look.fps or (min(_GIF_FPS, frame_rate(selection)) if kind == ".gif" else frame_rate(selection))
    hundredths = max(2, round(100 / fps))  # viewers slow down what is faster than 0.02 s
    fps = 100 / hundredths if kind == ".gif" else fps
    size = even_size(look.size or SIZE[kind])
    rows, cut = _rows(selection, fps)
    with contextlib.closing(_Drawing(selection, views, size)) as drawing:

        def pictures(wanted: Sequence[int]) -> Iterator[ByteArray]:
            new = [row for at, row in enumerate(wanted) if at == 0 or row != wanted[at - 1]]
            drawn, picture, shown = results(new), None, -1
            for row in wanted:
                if row != shown:
                    picture, shown = drawing.draw(next(drawn), row), row
                assert picture is not None
                yield picture

        def with_progress() -> Iterator[ByteArray]:
            for at, picture in enumerate(pictures(rows)):
                yield picture
                progress(at + 1, len(rows))

        if kind == ".gif":
            samples = sorted(set(np.linspace(0, len(rows) - 1, _SAMPLES).round().astype(int).tolist()))
            path = _gif(out, with_progress(), list(pictures([rows[at] for at in samples])), 10 * hundredths)
        else:
            path = _mp4(out, with_progress(), size, fps)
    return VideoReport(
        outputs=(str(path),),
        rows=len(selection),
        pictures=len(rows),
        views=tuple(view.value for view in views),
        size=size,
        fps=round(fps, 3),
        seconds=round(len(rows) / fps, 3),
        emotion_sources=selection.emotion_sources,
        notes=(*selection.session.notes, *([cut] if cut else [])),
    )


def _views(selection: Selection, asked: tuple[View, ...] | None) -> tuple[View, ...]:
    """The requested views, or the default ones that the session has pictures for."""
    pictures = all(part.camera is not None for part, _, _ in selection.parts)
    if asked is None:
        usual = (View.CAMERA, View.OBSERVED, View.PREDICTED)
        return tuple(view for view in usual if pictures or view not in _OF_PICTURE)
    missing = [view.value for view in asked if view in _OF_PICTURE]
    if missing and not pictures:
        raise UsageError(
            f"--views {', '.join(missing)}: the session has no pictures of the camera. "
            f"Available are {', '.join(view.value for view in View if view not in _OF_PICTURE)}."
        )
    return asked


def _rows(selection: Selection, fps: float) -> tuple[list[int], str]:
    """The row of each tick: the newest one at that time; and a note about gaps that are cut."""
    times: Array = np.concatenate([part.times[first : first + count] for part, first, count in selection.parts])
    numbers = np.concatenate([np.arange(count) + part.first + first for part, first, count in selection.parts])
    since, cut = without_gaps(times)
    ticks = np.arange(int((since[-1] + _ROUNDED_NS) * fps / 1e9) + 1) * (1e9 / fps)
    found: list[int] = numbers[np.searchsorted(since, ticks + _ROUNDED_NS, side="right") - 1].tolist()
    return found, cut


class _Drawing:
    """The mirror's view offscreen; reopened for each part, whose models may differ."""

    def __init__(self, selection: Selection, views: tuple[View, ...], size: tuple[int, int]) -> None:
        self._session = selection.session
        self._model = selection.model
        self._settings = ViewConfig(views=views, cards=(), panel=False)
        self._part: SessionPart | None = None
        self._models: tuple[LinearMeshModel, ...] = ()
        self._ui = ViewState()
        self._view: MirrorView | None = None
        recorded_models(selection.parts[0][0].info, self._session.folder)  # before OpenGL is asked for
        self._screen: Screen = open_offscreen(size)

    def draw(self, result: FrameResult, row: int) -> ByteArray:
        """The picture (height, width, 3) RGB of a result."""
        part, _ = self._session.place(row)
        if part is not self._part:
            self._open(part)
        assert self._view is not None
        first = result.models[0] if result.models else None
        status = Status(
            source=part.info.source,
            emotion_source="" if first is None or first.features is None else first.features.source,
            pose_mode="zero" if first is not None and first.predicted and first.predicted.pose is None else "live",
            calibrated=first is not None and first.identity is not None,
        )
        self._view.draw(self._screen.framebuffer, result, status, self._ui)
        return self._screen.read()

    def close(self) -> None:
        """Release all resources."""
        if self._view is not None:
            self._view.close()
        self._screen.close()

    def _open(self, part: SessionPart) -> None:
        from realtime.view import MirrorView  # the OpenGL libraries, which no table needs

        self._part = part
        models = recorded_models(part.info, self._session.folder)
        self._ui = ViewState.of(self._settings, mirrored=part.info.mirrored)
        self._ui.model = min(self._model, len(models) - 1)
        if self._view is not None:
            self._view.close()
        self._view = MirrorView.on(self._screen, models)


def _gif(out: Path, pictures: Iterator[ByteArray], samples: Sequence[ByteArray], delay_ms: int) -> Path:
    with new_output(out, MODE) as path:
        write_gif(path, pictures, samples, delay_ms)
    return path


def _mp4(out: Path, pictures: Iterator[ByteArray], size: tuple[int, int], fps: float) -> Path:
    with new_video(out, size, RecordConfig(), fps, private=True) as writer:
        for at, picture in enumerate(pictures):
            if not writer.put(picture, round(at * 1e9 / fps), wait=True):
                break  # `close` raises the reason
    return writer.path
