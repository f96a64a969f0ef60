"""Every output of a program, of values and of pictures: opened, switched and closed as one."""

from __future__ import annotations

from collections.abc import Iterable

from realtime.core.config import StreamConfig
from realtime.core.errors import UsageError
from realtime.core.process import Notify
from realtime.core.status import StreamChoice, StreamingState
from realtime.core.stream_report import StreamReport
from realtime.stream.address import FORMATS, StreamAddress
from realtime.stream.outputs import check_packages
from realtime.stream.pictures.outputs import check_pictures
from realtime.stream.pictures.sender import PictureSender
from realtime.stream.sender import StreamSender


class AllOutputs:
    """Values and pictures; used by the main thread."""

    def __init__(
        self,
        config: StreamConfig,
        addresses: Iterable[StreamAddress],
        size: tuple[int, int],
        notify: Notify,
        no_pictures: str = "",
    ) -> None:
        """`size` of pictures, (width, height). `no_pictures`: why this program has none, or empty.

        Addresses are checked already. `notify` is for the terminal alone, see `PictureChannel`.
        """
        given = tuple(addresses)
        self.config, self._no_pictures = config, no_pictures
        self.values = StreamSender(config, [address for address in given if not address.pictures])
        self.pictures = PictureSender(config, (size[0] // 2 * 2, size[1] // 2 * 2), notify)
        self.pictures.use(address for address in given if address.pictures)
        others = (StreamAddress.parse(name) for name in FORMATS if name not in {one.format for one in given})
        self._known = sorted((*given, *others), key=lambda address: FORMATS.index(address.format))
        self._on = set(given)

    @property
    def choices(self) -> tuple[StreamChoice, ...]:
        """What can be switched: the outputs that were asked for at the start, and each other format on this machine."""
        return tuple(
            StreamChoice(one.text, one.title, one.text in self._remote, self._missing(one)) for one in self._known
        )

    def switch(self, text: str, on: bool) -> StreamAddress:
        """Begin or end one output, by what is written after --stream. Raises UsageError where it cannot begin."""
        address = StreamAddress.parse(text)
        if on and (missing := self._missing(address)):
            raise UsageError(f"{address.title}: {missing}")
        if address not in self._known:
            self._known.append(address)
        self._on = self._on | {address} if on else self._on - {address}
        now = [one for one in self._known if one in self._on]
        if address.pictures:
            self.pictures.use(one for one in now if one.pictures)
        else:
            self.values.use(one.text for one in now if not one.pictures)
        return address

    def link(self, text: str) -> str:
        """The secret address of an output that is open; empty where it has none."""
        return next((state.link for state in self.pictures.states() if state.address == text), "")

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until every output is open or has failed once."""
        self.values.wait_ready(timeout_s)
        self.pictures.wait_ready(timeout_s)

    def states(self) -> tuple[StreamingState, ...]:
        """Every output, as it is shown."""
        return (*self.values.states(), *self.pictures.states())

    def reports(self) -> tuple[StreamReport, ...]:
        """Every output that there was."""
        return (*self.values.reports(), *self.pictures.reports())

    def close(self) -> None:
        """Close all; may be called twice."""
        try:
            self.values.close()
        finally:
            self.pictures.close()

    @property
    def _remote(self) -> frozenset[str]:
        network = self.config.lsl_scope == "network"
        return frozenset(one.text for one in self._known if not one.local or (one.format == "lsl" and network))

    def _missing(self, address: StreamAddress) -> str:
        """Why an output cannot begin."""
        if address.pictures and self._no_pictures:
            return self._no_pictures
        try:
            check_output(address, self.config)
        except UsageError as error:
            return str(error).partition(": ")[2]
        return ""


def check_output(address: StreamAddress, config: StreamConfig) -> None:
    """Raises UsageError where a package is missing, or pictures of a face would be sent without being asked for."""
    if address.pictures:
        check_pictures(address, config)
    else:
        check_packages(address)
