"""The one sentence: of which state, with which number, and how steadily."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from common import clip, give_appearance, needs_appearance, needs_bundled
from headline_docs import BEGIN, CLIPS, END, SOURCES, both, pooled
from moving_faces import REST, frame, moved, rest_of
from truth_docs import PAGE

from realtime.capture import open_source
from realtime.core.commands import BY_KEY
from realtime.core.config import load_config
from realtime.core.frame_result import FrameResult
from realtime.core.neutral import FINDING_KINDS, Finding
from realtime.core.status import LOOK_PROMPTS, CalibrationOutcome, NeutralReview, Playback, Status
from realtime.core.types import Frame, Validity
from realtime.pipeline.build import Pipeline
from realtime.view.mirror.headline import Headline, HeadlineReader, State, shown_raw
from realtime.view.mirror.model_facts import Caption
from realtime.view.mirror.movement_shares import POOLED_S, MovementPool
from realtime.view.mirror.verdicts import HOLD_S, LEAVE_REST_S, SteadyVerdict, Verdict

LIVE = Status(calibrated=True, emotion_source="appearance")
REPLAY = replace(LIVE, playback=Playback(0.0, 60.0, 0, 1800, True, 1.0, False, 0.0, 60.0))
FPS = 30


def reader(models: int = 1) -> HeadlineReader:
    return HeadlineReader([Caption(f"model {at + 1}") for at in range(models)])


def fed(shown: HeadlineReader, results: Iterable[FrameResult], status: Status = LIVE) -> list[Headline]:
    return [shown.push(result, status) for result in results]


def steadily(seconds: float, *models: object, start_s: float = 0.0, **more: object) -> list[FrameResult]:
    return [frame(start_s + at / FPS, *models, **more) for at in range(round(seconds * FPS))]  # type: ignore[arg-type]


# Shares ---------------------------------------------------------------------------------------------------------------


def test_the_share_is_a_ratio_of_sums() -> None:
    """A frame that hardly moves and is badly predicted weighs as little as it moves: the mean of ratios would be 0."""
    pool = MovementPool()
    pool.add(0.0, moved(0.8, movement=1000.0, noise=1.0))
    pool.add(0.1, moved(-0.8, movement=10.0, noise=1.0))
    shares = pool.shares()
    assert shares is not None
    assert shares.delivered == pytest.approx((800 - 8) / 1010)
    assert shares.noise == pytest.approx(2 / 1010)
    assert shares.floor == pytest.approx(0.9)


def test_the_share_with_gain_is_that_of_the_scaled_prediction() -> None:
    pool = MovementPool()
    pool.add(0.0, moved(-0.6, gained=0.25, movement=50.0))
    pool.add(0.2, moved(-0.4, gained=0.5, movement=150.0))
    shares = pool.shares()
    assert shares is not None and shares.with_gain is not None
    assert shares.with_gain == pytest.approx((0.25 * 50 + 0.5 * 150) / 200)
    assert shares.headline == shares.with_gain


def test_a_negative_gain_is_applied_as_none() -> None:
    pool, model = MovementPool(), moved(-0.6, gained=0.25)
    assert model.gain_line is not None
    pool.add(0.0, replace(model, gain_line=replace(model.gain_line, gain=-0.7)))
    shares = pool.shares()
    assert shares is not None
    assert (shares.gain, shares.with_gain) == (0.0, 0.0)


def test_a_gain_beyond_the_full_expression_leaves_no_best_that_is_below_it() -> None:
    for floor, best in ((0.6, None), (0.8, 0.8)):
        pool = MovementPool()
        pool.add(0.0, moved(0.5, gained=0.7, floor=floor))
        shares = pool.shares()
        assert shares is not None
        assert (shares.floor, shares.best) == (pytest.approx(floor), None if best is None else pytest.approx(best))


def test_only_the_last_second_is_pooled() -> None:
    pool = MovementPool()
    for at in range(60):
        pool.add(at / FPS, moved(0.2 if at < 25 else 0.6))
    shares = pool.shares()
    assert shares is not None
    assert shares.delivered == pytest.approx(0.6)
    assert pool.span_s == pytest.approx(POOLED_S)


def test_another_source_or_another_rest_is_not_pooled_with_what_was() -> None:
    for other in (moved(0.6, source="inverse"), moved(0.6, identity=rest_of())):
        pool = MovementPool()
        pool.add(0.0, moved(0.1))
        pool.add(0.1, other)
        shares = pool.shares()
        assert shares is not None
        assert shares.delivered == pytest.approx(0.6)


def test_a_face_that_lies_exactly_at_rest_divides_by_nothing() -> None:
    pool = MovementPool()
    pool.add(0.0, moved(0.0, movement=0.0))
    shares = pool.shares()
    assert shares is not None
    assert shares.noise == np.inf
    assert shares.delivered == 0.0


# Verdicts -------------------------------------------------------------------------------------------------------------


def flips(said: Iterable[Verdict]) -> int:
    every = list(said)
    return sum(one is not other for one, other in pairwise(every))


def test_a_number_that_swings_around_zero_does_not_flip_the_verdict() -> None:
    """Ten seconds beyond the margin on both sides, a second each: by the sign alone it would flip nine times."""
    verdict = SteadyVerdict()
    shares = [0.12 if at // FPS % 2 == 0 else -0.12 for at in range(10 * FPS)]
    assert sum(a * b < 0 for a, b in pairwise(shares)) == 9
    assert flips(verdict.update(at / FPS, share, 0.01) for at, share in enumerate(shares)) == 0


def test_a_number_inside_the_margin_never_changes_the_verdict() -> None:
    for first, then, said in ((0.3, -0.045, Verdict.PREDICTS), (-0.3, 0.045, Verdict.WORSE)):
        verdict = SteadyVerdict()
        verdict.update(0.0, first, 0.01)
        assert {verdict.update(1 + at / FPS, then, 0.01) for at in range(10 * FPS)} == {said}


def test_a_number_beyond_the_margin_changes_it_after_the_hold() -> None:
    verdict = SteadyVerdict()
    verdict.update(0.0, 0.3, 0.01)
    said = [(at / FPS, verdict.update(at / FPS, -0.06, 0.01)) for at in range(1, 4 * FPS)]
    changed = next(time_s for time_s, one in said if one is Verdict.WORSE)
    assert changed == pytest.approx(1 / FPS + HOLD_S, abs=1.5 / FPS)


def test_rest_is_said_at_once_and_left_after_clear_movement() -> None:
    verdict = SteadyVerdict()
    assert verdict.update(0.0, 0.3, 0.49) is Verdict.PREDICTS
    assert verdict.update(0.1, 0.3, 0.51) is Verdict.AT_REST
    assert {verdict.update(0.2 + at / FPS, 0.3, 0.48) for at in range(90)} == {Verdict.AT_REST}
    said = [(at / FPS, verdict.update(4 + at / FPS, 0.3, 0.1)) for at in range(60)]
    left = next(time_s for time_s, one in said if one is Verdict.PREDICTS)
    assert left == pytest.approx(LEAVE_REST_S, abs=1.5 / FPS)


# States ---------------------------------------------------------------------------------------------------------------


def test_the_sentence_has_the_number_with_gain_and_the_bar_both() -> None:
    last = fed(reader(), steadily(3, moved(-0.4, gained=0.34)))[-1]
    assert last.state is State.PREDICTS
    assert last.text == "Your emotions predict 34 % of how your face moves."
    assert last.wordings[0][1] == "34 %"
    shares = last.shares[0]
    assert shares is not None
    assert (shares.delivered, shares.with_gain) == (pytest.approx(-0.4), pytest.approx(0.34))
    assert not last.warns


def test_worse_than_rest_has_no_number() -> None:
    last = fed(reader(), steadily(3, moved(-0.4, gained=-0.2)))[-1]
    assert (last.state, last.warns) == (State.WORSE, True)
    assert last.text == "Right now your face at rest would be the better guess."
    assert all("%" not in "".join(wording) for wording in last.wordings)


def test_at_rest_has_no_number_anywhere() -> None:
    """The squared movement is 1.9 times the noise."""
    last = fed(reader(), steadily(3, moved(-30.0, gained=0.9, movement=1.9, noise=1.0)))[-1]
    assert last.state is State.AT_REST
    assert last.text == "Your face is at rest: there is nothing to predict."
    assert last.shares == ()
    assert "%" not in last.text
    moving = fed(reader(), steadily(3, moved(0.5, gained=0.5, movement=2.4, noise=1.0)))[-1]
    assert moving.state is State.PREDICTS


def test_faces_that_are_shown_raw_have_no_number_of_adjusted_ones() -> None:
    with_number = fed(reader(), steadily(3.0, moved(0.4, gained=0.5)))[-1]
    raw = shown_raw(with_number)
    assert with_number.shares and not raw.shares and not re.search(r"\d", raw.text + "".join(raw.details))
    assert raw.text == "Much of this difference is simply who you are."
    resting = fed(reader(), steadily(3.0, moved(0.4, movement=0.1)))[-1]
    assert not resting.shares and shown_raw(resting) is resting


def test_the_session_s_share_is_of_all_its_frames() -> None:
    shown = reader()
    fed(shown, steadily(2, moved(-0.4, gained=0.2, movement=300.0)))
    last = fed(shown, steadily(2, moved(-0.4, gained=0.6, movement=100.0), start_s=2))[-1]
    # Over both halves alike: squared movement 400, along 300 * 0.6 + 100 * 1.4 = 320, displaced 640 + 0.4 * 400 = 800.
    assert last.notes[0].startswith(f"this session: {round(100 * 320**2 / 800 / 400)} %")
    assert fed(shown, steadily(1, moved(-0.4, gained=0.6), start_s=4), REPLAY)[-1].notes == ("gain × 0.5",)


def test_fitted_features_are_an_upper_limit() -> None:
    status = replace(LIVE, emotion_source="inverse", emotion_hint="meshmirror models fetch appearance")
    last = fed(reader(), steadily(3, moved(0.41, gained=0.6, floor=0.41, source="inverse")), status)[-1]
    assert last.state is State.FLOOR_ONLY
    assert last.text == "At best 41 % could be predicted (fitted to this face)."
    assert last.notes[0] == "No source reads your emotions. Get one: meshmirror models fetch appearance"


def test_a_share_of_nothing_is_said_in_words() -> None:
    """A bare 0 % beside a bar that shows less than zero would be a number that nobody measured."""
    last = fed(reader(), steadily(3, moved(0.004)))[-1]
    assert last.state is State.PREDICTS and last.text == "Your emotions predict next to nothing of how your face moves."
    assert "next to nothing" not in fed(reader(), steadily(3, moved(0.02)))[-1].text


def test_several_models_have_a_number_each() -> None:
    models = moved(0.3, name="A"), moved(-0.2, name="B")
    last = fed(reader(2), steadily(3, *models))[-1]
    assert last.text == "Emotions predict 30 % of the movement in model 1, and 0 % in model 2."
    assert [one is not None and round(one.delivered, 2) for one in last.shares] == [0.3, -0.2]
    three = fed(reader(3), steadily(3, moved(0.3), moved(0.2), moved(0.1)))[-1]
    assert three.text == "Emotions predict 30 % of the movement in model 1, 20 % in model 2, and 10 % in model 3."
    one = fed(reader(2), steadily(3, moved(0.3), moved(None)))[-1]
    assert one.text == "Your emotions predict 30 % of how your face moves."
    other = fed(reader(2), steadily(3, moved(None, identity=None), moved(0.3)))[-1]
    assert (other.text, other.shares[0]) == (one.text, None)


def test_action_units_and_blendshapes_are_called_so() -> None:
    units = moved(0.3, source="pyfeat", values={"AU12": 0.5, "AU25": 0.1})
    assert "action units predict 30 %" in fed(reader(), steadily(2, units))[-1].text
    shapes = moved(0.3, source="mediapipe", values={"_neutral": 0.1, "mouthSmileLeft": 0.5})
    assert fed(reader(), steadily(2, shapes))[-1].text.startswith("The same landmarks' blendshapes reproduce 30 %")


def test_before_a_calibration_there_is_one_button_that_does_what_the_key_does() -> None:
    shown = fed(reader(), steadily(1, moved(0.3, identity=None)), Status(rest_s=5.0))[-1]
    assert shown.state is State.NOT_CALIBRATED
    assert shown.text == "Much of this difference is simply who you are."
    [button] = shown.buttons
    assert button.labels[0] == "Rest your face for 5 seconds"
    assert BY_KEY[button.key] is button.action
    assert fed(reader(), steadily(1, moved(0.3, identity=None)), REPLAY)[-1].buttons == ()


def test_a_calibration_counts_down() -> None:
    shown, results = reader(), steadily(1, moved(0.3, identity=None))
    counts = [shown.push(results[0], Status(calibrating=done, rest_s=3.0)) for done in (0, 0.3, 0.4, 0.65, 0.7, 1)]
    assert [one.countdown for one in counts] == [3, 3, 2, 2, 1, 1]
    assert {one.text for one in counts} == {"Rest your face."}


def test_looking_around_says_where_to() -> None:
    status = Status(calibrating=0.5, calibration_prompts=LOOK_PROMPTS, calibration_missing=("left", "up"))
    shown = reader().push(frame(0, moved(0.3)), status)
    assert (shown.state, shown.missing, shown.countdown) == (State.LOOKING_AROUND, ("left", "up"), None)
    assert shown.text == "Look around, keep your face at rest."
    assert "left, up" in shown.details[0]


def test_a_review_asks_and_a_finding_recommends_again() -> None:
    good = reader().push(frame(0, moved(0.3)), Status(review=NeutralReview(REST, None, (), 4)))
    assert (good.state, good.text) == (State.REVIEW, "Is this your face at rest?")
    assert [button.labels[0] for button in good.buttons] == ["Use it", "Again"]
    assert "in 4 s" in good.details[0]
    smile = Finding("smile", "smile: the corners", 0.8, 0.5, "full smiles")
    found = reader().push(frame(0, moved(0.3)), Status(review=NeutralReview(REST, REST, (smile,), None)))
    assert (found.state, found.text, found.warns) == (State.REVIEW_FOUND, "That looks like a smile.", True)
    assert [button.labels[0] for button in found.buttons] == ["Again", "Use it"]
    for button in (*good.buttons, *found.buttons):
        assert BY_KEY[button.key] is button.action


@pytest.mark.parametrize("kind", FINDING_KINDS)
def test_every_finding_has_a_sentence(kind: str) -> None:
    finding = Finding(kind, "", 1.0, 0.5, "")  # type: ignore[arg-type]
    shown = reader().push(frame(0, moved(0.3)), Status(review=NeutralReview(REST, None, (finding,), None)))
    assert shown.text.endswith(".") and len(shown.text) > 10


def test_a_calibration_that_failed_says_why_and_offers_another() -> None:
    failed = CalibrationOutcome(False, "Calibration failed: the face was lost.")
    shown = reader().push(frame(0, moved(0.3, identity=None)), Status(calibration_outcome=failed))
    assert (shown.state, shown.details[0]) == (State.FAILED, failed.text)
    assert BY_KEY[shown.buttons[0].key] is shown.buttons[0].action
    kept = fed(reader(), steadily(2, moved(0.3)), replace(LIVE, calibration_outcome=failed))[-1]
    assert (kept.state, kept.notes[0], kept.note_ink) == (State.PREDICTS, failed.text, "warn")


def test_where_there_is_little_room_why_a_calibration_failed_is_said_first() -> None:
    outcome = CalibrationOutcome(False, "Calibration failed: too much motion: 4.2 %, limit 3 %; keep still.")
    shown = reader().push(frame(0, moved(0.3, identity=None)), Status(calibration_outcome=outcome))
    assert shown.details == (
        outcome.text, "Too much motion: 4.2 %, limit 3 %.", "Too much motion.", "Calibration failed"
    )  # fmt: skip


def test_where_the_outcome_has_no_room_what_is_wrong_with_the_rest_face_stays() -> None:
    smiled = CalibrationOutcome(False, "Neutral calibrated: 73 frames in 3.0 s. Not at rest: smile.")
    status = replace(LIVE, calibration_outcome=smiled, neutral_findings="not at rest: smile")
    shown = fed(reader(), steadily(2, moved(0.3)), status)[-1]
    assert shown.notes == (smiled.text, "rest face not at rest: smile", "rest face not at rest")
    assert shown.note_ink == "warn"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("yaw 52° beyond 40°", "Turned too far to tell."),
        ("turned too far for appearance: yaw 34°, limit 30°", "Turned too far to tell."),
        ("face too small: outer canthi 12 px apart, needs 24 px", "Too far away to tell."),
        ("mouth not seen: match 0.10, needs 0.40", "Something hides your mouth."),
        ("anchors degenerate", "This face cannot be measured."),
    ],
)
def test_a_face_that_cannot_be_judged_says_why_and_keeps_the_last_number_in_sight(reason: str, said: str) -> None:
    shown = reader()
    fed(shown, steadily(2, moved(0.31)))
    last = fed(shown, steadily(2, moved(0.9), start_s=2, validity=Validity(False, (reason,))))[-1]
    assert (last.state, last.text, last.notes) == (State.UNUSABLE, said, ("last: 31 %",))
    why = "The picture shows no mouth where one should be." if reason.startswith("mouth") else reason
    assert why[1:] in last.details[0]


def test_a_face_that_is_gone_for_a_moment_changes_nothing() -> None:
    shown = reader()
    fed(shown, steadily(2, moved(0.31)))
    blink = fed(shown, steadily(0.4, start_s=2, face=False))
    assert {one.text for one in blink} == {"Your emotions predict 31 % of how your face moves."}
    gone = fed(shown, steadily(1, start_s=2.4, face=False))[-1]
    assert (gone.state, gone.text) == (State.NO_FACE, "No face in the picture.")
    assert fed(shown, steadily(0.3, moved(0.31), start_s=3.4))[-1].state is State.NO_FACE
    assert fed(shown, steadily(0.5, moved(0.31), start_s=3.7))[-1].state is State.PREDICTS


def test_a_covered_lens_is_asked_after() -> None:
    assert reader().push(frame(0, face=False, flags=["black"]), LIVE).details == ("Is the lens covered?",)


def test_the_source_comes_first() -> None:
    for state, said in (("lost", State.LOST), ("ended", State.ENDED), ("opening", State.OPENING)):
        status = replace(LIVE, source_state=state, source="camera 0", source_note="retry in 2 s")  # type: ignore[arg-type]
        assert reader().push(frame(0, moved(0.3)), status).state is said
    assert reader().push(None, LIVE).state is State.OPENING


def test_emotions_that_do_not_come_are_waited_for() -> None:
    status = replace(LIVE, emotion_note="py-feat's network is starting")
    last = fed(reader(), steadily(1, moved(None)), status)[-1]
    assert (last.state, last.details) == (State.WAITING, (status.emotion_note,))


def test_a_new_calibration_begins_anew_and_settles() -> None:
    shown = reader()
    fed(shown, steadily(2, moved(0.31)))
    first = shown.push(frame(2, moved(0.7, identity=rest_of())), LIVE)
    assert (first.state, first.text) == (State.SETTLING, "Now move your face.")
    other = rest_of()
    after = fed(shown, steadily(1, moved(0.7, identity=other), start_s=2.1))
    assert after[0].state is State.SETTLING
    assert after[-1].text == "Your emotions predict 70 % of how your face moves."


def test_a_neutral_that_was_just_accepted_is_not_asked_for_again() -> None:
    """The result beside which it was accepted has none yet."""
    shown = reader()
    fed(shown, steadily(1, moved(0.3, identity=None)), Status())
    assert shown.push(frame(1, moved(0.3, identity=None)), LIVE).state is State.SETTLING


def test_a_seek_shows_the_number_of_its_place_at_once() -> None:
    shown = reader()
    fed(shown, steadily(2, moved(0.31), start_s=30), REPLAY)
    there = shown.push(frame(4, moved(0.7)), REPLAY)
    assert there.text == "Your emotions predict 70 % of how your face moves."
    assert shown.push(frame(50, moved(-0.7)), REPLAY).state is State.WORSE


def test_while_a_replay_stands_every_step_has_its_own_number() -> None:
    playback = REPLAY.playback
    assert playback is not None
    standing = replace(REPLAY, playback=replace(playback, playing=False))
    shown = reader()
    texts = [one.text for one in fed(shown, (frame(at / FPS, moved(0.2 + at / 20)) for at in range(5)), standing)]
    assert len(set(texts)) == 5
    playing = [one.text for one in fed(reader(), (frame(at / FPS, moved(0.2 + at / 20)) for at in range(5)), REPLAY)]
    assert len(set(playing)) == 1


def test_the_same_estimate_beside_many_pictures_counts_once() -> None:
    """Live with py-feat's network: new pictures come beside an older estimate."""
    shown = reader()
    fed(shown, steadily(2, moved(0.2)))
    newest = frame(2, moved(0.8))
    alike = [replace(newest, frame=replace(newest.frame, stamp_ns=newest.stamp + at * 33_000_000)) for at in range(20)]
    said = fed(shown, alike)[-1].shares[0]
    assert said is not None
    assert said.delivered < 0.25


def test_what_a_head_that_is_turned_a_little_means_stands_at_the_right() -> None:
    amber = "head turned (yaw 14°): beyond 10° pose and expression are not told apart"
    last = fed(reader(), steadily(2, moved(0.3), validity=Validity(True, amber=amber)))[-1]
    assert (last.state, last.notes[0], last.note_ink) == (State.PREDICTS, amber, "warn")


def test_the_docs_have_both_numbers_of_every_clip_and_why_one_is_the_headline() -> None:
    """tests/support/headline_docs.py writes the table; here with one face whose amplitude changes its sign."""
    page = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == 2 * len(CLIPS) * len(SOURCES)
    assert all(any(f"`{clip}` | `{source}`" in row for row in rows) for clip in CLIPS for source in SOURCES)
    swinging = [(at / FPS, moved(-0.5 if at // 60 % 2 else 0.5, gained=0.2)) for at in range(10 * FPS)]
    found = both(pooled(swinging))
    assert found["as delivered"].said_flips > 10 and found["as delivered"].lowest == pytest.approx(-0.5)
    assert found["with session gain"].below_zero < found["as delivered"].below_zero


# Real faces -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def classifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The classifier's file where the program finds it, and in no other test."""
    (tmp_path / "cache").mkdir()
    give_appearance(tmp_path)
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path))


def through_the_pipeline(frames: Iterable[Frame], source: str) -> list[Headline]:
    """The headlines of a clip, calibrated on its beginning as the demo is."""
    config = load_config(None, [f"detect.emotion={source}"], {})
    with Pipeline.from_config(config) as pipeline:
        pipeline.calibrate(0.8)
        shown = HeadlineReader([Caption(pipeline.model.name)])
        found = []
        for one in frames:
            result = pipeline.step(one)
            found.append(
                shown.push(
                    result,
                    Status(
                        calibrating=pipeline.calibration.progress,
                        calibrated=pipeline.identity is not None,
                        emotion_source=source,
                    ),
                )
            )
        return found


@needs_bundled
@needs_appearance
@pytest.mark.usefixtures("classifier")
def test_a_smile_is_predicted_by_the_classifier(single_face: list[Frame]) -> None:
    said = through_the_pipeline(single_face, "appearance")
    states = [one.state for one in said]
    assert states[0] is State.CALIBRATING
    assert list(dict.fromkeys(states)) == [State.CALIBRATING, State.SETTLING, State.PREDICTS]
    shares = said[-1].shares[0]
    assert shares is not None and shares.with_gain is not None and shares.floor is not None
    assert 0.7 < shares.delivered < shares.with_gain < 0.85
    assert 0 < shares.noise < 0.05
    assert said[-1].text == f"Your emotions predict {round(100 * shares.with_gain)} % of how your face moves."
    assert re.fullmatch(r"this session: 7\d % · error 2\.\d % of eye distance · gain × 1\.2", said[-1].notes[0])


@needs_bundled
def test_a_smile_is_fitted_by_the_inverse(single_face: list[Frame]) -> None:
    said = through_the_pipeline(single_face, "inverse")
    assert said[-1].state is State.FLOOR_ONLY
    shares = said[-1].shares[0]
    assert shares is not None
    assert shares.delivered == shares.floor == shares.headline


@needs_bundled
@needs_appearance
@pytest.mark.usefixtures("classifier")
def test_a_talking_face_does_not_flip() -> None:
    """20 s of a woman who acts and speaks, where the number as delivered is below zero most of the time."""
    with open_source(str(clip("WolfgangLanger_Pexels.mp4"))) as source:
        said = through_the_pipeline(source, "appearance")
    numbered = [one for one in said if one.shares]
    delivered = [share.delivered for one in numbered for share in one.shares if share is not None]
    assert np.mean(np.array(delivered) < 0) > 0.5
    verdicts = [one.state for one in numbered]
    assert sum(one is not other for one, other in pairwise(verdicts)) <= 1
    assert State.UNUSABLE in {one.state for one in said}  # she turns away


@needs_bundled
def test_a_face_that_leaves_is_missed() -> None:
    with open_source(str(clip("face_noface.mov"))) as source:
        said = through_the_pipeline(source, "inverse")
    assert said[-1].state is State.NO_FACE
    assert said[-1].notes[0].startswith("last: ")
