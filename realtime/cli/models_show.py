"""`meshmirror models show`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from json import dumps
from typing import TYPE_CHECKING, Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.models import models, refuse_unknown

if TYPE_CHECKING:
    from rich.console import RenderableType

    from realtime.cli.models_report import FeatureEntry, ModelContents, PersonalEntry
    from realtime.model import LinearMeshModel

_LONGEST, _LONGEST_NAME = 2000, 30  # characters of a file's own text, and of the name of an entry
_MOST_ROWS = 40  # entries of its metadata


@models.command()
def show(
    name: Annotated[str, typer.Argument(help="A model's name, or the path of its file.", metavar="NAME|PATH")],
    labels: opt.Labels = None,
    frame: opt.Frame = None,
    as_json: opt.Json = False,
) -> None:
    """Show the contents of a model; of `pyfeat` the heads of py-feat's network, of `appearance` its outputs.

    Example: meshmirror models show emotion@built-in
    """
    from realtime.cli.models_network import show_classifier, show_network
    from realtime.cli.output import print_json
    from realtime.core.config import load_config
    from realtime.core.errors import UsageError
    from realtime.model import load_model
    from realtime.model.hub import APPEARANCE, KNOWN, MODELS, PYFEAT

    if name == PYFEAT.name:
        show_network(as_json)
        return
    if name == APPEARANCE.name:
        show_classifier(as_json)
        return
    if name in KNOWN and KNOWN[name] not in MODELS:
        raise UsageError(
            f"'{name}' is a network, not a model of a mesh. `meshmirror models list` shows whether it is downloaded."
        )
    refuse_unknown(name)
    settings = load_config(options=opt.overrides(labels=labels, frame=frame)).model
    contents = _contents(load_model(name, settings.labels, settings.frame))
    print_json(contents) if as_json else _print(contents)


def _contents(model: LinearMeshModel) -> ModelContents:
    """What a model holds."""
    from realtime.cli.models_report import FeatureEntry, FrameEntry, ModelContents, PersonalEntry
    from realtime.geometry import CanonicalFrame
    from realtime.model.hub import KNOWN, find
    from realtime.model.personal import personal_facts

    mine = personal_facts(model)
    frame = CanonicalFrame.of(model.mean_mesh)
    left, up, forward = (tuple(round(float(part), 6) for part in axis) for axis in frame.axes)
    p99 = [None] * len(model.feature_columns) if model.feature_p99 is None else model.feature_p99.tolist()
    found = find(KNOWN[model.name]) if model.name in KNOWN else None
    arrays = {
        "coef": model.coef, "intercept": model.intercept, "mean_mesh": model.mean_mesh,
        "neutral_mesh": model.neutral_mesh, "anchors": model.anchors, "coef_full": model.coef_full,
    }  # fmt: skip
    return ModelContents(
        name=model.name,
        family=model.feature_name,
        features=tuple(
            FeatureEntry(name=feature, p99=limit, supported=feature not in model.unsupported_features)
            for feature, limit in zip(model.feature_columns, p99, strict=True)
        ),
        features_are="amplitudes" if model.has_amplitudes else None,
        pose_columns=tuple(model.pose_columns),
        label_repair=dict(model.label_repair),
        depth_factor=model.depth_factor,
        shapes={key: array.shape for key, array in arrays.items() if array is not None},
        anchor_indices=tuple(model.anchor_indices),
        frame=FrameEntry(unit=frame.unit, left=left, up=up, forward=forward),
        personal=None if mine is None else PersonalEntry(**asdict(mine)),
        default_pose=model.default_pose,
        pose_identified=model.has_interactions,
        metadata=dict(model.metadata),
        card=model.card,
        sha256=model.sha256 or None,
        revision=found.revision if found is not None else None,
        path=None if model.path is None else str(model.path),
    )


def _print(contents: ModelContents) -> None:
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    from realtime.cli.output import MUTED, results
    from realtime.core.wording import POSE_NOT_IDENTIFIED

    table = Table.grid(padding=(0, 2))
    table.add_column(style=MUTED, no_wrap=True)
    table.add_column(overflow="fold")

    def row(name: str, value: RenderableType) -> None:
        table.add_row(name, value)

    row("family", f"[bold]{escape(contents.family)}[/], {len(contents.features)} features")
    if contents.label_repair:
        repaired = ", ".join(f"{filed} -> {now}" for filed, now in contents.label_repair.items())
        row("labels", Text(f"repaired, as filed -> as used: {repaired}", style="bold yellow"))
    row("features", _features(contents.features))
    if contents.features_are:
        row("", f"{contents.features_are} (1 = a full expression), not probabilities")
    if contents.personal is not None:
        row("personal", _personal(contents.personal))
    about = f"radians; by default {contents.default_pose}"
    if not contents.pose_identified:
        about += f"; {POSE_NOT_IDENTIFIED}"
    row("pose", f"{', '.join(map(escape, contents.pose_columns))}   [{MUTED}]{about}[/]")
    row("arrays", _side_by_side([f"{name} {tuple(shape)}" for name, shape in contents.shapes.items()]))
    if contents.depth_factor != 1:
        row("depth", f"corrected: z of the file * {contents.depth_factor:.4f}; --frame as-filed shows it as filed")
    frame = contents.frame
    axes = [f"left {_axis(frame.left)}", f"up {_axis(frame.up)}", f"forward {_axis(frame.forward)}"]
    row("frame", _side_by_side([f"outer canthi {frame.unit:.2f} units apart", *axes]))
    row("anchors", f"{len(contents.anchor_indices)} landmarks: {', '.join(map(str, contents.anchor_indices))}")
    for name, value in islice(contents.metadata.items(), _MOST_ROWS):
        text = value if isinstance(value, str) else dumps(value)
        row(escape(name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"), Text(_shortened(text)))
    if len(contents.metadata) > _MOST_ROWS:
        row("", Text(f"and {len(contents.metadata) - _MOST_ROWS:,} more entries; --json has all"))
    if contents.card:
        row("card", Text(_shortened(contents.card.strip())))
    if contents.path is None:
        row("file", "none: composed on this machine")
    else:
        row("file", Text(contents.path))
        row("SHA-256", contents.sha256 or "")
    if contents.revision:
        row("commit", contents.revision)
    with results() as console:
        console.print(f"[bold]{escape(contents.name)}[/]\n")
        console.print(table)


def _personal(mine: PersonalEntry) -> RenderableType:
    from rich.text import Text

    text = (
        f"shrunk towards {mine.of}; held-out R2 ({mine.folds_of}) {mine.personal:.4f}, {mine.of} with the person's own "
        f"neutral {mine.own_neutral:.4f}, as it is {mine.model_itself:.4f}"
    )
    return Text(text if mine.better else f"{text}: no better than the own neutral alone by more than chance may do")


def _features(features: Sequence[FeatureEntry]) -> RenderableType:
    from rich.text import Text

    parts = []
    for feature in features:
        part = Text(feature.name)
        if feature.p99 is not None:
            part.append(f" ≤ {feature.p99:.2f}", style="grey62")
        if not feature.supported:
            part.append(" unsupported", style="yellow")
        parts.append(part)
    return _side_by_side(parts)


def _side_by_side(parts: Sequence[RenderableType]) -> RenderableType:
    """As many per line as fit, without wrapping one."""
    from rich.columns import Columns

    return Columns(parts, padding=(0, 2))


def _shortened(text: str) -> str:
    """Text of a file, no longer than a page."""
    return text if len(text) <= _LONGEST else text[:_LONGEST] + f" ... ({len(text) - _LONGEST} more; --json has all)"


def _axis(direction: Sequence[float]) -> str:
    """The nearest axis of the file, and the angle to it where that is more than a degree."""
    at = max(range(3), key=lambda axis: abs(direction[axis]))
    off = math.degrees(math.acos(min(1.0, abs(direction[at]))))
    return ("+" if direction[at] > 0 else "-") + "xyz"[at] + (f" ({off:.0f}° off)" if off > 1 else "")
