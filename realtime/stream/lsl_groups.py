"""The streams of LSL (Lab Streaming Layer): which values they carry, under which labels, in which units and frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from realtime.core.types import N_LANDMARKS, FloatArray
from realtime.stream.arkit import MEASURED
from realtime.stream.sample import StreamSample, number

PERCENT = "percent of the outer-canthal distance"
POSE_FRAME = "subject: +pitch up, +yaw and +roll to the subject's right, intrinsic yaw, pitch, roll"
CANONICAL = "canonical frame of the first model"


@dataclass(frozen=True, slots=True)
class Group:
    """A stream: what a reader has to know of its channels."""

    name: str  # the end of the stream's name
    type: str  # by which consumers find it
    labels: tuple[str, ...]
    units: tuple[str, ...]
    frame: str = ""  # frame of reference of the channels
    precise: bool = False  # float64 instead of float32


@dataclass(frozen=True, slots=True)
class Row:
    """The values of a group for a sample."""

    group: Group
    values: list[float] | FloatArray
    at_ns: int  # monotonic clock at the capture of the frame that they are of


FRAME = Group(
    "frame", "Metadata", ("index", "source_time", "faces", "track", "valid", "warm_up", "age"),
    ("1", "seconds", "1", "1", "1", "1", "seconds"), precise=True,
)  # fmt: skip
_LINES = ("delivered", "with_gain", "floor", "gain")
LINES = Group("lines", "Expression", _LINES, (PERCENT, PERCENT, PERCENT, "1"), CANONICAL)
POSE = Group("pose", "Orientation", ("pitch", "yaw", "roll"), ("radians",) * 3, POSE_FRAME)
_VERTICES = tuple(f"{axis}{vertex}" for vertex in range(N_LANDMARKS) for axis in "xyz")


class Groups:
    """Makes the rows of samples. A group is there from the first sample that knows its labels, and then in each."""

    def __init__(self) -> None:
        self._known: dict[str, Group] = {}
        self._last_ns = 0  # of the newest estimate

    def rows(self, sample: StreamSample, now_ns: int) -> Iterator[Row]:
        """The rows of a sample; NaN for what is not there. An estimate that was sent already is not sent again."""
        at_ns = sample.captured_ns
        found = sample.track_id is not None
        track = number(sample.track_id)
        age_s = (now_ns - at_ns) / 1e9
        values = [sample.index, sample.stamp_ns / 1e9, sample.faces, track, sample.valid, sample.warm_up, age_s]
        yield Row(FRAME, list(map(float, values)), at_ns)
        if sample.layout.blendshapes or sample.blendshapes is not None or "blendshapes" in self._known:
            yield self._named("blendshapes", "Expression", MEASURED, sample.blendshapes, "1", at_ns)
        estimate_ns = sample.estimate_captured_ns if found else at_ns
        if estimate_ns is None or estimate_ns <= self._last_ns:
            return
        self._last_ns = estimate_ns
        yield from self._estimate(sample, estimate_ns)

    def _estimate(self, sample: StreamSample, at_ns: int) -> Iterator[Row]:
        pose = sample.pose
        yield Row(POSE, [number(None)] * 3 if pose is None else list(pose.angles), at_ns)
        lines = (sample.delivered, sample.with_gain, sample.floor, sample.gain)
        yield Row(LINES, [number(value) for value in lines], at_ns)
        yield self._named("residual", "Expression", sample.layout.regions, sample.regions, PERCENT, at_ns, CANONICAL)
        names = sample.layout.features
        if names:
            yield self._named("features", "Expression", names, sample.features, "1", at_ns)
        units = sample.action_units
        if units is not None or "action-units" in self._known:
            labels = tuple(units) if units is not None else self._known["action-units"].labels
            yield self._named("action-units", "Expression", labels, units, "1", at_ns)
        for name, mesh in (("observed", sample.observed), ("predicted", sample.predicted)):
            if sample.layout.vertices:
                group = self._group(name, "Mocap", _VERTICES, "model units", CANONICAL)
                yield Row(group, [number(None)] * len(_VERTICES) if mesh is None else mesh.reshape(1, -1), at_ns)

    def _named(
        self, name: str, kind: str, labels: tuple[str, ...], values: Mapping[str, float] | None, unit: str, at_ns: int,
        frame: str = "",
    ) -> Row:  # fmt: skip
        group = self._group(name, kind, labels, unit, frame)
        return Row(group, [number((values or {}).get(label)) for label in labels], at_ns)

    def _group(self, name: str, kind: str, labels: tuple[str, ...], unit: str, frame: str) -> Group:
        group = self._known.get(name)
        if group is None or group.labels != labels:
            group = self._known[name] = Group(name, kind, labels, (unit,) * len(labels), frame)
        return group
