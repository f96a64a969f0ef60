"""The panel of controls, the titles' menus and the line of the wipe, worked with the mouse without a display."""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from common import with_estimate
from hand import OFFERS, Hand
from imgui_bundle import imgui
from recorded import recorded

from realtime.core.commands import CARD_NAMES, SECTIONS, VIEW_NAMES, Action, Choose, PlayRange, Seek, Show, Speed
from realtime.core.frame_result import Disagreement, FrameResult
from realtime.core.neutral import Finding
from realtime.core.status import (
    AnnotationView,
    CalibrationOutcome,
    Choice,
    NeutralReview,
    Notification,
    Offers,
    Playback,
    Status,
    StreamState,
)
from realtime.core.types import Identity, Pose
from realtime.core.view_options import Card, ColorMap, Overlay, SignedMap, Style, View
from realtime.core.view_state import ViewState
from realtime.view.mirror.controls.control_column import control_name
from realtime.view.mirror.controls.control_panel import ITEMS
from realtime.view.mirror.controls.swap import put_card, put_view
from realtime.view.mirror.model_facts import Caption, ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.screen.offscreen import Offscreen

TALL = (800, 3100)  # the whole panel is seen at once
NAMES = ("first", "emotion_to_mesh_pls_v5", "third")
THREE_CARDS = (Card.FEATURES, Card.RESIDUAL, Card.NUMBERS)
COMMANDS = [command for section in SECTIONS.values() for command in section]
CHOSEN = {  # set by something else than a button
    Action.NEXT_SOURCE, Action.NEXT_MODEL, Action.NEXT_EMOTION, Action.POSE, Action.MODEL, Action.STYLE, Action.OVERLAY,
    Action.COLORS, Action.SMOOTH, Action.EXAGGERATE_LESS, Action.EXAGGERATE_MORE, Action.WIPE_LEFT, Action.WIPE_RIGHT,
    Action.RANGE_LESS, Action.RANGE_MORE, Action.SLOWER, Action.FASTER,
}  # fmt: skip
SAVED = (Notification("output", "picture saved: mirror-2024-05-01-12-00-00.png"),)


class Clipboard(Offscreen):
    """A target that has a clipboard."""

    text = ""

    def copy(self, text: str) -> bool:
        self.text = text
        return True

    def paste(self) -> str | None:
        return self.text


def three_models(facts: ModelFacts) -> list[ModelFacts]:
    captions = [Caption(name, "labels repaired" if at == 1 else "") for at, name in enumerate(NAMES)]
    return [dataclasses.replace(facts, caption=caption) for caption in captions]


def three_results(faces: Any) -> FrameResult:
    result = faces.result()
    models = tuple(dataclasses.replace(result.models[0], model=name) for name in NAMES)
    pairs = dict.fromkeys(itertools.combinations(NAMES, 2), 7.0)
    return with_estimate(result, models=models, disagreement=Disagreement(np.full(478, 7.0, np.float32), pairs))


@pytest.fixture(scope="module")
def tall(model_facts: ModelFacts) -> Iterator[tuple[Clipboard, MirrorView]]:
    """Three models, so that nothing is off."""
    with Clipboard(TALL) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, three_models(model_facts), samples=0)
        view.listen(screen)
        view.input.panel.folded.clear()
        yield screen, view
        view.close()


@pytest.fixture
def screen(tall: tuple[Clipboard, MirrorView]) -> Iterator[Clipboard]:
    with tall[0].ctx:  # that of another target may be the current one
        yield tall[0]


@pytest.fixture
def hand(screen: Clipboard, tall: tuple[Clipboard, MirrorView]) -> Iterator[Hand]:
    hand = Hand(*tall)
    yield hand
    while hand.view.input.typing:  # whatever is open is closed for the next one
        hand.press(imgui.Key.escape)


def test_the_panel_has_every_command_and_no_other() -> None:
    assert [name for name in ITEMS if name not in ("Layouts", "Streams")] == list(
        SECTIONS
    )  # of what has no fixed number
    for name, items in ITEMS.items():
        covered = [request for item in items for request in item.requests]
        assert len(covered) == len(set(covered))
        assert set(covered) == {command.request for command in SECTIONS.get(name, ())}, name


def test_no_key_has_two_commands() -> None:
    keys = [key for command in COMMANDS for key in command.keys]
    assert sorted(keys) == sorted(set(keys))


@pytest.fixture
def replaying(hand: Hand, faces: Any) -> Iterator[Hand]:
    """Of a replay of two people with a new neutral, which has every control."""
    hand.status = dataclasses.replace(
        hand.status, playback=PLAYBACK, marks=MARKS, review=review(ROUND), neutral_undo=True
    )
    one = three_results(faces)
    hand.result = dataclasses.replace(one, faces=(one.faces[0], dataclasses.replace(one.faces[0], track_id=9)))
    hand.frame(2)
    yield hand
    hand.view.roster = hand.view._new_roster(hand.view._captions)


def test_one_face_has_no_section_on_several(hand: Hand, faces: Any) -> None:
    hand.result = three_results(faces)
    hand.frame(2)
    assert "fold Several faces" not in hand.view.input.panel.widgets.places
    hand.view.roster = hand.view._new_roster(hand.view._captions)  # the next one begins with the same frame


def test_every_control_shows_its_key_and_says_what_it_does(replaying: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    hand = replaying
    told: list[str] = []
    tell = type(hand.view.input.panel)._draw_tooltip
    monkeypatch.setattr(
        type(hand.view.input.panel),
        "_draw_tooltip",
        lambda self, p, area, tips: (told.extend(text for _, text in tips), tell(self, p, area, tips))[0],
    )
    with recorded(monkeypatch) as words:
        hand.frame()
    caps = [text for layer, text, _ in words.drawn if layer.startswith("##panel")]
    for command in COMMANDS:
        assert command.keys[0] in caps, command
        saying = f"{command.description} ({', '.join(command.keys)})"
        assert any(saying.lower() in text.lower() for text in told), command


@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if c.request not in CHOSEN], ids=lambda c: control_name(c.request)
)
def test_a_button_or_switch_asks_for_its_command_once(replaying: Hand, command: Any) -> None:
    replaying.click(control_name(command.request))
    assert replaying.asked == [command.request]


def test_what_belongs_to_a_replay_is_there_in_a_replay_only(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    def names(status: Status) -> set[str]:
        hand.status = status
        hand.frame(2)
        return set(hand.view.input.panel.widgets.places)

    replay, marks = {"STEP", "speed.0.5", "LOOP", "IN_POINT", "mark 0"}, {"EVENT", "EXCLUDE"}
    assert not names(Status(offers=OFFERS)) & (replay | marks)
    recording = names(Status(offers=OFFERS, recording_s=3.0, marks=MARKS))
    assert marks <= recording and not recording & replay
    assert replay | marks <= names(Status(offers=OFFERS, playback=PLAYBACK, marks=MARKS))
    with recorded(monkeypatch) as words:
        hand.status = Status(source="a session", playback=PLAYBACK)
        hand.frame()
    assert {"Replay of a session", "No annotations."} <= set(words.texts)
    assert "No camera found." not in words.texts


def test_speed_marks_and_the_whole_length_are_asked_for(replaying: Hand) -> None:
    replaying.click("speed.0.25")
    replaying.click("mark 2")
    replaying.click("span")
    assert replaying.asked == [Speed(0.25), Seek(MARKS[2].start_s), PlayRange(0.0, PLAYBACK.duration_s)]


def test_what_was_recorded_and_dropped_is_told(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    def words(dropped: int) -> list[str]:
        streams = (StreamState("frames", 12040, 0), StreamState("camera", 10_000 - dropped, dropped))
        hand.status = Status(offers=OFFERS, recording_s=400.0, streams=streams)
        with recorded(monkeypatch) as found:
            hand.frame(2)
        return found.texts

    calm = words(100)
    assert {"frames", "12,040", "camera", "9,900", "100 dropped"} <= set(calm)
    assert not any(text.startswith("not recorded") for text in calm)  # 1 % of it
    assert "dropped: 1.01 % of camera" in words(101)
    assert not any("dropped" in text for text in words(0))


@pytest.mark.parametrize(
    ("name", "line", "field", "value"),
    [
        ("style", "points", "style", Style.POINTS),
        ("overlay", "residual", "overlay", Overlay.TINT),
        ("colours", "cividis", "colours", ColorMap.CIVIDIS),
        ("signed_colours", "PuOr", "signed_colours", SignedMap.PUOR),
        ("whose", "third", "model", 2),
        ("card0", CARD_NAMES[Card.SKILL], "cards", (Card.SKILL,)),  # no card is shown at first
    ],
)
def test_a_menu_sets_its_setting(hand: Hand, name: str, line: str, field: str, value: Any) -> None:
    set_with_a_menu(hand, name, line, field, value)


@pytest.mark.parametrize(
    ("name", "line", "value"),
    [
        ("card0", CARD_NAMES[Card.SKILL], (Card.SKILL, Card.RESIDUAL, Card.NUMBERS)),
        ("card0", CARD_NAMES[Card.NUMBERS], (Card.NUMBERS, Card.RESIDUAL, Card.FEATURES)),
        ("card1", "none", (Card.FEATURES, Card.NUMBERS)),
        ("card3", CARD_NAMES[Card.POSE], (Card.FEATURES, Card.RESIDUAL, Card.NUMBERS, Card.POSE)),
    ],
)
def test_a_menu_sets_its_slot_of_the_cards(hand: Hand, name: str, line: str, value: tuple[Card, ...]) -> None:
    hand.ui.cards = THREE_CARDS
    hand.frame()
    set_with_a_menu(hand, name, line, "cards", value)


def set_with_a_menu(hand: Hand, name: str, line: str, field: str, value: Any) -> None:
    before = getattr(hand.ui, field)
    hand.click(name)
    assert hand.view.input.typing and getattr(hand.ui, field) == before
    hand.frame()
    hand.click(f"{name}/{line}")
    assert getattr(hand.ui, field) == value != before
    hand.frame(2)
    assert not hand.view.input.typing and hand.asked == []


@pytest.mark.parametrize(
    ("name", "line", "asked"),
    [
        ("source", "1: Second Camera", Choose("source", "1")),
        ("emotion", "py-feat's network", Choose("emotion", "pyfeat")),
        ("models", "au@v6", Choose("models", ("au@v6",))),
    ],
)
def test_a_menu_asks_the_program(hand: Hand, name: str, line: str, asked: Choose) -> None:
    hand.click(name)
    hand.frame()
    hand.click(f"{name}/{line}")
    assert hand.asked == [asked]


def test_marks_put_models_beside_each_other(hand: Hand) -> None:
    def mark(name: str, chosen: tuple[str, ...]) -> list[Any]:
        hand.status = dataclasses.replace(hand.status, offers=dataclasses.replace(OFFERS, chosen_models=chosen))
        hand.asked.clear()
        hand.frame(2)
        line = hand.place(f"models/{name}")
        hand.click(Rect(line.x, line.y, 20, line.h))
        return hand.asked

    hand.click("models")
    one, two, three = ("emotion@built-in",), ("emotion@built-in", "au@v6"), ("emotion@built-in", "au@v6", "emotion@v6")
    assert mark("au@v6", one) == [Choose("models", two)]
    assert mark("emotion@v6", two) == [Choose("models", three)]
    assert mark("blendshape@v6", three) == []  # at most three
    assert mark("au@v6", three) == [Choose("models", ("emotion@built-in", "emotion@v6"))]
    assert mark("emotion@built-in", one) == []  # at least one
    assert hand.view.input.typing  # the menu is still open


@pytest.mark.parametrize("pose", ["live", "zero"])
def test_the_pose_is_asked_for(hand: Hand, pose: str) -> None:
    hand.click(f"pose.{pose}")
    assert hand.asked == [Choose("pose", pose)]
    hand.click("pose.auto")  # as it is already
    assert len(hand.asked) == 1


@pytest.mark.parametrize(
    ("name", "low", "high", "typed"),
    [
        ("exaggeration", 1.0, 5.0, ("2.5", 2.5)),
        ("smoothing", 0.0, 1.0, ("7", 1.0)),
        ("wipe", 0.0, 1.0, ("0.25", 0.25)),
        ("colour_max", 1.0, 40.0, ("64", 64.0)),
    ],
)
def test_a_slider_goes_from_end_to_end_resets_and_is_typed(
    hand: Hand, name: str, low: float, high: float, typed: tuple[str, float]
) -> None:
    hand.ui.colour_auto = True
    delivered = getattr(ViewState(), name)
    track = hand.place(name)
    middle = track.y + track.h / 2
    hand.drag((track.x + track.w / 2, middle), (track.right + 60, middle))
    assert getattr(hand.ui, name) == high
    hand.drag((track.right - 20, middle), (track.x - 60, middle))
    assert getattr(hand.ui, name) == low
    hand.double_click(Rect(track.right - 4, track.y, 2, track.h))
    assert getattr(hand.ui, name) == delivered
    hand.click(f"{name}.number")
    assert hand.view.input.typing
    hand.frame(2)  # the field takes the keys
    hand.write(typed[0])
    hand.press(imgui.Key.enter)
    assert getattr(hand.ui, name) == typed[1]
    assert hand.ui.colour_auto is (name != "colour_max")  # a range that is set is no longer automatic
    assert hand.asked == []


def test_an_address_is_written_pasted_and_entered(hand: Hand) -> None:
    hand.view.input.pressed(*hand.over("address"))
    assert hand.view.input.typing  # from the click on, before any frame
    hand.click("address")
    hand.write("/tmp/a b.mp")
    hand.press(imgui.Key._4)  # a key without its character writes nothing
    hand.write("4")
    assert hand.view.input.typing and hand.asked == []
    hand.press(imgui.Key.enter)
    assert hand.asked == [Choose("source", "/tmp/a b.mp4")]
    hand.frame(4)
    assert not hand.view.input.typing
    hand.screen.text = "rtsp://camera.local/stream"  # type: ignore[attr-defined]
    hand.click("address")
    hand.press(imgui.Key.v, imgui.Key.mod_ctrl)
    hand.press(imgui.Key.enter)
    assert hand.asked[1:] == [Choose("source", "rtsp://camera.local/stream")]
    hand.frame(4)
    hand.click("address")
    hand.press(imgui.Key.enter)
    assert len(hand.asked) == 2  # nothing is no address


def test_the_arrows_choose_in_a_menu_and_escape_leaves_it(hand: Hand) -> None:
    hand.over("style")
    hand.button(True)
    hand.button(False)
    assert hand.view.pending  # the menu is measured first
    hand.move(1, 1)
    hand.frame(3)
    assert hand.view.input.typing and not hand.view.pending  # then it stands still
    hand.press(imgui.Key.down_arrow)
    hand.press(imgui.Key.enter)
    assert hand.ui.style is Style.SHADED
    hand.click("style")
    assert hand.view.input.typing
    hand.press(imgui.Key.escape)
    hand.frame()
    assert not hand.view.input.typing and hand.ui.style is Style.SHADED and hand.asked == []


def test_a_pin_is_taken_away(hand: Hand) -> None:
    hand.ui.pins = (10, 291, 4)
    hand.frame()
    hand.click("pin 291")
    assert hand.ui.pins == (10, 4)


def test_a_section_folds(hand: Hand) -> None:
    hand.click("fold Rendering")
    assert "style" not in hand.view.input.panel.widgets.places and "overlay" in hand.view.input.panel.widgets.places
    hand.click("fold Rendering")
    assert "style" in hand.view.input.panel.widgets.places


def test_what_the_mouse_rests_on_is_told(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    hand.over("CALIBRATE")
    assert hand.view.pending
    end = time.monotonic() + 10
    with recorded(monkeypatch) as words:
        while not (told := [text for layer, text, _ in words.drawn if layer == "##Foreground"]):
            assert time.monotonic() < end
            hand.frame()
    assert told[0].startswith("Calibrate the neutral face")
    assert not hand.view.pending


def test_nothing_to_choose_is_said_and_one_model_has_no_disagreement(
    screen: Clipboard, model_facts: ModelFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
    try:
        hand = Hand(screen, view)
        view.input.panel.folded.clear()
        hand.status = Status(offers=Offers(opening="rtsp://camera"))
        with recorded(monkeypatch) as words:
            hand.frame()
        missing = {"source", "models", "emotion"} & set(view.input.panel.widgets.places)
        assert not missing
        said = ("No camera found.", "No other model found.", "No other emotion source.")
        assert {*said, "opening rtsp://camera …"} <= set(words.texts)
        for disabled in ("whose", "DISAGREE", "ADJUST"):  # not calibrated either
            hand.click(disabled)
        assert hand.asked == [] and not view.input.typing
    finally:
        view.close()


def test_a_personal_model_is_shown_with_its_held_out_score_and_what_it_is_compared_with(
    screen: Clipboard, model_facts: ModelFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    score = "R2 of held-out sessions 0.43; v6 with the own neutral 0.40"
    mine = Caption("mine", "held-out R2 0.43, neutral 0.40", warns=False, held_out=score)
    both = [model_facts, dataclasses.replace(model_facts, caption=mine)]
    view = MirrorView(screen.ctx, screen.size_px, 1.0, both, samples=0)
    try:
        hand = Hand(screen, view)
        view.input.panel.folded.clear()
        choices = tuple(Choice(name, name) for name in ("test model", "mine"))
        hand.status = Status(offers=Offers(models=choices, chosen_models=("test model", "mine")))
        with recorded(monkeypatch) as words:
            hand.frame()
        assert mine.note in words.texts and f"mine: {score}" in " ".join(words.texts)
    finally:
        view.close()


# Titles and the wipe ------------------------------------------------------------------------------------------------


def title(hand: Hand, at: int, *, card: bool = False) -> Rect:
    return (hand.view.layout.cards if card else hand.view.layout.tiles)[at].title


@pytest.mark.parametrize(
    ("line", "views"),
    [
        ("Observed", (View.OBSERVED, View.PREDICTED, View.HEAT)),
        ("Predicted", (View.PREDICTED, View.CAMERA, View.HEAT)),
        ("Solo / restore", (View.CAMERA,)),
        ("Remove", (View.PREDICTED, View.HEAT)),
    ],
)
def test_a_titles_menu_says_what_stands_there(hand: Hand, line: str, views: tuple[View, ...]) -> None:
    hand.click(title(hand, 0))
    hand.frame()
    hand.click(f"##title/{line}")
    assert hand.ui.views == views


def test_the_last_view_cannot_be_removed(hand: Hand) -> None:
    hand.ui.views = (View.OBSERVED,)
    hand.frame()
    hand.click(title(hand, 0))
    hand.frame()
    hand.click("##title/Remove")
    assert hand.ui.views == (View.OBSERVED,) and hand.asked == []


def test_a_cards_menu_puts_another_one_there(hand: Hand) -> None:
    hand.ui.cards = THREE_CARDS
    hand.frame()
    hand.click(title(hand, 1, card=True))
    hand.frame()
    hand.click(f"##title/{CARD_NAMES[Card.PARTS]}")
    assert hand.ui.cards == (Card.FEATURES, Card.PARTS, Card.NUMBERS)
    hand.click(title(hand, 2, card=True))
    hand.frame()
    hand.click("##title/Remove")
    assert hand.ui.cards == (Card.FEATURES, Card.PARTS)


def test_a_dragged_title_swaps_two_of_a_kind(hand: Hand) -> None:
    def middle(at: int, card: bool = False) -> tuple[float, float]:
        box = title(hand, at, card=card)
        return box.x + 20, box.y + box.h / 2

    hand.ui.cards = THREE_CARDS
    hand.frame()
    hand.drag(middle(0), middle(1))
    assert hand.ui.views == (View.PREDICTED, View.CAMERA, View.HEAT)
    hand.drag(middle(2, card=True), middle(0, card=True))
    assert hand.ui.cards == (Card.NUMBERS, Card.RESIDUAL, Card.FEATURES)
    before = hand.ui.views, hand.ui.cards
    hand.drag(middle(0), middle(0, card=True))  # a tile is no card
    hand.drag(middle(0), (3, 3))
    assert (hand.ui.views, hand.ui.cards) == before and not hand.view.input.typing


def test_a_double_click_on_a_title_shows_it_alone_and_back(hand: Hand) -> None:
    hand.double_click(title(hand, 1))
    assert hand.asked == [Show(View.PREDICTED, alone=True)] and hand.ui.views == (View.PREDICTED,)
    hand.frame()
    assert not hand.view.input.typing  # no menu stays open
    hand.double_click(title(hand, 0))
    assert hand.ui.views == (View.CAMERA, View.PREDICTED, View.HEAT)


def test_the_line_of_the_wipe_is_dragged(hand: Hand) -> None:
    hand.ui.views = (View.WIPE, View.CAMERA)
    hand.frame()
    body = hand.view.layout.tiles[0].body
    on_line = body.x + body.w / 2, body.y + body.h / 3
    assert hand.view.input.claims(*on_line) and not hand.view.input.claims(on_line[0] + 40, on_line[1])
    hand.drag(on_line, (body.x + 0.8 * body.w, on_line[1]))
    assert hand.ui.wipe == pytest.approx(0.8, abs=0.005)
    hand.drag((body.x + 0.2 * body.w, on_line[1]), (body.x + 0.4 * body.w, on_line[1]))  # beside the line
    assert hand.ui.wipe == pytest.approx(0.8, abs=0.005)


def test_places_change_as_said() -> None:
    ui = ViewState(cards=THREE_CARDS)
    put_view(ui, View.CAMERA, View.HEAT)
    assert ui.views == (View.HEAT, View.PREDICTED, View.CAMERA)
    put_view(ui, View.PREDICTED, View.PREDICTED)
    assert ui.views == (View.HEAT, View.PREDICTED, View.CAMERA)
    put_card(ui, 3, Card.FEATURES)  # one that is there goes to the end
    assert ui.cards == (Card.RESIDUAL, Card.NUMBERS, Card.FEATURES)
    for _ in range(3):
        put_card(ui, 0, None)
    assert ui.cards == ()


def test_only_the_tiles_are_left_to_drags_and_all_is_claimed_below_help(hand: Hand) -> None:
    hand.ui.cards = THREE_CARDS
    hand.frame()
    hands, layout = hand.view.input, hand.view.layout
    body, panel, said = layout.tiles[1].body, layout.controls, layout.sentence
    assert panel is not None and said is not None
    inside = body.x + body.w / 2, body.y + body.h / 2
    assert not hands.claims(*inside)
    for box in (panel, layout.header, layout.tiles[1].title, said, layout.cards[1].frame):
        assert hands.claims(box.x + box.w / 2, box.y + box.h / 2)
    assert not hands.key("Escape")  # quits
    hand.ui.help = True
    hand.frame()
    assert hands.claims(*inside)
    hand.click("PAUSE")
    hand.click(title(hand, 0))
    assert hand.asked == [] and not hands.typing  # nothing is worked through the help
    assert hands.key("Escape")
    hand.frame()
    assert not hand.ui.help


# Calibration --------------------------------------------------------------------------------------------------------


def accent(image: np.ndarray, rect: Rect) -> int:
    part = image[rect.y : rect.bottom, rect.x : rect.right].astype(int)
    return int((np.abs(part - theme.ACCENT.bytes()[:3]).sum(axis=-1) < 30).sum())


@pytest.fixture
def low(model_facts: ModelFacts) -> Iterator[Hand]:
    """A window with no room below its faces, so that what stands there at other times is over them."""
    with Offscreen((640, 195)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        view.listen(screen)
        hand = Hand(screen, view, panel=False)
        assert view.layout.sentence is None
        yield hand
        view.close()


OUTCOME = "Neutral calibrated: 88 frames, noise 0.4 %"


def test_the_strip_counts_down_and_tells_the_verdict(hand: Hand, faces: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    strip, button = hand.view.layout.sentence, hand.place("CALIBRATE")
    assert strip is not None
    filled, small = [], []
    for progress, left in ((0.0, "3"), (0.25, "3"), (0.5, "2"), (1.0, "1")):
        hand.status = Status(calibrating=progress, rest_s=3.0, offers=OFFERS)
        with recorded(monkeypatch) as words:
            hand.frame()
        said = {text: box for layer, text, box in words.drawn if layer == "##Background" and box.overlap(strip)}
        assert left in said and "Rest your face." in said
        image = hand.screen.read()
        filled.append(accent(image, Rect.between(strip.x, strip.y, said[left].x, strip.bottom)))
        small.append(accent(image, Rect(button.x, button.y, button.w // 3, button.h)))
    assert filled[0] < 10 and small == sorted(small) and small[3] > small[1]
    assert filled[1] == pytest.approx(filled[3] / 4, rel=0.1) and filled[2] == pytest.approx(filled[3] / 2, rel=0.1)
    hand.result = three_results(faces)
    for good, calibrated in ((True, True), (False, True), (False, False)):
        outcome = CalibrationOutcome(good, OUTCOME)
        hand.status = Status(calibration_outcome=outcome, calibrated=calibrated, offers=OFFERS)
        with recorded(monkeypatch) as words:
            hand.frame()
        said = [text for layer, text, box in words.drawn if layer == "##Background" and box.overlap(strip)]
        panel = [text for layer, text, _ in words.drawn if layer.startswith("##panel")]
        assert "Neutral calibrated" in " ".join(said) and "Neutral calibrated" in " ".join(panel)


def test_the_ring_fills_and_the_verdict_is_told_in_a_low_window(low: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    body = low.view.layout.tiles[0].body
    filled = []
    for progress in (0.0, 0.25, 0.5, 1.0):
        low.status = Status(calibrating=progress, calibration_prompts=("relax your face", "relax"), offers=OFFERS)
        with recorded(monkeypatch) as words:
            low.frame()
        assert f"{100 * progress:.0f} %" in words.texts and "relax your face" in words.texts
        filled.append(accent(low.screen.read(), body))
    assert filled[0] < 10
    assert filled[1] == pytest.approx(filled[3] / 4, rel=0.1) and filled[2] == pytest.approx(filled[3] / 2, rel=0.1)
    for good in (True, False):
        low.status = Status(calibration_outcome=CalibrationOutcome(good, OUTCOME), offers=OFFERS)
        with recorded(monkeypatch) as words:
            low.frame()
        tile = [text for layer, text, _ in words.drawn if layer == "##Background"]
        assert "Neutral calibrated" in " ".join(tile)
        assert accent(low.screen.read(), body) < 10


@pytest.mark.parametrize("where", ["strip", "tile"])
def test_the_directions_still_to_look_in_are_shown(
    request: pytest.FixtureRequest, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand: Hand = request.getfixturevalue({"strip": "hand", "tile": "low"}[where])
    place = hand.view.layout.sentence or hand.view.layout.tiles[0].body

    def of_color(color: theme.Color) -> np.ndarray:
        """(n, 2) rows and columns of the pixels of a colour."""
        part = hand.screen.read()[place.y : place.bottom, place.x : place.right].astype(int)
        return np.argwhere(np.abs(part - color.bytes()[:3]).sum(axis=-1) < 20)

    for missing in (("up", "down", "left", "right"), ("left",), ()):
        hand.status = Status(
            calibrating=0.0, calibration_missing=missing, calibration_prompts=("look that way", "look"), offers=OFFERS
        )
        with recorded(monkeypatch) as words:
            hand.frame()
        assert {"strip": "Look that way.", "tile": "look that way"}[where] in words.texts
        if where == "strip":
            assert f"Look {', '.join(missing)}".strip() in " ".join(words.texts), "in the panel"
        ahead, done = of_color(theme.ACCENT), of_color(theme.GOOD)
        assert (len(ahead) > 20) == bool(missing) and (len(done) > 20) == (len(missing) < 4)
        if missing == ("left",):
            assert ahead[:, 1].max() < done[:, 1].min(), "left of the subject, who looks at the screen"


FINDINGS = (
    Finding("smile", "smile: the corners of the mouth show 0.90 of a full one, limit 0.5", 0.9, 0.5, "full smiles"),
    Finding("talking", "talking: the lips opened and closed by 5.2 %, limit 3 %", 5.2, 3.0, "%"),
)


def review(
    mesh: np.ndarray, findings: tuple[Finding, ...] = FINDINGS, left: int | None = None, before: bool = True
) -> NeutralReview:
    neutral = Identity(np.zeros_like(mesh), mesh, 0.31, 90, 1.2, 3.0, Pose(-0.1, 0.05, 0.0))
    return NeutralReview(neutral, neutral if before else None, findings, left)


def test_a_new_neutral_is_accepted_or_made_again_in_the_strip_and_escape_discards_it(
    hand: Hand, mean_mesh: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    strip = hand.view.layout.sentence
    assert strip is not None
    buttons = {"Use it": Action.ACCEPT_NEUTRAL, "Again": Action.CALIBRATE}
    for findings, asked in (((), "Is this your face at rest?"), (FINDINGS, "That looks like a smile.")):
        hand.status = dataclasses.replace(hand.status, review=review(mean_mesh, findings))
        with recorded(monkeypatch) as words:
            hand.frame()
        said = {text: box for layer, text, box in words.drawn if layer == "##Background" and box.overlap(strip)}
        assert asked in said
        panel = " ".join(text for layer, text, _ in words.drawn if layer.startswith("##panel"))
        assert all(finding.name in panel for finding in findings) and ("at rest" in panel)
        for label, action in buttons.items():
            hand.asked.clear()
            hand.click(said[label])
            assert hand.asked == [action] and hand.ui.pins == ()
    hand.asked.clear()
    assert hand.view.input.key("Escape")
    hand.frame()
    assert hand.asked == [Action.DISCARD_NEUTRAL]
    hand.status = dataclasses.replace(hand.status, review=None)
    hand.frame()
    assert not hand.view.input.key("Escape")


def test_a_new_neutral_is_accepted_or_discarded_over_the_tiles_of_a_low_window(
    low: Hand, mean_mesh: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    low.status = dataclasses.replace(low.status, review=review(mean_mesh))
    with recorded(monkeypatch) as words:
        low.frame()
    drawn = " ".join(text for layer, text, _ in words.drawn if layer == "##Background")
    assert "waits for you" in drawn and all(finding.text[:24] in drawn for finding in FINDINGS)
    (card,) = low.view.input.covered
    row = card.bottom - 0.08 * card.w
    for at, action in ((0.25, Action.ACCEPT_NEUTRAL), (0.75, Action.DISCARD_NEUTRAL)):
        low.asked.clear()
        low.click(Rect(round(card.x + at * card.w) - 2, round(row) - 2, 4, 4))
        assert low.asked == [action] and low.ui.pins == ()
    assert low.view.input.claims(card.x + card.w / 2, card.y + 5), "a drag on the card orbits no face"
    low.asked.clear()
    assert low.view.input.key("Escape")
    low.frame()
    assert low.asked == [Action.DISCARD_NEUTRAL]
    low.status = dataclasses.replace(low.status, review=review(mean_mesh, (), 4, before=False))
    with recorded(monkeypatch) as words:
        low.frame()
    assert {"accepted in 4 s", "at rest: nothing was found"} <= set(words.texts)
    low.status = dataclasses.replace(low.status, review=None)
    low.frame()
    assert low.view.input.covered == () and not low.view.input.key("Escape")


def test_the_person_is_chosen_among_those_whose_neutral_is_kept(hand: Hand) -> None:
    people = (Choice("", "not named"), Choice("Anna", "Anna"), Choice("Björn", "Björn"))
    hand.status = dataclasses.replace(hand.status, offers=dataclasses.replace(OFFERS, people=people, person="Anna"))
    hand.frame()
    hand.click("person")
    hand.frame(3)
    hand.click("person/Björn")
    assert hand.asked == [Choose("person", "Björn")]
    hand.asked.clear()
    hand.click("name")
    assert hand.view.input.typing
    hand.write("Ben")
    hand.press(imgui.Key.enter)
    assert hand.asked == [Choose("person", "Ben")]


PLAYBACK = Playback(12.43, 80.0, 372, 2400, False, 0.5, True, 4.0, 60.0, "recomputed with au@v6")
MARKS = (
    AnnotationView("event", 3.2, 3.2, "smile"),
    AnnotationView("exclude", 20.0, 31.5, "somebody else walks through the picture and back again"),
    AnnotationView("event", 50.0, 50.0),
    AnnotationView("exclude", 70.0, 72.0, open=True),
)
STREAMS = (StreamState("frames", 1204, 0), StreamState("camera", 1100, 104), StreamState("view", 600, 60))

# Words --------------------------------------------------------------------------------------------------------------

LONG = "rtsp://camera-of-the-laboratory.example.org:8554/streams/second-room/very-long-name-of-a-stream?quality=high"
LONG_OFFERS = dataclasses.replace(OFFERS, sources=(Choice(LONG, LONG),), source=LONG)
CALIBRATED = CalibrationOutcome(True, "Neutral calibrated from 88 frames, noise 0.4 %")
FACTS = ("Anna, 2026-11-28 20:58", "21 frames in 0.8 s, noise 0.27 %")
NAMED = dataclasses.replace(OFFERS, people=(Choice("", "not named"), Choice("Anna", "Anna")), person="Anna")
ROUND = np.random.default_rng(5).normal(size=(478, 3)).astype(np.float32)
NOT_CALIBRATED = CalibrationOutcome(False, "Calibration failed: too much motion, 14 of 90 frames at rest")
STATES: dict[str, tuple[Status, dict[str, Any]]] = {
    "at rest": (Status(source="single_face.mp4", offers=OFFERS, calibrated=True, fps=29.9, latency_ms=41.0), {}),
    "calibrating": (Status(calibrating=0.4, offers=OFFERS), {}),
    "calibrated": (
        Status(calibrated=True, offers=OFFERS, calibration_outcome=CALIBRATED),
        {},
    ),
    "new neutral": (
        Status(calibrated=True, offers=NAMED, neutral_undo=True, neutral_facts=FACTS, review=review(ROUND)),
        {},
    ),
    "not at rest": (
        Status(
            calibrated=True, offers=NAMED, neutral_facts=FACTS, neutral_findings="not at rest: closed eyes, head turned"
        ),
        {},
    ),
    "not calibrated": (
        Status(offers=OFFERS, calibration_outcome=NOT_CALIBRATED),
        {},
    ),
    "lost": (
        Status(source=LONG, source_state="lost", source_note="retry in 2 s", offers=LONG_OFFERS, recording_s=754.0),
        {"views": tuple(View)[:6]},
    ),
    "much to tell": (
        Status(
            source="camera 0 (HD Webcam)", offers=dataclasses.replace(OFFERS, opening=LONG), skipped=1234, paused=True,
            fps=29.97, latency_ms=140.0, latency_p95_ms=1290.0, notifications=SAVED,
            emotion_source="inverse", emotion_note="py-feat's network answers no more",
        ),
        {"pins": (10, 291, 4, 477, 33, 263)},
    ),
    "replay": (Status(source="a session", playback=PLAYBACK, marks=MARKS, offers=OFFERS, fps=30.0), {}),
    "appearance": (Status(offers=OFFERS, emotion_source="appearance"), {}),
    "recording": (Status(offers=OFFERS, recording_s=40.0, streams=STREAMS, marks=MARKS, calibrated=True), {}),
    "help": (Status(offers=OFFERS), {"help": True}),
}  # fmt: skip
SIZES = [((1280, 720), 1.0), ((1920, 1080), 1.0), ((2560, 1440), 2.0)]


@pytest.mark.parametrize(("size", "scale"), SIZES)
@pytest.mark.parametrize("models", [1, 3])
def test_words_are_whole_and_apart(
    faces: Any,
    model_facts: ModelFacts,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    scale: float,
    models: int,
) -> None:
    result = faces.result() if models == 1 else three_results(faces)
    facts = [model_facts] if models == 1 else three_models(model_facts)
    faults = []
    with Offscreen(size, scale) as screen:
        view = MirrorView(screen.ctx, size, scale, facts, samples=0)
        every = list(ITEMS)
        for (name, (status, changes)), panel in itertools.product(STATES.items(), (False, True)):
            # All sections are too high for one window.
            parts = [every[6:], every[:6] + every[8:], every[:8]]
            parts = parts if name == "at rest" else [every[:1] + every[4:]] if name == "replay" else parts[:1]
            for folded in parts if panel else ((),):
                view.input.panel.folded = set(folded)
                ui = ViewState(**{"panel": panel, "adjusted": panel, **changes})
                with recorded(monkeypatch) as words:
                    view.draw(screen.framebuffer, None if name == "lost" else result, status, ui)
                faults += [f"{name}, panel {panel}, folded {folded}: {fault}" for fault in words.faults(size)]
                assert len(words.drawn) > 20
        view.close()
    assert not faults, "\n".join(dict.fromkeys(faults))


@pytest.mark.parametrize(
    ("size", "scale"),
    [*SIZES, ((960, 540), 1.0), ((640, 360), 1.0), ((700, 900), 1.0), ((480, 320), 1.0), ((360, 240), 1.0)],
)
def test_the_help_is_whole_in_every_window_if_need_be_on_pages(
    model_facts: ModelFacts, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], scale: float
) -> None:
    texts: list[str] = []
    with Offscreen(size, scale) as screen:
        view = MirrorView(screen.ctx, size, scale, [model_facts], samples=0)

        def page(*keys: imgui.Key) -> list[str]:
            for key in keys:
                for down in (True, False):
                    imgui.get_io().add_key_event(key, down)
            with recorded(monkeypatch) as words:
                view.draw(screen.framebuffer, None, Status(), ViewState(help=True))
                view.draw(screen.framebuffer, None, Status(), ViewState(help=True))
            of_help = words.drawn[len(words.drawn) // 2 :]  # a key that is down is one frame late
            words.drawn = [one for one in of_help if one[0] == "##Foreground"]
            words.cut = [text for text in words.cut if text in words.texts]
            assert not words.faults(size)
            return words.texts

        pages = [page()]
        while (further := page(imgui.Key.right_arrow)) != pages[-1]:
            pages.append(further)
        assert page(imgui.Key.left_arrow) == pages[max(0, len(pages) - 2)]
        view.close()
    assert (len(pages) > 1) == (min(size) <= 400 * scale)
    texts = [text for shown in pages for text in shown]
    assert all(command.description in texts for command in COMMANDS if not getattr(command.request, "alone", False))
    assert "show only that view; again: restore" in texts


def test_the_check_sees_what_is_cut_what_is_outside_and_what_overlaps(
    model_facts: ModelFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Offscreen((420, 300)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        with recorded(monkeypatch) as words:
            p = view._begin_text()
            p.text("a whole text", Rect(20, 20, 300, 20))
            p.text("one without room", Rect(20, 60, 40, 20))
            p.text("one that lies on it", Rect(40, 22, 300, 20))
            p.text("one that leaves the window", Rect(400, 100, 300, 20))
            view._imgui.end()
        view.close()
    assert words.faults(screen.size_px) == [
        "cut: one without room",
        "on each other: one that lies on it | a whole text",
        "outside: one that leaves the window",
    ]


@pytest.mark.parametrize("width", [640, 700, 800, 900, 1000, 1280])
def test_nothing_overlaps_in_the_header_of_a_narrow_window(
    model_facts: ModelFacts, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    status, _ = STATES["much to tell"]
    with Offscreen((width, 420)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        with recorded(monkeypatch) as words:
            view.draw(screen.framebuffer, None, status, ViewState())
        bottom = view.layout.header.bottom
        view.close()
    words.drawn = [one for one in words.drawn if one[2].bottom <= bottom]
    words.cut = [text for text in words.cut if text in words.texts]
    assert not words.faults((width, 420)) and "?" in words.texts and "Panel" in words.texts


def test_the_names_are_those_of_every_view_and_card() -> None:
    assert set(VIEW_NAMES) == set(View) and set(CARD_NAMES) == set(Card)


@pytest.mark.parametrize("size", [(1, 1), (40, 30), (300, 200)])
def test_a_window_of_no_use_is_survived(model_facts: ModelFacts, faces: Any, size: tuple[int, int]) -> None:
    with Offscreen(size) as screen:
        view = MirrorView(screen.ctx, size, 1.0, [model_facts], samples=0)
        hand = Hand(screen, view, faces.result())
        for menu_open in (False, True):
            for status, changes in STATES.values():
                hand.status, hand.ui = status, ViewState(**{"panel": True, **changes})
                hand.frame()
            if not menu_open:
                hand.ui = ViewState(panel=True)
                hand.frame()
                hand.click(title(hand, 0))
        view.close()
