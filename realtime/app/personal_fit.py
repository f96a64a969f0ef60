"""A personal fit from the sessions to the model file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from realtime.app.fit import CARD, check_findings, model_complete, write_text
from realtime.core.config import load_config
from realtime.core.errors import DataSetError, UsageError
from realtime.core.files import new_output, require_place, user_path
from realtime.core.process import Notify
from realtime.core.progress import Progress
from realtime.core.study_reports import ExtractReport, PersonalReport
from realtime.dataset.extract import ExtractOptions, extract
from realtime.dataset.personal import PersonalOptions, fit_personal
from realtime.dataset.personal_card import personal_card
from realtime.dataset.recording import Sampling
from realtime.detect.appearance import APPEARANCE_COMMAND
from realtime.model.audit.audit import check
from realtime.model.file import write_model
from realtime.model.names import family_of
from realtime.session.folder import parts_in

Show = Callable[[str], AbstractContextManager[Progress]]
_THESE = "the sessions"  # how errors name the data set that is made of them, whose folder is gone by then


def run_personal_fit(
    inputs: Sequence[str], options: PersonalOptions, out: Path, notify: Notify, show: Show
) -> PersonalReport:
    """Fit a model to one's own sessions, videos or data set, and write it with its card; the report names the files.

    Each file is complete or absent, and none that exists is replaced. Raises DataSetError and UsageError where these
    are no sessions of one person with emotions of a source that looks at the picture, RecordError where a file cannot
    be written, and what extracting raises.
    """
    require_place(out.with_name(f"{out.stem}{CARD}"))  # the longer of the two names
    with _data_set(inputs, options, notify, show) as folder:
        model, report = fit_personal(folder, options, notify)
    with new_output(out) as path:
        model = model.replaced(name=path.stem)
        report = report.model_copy(update={"check": check_findings(check(model)), "model": str(path)})
        card = personal_card(model, report)
        write_model(model.replaced(card=card), path)
    if path != out:
        notify(f"{out} exists and is kept; written to {path}.")
    with model_complete(path):
        return report.model_copy(update={"card": write_text(path.with_name(f"{path.stem}{CARD}"), card)})


@contextmanager
def _data_set(inputs: Sequence[str], options: PersonalOptions, notify: Notify, show: Show) -> Iterator[Path]:
    """The data set itself where it is given, else one of the sessions that is there for as long as the block."""
    paths = [user_path(text) for text in inputs]
    given = [path for path in paths if _is_data_set(path)]
    if given:
        if len(paths) > 1:
            raise UsageError(f"{given[0]} is a data set: give it alone, or the sessions and videos themselves.")
        yield given[0]
        return
    with tempfile.TemporaryDirectory(prefix="meshmirror-") as made:
        folder = Path(made) / "sessions"
        notify("reading the sessions")
        report = extract(inputs, folder, ExtractOptions(load_config(), Sampling(), options.workers), show)
        _check(report, options)
        for same in report.same:
            notify(f"{same.recording} is a copy of {same.same_as}, and is fit once")
        try:
            yield folder
        except DataSetError as error:
            raise DataSetError(str(error).replace(str(folder), _THESE)) from error


def _is_data_set(path: Path) -> bool:
    return path.is_dir() and not parts_in(path) and next(path.rglob("*.parquet"), None) is not None


def _check(report: ExtractReport, options: PersonalOptions) -> None:
    """Raises DataSetError where the sessions that were named are not what a fit can be made of."""
    if report.bad:
        reasons = "; ".join(f"{bad.recording}: {bad.reason}" for bad in report.bad[:3])
        raise DataSetError(f"{len(report.bad)} of {report.found} sessions cannot be used. {reasons} Leave these out.")
    if family_of(options.of.feature_columns) == "emotion" and not report.emotions:
        raise DataSetError(
            "The emotions of these sessions were fitted to the mesh (inverse), or there are none: nothing of the mesh "
            f"can be learned from them. `{APPEARANCE_COMMAND}` installs a classifier of the picture; then record "
            "again, or give a session's own video, SESSION/camera.mp4, from which they are computed."
        )
