"""Matches outputs of py-feat's network to the faces from which they were computed.

The network is slower than the camera. Live, nothing waits for it: the newest picture of a face is offered to it, and
its newest output is matched with the face from which it was computed (or, on request, with the newest face). Of several
faces they take turns (`NetworkTurns`). Of a file every face is submitted exactly once, several of them under way at a
time; the worker computes all that wait in one step. Live it computes one face at a time: a step of four takes four
times as long, for which the chosen face would wait.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from realtime.core.errors import MeshmirrorError, ModelFileError
from realtime.core.run_report import NetworkReport, RecordedNetworkReport
from realtime.core.stopwatch import Stopwatch
from realtime.core.types import Aligned, Frame, Landmarks, NetworkOutput
from realtime.detect.pyfeat.crop import Crop
from realtime.pipeline.network_turns import NetworkTurns

if TYPE_CHECKING:
    from realtime.detect.worker import Answer, WorkerSupervisor

log = logging.getLogger("meshmirror")


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """A face in a frame, before anything is predicted."""

    frame: Frame
    landmarks: Landmarks
    aligned: tuple[Aligned, ...]  # in each model's frame; empty where its anchors allow none
    warm_up: bool
    track_id: int  # see `Face`: an output of another face is of no use,
    since_ns: int  # nor is one from before it was lost: the stamp of the first frame since
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

    def match_newest(self, faces: Sequence[Observation]) -> list[Matched]:
        """Live: offer the faces of a frame, the most important one first, and match each with its newest output; never
        waits.
        """
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
        self._newest: dict[
            int, tuple[Observation, NetworkOutput]
        ] = {}  # by track ids, of the faces of the newest frame
        self._turns = NetworkTurns()
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

    def match_newest(self, faces: Sequence[Observation]) -> list[Matched]:
        """Live: offer one of the faces of a frame, and match each with its newest output; never waits."""
        aligned = [seen for seen in faces if seen.aligned]
        self._newest = {
            seen.track_id: known
            for seen in aligned
            if (known := self._newest.get(seen.track_id)) is not None and known[0].since_ns == seen.since_ns
        }
        if not aligned:
            self._fallback = False
            return [Matched(seen) for seen in faces]
        if not self._unusable:
            self._exchange(aligned)
        self._fallback = bool(self._unusable) or not self.supervisor.answering
        if self._fallback:
            self._newest = {}
        return [self._matched(seen) for seen in faces]

    def _matched(self, seen: Observation) -> Matched:
        if self._fallback or not seen.aligned:
            return Matched(seen)
        if seen.track_id not in self._newest:
            return Matched(seen, pending=True)
        of, output = self._newest[seen.track_id]
        return Matched(of if self._sync == "pair" else seen, output)

    def _exchange(self, faces: Sequence[Observation]) -> None:
        """Offer the newest picture of the face whose turn it is, and take the newest output of a face that is here."""
        here = {seen.track_id: seen for seen in faces}
        under_way = self.supervisor.under_way
        offered = here[self._turns.next(list(here), None if under_way is None else under_way.track_id)]
        self.supervisor.offer(offered.frame.image, _crop(offered), offered)
        answer = self.supervisor.take()
        if answer is None:
            return
        of = answer.context
        self._turns.answered(of.track_id)
        if of.track_id not in here or here[of.track_id].since_ns != of.since_ns:
            return
        try:
            self._newest[of.track_id] = of, self._decoded(answer)
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
    return Crop.of_face(seen.landmarks.points_px, seen.frame.size)
