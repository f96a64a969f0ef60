"""The strip of the sentence: what it draws in every state and size, that all of it can be read, and its buttons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest
from recorded import recorded
from strip_states import every_state

from realtime.core.commands import Action
from realtime.core.status import Status
from realtime.core.types import ByteArray
from realtime.core.view_state import ViewState
from realtime.view.gl.imgui_renderer import ImguiRenderer
from realtime.view.mirror.headline import Headline
from realtime.view.mirror.label_row import Label, place_labels
from realtime.view.mirror.sentence import Places, Size, draw_sentence
from realtime.view.mirror.share_bar import Scale
from realtime.view.paint import theme
from realtime.view.paint.layout import SMALLEST_UNIT, Rect
from realtime.view.paint.painter import Fonts, Painter
from realtime.view.screen.offscreen import Offscreen

SIZE = (2600, 700)
STATES = every_state()


class Strip:
    """A place to draw a strip in."""

    def __init__(self) -> None:
        self.screen = Offscreen(SIZE)
        self._imgui = ImguiRenderer(self.screen.ctx)
        self._fonts = Fonts.load()
        self.ui = ViewState()

    @contextmanager
    def painter(self, unit: float) -> Iterator[Painter]:
        self.screen.framebuffer.use()
        self.screen.framebuffer.clear(*theme.CARD[:3], 1.0)
        self._imgui.begin(SIZE, 0.03)
        yield Painter(self._fonts, unit)
        self._imgui.end()

    def draw(self, rect: Rect, headline: Headline, status: Status, size: Size, unit: float = 1.0) -> Places:
        with self.painter(unit) as p:
            return draw_sentence(p, rect, headline, status, self.ui, size)

    def picture(self) -> ByteArray:
        return self.screen.read()

    def close(self) -> None:
        self._imgui.close()
        self.screen.close()


@pytest.fixture(scope="module")
def strip() -> Iterator[Strip]:
    made = Strip()
    yield made
    made.close()


def rects(size: Size, rng: np.random.Generator) -> Iterator[tuple[Rect, float]]:
    """Rectangles of widths from 200 to 2560 pixels, with the units that windows of such a width have."""
    for width in sorted([*rng.integers(200, 2561, 12).tolist(), 200, 448, 608, 1248, 1888, 2528]):
        for scale in (1.0, 2.0) if width > 1200 else (1.0,):
            unit = max(width / 1248 * rng.uniform(0.6, 1.0), SMALLEST_UNIT * scale)
            high = {"full": (60, 120), "stage": (90, 200), "small": (24, 70)}[size]
            yield Rect(20, 20, width, round(unit * rng.uniform(*high))), unit


@pytest.mark.parametrize("size", ["full", "stage", "small"])
@pytest.mark.parametrize("name", STATES)
def test_no_text_is_cut_or_lies_on_another_or_leaves_the_strip(
    strip: Strip, name: str, size: Size, monkeypatch: pytest.MonkeyPatch
) -> None:
    headline, status = STATES[name]
    rng = np.random.default_rng(len(name))
    for rect, unit in rects(size, rng):
        with recorded(monkeypatch) as words:
            places = strip.draw(rect, headline, status, size, unit)
        faults = words.faults(SIZE)
        boxes = [box for _, _, box in words.drawn] + list(places.values())
        faults += [
            f"outside: {box}"
            for box in boxes
            if box.x < rect.x or box.right > rect.right + 1 or box.y < rect.y - 1 or box.bottom > rect.bottom + 1
        ]
        named = list(places.items())
        for at, (one, box) in enumerate(named):
            for other, over in named[:at]:
                apart = box.right <= over.x or over.right <= box.x or box.bottom <= over.y or over.bottom <= box.y
                if not apart:
                    faults.append(f"{one} on {other}")
        assert not faults, (rect, unit, faults)
        assert words.drawn, (rect, "nothing was said")


@pytest.mark.parametrize("name", STATES)
def test_a_window_of_1280_says_the_long_sentence_and_all_labels(
    strip: Strip, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    headline, status = STATES[name]
    with recorded(monkeypatch) as words:
        places = strip.draw(Rect(16, 20, 1248, 94), headline, status, "full")
    assert headline.text in "".join(words.texts)
    if headline.shares and name != "all close":
        shares = headline.shares[0]
        assert shares is not None
        wanted = {"floor", "noise"} | (set() if shares.fitted else {"delivered"})
        wanted |= {"with_gain"} if shares.with_gain is not None and not shares.fitted else set()
        wanted |= {"rest"} if shares.delivered > 0.1 else set()  # else the label of this one is nearer
        assert wanted <= set(places)


def test_where_there_is_no_room_for_all_labels_the_headline_s_own_stays(strip: Strip) -> None:
    headline, status = STATES["all close"]
    places = strip.draw(Rect(16, 20, 1248, 94), headline, status, "full")
    assert "with_gain" in places and "noise" not in places


def test_the_stage_is_as_large_as_its_rectangle(strip: Strip, monkeypatch: pytest.MonkeyPatch) -> None:
    headline, status = STATES["the number"]
    for height in (100, 200):
        with recorded(monkeypatch):
            places = strip.draw(Rect(0, 0, 2500, height), headline, status, "stage")
        assert places["sentence"].w > 4.5 * height
        assert places["sentence"].h == round(36 * height / 94)


# The bar --------------------------------------------------------------------------------------------------------------


def along(picture: ByteArray, places: Sequence[float], y: int) -> list[tuple[int, ...]]:
    return [tuple(int(part) for part in picture[y, round(x)]) for x in places]


def near(one: tuple[int, ...], color: theme.Color) -> bool:
    return max(abs(a - b) for a, b in zip(one, color.bytes()[:3], strict=True)) <= 3


def test_the_bar_carries_delivered_floor_and_what_is_below_zero(strip: Strip) -> None:
    bar = Rect(32, 70, 1216, 12)
    scale, middle = Scale.of(bar), 76
    assert (scale.x(0.0), scale.x(1.0)) == (32 + 64, 1248)
    assert scale.x(-0.1) == pytest.approx(32 + 32)
    assert scale.x(-3.0) == 32
    headline, status = STATES["the number"]  # 31 % delivered, 38 % with gain, floor 62 %, noise 3 %
    strip.draw(Rect(16, 20, 1248, 94), headline, status, "full")
    inside, floor, track = along(strip.picture(), [scale.x(share) for share in (0.2, 0.55, 0.8)], middle)
    assert near(inside, theme.ACCENT)
    assert near(track, theme.TRACK)
    assert not near(floor, theme.TRACK) and not near(floor, theme.ACCENT)
    headline, status = STATES["delivered below zero"]
    strip.draw(Rect(16, 20, 1248, 94), headline, status, "full")
    [below] = along(strip.picture(), [scale.x(-0.1)], middle)
    assert near(below, theme.WARN)


def test_fitted_features_have_no_solid_part(strip: Strip) -> None:
    headline, status = STATES["floor only"]
    strip.draw(Rect(16, 20, 1248, 94), headline, status, "full")
    [inside] = along(strip.picture(), [Scale.of(Rect(32, 70, 1216, 12)).x(0.2)], 76)
    assert not near(inside, theme.ACCENT)


def test_labels_stay_at_their_ticks_and_apart() -> None:
    rng = np.random.default_rng(7)
    dropped = 0
    for _ in range(2000):
        right = int(rng.integers(100, 2000))
        labels = [
            Label(float(rng.uniform(0, right)), (int(rng.integers(60, 200)), int(rng.integers(30, 60))), rng.uniform())
            for _ in range(4)
        ]
        places = place_labels(labels, 0, right, 14, 60)
        boxes = sorted(
            (place.left, place.left + label.widths[place.wording])
            for label, place in zip(labels, places, strict=True)
            if place is not None
        )
        assert all(end + 14 <= start for (_, end), (start, _) in pairwise(boxes))
        assert all(start >= 0 and end <= right for start, end in boxes)
        for label, place in zip(labels, places, strict=True):
            if place is not None:
                assert place.left - 60 <= label.tick <= place.left + label.widths[place.wording] + 60
        assert places[0] is not None, "the most important one has a place"
        dropped += places.count(None)
    assert 0 < dropped < 2000


# Buttons --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("not calibrated", ["CALIBRATE"]),
        ("review", ["ACCEPT_NEUTRAL", "CALIBRATE"]),
        ("smile", ["CALIBRATE", "ACCEPT_NEUTRAL"]),
        ("failed", ["CALIBRATE"]),
    ],
)
def test_the_buttons_request_what_their_keys_request(
    strip: Strip, name: str, actions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    headline, status = STATES[name]
    rect = Rect(16, 20, 1248, 94)
    places = strip.draw(rect, headline, status, "full")
    for action in actions:
        clicked: list[Action] = []
        with monkeypatch.context() as patch:
            patch.setattr(Painter, "clicked", lambda self, box, here=places[action]: box == here)
            strip.draw(rect, headline, status, "full")
            clicked, strip.ui.actions = strip.ui.actions, []  # type: ignore[assignment]
        assert clicked == [Action[action]]
    strip.ui.help = True
    with monkeypatch.context() as patch:
        patch.setattr(Painter, "clicked", lambda self, box: True)
        strip.draw(rect, headline, status, "full")
    strip.ui.help = False
    assert strip.ui.actions == []
