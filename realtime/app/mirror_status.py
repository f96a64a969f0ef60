"""The state of the mirror around a result, for the window."""

from __future__ import annotations

from dataclasses import replace

from realtime.app.calibration_watch import CalibrationWatch, findings_of, neutral_facts
from realtime.app.display_stats import DisplayStatistics
from realtime.app.notifications import Notifications
from realtime.app.playback_control import PlaybackControl
from realtime.app.questions import Questions
from realtime.app.remembered import Remembered
from realtime.app.runs import Runs
from realtime.app.switcher import SourceSwitcher
from realtime.capture import source_label
from realtime.core.frame_result import FrameResult
from realtime.core.neutral import not_at_rest
from realtime.core.status import REST_PROMPTS, Choice, Status
from realtime.core.types import SourceState
from realtime.pipeline.look_around import LookAroundStep
from realtime.session.write import Recorder
from realtime.stream.all_outputs import AllOutputs


class StatusReader:
    """Reads the state of everything that takes part in a run, for the window to show around the result."""

    def __init__(
        self,
        runs: Runs,
        switcher: SourceSwitcher,
        recorder: Recorder,
        notifications: Notifications,
        display: DisplayStatistics,
        replay: PlaybackControl | None,
        calibration: CalibrationWatch,
        rest_s: float,
        questions: Questions,
        remembered: Remembered | None,
        streams: AllOutputs,
    ) -> None:
        """`rest_s`: seconds of rest that a calibration takes. `remembered`: the sources of before."""
        self._runs = runs
        self._switcher = switcher
        self._recorder = recorder
        self._notifications = notifications
        self._display = display
        self._replay = replay
        self._calibration = calibration
        self._rest_s = rest_s
        self._questions = questions
        self._remembered = remembered
        self._streams = streams

    @property
    def paused(self) -> bool:
        """Whether no result comes because the user has paused."""
        return self._runs.current.paused or (self._replay is not None and not self._replay.playing)

    def read(self, shown: FrameResult | None, *, ends_by_itself: bool) -> Status:
        """The state around the result that is shown. `ends_by_itself`: with a file's last frame the program ends."""
        current, replay, recorder = self._runs.current, self._replay, self._recorder
        # Until the first result of a new run is there, the picture is the old one's, and so is its description.
        changing = self._runs.changing and current.running
        run = self._runs.shown if changing else current
        source, emotions = run.source, run.emotions(shown)
        latency_ms, worst_ms = self._display.latency_ms
        offers = self._switcher.offers()
        if changing and not offers.opening:
            offers = replace(offers, opening=current.source.info.name)
        state: SourceState = "live"
        if source.info.live and not changing:
            state = source.state
        elif not (changing or ends_by_itself or current.running):
            # Of a file `source.state` is "ended" when its last frame was decoded, and that frame is still to be shown.
            state = "ended"
        step, identity = current.pipeline.calibration.step, run.pipeline.identity
        if replay is None:
            before = () if self._remembered is None else self._remembered.sources
            others = {choice.value for choice in offers.sources}
            recent = tuple(Choice(path, source_label(path)) for path in before if path not in others)
            person = current.pipeline.calibration.person  # of the face that is shown
            offers = replace(offers, people=self._calibration.people(), person=person, recent_sources=recent)
        return Status(
            source=source.info.name,
            source_state=state,
            source_note="" if changing else source.note,
            emotion_source=emotions.source,
            emotion_note=emotions.note,
            emotion_hint=emotions.hint,
            emotion_age_ms=emotions.age_ms,
            pose_mode=run.pipeline.pose_mode,
            pose_response=identity is not None and identity.response is not None,
            paused=self.paused,
            calibrated=identity is not None,
            neutral_facts=() if identity is None else neutral_facts(identity),
            neutral_findings="" if identity is None else not_at_rest(findings_of(identity)),
            neutral_undo=current.pipeline.calibration.can_undo,
            question=self._questions.open,
            review=self._calibration.review(current.pipeline),
            rest_s=self._rest_s,
            calibrating=None if step is None else step.progress,
            calibration_prompts=REST_PROMPTS if step is None else step.prompts,
            calibration_missing=step.missing if isinstance(step, LookAroundStep) else None,
            calibration_outcome=self._notifications.outcome,
            recording_s=recorder.seconds,
            streams=recorder.states(),
            streaming=self._streams.states(),
            recording_setup=recorder.setup,
            event_keys=recorder.event_keys,
            marks=recorder.marks if replay is None else replay.annotations(),
            playback=None if replay is None else replay.playback(shown),
            # A recorded file has its own rate: how fast this machine draws it is nothing of it. Steps of a pause have
            # none.
            fps=None if self.paused or (recorder.takes_pictures and not source.info.live) else self._display.fps,
            latency_ms=latency_ms,
            latency_p95_ms=worst_ms,
            skipped=current.skipped,
            notifications=self._notifications.visible,
            offers=offers,
        )


def visible(status: Status | None) -> Status | None:
    """The visible content of a status: its clock is rounded to seconds, and so are its counters."""
    if status is None:
        return None
    sent = tuple(replace(state, sent=0, dropped=0, age_ms=None) for state in status.streaming)
    seconds = status.recording_s
    if seconds is None:
        return replace(status, streaming=sent)
    return replace(status, streaming=sent, recording_s=float(int(seconds)), streams=())
