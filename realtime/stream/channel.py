"""One output of the streams: opened in the background, opened again after an error, and counted."""

from __future__ import annotations

import time

from realtime.core.background import BackgroundTask
from realtime.core.config import StreamConfig
from realtime.core.status import StreamingState
from realtime.core.stream_report import StreamReport
from realtime.stream.address import StreamAddress
from realtime.stream.counts import StreamCounts
from realtime.stream.outputs import Output, open_output
from realtime.stream.rate_limit import RateLimit
from realtime.stream.sample import StreamMark, StreamSample

RETRY_S = 2.0


class StreamChannel:
    """An output with its counts. Used by the thread of the streams; any thread may read its state and report."""

    def __init__(self, address: StreamAddress, config: StreamConfig) -> None:
        """Begins to open it; a name may take seconds to be looked up."""
        self.address = address
        self._config = config
        self._output: Output | None = None
        self._opening: BackgroundTask[Output] | None = None
        self._retry_s = 0.0  # monotonic clock
        self._rate = RateLimit(config.rate)
        self._counts = StreamCounts()
        self._remote = "" if address.local else address.title
        self.check()

    @property
    def ready(self) -> bool:
        """Whether it is open, or cannot be opened now."""
        return self._output is not None or bool(self._counts.error)

    def check(self) -> None:
        """Take what was opened meanwhile; open again what failed, after a while."""
        if self._output is not None:
            return
        task = self._opening
        if task is None:
            if time.monotonic() >= self._retry_s:
                self._opening = BackgroundTask(
                    self.address.title, lambda: open_output(self.address, self._config), lambda made: made.close(),
                    lambda: None,
                )  # fmt: skip
        elif task.done:
            self._opening = None
            if task.error is not None:
                self._fail(task.error)
                return
            self._output = task.result()
            self._remote = self._output.remote
            self._counts.error = ""

    def send(self, sample: StreamSample) -> None:
        """Send a sample, or count it as dropped; never raises for whoever receives or the network between."""
        output = self._output
        if output is None:
            self._counts.dropped += 1
            return
        if output.limited and not self._rate.take(sample.captured_ns):
            return
        try:
            if not output.send(sample):
                return
        except BlockingIOError:
            self._counts.dropped += 1
        except Exception as error:  # whatever an output raises, the others go on
            self._counts.dropped += 1
            self._fail(error)
        else:
            self._counts.count_sent(sample.captured_ns, sample.accepted_ns)

    def mark(self, mark: StreamMark) -> None:
        """Send an event, or count it as dropped."""
        try:
            if self._output is None:
                self._counts.dropped += 1
            else:
                self._output.mark(mark)
        except Exception as error:  # as above
            self._counts.dropped += 1
            self._fail(error)

    def drop(self, samples: int) -> None:
        """Count samples that the thread had no time for."""
        self._counts.dropped += samples

    def close(self) -> None:
        """Close it; may be called twice."""
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
        output, self._output = self._output, None
        if output is not None:
            output.close()

    def state(self) -> StreamingState:
        """As it is shown."""
        counts = self._counts
        return StreamingState(
            self.address.title,
            self._remote,
            counts.error,
            self.address.text,
            counts.sent,
            counts.dropped,
            counts.age_ms,
        )

    def report(self) -> StreamReport:
        """As it is reported at the end of a run."""
        return self._counts.report(self.address.title, remote=bool(self._remote))

    def _fail(self, error: Exception) -> None:
        self._counts.count_error(error)
        self._retry_s = time.monotonic() + RETRY_S
        output, self._output = self._output, None
        if output is not None:
            output.close()
