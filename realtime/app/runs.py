"""The runs of one program, one after the other, and the transitions between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from realtime.core.run_report import PipelineReport
from realtime.core.tracker_names import network_of
from realtime.core.types import Identity
from realtime.pipeline.neutral_transfer import CarriedNeutral, carry_over, neutral_of
from realtime.pipeline.predictor import PoseMode
from realtime.pipeline.run import Opened, PipelineRun


@dataclass(frozen=True, slots=True, eq=False)
class Transition:
    """A change of source, models or emotions, and what is carried over.

    The window's layout and settings, a recording (in a new part) and a pause are carried over; the plots restart
    with other models. The neutral is carried over as well: by the frame that the models share, its offset follows from
    the observed mesh. Where frame or tracker differ it is dropped. In a replay it is recorded.
    """

    what: Literal["source", "models", "emotions", "section"]  # a section of a replay follows by itself
    old: PipelineRun
    new: PipelineRun
    paused: bool  # the old run was paused: the new one is paused after its first result
    neutral: Literal["none", "kept", "dropped"]  # of the run before
    reasons: tuple[str, ...]  # why it was dropped, or is not used by all models
    calibration_ended: bool  # one was running, or its result was not accepted yet

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
            why = f": {'; '.join(self.reasons)}" if self.reasons else ""
            parts = [f"Now {names[self.what]}"]
            parts += [] if self.neutral == "none" else [f"neutral {self.neutral}{why}"]
            parts += ["calibration ended"] if self.calibration_ended else []
            return f"{'; '.join(parts)}."
        ended = "Calibration ended: the recording continues with other models or settings."
        return ended if self.calibration_ended else ""


class Runs:
    """The present run, the one whose result is on screen, and the reports of those before.

    A transition is made in two steps: `change` starts the new run while what is shown stays; `arrive` completes it with
    the first result of the new run.
    """

    def __init__(self, first: PipelineRun, *, replay: bool) -> None:
        """`replay`: identities are recorded, and none is carried over."""
        self.current = first
        self.shown = first  # whose result is on screen
        self.earlier: list[PipelineReport] = []  # reports of those before, as far as they had a frame
        self._replay = replay
        self._neutrals: list[CarriedNeutral] = []  # of one person, the newest first: one for each frame and tracker
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
        found, reasons = ([], ()) if self._replay else self._carry_over(old, new)
        transition = Transition(
            what="section" if by_itself else _what(opened, old, new),
            old=old,
            new=new,
            paused=paused,
            neutral="kept" if any(found) else "dropped" if reasons else "none",
            reasons=reasons,
            calibration_ended=old.pipeline.calibration.state != "idle",
        )
        self.current, self._transition = new, transition
        new.start(lambda: self._retire(old, keep_source=opened.source is None))
        return transition

    def _carry_over(self, old: PipelineRun, new: PipelineRun) -> tuple[list[dict[PoseMode, Identity]], tuple[str, ...]]:
        """Give the neutral of one run to the next; what each model got, and why some got none.

        A neutral that another model could not use is used again by the next one that can.
        """
        one, other = old.pipeline, new.pipeline
        found, reasons = carry_over(one.predictors, one.tracker.name, other.predictors, other.tracker.name)
        self._remember(neutral_of(one.predictors, one.tracker.name), one.calibration.person)
        for at, predictor in enumerate(other.predictors):
            earlier = (known.for_predictors([predictor], other.tracker.name)[0][0] for known in self._neutrals)
            found[at] = found[at] or next(filter(None, earlier), {})
        missing = [predictor for predictor, modes in zip(other.predictors, found, strict=True) if not modes]
        if not missing:
            reasons = ()
        elif any(found):  # why those have none that another one got
            reasons = self._neutrals[0].for_predictors(missing, other.tracker.name)[1] or reasons
        other.calibration.person = one.calibration.person
        other.calibration.adopt(found)
        return found, reasons

    def _remember(self, neutral: CarriedNeutral | None, person: str) -> None:
        """Keep a neutral that is in use, and those of the same person in other frames or of other trackers."""
        known = [] if neutral is None else [neutral]
        for earlier in self._neutrals:
            info = earlier.identity.info
            network = network_of(earlier.tracker)
            same = any(network_of(one.tracker) == network and one.frame.same_as(earlier.frame) for one in known)
            if not same and person == ("" if info is None else info.person):
                known.append(earlier)
        self._neutrals = known

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
