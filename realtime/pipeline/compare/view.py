"""What the page of a comparison draws: the frames of every recording in time, a few faces, the errors by vertex."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from realtime.core.compare_view import (
    AMBER,
    F32,
    LEFT_OUT,
    NO_FACE,
    OUTSIDE,
    USED,
    CompareView,
    ShownFrame,
    Timeline,
    VertexErrors,
)
from realtime.geometry import CanonicalFrame
from realtime.geometry.normals import outward_normals
from realtime.pipeline.compare.cell_sums import CellSums
from realtime.pipeline.compare.frame_rows import column
from realtime.pipeline.compare.merged_recording import MergedRecording
from realtime.pipeline.compare.part_on_disk import PartOnDisk
from realtime.pipeline.compare.setups import F64, Setup
from realtime.pipeline.compare.spool import Bools

if TYPE_CHECKING:
    import pyarrow as pa

_ALWAYS = ("frame", "time_s", "face", "seen", "valid", "amber", "scored")
SHOWN = 24  # frames of all recordings that can be looked at


def compare_view(
    merged: Sequence[MergedRecording],
    used: Sequence[MergedRecording],
    parts: Mapping[str, PartOnDisk],
    setups: Sequence[Setup],
) -> CompareView:
    """All recordings in time; faces and errors by vertex of those that are scored together, `used`.

    Raises OSError and ValueError where a part cannot be read.
    """
    lines, faces, errors = [], [], [np.zeros(0, np.float32)]
    scored = {one.recording.name for one in used}
    for one in merged:
        name = one.recording.name
        courses = _courses(calibrated=one.calibrated)
        table = parts[name].frames([*_ALWAYS, *courses])
        line = _timeline(name, table, courses)
        lines.append(line)
        if name in scored:
            faces += _kept_faces(line, table.column("frame").to_pylist(), parts[name], setups)
            errors.append(line.delivered[np.isfinite(line.delivered)])
    every = np.sort(np.concatenate(errors).astype(np.float64))
    return CompareView(tuple(lines), tuple(_spread(faces, every)), tuple(_vertices(used, setups)))


def _courses(*, calibrated: bool) -> list[str]:
    """The columns that are drawn in time: as delivered, of the baseline, of the floor."""
    suffix = "_adjusted" if calibrated else ""
    names = (f"nme{suffix}", "own_neutral_nme" if calibrated else "mean_mesh_nme", f"floor_nme{suffix}")
    return [column(name, 0) for name in names]


def _timeline(name: str, table: pa.Table, courses: Sequence[str]) -> Timeline:
    def numbers(key: str) -> F64:
        found: F64 = table.column(key).to_numpy().astype(np.float64)
        return found

    def flags(key: str) -> Bools:
        return np.asarray(table.column(key).to_numpy(), bool)

    seen, valid, amber, scored = (flags(key) for key in ("seen", "valid", "amber", "scored"))
    state = np.full(len(table), LEFT_OUT, np.uint8)
    state[scored] = USED
    state[scored & amber] = AMBER
    state[seen & ~valid] = OUTSIDE
    state[~seen] = NO_FACE
    face = table.column("face").to_numpy()
    places = np.flatnonzero(seen)
    changed = np.zeros(len(table), bool)
    changed[places[1:][np.diff(face[places]) != 0]] = True
    errors = [np.where(scored, numbers(one), np.nan).astype(np.float32) for one in courses]
    return Timeline(name, numbers("time_s"), state, changed, *errors)


def _kept_faces(line: Timeline, numbers: Sequence[int], part: PartOnDisk, setups: Sequence[Setup]) -> list[ShownFrame]:
    """Those that every setup has predicted; how many frames are better is known later."""
    kept = part.group("shown|0")
    if kept is None:
        return []
    at_number = {number: at for at, number in enumerate(numbers)}
    found = []
    for number, nme, faces in zip(kept["numbers"], kept["nme"], kept["faces"], strict=True):
        if not np.isfinite(faces).all():
            continue
        shown = np.stack([placed(pair, setup.canonical) for pair, setup in zip(faces, setups, strict=True)])
        seconds = float(line.seconds[at_number[int(number)]])
        found.append(ShownFrame(line.recording, seconds, float(nme), 0.0, shown[:, 0], shown[:, 1]))
    return found


def _spread(faces: Sequence[ShownFrame], every: F64) -> list[ShownFrame]:
    """Of the kept ones those that are nearest to evenly spaced ranks among all frames, by their error."""
    ranked = sorted(faces, key=lambda one: (one.nme, one.recording, one.seconds))
    if not ranked:
        return []
    shares = np.searchsorted(every, [one.nme for one in ranked], "left") / max(1, len(every))
    wanted = np.linspace(shares[0], shares[-1], SHOWN)
    chosen = sorted({int(np.abs(shares - share).argmin()) for share in wanted} | {0, len(ranked) - 1})
    return [
        ShownFrame(one.recording, one.seconds, one.nme, float(shares[at]), one.observed, one.predicted)
        for at, one in ((at, ranked[at]) for at in chosen)
    ]


def _vertices(used: Sequence[MergedRecording], setups: Sequence[Setup]) -> list[VertexErrors]:
    found = []
    for at, setup in enumerate(setups):
        total = CellSums.total(one.numbers[at].total for one in used)
        if not total.frames:
            return []
        mesh = setup.model.mean_mesh.astype(np.float64) + total["deviation"] / total.frames
        error = total["error"] / total.frames
        frame = setup.canonical
        turned = error @ frame.axes.T / frame.unit * 100.0
        observed = placed(mesh, frame)
        signed = (turned * outward_normals(observed - turned)).sum(axis=1)
        distance = total["vertex_distance"] / total.frames / frame.unit * 100.0
        found.append(VertexErrors(setup.name, observed, distance.astype(np.float32), signed.astype(np.float32)))
    return found


def placed(meshes: F64, frame: CanonicalFrame) -> F32:
    """Meshes (..., 478, 3) of a model's frame as `CompareView` has them, float32."""
    return ((np.asarray(meshes, np.float64) - frame.origin) @ frame.axes.T / frame.unit * 100.0).astype(np.float32)
