"""The mirror from its first drawing to its report: everything is opened in one ExitStack and takes one way out.

The window comes first and shows what is being opened; trackers, models and the source, whose libraries take their time
to import, are opened in background threads. Nothing heavy is imported before that.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from realtime.app.open_screen import open_screen
from realtime.app.run_options import RunOptions, stopping_signals
from realtime.app.saved_layouts import begin_with_layout
from realtime.app.streaming import check_streams
from realtime.capture import OpenSource, SourceOptions, check_source, open_source, source_label
from realtime.core.background import BackgroundTask
from realtime.core.commands import Action, CloseWindow, Request
from realtime.core.config import Config
from realtime.core.errors import UsageError
from realtime.core.files import is_video
from realtime.core.run_report import RunReport
from realtime.core.view_state import ViewState
from realtime.view import Screen

if TYPE_CHECKING:
    from realtime.pipeline.build import Pipeline

# Requests that act on the frame that is shown; while there is none they do nothing. A recording, a calibration or
# another model are of what comes, so they are carried out once it is there.
_OF_A_FRAME = frozenset({
    Action.PAUSE, Action.SCREENSHOT, Action.COPY, Action.EVENT, Action.EXCLUDE, Action.STEP_BACK, Action.STEP,
    Action.JUMP_BACK, Action.JUMP, Action.FIRST, Action.LAST, Action.SLOWER, Action.FASTER, Action.LOOP,
    Action.IN_POINT, Action.OUT_POINT,
})  # fmt: skip
_POLL_S = 0.1  # the opening card polls the user's input this often


def run_mirror(config: Config, options: RunOptions | None = None) -> RunReport:
    """Run until the source ends, `frames` are done, the window is closed or a signal comes; the report.

    Raises the documented errors; whatever was recorded until then is closed and playable.
    """
    options = options or RunOptions()
    config = begin_with_layout(config, options.notify)
    _check_recording(config)
    check_streams(config.stream)
    check_source(config.source.path)
    with ExitStack() as stack:
        stack.enter_context(stopping_signals(options))
        screen = open_screen(config, options)
        if screen is not None:
            stack.callback(screen.close)
        early: list[Request] = []
        config, pipeline, source = _open(config, options, screen, early)
        stack.callback(pipeline.close)
        stack.enter_context(source)
        if pipeline.hint:
            options.notify(f"Emotions: fitted to the mesh (inverse). `{pipeline.hint}` installs a source of its own.")

        from realtime.app.mirror import Mirror
        from realtime.app.wakeup import Wakeup

        mirror = Mirror(config, options, pipeline, source, Wakeup(screen))
        stack.callback(mirror.close)
        mirror.ui.actions += early
        mirror.run()
        return mirror.report()


def _check_recording(config: Config) -> None:
    """Refuse, before a window or a camera is opened, what cannot be recorded. Raises UsageError."""
    path = config.record.path
    if path is None:
        return
    if not is_video(path):
        from realtime.session.folder import check_name

        check_name(path.name)
    elif not config.record.view:
        raise UsageError(
            f"--record {path} is a video of the window, which shows the face; "
            "--no-video belongs to a session: --record FOLDER."
        )


def _open(
    config: Config, options: RunOptions, screen: Screen | None, early: list[Request]
) -> tuple[Config, Pipeline, OpenSource]:
    """The pipeline and the source of the settings, and these; what the user requested meanwhile is added to `early`.

    Where a camera cannot be opened, somebody at the window chooses another source.

    Raises what either raises; where both fail, what the pipeline raises. A signal raises KeyboardInterrupt: a camera
    can take seconds to open, and nothing is recorded yet.
    """

    def build() -> Pipeline:
        from realtime.pipeline.build import Pipeline

        return Pipeline.from_config(config, notify=options.notify)

    def connect(wanted: Config) -> OpenSource:
        return open_source(wanted.source.path, SourceOptions.from_config(wanted.source))

    if screen is None or not screen.visible:
        with stopping_signals(options, at_once=True):
            pipeline = build()
            try:
                return config, pipeline, connect(config)
            except BaseException:
                pipeline.close()
                raise
    pipeline_task = BackgroundTask("pipeline", build, lambda made: made.close(), screen.wake)
    source_task = _connecting(config, connect, screen)

    def settled() -> bool:
        return pipeline_task.error is not None or (pipeline_task.done and source_task.done)

    try:
        while True:
            early += _wait_behind_card(config, options, screen, settled)
            pipeline, failure = pipeline_task.result(), source_task.error
            if failure is None or not _can_choose(config, options):
                return config, pipeline, source_task.result()
            other = _choose(config, options, screen, str(failure))
            if other is None:
                raise failure
            early.clear()  # what was pressed was for what did not come
            config = other
            source_task = _connecting(config, connect, screen)
    except BaseException:
        pipeline_task.cancel()
        source_task.cancel()
        raise


def _connecting(config: Config, connect: Callable[[Config], OpenSource], screen: Screen) -> BackgroundTask[OpenSource]:
    return BackgroundTask("source", lambda: connect(config), lambda made: made.close(), screen.wake)


def _can_choose(config: Config, options: RunOptions) -> bool:
    """Whether somebody who started a window with a camera is asked for another source: no script, no file by name."""
    attended = options.remember and not options.unattended and options.frames is None and not options.stop.is_set()
    return attended and config.source.path.isdecimal() and config.record.path is None


def _choose(config: Config, options: RunOptions, screen: Screen, reason: str) -> Config | None:
    """The settings with the source that is chosen in the window; None where it is closed."""
    from realtime.app.start_chooser import choose_source

    path = choose_source(config, options, screen, reason)
    if path is None:
        return None
    return config.model_copy(update={"source": config.source.model_copy(update={"path": path, "wait": False})})


def _wait_behind_card(config: Config, options: RunOptions, screen: Screen, done: Callable[[], bool]) -> list[Request]:
    """Show what is being opened until it is open; what the user requested meanwhile.

    A window that is closed meanwhile ends the run as soon as everything is open. Raises KeyboardInterrupt after a
    signal.
    """
    from realtime.view import OpeningCard

    ui, requests = ViewState(), list[Request]()
    opening = f"Opening {source_label(config.source.path)} ..."
    with OpeningCard(screen, config.view.theme) as card:
        drawn: tuple[tuple[int, int], bool] | None = None
        while not done():
            now = screen.size_px, options.stop.is_set()
            if now != drawn:  # the first time, and where the window was resized or closed
                drawn = now
                card.show(options.title, "Closing ..." if options.stop.is_set() else opening)
            screen.wait(_POLL_S)
            requests += [request for request in screen.poll(ui) if request not in _OF_A_FRAME]
            if options.interrupted:
                raise KeyboardInterrupt
            if Action.QUIT in requests or CloseWindow() in requests:
                options.stop.set()
    return requests
