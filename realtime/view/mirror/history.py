"""The last minutes of measurements in ring buffers of fixed size, at the same cost whatever the frame rate."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from realtime.core.frame_result import FrameResult, ModelResult, Residual
from realtime.core.types import N_LANDMARKS, Array, FloatArray

STEP_S = 1 / 32  # of a slot: one frame of a camera at 30 fps; the mean of more frames of faster ones
LONGEST_STEP_S = 1.0  # a longer pause is a gap, never bridged by a line
_SHORTEST_SPAN_S = 15.0
_SEAM_S = 0.5  # gap drawn where the clock restarts
_MORE_SERIES = 32  # columns are allocated in blocks of so many
_LARGEST = 6e4  # float16 ends there

PARTS = ("tracker", "identity", "pose", "emotion", "unexplained", "noise")  # fields of realtime.core.types.SumOfSquares

Slots = npt.NDArray[np.int64]
NO_OTHERS: Mapping[int, int] = {}


class Series(NamedTuple):
    """Key of a time series.

    `kind`: "raw", "adjusted" (residuals), "mean_mesh", "own_neutral" (baselines), all in % of the outer-canthal
    distance; "regions", "regions adjusted" (the same of a region); "skill", "skill adjusted"; "features"; "pose"
    (degrees, of the first model's face); "parts" (squared model units). `part` names the region, feature, angle or
    part; `vertex` selects "raw" or "adjusted" at one of the 478 vertices. `face` is the key of one of several faces;
    None: of the one that is shown.
    """

    kind: str
    model: int = 0
    part: str = ""
    vertex: int | None = None
    face: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """Series resampled to slices of time, oldest first; NaN in each gap."""

    times_s: FloatArray  # (n,) float64 on the history's axis: the mean time of the frames in each slice
    values: FloatArray  # (series, n) float32; NaN where not known


class History:
    """Ring buffers of means over slots of 1/32 s for each series, and of the residual of every vertex.

    A vertex that is pinned now has a past, too. Time starts at the first frame; where the clock restarts (another
    source, a file that loops) it continues after a short gap.
    """

    def __init__(self, models: int = 1, seconds: float = 60.0, step_s: float = STEP_S) -> None:
        """`step_s`: of a slot."""
        self.seconds = seconds
        self._models = models
        self._step_s = step_s
        self._second = max(1, round(1 / step_s))  # slots in one
        self._capacity = round(seconds / step_s) + 2 * self._second  # and beyond the left edge of a plot
        self._frames = np.zeros(self._capacity, np.uint16)
        self._times_s = np.zeros(self._capacity)
        self._broken = np.zeros(self._capacity, bool)  # a gap before this slot
        self._column: dict[Series, int] = {}
        self._means = np.zeros((self._capacity, 0), np.float32)
        self._counts = np.zeros((self._capacity, 0), np.uint16)
        self._vertices: dict[Series, FloatArray] = {}  # (capacity, 478) float16 means, % of the outer-canthal distance
        self.face = 0  # key of the face that is shown
        self._free: list[int] = []  # columns of faces that were forgotten
        self._newest = -1  # slot
        self._last_ns: int | None = None
        self._origin_ns = 0
        self._segment = 0

    @property
    def now_s(self) -> float:
        """Time of the newest frame on the history's axis."""
        return 0.0 if self._last_ns is None else (self._last_ns - self._origin_ns) * 1e-9

    @property
    def span_s(self) -> float:
        """A quarter of a minute, twice as much and so on up to all of `seconds`: the shortest that holds all data."""
        span = _SHORTEST_SPAN_S
        while span < self.now_s:
            span *= 2
        return min(span, self.seconds)

    @property
    def bytes(self) -> int:
        """Memory of the ring buffers."""
        rings: tuple[Array, ...] = (
            self._frames,
            self._times_s,
            self._broken,
            self._means,
            self._counts,
            *self._vertices.values(),
        )
        return sum(ring.nbytes for ring in rings)

    def copy(self) -> History:
        """A snapshot, independent of this one."""
        return copy.deepcopy(self)

    def push(self, result: FrameResult, others: Mapping[int, int] = NO_OTHERS) -> bool:
        """Add the measurements of a frame; the same frame again adds nothing. Whether anything was added.

        Those of the chosen face are of the face that is shown; `others` has the keys of other faces by their track ids.
        Of these no residuals of vertices are kept.
        """
        stamp, segment = result.stamp, result.frame.segment
        if stamp == self._last_ns and segment == self._segment:
            return False
        broken = False
        if self._last_ns is None:
            self._origin_ns = stamp
        elif stamp <= self._last_ns or (segment != self._segment and stamp - self._last_ns > self.seconds * 1e9):
            # A file that loops, or another source with its own clock.
            self._origin_ns = stamp - round((self.now_s + _SEAM_S) * 1e9)
            broken = True
        else:
            broken = segment != self._segment or stamp - self._last_ns > LONGEST_STEP_S * 1e9
        self._last_ns, self._segment = stamp, segment
        at = self._advance(int(self.now_s / self._step_s))
        self._broken[at] |= broken
        self._add(result, at, others)
        return True

    def forget(self, face: int) -> None:
        """Forget all of a face, which will not be shown again."""
        for series in [series for series in self._column if series.face == face]:
            column = self._column.pop(series)
            self._counts[:, column] = 0
            self._free.append(column)
        for series in [series for series in self._vertices if series.face == face]:
            del self._vertices[series]

    def _add(self, result: FrameResult, at: int, others: Mapping[int, int]) -> None:
        """Add the measurements of the newest frame to a slot of the rings."""
        self._frames[at] += 1
        self._times_s[at] += (self.now_s - self._times_s[at]) / self._frames[at]
        numbers = dict(_numbers(result, self.face))
        for track_id, face in others.items():
            numbers.update(_numbers(result.of_face(track_id), face))
        for series, ring in self._vertices.items():
            if series.face != self.face:
                ring[at] = np.nan
        columns = self._columns(numbers)
        values = np.fromiter(numbers.values(), np.float32, len(numbers))
        finite = np.isfinite(values)
        columns, values = columns[finite], values[finite]
        self._counts[at, columns] += 1
        means = self._means[at, columns]
        self._means[at, columns] = means + (values - means) / self._counts[at, columns]
        for model_at, model in enumerate(result.models[: self._models]):
            for kind, residual in _residuals(model):
                self._keep_vertices(Series(kind, model_at, face=self.face), residual, at)

    def known(self, series: Series) -> bool:
        """Whether a series had a number in the last second."""
        column = self._column.get(self._whose(series))
        newest = self._current
        if column is None or newest < 0:
            return False
        at = np.arange(max(newest - self._second, 0), newest + 1) % self._capacity
        return bool(self._counts[at, column].any())

    def strongest(self, kind: str, model: int, most: int) -> tuple[str, ...]:
        """The parts of a kind that reached the highest values, highest first."""
        wanted = kind, model, self.face
        columns = {one.part: at for one, at in self._column.items() if (one.kind, one.model, one.face) == wanted}
        at = list(columns.values())
        peaks = dict(zip(columns, self._means[:, at].max(axis=0), strict=True)) if columns else {}
        return tuple(sorted(peaks, key=lambda part: -float(peaks[part]))[:most])

    def slices(self, series: Sequence[Series], start_s: float, end_s: float, most: int) -> Slices:
        """Series between two times and a second beyond, resampled to at most `most` slices in between.

        The slices are aligned to fixed times, not to now: a curve moves without changing its shape.
        """
        step = max(1, int(np.ceil((end_s - start_s) / self._step_s / max(most, 1))))
        oldest = max(self._newest - self._capacity + 1, 0)
        first = max((int(start_s / self._step_s) - self._second) // step * step, -(-oldest // step) * step)
        last = min(int(end_s / self._step_s) + self._second, self._newest)
        slots = np.arange(first, last + 1)
        at = slots % self._capacity
        used = self._frames[at] > 0
        slots, at = slots[used], at[used]
        if not len(slots):
            return Slices(np.empty(0), np.empty((len(series), 0), np.float32))
        starts = np.flatnonzero(np.diff(slots // step, prepend=-1))
        frames = self._frames[at]
        times = np.add.reduceat(self._times_s[at] * frames, starts) / np.add.reduceat(frames, starts, dtype=np.float64)
        means, counts = self._of(series, at)
        sums = np.add.reduceat(means * counts, starts, axis=0)
        weights = np.add.reduceat(counts, starts, axis=0)
        with np.errstate(invalid="ignore"):
            values = sums / np.where(weights > 0, weights, np.float32(np.nan))
        gaps = np.flatnonzero(np.logical_or.reduceat(self._breaks(slots, at), starts))
        if len(gaps):
            times = np.insert(times, gaps, times[gaps])
            values = np.insert(values, gaps, np.nan, axis=0)
        return Slices(times, np.ascontiguousarray(values.T))

    @property
    def _current(self) -> int:
        """The slot of the frame that is shown."""
        return self._newest

    def _breaks(self, slots: Slots, at: Slots) -> npt.NDArray[np.bool_]:
        """(n,) before which of these used slots there is a gap; `at`: where they are in the ring."""
        return self._broken[at]

    def _of(self, series: Sequence[Series], at: Slots) -> tuple[FloatArray, FloatArray]:
        """Means and frame counts, each (slots, series) float32."""
        means = np.zeros((len(at), len(series)), np.float32)
        counts = np.zeros((len(at), len(series)), np.float32)
        for place, one in enumerate(series):
            whole = self._whose(one)._replace(vertex=None)
            column = self._column.get(whole)
            if column is None:
                continue
            counts[:, place] = self._counts[at, column]
            if one.vertex is None:
                means[:, place] = self._means[at, column]
            elif whole in self._vertices:  # rings are not cleared: unknown slots hold old values
                means[:, place] = np.where(counts[:, place] > 0, self._vertices[whole][at, one.vertex], 0)
            else:
                counts[:, place] = 0
        return means, counts

    def _whose(self, series: Series) -> Series:
        """The series of a face, where it was that of the face that is shown."""
        return series if series.face is not None else series._replace(face=self.face)

    def _advance(self, slot: int) -> int:
        """Advance to a slot, clearing new ones; returns its index in the ring."""
        fresh = min(slot - self._newest, self._capacity)
        if fresh > 0:
            empty = np.arange(slot - fresh + 1, slot + 1) % self._capacity
            self._frames[empty] = 0
            self._times_s[empty] = 0
            self._broken[empty] = False
            self._counts[empty] = 0
            self._means[empty] = 0
            self._newest = slot
        return slot % self._capacity

    def _columns(self, numbers: Mapping[Series, float]) -> npt.NDArray[np.intp]:
        """The columns of series; new ones are allocated."""
        column = self._column
        for series in numbers:
            if series not in column:
                column[series] = self._free.pop() if self._free else len(column)
        missing = len(column) + len(self._free) - self._means.shape[1]
        if missing > 0:
            more = -(-missing // _MORE_SERIES) * _MORE_SERIES
            self._means = np.pad(self._means, ((0, 0), (0, more)))
            self._counts = np.pad(self._counts, ((0, 0), (0, more)))
        return np.fromiter((column[series] for series in numbers), np.intp, len(numbers))

    def _keep_vertices(self, series: Series, residual: Residual, at: int) -> None:
        ring = self._vertices.get(series)
        if ring is None:
            # Where it was another face's turn to be shown, nothing is known.
            ring = self._vertices[series] = np.full((self._capacity, N_LANDMARKS), np.nan, np.float16)
        count = self._counts[at, self._column[series]]
        distance = np.minimum(residual.distance, _LARGEST)
        ring[at] = distance if count <= 1 else ring[at] + (distance - ring[at]) / np.float32(count)


def _numbers(result: FrameResult, face: int) -> Iterator[tuple[Series, float]]:
    """All measurements of the chosen face of a frame, under the key of that face."""
    if result.aligned is not None:
        for angle, degrees in result.aligned.pose.degrees().items():
            yield Series("pose", 0, angle, face=face), degrees
    for at, model in enumerate(result.models):
        for kind, residual in _residuals(model):
            yield Series(kind, at, face=face), residual.nme
            for name in ("mean_mesh", "own_neutral"):
                if name in residual.baselines:
                    yield Series(name, at, face=face), residual.baselines[name]
            ending = "" if kind == "raw" else " adjusted"
            yield Series("skill" + ending, at, face=face), residual.skill
            for region, nme in residual.regions.items():
                yield Series("regions" + ending, at, region, face=face), nme
        if model.features is not None:
            for feature, value in model.features.values.items():
                if not feature.startswith("_"):
                    yield Series("features", at, feature, face=face), value
        if model.parts is not None:
            for part in PARTS:
                value = getattr(model.parts, part)
                if value is not None:  # the tracker's offset may not be known
                    yield Series("parts", at, part, face=face), value


def _residuals(model: ModelResult) -> Iterator[tuple[str, Residual]]:
    for kind, residual in (("raw", model.residual), ("adjusted", model.residual_adjusted)):
        if residual is not None:
            yield kind, residual
