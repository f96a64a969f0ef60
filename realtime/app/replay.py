"""Replay a session: in the window at its own speed, or row by row without one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from realtime.app.mirror import Mirror
from realtime.app.open_screen import open_screen
from realtime.app.run_options import RunOptions, stopping_signals
from realtime.app.saved_layouts import begin_with_layout
from realtime.app.streaming import check_streams
from realtime.app.wakeup import Wakeup
from realtime.core.config import Config
from realtime.core.errors import UsageError
from realtime.core.files import is_video
from realtime.core.run_report import ReplayReport
from realtime.pipeline.build import Pipeline
from realtime.pipeline.replay.control import ReplayControl, ReplayOptions
from realtime.session import Session
from realtime.session import open as open_session


def run_replay(folder: Path, config: Config, options: RunOptions, asked: ReplayOptions) -> ReplayReport:
    """Run until the window is closed, the last row is done without one, or a signal comes; the report.

    Raises the documented errors.
    """
    check_replay(config, options, asked)
    config = begin_with_layout(config, options.notify)
    with ExitStack() as stack:
        session = stack.enter_context(open_session(folder))
        replay = ReplayControl(session, config, asked, options.notify)
        mirror = run_on_screen(stack, replay, (session,), options)
        return ReplayReport(**dict(mirror.report()), **dict(replay.report()))


def check_replay(config: Config, options: RunOptions, asked: ReplayOptions) -> None:
    """Raises UsageError for options that do not belong together, and for a stream that cannot be."""
    check_streams(config.stream)
    if config.record.path is not None and not is_video(config.record.path):
        raise UsageError(
            f"--record {config.record.path}: a replay is a recorded session already; "
            "--record FILE.mp4 makes a video of its window."
        )
    if options.headless and (asked.loop or asked.speed != 1.0):
        raise UsageError(
            "--loop and --speed are for the window; without one every frame comes once, as fast as it goes."
        )


def run_on_screen(
    stack: ExitStack,
    replay: ReplayControl,
    sessions: Sequence[Session],
    options: RunOptions,
    opened: Callable[[Pipeline, bool], None] = lambda pipeline, pictures: None,
) -> Mirror:
    """Run a replay to its end, in a window or without one; what was opened is closed with the stack.

    `opened` is called with the first pipeline, and whether pictures are shown, before anything is computed. `sessions`
    are those whose faults are said.
    """
    settings = replay.settings()
    stack.enter_context(stopping_signals(options))
    screen = open_screen(settings, options)
    if screen is not None:
        stack.callback(screen.close)
    wakeup = Wakeup(screen)
    every = screen is None or not screen.visible
    pipeline = replay.open(wakeup.wake, every=every, pictures=screen is not None)
    stack.callback(pipeline.close)
    opened(pipeline, screen is not None)
    for session in sessions:
        if screen is not None:  # a video is opened when it is needed
            session.notes += [note for part in session.parts if part.camera is None for note in part.notes]
        name = f"{session.folder.absolute().name}: " if len(sessions) > 1 else ""
        for note in dict.fromkeys(session.notes):
            options.notify(name + note)
    mirror = Mirror(settings, options, pipeline, replay.source, wakeup, replay)
    stack.callback(mirror.close)
    mirror.run()
    return mirror
