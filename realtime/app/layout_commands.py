"""The layouts that are saved by name, as the user meets them: saved, loaded and deleted, each a step to undo."""

from __future__ import annotations

from contextlib import suppress

from realtime.app.notifications import Notifications
from realtime.app.saved_layouts import SavedLayouts, layout_name
from realtime.app.view_history import ViewHistory
from realtime.core.commands import UseLayout
from realtime.core.undo_history import Step, UndoHistory
from realtime.core.view_layout import ViewLayout
from realtime.core.view_state import ViewState


class LayoutCommands:
    """Handles the requests of the panel's section."""

    def __init__(
        self,
        ui: ViewState,
        layouts: SavedLayouts,
        history: UndoHistory,
        view_history: ViewHistory,
        notifications: Notifications,
    ) -> None:
        self._ui = ui
        self._layouts = layouts
        self._history = history
        self._view_history = view_history
        self._notifications = notifications

    def handle(self, request: UseLayout) -> None:
        """Do what was asked for; the user is notified."""
        if request.do == "load":
            self._load(request.name)
            return
        try:
            name = layout_name(request.name)
            before = self._layouts.get(name)
            after = ViewLayout.of(self._ui) if request.do == "save" else None
            written = self._layouts.put(name, after)
        except ValueError as error:
            text = str(error)
            self._notifications.post("settings", f"{text[0].upper()}{text[1:]}.", error=True)
            return
        if not written or before == after:  # it was notified why; or there is nothing to undo
            return
        done = "deleted" if after is None else "saved" if before is None else "saved in place of the former one"
        self._notifications.post("settings", f"Layout {name} {done}. Ctrl+Z undoes it.")
        step = Step(f"layout {name} {done}", lambda: self._put(name, before), lambda: self._put(name, after))
        self._history.add(step)

    def _put(self, name: str, layout: ViewLayout | None) -> None:
        with suppress(ValueError):  # meanwhile another window has saved as many as are kept
            self._layouts.put(name, layout)

    def _load(self, name: str) -> None:
        layout = self._layouts.get(name)
        if layout is None:
            self._notifications.post("settings", f"There is no layout {name} any more.", error=True)
            return
        layout.put(self._ui)
        self._view_history.watch(f"layout {name}")
        self._notifications.post("settings", f"Layout {name}. Ctrl+Z undoes it.")
