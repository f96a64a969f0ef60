"""Outputs that are switched in the window. None of it is remembered, and no undo begins to send."""

from __future__ import annotations

from realtime.app.notifications import Notifications
from realtime.app.runs import Runs
from realtime.app.streaming import missing_values, opening_notes
from realtime.core.commands import CopyStream, SwitchStream
from realtime.core.errors import UsageError
from realtime.stream.all_outputs import AllOutputs
from realtime.view import Screen


class StreamCommands:
    """Handles the requests of the panel's section."""

    def __init__(self, outputs: AllOutputs, notifications: Notifications, runs: Runs) -> None:
        self._outputs, self._notifications, self._runs = outputs, notifications, runs

    def switch(self, request: SwitchStream) -> None:
        """Begin or end an output; the user is notified."""
        try:
            address = self._outputs.switch(request.address, request.on)
        except UsageError as error:
            self._notifications.post("settings", str(error), error=True)
            return
        if not request.on:
            self._notifications.post("settings", f"{address.title}: nothing is sent any more.")
        else:
            notes = [
                f"Sending to {address.title} until it is switched off.",
                *opening_notes(address, self._outputs.config),
            ]
            missing = missing_values(address, self._runs.current)
            self._notifications.post("settings", " ".join(notes))
            if missing:
                self._notifications.post("source", missing)

    def copy(self, request: CopyStream, screen: Screen) -> None:
        """Put the address for OBS into the clipboard; it is shown nowhere, since windows are recorded."""
        link = self._outputs.link(request.address)
        if not link:
            self._notifications.post("clipboard", "There is no address yet.")
        elif screen.copy(link):
            self._notifications.post("clipboard", "Address copied: whoever has it sees the pictures.")
        else:
            self._notifications.post("clipboard", "There is no clipboard; the address is in the terminal.")
