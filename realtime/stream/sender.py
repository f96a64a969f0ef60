"""The thread that sends to every output: a slow or failing one is counted, and never waited for.

The thread that computes hands samples over in a bounded queue, of which the oldest go where there is no room.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable

from realtime.core.config import StreamConfig
from realtime.core.frame_result import FrameResult
from realtime.core.status import StreamingState
from realtime.core.stream_report import StreamReport
from realtime.stream.address import StreamAddress, parse_addresses
from realtime.stream.channel import StreamChannel
from realtime.stream.outputs import check_packages
from realtime.stream.sample import StreamLayout, StreamMark, StreamSample, sample_of

MOST_WAITING = 64  # two seconds of a camera
_CHECK_S = 0.1  # an output that was opened or failed is looked after this often
_CLOSE_S = 3.0


class StreamSender:
    """Sends samples and marks to all outputs, in a thread of its own, which runs while there are outputs."""

    def __init__(self, config: StreamConfig, addresses: Iterable[StreamAddress] = ()) -> None:
        self.config = config
        self._waiting: deque[StreamSample | StreamMark] = deque()
        self._changed = threading.Condition()
        self._wanted: tuple[StreamAddress, ...] = ()
        self._channels: dict[StreamAddress, StreamChannel] = {}  # changed by the thread alone, as a whole
        self._ended: list[StreamReport] = []  # of outputs that were switched off
        self._missed = 0  # samples for which there was no room since the thread last looked
        self._closed = False
        self._thread: threading.Thread | None = None
        self._use(tuple(addresses))

    def use(self, texts: Iterable[str]) -> None:
        """Stream to these from now on, and to no others. Raises UsageError for a bad one, and then changes nothing."""
        addresses = parse_addresses(texts)
        for address in addresses:
            check_packages(address)
        self._use(addresses)

    @property
    def active(self) -> bool:
        """Whether anything is to be sent."""
        return bool(self._wanted)

    @property
    def addresses(self) -> tuple[StreamAddress, ...]:
        """What is streamed to."""
        return self._wanted

    def put(self, sample: StreamSample) -> None:
        """Hand a sample over, without waiting."""
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self._missed += 1
            self._waiting.append(sample)
            self._changed.notify()

    def mark(self, label: str, at_ns: int | None = None, *, active: bool | None = None) -> None:
        """Hand an event over; `at_ns` of the monotonic clock, None for now. `active`: of a rule, see `StreamMark`."""
        if not self.active:
            return
        with self._changed:
            self._waiting.append(StreamMark(label, time.monotonic_ns() if at_ns is None else at_ns, active))
            self._changed.notify()

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until every output is open or has failed once, so that the first results of a file are sent too."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            channels = self._channels
            if all(address in channels and channels[address].ready for address in self._wanted):
                return
            time.sleep(0.01)

    def states(self) -> tuple[StreamingState, ...]:
        """Every output, as it is shown."""
        return tuple(channel.state() for channel in self._channels.values())

    def reports(self) -> tuple[StreamReport, ...]:
        """Every output that there was, in the order in which they ended or are."""
        return (*self._ended, *(channel.report() for channel in self._channels.values()))

    def close(self) -> None:
        """Send what waits, then close all outputs; may be called twice."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(_CLOSE_S)

    def _use(self, addresses: tuple[StreamAddress, ...]) -> None:
        with self._changed:
            self._wanted = addresses
            if addresses and self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._work, name="streams", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _work(self) -> None:
        checked_s = 0.0
        while True:
            with self._changed:
                if not self._waiting and not self._closed:
                    self._changed.wait(_CHECK_S)
                items, missed, closed = tuple(self._waiting), self._missed, self._closed
                self._waiting.clear()
                self._missed = 0
            if missed or time.monotonic() - checked_s >= _CHECK_S:
                checked_s = time.monotonic()
                self._look_after(missed)
            channels = tuple(self._channels.values())
            for item in items:
                for channel in channels:
                    channel.mark(item) if isinstance(item, StreamMark) else channel.send(item)
            if closed and not items:
                break
        for channel in self._channels.values():
            channel.close()

    def _look_after(self, missed: int) -> None:
        """Open what is new, close what is not wanted any more, count what was missed."""
        wanted, before = self._wanted, self._channels
        for channel in before.values():
            channel.drop(missed)
        if set(wanted) != set(before):
            kept = {at: before[at] if at in before else StreamChannel(at, self.config) for at in wanted}
            self._channels = kept
            for address, channel in before.items():
                if address not in kept:
                    channel.close()
                    self._ended.append(channel.report())
        for channel in self._channels.values():
            channel.check()


class StreamSink:
    """The sink of a run: makes a sample of each result and hands it over. It never waits."""

    def __init__(self, sender: StreamSender, layout: StreamLayout, *, live: bool) -> None:
        """`sender` outlives the run. `live`: the times of its frames are of this machine's monotonic clock."""
        self._sender, self._layout, self._live = sender, layout, live

    def accept(self, result: FrameResult) -> None:
        """Hand what is streamed of it over."""
        if self._sender.active:
            now_ns = time.monotonic_ns()
            self._sender.put(sample_of(result, self._layout, live=self._live, accepted_ns=now_ns))

    def close(self) -> None:
        """The sender is closed by its owner."""
