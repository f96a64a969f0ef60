"""`meshmirror models show pyfeat` and `meshmirror models show appearance`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from realtime.cli.models_report import NetworkContents
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
    """Show the outputs of py-feat's network, and whether it is converted for this machine. Raises ModelFileError."""
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
    contents = _contents(weights)
    print_json(contents) if as_json else _print(contents)


def _contents(weights: Weights) -> NetworkContents:
    from realtime.cli.models_report import NetworkContents
    from realtime.detect.pyfeat import find_converted
    from realtime.detect.pyfeat.checkpoint import read_checkpoint
    from realtime.model.hub import PYFEAT

    converted = find_converted(weights.sha256)
    layout = None if converted is None else converted.layout
    names = None if layout is None else {
        "emotion": layout.emotions, "au": layout.action_units, "blendshapes": layout.blendshapes,
    }  # fmt: skip
    return NetworkContents(
        name=PYFEAT.name,
        heads=read_checkpoint(weights.path),
        names=names,
        prepared=None if converted is None else str(converted.folder),
        reference=None if converted is None else converted.reference,
        measured=None if converted is None else {kind: converted.about[kind] for kind in ("f32", "bf16")},
        path=str(weights.path),
        sha256=weights.sha256,
        licence=PYFEAT.licence.notice,
    )


def _print(contents: NetworkContents) -> None:
    from rich.table import Table
    from rich.text import Text

    from realtime.cli.output import MUTED, results
    from realtime.detect.pyfeat import WEIGHTS_COMMAND

    table = Table.grid(padding=(0, 2))
    table.add_column(style=MUTED, no_wrap=True)
    table.add_column(overflow="fold")
    names = contents.names or {}
    for head, width in contents.heads.items():
        outputs = names.get(head)
        of = f"   {', '.join(outputs)}" if outputs else ""
        table.add_row(_HEADS[head], Text(f"{width}{of}" if width else "none"))
    if contents.prepared is None:
        table.add_row("converted", f"[yellow]not yet[/]   [{MUTED}]`{WEIGHTS_COMMAND}` converts it for this machine[/]")
    else:
        table.add_row("converted", Text(contents.prepared))
        for kind, measured in (contents.measured or {}).items():
            if measured is not None:
                worst = max(measured["difference"].values())
                speed = f"{measured['ms']:.0f} ms a face; at most {worst:.0e} from {contents.reference}"
                table.add_row(kind, Text(f"{speed} (measured at conversion)"))
    table.add_row("file", Text(contents.path))
    table.add_row("SHA-256", contents.sha256)
    table.add_row("licence", Text(contents.licence))
    with results() as console:
        console.print(f"[bold]{contents.name}[/]   [{MUTED}]py-feat's multitask network[/]\n")
        console.print(table)


def show_classifier(as_json: bool) -> None:
    """Show what the classifier `appearance` gives, and for which faces. Raises ModelFileError."""
    from rich.table import Table
    from rich.text import Text

    from realtime.cli.models_report import ClassifierContents
    from realtime.cli.output import MUTED, print_json, results
    from realtime.core.errors import ModelFileError
    from realtime.core.wording import APPEARANCE_ABILITY
    from realtime.detect.appearance import APPEARANCE_COMMAND, find_appearance
    from realtime.detect.appearance.classifier import CLASSES, MAX_YAW_DEG, MIN_FACE_PX
    from realtime.detect.appearance.crop import INPUT
    from realtime.model.hub import APPEARANCE
    from realtime.model.names import canonical_name

    path = find_appearance()
    if path is None:
        raise ModelFileError(
            f"'{APPEARANCE.name}' is not on this machine, and nothing is downloaded unasked. `{APPEARANCE_COMMAND}` "
            f"downloads it ({APPEARANCE.about_bytes / 1e6:.1f} MB). {APPEARANCE.instead}"
        )
    contents = ClassifierContents(
        name=APPEARANCE.name,
        outputs=tuple(canonical_name(name) for name in CLASSES),
        input=f"{INPUT} x {INPUT} grey, of an upright face",
        limits=f"beyond {MAX_YAW_DEG:g} degrees of yaw, below {MIN_FACE_PX:g} px, or brows, eyes or mouth cut off",
        ability=APPEARANCE_ABILITY[0],
        package=APPEARANCE.requirement.replace("==", " "),
        path=str(path),
        sha256=APPEARANCE.sha256,
        licence=APPEARANCE.licence.notice,
    )
    if as_json:
        print_json(contents)
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(style=MUTED, no_wrap=True)
    table.add_column(overflow="fold")
    rows = {
        "emotions": ", ".join(contents.outputs), "input": contents.input, "none for": contents.limits,
        "ability": contents.ability, "package": contents.package, "file": contents.path,
        "SHA-256": contents.sha256, "licence": contents.licence,
    }  # fmt: skip
    for name, value in rows.items():
        table.add_row(name, Text(value))
    with results() as console:
        console.print(f"[bold]{contents.name}[/]   [{MUTED}]a small classifier of the picture (mini-XCEPTION)[/]\n")
        console.print(table)
