"""`meshmirror neutrals list` and `neutrals remove`."""

from __future__ import annotations

from typing import Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.app import App, app

neutrals = App(no_args_is_help=True, help="Neutral faces that are kept for --person: list, remove.")
app.add_typer(neutrals, name="neutrals")


@neutrals.callback()
def _neutrals() -> None:
    """Neutral faces that are kept for --person: list, remove."""


@neutrals.command("list")
def list_neutrals(as_json: opt.Json = False) -> None:
    """Whose neutral face is kept on this machine, from when, and what was found in it.

    Example: meshmirror neutrals list
    """
    from rich.markup import escape
    from rich.table import Table

    from realtime.cli.output import MUTED, print_json, print_note, results
    from realtime.core.neutral import not_at_rest
    from realtime.core.neutral_report import FindingReport
    from realtime.core.neutrals_report import KeptNeutral, NeutralsReport, RefusedNeutral
    from realtime.session.neutral_file import SavedNeutral, UnreadableNeutral, neutral_path, neutrals_folder
    from realtime.session.neutral_file import saved_neutrals as found

    every = found()
    good = [one for one in every if isinstance(one, SavedNeutral)]
    bad = [one for one in every if isinstance(one, UnreadableNeutral)]
    if as_json:
        kept = tuple(
            KeptNeutral(
                person=one.info.person,
                taken=one.info.taken,
                tracker=one.info.tracker,
                frame=one.frame.key,
                model=one.model,
                frames=one.identity.frames,
                noise_nme=one.identity.noise_nme,
                findings=tuple(FindingReport(**finding.as_json()) for finding in one.info.findings),
                path=str(neutral_path(one.info.person)),
            )
            for one in good
        )
        refused = tuple(RefusedNeutral(path=str(one.path), error=one.reason) for one in bad)
        print_json(NeutralsReport(folder=str(neutrals_folder()), neutrals=kept, refused=refused))
        return
    table = Table(box=None, padding=(0, 2), pad_edge=False)
    for name in ("person", "taken", "tracker", "frame", "frames", "jitter", "findings"):
        table.add_column(name, header_style=MUTED)
    for one in good:
        jitter = f"{one.identity.noise_nme:.2f} %"
        cells = (
            one.info.person,
            one.info.taken[:16],
            one.info.tracker,
            one.frame.key,
            str(one.identity.frames),
            jitter,
        )
        table.add_row(*map(escape, cells), escape(not_at_rest(one.info.findings)))
    with results() as console:
        console.print(table if good else f"No neutral is kept. --person NAME keeps one in {neutrals_folder()}.")
    for refused_file in bad:
        print_note(refused_file.reason)


@neutrals.command("remove")
def remove_neutrals(
    people: Annotated[list[str], typer.Argument(help="Names of the people.", metavar="NAME")],
    as_json: opt.Json = False,
) -> None:
    """Delete the neutral faces of these people.

    Example: meshmirror neutrals remove Anna
    """
    from realtime.cli.output import print_json, results
    from realtime.core.errors import RecordError
    from realtime.core.neutrals_report import RemovedNeutrals
    from realtime.session.neutral_file import remove_neutral

    removed = []
    for person in people:
        try:
            removed.append(str(remove_neutral(person)))
        except OSError as error:
            raise RecordError(f"The neutral of {person} cannot be deleted: {error.strerror}.") from error
    if as_json:
        print_json(RemovedNeutrals(removed=tuple(removed)))
        return
    with results() as console:
        for path in removed:
            console.print(f"deleted {path}", markup=False, highlight=False, soft_wrap=True)
