"""Replay two sessions side by side on one clock, or one session with two models or sources of emotions."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from realtime.app.replay import check_replay, run_on_screen
from realtime.app.run_options import RunOptions
from realtime.app.saved_layouts import begin_with_layout
from realtime.app.streaming import NO_STAGE, check_streams
from realtime.core.against import START, Against
from realtime.core.against_report import AgainstReport
from realtime.core.config import Config
from realtime.core.errors import UsageError
from realtime.core.run_report import ReplayReport
from realtime.core.tracker_names import network_of
from realtime.core.training_notes import training_note
from realtime.core.wording import FITTED, two_trackers
from realtime.model.personal import OF
from realtime.model.training import trained_on, was_trained_on
from realtime.pipeline.build import Pipeline
from realtime.pipeline.content_hash import content_hash
from realtime.pipeline.predictor import frame_map
from realtime.pipeline.replay.common_clock import aligned
from realtime.pipeline.replay.compared_replay import ComparedReplay
from realtime.pipeline.replay.control import ReplayControl, ReplayOptions
from realtime.pipeline.replay.second_replay import SecondReplay
from realtime.session import Session
from realtime.session import open as open_session


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a replay is compared with, and on what both are aligned."""

    against: Against
    align: str = START  # or the name of a mark


def run_against(
    folder: Path, comparison: Comparison, config: Config, options: RunOptions, asked: ReplayOptions
) -> AgainstReport:
    """Run until the window is closed, both have ended without one, or a signal comes; the report of both.

    Raises the documented errors, and UsageError where the two are the same or have no common mark.
    """
    check_replay(config, options, asked)
    check_streams(config.stream, NO_STAGE)
    config = begin_with_layout(config, options.notify)
    against = comparison.against
    with ExitStack() as stack:
        one = stack.enter_context(open_session(folder))
        two = one if against.kind != "session" else stack.enter_context(open_session(Path(against.value)))
        if two is not one and one.folder.resolve() == two.folder.resolve():
            raise UsageError(
                f"--against {against.value}: that is the same session. model:NAME or emotion:SOURCE compares it with "
                "another model or source of emotions."
            )
        clock = aligned(one, two, comparison.align)
        replay = ComparedReplay(one, config, asked, options.notify, clock, comparison.align)
        second: list[SecondReplay] = []
        warnings: list[str] = []

        def begin(pipeline: Pipeline, pictures: bool) -> None:
            control = ReplayControl(two, *_second(against, config, asked), options.notify)
            found = SecondReplay(control, pictures=pictures)
            stack.callback(found.close)
            second.append(found)
            if two is one:
                _refuse_the_same(against, pipeline, found.pipeline)
            warnings.extend(_warnings(pipeline, found.pipeline))
            warnings.extend(_training_notes([(one, pipeline), (two, found.pipeline)]))
            for text in warnings:
                options.notify(text)
            labels = _labels(against, one, two, pipeline, found.pipeline)
            replay.follow_with(found, labels, same_session=two is one)

        mirror = run_on_screen(stack, replay, (one,) if two is one else (one, two), options, begin)
        first = ReplayReport(**dict(mirror.report()), **dict(replay.report()))
        report = AgainstReport(
            a=first,
            b=second[0].report(interrupted=first.interrupted),
            paired=replay.paired_report(),
            warnings=tuple(warnings),
        )
    for name, side in (("A", report.a), ("B", report.b)):
        if side.frames and not side.faces:
            options.notify(f"{name}: no face in any of its {side.frames} frames.")
    return report


def _second(against: Against, config: Config, asked: ReplayOptions) -> tuple[Config, ReplayOptions]:
    """Settings and options of the second replay; where it plays is the first one's."""
    if against.kind == "model":
        config = config.model_copy(update={"model": config.model.model_copy(update={"names": (against.value,)})})
    return config, ReplayOptions(
        other_models=asked.other_models or against.kind == "model",
        redetect=asked.redetect,
        emotion=against.emotion,
    )


def _labels(against: Against, one: Session, two: Session, a: Pipeline, b: Pipeline) -> tuple[str, str]:
    """What tells the two apart: sessions, models or sources of emotions."""
    if against.kind == "session":
        return one.folder.absolute().name, two.folder.absolute().name
    if against.kind == "model":
        return a.model.name, b.model.name
    return a.predictors[0].source.name, b.predictors[0].source.name


def _refuse_the_same(against: Against, a: Pipeline, b: Pipeline) -> None:
    """Raises UsageError where both are the same model with the same source of features."""
    one, two = a.predictors[0], b.predictors[0]
    same = (one.model.sha256, one.model.name, one.model.depth_factor) == (
        two.model.sha256, two.model.name, two.model.depth_factor,
    )  # fmt: skip
    if same and one.source.name == two.source.name:
        raise UsageError(
            f"--against {against.kind}:{against.value}: that is what the session is replayed with: the model "
            f"'{one.model.name}' with the features of '{one.source.name}'. Choose another one."
        )


def _training_notes(sides: Sequence[tuple[Session, Pipeline]]) -> list[str]:
    """What has to be said of models that were or may have been fit on the very session that they predict."""
    found: dict[tuple[str, str], str | None] = {}
    for session, pipeline in sides:
        model, folder = pipeline.model, session.folder.absolute()
        known = None
        if trained_on(model) is not None:
            known = (folder.name,) if was_trained_on(model, content_hash(folder)) else ()
        note = training_note(model.name, known, 1, personal=OF in model.metadata)
        found[folder.name, model.name] = None if note is None else f"{folder.name}: {note}"
    return [note for note in found.values() if note is not None]


def _warnings(a: Pipeline, b: Pipeline) -> list[str]:
    """What has to be known before the numbers of the two are compared."""
    found = []
    if network_of(a.tracker.name) != network_of(b.tracker.name):
        found.append(two_trackers("A and B", a.tracker.name, b.tracker.name))
    if frame_map(a.model, b.model) is not None:
        found.append(
            f"A and B: the models '{a.model.name}' and '{b.model.name}' have different canonical frames; each residual "
            "is in % of the outer-canthal distance of its own."
        )
    sources = [pipeline.predictors[0].source.name for pipeline in (a, b)]
    if sources.count(FITTED) == 1:
        name = "AB"[sources.index(FITTED)]
        found.append(
            f"The features of {name} are fitted to the very mesh that they are compared with (inverse): its residual "
            "is a lower limit, and the difference is no merit of that source."
        )
    return found
