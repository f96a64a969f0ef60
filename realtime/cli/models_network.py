"""`meshmirror models show pyfeat`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realtime.detect.pyfeat import Weights

_HEADS = {
    "emotion": "emotions",
    "au": "action units",
    "va": "valence and arousal",
    "gaze": "gaze: yaw and pitch",
    "pose": "pose: rotation vector and translation",
    "blendshapes": "blendshapes",
    "mesh": "mesh: 478 landmarks",
}


def show_network(as_json: bool) -> None:
    """What py-feat's network says of a face, and whether it is prepared for this machine. Raises ModelFileError."""
    from realtime.cli.output import print_json
    from realtime.core.errors import ModelFileError
    from realtime.detect.pyfeat import WEIGHTS_COMMAND, find_weights
    from realtime.model.hub import PYFEAT

    weights = find_weights()
    if weights is None:
        raise ModelFileError(
            f"'{PYFEAT.name}' is not on this machine, and nothing is downloaded unasked. `{WEIGHTS_COMMAND}` "
            f"downloads it (about {PYFEAT.about_bytes / 1e6:.0f} MB). {PYFEAT.instead}"
        )
    facts = _facts(weights)
    if as_json:
        print_json(facts)
    else:
        _print(facts)


def _facts(weights: Weights) -> dict[str, Any]:
    from realtime.detect.pyfeat import find_prepared
    from realtime.detect.pyfeat.checkpoint import read_checkpoint
    from realtime.model.hub import PYFEAT

    prepared = find_prepared(weights.sha256)
    heads = None if prepared is None else prepared.heads
    names = None if heads is None else {
        "emotion": heads.emotions, "au": heads.action_units, "blendshapes": heads.blendshapes,
    }  # fmt: skip
    return {
        "name": PYFEAT.name,
        "heads": read_checkpoint(weights.path),
        "names": names,
        "prepared": None if prepared is None else str(prepared.folder),
        "measured": None if prepared is None else {kind: prepared.about[kind] for kind in ("f32", "bf16")},
        "path": str(weights.path),
        "sha256": weights.sha256,
        "licence": PYFEAT.licence.notice,
    }


def _print(facts: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    from realtime.cli.output import MUTED, results
    from realtime.detect.pyfeat import WEIGHTS_COMMAND

    table = Table.grid(padding=(0, 2))
    table.add_column(style=MUTED, no_wrap=True)
    table.add_column(overflow="fold")
    names = facts["names"] or {}
    for head, width in facts["heads"].items():
        of = f"   {', '.join(names[head])}" if names.get(head) else ""
        table.add_row(_HEADS[head], Text(f"{width}{of}" if width else "none"))
    if facts["prepared"] is None:
        table.add_row("prepared", f"[yellow]not yet[/]   [{MUTED}]`{WEIGHTS_COMMAND}` prepares it for this machine[/]")
    else:
        table.add_row("prepared", Text(facts["prepared"]))
        for kind, measured in facts["measured"].items():
            if measured is not None:
                worst = max(measured["difference"].values())
                told = f"{measured['ms']:.0f} ms a face; at most {worst:.0e} from py-feat's own numbers"
                table.add_row(kind, Text(f"{told} (as it was prepared)"))
    table.add_row("file", Text(facts["path"]))
    table.add_row("SHA-256", facts["sha256"])
    table.add_row("licence", Text(facts["licence"]))
    with results() as console:
        console.print(f"[bold]{facts['name']}[/]   [{MUTED}]py-feat's multitask network[/]\n")
        console.print(table)
