"""Columns of what one model computes; those of a second and third model end in _2 and _3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from realtime.core.frame_result import FloorFit, ModelResult, Residual, SumOfSquares
from realtime.session.columns.spec import (
    CANONICAL,
    FEX_POSE,
    FRACTION,
    MESH,
    MODEL_UNITS,
    NANOSECONDS,
    NO_UNIT,
    PERCENT,
    POSE,
    RADIANS,
    XYZ,
    ColumnSpec,
    Compared,
)
from realtime.session.schema import PartInfo

SUMS_OF_SQUARES = ("identity", "pose", "emotion", "unexplained", "noise")


def _raw(read: Callable[[Residual], Any]) -> Callable[[ModelResult], Any]:
    return lambda model: None if model.residual is None else read(model.residual)


def _adjusted(read: Callable[[Residual], Any]) -> Callable[[ModelResult], Any]:
    return lambda model: None if model.residual_adjusted is None else read(model.residual_adjusted)


def _floor(read: Callable[[FloorFit], Any]) -> Callable[[ModelResult], Any]:
    return lambda model: None if model.floor is None else read(model.floor.raw)


def _floor_adjusted(read: Callable[[FloorFit], Any]) -> Callable[[ModelResult], Any]:
    return lambda model: None if model.floor is None or model.floor.adjusted is None else read(model.floor.adjusted)


def _merged(parts: SumOfSquares) -> dict[str, float]:
    """The components with the tracker's offset in the identity, as sessions have them."""
    return {name: getattr(parts, "merged_identity" if name == "identity" else name) for name in SUMS_OF_SQUARES}


def _features(part: PartInfo, model: int) -> tuple[str, ...]:
    return part.models[model].features


def _regions(part: PartInfo, model: int) -> tuple[str, ...]:
    return part.models[model].regions


MODEL_COLUMNS: tuple[ColumnSpec[ModelResult], ...] = (
    ColumnSpec(
        name="face_ns", kind="int64", unit=NANOSECONDS, stamp=True,
        description="time of the picture whose face was aligned and predicted", details="`stamp_ns` of its frame",
        read=lambda model: model.stamp_ns, target="stamp_ns",
        export_name="face_timestamp",
    ),
    ColumnSpec(
        name="canonical", kind="float", shape=MESH, unit=MODEL_UNITS, frame=CANONICAL,
        description="the observed face, aligned",
        read=lambda model: model.aligned.mesh_canon, target="aligned.mesh_canon",
        compared=Compared("observed", 1),
    ),
    ColumnSpec(
        name="anchor_residual", kind="double", unit=PERCENT,
        description="how badly the worst of the twelve anchors fits",
        read=lambda model: model.aligned.anchor_residual, target="aligned.anchor_residual",
    ),
    ColumnSpec(
        name="scale", kind="double", unit="model units per pixel",
        description="of the similarity from the picture into the canonical frame",
        details="canonical = scale * rotation @ pixels + translation",
        read=lambda model: float(model.aligned.canon_from_px.scale), target="aligned.canon_from_px.scale",
        decode=lambda scale: None if scale is None else np.asarray(scale, float),
    ),
    ColumnSpec(
        name="rotation", kind="double", shape=(3, 3), unit=NO_UNIT,
        entries=tuple(f"{row}{column}" for row in XYZ for column in XYZ),
        description="its rotation, row by row",
        read=lambda model: model.aligned.canon_from_px.rotation, target="aligned.canon_from_px.rotation",
        export_name="rotation_", export_entries=tuple("123456789"),
    ),
    ColumnSpec(
        name="translation", kind="double", shape=(3,), entries=XYZ, unit=MODEL_UNITS,
        description="its translation",
        read=lambda model: model.aligned.canon_from_px.translation, target="aligned.canon_from_px.translation",
        export_name="translation_",
    ),
    ColumnSpec(
        name="pitch", kind="double", unit=RADIANS, frame=FEX_POSE, description="head pose, measured on the mesh",
        read=lambda model: model.aligned.pose.pitch, target="aligned.pose.pitch",
    ),
    ColumnSpec(
        name="yaw", kind="double", unit=RADIANS, frame=FEX_POSE, description="head pose, measured on the mesh",
        read=lambda model: model.aligned.pose.yaw, target="aligned.pose.yaw",
    ),
    ColumnSpec(
        name="roll", kind="double", unit=RADIANS, frame=FEX_POSE, description="head pose, measured on the mesh",
        read=lambda model: model.aligned.pose.roll, target="aligned.pose.roll",
    ),
    ColumnSpec(
        name="features", kind="double", entries=_features, unit=FRACTION,
        description="what drives the model", details="in the order of the metadata",
        read=lambda model: None if model.features is None else model.features.values, target="features.values",
        compared=Compared("features"),
    ),
    ColumnSpec(
        name="feature_source", kind="string", unit=NO_UNIT,
        description="inverse: fitted to the mesh, no classifier; appearance: classifier; mediapipe; pyfeat",
        read=lambda model: None if model.features is None else model.features.source, target="features.source",
    ),
    ColumnSpec(
        name="feature_ns", kind="int64", unit=NANOSECONDS, stamp=True,
        description="time of the picture from which the features are", details="`stamp_ns` of its frame",
        read=lambda model: None if model.features is None else model.features.stamp_ns, target="features.stamp_ns",
        export_name="feature_timestamp",
    ),
    ColumnSpec(
        name="predicted", kind="float", shape=MESH, unit=MODEL_UNITS, frame=CANONICAL,
        description="the model's face, without the identity offset",
        read=lambda model: None if model.predicted is None else model.predicted.mesh_canon, target="predicted",
        compared=Compared("predicted", 1),
    ),
    ColumnSpec(
        name="given_pose", kind="double", shape=(3,), entries=POSE, unit=RADIANS,
        description="head pose that the model was given", details="pitch, yaw, roll; null for pose = 0",
        read=lambda model: None if model.predicted is None else model.predicted.pose,
        encode=lambda pose: pose.angles,
        export_name="given_",
    ),
    ColumnSpec(
        name="pose_source", kind="string", unit=NO_UNIT,
        description="who measured it: mesh, pyfeat, or zero for none",
        read=lambda model: None if model.predicted is None else model.predicted.pose_source or "zero",
        decode=lambda source: None if source is None else "zero" if source == "zero" else "live",
        target="pose_mode",
    ),
    ColumnSpec(
        name="parts", kind="double", entries=SUMS_OF_SQUARES, unit="squared model units",
        description="what the distance from the mean face is made of",
        read=lambda model: model.parts, target="parts",
        encode=_merged, decode=lambda numbers: SumOfSquares(**numbers),
        compared=Compared("parts", 2),
    ),
    ColumnSpec(
        name="tracker_part", kind="double", unit="squared model units", required=False,
        description="of the identity in `parts`, what is the tracker's or the sample's offset",
        details="null where it was not known; see `meshmirror bench --tracker-offset`",
        read=lambda model: None if model.parts is None else model.parts.tracker,
    ),
    ColumnSpec(
        name="calibrated", kind="bool", unit=NO_UNIT, description="whether an identity was known",
        read=lambda model: model.identity is not None, target="calibrated",
    ),
    ColumnSpec(
        name="nme", kind="double", unit=PERCENT,
        description="mean distance of the observed to the predicted mesh, raw",
        read=_raw(lambda residual: residual.nme), target="nme",
        compared=Compared("nme"),
    ),
    ColumnSpec(
        name="skill", kind="double", unit=NO_UNIT,
        description="1 - squared error of the model / that of its mean face",
        read=_raw(lambda residual: residual.skill), target="skill",
        compared=Compared("skill"),
    ),
    ColumnSpec(
        name="regions", kind="double", entries=_regions, unit=PERCENT,
        description="the same of a region, raw", details="nme by region, in the order of the metadata",
        read=_raw(lambda residual: residual.regions),
    ),
    ColumnSpec(
        name="nme_adjusted", kind="double", unit=PERCENT,
        description="mean distance with the identity offset taken out",
        read=_adjusted(lambda residual: residual.nme), target="nme_adjusted",
        compared=Compared("nme_adjusted"),
    ),
    ColumnSpec(
        name="skill_adjusted", kind="double", unit=NO_UNIT,
        description="1 - squared error of the model / that of the subject's own neutral",
        read=_adjusted(lambda residual: residual.skill), target="skill_adjusted",
        compared=Compared("skill_adjusted"),
    ),
    ColumnSpec(
        name="regions_adjusted", kind="double", entries=_regions, unit=PERCENT,
        description="the same of a region", details="nme_adjusted by region",
        read=_adjusted(lambda residual: residual.regions),
    ),
    ColumnSpec(
        name="floor_features", kind="double", entries=_features, unit=FRACTION, required=False,
        description="the features that fit the observed face best", details="raw; a fit to the mesh, no measurement",
        read=_floor(lambda fit: fit.features),
    ),
    ColumnSpec(
        name="floor_nme", kind="double", unit=PERCENT, required=False,
        description="mean distance that those leave", read=_floor(lambda fit: fit.nme), target="floor_nme",
        compared=Compared("floor_nme"),
    ),
    ColumnSpec(
        name="floor_sse", kind="double", unit="squared model units", required=False,
        description="squared error that those leave", read=_floor(lambda fit: fit.sse),
    ),
    ColumnSpec(
        name="floor_features_adjusted", kind="double", entries=_features, unit=FRACTION, required=False,
        description="the features that fit the observed face best, the identity offset taken out",
        read=_floor_adjusted(lambda fit: fit.features),
    ),
    ColumnSpec(
        name="floor_nme_adjusted", kind="double", unit=PERCENT, required=False,
        description="mean distance that those leave", read=_floor_adjusted(lambda fit: fit.nme),
        target="floor_nme_adjusted", compared=Compared("floor_nme_adjusted"),
    ),
    ColumnSpec(
        name="floor_sse_adjusted", kind="double", unit="squared model units", required=False,
        description="squared error that those leave", read=_floor_adjusted(lambda fit: fit.sse),
    ),
    ColumnSpec(
        name="gain_applied", kind="double", unit=NO_UNIT, required=False,
        description="factor of the displacement from rest with which the prediction was drawn",
        details="`predicted` itself is without it",
        read=lambda model: None if model.predicted is None else model.predicted.gain,
        decode=lambda gain: 1.0 if gain is None else float(gain), target="gain_applied",
    ),
    ColumnSpec(
        name="gain_terms", kind="double", entries=("rest", "along", "displaced", "noise"), unit="squared model units",
        required=False, description="what the row adds to the sums of the gain",
        details="r.r, r.d, d.d and the landmarks' noise; r: observed without the identity offset minus the model's "
        "face at rest, d: the prediction minus the same; gain = sum of `along` / sum of `displaced`",
        read=lambda model: model.gain_terms, encode=asdict,
    ),
)  # fmt: skip

# Not stored: the sum of `predicted` and the identity in force.
ADJUSTED: ColumnSpec[ModelResult] = ColumnSpec(
    name="adjusted", kind="float", shape=MESH, unit=MODEL_UNITS, frame=CANONICAL,
    description="the prediction with the identity offset added",
    read=lambda model: None if model.predicted is None else model.predicted.adjusted_canon, target="adjusted",
    compared=Compared("adjusted", 1),
)  # fmt: skip
