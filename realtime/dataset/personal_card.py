"""The model card of a personal fit: what it is worth beside what, without names of people, sessions or folders."""

from __future__ import annotations

from collections.abc import Iterator

from realtime.core.study_reports import HeldOutR2, PersonalReport
from realtime.core.version import __version__
from realtime.dataset.card import checks, line
from realtime.model.linear import LinearMeshModel


def personal_card(model: LinearMeshModel, report: PersonalReport) -> str:
    """Markdown, without the metadata of other cards for the Hugging Face Hub: this is no model to publish."""
    return "\n".join([*_text(model, report), ""])


def _text(model: LinearMeshModel, report: PersonalReport) -> Iterator[str]:
    of = line(report.of)
    yield f"# {line(model.name)}"
    yield ""
    yield (
        f"A model of one person: the features of {of} and the head pose -> 478 x 3 vertices of MediaPipe's face mesh, "
        f"shrunk towards {of}, in its frame. It is as personal as a mask of the face, and of no use for other people. "
        "It opens in Meshmirror (`meshmirror live --model FILE.npz`)."
    )
    for title, lines in (
        ("Data", _data(report)),
        ("Fit", _fit(report, of)),
        ("Evaluation", _evaluation(report, of)),
        ("Checks", checks(report.check)),
        ("Limits", _limits(model)),
    ):
        yield from ("", f"## {title}", "", *lines)


def _data(report: PersonalReport) -> Iterator[str]:
    yield f"{report.frames:,} frames of {report.sessions:,} session(s) of one person."
    yield ""
    dropped = [f"{count:,} {line(reason)}" for reason, count in report.frames_dropped.items() if count]
    yield f"- Dropped: {'; '.join(dropped) or 'none'}."
    yield f"- Tracker: {line(report.tracker)}. Source of the features: {line(report.sources)}."
    yield f"- Fit by meshmirror {__version__}."


def _fit(report: PersonalReport, of: str) -> Iterator[str]:
    strength = "at its end: only the neutral is the person's" if report.strength is None else f"{report.strength:.3g}"
    yield (
        f"Ridge regression of what {of} leaves, on [features | pose | pose x features]; strength {strength}, by "
        f"cross-validation over {report.folds} {report.folds_of}. `coef_full` holds all rows; `coef` those for use "
        "without the products."
    )


def _evaluation(report: PersonalReport, of: str) -> Iterator[str]:
    yield f"R2 on frames that were held out ({report.folds} {report.folds_of}), over all coordinates, about their mean:"
    yield ""
    yield "| | over all frames | least and most of a fold |"
    yield "| --- | --- | --- |"
    for name, found in (
        ("this model", report.personal),
        (f"{of}, the person's neutral and response to the pose", report.neutral_and_pose),
        (f"{of}, the person's neutral", report.own_neutral),
        (f"{of} as it is", report.model_itself),
    ):
        yield f"| {name} | {found.r2:.4f} | {_range(found)} |"
    yield ""
    yield report.verdict


def _range(found: HeldOutR2) -> str:
    return f"{min(found.folds):.4f} to {max(found.folds):.4f}"


def _limits(model: LinearMeshModel) -> Iterator[str]:
    yield (
        "It is no classifier of emotions, and says nothing of what a person feels; not for decisions about people. "
        "What the sessions do not show it takes from the model towards which it was shrunk."
    )
    for remark in model.metadata["remarks"]:
        yield ""
        yield line(remark)
