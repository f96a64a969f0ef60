"""Where a window's camera cannot be opened: another source, chosen in the window."""

from __future__ import annotations

from pathlib import Path

from realtime.app.desktop import open_replay
from realtime.app.inventory import Inventory, camera_label
from realtime.app.remembered import Remembered
from realtime.app.run_options import RunOptions
from realtime.capture import source_label
from realtime.core.background import BackgroundTask
from realtime.core.commands import Action, CloseWindow, OpenPath
from realtime.core.config import Config
from realtime.core.status import Choice
from realtime.core.view_state import ViewState
from realtime.session.folder import is_session
from realtime.view import FileDialog, Screen, StartWindow

_POLL_S = 0.05
_OPEN, _SESSION, _QUIT = "<open>", "<session>", "<quit>"  # no source is called so
_MOST_RECENT = 3


def choose_source(config: Config, options: RunOptions, screen: Screen, reason: str) -> str | None:
    """Ask in the window until something is chosen: its path, as the settings name it; None: the program is to end.

    `reason`: why the source of the settings cannot be shown. Raises KeyboardInterrupt after a signal.
    """
    search = BackgroundTask("", lambda: Inventory.search(config), lambda _: None, screen.wake)
    recent = Remembered(options.notify).sources if options.remember and config.view.remember else ()
    dialog, ui, said = FileDialog(), ViewState(), reason
    try:
        with StartWindow(screen) as window:
            while True:
                window.show(options.title, said, _choices(config, search.made or Inventory(), recent))
                screen.wait(_POLL_S)
                requests, picked = screen.poll(ui), window.picked
                window.picked = None
                if options.interrupted:
                    raise KeyboardInterrupt
                if CloseWindow() in requests or Action.QUIT in requests or picked == _QUIT:
                    return None
                wanted = {Action.OPEN: _OPEN, Action.OPEN_SESSION: _SESSION}
                picked = picked or next((wanted[one] for one in requests if one in wanted), None)  # type: ignore[index]
                if picked in (_OPEN, _SESSION):
                    said = dialog.ask(folder=picked == _SESSION) or reason
                    continue
                path = dialog.picked() or next((Path(one.path) for one in requests if isinstance(one, OpenPath)), None)
                if path is not None and is_session(path):
                    said = open_replay(path) or f"{path.name} is replayed in a window of its own."
                elif path is not None or picked is not None:
                    return picked if path is None else str(path)
    finally:
        search.cancel()


def _choices(config: Config, here: Inventory, recent: tuple[str, ...]) -> list[Choice]:
    now = config.source.path
    others = [camera for camera in here.cameras if str(camera.index) != now]
    return [
        Choice(now, f"Try {source_label(now)} again"),
        *(Choice(str(camera.index), camera_label(camera).capitalize()) for camera in others),
        Choice(_OPEN, "Open a video or picture … (or drop it here)"),
        Choice(_SESSION, "Replay a session …"),
        *(Choice(path, path) for path in recent[:_MOST_RECENT]),
        Choice(_QUIT, "Quit"),
    ]
