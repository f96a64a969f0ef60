"""Matches outputs of py-feat's network to the faces from which they were computed.

The network is slower than the camera. Live, nothing waits for it: the newest face is offered to it, and its newest
output is matched with the face from which it was computed (or, on request, with the newest face). Of a file every face
is submitted exactly once, several of them under way at a time.
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
    track_id: int  # see `Face`: an output of an earlier track is of no use
    watch: Stopwatch
    implausible: tuple[str, ...] = ()  # why the mesh does not lie on a whole face; empty where it does


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """An observation and the network's output for it."""

    seen: Observation
    output: NetworkOutput | None = None
    pending: bool = False  # its first output for this face is under way


class NetworkOutputs(Protocol):
    """The source of the network's outputs: the network itself, or a recording of them."""

    @property
    def ahead(self) -> int:
        """In step: the faces that may be under way at once."""
        ...

    @property
    def reason(self) -> str:
        """Why there are no outputs, as a text for the screen; empty while there is no reason."""
        ...

    @property
    def answers(self) -> bool:
        """Whether an output is still to be expected."""
        ...

    def report(self, sync: Literal["pair", "latest"]) -> NetworkReport | RecordedNetworkReport:
        """What a run reports of the network; `sync` is how its outputs are shown."""
        ...

    def match_newest(self, seen: Observation) -> Matched:
        """Live: offer the face, and match it with the newest output; never waits."""
        ...

    def submit(self, seen: Observation) -> None:
        """In step: submit the face; `finish` returns its output. At most `ahead` may be under way."""
        ...

    def finish(self, seen: Observation) -> Matched:
        """In step: the output for a face that was submitted, in the order of `submit`."""
        ...

    def close(self) -> None:
        """Unblock whatever waits for it; may be called twice."""
        ...


class NetworkSync:
    """The network beside the pipeline; belongs to the pipeline's thread."""

    def __init__(
        self,
        supervisor: WorkerSupervisor[Observation],
        sync: Literal["pair", "latest"],
        ahead: int,
        weights_sha256: str,
        asked_for: bool,
    ) -> None:
        """`ahead`: in step, the faces that may be under way at once. `asked_for`: the user named this network."""
        self.supervisor = supervisor
        self._asked_for = asked_for
        self._ahead = ahead
        self._weights_sha256 = weights_sha256
        self._sync = sync
        self._newest: tuple[Observation, NetworkOutput] | None = None
        self._unusable = ""  # why its outputs cannot be used
        self._fallback = False  # live: another source is used in its place

    @property
    def ahead(self) -> int:
        """In step: the faces that may be under way at once."""
        return 1 if self._unusable else self._ahead

    @property
    def reason(self) -> str:
        """Why there are no outputs, as a text for the screen; empty while there is no reason."""
        known = self._unusable or self.supervisor.reason
        if known or not self._fallback:
            return known
        return f"py-feat's network {'is late' if self.supervisor.counts.answers else 'is starting'}"

    @property
    def answers(self) -> bool:
        """Whether an output is still to be expected."""
        return self.supervisor.state != "failed"

    def close(self) -> None:
        """End its process; may be called twice."""
        self.supervisor.close()

    def report(self, sync: Literal["pair", "latest"]) -> NetworkReport:
        """What a run reports of the network; `sync` is how its outputs are shown."""
        supervisor = self.supervisor
        return NetworkReport(
            state=supervisor.state,
            reason=self.reason,
            runtime=supervisor.runtime_name,
            weights_sha256=self._weights_sha256,
            start_ms={stage: round(ms, 1) for stage, ms in supervisor.start_ms.items()},
            **asdict(supervisor.counts),
            sync=sync,
        )

    def match_newest(self, seen: Observation) -> Matched:
        """Live: offer the face, and match it with the newest output; never waits."""
        if not seen.aligned:
            self._newest, self._fallback = None, False
            return Matched(seen)
        if not self._unusable:
            self._exchange(seen)
        self._fallback = bool(self._unusable) or not self.supervisor.answering
        if self._fallback:
            self._newest = None
            return Matched(seen)
        if self._newest is None or self._newest[0].track_id != seen.track_id:
            return Matched(seen, pending=True)
        of, output = self._newest
        return Matched(of if self._sync == "pair" else seen, output)

    def _exchange(self, seen: Observation) -> None:
        """Offer the newest face, and take the newest output of a face of the same track."""
        self.supervisor.offer(seen.frame.image, _crop(seen), seen)
        answer = self.supervisor.take()
        if answer is None or answer.context.track_id != seen.track_id:
            return
        try:
            self._newest = answer.context, self._decoded(answer)
        except ModelFileError as error:  # live, the run continues without it
            self._unusable = str(error)
            log.warning("%s", error)

    def submit(self, seen: Observation) -> None:
        """In step: submit the face; `finish` returns its output. At most `ahead` may be under way."""
        if seen.aligned and not self._unusable:
            with self._never_started():
                self.supervisor.submit(seen.frame.image, _crop(seen), seen)

    def finish(self, seen: Observation) -> Matched:
        """In step: wait for the output for a face that was submitted; in the order of `submit`.

        Raises the supervisor's error when it has failed, and ModelFileError for weights that are damaged.
        """
        if seen.aligned and not self._unusable:
            with self._never_started():
                answer = self.supervisor.wait()
                while answer.context is not seen:  # of a run that was stopped
                    answer = self.supervisor.wait()
                return Matched(seen, self._decoded(answer))
        return Matched(seen)

    @contextmanager
    def _never_started(self) -> Iterator[None]:
        """A network that was not asked for by name and that cannot even start is not used, for the whole run; one that
        fails later is an error, so that no run mixes two sources.
        """
        try:
            yield
        except MeshmirrorError as error:
            if self._asked_for or self.supervisor.layout is not None or self.supervisor.state != "failed":
                raise
            self._unusable = str(error)

    def _decoded(self, answer: Answer[Observation]) -> NetworkOutput:
        assert self.supervisor.layout is not None  # known since the worker was ready
        return self.supervisor.layout.decode(answer.row, answer.crop, answer.context.frame.stamp_ns)


def _crop(seen: Observation) -> Crop:
    assert seen.landmarks is not None
    return Crop.of_face(seen.landmarks.points_px, seen.frame.size)
