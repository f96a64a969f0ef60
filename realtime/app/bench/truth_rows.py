"""The rows of `bench --only truth`: each is a control experiment's figures, and a sentence with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from realtime.app.bench.tracker_offset import measure_tracker_offset
from realtime.core.config import Config
from realtime.core.process import Notify
from realtime.core.run_report import PipelineReport
from realtime.detect.appearance import APPEARANCE_COMMAND
from realtime.detect.feature_sources import InverseSource
from realtime.geometry import ScoreSums, pooled_r2_within
from realtime.pipeline.control_experiments import (
    half_faces,
    other_neutrals,
    permuted_labels,
    pose_shares,
    random_models,
    shuffled_in_time,
    tracker_gap,
)
from realtime.pipeline.measured_frames import MeasuredFrames, PredictionScores, score_sums

INNER_LIPS_MIDDLE = 13, 14  # the middle of the upper and of the lower inner lip
_SEED = 0

Values = dict[str, float | None]


class AbsentError(Exception):
    """Why a row cannot be measured here, and the way out."""


@dataclass(frozen=True, slots=True)
class MeasuredClip:
    """A clip through the program, by both trackers."""

    frames: MeasuredFrames
    report: PipelineReport
    other: MeasuredFrames | None  # by the other tracker
    no_other: str  # why there is none


@dataclass(frozen=True, slots=True)
class ClipScores:
    """A clip as the rows get it: what was measured, and the scores that several of them need."""

    measured: MeasuredClip
    fitted: PredictionScores
    delivered: PredictionScores

    @property
    def frames(self) -> MeasuredFrames:
        return self.measured.frames

    def independent(self) -> PredictionScores:
        """The scores of the delivered features, where their source sees the picture. Raises AbsentError."""
        if self.frames.source == InverseSource.name:
            raise AbsentError(
                f"the only source of features is the fit itself; `{APPEARANCE_COMMAND}` installs a classifier"
            )
        return self.delivered


def _number(value: float | None) -> str:
    return "-" if value is None else f"{round(value, 2) + 0.0:.2f}"


# The rows ------------------------------------------------------------------------------------------------------------


def _circularity(clip: ClipScores) -> tuple[Values, str]:
    fitted, seen = clip.fitted.skill, clip.independent()
    best = seen.skill if seen.skill_with_gain is None else seen.skill_with_gain
    gap = None if fitted is None or best is None else fitted - best
    values = {"fitted": fitted, "delivered": seen.skill, "with_gain": seen.skill_with_gain, "gap": gap}
    text = (
        f"fitted {_number(fitted)}, {clip.frames.source} {_number(seen.skill)}, with gain "
        f"{_number(seen.skill_with_gain)}: gap {_number(gap)}"
    )
    return values, text


def _floor(clip: ClipScores) -> tuple[Values, str]:
    report = clip.measured.report
    floor = report.floor
    if floor is None:
        raise AbsentError("no frame has a floor")
    own = report.baselines.get("own_neutral")
    values = {"skill": floor.skill, "nme": floor.nme_adjusted, "delivered_nme": report.nme_adjusted, "own_neutral": own}
    text = (
        f"skill {_number(floor.skill)}; {_number(floor.nme_adjusted)} %, delivered {_number(report.nme_adjusted)} %, "
        f"own neutral {_number(own)} %"
    )
    return values, text


def _gain(clip: ClipScores) -> tuple[Values, str]:
    seen = clip.independent()
    if seen.gain is None:
        raise AbsentError("the predicted displacements are smaller than the landmark noise")
    values = {"gain": seen.gain, "skill": seen.skill, "with_gain": seen.skill_with_gain}
    return values, f"{_number(seen.gain)}: skill {_number(seen.skill)} becomes {_number(seen.skill_with_gain)}"


def _constant(clip: ClipScores) -> tuple[Values, str]:
    constant, fitted, seen = clip.fitted.constant_skill, clip.fitted, clip.delivered
    values = {"constant": constant, "fitted": fitted.skill, "fitted_r2": fitted.r2, "delivered_r2": seen.r2}
    text = (
        f"{_number(constant)}, fitted {_number(fitted.skill)}; R2 0.00, fitted {_number(fitted.r2)}, "
        f"{clip.frames.source} {_number(seen.r2)}"
    )
    return values, text


def _shuffled(clip: ClipScores) -> tuple[Values, str]:
    skills = shuffled_in_time(clip.frames, clip.frames.fitted, np.random.default_rng(_SEED))
    mean = float(np.mean(skills))
    return {"fitted": clip.fitted.skill, "shuffled": mean}, f"{_number(mean)}, in order {_number(clip.fitted.skill)}"


def _half_face(clip: ClipScores) -> tuple[Values, str]:
    found = half_faces(clip.frames)
    values = {"from_upper": found.from_upper, "from_whole": found.from_whole, "from_lower": found.from_lower}
    text = (
        f"fitted above {_number(found.from_upper)}, to the whole {_number(found.from_whole)}, "
        f"to mouth and jaw themselves {_number(found.from_lower)}"
    )
    return values, text


def _random(clip: ClipScores) -> tuple[Values, str]:
    try:
        skills = random_models(clip.frames, np.random.default_rng(_SEED))
    except ValueError as error:
        raise AbsentError(f"{error}; use a model of emotions in the frame of emotion@built-in") from error
    fitted = clip.fitted.skill or 0.0
    above = sum(value >= fitted for value in skills)
    values: Values = {"fitted": fitted, "lowest": skills[0], "median": median(skills), "highest": skills[-1]}
    text = (
        f"{_number(skills[0])} to {_number(skills[-1])}, median {_number(median(skills))}; the model "
        f"{_number(fitted)}, {above} of {len(skills)} as good"
    )
    return values | {"as_good": float(above), "models": float(len(skills))}, text


def _permuted(clip: ClipScores) -> tuple[Values, str]:
    seen = clip.independent()
    true = seen.skill if seen.skill_with_gain is None else seen.skill_with_gain
    found = permuted_labels(clip.frames, np.random.default_rng(_SEED))
    as_good = sum(value >= (true or 0.0) for value in found.delivered)
    values = {
        "true": true, "lowest": min(found.delivered), "highest": max(found.delivered), "as_good": float(as_good),
        "permutations": float(len(found.delivered)), "fitted_changes": found.fitted_changes,
    }  # fmt: skip
    text = (
        f"{_number(min(found.delivered))} to {_number(max(found.delivered))}, true names {_number(true)}: {as_good} of "
        f"{len(found.delivered)} as good; the fit changes by {found.fitted_changes:.0e}"
    )
    return values, text


def _other_neutral(clip: ClipScores) -> tuple[Values, str]:
    found = other_neutrals(clip.frames)
    fitted = [one.fitted.skill for one in found if one.fitted.skill is not None]
    constant = [one.fitted.constant_skill for one in found if one.fitted.constant_skill is not None]
    if not fitted or not constant:
        raise AbsentError("no second of it has enough frames in range")
    values = {
        "calibrated": clip.fitted.skill, "lowest": min(fitted), "highest": max(fitted),
        "constant_lowest": min(constant), "constant_highest": max(constant), "neutrals": float(len(found)),
    }  # fmt: skip
    text = (
        f"fitted {_number(min(fitted))} to {_number(max(fitted))} over {len(found)} seconds, calibrated "
        f"{_number(clip.fitted.skill)}; constant face {_number(min(constant))} to {_number(max(constant))}"
    )
    return values, text


def _tracker_gap(clip: ClipScores) -> tuple[Values, str]:
    other = clip.measured.other
    if other is None:
        raise AbsentError(clip.measured.no_other)
    found = tracker_gap(clip.frames, other)
    if found is None:
        raise AbsentError("no frame is in range for both trackers")
    values: Values = {
        "distance": found.distance, "pose_deg": found.pose_deg, "fitted_agree": found.fitted_agree,
        "delivered_agree": found.delivered_agree, "frames": float(found.frames),
    }  # fmt: skip
    text = (
        f"{_number(found.distance)} %, pose {_number(found.pose_deg)}°; strongest emotion the same on "
        f"{100 * found.fitted_agree:.0f} % of frames (fitted), {100 * found.delivered_agree:.0f} % "
        f"({clip.frames.source})"
    )
    return values, text


def _pose(clip: ClipScores) -> tuple[Values, str]:
    frames = clip.frames
    if frames.given_pose is not None:
        raise AbsentError("the model is given the live pose; --pose zero (model.pose=zero) measures it")
    found = pose_shares(frames, frames.fitted)
    if not found.shares:
        raise AbsentError("no fitted feature varies")
    ordered = sorted(found.shares, key=lambda name: -found.shares[name])
    values: Values = {**found.shares, **{f"{name}_by_chance": found.by_chance[name] for name in ordered}}
    shown = ", ".join(
        f"{name} {100 * found.shares[name]:.0f} % ({100 * found.by_chance[name]:.0f} % by chance)"
        for name in ordered[:3]
    )
    return values, shown


def _noise(clip: ClipScores) -> tuple[Values, str]:
    identity = clip.frames.identity
    jitter = identity.noise_nme
    if identity.info is None or identity.info.repeatability_nme is None:
        return {"jitter": jitter}, f"jitter {_number(jitter)} %"
    repeatability = identity.info.repeatability_nme
    shown = f"repeatability {_number(repeatability)} %, jitter {_number(jitter)} %"
    return {"jitter": jitter, "repeatability": repeatability}, shown


def _at_rest(clip: ClipScores) -> tuple[Values, str]:
    frames = clip.frames
    upper, lower = INNER_LIPS_MIDDLE
    percent = 100.0 / frames.canonical.unit
    model, own = (
        float(np.linalg.norm(mesh[upper] - mesh[lower])) * percent
        for mesh in (frames.model.predict_neutral(), frames.identity.neutral_canon)
    )
    return {"model": model, "calibrated": own}, f"the model's {_number(model)} %, calibrated {_number(own)} %"


# Rows that are not of one clip ----------------------------------------------------------------------------------------


def measured_offsets(config: Config, notify: Notify) -> tuple[Values, str]:
    found = measure_tracker_offset(config, (), notify, store=False)
    if found.missing:
        raise AbsentError("; ".join(f"tracker '{name}': {why}" for name, why in found.missing.items()))
    values: Values = {}
    texts = []
    for tracker, one in found.trackers.items():
        for what, number in (("distance", one.distance), ("share", one.share), ("z_slope", one.z_slope)):
            ends = (("", number.value), ("_low", number.low), ("_high", number.high))
            values |= {f"{tracker}_{what}{end}": value for end, value in ends}
        values |= {f"{tracker}_people": float(one.people), f"{tracker}_by_chance": one.by_chance}
        texts.append(
            f"{tracker} ({one.people} people): {_number(one.distance.value)} % ({_number(one.by_chance)} by chance), "
            f"share {_number(one.share.value)} ({_number(one.share.low)} to {_number(one.share.high)}), slope "
            f"{_number(one.z_slope.value)} ({_number(one.z_slope.low)} to {_number(one.z_slope.high)})"
        )
    return values, "; ".join(texts)


def between_people(clips: Sequence[ClipScores]) -> tuple[Values, str]:
    if len(clips) < 2:
        raise AbsentError("two clips at least are needed; --clip FILE adds one")
    sums = [score_sums(clip.frames, clip.frames.delivered) for clip in clips]
    within = pooled_r2_within(sums)
    over = ScoreSums(clips[0].frames.model.mean_mesh)
    for one in sums:
        over.merge(one)
    values = {"over_people": over.r2, "within": within, "people": float(len(clips))}
    return values, f"{_number(over.r2)} over {len(clips)} people, within them {_number(within)}"


OF_A_CLIP: dict[str, Callable[[ClipScores], tuple[Values, str]]] = {
    "circularity-gap": _circularity,
    "floor": _floor,
    "gain": _gain,
    "constant-face": _constant,
    "shuffled": _shuffled,
    "half-face": _half_face,
    "random-sums": _random,
    "permuted-labels": _permuted,
    "other-neutral": _other_neutral,
    "tracker-gap": _tracker_gap,
    "pose-as-emotion": _pose,
    "model-at-rest": _at_rest,
    "noise": _noise,
}
