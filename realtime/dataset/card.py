"""The model card of a fit: the README.md of a repository of the Hugging Face Hub, with its block of metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator

from realtime.core.printable import printable
from realtime.core.study_reports import R2, FitReport, ModelCheck
from realtime.core.version import __version__
from realtime.dataset.rows import DETECTORV2, MEDIAPIPE, MPDETECTOR
from realtime.model.linear import LinearMeshModel

_FEATURES = {"emotion": "probabilities of seven emotions", "au": "action units", "blendshape": "blendshapes"}
_MESHES = {
    MEDIAPIPE: "MediaPipe's FaceMesh, as Meshmirror runs it on every picture",
    MPDETECTOR: "MediaPipe's FaceMesh V2, as py-feat's MPDetector runs it on its own crops",
    DETECTORV2: "py-feat's own mesh head, which is trained to give MediaPipe's 478 landmarks and differs from them",
    "simulated": "a simulation whose truth is known; no camera and no person",
}


def model_card(model: LinearMeshModel, report: FitReport) -> str:
    """Markdown with the metadata block that the hub reads. The licence is left for who publishes the model."""
    return "\n".join([*_metadata(model, report), "", *_text(model, report), ""])


def _metadata(model: LinearMeshModel, report: FitReport) -> Iterator[str]:
    """YAML; texts from outside in double quotes, which are those of JSON."""
    yield "---"
    yield "# The licence is that under which you publish the model: name it before you do."
    yield "license: other"
    yield "license_name: not-chosen-yet"
    yield "language: [en]"
    yield "library_name: py-feat"
    yield f"tags: [facial-expression, face-mesh, linear-regression, {report.family}]"
    metrics = [("held-out R2 by recording", report.r2.full)]
    if report.people is not None:
        metrics.append(("held-out R2 by person", report.r2_by_person.full))
    known = [(name, score) for name, score in metrics if score is not None]
    if known:
        yield "metrics: [r_squared]"
        yield "model-index:"
        yield f"  - name: {json.dumps(printable(model.name))}"
        yield "    results:"
        yield "      - task: {type: tabular-regression, name: face mesh from features}"
        yield "        dataset: {type: private, name: not published}"
        yield "        metrics:"
        for name, score in known:
            yield f"          - {{type: r_squared, name: {name}, value: {score.mean:.4f}}}"
    yield "---"


def _text(model: LinearMeshModel, report: FitReport) -> Iterator[str]:
    yield f"# {line(model.name)}"
    yield ""
    yield (
        f"A linear model: {_FEATURES[report.family]} and head pose -> 478 x 3 vertices of MediaPipe's face mesh, in a "
        "canonical frame (similarity-aligned by twelve anchors). Inputs: features, then Pitch, Yaw, Roll in radians "
        "(py-feat's Fex signs). Outputs are axis-major: x of all vertices, then y, then z. It opens in Meshmirror "
        "(`meshmirror live --model FILE.npz`) and in py-feat's own classes."
    )
    for title, lines in (
        ("Data", _data(report)),
        ("Fit", _fit(report)),
        ("Evaluation", _evaluation(report)),
        ("Checks", checks(report.check)),
        ("Intended use", _use(report)),
        ("Limits", _limits(report)),
    ):
        yield from ("", f"## {title}", "", *lines)


def _data(report: FitReport) -> Iterator[str]:
    who = "an unknown number of people"
    if report.people is not None:
        who = f"{report.people:,} {'person' if report.people == 1 else 'people'}"
    yield f"{report.frames:,} frames of {report.recordings:,} recordings, {who}."
    yield ""
    dropped = [f"{count:,} {reason}" for reason, count in report.frames_dropped.items() if count]
    made = _MESHES.get(report.mesh, "not known" if report.mesh == "unknown" else line(report.mesh))
    yield f"- Dropped: {'; '.join(dropped) or 'none'}."
    yield f"- Meshes: {made}. Tracker: {line(report.tracker)}."
    yield f"- Features: {', '.join(map(line, report.features))}. Source: {line(report.sources)}."
    yield f"- Made with: {line(report.versions)}; fit by meshmirror {__version__}."
    yield ""
    yield (
        "Who these people are (age, sex, skin, origin), how they were recorded and what they agreed to is not in the "
        "data set: describe it here before you publish the model."
    )


def _fit(report: FitReport) -> Iterator[str]:
    yield (
        f"{report.method[0].upper()}{report.method[1:]}. Alignment: {line(report.alignment)}. `coef_full` holds all "
        "rows, [features | pose | pose x features]; `coef` the rows for use without the products. The outer canthi of "
        f"the mean mesh are {report.outer_canthal:.2f} units apart. Every step with its numbers is in the file "
        "(`training_metadata`)."
    )


def _evaluation(report: FitReport) -> Iterator[str]:
    if report.r2.full is None and report.r2_by_person.full is None:
        yield "Not evaluated on held-out frames."
    else:
        yield from _scores(report)
    yield ""
    yield f"On the frames of the fit itself R2 is {report.r2_training:.4f}; do not compare it with held-out numbers."


def _scores(found: FitReport) -> Iterator[str]:
    yield "R2 on held-out frames, over all coordinates, mean and population standard deviation over the folds:"
    yield ""
    yield "| | all inputs | deployed, live pose | deployed, pose 0 |"
    yield "| --- | --- | --- | --- |"
    rows = [("by recording", found.r2), ("by person", found.r2_by_person)]
    rows.append(("by person, each person's mean taken out", found.r2_within))
    if found.people is None:  # each recording counts as a person
        rows[1:] = [("by recording, each recording's mean taken out", found.r2_within)]
    for name, forms in rows:
        cells = [_cell(score) for score in (forms.full, forms.deployed_live, forms.deployed_zero)]
        yield f"| {name} | {' | '.join(cells)} |"
    yield ""
    yield "The constant mean face of the tested frames has R2 = 0."
    if found.null is not None:
        yield (
            f"With the features of other recordings at the same relative time and the own pose ({found.null.draws} "
            f"draws, {found.null.frames:,} frames) R2 is {found.null.mean:.4f}, at most {found.null.highest:.4f}; with "
            f"the own features {found.null.r2:.4f} on the same frames."
        )
    if found.mae is not None:
        yield ""
        yield f"MAE of a coordinate: {found.mae:.4f} units, {found.mae_percent:.2f} % of the outer-canthal distance."


def checks(found: ModelCheck | None) -> Iterator[str]:
    """The findings of `meshmirror models check`, a line each."""
    if found is None:
        yield "Not checked."
        return
    yield "As `meshmirror models check` finds it:"
    yield ""
    for one in found.findings:
        yield f"- {one.name} ({one.state}): {line(one.found)}"


def _use(report: FitReport) -> Iterator[str]:
    yield (
        "For showing and comparing expected with observed faces. Coordinates are absolute: most of a face's distance "
        "from the prediction is identity, so take out the person's own neutral before speaking of expression."
    )
    if report.family == "blendshape":
        yield ""
        yield "Blendshapes come from the landmarks: the model reproduces a mesh, and is no second witness of it."


def _limits(report: FitReport) -> Iterator[str]:
    yield (
        "It is no classifier of emotions, and says nothing of what a person feels; not for decisions about people. "
        "Beyond the training range (|yaw| <= 40, |pitch| <= 30 degrees) it extrapolates."
    )
    for remark in report.remarks:
        yield ""
        yield line(remark)


def _cell(score: R2 | None) -> str:
    return "-" if score is None else f"{score.mean:.4f} +- {score.sd:.4f}"


def line(text: str) -> str:
    """A text from outside in one line of Markdown: no markup of HTML, no line that begins another block."""
    return " ".join(printable(text).split()).replace("<", "&lt;")
