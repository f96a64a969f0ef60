"""What cameras at addresses have in common: their name without secrets, their time limit, their errors."""

from __future__ import annotations

from abc import ABC, abstractmethod

from realtime.capture.opencv_device import Device
from realtime.capture.source import SourceOptions
from realtime.core.addresses import without_secrets
from realtime.core.errors import SourceError

GIVE_PASSWORD = "give them in the address, as http://USER:PASSWORD@HOST/ (@, /, ?, # and : as %40, %2F, %3F, %23, %3A)"


class NetworkCamera(ABC):
    """Opens the device behind an address; each call is one attempt."""

    def __init__(self, url: str, options: SourceOptions) -> None:
        self._url, self._options = url, options
        self._name = without_secrets(url)
        # Shorter than what the reader waits for a device, so that the precise reason comes first.
        self._limit_s = 0.9 * options.open_timeout_s

    def __call__(self) -> Device:
        """The open device.

        Raises:
            SourceError: why there is none, and what to do.
        """
        try:
            return self._open()
        except SourceError as error:
            raise named(self._name, error) from None

    @abstractmethod
    def _open(self) -> Device:
        """The open device. The error says why there is none as a clause; the name of the camera is put before it."""


def named(name: str, error: SourceError) -> SourceError:
    """The error of a clause, as a sentence about a source."""
    reason = str(error)
    return SourceError(f"{name}: {reason}" + ("" if reason.endswith("?") else "."))
