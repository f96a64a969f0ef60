"""The queue of requests: which pictures wait, which the worker has, and what was answered; knows no process."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from realtime.core.types import ByteArray, FloatArray
from realtime.detect.pyfeat.crop import Crop
from realtime.detect.worker.protocol import ProtocolError, Request, Result
from realtime.detect.worker.shared_memory import SharedFrames

Context = TypeVar("Context")

LATE_S = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Answer(Generic[Context]):
    """The network's output for a picture. The two times add up to the time from the offer to the answer's arrival."""

    context: Context  # what came with the picture
    row: FloatArray  # (layout.width,) float32, read-only
    crop: Crop
    waited_ms: float
    inference_ms: float  # the picture's share of the worker's step, the cutting of its input included


@dataclass(slots=True)
class RequestCounts:
    """Every picture that was offered is in one of answers, replaced and lost, or still under way."""

    answers: int = 0
    replaced: int = 0  # live: by a newer one, before the worker was free for it
    lost: int = 0  # live: with a worker that died
    late: int = 0  # live, of the answers: those that came more than a second after their offer
    restarts: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Pending(Generic[Context]):
    request: Request
    context: Context
    offered_ns: int


@dataclass(eq=False)
class RequestQueue(Generic[Context]):
    """Live: one picture with the worker and one that waits, which a newer one replaces; the newest answer is kept.

    In step: as many pictures as there are slots, all of them answered, in their order. One thread at a time.
    """

    frames: SharedFrames
    count: int  # slots
    live: bool
    counts: RequestCounts = field(default_factory=RequestCounts)

    def __post_init__(self) -> None:
        self._free = list(range(self.count))
        self._serial = 0
        self._waiting: deque[_Pending[Context]] = deque()
        self._sent: deque[_Pending[Context]] = deque()
        self._answers: deque[Answer[Context]] = deque(maxlen=1 if self.live else None)
        self._timely = False  # whether the last one was, and the worker that gave it still lives

    @property
    def full(self) -> bool:
        """Whether there is no room for one more; live there always is."""
        return not self._free and not self.live

    @property
    def idle(self) -> bool:
        """Whether nothing is under way and every answer was taken."""
        return not (self._waiting or self._sent or self._answers)

    @property
    def under_way(self) -> Context | None:
        """What came with the picture that the worker is to answer next; None where it has none."""
        return self._sent[0].context if self._sent else None

    @property
    def timely(self) -> bool:
        """Whether the last answer came in time and nothing is overdue."""
        oldest = next(iter((*self._sent, *self._waiting)), None)
        return self._timely and (oldest is None or time.perf_counter_ns() - oldest.offered_ns <= LATE_S * 1e9)

    def put(self, patch: ByteArray, crop: Crop, context: Context, offered_ns: int) -> None:
        """A picture into a slot; not to be called when it is full."""
        if self.live and self._waiting:
            self._free.append(self._waiting.pop().request.slot)
            self.counts.replaced += 1
        slot = self._free.pop()
        height, width, _ = patch.shape
        self.frames.write(slot, patch)
        self._serial += 1
        request = Request(self._serial, slot, (height, width), crop)
        self._waiting.append(_Pending(request, context, offered_ns))

    def to_send(self) -> Request | None:
        """The next request for the worker; counts as sent from now on."""
        if not self._waiting or (self.live and self._sent):
            return None
        pending = self._waiting.popleft()
        self._sent.append(pending)
        return pending.request

    def answered(self, result: Result) -> None:
        """Raises ProtocolError where something else was to be answered first."""
        if not self._sent or self._sent[0].request.serial != result.serial:
            raise ProtocolError(f"an answer to picture {result.serial}, which was not the next to be answered")
        pending = self._sent.popleft()
        self._free.append(pending.request.slot)
        took_ms = (time.perf_counter_ns() - pending.offered_ns) / 1e6
        inference_ms = result.picture_s * 1e3
        self._answers.append(
            Answer(pending.context, result.row, pending.request.crop, max(took_ms - inference_ms, 0.0), inference_ms)
        )
        self._timely = took_ms <= LATE_S * 1e3
        self.counts.answers += 1
        self.counts.late += self.live and not self._timely

    def worker_died(self) -> None:
        """The worker died: live, its requests are lost; in step, they are sent again."""
        self._timely = False
        if self.live:
            self.counts.lost += len(self._sent)
            self._free.extend(pending.request.slot for pending in self._sent)
        else:
            self._waiting.extendleft(reversed(self._sent))
        self._sent.clear()

    def take(self) -> Answer[Context] | None:
        """The next answer."""
        return self._answers.popleft() if self._answers else None
