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
    frame: opt.Frame = None,
    redetect: Annotated[
        bool, typer.Option("--redetect", help="Detect the landmarks again in the recorded video.")
    ] = False,
    pose: opt.PoseMode = None,
    speed: Annotated[float, typer.Option("--speed", help="Playback speed, 0.1 to 8.", metavar="X")] = 1.0,
    loop: Annotated[bool, typer.Option("--loop", help="Loop.")] = False,
    start: Annotated[float | None, typer.Option("--start", min=0, help="Start at this second.", metavar="S")] = None,
    end: Annotated[float | None, typer.Option("--end", min=0, help="End at this second.", metavar="S")] = None,
    record: Annotated[
        Path | None, typer.Option("--record", help="Record a video of the window.", metavar="FILE.mp4")
    ] = None,
    headless: opt.Headless = False,
    frames: opt.Frames = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="B",
            help="Beside a second replay: the folder of another session, or this session with another model "
            "(model:NAME) or source of emotions (emotion:SOURCE).",
        ),
    ] = None,
    align: Annotated[
        str | None,
        typer.Option(
            "--align",
            metavar="MARK",
            help="With --against SESSION: align both on their first mark of this name; default: start, their first "
            "frames.",
        ),
    ] = None,
    events: opt.Events = None,
    stream: opt.Stream = None,
    share_face: opt.ShareFace = False,
    as_json: opt.Json = False,
    config: opt.ConfigFile = None,
    sets: opt.Sets = None,
) -> None:
    """Replay a recorded session; predictions are recomputed from the recorded data.

    With --model other models are shown. Without a window every frame is recomputed and compared with the recording.
    With --against two replays run on one clock; --model is then the model of both sessions.

    Example: meshmirror replay anna-1 --model au@v4
    """
    from realtime.app.against import Comparison, run_against
    from realtime.app.replay import run_replay
    from realtime.app.run_options import RunOptions
    from realtime.cli.print_against import print_against
    from realtime.cli.print_run import print_replay
    from realtime.core.against import START, Against
    from realtime.core.config import load_config
    from realtime.core.errors import UsageError
    from realtime.pipeline.replay.control import ReplayOptions

    compared = None if against is None else Against.parse(against)
    if align is not None and (compared is None or compared.kind != "session"):
        raise UsageError("--align belongs to --against SESSION: one session lies on itself.")
    if compared is not None and len(model or ()) > 1:
        raise UsageError("--against compares one model with one; give --model once.")
    other_models = bool(model) or any(text.partition("=")[0].strip() == "model.names" for text in sets or [])
    for option, given, had in (("--labels", labels, "labels"), ("--frame", frame, "frame")):
        if given is not None and not other_models and (compared is None or compared.kind != "model"):
            raise UsageError(
                f"{option} belongs to --model: the recorded models are replayed with the {had} that they had."
            )
    settings = load_config(
        config, sets or [],
        opt.overrides(
            models=model, labels=labels, frame=frame, pose=pose, record=record, stream=stream, share_face=share_face,
            events=events,
        ),
    )  # fmt: skip
    options = RunOptions(
        headless=headless, frames=frames, remember=True, title=f"Meshmirror: {session.absolute().name}"
    )
    asked = ReplayOptions(other_models, redetect, speed, loop, start, end)
    if compared is not None:
        options.title += f" against {against}"
        comparison = Comparison(compared, align or START)
        finish(lambda: run_against(session, comparison, settings, options, asked), options, as_json, print_against)
        return
    finish(lambda: run_replay(session, settings, options, asked), options, as_json, print_replay)
