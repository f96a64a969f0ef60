"""A fit from the data set to its files: the model, its card, a check of it, its atlas and the page about all of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from realtime.core.errors import DisplayError, RecordError
from realtime.core.files import atomic_write, new_output, require_place
from realtime.core.process import Notify
from realtime.core.progress import JobProgress
from realtime.core.study_reports import CheckFinding, FitReport, ModelCheck
from realtime.dataset import phases
from realtime.dataset.card import model_card
from realtime.dataset.fit import FitOptions, fit_data_set
from realtime.model.audit.audit import AuditReport, check
from realtime.model.file import write_model
from realtime.model.linear import LinearMeshModel

CARD, _PAGE = ".README.md", ".report.html"  # behind the name of the model


@dataclass(frozen=True, slots=True)
class FitFiles:
    """What a fit leaves behind."""

    model: Path  # the others lie beside it under its name
    report: bool = True  # the page and the atlas as well
    command: str = ""  # the command line that makes all of it again


def run_fit(
    folder: Path, options: FitOptions, files: FitFiles, notify: Notify, job: JobProgress | None = None
) -> FitReport:
    """Fit a model and write it with its card, and its atlas and report; the report names the files.

    Each file is complete or absent, and none that exists is replaced. Where no OpenGL can be had the atlas is left out,
    which `notify` is told.

    Raises DataSetError, and RecordError where a file cannot be written.
    """
    require_place(files.model.with_name(f"{files.model.stem}{_PAGE}"))  # the longest of the names
    job = job or JobProgress()
    if files.report:
        job.plan(phases.DRAWING)
    model, report = fit_data_set(folder, options, notify, job)
    with new_output(files.model) as path:
        model = model.replaced(name=path.stem)
        report = report.model_copy(update={"check": check_findings(check(model)), "model": str(path)})
        card = model_card(model, report)
        write_model(model.replaced(card=card), path)
    if path != files.model:
        notify(f"{files.model} exists and is kept; written to {path}.")
    with model_complete(path):
        report = report.model_copy(update={"card": write_text(path.with_name(f"{path.stem}{CARD}"), card)})
        if not files.report:
            return report
        job.begin(phases.DRAWING.name)
        return _shown(model, report, path, files, notify)


@contextmanager
def model_complete(path: Path) -> Iterator[None]:
    """A RecordError of the block also says that the model itself was written."""
    try:
        yield
    except RecordError as error:
        raise RecordError(f"{error} The model is complete: {path}.") from error


def check_findings(audit: AuditReport) -> ModelCheck:
    """The results of an audit as a report of a fit has them."""
    findings = tuple(CheckFinding(**finding.to_json()) for finding in (audit.verdict, *audit.findings))
    return ModelCheck(state=audit.state, findings=findings)


def _shown(model: LinearMeshModel, report: FitReport, path: Path, files: FitFiles, notify: Notify) -> FitReport:
    """The report with the paths of the atlas and of the page."""
    from realtime.export.report.fit.fit_page import fit_page

    report = report.model_copy(update={"atlas": _atlas(path, notify)})
    page = fit_page(model, report, files.command, date.today().isoformat())
    return report.model_copy(update={"report": write_text(path.with_name(f"{path.stem}{_PAGE}"), page)})


def _atlas(path: Path, notify: Notify) -> str | None:
    """Draw what each feature of the model file does; the picture's path, None where there is no OpenGL."""
    from realtime.core.config import load_config
    from realtime.export.figures.atlas import make_atlas
    from realtime.export.figures.atlas_options import AtlasOptions

    as_filed = {"model.names": [str(path)], "model.labels": "as-filed", "model.frame": "as-filed"}
    out = path.with_name(f"{path.stem}.atlas.png")
    try:
        return make_atlas(load_config(options=as_filed), AtlasOptions(out), notify).outputs[0]
    except DisplayError as error:
        notify(f"No atlas was drawn: {error}")
        return None


def write_text(wanted: Path, text: str) -> str:
    """Write a text in one step under an unused name; that name. Raises RecordError."""
    with new_output(wanted) as path:
        try:
            with atomic_write(path) as file:
                file.write(text.encode())
        except OSError as error:
            raise RecordError(
                f"{path}: cannot be written: {error.strerror or error}. Choose another place or make room."
            ) from error
    return str(path)
