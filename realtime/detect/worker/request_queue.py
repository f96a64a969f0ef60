"""Which pictures wait, which are with the worker, and what was answered: the books of a keeper, without a process."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from realtime.core.types import ByteArray, FloatArray
from realtime.detect.pyfeat.crop import Crop
from realtime.detect.worker.protocol import Request, Result, WireError
from realtime.detect.worker.shared_memory import SharedFrames

Context = TypeVar("Context")

LATE_S = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Answer(Generic[Context]):
    """What the network says of a picture. The two times make up all of it, from the offer to the answer's arrival."""

    context: Context  # what came with the picture
    row: FloatArray  # (heads.width,) float32, read-only
    crop: Crop
    waited_ms: float
    inference_ms: float  # the picture's share of the worker's step, the cutting of its input included


@dataclass(slots=True)
class Counts:
    """Every picture that was given is in one of answers, replaced and lost, or still under way."""

    answers: int = 0
    replaced: int = 0  # live: by a newer one, before the worker was free for it
    lost: int = 0  # live: with a worker that died
    late: int = 0  # live, of the answers: those that came more than a second after their offer
    restarts: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Held(Generic[Context]):
    request: Request
    context: Context
    offered_ns: int


@dataclass(eq=False)
class RequestQueue(Generic[Context]):
    """Live: one picture with the worker and one that waits, which a newer one replaces; the newest answer is kept.

    In step: as many pictures as there are slots, all of them answered, in their order. One thread at a time.
    """

    slots: SharedFrames
    count: int  # slots
    live: bool
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self._free = list(range(self.count))
        self._serial = 0
        self._waiting: deque[_Held[Context]] = deque()
        self._sent: deque[_Held[Context]] = deque()
        self._answers: deque[Answer[Context]] = deque(maxlen=1 if self.live else None)
        self._timely = False  # whether the last one was, and the worker that gave it still lives

    @property
    def full(self) -> bool:
        """Whether there is no room for one more; live there always is."""
        return not self._free and not self.live

    @property
    def idle(self) -> bool:
        """Whether nothing is under way and nothing was answered that nobody took."""
        return not (self._waiting or self._sent or self._answers)

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
        self.slots.write(slot, patch)
        self._serial += 1
        request = Request(self._serial, slot, (height, width), crop)
        self._waiting.append(_Held(request, context, offered_ns))

    def to_send(self) -> Request | None:
        """The next one for the worker, which has it from now on."""
        if not self._waiting or (self.live and self._sent):
            return None
        held = self._waiting.popleft()
        self._sent.append(held)
        return held.request

    def answered(self, result: Result) -> None:
        """Raises WireError where something else was to be answered first."""
        if not self._sent or self._sent[0].request.serial != result.serial:
            raise WireError(f"an answer to picture {result.serial}, which was not the next to be answered")
        held = self._sent.popleft()
        self._free.append(held.request.slot)
        took_ms = (time.perf_counter_ns() - held.offered_ns) / 1e6
        inference_ms = result.picture_s * 1e3
        self._answers.append(
            Answer(held.context, result.row, held.request.crop, max(took_ms - inference_ms, 0.0), inference_ms)
        )
        self._timely = took_ms <= LATE_S * 1e3
        self.counts.answers += 1
        self.counts.late += self.live and not self._timely

    def died(self) -> None:
        """The worker is gone: live what it had is lost, in step it is to be sent again."""
        self._timely = False
        if self.live:
            self.counts.lost += len(self._sent)
            self._free.extend(held.request.slot for held in self._sent)
        else:
            self._waiting.extendleft(reversed(self._sent))
        self._sent.clear()

    def take(self) -> Answer[Context] | None:
        """The next answer."""
        return self._answers.popleft() if self._answers else None
