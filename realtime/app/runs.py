"""The runs of one program, one after the other, and the transitions between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from realtime.core.run_report import PipelineReport
from realtime.pipeline.run import Opened, PipelineRun


@dataclass(frozen=True, slots=True, eq=False)
class Transition:
    """A change of source, models or emotions, and what is carried over.

    The window's layout and settings, a recording (in a new part) and a pause are carried over; the plots restart
    with other models. A calibration belongs to the predictions against which it was measured and is lost, except in a
    replay, whose identity is recorded.
    """

    what: Literal["source", "models", "emotions", "section"]  # a section of a replay follows by itself
    old: PipelineRun
    new: PipelineRun
    paused: bool  # the old run was paused: the new one is paused after its first result
    calibration_lost: bool  # or one that was running

    @property
    def other_models(self) -> bool:
        """Whether the models change."""
        return self.new.models != self.old.models

    @property
    def other_source(self) -> bool:
        """Whether the source changes."""
        return self.new.source is not self.old.source

    @property
    def text(self) -> str:
        """What has changed and what is lost, for a notification; empty where nothing is worth one."""
        names = {
            "source": self.new.source.info.name,
            "models": ", ".join(model.name for model in self.new.models),
            "emotions": f"emotions: {self.new.config.detect.emotion}",
        }
        if self.what != "section":
            return f"Now {names[self.what]}{'; calibration lost' if self.calibration_lost else ''}."
        ended = "Calibration ended: the recording continues with other models or settings."
        return ended if self.calibration_lost else ""


class Runs:
    """The present run, the one whose result is on screen, and the reports of those before.

    A transition is made in two steps: `change` starts the new run while what is shown stays; `arrive` completes it with
    the first result of the new run.
    """

    def __init__(self, first: PipelineRun, *, replay: bool) -> None:
        """`replay`: identities are recorded, and no calibration is lost with a change."""
        self.current = first
        self.shown = first  # whose result is on screen
        self.earlier: list[PipelineReport] = []  # reports of those before, as far as they had a frame
        self._replay = replay
        self._transition: Transition | None = None  # whose first result has not come yet

    @property
    def changing(self) -> bool:
        """Whether the present run has no result yet, so that what is shown is of the one before."""
        return self.current is not self.shown

    @property
    def frames(self) -> int:
        """Frames that are done, of all runs."""
        return self.current.statistics.frames + sum(report.frames for report in self.earlier)

    def change(
        self, opened: Opened, make: Callable[[Opened, PipelineRun], PipelineRun], *, by_itself: bool
    ) -> Transition:
        """Start the run that `make` composes of what was opened, after the present one. `by_itself`: a replay came into
        another section; the user has chosen nothing.
        """
        old = self.current
        new = make(opened, old)
        # Several changes before the first result of the last one are one: a pause is of the run that was shown.
        paused = old.paused or (self._transition is not None and self._transition.paused)
        calibrated = old.pipeline.identity is not None and not self._replay  # in a replay it is recorded
        transition = Transition(
            what="section" if by_itself else _what(opened, old, new),
            old=old,
            new=new,
            paused=paused,
            calibration_lost=calibrated or old.pipeline.calibration.progress is not None,
        )
        self.current, self._transition = new, transition
        new.start(lambda: self._retire(old, keep_source=opened.source is None))
        return transition

    def arrive(self) -> Transition | None:
        """A result of the present run is shown; the transition that this completes, from the run that was shown."""
        if not self.changing:
            return None
        transition, before = self._transition, self.shown
        self.shown, self._transition = self.current, None
        assert transition is not None
        if transition.paused:
            self.current.paused = True
        return replace(transition, old=before)

    def resume(self) -> None:
        """Continue, now and after a transition that is not complete yet."""
        self.current.paused = False
        if self._transition is not None:
            self._transition = replace(self._transition, paused=False)

    def close(self) -> None:
        """Stop the present run; may be called twice."""
        self.current.close()

    def _retire(self, old: PipelineRun, keep_source: bool) -> None:
        """By the new run's thread: its first frame comes after the last of the old one."""
        old.close(keep_source=keep_source)
        if old.statistics.frames:
            self.earlier.append(old.report())


def _what(opened: Opened, old: PipelineRun, new: PipelineRun) -> Literal["source", "models", "emotions"]:
    if opened.source is not None:
        return "source"
    return "models" if new.models != old.models else "emotions"
