"""A session as a GLB file: the observed and the predicted head side by side, animated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from realtime.core.errors import SessionError
from realtime.core.progress import Progress, no_progress
from realtime.core.types import Array, FloatArray
from realtime.core.view_options import ColorMap
from realtime.export.export_report import HeadReport
from realtime.export.figures.common import displacement_scale
from realtime.export.gltf.glb_file import GlbFile
from realtime.export.gltf.head_mesh import add_head, add_materials, colored_skin, plain_skin
from realtime.export.gltf.head_shape import CANTHAL_M, HeadShape
from realtime.export.keyframes import Index, Keyframes, held, keyframes, shown
from realtime.export.quaternions import quaternions
from realtime.export.session_rows import SessionRows
from realtime.export.tables.selection import Selection
from realtime.export.tables.table_files import MODE
from realtime.geometry.principal_components import Components, principal_components
from realtime.model.names import canonical_name, family_of

# What the components may leave of any sampled frame, % of the outer-canthal distance, and how many there are at most.
_OBSERVED_LEFT, _MOST_COMPONENTS = 0.1, 48
_PREDICTED_LEFT, _MOST_RESTS = 0.02, 32
_APART_M = 0.1  # of each head from the middle, metres
OBSERVED, PREDICTED, IDENTITY = "observed", "predicted", "identity"


@dataclass(frozen=True, slots=True, eq=False)
class _Head:
    """One node: its shape at all rows."""

    name: str
    base: FloatArray  # (478, 3)
    targets: dict[str, FloatArray]  # (478, 3) each
    weights: Array  # (rows, targets), NaN where there is nothing
    present: Array  # (rows,) bool
    left: Array  # (rows,) mean distance that the targets leave, %


def write_session_head(
    selection: Selection, out: Path, fps: float | None = None, progress: Progress = no_progress
) -> HeadReport:
    """Write the animation. `fps`: no more keyframes a second than that; None: one a row.

    The predicted head is the model's neutral and its features, with weights equal to the features' values; the observed
    one is described by the principal components of the measured meshes. Raises SessionError without a face and for
    parts of different models, ModelFileError without the model, RecordError.
    """
    rows = SessionRows(selection)
    if not rows.observed.any():
        raise SessionError(f"{selection.session.folder}: there is no face in these {len(rows)} rows, and so no head.")
    frames = keyframes(rows.times, fps)
    heads = [_observed(rows, progress)]
    if rows.predicted.any():
        heads.append(_predicted(rows))
    heads = [head for head in heads if shown(frames.rows, head.present).any()]
    if not heads:
        raise SessionError(f"{selection.session.folder}: at {fps:g} frames a second no row with a face is left.")
    difference = _mean_difference(rows)
    shape = HeadShape(rows.model.mean_mesh)
    highest = displacement_scale(difference[None], shape.unit).highest
    report = HeadReport(
        outputs=(str(out),),
        rows=len(rows),
        keyframes=len(frames.seconds),
        seconds=round(float(frames.seconds[-1]), 3),
        nodes=tuple(head.name for head in heads),
        targets={head.name: tuple(head.targets) for head in heads},
        left_percent={head.name: round(float(np.nanmax(head.left)), 4) for head in heads},
        hidden={head.name: int((~shown(frames.rows, head.present)).sum()) for head in heads},
        colour_highest=highest,
        metres_per_unit=CANTHAL_M / shape.unit,
        emotion_sources=selection.emotion_sources,
        notes=tuple(selection.session.notes),
    )
    glb = GlbFile(extras=_extras(selection, rows, report))
    add_materials(glb, shape)
    for head in heads:
        skin = plain_skin(shape)
        if head.name == OBSERVED and rows.predicted.any():
            skin = colored_skin(shape, difference, highest, ColorMap.EMBER)
        first = head.weights[held(frames.rows, head.present)[0]].tolist()
        extras = {"left_percent": report.left_percent[head.name]}
        mesh = add_head(glb, head.name, shape, head.base, head.targets, skin, weights=first, extras=extras)
        side = 0.0 if len(heads) == 1 else -_APART_M if head.name == OBSERVED else _APART_M
        glb.nodes.append({"name": head.name, "mesh": mesh, "translation": [side, 0.0, 0.0]})
    _animate(glb, frames, rows.angles, heads)
    return report.model_copy(update={"outputs": (str(glb.write(out, MODE)),)})


def _observed(rows: SessionRows, progress: Progress) -> _Head:
    """The measured faces: the subject's own neutral (the mean face where there is none) and principal components."""
    sample = rows.canonical(rows.sample(rows.observed))
    base = rows.neutral if rows.neutral is not None else sample.mean(axis=0, dtype=np.float64).astype(np.float32)
    unit = rows.info.unit
    found = principal_components(sample - base, _OBSERVED_LEFT * unit / 100, _MOST_COMPONENTS)
    weights, left = np.full((len(rows), len(found)), np.nan), np.full(len(rows), np.nan)
    for at in rows.blocks(rows.observed):
        moved = rows.canonical(at) - base
        weights[at] = found.weights(moved)
        left[at] = _distance(found.rest(moved, weights[at]), unit)
        progress(int(at[-1]) + 1, len(rows))
    return _Head(OBSERVED, base, _named("component", found), weights, rows.observed, left)


def _predicted(rows: SessionRows) -> _Head:
    """The predicted faces: the model's neutral, its features, the identity offset, and what else the model was given.

    The latter, mostly the head pose, gets principal components of its own; most models have none.
    """
    model, unit = rows.model, rows.info.unit
    base = model.predict_neutral(clip=False).astype(np.float64)
    names = [name for name in model.feature_columns if canonical_name(name) != "neutral"]
    places = [model.feature_columns.index(name) for name in names]
    targets = {name: model.predict_unlimited({name: 1.0}) - base for name in names}
    values = rows.features[:, places]
    if model.feature_p99 is not None and family_of(model.feature_columns) != "au":  # as `predict` clips them
        values = np.clip(values, 0.0, model.feature_p99[places])
    used = rows.calibrated & rows.predicted
    if used.any():
        sample = rows.sample(used)
        targets[IDENTITY] = (rows.drawn(sample) - rows.raw(sample)).mean(axis=0, dtype=np.float64)
        values = np.column_stack([values, used.astype(float)])
    known = np.stack(list(targets.values()))

    def rest(at: Index) -> FloatArray:
        found: FloatArray = rows.drawn(at) - base - np.tensordot(values[at], known, axes=1)
        return found

    more = principal_components(rest(rows.sample(rows.predicted)), _PREDICTED_LEFT * unit / 100, _MOST_RESTS)
    weights, left = np.full((len(rows), len(targets) + len(more)), np.nan), np.full(len(rows), np.nan)
    for at in rows.blocks(rows.predicted):
        moved = rest(at)
        weights[at] = np.column_stack([values[at], more.weights(moved)])
        left[at] = _distance(more.rest(moved, weights[at][:, len(targets) :]), unit)
    return _Head(PREDICTED, base, targets | _named("pose and rest", more), weights, rows.predicted, left)


def _named(name: str, components: Components) -> dict[str, FloatArray]:
    return {f"{name} {at}": moved for at, moved in enumerate(components.displacements, 1)}


def _distance(moved: FloatArray, unit: float) -> Array:
    found: Array = np.linalg.norm(moved, axis=-1).mean(axis=-1) * (100.0 / unit)
    return found


def _mean_difference(rows: SessionRows) -> FloatArray:
    """(478,) mean distance of observed and predicted vertices, %.

    Over the rows that are in range, not excluded, and calibrated, as far as there are such rows.
    """
    of = rows.observed & rows.predicted
    for fewer in (rows.usable, rows.calibrated):
        of = of & fewer if (of & fewer).any() else of
    total = np.zeros(478)
    for at in rows.blocks(of):
        total += np.linalg.norm(rows.canonical(at) - rows.drawn(at), axis=-1).sum(axis=0)
    found: FloatArray = total / max(int(of.sum()), 1) * (100.0 / rows.info.unit)
    return found


def _extras(selection: Selection, rows: SessionRows, report: HeadReport) -> dict[str, Any]:
    return {
        "model": rows.info.name,
        "sha256": rows.info.sha256 or "",
        "first_row_s": float(rows.times[0]) / 1e9,
        "metres_per_model_unit": report.metres_per_unit,
        "colour": f"mean distance of observed and predicted, 0 to {report.colour_highest:g} % of the outer-canthal "
        "distance, on the observed head",
        "emotion_sources": dict(selection.emotion_sources),
    }


def _animate(glb: GlbFile, frames: Keyframes, angles: Array, heads: list[_Head]) -> None:
    """Weights and rotation of each node over time; a node is scaled to nothing where it has no face.

    A scale of zero is the specification's way to hide a node.
    """
    times = glb.keyframes(frames.seconds, bounds=True)
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []

    def channel(node: int, path: str, output: int, interpolation: str) -> None:
        samplers.append({"input": times, "output": output, "interpolation": interpolation})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": node, "path": path}})

    for node, head in enumerate(heads):
        of = held(frames.rows, head.present)
        if head.targets:
            channel(node, "weights", glb.keyframes(head.weights[of].reshape(-1)), "LINEAR")
        channel(node, "rotation", glb.keyframes(quaternions(angles[of]), "VEC4"), "LINEAR")
        seen = shown(frames.rows, head.present)
        if not seen.all():
            channel(node, "scale", glb.keyframes(np.repeat(seen[:, None], 3, axis=1), "VEC3"), "STEP")
    glb.animations.append({"name": "session", "samplers": samplers, "channels": channels})
