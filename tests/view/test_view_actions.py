"""The table of commands, and what each of them changes in the view."""

from __future__ import annotations

from collections import Counter

import pytest

from realtime.core.commands import BY_KEY, SECTIONS, Action, Show
from realtime.core.config import Config, ViewConfig
from realtime.core.view_options import MOST_VIEWS, Card, ColorMap, Overlay, SignedMap, Style, View
from realtime.core.view_state import REMEMBERED, ViewState
from realtime.view.mirror.view_actions import PLOTS, RANGES, SMOOTHINGS, apply

# What the view cannot do by itself.
PROGRAMS = {
    Action.OPEN, Action.OPEN_SESSION,
    Action.QUIT, Action.PAUSE, Action.NEXT_PERSON,
    Action.CALIBRATE, Action.LOOK_AROUND, Action.ACCEPT_NEUTRAL, Action.DISCARD_NEUTRAL,
    Action.UNDO, Action.REDO, Action.UNDO_NEUTRAL, Action.POSE, Action.ADJUST, Action.SCREENSHOT, Action.RECORD,
    Action.COPY, Action.NEXT_SOURCE, Action.NEXT_MODEL, Action.NEXT_EMOTION, Action.FULLSCREEN, Action.DEFAULTS,
    Action.STEP_BACK, Action.STEP, Action.JUMP_BACK, Action.JUMP, Action.FIRST, Action.LAST, Action.SLOWER,
    Action.NEXT_FACE, Action.PREVIOUS_FACE, Action.AUTOMATIC_FACE,
    Action.FASTER, Action.LOOP, Action.IN_POINT, Action.OUT_POINT, Action.EVENT, Action.EXCLUDE,
}  # fmt: skip


def done(ui: ViewState, *asked: Action | Show, models: int = 1) -> ViewState:
    for one in asked:
        assert apply(ui, one, models)
    return ui


def test_every_action_has_a_command_and_no_key_has_two() -> None:
    commands = [command for section in SECTIONS.values() for command in section]
    asked = [command.request for command in commands]
    assert set(asked) == {*Action, *(Show(view, alone) for view in View for alone in (False, True))}
    assert max(Counter(asked).values()) == 1
    keys = Counter(key for command in commands for key in command.keys)
    assert max(keys.values()) == 1 and set(keys) == set(BY_KEY)
    assert all(command.keys and command.description and command.label for command in commands)


@pytest.mark.parametrize("asked", [*Action, Show(View.WIPE)], ids=str)
def test_a_command_changes_the_view_or_is_the_programs(asked: Action | Show) -> None:
    ui = ViewState(pins=(3,), orbit_deg=(10.0, 0.0), exaggeration=2.0)
    before = (repr(ui), asked)
    assert apply(ui, asked, 2) == (asked not in PROGRAMS)
    assert (repr(ui) != before[0]) == (asked not in PROGRAMS)


def test_views_come_and_go_and_one_always_stays() -> None:
    ui = ViewState(views=(View.CAMERA,))
    done(ui, Show(View.CAMERA))
    assert ui.views == (View.CAMERA,)
    done(ui, Show(View.GHOST), Show(View.CAMERA))
    assert ui.views == (View.GHOST,)
    done(ui, *(Show(view) for view in View if view is not View.GHOST))
    assert len(ui.views) == MOST_VIEWS and ui.views[-1] is list(View)[-1]


def test_alone_and_back() -> None:
    ui = done(ViewState(), Show(View.HEAT, alone=True))
    assert ui.views == (View.HEAT,)
    assert ui.solo and ui.settings()["views"] == ViewState().views  # a solo is never the layout that is saved
    done(ui, Show(View.GHOST, alone=True))
    assert ui.views == (View.GHOST,) and ui.solo
    done(ui, Show(View.GHOST, alone=True))
    assert ui.views == ViewState().views and not ui.solo


def test_the_plots_come_one_after_the_other_in_the_place_of_the_first() -> None:
    ui, seen = ViewState(cards=(Card.FEATURES, Card.RESIDUAL, Card.NUMBERS)), []
    for _ in PLOTS:
        seen.append(ui.cards[1])
        done(ui, Action.CARD)
        assert ui.cards[0] is Card.FEATURES and ui.cards[2] is Card.NUMBERS
    assert tuple(seen) == PLOTS and ui.cards[1] is Card.RESIDUAL
    two = done(ViewState(cards=(Card.RESIDUAL, Card.SKILL)), Action.CARD)
    assert two.cards == (Card.REGIONS, Card.SKILL)  # none twice
    assert done(ViewState(cards=(Card.NUMBERS,)), Action.CARD).cards == (Card.NUMBERS, Card.RESIDUAL)
    assert done(ViewState(cards=()), Action.CARD).cards == (Card.RESIDUAL,)
    assert done(ViewState(), *[Action.CARD] * len(PLOTS)).cards == PLOTS[-1:]
    assert done(ViewState(), *[Action.CARD] * (len(PLOTS) + 1)).cards == ()


@pytest.mark.parametrize(
    ("action", "name", "every"),
    [
        (Action.STYLE, "style", list(Style)),
        (Action.OVERLAY, "overlay", list(Overlay)),
        (Action.COLORS, "colours", list(ColorMap)),
        (Action.SMOOTH, "smoothing", list(SMOOTHINGS)),
    ],
)
def test_what_is_chosen_in_turn_comes_round(action: Action, name: str, every: list[object]) -> None:
    ui, seen = ViewState(), []
    for _ in every:
        seen.append(getattr(ui, name))
        done(ui, action)
    assert seen == every and getattr(ui, name) == every[0]


def test_the_colour_map_in_turn_is_the_one_that_is_looked_at() -> None:
    ui = done(ViewState(signed=True), Action.COLORS)
    assert (ui.colours, ui.signed_colours) == (ColorMap.EMBER, list(SignedMap)[1])


def test_ranges_stay_within_what_settings_allow() -> None:
    ui = done(ViewState(colour_auto=True, colour_end=3.0), Action.RANGE)
    assert (ui.colour_max, ui.colour_auto) == (3.0, False)  # held where it was
    assert done(ViewState(colour_auto=True, colour_end=3.0), Action.RANGE_MORE).colour_max == 4.0
    ui = done(ViewState(colour_auto=True), *[Action.RANGE_MORE] * 30)
    assert (ui.colour_max, ui.colour_auto) == (RANGES[-1], False)
    done(ui, *[Action.RANGE_LESS] * 30)
    assert ui.colour_max == RANGES[0]
    done(ui, *[Action.EXAGGERATE_MORE] * 30, *[Action.WIPE_RIGHT] * 50)
    assert (ui.exaggeration, ui.wipe) == (5.0, 1.0)
    ViewConfig.model_validate(ui.settings())
    done(ui, *[Action.EXAGGERATE_LESS] * 30, *[Action.WIPE_LEFT] * 50)
    assert (ui.exaggeration, ui.wipe) == (1.0, 0.0)
    ViewConfig.model_validate(ui.settings())


def test_the_window_begins_as_the_settings_say() -> None:
    settings = ViewConfig(views=(View.WIPE, View.HEAT), style=Style.POINTS, smoothing=0.4, panel=False, wipe=0.2)
    ui = ViewState.of(settings, introduces=True)
    assert {name: getattr(ui, name) for name in REMEMBERED} == {name: getattr(settings, name) for name in REMEMBERED}
    assert not ViewState.of(Config().view).panel
    assert ViewState.of(ViewConfig.model_validate(ui.settings()), introduces=True) == ui
