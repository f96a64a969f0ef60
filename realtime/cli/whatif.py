"""`meshmirror whatif`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.app import app
from realtime.cli.finish import finish

if TYPE_CHECKING:
    from realtime.core.whatif_report import WhatIfReport

Emotion = Annotated[
    str | None,
    typer.Option(
        "--emotion", help="Source of the live features: auto, inverse, appearance or pyfeat.", metavar="SOURCE"
    ),
]
PoseMode = Annotated[
    str | None,
    typer.Option("--pose", help="Pose that is set from the live face: live, zero or auto.", metavar="MODE"),
]
SetFrom = Annotated[
    Path | None,
    typer.Option("--set-from", help="Start with the input of a TOML file.", metavar="FILE.toml"),
]
Out = Annotated[
    Path | None, typer.Option("--out", help="Write a PNG screenshot of the window at the end.", metavar="FILE.png")
]


@app.command()
def whatif(
    model: opt.Model = None,
    labels: opt.Labels = None,
    frame: opt.Frame = None,
    source: opt.Source = None,
    rotate: opt.Rotate = None,
    emotion: Emotion = None,
    pose: PoseMode = None,
    set_from: SetFrom = None,
    out: Out = None,
    headless: opt.Headless = False,
    as_json: opt.Json = False,
    config: opt.ConfigFile = None,
    sets: opt.Sets = None,
) -> None:
    """Set every feature and pose angle of a model by sliders, and see the predicted face.

    With a source the live face is shown beside it. At the end the input is written to stdout as TOML, which --set-from
    reads and which can be pasted into the window. With --headless it is evaluated once, without a window.

    Example: meshmirror whatif --model emotion@built-in --source 0 --set-from smile.toml
    """
    from realtime.app.run_options import RunOptions
    from realtime.app.whatif import WhatIfOptions, run_whatif
    from realtime.core.config import load_config
    from realtime.core.errors import UsageError
    from realtime.core.files import check_output, user_path

    options = opt.overrides(
        source=source, rotate=rotate, models=model, labels=labels, frame=frame, emotion=emotion, pose=pose
    )
    settings = load_config(config, sets or [], options)
    if out is not None:
        check_output(user_path(out), "--out")
    if out is not None and out.suffix.lower() != ".png":
        raise UsageError(f"--out {out}: the picture is a FILE.png.")
    live = "path" in settings.source.model_fields_set
    run = RunOptions(headless=headless, title="Meshmirror what if")
    files = (None if path is None else user_path(path) for path in (set_from, out))
    finish(lambda: run_whatif(settings, WhatIfOptions(live, *files), run), run, as_json, _print)


def _print(report: WhatIfReport) -> None:
    """The input as TOML on stdout, its numbers on stderr."""
    from realtime.cli.output import print_note, print_text

    print_text(report.toml)
    moved = report.displacement
    where = f" ({moved.region})" if moved.region else ""
    if report.label_repair:
        print_note(f"The labels of {report.model} are repaired.")
    print_note(f"Displacement from neutral: mean {moved.mean:.1f} %, largest {moved.largest:.1f} %{where}.")
    if report.nme is not None:
        print_note(f"Distance of the face in {report.source} from it: {report.nme:.1f} %.")
    elif report.source is not None:
        print_note(f"No face was seen in {report.source}.")
    for line in (*(f"written {path}" for path in report.outputs), *report.failures):
        print_note(line)
