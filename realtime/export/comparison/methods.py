"""The methods of a comparison and its references, as texts to paste into a paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from realtime.core.compare_report import CompareReport, ModelScores
from realtime.core.compare_scores import FAILURE_PERCENT
from realtime.core.training_notes import training_notes
from realtime.core.wording import FITTED, feature_source_names
from realtime.export.comparison.references import REFERENCES, bibtex
from realtime.export.report.compare.common import named, scored

_FEW = 3  # recordings that are named


def methods_text(report: CompareReport) -> str:
    """The method section, with the numbers of this comparison (Markdown, references as [@key])."""
    return "\n\n".join(["# Methods", *_paragraphs(report)]) + "\n"


def references_text(report: CompareReport) -> str:
    """The references of the method section that this comparison uses, as BibTeX."""
    text = methods_text(report)
    return "\n".join(bibtex(key) for key in REFERENCES if f"@{key}" in text)


def _paragraphs(report: CompareReport) -> Iterator[str]:
    overall = report.overall
    trackers = sorted({one.tracker for one in report.recordings if one.tracker})
    among = scored(report)
    yield (
        f"Recordings: {len(among)} of {len(report.recordings)} are in the scores ({overall.frames:,} of "
        f"{report.frames:,} frames). Every frame was processed once, in order. Faces were found by MediaPipe's Face "
        f"Mesh [@lugaresi2019; @kartynnik2019] (tracker {', '.join(trackers) or 'none'}; 478 vertices) and aligned to "
        "the model's canonical frame by the least-squares similarity of 12 anchors [@umeyama1991]. "
        f"{_left_out(report)}"
    )
    yield (
        f"Models: {'; '.join(map(_setup, report.models)) or 'none'}. They are linear maps from features and head pose "
        "to the 478 vertices, of the family that is distributed with Py-Feat [@cheong2023]."
        f"{''.join(f' {_plain(note)}' for note in training_notes(report.models, len(among)))}"
    )
    yield _neutrals(report)
    yield (
        "Scores: NME is the mean distance of the vertices in % of the outer-canthal distance; MAE is per coordinate; "
        "R2 is variance-weighted over the 1,434 coordinates about the mean of the scored frames; skill is 1 - SSE / "
        f"SSE of the baseline ({_BASELINES.get(overall.baseline or '', 'none')}). With gain, the predicted "
        "displacements from rest were scaled by one least-squares factor a recording. The floor is the constrained "
        "least-squares fit of the features to each face: what the model could do at best, not a measurement. The "
        "cumulative error curve has "
        f"bins of 0.01 % and counts an NME of {FAILURE_PERCENT:g} % or more as a failure [@sagonas2016]."
    )
    if overall.null is not None:
        null = overall.null
        yield (
            f"Chance level: the features were shifted in time against the faces of their recording, circularly, by at "
            f"least {null.shortest_s:.1f} s ({null.shifts:,} shifts or draws of shifts), the gain refitted at each; "
            f"p = (1 + count) / (1 + N) = {null.p:.4f} [@phipson2010]."
        )
    floor_null = None if overall.floor is None else overall.floor.null
    if floor_null is not None:
        yield (
            f"Chance level of the floor: {floor_null.models} random models were fitted to {floor_null.frames:,} frames "
            "in the same way. Each displacement of the model was turned at random at every spatial frequency of the "
            "mesh [@taubin1995], as surrogates of a time series have random phases [@theiler1992]; so the random "
            "models have its size, its smoothness and the angles between its features. Their skill was "
            f"{floor_null.lowest:.2f} to {floor_null.highest:.2f} (median {floor_null.median:.2f}), the model's "
            f"{floor_null.skill:.2f} on the same frames."
        )
    if overall.waterfall:
        yield (
            "Causes: the share of each cause is what its oracle saves of the baseline's squared error, in the order "
            "offset of the tracker, identity, pose, gain, source of the features, noise; the rest is the model's. "
            "Offsets and pose slopes (a ridge [@hoerl1970] beside the gain) were fitted to the other blocks in time of "
            "the recording than those from which they were taken. The order matters: what two causes share is the "
            "first one's."
        )
        offset = next((one for one in overall.waterfall if one.cause == "tracker" and one.adds is not None), None)
        if offset is not None and offset.removed:
            yield (
                "What the neutral had removed of the raw squared error was split into an offset that all faces share "
                f"({offset.note}, shrunk by the factor that is best among these others; "
                f"{100 * (offset.adds or 0.0):.1f} %) and the rest, each person's own."
            )
    if report.checks:
        yield (
            f"Input was checked for errors of order, unit, time and names in {len(report.checks)} ways; the order of "
            "vertices and axes by the contiguity ratio of the mesh's edges [@geary1954]."
        )
    yield (
        f"Uncertainty: {report.population} Intervals are expanded percentiles of 2,000 bootstrap draws [@efron1993; "
        "@davison1997; @hesterberg2015]; frames were never resampled. The effective number of frames is that of "
        "Geyer's initial positive sequence of the per-frame difference in squared error to the baseline [@geyer1992]."
    )
    software = ", ".join(f"{name} {number}" for name, number in report.versions.items())
    yield f"Software: {software}."
    if report.command:
        yield f"Command:\n\n    {report.command}"


_BASELINES = {"own_neutral": "the subject's own neutral face", "mean_mesh": "the model's mean face"}


def _left_out(report: CompareReport) -> str:
    """Every reason for which frames are in no score, with the number of frames."""
    if not report.excluded:
        return "No frame was left out."
    reasons = "; ".join(f"{one.frames:,} {_plain(one.reason)}" for one in report.excluded)
    return f"Frames were left out for these reasons (a frame may have several): {reasons}."


def _setup(one: ModelScores) -> str:
    pose = "the measured head pose" if one.pose_mode == "live" else "head pose 0"
    driven = feature_source_names(one.source)[0]
    by = f"with features that are {driven}" if one.source == FITTED else f"driven by {driven}"
    return f"{_plain(one.model)}, {by}, at {pose}"


def _neutrals(report: CompareReport) -> str:
    """From where the faces at rest are, in sentences."""
    by_origin: dict[str, list[str]] = {}
    for one in report.recordings:
        known = one.neutral.description
        by_origin.setdefault(f"none ({known})" if one.neutral.kind == "none" else known, []).append(one.name)
    origins = "; ".join(f"of {_some(names)}, {_plain(origin)}" for origin, names in by_origin.items())
    parts = [f"The neutral, a face at rest, was: {origins}."]
    restless = [one.name for one in report.recordings if one.neutral.findings]
    if restless:
        parts.append(f"The face was not at rest in that of {_some(restless)}.")
    if any(one.neutral.kind != "none" for one in report.recordings):
        parts.append(
            "The subject's identity, the interquartile mean of the observed minus the predicted face at rest, was "
            "added to every prediction (adjusted scores)."
        )
    return " ".join(parts)


def _some(names: Sequence[str]) -> str:
    """Some recordings: by name where they are few."""
    return _plain(named(names)) if len(names) <= _FEW else f"{len(names):,} recordings"


def _plain(text: str) -> str:
    """A name of a file in Markdown, without what would be markup."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|" else sign for sign in text).replace("\n", " ")
