"""The page of a fit."""

from __future__ import annotations

from realtime.core.printable import bounded
from realtime.core.study_reports import FitReport
from realtime.core.version import __version__
from realtime.export.report.fit.closing_sections import errors_section, methods_section, names_of
from realtime.export.report.fit.data_sections import data_section, frame_section, people_of
from realtime.export.report.fit.model_sections import checks_section, effects_section
from realtime.export.report.fit.recipes_section import recipes_section
from realtime.export.report.fit.score_sections import learning_section, regions_section, scores_section
from realtime.export.report.fit.verdict import held_out, key_figures, verdict, verdict_ruler
from realtime.export.report.number_text import count
from realtime.export.report.page import Page, render
from realtime.model.linear import LinearMeshModel

_FEW_PEOPLE = 10
_LONGEST = 300  # characters of a text of the data set


def fit_page(model: LinearMeshModel, report: FitReport, command: str = "", date: str = "") -> str:
    """The HTML of a fit: `model` as it was written, `report` with the check and the paths, `command` that made it."""
    full, report = report, _bounded(report)
    sections = (
        data_section(report),
        frame_section(model, report),
        scores_section(report),
        regions_section(report),
        learning_section(report),
        recipes_section(report),
        checks_section(report),
        effects_section(model),
        errors_section(report),
        methods_section(model, report, command),
    )
    frames = f"{count(report.frames, 'frame')} of {count(report.recordings, 'recording')}, {people_of(report)}"
    page = Page(
        program="meshmirror fit",
        title=f"{model.name} · {report.family} model",
        subject=(
            f"{frames} · features {report.sources} · tracker {report.tracker}" + (f" · {date}" if date else ""),
            "Unit of every distance: % of the outer-canthal distance (between the outer corners of the eyes), short: "
            "% canthi. R²: share of the variance over all 1,434 coordinates.",
        ),
        verdict=verdict(report),
        keys=key_figures(report),
        ruler=verdict_ruler(report),
        notices=_notices(report),
        sections=sections,
        made=f"meshmirror {__version__} · files: {names_of(report)}. Nothing on this page is loaded from elsewhere.",
        data=full.to_json(),
    )
    return render(page)


def _bounded(report: FitReport) -> FitReport:
    """The same with texts of the data set that can be read, however long they are there."""
    texts = ("tracker", "mesh", "sources", "versions", "data_set", "alignment")
    changes: dict[str, object] = {name: bounded(getattr(report, name), _LONGEST) for name in texts}
    return report.model_copy(update=changes | {"features": tuple(bounded(name, 60) for name in report.features)})


def _notices(report: FitReport) -> list[str]:
    """What must be read before any number."""
    found = []
    if report.people is None:
        found.append(
            "The data set names no people. A person may be on both sides of every split: no number here is about new "
            "people."
        )
    elif report.people < _FEW_PEOPLE:
        people = count(report.people, "person", "people")
        found.append(f"{people}: no statement about people in general can be made.")
    if held_out(report) is None:
        found.append("Nothing was held out: there is no measure of how well this model predicts.")
    if report.check is not None and report.check.state == "bad":
        found.append("A check of the model failed; see section 7 before using it.")
    return found
