"""The values of a result of which rules speak, by their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import degrees

from realtime.core.errors import ConfigError
from realtime.core.event_rule import EventRule
from realtime.core.frame_result import FrameResult, ModelResult, Residual
from realtime.geometry import REGION_NAMES
from realtime.model import LinearMeshModel
from realtime.model.names import canonical_name, nearest, reported_name

Value = Callable[[FrameResult], float | None]  # None where a result does not have it
RESIDUALS = ("nme", "nme_adjusted", "skill", "skill_adjusted")
ANGLES = ("pitch_deg", "yaw_deg", "roll_deg")
_REGIONS = ("regions", "regions_adjusted")


def value_of(rule: EventRule, models: Sequence[LinearMeshModel]) -> Value:
    """What reads a rule's value off a result.

    Features are those of the first model that has them; residuals and regions those of the first model, and only of
    frames in its range; angles are measured on the mesh wherever there is a face. Raises ConfigError, which names the
    rule and what is known.
    """
    name = rule.of.strip()
    lowered = name.lower()
    if lowered in ANGLES:
        return _angle(lowered.removesuffix("_deg"))
    if lowered in RESIDUALS:
        return _in_range(_residual(lowered))
    kind, dot, region = lowered.partition(".")
    if dot and kind in _REGIONS and region in REGION_NAMES:
        return _in_range(_region(region, adjusted=kind != "regions"))
    wanted = canonical_name(name)
    for number, model in enumerate(models):
        column = next((one for one in model.feature_columns if canonical_name(one) == wanted), None)
        if column is not None:
            return _in_range(_feature(number, column))
    raise ConfigError(_unknown(rule, models))


def known_values(models: Sequence[LinearMeshModel]) -> tuple[str, ...]:
    """The names of all values that rules can speak of with these models; features first."""
    features = dict.fromkeys(reported_name(column) for model in models for column in model.feature_columns)
    regions = [f"{kind}.{region}" for kind in _REGIONS for region in REGION_NAMES]
    return (*features, *RESIDUALS, *ANGLES, *regions)


def _unknown(rule: EventRule, models: Sequence[LinearMeshModel]) -> str:
    known = known_values(models)
    names = ", ".join(model.name for model in models)
    return (
        f"Event rule '{rule.name}': there is no value '{rule.of}' with {names}.{nearest(rule.of, known)} "
        f"Known are {', '.join(known)}."
    )


def _in_range(value: Value) -> Value:
    """None for frames out of the models' range, of which no residual and no feature is trusted."""
    return lambda result: value(result) if result.validity.ok else None


def _angle(name: str) -> Value:
    def read(result: FrameResult) -> float | None:
        return None if result.aligned is None else degrees(getattr(result.aligned.pose, name))

    return read


def _feature(number: int, column: str) -> Value:
    wanted = canonical_name(column)

    def read(result: FrameResult) -> float | None:
        features = result.models[number].features if number < len(result.models) else None
        if features is None:
            return None
        if column in features.values:
            return features.values[column]
        return next((value for name, value in features.values.items() if canonical_name(name) == wanted), None)

    return read


def _residual(name: str) -> Value:
    adjusted = name.endswith("_adjusted")
    number = name.removesuffix("_adjusted")

    def read(result: FrameResult) -> float | None:
        found = _first(result, adjusted)
        return None if found is None else float(getattr(found, number))

    return read


def _region(region: str, *, adjusted: bool) -> Value:
    def read(result: FrameResult) -> float | None:
        found = _first(result, adjusted)
        return None if found is None else found.regions.get(region)

    return read


def _first(result: FrameResult, adjusted: bool) -> Residual | None:
    model: ModelResult | None = result.models[0] if result.models else None
    if model is None:
        return None
    return model.residual_adjusted if adjusted else model.residual
