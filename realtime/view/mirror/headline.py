"""What the window says in one sentence, with one number: a state of the program and of the face, held steady.

No drawing: `realtime.view.mirror.sentence` draws it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from math import ceil
from typing import Literal

from realtime.core.commands import Action
from realtime.core.frame_result import FrameResult, ModelResult
from realtime.core.status import Status
from realtime.core.types import Identity
from realtime.geometry import GainSums, skill
from realtime.view.mirror import headline_words as words
from realtime.view.mirror.headline_words import Wording
from realtime.view.mirror.model_facts import Caption
from realtime.view.mirror.movement_shares import MovementPool, MovementShares
from realtime.view.mirror.verdicts import Lasting, SteadyVerdict, Verdict

FIRST_S = 0.5  # of frames after a calibration, before anything is said of the movement
_KIND_S = 0.5  # for so long a face has to be away, turned or back before another sentence says so
_NUMBER_S = 0.5  # between two changes of the number in the sentence: it is read, and not watched
_LONGEST_GAP_S = 1.0  # between two frames that are pooled


class State(Enum):
    """What the sentence is about."""

    OPENING = auto()
    LOST = auto()
    ENDED = auto()
    NOT_CALIBRATED = auto()
    CALIBRATING = auto()
    LOOKING_AROUND = auto()
    REVIEW = auto()
    REVIEW_FOUND = auto()  # "That looks like a smile."
    FAILED = auto()  # a calibration, with none before it
    NO_FACE = auto()
    UNUSABLE = auto()  # turned too far, too far away, hidden
    WAITING = auto()  # for emotions
    SETTLING = auto()  # the first moment after a calibration
    AT_REST = auto()
    PREDICTS = auto()
    FLOOR_ONLY = auto()  # the features are fitted: an upper limit, and no prediction
    WORSE = auto()  # than the face at rest


_WARNING = (State.LOST, State.REVIEW_FOUND, State.FAILED, State.UNUSABLE, State.WORSE)

Ink = Literal["soft", "good", "warn"]


@dataclass(frozen=True, slots=True)
class Button:
    """A button in the strip; it requests what the key requests."""

    labels: tuple[str, ...]  # from long to short
    key: str
    action: Action


@dataclass(frozen=True, slots=True)
class Headline:
    """What is said now; all texts in variants from long to short."""

    state: State
    wordings: tuple[Wording, ...]
    details: tuple[str, ...] = ()  # a line below the sentence, in the states without a bar
    notes: tuple[str, ...] = ()  # at the right
    note_ink: Ink = "soft"
    shares: tuple[MovementShares | None, ...] = ()  # of each model now, for the bar; empty in the states without one
    said: tuple[MovementShares | None, ...] = ()  # the same when the sentence last changed, for numbers beside the bar
    buttons: tuple[Button, ...] = ()  # the recommended one first
    progress: float | None = None  # of a calibration, 0..1
    countdown: int | None = None  # seconds of rest that are left
    missing: tuple[str, ...] | None = None  # directions still to look in; None while none are asked for

    @property
    def text(self) -> str:
        """The sentence in its longest wording."""
        return "".join(self.wordings[0])

    @property
    def warns(self) -> bool:
        """Whether the sentence is a warning."""
        return self.state in _WARNING


class _Kind(Enum):
    """What a frame is good for."""

    NO_FACE = auto()
    NOT_CALIBRATED = auto()
    UNUSABLE = auto()
    WAITING = auto()
    MEASURED = auto()


class HeadlineReader:
    """Reads the headline off the results in their order, as they are shown.

    The number is pooled over a second; verdicts hold (`SteadyVerdict`), and a face that is gone, turned or back for a
    moment changes nothing. Where the clock jumps (a seek, a pause, another source) all of that begins anew.
    """

    def __init__(self, captions: Sequence[Caption]) -> None:
        """`captions` of the models of the results, in their order."""
        self._captions = tuple(captions)
        self._pools = [MovementPool() for _ in captions]
        self._verdict = SteadyVerdict()
        self._session = _SessionScores()
        self._lasting: Lasting[_Kind] = Lasting()
        self._kind: _Kind | None = None  # that is said
        self._said = Verdict.AT_REST
        self._settled = False
        self._identity: Identity | None = None
        self._estimate_ns: int | None = None  # newest estimate that was pooled
        self._frame: tuple[int, int] | None = None  # segment and stamp of the newest frame
        self._wordings: tuple[Wording, ...] = ()  # of the number that is said
        self._worded: tuple[float, Verdict] | None = None  # when, and of which verdict
        self._worded_of: tuple[MovementShares | None, ...] = ()
        self._reasons: tuple[str, ...] = ()  # why the newest unusable frame is none
        self._last = ""  # the last number that was said

    def push(self, result: FrameResult | None, status: Status) -> Headline:
        """Take a result as it is shown with its status; the same one again changes nothing but the program's state."""
        if result is not None:
            self.watch(result, status)
        return self._of_program(result, status) or self._of_face(result, status)

    def watch(self, result: FrameResult, status: Status) -> None:
        """Take a result whose headline is not asked for; the same one again changes nothing."""
        if (result.frame.segment, result.stamp) != self._frame:
            playback = status.playback
            self._take(result, replayed=playback is not None, stepped=playback is not None and not playback.playing)

    @property
    def brief(self) -> tuple[str, ...]:
        """The number in few words, or why there is none; from long to short, empty before the first result."""
        first = _first(self._shares())
        if self._kind is None or self._kind is _Kind.NO_FACE:
            return ()
        if self._kind is _Kind.NOT_CALIBRATED:
            return words.BRIEF_NOT_CALIBRATED
        if self._kind is _Kind.UNUSABLE:
            return tuple(wording[0].rstrip(".").lower() for wording in words.unusable(self._reasons)[-2:])
        if first is None or not self._settled:
            return words.BRIEF_WAITING
        if self._said is Verdict.AT_REST:
            return words.BRIEF_AT_REST
        if self._said is Verdict.WORSE or not self._last:
            return words.BRIEF_WORSE
        if self._last == words.percent(0.0) and not first.fitted:
            return words.BRIEF_NOTHING
        return f"{'at best' if first.fitted else 'predicted'} {self._last}", self._last

    # Frames ---------------------------------------------------------------------------------------------------------

    def _take(self, result: FrameResult, *, replayed: bool, stepped: bool) -> None:
        time_s, before = result.stamp / 1e9, self._frame
        self._frame = result.frame.segment, result.stamp
        if before is None or before[0] != self._frame[0] or not 0 < result.stamp - before[1] < _LONGEST_GAP_S * 1e9:
            self._begin(settled=self._settled or replayed, forget=replayed)
        kind = _kind_of(result)
        first = result.models[0] if result.models else None
        # None as well: the next person's numbers begin anew.
        if first is not None and first.identity is not self._identity:
            self._identity, self._last = first.identity, ""
            self._begin(settled=replayed, forget=True)
        if kind is _Kind.UNUSABLE:
            self._reasons = result.validity.reasons
        held = self._lasting.seconds(time_s, kind) >= _KIND_S
        # What the user did himself is said at once: a calibration that was taken, or is there no more.
        at_once = self._kind in (None, _Kind.NOT_CALIBRATED) or kind is _Kind.NOT_CALIBRATED
        if held or at_once:
            self._kind = kind
        if kind is _Kind.MEASURED:
            self._pool(time_s, result, replayed=replayed, stepped=stepped)

    def _begin(self, *, settled: bool, forget: bool) -> None:
        """Pool anew; `forget`: what was said so far has nothing to do with what comes."""
        for pool in self._pools:
            pool.clear()
        if forget:
            self._verdict.clear()
        self._lasting.clear()
        self._kind, self._worded, self._settled, self._estimate_ns = None, None, settled, None

    def _pool(self, time_s: float, result: FrameResult, *, replayed: bool, stepped: bool) -> None:
        estimate = result.estimate
        if estimate is None or estimate.stamp_ns == self._estimate_ns:  # live, emotions come at their own rate
            return
        self._estimate_ns = estimate.stamp_ns
        for pool, model in zip(self._pools, result.models, strict=False):
            if _measured(model):
                pool.add(time_s, model)
        if not replayed and _measured(result.models[0]):  # a row that is played again would count twice
            self._session.add(result.models[0])
        shares = self._shares()
        first = _first(shares)
        self._settled = self._settled or max(pool.span_s for pool in self._pools) >= FIRST_S
        if first is None or not self._settled:
            return
        best = max(one.headline for one in shares if one is not None)
        self._said = self._verdict.update(time_s, best, first.noise)
        if self._said is Verdict.AT_REST:
            self._worded = None
        elif stepped or self._worded is None or self._worded[1] is not self._said or self._stale(time_s):
            self._worded, self._worded_of = (time_s, self._said), shares
            self._wordings = self._number(shares, result.models)
            self._last = words.percent(best) if self._said is Verdict.PREDICTS else ""

    def _stale(self, time_s: float) -> bool:
        return self._worded is not None and time_s - self._worded[0] >= _NUMBER_S

    def _shares(self) -> tuple[MovementShares | None, ...]:
        return tuple(pool.shares() for pool in self._pools)

    def _number(self, shares: Sequence[MovementShares | None], models: Sequence[ModelResult]) -> tuple[Wording, ...]:
        if self._said is Verdict.WORSE:
            return words.WORSE
        named = [(*c.names, one) for c, one in zip(self._captions, shares, strict=True) if one is not None]
        if len(named) > 1:
            return words.predicted_by(named)
        at = next(at for at, one in enumerate(shares) if one is not None)
        features, (_, _, only) = models[at].features, named[0]
        return words.predicted(only, {} if features is None else features.values)

    # What is said ---------------------------------------------------------------------------------------------------

    def _of_program(self, result: FrameResult | None, status: Status) -> Headline | None:
        """The states of source and calibration, which come before those of the face."""
        if status.source_state == "lost":
            return Headline(State.LOST, words.LOST, _texts(status.source_note, status.source))
        if status.calibrating is not None:
            return _calibrating(status, status.calibrating)
        if status.review is not None:
            return _review(status)
        if status.source_state == "ended":
            return Headline(State.ENDED, words.ENDED, _texts(status.source), self._before)
        if result is None or status.source_state == "opening":
            return Headline(State.OPENING, words.OPENING, _texts(status.source))
        outcome = status.calibration_outcome
        if outcome is not None and not outcome.good and not status.calibrated:
            return Headline(State.FAILED, words.FAILED, words.failed(outcome.text), buttons=(_rest_button(status),))
        return None

    def _of_face(self, result: FrameResult | None, status: Status) -> Headline:
        assert result is not None  # else the source is being opened
        if self._kind is _Kind.NOT_CALIBRATED and not status.calibrated:
            return _not_calibrated(status)
        if self._kind is _Kind.NO_FACE:
            dark = "black" in result.frame.flags
            details: tuple[str, ...] = ("Is the lens covered?",) if dark else (
                "Come closer or into the light. Nothing is measured meanwhile.", "Come closer or into the light."
            )  # fmt: skip
            return Headline(State.NO_FACE, words.NO_FACE, details, self._before)
        if self._kind is _Kind.UNUSABLE:
            why = "; ".join(map(words.why_unusable, self._reasons))
            why = why[:1].upper() + why[1:]
            details = (f"{why}. The number comes back with your face.", f"{why}.") if why else ()
            return Headline(State.UNUSABLE, words.unusable(self._reasons), details, self._before)
        if self._kind is _Kind.WAITING:
            return Headline(State.WAITING, words.WAITING, _texts(status.emotion_note))
        shares = self._shares()
        first = _first(shares)
        if first is None or not self._settled:  # a neutral that was just accepted is that of the next frame
            moves = "Smile, frown, raise your brows."
            return Headline(State.SETTLING, words.SETTLING, (moves,), *self._notes(result, status, None))
        if self._said is Verdict.AT_REST:
            moved, noise = f"{first.moved_nme:.1f} %", f"{first.noise_nme:.1f} %"
            details = (
                f"Movement {moved} of eye distance; the tracker itself jitters by {noise}.",
                f"Movement {moved} of eye distance.",
            )
            return Headline(State.AT_REST, words.AT_REST, details, *self._notes(result, status, None))
        state = State.WORSE if self._said is Verdict.WORSE else State.FLOOR_ONLY if first.fitted else State.PREDICTS
        return Headline(state, self._wordings, (), *self._notes(result, status, first), shares, self._worded_of)

    @property
    def _before(self) -> tuple[str, ...]:
        """The last number, where now there is none."""
        return (f"last: {self._last}",) if self._last else ()

    def _notes(self, result: FrameResult, status: Status, shares: MovementShares | None) -> tuple[tuple[str, ...], Ink]:
        """What stands at the right, and in which colour."""
        outcome = status.calibration_outcome
        if outcome is not None and not outcome.good and status.neutral_findings:  # what is wrong fits more often
            return (outcome.text, *_rest_notes(status)), "warn"
        if outcome is not None:
            return (outcome.text, outcome.text.partition(":")[0]), "good" if outcome.good else "warn"
        amber = result.validity.amber
        if amber:
            return (amber, amber.partition(":")[0], "head turned"), "warn"
        if shares is not None and shares.fitted and status.emotion_hint:
            hint = status.emotion_hint
            return (f"No source reads your emotions. Get one: {hint}", hint, "no source of emotions"), "warn"
        if status.emotion_note:
            return (status.emotion_note,), "warn"
        if status.neutral_findings:
            return _rest_notes(status), "warn"
        return self._session.texts(None if shares is None else shares.gain, whole=status.playback is None), "soft"


class _SessionScores:
    """The scores of all frames since the calibration, with the session's gain.

    No R2: over a session in which a smile is held it is far below 0, however well that smile is predicted.
    """

    def __init__(self) -> None:
        self._identity: Identity | None = None
        self._begin()

    def _begin(self) -> None:
        self._gains = GainSums()
        self._baseline = 0.0  # squared movement from rest, summed
        self._error = 0.0  # mean distances, summed
        self._errors = 0

    def add(self, model: ModelResult) -> None:
        """Add a frame of the first model, which was measured."""
        adjusted, terms, line = model.residual_adjusted, model.gain_terms, model.gain_line
        assert adjusted is not None and terms is not None
        if model.identity is not self._identity:
            self._identity = model.identity
            self._begin()
        self._gains.add(terms)
        self._baseline += adjusted.baseline_sse
        if line is not None and line.nme is not None:
            self._error += line.nme
            self._errors += 1

    def texts(self, gain: float | None, *, whole: bool) -> tuple[str, ...]:
        """Share, error and gain, from long to short; the gain alone where these frames are not the `whole` session."""
        factor = () if gain is None else (f"gain × {gain:.1f}",)
        sse, share = self._gains.sse, None
        if whole and sse is not None:
            share = skill(sse, self._baseline)
        if share is None or not self._errors:
            return factor
        session = f"this session: {words.signed_percent(share)}"
        error = f"error {self._error / self._errors:.1f} %"
        return (
            " · ".join((session, f"{error} of eye distance", *factor)),
            " · ".join((session, error, *factor)),
            " · ".join((session, *factor)),
            session,
        )


# Parts of the states --------------------------------------------------------------------------------------------------


def _kind_of(result: FrameResult) -> _Kind:
    if result.landmarks is None:
        return _Kind.NO_FACE
    if result.models and all(model.identity is None for model in result.models):
        return _Kind.NOT_CALIBRATED
    if not result.validity.ok or not result.models:
        return _Kind.UNUSABLE
    return _Kind.MEASURED if any(map(_measured, result.models)) else _Kind.WAITING


def _first(shares: Sequence[MovementShares | None]) -> MovementShares | None:
    """Those of the first model that has some."""
    return next((one for one in shares if one is not None), None)


def _measured(model: ModelResult) -> bool:
    return model.residual_adjusted is not None and model.gain_terms is not None and model.features is not None


def _texts(*texts: str) -> tuple[str, ...]:
    return tuple(text for text in texts if text)


def _rest_notes(status: Status) -> tuple[str, ...]:
    """What was found in the rest face that is in use."""
    return f"rest face {status.neutral_findings}", "rest face not at rest"


def _rest_button(status: Status) -> Button:
    seconds = f"{status.rest_s:g} second{'' if status.rest_s == 1 else 's'}"
    return Button((f"Rest your face for {seconds}", f"Rest for {seconds}", "Rest"), "N", Action.CALIBRATE)


def _not_calibrated(status: Status) -> Headline:
    if status.playback is not None:
        details = (
            "This face was not calibrated in the recording: no number tells movement from the person.",
            "Not calibrated.",
        )
        return Headline(State.NOT_CALIBRATED, words.NOT_CALIBRATED, details)
    details = (
        "Show your face at rest once, and one number tells how much of your movement the emotions predict.",
        "Show your face at rest once, and one number tells the rest.",
    )
    return Headline(State.NOT_CALIBRATED, words.NOT_CALIBRATED, details, buttons=(_rest_button(status),))


def shown_raw(headline: Headline) -> Headline:
    """The headline beside faces that are shown raw although there is a neutral: its number is of other faces."""
    if not headline.shares:
        return headline
    details = (
        "The faces are shown raw. The number of your movement comes back with the neutral.",
        "Shown raw: the neutral is not taken out.",
    )
    return Headline(State.NOT_CALIBRATED, words.NOT_CALIBRATED, details)


def _calibrating(status: Status, progress: float) -> Headline:
    progress = min(max(progress, 0.0), 1.0)
    if status.calibration_missing is not None:
        prompts = tuple((f"{prompt[:1].upper()}{prompt[1:]}.",) for prompt in status.calibration_prompts)
        missing = status.calibration_missing
        further = f"Turn your head slowly. Still missing: {', '.join(missing)}." if missing else "Go on."
        return Headline(State.LOOKING_AROUND, prompts, (further,), progress=progress, missing=missing)
    left = max(1, ceil((1.0 - progress) * status.rest_s - 1e-9))
    details = ("Mouth closed, eyes open, look at the camera.", "Mouth closed, eyes open.")
    return Headline(State.CALIBRATING, words.REST, details, progress=progress, countdown=left)


def _review(status: Status) -> Headline:
    review = status.review
    assert review is not None
    use = Button(("Use it", "Use"), "Enter", Action.ACCEPT_NEUTRAL)
    again = Button(("Again",), "N", Action.CALIBRATE)
    if review.findings:
        wordings, details = words.found(review.findings)
        return Headline(State.REVIEW_FOUND, wordings, details, buttons=(again, use))
    kept = " Your older rest face stays until you accept." if review.before is not None else ""
    left = "" if review.seconds_left is None else f" Used by itself in {review.seconds_left} s."
    asked = "Mouth closed, eyes open, no smile."
    return Headline(State.REVIEW, words.REVIEW, (f"{asked}{kept}{left}", f"{asked}{left}", asked), buttons=(use, again))
