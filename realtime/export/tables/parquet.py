"""All columns of a session's tables, with names of their own for what is a list there: for Parquet.

Meshes stay lists of 1434 numbers, x, y, z of vertex 0, then of vertex 1. Columns of a second and third model end in _2
and _3, as in the session.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from realtime.core.types import Array
from realtime.export.tables.columns import (
    FEX_POSE,
    FRACTION,
    IN_PICTURE,
    NONE,
    ON_CLOCK,
    RADIANS,
    SECONDS,
    Columns,
    mark_columns,
    time_columns,
)
from realtime.export.tables.selection import Block, Selection
from realtime.session.schema import PARTS, STAGES, identities_type, named

_CANONICAL = "canonical: the model's own frame and units"
_PERCENT = "% of the outer-canthal distance"
_SQUARED = "squared model units"
_MILLISECONDS = "milliseconds"
_POSE = ("pitch", "yaw", "roll")


def columns(selection: Selection) -> tuple[Columns, ...]:
    """The columns of all parts; null where a part has no such thing."""
    import pyarrow as pa

    mesh = pa.list_(pa.float32())  # Parquet lists of a fixed size that have a null among them cannot be read back

    def part(block: Block) -> Array:
        return np.full(len(block), block.info.part)

    found = [
        *time_columns(),
        Columns(("part",), "int64", NONE, "part of the session, from 1", part),
        Columns(("source_frame",), "int64", NONE, "number of the picture in its source", lambda b: b.column("frame")),
        *(_own(name, "int64", NONE, what) for name, what in _INTEGERS.items()),
        *(_own(name, "string", NONE, what) for name, what in _TEXTS.items()),
        *(_own(name, "bool", NONE, what) for name, what in _FLAGS.items()),
        _own("prediction_ms", "double", _MILLISECONDS, "from the picture's arrival to the prediction"),
        *(_own(f"{stage}_ms", "double", _MILLISECONDS, f"taken by the stage {stage}") for stage in STAGES),
        _own("landmarks", mesh, "pixels", "MediaPipe's 478 landmarks", IN_PICTURE),
        *mark_columns(selection),
    ]
    if any(part.info.blendshapes for part, _, _ in selection.parts):
        names = tuple(dict.fromkeys(name for part, _, _ in selection.parts for name in part.info.blendshapes))
        found.append(
            Columns(tuple(f"blendshapes.{name}" for name in names), "float", FRACTION, "blendshapes of the tracker",
                    lambda block: _by_name(block, "blendshapes", block.info.blendshapes, names))
        )  # fmt: skip
    if selection.network:
        found += _network(selection)
    for at in range(max(len(part.info.models) for part, _, _ in selection.parts)):
        found += _model(selection, at, mesh)
    found.append(
        _own("identities", identities_type(), "model units", "identities in force from this row on", _CANONICAL)
    )
    return tuple(found)


_INTEGERS = {
    "stamp_ns": "time of the picture on the source's own clock, nanoseconds",
    "segment": "grows at each break of the source",
    "skipped": "pictures that the source had to skip until then",
    "faces": "faces in the picture; the largest is the one",
}
_TEXTS = {"flags": "what is wrong with the picture: black, frozen, torn", "reasons": "why the face is not in range"}
_FLAGS = {"valid": "whether the face lies in the models' range", "warm_up": "one of the first frames of a face"}


def _model(selection: Selection, at: int, mesh: Any) -> list[Columns]:
    """What one of the models made of a face."""
    infos = [part.info.models[at] for part, _, _ in selection.parts if at < len(part.info.models)]
    features = tuple(dict.fromkeys(name for info in infos for name in info.features))
    regions = tuple(dict.fromkeys(name for info in infos for name in info.regions))

    def model(block: Block) -> list[str | None]:
        return [block.info.models[at].name if at < len(block.info.models) else None] * len(block)

    def own(name: str, type_: Any, unit: str, what: str, frame: str = "") -> Columns:
        return _own(named(name, at), type_, unit, what, frame)

    def time(name: str, source: str, what: str) -> Columns:
        def values(block: Block) -> Array:
            return block.seconds(_numbers(block, named(source, at)))

        return Columns((named(name, at),), "double", SECONDS, what, values, ON_CLOCK)

    def several(
        column: str,
        names: tuple[str, ...],
        prefix: str,
        unit: str,
        what: str,
        there: Callable[[Any], Any],
        end: str = "",
    ) -> Columns:
        def values(block: Block) -> Array:
            known = there(block.info.models[at]) if at < len(block.info.models) else ()
            return _by_name(block, named(column, at), known, names)

        return Columns(tuple(named(f"{prefix}{name}{end}", at) for name in names), "double", unit, what, values)

    return [
        Columns((named("model", at),), "string", NONE, "the model that this and the following columns are of", model),
        time("face_timestamp", "face_ns", "time of the picture whose face was aligned and predicted"),
        own("canonical", mesh, "model units", "the observed face, aligned", _CANONICAL),
        own("anchor_residual", "double", _PERCENT, "how badly the worst of the twelve anchors fits"),
        own("scale", "double", "model units per pixel", "of the similarity from the picture into the canonical frame"),
        several("rotation", tuple("123456789"), "rotation_", NONE, "its rotation, row by row", lambda _: "123456789"),
        several("translation", tuple("xyz"), "translation_", "model units", "its translation", lambda _: "xyz"),
        *(own(name, "double", RADIANS, "head pose, measured on the mesh", FEX_POSE) for name in _POSE),
        several("features", features, "features.", FRACTION, "what drives the model", lambda info: info.features),
        own("feature_source", "string", NONE, "inverse: fitted to the mesh, no classifier; mediapipe; pyfeat"),
        time("feature_timestamp", "feature_ns", "time of the picture from which the features are"),
        own("predicted", mesh, "model units", "the model's face, without the identity offset", _CANONICAL),
        several("given_pose", _POSE, "given_", RADIANS, "head pose that the model was given", lambda _: _POSE),
        own("pose_source", "string", NONE, "who measured it: mesh, pyfeat, or zero for none"),
        several("parts", PARTS, "parts.", _SQUARED, "what the distance from the mean face is made of", lambda _: PARTS),
        own("calibrated", "bool", NONE, "whether an identity was known"),
        own("nme", "double", _PERCENT, "mean distance of the observed to the predicted mesh, raw"),
        own("skill", "double", NONE, "1 - squared error of the model / that of its mean face"),
        several("regions", regions, "regions.", _PERCENT, "the same of a region, raw", lambda info: info.regions),
        own("nme_adjusted", "double", _PERCENT, "mean distance with the identity offset taken out"),
        own("skill_adjusted", "double", NONE, "1 - squared error of the model / that of the subject's own neutral"),
        several("regions_adjusted", regions, "regions_adjusted.", _PERCENT, "the same of a region",
                lambda info: info.regions),
    ]  # fmt: skip


def _network(selection: Selection) -> list[Columns]:
    """What py-feat's network said, under its own names, in py-feat's conventions."""

    def said(field: str, names: tuple[str, ...], unit: str, what: str, labels: tuple[str, ...] = ()) -> Columns:
        def values(block: Block) -> Array:
            found = np.full((len(block), len(names)), np.nan)
            for row, value in enumerate(block.network.get(field, ())):
                if value is not None and labels:
                    found[row] = np.ravel(value)
                elif value is not None:
                    by_name = dict(value)
                    found[row] = [by_name.get(name, math.nan) for name in names]
            return found

        return Columns(tuple(f"network_{name}" for name in labels or names), "double", unit, what, values, "py-feat's")

    def when(block: Block) -> Array:
        stamps = block.network.get("stamp_ns", [None] * len(block))
        return block.seconds(np.array([math.nan if stamp is None else stamp for stamp in stamps]))

    def mesh(block: Block) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        if not block.info.network:
            return pa.nulls(len(block), pa.list_(pa.float32()))
        return pc.struct_field(block.column("network"), "mesh")

    import pyarrow as pa

    emotions, shapes = selection.said("emotions"), selection.said("blendshapes")
    one = ("value",)
    return [
        Columns(("network_timestamp",), "double", SECONDS, "time of the picture that it speaks of", when, ON_CLOCK),
        said("emotions", emotions, FRACTION, "probabilities"),
        said("action_units", selection.action_units, FRACTION, "action units"),
        said("valence", one, "-1..1", "valence", ("valence",)),
        said("arousal", one, "-1..1", "arousal", ("arousal",)),
        said("pose", _POSE, RADIANS, "a rotation vector", _POSE),
        said("translation", tuple("xyz"), "py-feat's", "translation", tuple("xyz")),
        said("gaze_pitch", one, RADIANS, "gaze, + up", ("gaze_pitch",)),
        said("gaze_yaw", one, RADIANS, "gaze, + to the subject's right", ("gaze_yaw",)),
        *([said("blendshapes", shapes, FRACTION, "blendshapes")] if shapes else []),
        Columns(("network_mesh",), pa.list_(pa.float32()), "pixels", "its own mesh", mesh, IN_PICTURE),
    ]


def _own(name: str, type_: Any, unit: str, what: str, frame: str = "") -> Columns:
    """A column as it stands in the session's tables."""
    import pyarrow as pa

    def values(block: Block) -> Any:
        if name not in block.names:
            return pa.nulls(len(block), pa.type_for_alias(type_) if isinstance(type_, str) else type_)
        found = block.column(name)
        return found.cast(type_)

    return Columns((name,), type_, unit, what, values, frame)


def _numbers(block: Block, name: str) -> Array:
    return block.numbers(name) if name in block.names else np.full(len(block), np.nan)


def _by_name(block: Block, column: str, there: Any, names: tuple[str, ...]) -> Array:
    """(n, k) of a column of lists whose numbers have the names `there`."""
    found = np.full((len(block), len(names)), np.nan)
    if column in block.names:
        values = block.lists(column)
        for at, name in enumerate(there):
            found[:, names.index(name)] = values[:, at]
    return found
