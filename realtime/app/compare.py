"""A comparison from its recordings to its files."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from realtime.core.compare_report import CompareReport
from realtime.core.compare_view import CompareView
from realtime.core.config import Config
from realtime.core.errors import RecordError, SessionError, UsageError
from realtime.core.files import check_output
from realtime.core.progress import JobProgress, Phase
from realtime.core.repeatability import REPEATABILITY_NME
from realtime.core.study_reports import BadRecording
from realtime.core.training_notes import training_notes
from realtime.core.version import __version__
from realtime.dataset.inputs import find_recordings, names_of
from realtime.export.comparison.methods import methods_text, references_text
from realtime.export.comparison.tables import write_frames, write_recordings, write_text, write_vertices
from realtime.export.figures.comparison.figure_files import FIGURES, remove_figures, write_figures
from realtime.export.report.compare.compare_page import compare_page
from realtime.geometry.bootstrap import resample_people
from realtime.model import LinearMeshModel
from realtime.pipeline.build import load_models
from realtime.pipeline.cluster import Cluster
from realtime.pipeline.compare import merge
from realtime.pipeline.compare.checks import checks
from realtime.pipeline.compare.event_averages import event_averages
from realtime.pipeline.compare.merged_recording import MergedRecording, comparable, load_recording
from realtime.pipeline.compare.neutrals import NeutralWish
from realtime.pipeline.compare.own_folder import own_folder
from realtime.pipeline.compare.pictures import shown_pictures
from realtime.pipeline.compare.recordings import Entry, Recording, recordings_of
from realtime.pipeline.compare.run import DoneRecordings, run_jobs
from realtime.pipeline.compare.settings import CompareSettings, RecordingJob
from realtime.pipeline.compare.setups import Setup, independent_source, resolve_setups
from realtime.pipeline.compare.shared_offsets import with_shared_offsets
from realtime.pipeline.compare.view import compare_view
from realtime.pipeline.face_units import LEAST_S, FacesOf
from realtime.pipeline.neutral_transfer import CarriedNeutral
from realtime.pipeline.tracker_offsets import offset_of
from realtime.session import open as open_session
from realtime.session.folder import check_outside
from realtime.session.neutral_file import load_neutral

SOURCES_ASKED = ("auto", "inverse", "appearance", "pyfeat")  # of the features, as a user names them
PARTS, SUMMARY, METHODS, REFERENCES, PAGE = "parts", "summary.json", "methods.md", "references.bib", "report.html"
_OWN_FOLDERS = {PARTS, FIGURES}
_OWN_FILES = {SUMMARY, METHODS, REFERENCES, "frames.parquet", "recordings.csv", "vertices.csv", PAGE}
_LIMITS = ("max_yaw_deg", "max_pitch_deg", "max_roll_deg", "max_anchor_residual", "amber_deg")
_AUTO = NeutralWish()
_PACKAGES = ("numpy", "scipy", "pyarrow", "mediapipe", "py-feat", "openvino")


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """What is compared, and how."""

    config: Config
    emotions: tuple[str, ...] = ("auto",)  # sources of the features, side by side
    neutral: NeutralWish = _AUTO
    entries: dict[str, Entry] | None = None  # the table of people, by recording
    workers: int = 1
    cluster: Cluster | None = None
    command: str = ""  # the command line that makes all of it again
    recompute: bool = False  # faces of sessions are found again in their pictures
    page: bool = True  # report.html is written as well
    figures: bool = False  # for papers; they need matplotlib
    pictures: bool = False  # the page has pictures of the camera, which show people
    faces: FacesOf = "largest"  # of several in a frame; "all": each is compared as a recording of its own


def run_compare(
    inputs: Sequence[str], folder: Path, options: CompareOptions, job: JobProgress | None = None
) -> CompareReport:
    """Compare recordings and write the files; the report names them.

    Raises UsageError where nothing is found or the folder has other content, the errors of models and trackers, and
    RecordError where a file cannot be written. What was compared before is kept and not compared again.
    """
    check_output(folder, "--out")
    check_outside(folder)
    _check_folder(folder)
    missing: list[BadRecording] = []
    paths = find_recordings(inputs, missing)
    recordings, not_there = recordings_of(names_of(paths), options.entries or {})
    settings = compare_settings(options, recordings)
    bad = {one.recording: one.reason for one in missing}
    bad |= dict.fromkeys(not_there, "named by --people, but no such recording is compared.")
    with own_folder(folder / PARTS):
        return _run(recordings, bad, settings, folder, options, job or JobProgress())


def _run(
    recordings: Sequence[Recording], bad: Mapping[str, str], settings: CompareSettings, folder: Path,
    options: CompareOptions, job: JobProgress,
) -> CompareReport:  # fmt: skip
    """Compare them and write the files; `bad` are those that are known to be none, with their reasons."""
    began = time.monotonic()
    jobs = [recording_job(one, options) for one in recordings]
    job.plan(Phase("comparing recordings", len(jobs), 95.0), Phase("scores", len(jobs), 5.0))
    job.begin("comparing recordings")
    try:
        parts = (folder / PARTS).absolute()  # for workers that run elsewhere
        done = run_jobs(jobs, settings, parts, options.workers, options.cluster, job)
    except OSError as error:
        raise RecordError(f"{folder}: cannot be written ({error.strerror or error}). Choose another folder.") from error
    units = [unit for one in recordings for unit in _units(one, done, options.entries or {})]
    done.bad |= {name: reason for name, reason in bad.items() if name not in done.parts}
    job.begin("scores")
    merged = _merged(units, done, settings)
    job.advance(len(jobs))
    report = _report(merged, done, settings, options, folder)
    report = report.model_copy(update={"seconds": round(time.monotonic() - began, 3)})
    methods, references = methods_text(report), references_text(report)
    used = comparable(merged)[0]
    outputs = [
        write_frames(folder, merged, used, done.parts, settings.setups),
        write_recordings(folder, report),
        write_vertices(folder, used, settings.setups),
        write_text(folder / METHODS, methods),
        write_text(folder / REFERENCES, references),
    ]
    left_out: dict[str, str] = {}
    view = compare_view(merged, used, done.parts, settings.setups) if options.page or options.figures else CompareView()
    if options.page and options.pictures:
        shown, without = shown_pictures(used, done.parts, options.config, recompute=options.recompute)
        view = replace(view, pictures=shown, without_pictures=without)
        report = report.model_copy(update={"pictures": len(shown)})
    if options.page:
        outputs.append(write_text(folder / PAGE, compare_page(report, view, methods, references)))
    else:
        (folder / PAGE).unlink(missing_ok=True)  # of an earlier run, whose numbers these are not
    if options.figures:
        figures, left_out = write_figures(folder, report, view.vertices)
        outputs += figures
    else:
        remove_figures(folder)
    outputs.append(folder / SUMMARY)
    report = report.model_copy(
        update={
            "figures_left_out": left_out,
            "outputs": tuple(map(str, outputs)),
            "seconds": round(time.monotonic() - began, 3),
        }
    )
    write_text(folder / SUMMARY, report.model_dump_json(indent=1))
    return report


def _check_folder(folder: Path) -> None:
    """Raise UsageError where the folder has content that no comparison writes."""
    if folder.is_file():
        raise UsageError(f"--out {folder}: a file; a comparison writes several files into a folder.")
    try:
        others = sorted(
            entry.name
            for entry in folder.iterdir()
            if entry.name not in (_OWN_FOLDERS if entry.is_dir() else _OWN_FILES) and not _temporary(entry.name)
        )
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"--out {folder}: cannot be read ({error.strerror or error}).") from error
    if others:
        raise UsageError(
            f"--out {folder}: has other content ({', '.join(others[:3])}{' ...' if len(others) > 3 else ''}). Choose a "
            "new folder, or that of an earlier comparison."
        )


def _temporary(name: str) -> bool:
    """What an interrupted write has left."""
    return name.startswith(".") and name.endswith(".part")


def compare_settings(options: CompareOptions, recordings: Sequence[Recording]) -> CompareSettings:
    """What all recordings have in common. Raises the errors of models, trackers and settings."""
    config = options.config
    models = load_models(config.model.names, config.model.labels, config.model.frame)
    stored = not options.recompute and all(one.path.is_dir() for one in recordings)
    recorded = _recorded_sources(recordings) if stored else None
    setups = resolve_setups(config, models, options.emotions, recorded)
    offsets = tuple(_offsets(setup.model) for setup in setups)
    elsewhere = {"device", "threads", "task_file", "pyfeat_weights"}  # where it is computed, and where files are
    independent = independent_source(setups, config, recorded)
    limits = {name: value for name, value in config.model.model_dump(mode="json").items() if name in _LIMITS}
    described: dict[str, Any] = {
        "detect": config.detect.model_dump(mode="json", exclude={*elsewhere, "emotion"}),
        "limits": limits,
        "rotate": config.source.rotate,
        "fps": config.source.fps,  # of files without times
        "lenient": config.source.lenient,
        "setups": [[setup.name, _fingerprint(setup.model), list(setup.poses)] for setup in setups],
        "independent": independent,
        "recompute": options.recompute,
        "versions": versions(),
    }
    if options.faces != "largest":
        described["faces"] = options.faces
    return CompareSettings(config, setups, independent, offsets, options.recompute, options.faces, described)


def _fingerprint(model: LinearMeshModel) -> str:
    """Of all of a model that numbers depend on."""
    digest = hashlib.sha256()
    for array in (model.coef, model.intercept, model.mean_mesh, model.anchors, model.feature_p99, model.coef_full):
        digest.update(b"-" if array is None else array.tobytes())
    return digest.hexdigest()


def _offsets(model: LinearMeshModel) -> dict[str, Any]:
    found = {tracker: offset_of(tracker, model) for tracker in REPEATABILITY_NME}
    return {tracker: one.offset_canon for tracker, one in found.items() if one is not None}


def _recorded_sources(recordings: Sequence[Recording]) -> list[str]:
    """The sources of features that the sessions have, those that most of them have first."""
    counts = {"pyfeat": 0, "appearance": 0, "mediapipe": 0}
    for one in recordings:
        try:
            with open_session(one.path) as session:
                info = session.parts[0].info
                counts["pyfeat"] += info.network
                counts["appearance"] += info.appearance is not None
                counts["mediapipe"] += bool(info.blendshapes)
        except SessionError:  # its job reports it
            continue
    return [name for name in sorted(counts, key=lambda name: -counts[name]) if counts[name]]


def recording_job(one: Recording, options: CompareOptions) -> RecordingJob:
    """What is to be done of one recording, with the saved neutral where that is wished. Raises NeutralFileError."""
    wish = one.entry.neutral or options.neutral
    saved, key = None, ""
    if wish.kind == "saved":
        person = one.entry.person or options.config.model.person
        found = load_neutral(person) if person else None
        if found is not None:
            saved = CarriedNeutral(found.identity, found.frame, found.info.tracker)
            key = f"{person} {found.info.taken}"
    return RecordingJob(one.path.absolute(), one.name, wish, saved, key)


def _units(recording: Recording, done: DoneRecordings, entries: Mapping[str, Entry]) -> list[Recording]:
    """What is compared of a recording. Of one of several faces nobody says who it is, unless the table names it."""
    job = done.jobs.get(recording.name)
    if job is None or len(job.units) == 1:
        return [recording]
    unknown = replace(recording.entry, person=None)
    return [replace(recording, name=unit.name, entry=entries.get(unit.name, unknown)) for unit in job.units]


def _faces_remarks(done: DoneRecordings) -> list[str]:
    """What is to be said of recordings with several faces."""
    several = {name: one for name, one in done.jobs.items() if len(one.units) > 1}
    found = []
    if several:
        names = ", ".join(f"{name} ({len(one.units)})" for name, one in list(several.items())[:5])
        more = f" and {len(several) - 5} more" if len(several) > 5 else ""
        found.append(
            f"Each face of a recording with several is compared as a recording of its own, with a neutral of its own: "
            f"{names}{more}. Nobody says who they are, unless the table of people names them."
        )
    short = {name: one for name, one in done.jobs.items() if one.short_faces}
    if short:
        faces, frames = (sum(getattr(one, name) for one in short.values()) for name in ("short_faces", "short_frames"))
        found.append(
            f"Faces that were seen for less than {LEAST_S:g} s are left out: {faces}, with {frames} frames, of "
            f"{', '.join(list(short)[:5])}{f' and {len(short) - 5} more' if len(short) > 5 else ''}."
        )
    return found


def _merged(recordings: Sequence[Recording], done: DoneRecordings, settings: CompareSettings) -> list[MergedRecording]:
    """The recordings that were compared, in the order of their names, with what other people say of each."""
    found = []
    for one in recordings:
        part = done.parts.get(one.name)
        if part is not None:
            try:
                found.append(load_recording(one, part, settings.setups, settings.offsets))
            except (OSError, ValueError, KeyError) as error:
                done.bad[one.name] = f"its part {part.folder} cannot be read ({error}); remove it and start again."
    return with_shared_offsets(found, comparable(found)[0])


def _report(
    merged: Sequence[MergedRecording], done: DoneRecordings, settings: CompareSettings, options: CompareOptions,
    folder: Path,
) -> CompareReport:  # fmt: skip
    setups = settings.setups
    used, without = comparable(merged)
    for one in merged:
        if not one.frames:
            done.bad.setdefault(one.recording.name, _without_frames(one, setups[0]))
    models = merge.model_scores(setups, used)
    remarks = [*training_notes(models, len(used)), *([without] if without else [])]
    remarks += merge.remarks(setups, merged, used, settings.independent)
    remarks += _faces_remarks(done)
    return CompareReport(
        overall=merge.overall(setups, used),
        recordings=tuple(merge.recording_scores(setups, one, used) for one in merged),
        people=merge.people_scores(setups, used),
        emotions=merge.emotions_scores(setups, used, settings.independent),
        models=models,
        differences=merge.differences(setups, used),
        groups=merge.groups_scores(setups, used),
        events=event_averages(used),
        checks=checks(setups, used),
        excluded=merge.excluded(merged, used),
        errors=merge.errors_of(done.bad),
        remarks=tuple(remarks),
        population=resample_people([one.person for one in used]).note,
        frames=sum(one.facts["quality"]["frames"] for one in merged),
        out=str(folder),
        outputs=(),
        command=options.command,
        settings=_named(settings.described),
        versions=versions(),
        date=date.today().isoformat(),
        seconds=0.0,
    )


def _named(described: Mapping[str, Any]) -> dict[str, str]:
    """The settings on which numbers depend, by the names that --set takes, as a table shows them."""
    source = {name: described[name] for name in ("rotate", "fps", "lenient")}
    sections = {"detect": described["detect"], "model": described["limits"], "source": source}
    return {
        f"{section}.{name}": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for section, values in sections.items()
        for name, value in values.items()
        if value is not None
    }


def _without_frames(one: MergedRecording, setup: Setup) -> str:
    """Why a recording has no frame in the scores."""
    if one.facts["quality"]["valid"] and not one.facts["available"][0]:
        return f"has no features of {setup.source}, by which {setup.model.name} is driven. Choose another --emotion."
    reasons = one.facts["quality"]["left_out"]
    most = max(reasons, key=lambda reason: reasons[reason], default="no face")
    return f"has no frame that can be compared, most for this reason: {most}."


def versions() -> dict[str, str]:
    """Of the program and of what the numbers depend on, as far as it is installed."""
    found = {"meshmirror": __version__}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
