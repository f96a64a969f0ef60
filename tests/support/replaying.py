"""Sessions recorded by the program itself, turn by turn, and replays of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from common import clip

import realtime.session
from realtime import Pipeline, load_config, open_source
from realtime.app.mirror import Mirror
from realtime.app.replay import run_replay
from realtime.app.run_options import RunOptions
from realtime.app.wakeup import Wakeup
from realtime.capture import OpenSource, SourceOptions
from realtime.core.commands import Action, Seek
from realtime.core.config import Config
from realtime.core.frame_result import FrameResult
from realtime.core.status import Playback
from realtime.pipeline.replay.control import ReplayControl, ReplayOptions
from realtime.pipeline.replay.recorded_frames import RecordedRows, ReplayFrames
from realtime.session import Session
from realtime.view import open_offscreen

BASE = ("detect.tracker=bundled", "model.names=emotion@built-in", "record.view=false")


def record(
    folder: Path,
    source: str,
    *sets: str,
    during: Mapping[int, Callable[[Mirror], Any]] | None = None,
    until: Callable[[Mirror], bool] = lambda mirror: False,
) -> list[str]:
    """Record a source without a window; `during`: what is done once so many frames were computed. What was said."""
    said: list[str] = []
    waiting = dict(during or {})
    config = load_config(None, [*BASE, *sets], {"source.path": source, "record.path": folder})
    with ExitStack() as stack:
        pipeline = stack.enter_context(Pipeline.from_config(config, notify=said.append))
        opened: OpenSource = stack.enter_context(open_source(source, SourceOptions.from_config(config.source)))
        mirror = Mirror(config, RunOptions(headless=True, notify=said.append), pipeline, opened, Wakeup(None))
        stack.callback(mirror.close)
        mirror.start()
        while mirror.turn() and not until(mirror):
            for frame in [frame for frame in waiting if frame <= mirror.runs.current.statistics.frames]:
                waiting.pop(frame)(mirror)
        report = mirror.report()
    assert not report.failures, report.failures
    assert not waiting
    return said


def record_two(folder: Path) -> None:
    """ "anna", a face at the live pose, and the first frames of the same clip at pose 0 as "ben"."""
    smile = str(clip("single_face.mp4"))
    record(folder / "anna", smile, "model.pose=live", "detect.emotion=inverse")
    record(
        folder / "ben", smile, "model.pose=zero", "detect.emotion=inverse",
        until=lambda mirror: mirror.runs.current.statistics.frames >= 40,
    )  # fmt: skip


def replay(folder: Path, *sets: str, options: ReplayOptions | None = None, **asked: Any) -> dict[str, Any]:
    """The report of a replay without a window."""
    said: list[str] = []
    run = RunOptions(headless=True, notify=said.append, **asked)
    report = run_replay(folder, load_config(None, sets), run, options or ReplayOptions())
    return {**report.to_json(), "said": said}


def computed(session: Session, order: list[int], *sets: str, **asked: Any) -> list[FrameResult]:
    """Results of rows in any order, all of the first stretch, by one pipeline."""
    opened = ReplayControl(session, load_config(None, sets), ReplayOptions(**asked), lambda text: None)
    with opened.open(lambda: None, every=True, pictures=False) as pipeline:
        frames = ReplayFrames(session, RecordedRows(session))
        return [pipeline.step(frames[row]) for row in order]


class Hand:
    """A replay, turn by turn."""

    def __init__(self, folder: Path, stack: ExitStack, *sets: str, **asked: Any) -> None:
        self.said: list[str] = []
        self.computed: list[int] = []  # rows, in order
        config = load_config(None, ["view.width=640", "view.height=360", "view.remember=false", *sets])
        opened = stack.enter_context(realtime.session.open(folder))
        self.replay = self.control(opened, config, ReplayOptions(**asked))
        screen = open_offscreen((config.view.width, config.view.height))
        screen.visible = True
        stack.callback(screen.close)
        wakeup = Wakeup(screen)
        pipeline = self.replay.open(wakeup.wake, every=False, pictures=True)
        self.opened(pipeline, stack)
        settings = self.replay.settings()
        options = RunOptions(notify=self.said.append)
        sinks = self.replay.sinks
        self.replay.sinks = lambda run: [*sinks(run), self]  # type: ignore[method-assign]
        self.mirror = Mirror(settings, options, pipeline, self.replay.source, wakeup, self.replay)
        stack.callback(self.mirror.close)
        self.mirror.start()

    def control(self, session: Session, config: Config, options: ReplayOptions) -> ReplayControl:
        """The replay."""
        return ReplayControl(session, config, options, self.said.append)

    def opened(self, pipeline: Pipeline, stack: ExitStack) -> None:
        """Its pipeline is open."""

    def accept(self, result: FrameResult) -> None:
        """As a sink."""
        assert result.frame.row is not None
        self.computed.append(result.frame.row)

    def close(self) -> None:
        """As a sink."""

    def until(self, true: Callable[[], bool], what: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, f"waited in vain: {what}; said: {self.said}"
            assert self.mirror.turn(), f"the run ended before: {what}"

    def ask(self, *asked: Any) -> None:
        self.mirror.ui.actions += asked
        self.mirror.turn()

    def turns(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.mirror.turn()

    @property
    def playback(self) -> Playback:
        found = self.mirror.status().playback
        assert found is not None
        return found

    @property
    def shown(self) -> FrameResult:
        found = self.mirror._shown
        assert found is not None
        return found

    def shows(self, row: int) -> None:
        def there() -> bool:
            frame = self.mirror._shown and self.mirror._shown.frame
            return frame is not None and frame.row == row and self.mirror.runs.current is self.mirror.runs.shown

        self.until(there, f"row {row} is shown")

    def rests_at(self, row: int) -> None:
        """Resting, at a row."""
        if self.playback.playing:
            self.ask(Action.PAUSE)
        with realtime.session.open(self.replay._session.folder) as again:
            self.ask(Seek(float(again.times[row]) / 1e9))
        self.shows(row)
