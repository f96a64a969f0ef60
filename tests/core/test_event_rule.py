"""Event rules as settings, and the course of one threshold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.core.config import load_config
from realtime.core.errors import ConfigError
from realtime.core.event_rule import EventRule
from realtime.core.held_threshold import HeldThreshold

MS = 1_000_000
SMILE = EventRule(name="smile", of="happiness", enter=0.6, leave=0.4, hold_s=0.1)
CALM = EventRule(name="calm", of="nme", enter=2.0, leave=3.0, hold_s=0.0)
TEXT = """
[[events.rules]]
name = "smile"
of = "happiness"
enter = 0.6
leave = 0.4
"""


def course(rule: EventRule, values: list[float | None], step_ms: int = 50) -> list[tuple[bool, int, int]]:
    """Beginnings and ends with their times and those of the crossing, ms."""
    state = HeldThreshold(rule)
    found = (state.update(at * step_ms * MS, value) for at, value in enumerate(values))
    return [(event.active, event.time_ns // MS, event.crossed_ns // MS) for event in found if event is not None]


def test_a_value_has_to_stay_beyond_either_threshold() -> None:
    assert course(SMILE, [0.1, 0.7, 0.5, 0.7, 0.7, 0.7, 0.5, 0.3, 0.45, 0.4, 0.3, 0.3]) == [
        (True, 250, 150),
        (False, 550, 450),
    ]
    assert course(SMILE, [0.6, 0.6]) == [], "not long enough"
    assert course(SMILE, [0.6, 0.6, 0.6]) == [(True, 100, 0)], "at the threshold and at the holding time"


def test_without_a_holding_time_the_first_value_counts_and_falling_values_begin_too() -> None:
    assert course(CALM, [5, 2.0, 2.5, 2.9, 3.0, 2.5]) == [(True, 50, 50), (False, 200, 200)]


@pytest.mark.parametrize("missing", [None, float("nan"), float("inf"), float("-inf")])
def test_what_is_missing_begins_nothing_and_ends_after_the_holding_time(missing: float | None) -> None:
    assert course(SMILE, [0.7, missing, 0.7, missing, 0.7]) == []
    assert course(SMILE, [0.7, 0.7, 0.7, missing, 0.7, missing, missing, missing]) == [
        (True, 100, 0),
        (False, 350, 250),
    ]
    assert course(CALM, [1.0, missing, missing]) == [(True, 0, 0), (False, 50, 50)]


def test_an_interruption_ends_at_its_time_and_forgets_what_was_pending() -> None:
    state = HeldThreshold(SMILE)
    assert state.update(0, 0.7) is None and state.interrupt(0) is None
    assert state.update(90 * MS, 0.7) is None, "counted anew"
    begun = state.update(200 * MS, 0.7)
    assert begun is not None and begun.active and begun.crossed_ns == 90 * MS
    ended = state.interrupt(200 * MS)
    assert ended is not None and not ended.active and ended.value is None and ended.time_ns == 200 * MS
    assert state.interrupt(300 * MS) is None


@given(st.lists(st.one_of(st.none(), st.floats(-1, 2)), max_size=80), st.sampled_from([0.0, 0.1, 0.25]))
def test_beginnings_and_ends_alternate_and_each_was_held(values: list[float | None], hold_s: float) -> None:
    rule = SMILE.model_copy(update={"hold_s": hold_s})
    found = course(rule, values)
    assert [active for active, _, _ in found] == [at % 2 == 0 for at in range(len(found))]
    for active, time_ms, crossed_ms in found:
        assert time_ms - crossed_ms >= 1000 * hold_s
        held = values[crossed_ms // 50 : time_ms // 50 + 1]
        if active:
            assert all(value is not None and value >= 0.6 for value in held)
        else:
            assert all(value is None or value <= 0.4 for value in held)
    fewest = np.ceil(1000 * hold_s / 50) + 1  # values that one beginning needs
    assert len(found) <= 2 * len(values) / fewest + 1


def test_rules_are_read_from_a_file_and_from_a_list(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(TEXT, encoding="utf-8")
    [rule] = load_config(tmp_path / "rules.toml").events.rules
    assert rule == EventRule(name="smile", of="happiness", enter=0.6, leave=0.4) and rule.hold_s == 0.2 and rule.rising
    assert load_config(None, [], {"events.rules": (rule,)}).events.rules == (rule,)
    assert load_config().events.rules == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TEXT.replace("leave = 0.4", "leave = 0.6"), "rule 'smile': enter and leave are both 0.6"),
        (TEXT.replace("enter", "entr"), "rule 'smile': 'enter' is missing; a rule has name, of, enter, leave, hold_s"),
        (TEXT + "until = 3\n", "rule 'smile': there is no key 'until'; a rule has name, of, enter"),
        (TEXT + "hold_s = -1\n", "rule 'smile': hold_s: Input should be greater than or equal to 0"),
        (TEXT.replace("0.4", "nan"), "rule 'smile': leave: Input should be a finite number"),
        (TEXT.replace('"smile"', '""'), "rule number 1: name"),
        (TEXT + TEXT, "two rules have the name 'smile'"),
        ('[events]\nrules = "smile"\n', "events.rules"),
        ("[[events.rule]]\n", "Did you mean 'events.rules'"),
        (TEXT * 40, "events.rules"),
    ],
)
def test_what_is_wrong_is_said_with_the_name_of_the_rule(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_config(tmp_path / "rules.toml")
    assert told in str(error.value)
