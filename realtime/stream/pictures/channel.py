"""One receiver of pictures with a thread of its own, which opens, encodes and waits; the newest picture wins."""

from __future__ import annotations

import secrets
import threading

from realtime.core.config import StreamConfig
from realtime.core.process import Notify
from realtime.core.status import StreamingState
from realtime.core.stream_report import StreamReport
from realtime.stream.address import StreamAddress
from realtime.stream.counts import StreamCounts
from realtime.stream.pictures.outputs import PictureOutput, open_pictures
from realtime.stream.pictures.picture import StreamPicture

RETRY_S = 2.0
_CLOSE_S = 3.0


class PictureChannel:
    """An output with its counts, opened again after an error. Any thread may use it, and never waits for a reader."""

    def __init__(self, address: StreamAddress, config: StreamConfig, size: tuple[int, int], notify: Notify) -> None:
        """Begins to open it. `notify` gets the address with its token: it is for the terminal, and nothing keeps it."""
        self.address = address
        self._config, self._size, self._notify = config, size, notify
        self._token = secrets.token_urlsafe(24)
        self._counts = StreamCounts()
        self._output: PictureOutput | None = None
        self._waiting: StreamPicture | None = None
        self._changed = threading.Condition()
        self._closed = False
        self._told: set[str] = set()
        self._title = address.title
        self._thread = threading.Thread(target=self._work, name=f"pictures: {address.format}", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether it is open, or cannot be opened now."""
        return self._output is not None or bool(self._counts.error)

    @property
    def wanted(self) -> bool:
        """Whether anybody looks."""
        output = self._output
        return output is not None and output.wanted

    def show(self, picture: StreamPicture) -> None:
        """Hand a picture over without waiting; one that still waits is dropped for it, and counted."""
        with self._changed:
            if self._output is None:
                return
            if self._waiting is not None:
                self._counts.dropped += 1
            self._waiting = picture
            self._changed.notify()

    def state(self) -> StreamingState:
        """As it is shown."""
        output, counts = self._output, self._counts
        return StreamingState(
            self._title, "" if self.address.local else self._title, counts.error, self.address.text, counts.sent,
            counts.dropped, counts.age_ms, "" if output is None else output.note, "" if output is None else output.link,
        )  # fmt: skip

    def report(self) -> StreamReport:
        """As it is reported at the end of a run."""
        return self._counts.report(self._title, remote=not self.address.local)

    def close(self) -> None:
        """Close it; may be called twice."""
        with self._changed:
            self._closed = True
            output, self._output = self._output, None
            self._changed.notify()
        if output is not None:
            output.close()
        self._thread.join(_CLOSE_S)

    def _work(self) -> None:
        while not self._closed:
            try:
                self._open()
                while not self._closed:
                    self._send()
            except Exception as error:  # whatever an output raises, it is tried again and the others go on
                if self._closed:
                    return
                self._counts.count_error(error)
                self._tell(f"{self._title}: {self._counts.error.rstrip('.')}. It is tried again.")
                with self._changed:
                    output, self._output, self._waiting = self._output, None, None
                if output is not None:
                    output.close()
                with self._changed:
                    self._changed.wait_for(lambda: self._closed, RETRY_S)

    def _open(self) -> None:
        output = open_pictures(self.address, self._config, self._size, self._token)
        with self._changed:
            if not self._closed:
                self._output, self._title, self._counts.error = output, output.title, ""
        if self._closed:
            output.close()
        elif output.link:
            self._tell(f"Pictures for OBS or a browser, for whoever has this address: {output.link}")

    def _tell(self, text: str) -> None:
        """Once, however often it is opened again."""
        if text not in self._told:
            self._told.add(text)
            self._notify(text)

    def _send(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting is not None)
            picture, self._waiting = self._waiting, None
            output = self._output
        if picture is None or output is None:
            return
        try:
            output.send(picture)
        except Exception:
            self._counts.dropped += 1
            raise
        self._counts.count_sent(picture.captured_ns, picture.accepted_ns)
