"""`meshmirror replay`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.app import app
from realtime.cli.finish import finish


@app.command()
def replay(
    session: Annotated[Path, typer.Argument(help="The folder of a recorded session.", metavar="SESSION")],
    model: opt.Models = None,
    labels: opt.Labels = None,
    redetect: Annotated[
        bool, typer.Option("--redetect", help="Find the landmarks in the recorded video anew.")
    ] = False,
    pose: opt.PoseMode = None,
    speed: Annotated[float, typer.Option("--speed", help="0.1 to 8 times as it was recorded.", metavar="X")] = 1.0,
    loop: Annotated[bool, typer.Option("--loop", help="Begin again at the end.")] = False,
    start: Annotated[
        float | None, typer.Option("--start", min=0, help="Play from this second on.", metavar="S")
    ] = None,
    end: Annotated[float | None, typer.Option("--end", min=0, help="Play up to this second.", metavar="S")] = None,
    record: Annotated[Path | None, typer.Option("--record", help="A video of the window.", metavar="FILE.mp4")] = None,
    headless: opt.Headless = False,
    frames: opt.Frames = None,
    as_json: opt.Json = False,
    config: opt.ConfigFile = None,
    sets: opt.Sets = None,
) -> None:
    """A recorded session again, predictions computed anew from what was recorded.

    With --model: what other models would have shown then. Without a window every frame is computed, and compared with
    what was recorded.

    Example: meshmirror replay anna-1 --model au@v4
    """
    from realtime.app.replay import run_replay
    from realtime.app.run_options import RunOptions
    from realtime.cli.output import print_replay
    from realtime.core.config import load_config
    from realtime.core.errors import UsageError
    from realtime.pipeline.replay.control import ReplayOptions

    other_models = bool(model) or any(text.partition("=")[0].strip() == "model.names" for text in sets or [])
    if labels is not None and not other_models:
        raise UsageError("--labels belongs to --model: the recorded models are replayed with the labels that they had.")
    settings = load_config(config, sets or [], opt.overrides(models=model, labels=labels, pose=pose, record=record))
    options = RunOptions(
        headless=headless, frames=frames, remember=True, title=f"Meshmirror: {session.absolute().name}"
    )
    asked = ReplayOptions(other_models, redetect, speed, loop, start, end)
    finish(lambda: run_replay(session, settings, options, asked), options, as_json, print_replay)
