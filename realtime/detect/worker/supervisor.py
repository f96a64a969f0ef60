"""Supervises a worker process: starts it, sends it pictures, restarts it, and stops after three failures.

One thread watches the process; another (`ChildProcess`) handles its messages at once.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Generic, Literal

from realtime.core.errors import MeshmirrorError, ModelFileError, NetworkError, UsageError
from realtime.core.types import ByteArray
from realtime.detect.pyfeat.crop import Crop
from realtime.detect.pyfeat.output_layout import OutputLayout
from realtime.detect.worker.child_channel import CLEANUP_S
from realtime.detect.worker.child_process import ChildProcess
from realtime.detect.worker.protocol import (
    MessageKind,
    ProtocolError,
    Ready,
    Refusal,
    read_answer,
    read_ready,
    read_start_failed,
    request_message,
)
from realtime.detect.worker.request_queue import Answer, Context, RequestCounts, RequestQueue
from realtime.detect.worker.shared_memory import SharedFrames

log = logging.getLogger("meshmirror")

WorkerState = Literal["preparing", "starting", "running", "restarting", "failed"]

NAME = "py-feat's network"
IN_STEP_SLOTS = 4
LIVE_SLOTS = 2  # one picture with the worker, one that waits

SILENCE_S = 2.0  # a worker that sends nothing for so long hangs,
SILENCE_STEPS = 5  # or for so many times its longest step
SILENCE_START_S = 60.0  # while it starts: loading a large library from a cold disk holds Python's lock
TICK_S = 0.1
# A longer time between two checks is one in which this process itself was stopped, or the machine asleep.
LONGEST_TICK_S = 0.3
MAX_FAILURES = 3
WITHIN_S = 60.0  # of the time that it ran: with one that takes long to start three failures take long, too
DELAYS_S = (0.0, 1.0)  # before the first and the second restart
EXIT_S = 0.3  # from the end of a dead worker's stdout to its exit code
CLOSE_S = 1.9


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a worker has to be replaced, as text that follows its name; `refusal` where a restart would not help."""

    what: str
    refusal: Refusal | None = None


class WorkerSupervisor(Generic[Context]):
    """A worker process and its pictures. Any thread may call any method; `close` it, or use it as a context manager.

    Live, `offer` and `take` never wait. In step, `submit` and `wait` lose nothing and keep the order. A failed worker
    is replaced at once, then after a second; the third failure within a minute is the last.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        live: bool,
        slots: int = IN_STEP_SLOTS,
        notify: Callable[[str], None] = log.info,
    ) -> None:
        """Start the process of `command`, which calls `serve`, and return at once.

        `slots`: in step, how many pictures are under way at once. `notify` is called, by another thread, with what
        the user may want to know. Raises NetworkError where there is no shared memory.
        """
        self.counts = RequestCounts()
        self.start_ms: dict[str, float] = {}  # of the newest start, by stage
        self._command = list(command)
        self._live = live
        self._notify = notify
        self._owner_pid = os.getpid()
        self._count = LIVE_SLOTS if live else slots
        self._frames = SharedFrames.made(self._count)
        self._queue: RequestQueue[Context] = RequestQueue(self._frames, self._count, live, self.counts)
        self._wake = threading.Event()  # of the thread that watches
        self._condition = threading.Condition()  # guards all that follows, and the queue
        self._state: WorkerState = "starting"
        self._reason = ""
        self._ready: Ready | None = None
        self._running = False
        self._started_at = self._ready_at = 0.0  # monotonic clock, of the newest worker
        self._longest_s = 0.0  # its longest step
        self._child: ChildProcess | None = None
        self._refusal: Refusal | None = None
        self._closing = False
        self._finished = False  # closed or failed: there is no memory any more
        self._pending_notifications: list[str] = []
        self._run_s = 0.0  # all workers together
        self._failed_at: list[float] = []  # of `_run_s`
        self._thread = threading.Thread(target=self._watch, name="worker", daemon=True)
        self._thread.start()

    # Requests and answers of the pipeline

    def offer(self, image: ByteArray, crop: Crop, context: Context) -> None:
        """Live: the newest picture (height, width, 3); it replaces one that still waits. Never waits, and does nothing
        once the state is "failed". Raises NetworkError once closed.
        """
        offered_ns = time.perf_counter_ns()
        if self._state == "failed" and not self._closing:
            return
        patch = crop.patch(image)
        with self._lock():
            if not self._finished:
                self._queue.put(patch, crop, context, offered_ns)
                self._send_waiting()

    def take(self) -> Answer[Context] | None:
        """Live: the newest answer that was not taken yet. Never waits. Raises NetworkError once closed."""
        with self._lock():
            return self._queue.take()

    def submit(self, image: ByteArray, crop: Crop, context: Context) -> None:
        """In step: a picture (height, width, 3) that has to be answered; waits while all slots are under way.

        Raises what `wait` raises.
        """
        offered_ns = time.perf_counter_ns()
        patch = crop.patch(image)
        with self._lock():
            self._condition.wait_for(lambda: self._finished or self._closing or not self._queue.full)
            self._check_open()
            self._queue.put(patch, crop, context, offered_ns)
            self._send_waiting()

    def wait(self) -> Answer[Context]:
        """In step: the answer to the oldest picture that was not answered yet; waits for it, also across restarts.

        Raises ModelFileError, UsageError or NetworkError with the reason once the state is "failed", NetworkError once
        closed (also by another thread), and LookupError where no picture is under way.
        """
        with self._lock():
            if self._queue.idle:
                raise LookupError("wait() without a submit() before it")
            while (answer := self._queue.take()) is None:
                self._check_open()
                self._condition.wait()
            return answer

    @property
    def under_way(self) -> Context | None:
        """What came with the picture that the worker has; None while it has none."""
        with self._condition:
            return self._queue.under_way

    @property
    def answering(self) -> bool:
        """Live: whether the last answer came within a second of its offer, by the worker that runs now, and nothing
        that was offered is older than that.
        """
        if os.getpid() != self._owner_pid:
            return False
        with self._condition:
            return self._queue.timely

    @property
    def state(self) -> WorkerState:
        """What the worker is doing."""
        return self._state

    @property
    def reason(self) -> str:
        """Why it is not running, as text for the screen; empty while it runs."""
        return self._reason

    @property
    def layout(self) -> OutputLayout | None:
        """The outputs' names; None until a worker was ready."""
        return self._ready.layout if self._ready else None

    @property
    def runtime_name(self) -> str:
        """What the network runs on; empty until a worker was ready."""
        return self._ready.runtime if self._ready else ""

    @property
    def process_id(self) -> int | None:
        """Of the worker, while there is one."""
        child = self._child
        return child.process_id if child else None

    def close(self) -> None:
        """End the worker, within two seconds; may be called twice. In a forked copy of this process it does nothing."""
        if os.getpid() != self._owner_pid:
            return
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._wake.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(CLOSE_S)

    def __enter__(self) -> WorkerSupervisor[Context]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Under the lock, by any thread

    def _lock(self) -> threading.Condition:
        """The lock, for a caller that may use this supervisor."""
        if os.getpid() != self._owner_pid:
            raise NetworkError(f"{NAME} belongs to the process that started it. A forked copy has to start its own.")
        if self._closing:
            raise NetworkError(f"{NAME} was closed.")
        return self._condition

    def _check_open(self) -> None:
        if self._closing:
            raise NetworkError(f"{NAME} was closed.")
        if self._finished:
            errors: dict[int, type[MeshmirrorError]] = {2: UsageError, 4: ModelFileError}
            raise errors.get(self._refusal.code if self._refusal else 0, NetworkError)(self._reason)

    def _on_message(self, child: ChildProcess, kind: MessageKind, body: bytes) -> None:
        """Handle a message of this child. Raises ProtocolError for an invalid one."""
        with self._condition:
            if child is self._child:  # else one that was replaced
                self._handle(kind, body)

    def _handle(self, kind: MessageKind, body: bytes) -> None:
        if kind is MessageKind.ANSWER and self._running and self._ready:
            result = read_answer(body, self._ready.layout.width)
            self._longest_s = max(self._longest_s, result.step_s)
            self._queue.answered(result)
            self._send_waiting()
            self._condition.notify_all()
        elif kind is MessageKind.READY and not self._running:
            self._ready = read_ready(body)
            self._longest_s = self._ready.longest_s
            now = time.monotonic()
            self.start_ms = {**self._ready.times_ms, "all": (now - self._started_at) * 1e3}
            self._ready_at = now
            self._running = True
            if self._state == "restarting":
                self._pending_notifications.append(f"{NAME} runs again.")
            self._state, self._reason = "running", ""
            self._send_waiting()
        elif kind is MessageKind.PROGRESS and not self._running:
            self._state, self._reason = "preparing", body.decode(errors="replace")
            self._pending_notifications.append(self._reason)
        elif kind is MessageKind.START_FAILED:
            self._refusal = read_start_failed(body)
        elif kind is not MessageKind.HEARTBEAT:
            raise ProtocolError(f"{kind.name} at the wrong time")

    def _send_waiting(self) -> None:
        """Send what the worker may have by now."""
        while self._child and self._running and (request := self._queue.to_send()):
            self._child.send(request_message(request))

    # The thread that watches

    def _watch(self) -> None:
        try:
            while (failure := self._run_one_worker()) and self._restart_after(failure):
                pass
        except BaseException as error:
            self._state, self._reason = "failed", f"{NAME} is no longer supervised: {error!r}"
            raise
        finally:
            with self._condition:
                self._finished = True
                self._frames.close()
                self._condition.notify_all()
            self._notify_pending()

    def _run_one_worker(self) -> _Failure | None:
        """Start a worker and watch it to its end; why it ended, None when that was asked for."""
        self._started_at = time.monotonic()
        try:
            child = ChildProcess(self._command, self._frames, self._count, self._live)
        except OSError as error:
            return _Failure(f"could not be started: {error}")
        with self._condition:
            self._refusal = None
            self._child = child
        what: str | None = None
        try:
            child.listen(partial(self._on_message, child), self._wake)
            what = self._watch_child(child)
        finally:
            with self._condition:
                self._child = None
                was_running, self._running = self._running, False
                self._queue.worker_died()
                if what is not None:
                    self._state = "restarting"
                if was_running:
                    self._run_s += time.monotonic() - self._ready_at
            grace_s = (
                EXIT_S if child.ended.is_set() else CLEANUP_S + EXIT_S if what is None and not was_running else 0.0
            )
            how = child.end(grace_s)
        return None if what is None else _Failure(what or how, self._refusal)

    def _watch_child(self, child: ChildProcess) -> str | None:
        """Watch a worker until it fails; returns how, empty for a dead one, None once this supervisor closes."""
        silence_s, messages_read, last = 0.0, 0, time.monotonic()
        while True:
            self._wake.wait(TICK_S)
            self._wake.clear()
            exited = child.exited
            if exited:
                child.ended.wait(EXIT_S)  # for its last messages
            with self._condition:
                if self._closing:
                    return None
                if child.fault:
                    return f"sends something that is no answer ({child.fault})"
                if exited or child.ended.is_set():
                    return ""
                limit_s = max(SILENCE_S, SILENCE_STEPS * self._longest_s) if self._running else SILENCE_START_S
            self._notify_pending()
            now = time.monotonic()
            silence_s = 0.0 if child.messages_read != messages_read else silence_s + min(now - last, LONGEST_TICK_S)
            messages_read, last = child.messages_read, now
            if silence_s > limit_s:
                return f"hangs: it sent nothing for {silence_s:.1f} s"

    def _restart_after(self, failure: _Failure) -> bool:
        """Whether another worker is to be started, and the wait before it."""
        with self._condition:
            self._failed_at = [at for at in self._failed_at if self._run_s - at <= WITHIN_S] + [self._run_s]
            failures = len(self._failed_at)
            what = f"{NAME} {failure.what}"
            if failure.refusal:
                self._reason = failure.refusal.text
            elif failures == MAX_FAILURES:
                self._reason = f"{what}. That was the third failure within a minute; it is not restarted."
            else:
                self._reason = f"{what}. It is restarted."
            self._pending_notifications.append(self._reason)
            if failure.refusal or failures == MAX_FAILURES:
                self._state = "failed"
                return False
            self._state = "restarting"
            self.counts.restarts += 1
        self._notify_pending()
        with self._condition:
            return not self._condition.wait_for(lambda: self._closing, DELAYS_S[failures - 1])

    def _notify_pending(self) -> None:
        """Call `notify` with the pending notifications, without the lock: the callback may use this supervisor."""
        while self._pending_notifications:
            with contextlib.suppress(OSError, ValueError):  # a closed stderr is no reason to leave the network
                self._notify(self._pending_notifications.pop(0))
