"""The model card of a fit: the README.md of a repository of the Hugging Face Hub, with its block of metadata."""

from __future__ import annotations

from collections.abc import Iterator

from realtime.core.printable import printable
from realtime.core.study_reports import R2, Evaluation, FitReport
from realtime.model.linear import LinearMeshModel

_FEATURES = {"emotion": "probabilities of seven emotions", "au": "action units", "blendshape": "blendshapes"}


def model_card(model: LinearMeshModel, report: FitReport) -> str:
    """Markdown with the metadata block that the hub reads. The licence is left for who publishes the model."""
    return "\n".join([*_metadata(model, report), "", *_text(model, report), ""])


def _metadata(model: LinearMeshModel, report: FitReport) -> Iterator[str]:
    yield "---"
    yield "# The licence is that under which you publish the model: name it before you do."
    yield "license: other"
    yield "library_name: py-feat"
    yield "tags: [facial-expression, face-mesh, linear-regression]"
    score = report.r2.full
    if score is not None:
        yield "model-index:"
        yield f"  - name: {printable(model.name)}"
        yield "    results:"
        yield "      - task: {type: regression, name: face mesh from features}"
        yield "        dataset: {type: private, name: not published}"
        yield f"        metrics: [{{type: r2, name: held-out R2 by recording, value: {score.mean:.4f}}}]"
    yield "---"


def _text(model: LinearMeshModel, report: FitReport) -> Iterator[str]:
    who = f"{report.people} people" if report.people is not None else "an unknown number of people"
    yield f"# {printable(model.name)}"
    yield ""
    yield (
        f"A linear model: {_FEATURES[report.family]} and head pose -> 478 x 3 vertices of MediaPipe's face mesh, in a "
        "canonical frame (similarity-aligned by twelve anchors). Inputs: features, then Pitch, Yaw, Roll in radians "
        "(py-feat's Fex signs). Outputs are axis-major: x of all vertices, then y, then z."
    )
    yield ""
    yield "## Data"
    yield ""
    yield f"{report.frames:,} frames of {report.recordings:,} recordings, {who}. Tracker: {printable(report.tracker)}."
    dropped = [f"{count:,} {reason}" for reason, count in report.frames_dropped.items() if count]
    yield f"Dropped: {'; '.join(dropped) or 'none'}."
    yield ""
    yield "## Fit"
    yield ""
    yield (
        f"Least squares of minimum norm on {report.inputs} inputs [features | pose | pose x features], rank "
        f"{report.rank}. Alignment: {printable(report.alignment)}. `coef_full` holds all rows; `coef` the rows for use "
        "without the products. The outer canthi of the mean mesh are "
        f"{report.outer_canthal:.2f} units apart."
    )
    yield ""
    yield "## Evaluation"
    yield ""
    yield from _scores(report) if report.r2.full or report.r2_by_person.full else ("Not evaluated on held-out frames.",)
    yield ""
    yield f"On the frames of the fit itself R2 is {report.r2_training:.4f}; do not compare it with held-out numbers."
    yield ""
    yield "## Use and limits"
    yield ""
    yield (
        "For showing and comparing expected with observed faces. Absolute coordinates: most of a face's distance from "
        "the prediction is identity, so take out the person's own neutral before speaking of expression. It is no "
        "classifier of emotions, and says nothing of what a person feels. Beyond the training range "
        "(|yaw| <= 40, |pitch| <= 30 degrees) it extrapolates."
    )


def _scores(found: Evaluation) -> Iterator[str]:
    yield "R2 on held-out frames, over all coordinates, mean and population standard deviation over the folds:"
    yield ""
    yield "| | all inputs | deployed, live pose | deployed, pose 0 |"
    yield "| --- | --- | --- | --- |"
    for name, forms in (
        ("by recording", found.r2),
        ("by person", found.r2_by_person),
        ("by person, each person's mean taken out", found.r2_within),
    ):
        cells = [_cell(score) for score in (forms.full, forms.deployed_live, forms.deployed_zero)]
        yield f"| {name} | {' | '.join(cells)} |"
    if found.mae is not None:
        yield ""
        yield f"MAE of a coordinate: {found.mae:.4f} units, {found.mae_percent:.2f} % of the outer-canthal distance."
    for remark in found.remarks:
        yield ""
        yield remark


def _cell(score: R2 | None) -> str:
    return "-" if score is None else f"{score.mean:.4f} +- {score.sd:.4f}"
