"""`meshmirror [live]`."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import typer

from realtime.cli import options as opt
from realtime.cli.app import app
from realtime.cli.exit_codes import INTERRUPTED, Told

if TYPE_CHECKING:
    from realtime.app.run_options import RunOptions
    from realtime.core.config import Config
    from realtime.core.run_report import RunReport

    AnyRun = TypeVar("AnyRun", bound=RunReport)


@app.command()
def live(
    source: opt.Source = None,
    model: opt.Models = None,
    labels: opt.Labels = None,
    emotion: opt.Emotion = None,
    sync: opt.Sync = None,
    pose: opt.PoseMode = None,
    record: opt.Record = None,
    no_video: opt.NoVideo = False,
    headless: opt.Headless = False,
    frames: opt.Frames = None,
    neutral: opt.Neutral = None,
    as_json: opt.Json = False,
    config: opt.ConfigFile = None,
    sets: opt.Sets = None,
) -> None:
    """The mirror on a camera, a video, an address or pictures.

    Example: meshmirror --source 0 --neutral 3 --record anna-1
    """
    from realtime.app.mirror import RunOptions
    from realtime.core.config import load_config

    options = opt.overrides(
        source=source, models=model, labels=labels, emotion=emotion, sync=sync, pose=pose, record=record,
        no_video=no_video,
    )  # fmt: skip
    settings = load_config(config, sets or [], options)
    finish(settings, RunOptions(headless=headless, frames=frames, neutral_s=neutral, remember=True), as_json)


def finish(settings: Config, options: RunOptions, as_json: bool) -> None:
    """Run the mirror; `live` and `demo` end alike."""
    from realtime.app.mirror import run_mirror
    from realtime.cli.output import print_run

    leave(lambda: run_mirror(settings, options), options, as_json, print_run)


def leave(
    run: Callable[[], AnyRun], options: RunOptions, as_json: bool, print_report: Callable[[AnyRun], None]
) -> None:
    """Run, report, and leave with the right code."""
    from realtime.cli.output import note, print_json, set_up_logging
    from realtime.core.errors import RecordError

    set_up_logging()
    options.note = note
    report = run()
    if report.interrupted:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # one more Ctrl-C must not cost the report
    print_json(report) if as_json else print_report(report)
    if report.failures:
        raise typer.Exit(RecordError.exit_code)
    if report.interrupted:
        raise typer.Exit(Told(INTERRUPTED))
