"""Rules on results: their values, breaks of every kind, and who is told."""

from __future__ import annotations

from dataclasses import replace
from math import radians

import numpy as np
import pytest
from common import with_estimate, with_first

from realtime import load_model
from realtime.core.errors import ConfigError
from realtime.core.event_rule import EventRule, RuleEvent
from realtime.core.frame_result import Estimate, Face, FrameResult, ModelResult, Residual
from realtime.core.types import Aligned, Features, Frame, Landmarks, Pose, Similarity, Validity
from realtime.geometry import REGION_NAMES
from realtime.pipeline.event_log import EventLog
from realtime.pipeline.event_rules import EventRules, EventSink
from realtime.pipeline.event_values import known_values, value_of

EMOTION, UNITS = load_model("emotion@built-in"), load_model("au@v4")
MS = 1_000_000
IMAGE = np.zeros((4, 4, 3), np.uint8)
MESH = np.zeros((478, 3), np.float32)
TURN = Similarity(np.float64(1), np.eye(3), np.zeros(3))
NAN = float("nan")


def rule(of: str = "happiness", **changes: object) -> EventRule:
    return EventRule(**{"name": "it", "of": of, "enter": 0.6, "leave": 0.4, "hold_s": 0.0, **changes})


def result(
    time_ms: int, happiness: float = 0.0, *, segment: int = 0, track: int = 1, ok: bool = True, yaw: float = 0.0
) -> FrameResult:
    """A frame with one face, of which two models say something."""
    frame = Frame(IMAGE, time_ms * MS, time_ms // 40, 0, segment)
    if not track:
        return FrameResult(frame)
    aligned = Aligned(MESH, TURN, 1.0, Pose(radians(1), radians(yaw), radians(3)))
    residual = Residual(MESH, MESH[:, 0], 7.0, dict.fromkeys(REGION_NAMES, 7.0) | {"mouth": 9.0}, {}, 3.0, 4.0, "mean")
    adjusted = replace(residual, nme=2.0, regions=dict.fromkeys(REGION_NAMES, 2.5), sse=1.0)
    emotions = Features({"happiness": happiness, "neutral": 1 - happiness}, "appearance", frame.stamp_ns)
    units = Features({"AU12": 0.25}, "pyfeat", frame.stamp_ns)
    models = (
        ModelResult("one", frame.stamp_ns, aligned, emotions, None, residual, adjusted, None),
        ModelResult("two", frame.stamp_ns, aligned, units, None, residual, None, None),
    )
    validity = Validity(ok) if ok else Validity(False, ("yaw",))
    landmarks = Landmarks(MESH, (4, 4), 1, "bundled")
    return FrameResult(frame, (Face(track, landmarks, Estimate(frame.stamp_ns, models, validity=validity)),))


def told(rules: EventRules, results: list[FrameResult]) -> list[tuple[bool, int]]:
    """Beginnings and ends with their times, ms, as a listener gets them."""
    found: list[tuple[bool, int]] = []
    rules.listeners.append(lambda event, of: found.append((event.active, event.time_ns // MS)))
    rules.begin([EMOTION, UNITS])
    for one in results:
        rules.update(one)
    return found


@pytest.mark.parametrize(
    ("of", "value"),
    [
        ("happiness", 0.75), ("Happy", 0.75), (" HAPPINESS ", 0.75), ("AU12", 0.25), ("au12", 0.25), ("nme", 7.0),
        ("nme_adjusted", 2.0), ("skill", 0.25), ("skill_adjusted", 0.75), ("regions.mouth", 9.0),
        ("regions_adjusted.mouth", 2.5), ("pitch_deg", 1.0), ("yaw_deg", -20.0), ("roll_deg", 3.0),
    ],
)  # fmt: skip
def test_a_value_by_its_name(of: str, value: float) -> None:
    read = value_of(rule(of), [EMOTION, UNITS])
    assert read(result(0, 0.75, yaw=-20.0)) == pytest.approx(value)
    assert read(result(0, track=0)) is None, "no face"
    outside = read(result(0, 0.75, yaw=-20.0, ok=False))
    assert outside == (pytest.approx(value) if of.endswith("_deg") else None), "angles are also of what is out of range"


def test_what_is_not_known_is_none() -> None:
    before = with_first(result(0), residual_adjusted=None, features=None, residual=None)
    for of in ("nme", "nme_adjusted", "skill_adjusted", "regions.mouth", "regions_adjusted.mouth", "happiness"):
        assert value_of(rule(of), [EMOTION])(before) is None
    none = with_estimate(result(0), models=())
    for of in known_values([EMOTION, UNITS]):
        assert value_of(rule(of), [EMOTION, UNITS])(none) is None


def test_an_unknown_value_names_the_rule_and_what_there_is() -> None:
    with pytest.raises(ConfigError) as error:
        EventRules([rule("hapiness", name="smile")]).check([EMOTION])
    text = str(error.value)
    assert "Event rule 'smile': there is no value 'hapiness' with emotion@built-in." in text
    assert "Did you mean 'happiness'?" in text and "regions.mouth" in text and "pitch_deg" in text
    with pytest.raises(ConfigError, match="AU12"):
        EventRules([rule("AU12")]).check([EMOTION])
    EventRules([rule(of) for of in known_values([EMOTION, UNITS])]).check([EMOTION, UNITS])


def test_a_smile_begins_and_ends() -> None:
    values = [0.1, 0.7, 0.5, 0.3, 0.9]
    assert told(EventRules([rule()]), [result(40 * at, value) for at, value in enumerate(values)]) == [
        (True, 40),
        (False, 120),
        (True, 160),
    ]


def test_a_face_that_is_gone_or_out_of_range_or_not_a_number_ends_it() -> None:
    for gone in (result(80, 0.9, track=0), result(80, 0.9, ok=False), result(80, NAN)):
        assert told(EventRules([rule()]), [result(0, 0.9), result(40, 0.9), gone]) == [(True, 0), (False, 80)]
        held = EventRules([rule(hold_s=0.05)])
        assert told(held, [result(0, 0.9), result(60, 0.9), gone, result(120, 0.9)]) == [(True, 60)], "one frame"


@pytest.mark.parametrize(
    "after",
    [
        result(200, 0.9, segment=1),  # the source was reopened
        result(80, 0.9),  # a clock that stands
        result(10, 0.9),  # a clock that jumps back, or a replay
        result(1081, 0.9),  # a gap of more than a second
        result(120, 0.9, track=2),  # another face
    ],
)
def test_at_a_break_it_ends_at_the_frame_before_and_begins_anew(after: FrameResult) -> None:
    begins = [result(0, 0.9), result(40, 0.9), result(80, 0.9)]
    now_ms = after.stamp // MS
    assert told(EventRules([rule()]), [*begins, after]) == [(True, 0), (False, 80), (True, now_ms)]
    held = EventRules([rule(hold_s=0.08)])
    later = [replace(after, frame=replace(after.frame, stamp_ns=after.stamp + at * 40 * MS)) for at in (0, 1, 2)]
    assert told(held, [*begins, *later]) == [(True, 80), (False, 80), (True, now_ms + 80)], "held anew"


def test_a_second_is_no_gap_and_a_face_that_comes_back_is_the_same() -> None:
    seen = [result(0, 0.9), result(1000, 0.9), result(1040, 0.9, track=0), result(1080, 0.9)]
    assert told(EventRules([rule(hold_s=0.1)]), seen) == [(True, 1000)]
    others = [*seen[:3], result(1080, 0.9, track=5)]
    assert told(EventRules([rule(hold_s=0.1)]), others) == [(True, 1000), (False, 1040)]


def test_other_models_silence_a_rule_and_say_so() -> None:
    rules, said = EventRules([rule("AU12", enter=0.2, leave=0.1), rule(name="smile")]), []
    found: list[RuleEvent] = []
    rules.listeners.append(lambda event, of: found.append(event))
    EventSink(rules, [EMOTION, UNITS], said.append).accept(result(0, 0.9))
    assert [event.name for event in found] == ["it", "smile"] and said == []
    EventSink(rules, [EMOTION], said.append).accept(result(40, 0.9))
    assert [(event.name, event.active) for event in found[2:]] == [("it", False), ("smile", False), ("smile", True)]
    assert len(said) == 1 and "Event rule 'it': there is no value 'AU12'" in said[0]


def test_listeners_are_told_in_order_with_the_frame() -> None:
    seen: list[tuple[str, int]] = []
    rules = EventRules([rule(name="a"), rule(name="b")], [lambda event, of: seen.append((event.name, of.stamp // MS))])
    rules.begin([EMOTION])
    for at in range(3):
        rules.update(result(40 * at, 0.9 if at < 2 else 0.1))
    assert seen == [("a", 0), ("b", 0), ("a", 80), ("b", 80)]
    rules.update(result(120, 0.9))
    assert [event.active for event in rules.interrupt()] == [False, False] and rules.interrupt() == ()
    assert seen[-1] == ("b", 120)


def test_the_log_lists_what_fired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.pipeline.event_log.MOST_KEPT", 2)
    log = EventLog([rule(), rule(name="never", enter=2, leave=1)])
    log.starts(1000 * MS)
    rules = EventRules([rule(), rule(name="never", enter=2, leave=1)], [log])
    rules.begin([EMOTION])
    for at in range(12):
        rules.update(result(1000 + 40 * at, 0.9 if at % 4 < 2 else 0.1))
    rules.interrupt()
    first, never = log.report()
    assert (first.name, first.of, first.fired, first.active_s) == ("it", "happiness", 3, pytest.approx(0.24))
    assert [(event.begin_s, event.end_s) for event in first.events] == [(0.0, 0.08), (0.16, 0.24)]
    assert (never.fired, never.active_s, never.events) == (0, 0.0, ())
