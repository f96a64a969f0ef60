"""Which word of py-feat's network belongs to which face.

The network is slower than the camera. Live, nothing waits for it: the newest face is offered to it, and what it said
last is paired with the face of which it said it (or, on request, with the newest face). Of a file every face is
submitted exactly once, several of them under way at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from realtime.core.errors import MeshmirrorError, ModelFileError
from realtime.core.run_report import NetworkReport, RecordedNetworkReport
from realtime.core.stopwatch import Stopwatch
from realtime.core.types import Aligned, Frame, Landmarks, NetworkOutput
from realtime.detect.pyfeat.crop import Crop

if TYPE_CHECKING:
    from realtime.detect.worker import Answer, WorkerSupervisor

log = logging.getLogger("meshmirror")


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """A frame with its face, before anything is predicted."""

    frame: Frame
    landmarks: Landmarks | None
    aligned: tuple[Aligned, ...]  # in each model's frame; empty without a face, or where its anchors allow none
    warm_up: bool
    track_id: int  # grows when the face is gone and when the picture is another: what was said before is of no use then
    watch: Stopwatch


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """An observation and what the network says of it."""

    seen: Observation
    output: NetworkOutput | None = None
    pending: bool = False  # its first word on this face is under way


class NetworkOutputs(Protocol):
    """What gives the pipeline the network's words: the network itself, or what was recorded of it."""

    @property
    def ahead(self) -> int:
        """In step: the faces that may be under way at once."""
        ...

    @property
    def reason(self) -> str:
        """What keeps the network from speaking, in words for the screen; empty while nothing does."""
        ...

    @property
    def speaks(self) -> bool:
        """Whether a word is still to be expected of it."""
        ...

    def report(self, sync: Literal["pair", "latest"]) -> NetworkReport | RecordedNetworkReport:
        """What a run reports of the network; `sync` is how its outputs are shown."""
        ...

    def look(self, seen: Observation) -> Matched:
        """Live: hand the face over and take what is there; never waits."""
        ...

    def submit(self, seen: Observation) -> None:
        """In step: hand the face over; `finish` gives the answer. At most `ahead` may be under way."""
        ...

    def finish(self, seen: Observation) -> Matched:
        """In step: the answer on a face that was handed over, in the order of `submit`."""
        ...

    def close(self) -> None:
        """Let nothing wait for it any longer; may be called twice."""
        ...


class NetworkSync:
    """The network beside the pipeline; belongs to the pipeline's thread."""

    def __init__(
        self,
        keeper: WorkerSupervisor[Observation],
        sync: Literal["pair", "latest"],
        ahead: int,
        weights_sha256: str,
        asked_for: bool,
    ) -> None:
        """`ahead`: in step, the faces that may be under way at once. `asked_for`: the user named this network."""
        self.keeper = keeper
        self._asked_for = asked_for
        self._ahead = ahead
        self._weights_sha256 = weights_sha256
        self._sync = sync
        self._newest: tuple[Observation, NetworkOutput] | None = None
        self._useless = ""  # why what it says is of no use
        self._stands_in = False  # live: something else speaks in its place

    @property
    def ahead(self) -> int:
        """In step: the faces that may be under way at once."""
        return 1 if self._useless else self._ahead

    @property
    def reason(self) -> str:
        """What keeps the network from speaking, in words for the screen; empty while nothing does."""
        known = self._useless or self.keeper.reason
        if known or not self._stands_in:
            return known
        return f"py-feat's network {'is late' if self.keeper.counts.answers else 'is starting'}"

    @property
    def speaks(self) -> bool:
        """Whether a word is still to be expected of it."""
        return self.keeper.state != "failed"

    def close(self) -> None:
        """End its process; may be called twice."""
        self.keeper.close()

    def report(self, sync: Literal["pair", "latest"]) -> NetworkReport:
        """What a run reports of the network; `sync` is how its outputs are shown."""
        keeper = self.keeper
        return NetworkReport(
            state=keeper.state,
            reason=self.reason,
            runtime=keeper.runtime_name,
            weights_sha256=self._weights_sha256,
            start_ms={stage: round(ms, 1) for stage, ms in keeper.start_ms.items()},
            **asdict(keeper.counts),
            sync=sync,
        )

    def look(self, seen: Observation) -> Matched:
        """Live: hand the face over and take what is there; never waits."""
        if not seen.aligned:
            self._newest, self._stands_in = None, False
            return Matched(seen)
        if not self._useless:
            self._exchange(seen)
        self._stands_in = bool(self._useless) or not self.keeper.answering
        if self._stands_in:
            self._newest = None
            return Matched(seen)
        if self._newest is None or self._newest[0].track_id != seen.track_id:
            return Matched(seen, pending=True)
        of, output = self._newest
        return Matched(of if self._sync == "pair" else seen, output)

    def _exchange(self, seen: Observation) -> None:
        """Offer the newest face, and take the newest word on one that has been there since."""
        self.keeper.offer(seen.frame.image, _crop(seen), seen)
        answer = self.keeper.take()
        if answer is None or answer.context.track_id != seen.track_id:
            return
        try:
            self._newest = answer.context, self._decoded(answer)
        except ModelFileError as error:  # the mirror goes on without it
            self._useless = str(error)
            log.warning("%s", error)

    def submit(self, seen: Observation) -> None:
        """In step: hand the face over; `finish` gives the answer. At most `ahead` may be under way."""
        if seen.aligned and not self._useless:
            with self._never_started():
                self.keeper.submit(seen.frame.image, _crop(seen), seen)

    def finish(self, seen: Observation) -> Matched:
        """In step: the answer on a face that was handed over, waited for; in the order of `submit`.

        Raises the keeper's error when it has given up, and ModelFileError for weights that are damaged.
        """
        if seen.aligned and not self._useless:
            with self._never_started():
                answer = self.keeper.wait()
                while answer.context is not seen:  # of a run that was broken off
                    answer = self.keeper.wait()
                return Matched(seen, self._decoded(answer))
        return Matched(seen)

    @contextmanager
    def _never_started(self) -> Iterator[None]:
        """A network that nobody asked for by name and that cannot even start is done without, for the whole run; one
        that fails later is an error, so that no run is half of one kind.
        """
        try:
            yield
        except MeshmirrorError as error:
            if self._asked_for or self.keeper.heads is not None or self.keeper.state != "failed":
                raise
            self._useless = str(error)

    def _decoded(self, answer: Answer[Observation]) -> NetworkOutput:
        assert self.keeper.heads is not None  # known since the worker was ready
        return self.keeper.heads.decode(answer.row, answer.crop, answer.context.frame.stamp_ns)


def _crop(seen: Observation) -> Crop:
    assert seen.landmarks is not None
    return Crop.of_face(seen.landmarks.points_px, seen.frame.size)
