"""`meshmirror [live]`."""

from __future__ import annotations

from realtime.cli import options as opt
from realtime.cli.app import app
from realtime.cli.finish import finish_mirror


@app.command()
def live(
    source: opt.Source = None,
    rotate: opt.Rotate = None,
    model: opt.Models = None,
    labels: opt.Labels = None,
    frame: opt.Frame = None,
    emotion: opt.Emotion = None,
    sync: opt.Sync = None,
    pose: opt.PoseMode = None,
    record: opt.Record = None,
    no_video: opt.NoVideo = False,
    headless: opt.Headless = False,
    frames: opt.Frames = None,
    neutral: opt.Neutral = None,
    look_around: opt.LookAround = None,
    person: opt.Person = None,
    events: opt.Events = None,
    stream: opt.Stream = None,
    share_face: opt.ShareFace = False,
    as_json: opt.Json = False,
    config: opt.ConfigFile = None,
    sets: opt.Sets = None,
) -> None:
    """Show the mirror for a camera, a video, a network stream or pictures.

    Example: meshmirror --source 0 --neutral 3 --person Anna --record anna-1
    """
    from realtime.app.run_options import RunOptions
    from realtime.core.config import load_config

    options = opt.overrides(
        source=source, rotate=rotate, models=model, labels=labels, frame=frame, emotion=emotion, sync=sync, pose=pose,
        record=record, no_video=no_video, person=person, stream=stream, share_face=share_face, events=events,
    )  # fmt: skip
    settings = load_config(config, sets or [], options)
    if look_around is not None and neutral is None:
        neutral = settings.model.neutral_s
    run = RunOptions(headless=headless, frames=frames, neutral_s=neutral, look_around_s=look_around, remember=True)
    finish_mirror(settings, run, as_json)
