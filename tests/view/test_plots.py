"""The plots over time, judged by their pixels and by what their tooltip says."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from common import with_estimate, with_first
from hypothesis import given, settings
from hypothesis import strategies as st
from imgui_bundle import imgui

from realtime.core.frame_result import FrameResult, SumOfSquares
from realtime.core.status import Status
from realtime.core.types import Pose
from realtime.core.view_options import Card
from realtime.core.view_state import ViewState
from realtime.view.mirror.history import Series
from realtime.view.mirror.model_facts import Caption, ModelFacts
from realtime.view.mirror.plots import legend, value_axis
from realtime.view.mirror.plots.canvas import closed, dashes
from realtime.view.mirror.plots.charts import stack
from realtime.view.mirror.plots.plots import Plotted
from realtime.view.mirror.plots.time_axis import SHORTEST_S, TimeAxis
from realtime.view.mirror.view import MirrorView
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.theme import Color
from realtime.view.screen.offscreen import Offscreen

SIZE = (1280, 720)
PLOTS = (Card.RESIDUAL, Card.SKILL, Card.REGIONS, Card.EMOTIONS, Card.POSE, Card.PARTS, Card.PINS)
Numbers = Callable[[float], dict[str, Any]]


@pytest.fixture(scope="module")
def screen() -> Iterator[Offscreen]:
    with Offscreen(SIZE) as screen:
        yield screen


class Bench:
    """A mirror that is fed with known numbers and looked at."""

    def __init__(self, screen: Offscreen, view: MirrorView, faces: Any, *cards: Card) -> None:
        self.screen, self.view, self.faces = screen, view, faces
        self.ui = ViewState(cards=cards, adjusted=True)

    def feed(self, start_s: float, end_s: float, numbers: Numbers, segment: int = 0) -> None:
        """Frames at 30 a second whose `numbers` follow from their time."""
        for index in range(round(start_s * 30), round(end_s * 30)):
            self.view.history.push(self.frame(index, segment=segment, **numbers(index / 30)))

    def frame(
        self,
        index: int,
        segment: int = 0,
        raw: float | None = 5.0,
        adjusted: float | None = 2.0,
        skill: float = 0.5,
        parts: SumOfSquares | None = None,
        pose: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> FrameResult:
        result = self.faces.result()
        frame = dataclasses.replace(result.frame, stamp_ns=round(index * 1e9 / 30), segment=segment)
        return with_first(
            dataclasses.replace(result, frame=frame),
            aligned=dataclasses.replace(result.aligned, pose=Pose(*np.radians(pose))),
            residual=None if raw is None else self.faces.residual(raw, skill),
            residual_adjusted=None if adjusted is None else self.faces.residual(adjusted, skill),
            parts=parts,
        )

    def look(self) -> np.ndarray:
        """Let the mouse be heard, then draw: imgui takes one event of a kind a frame."""
        for _ in range(4):
            self.view.draw(self.screen.framebuffer, None, Status(), self.ui)
        return self.screen.read().astype(np.int64)

    def shown(self, card: Card) -> Plotted:
        return self.view.plots.shown[card]

    def pixels(self, card: Card, color: Color, slack: int = 24) -> np.ndarray:
        """Where in the plot's area something has a colour, (h, w)."""
        area = self.shown(card).area
        cut = self.look()[area.y : area.bottom, area.x : area.right]
        found: np.ndarray = np.abs(cut - np.array(color.bytes()[:3])).max(axis=-1) <= slack
        return found

    def height(self, card: Card, value: float) -> float:
        """Where a number stands, in pixels from the top of the area."""
        plotted = self.shown(card)
        return (plotted.axis.high - value) / (plotted.axis.high - plotted.axis.low) * plotted.area.h

    def move(self, x: float, y: float) -> None:
        imgui.set_current_context(self.view._imgui.context)
        imgui.get_io().add_mouse_pos_event(x, y)
        self.look()

    def press(self, down: bool) -> None:
        imgui.get_io().add_mouse_button_event(0, down)
        self.look()

    def click(self, rect: Rect) -> None:
        self.move(rect.x + 3, rect.y + rect.h / 2)
        self.press(True)
        self.press(False)

    def place(self, card: Card, ago_s: float) -> tuple[float, float]:
        """The pixel in the middle of a plot's height where a time stands."""
        plotted = self.shown(card)
        start, end = plotted.window_s
        return plotted.area.x + (-ago_s - start) / (end - start) * plotted.area.w, plotted.area.y + plotted.area.h / 2


@pytest.fixture
def bench(screen: Offscreen, faces: Any, model_facts: ModelFacts) -> Iterator[Callable[..., Bench]]:
    made: list[MirrorView] = []

    def make(*cards: Card, models: int = 1) -> Bench:
        facts = [dataclasses.replace(model_facts, caption=Caption(f"model {at}")) for at in range(models)]
        made.append(MirrorView(screen.ctx, SIZE, 1.0, facts))
        return Bench(screen, made[-1], faces, *cards)

    yield make
    for view in made:
        view.close()


@pytest.mark.parametrize("value", [1.3, 5.0, 8.1])
def test_a_curve_stands_at_the_height_of_its_numbers(bench: Any, value: float) -> None:
    b = bench(Card.RESIDUAL, Card.POSE)
    b.feed(0, 10, lambda t: {"raw": value, "pose": (30 * np.sin(t), -20, 0)})
    b.look()
    for card, ink, number in (
        (Card.RESIDUAL, theme.SERIES_RAW, value),
        (Card.RESIDUAL, theme.SERIES_ADJUSTED, 2.0),
        (Card.POSE, theme.SEVEN["cyan"], -20.0),
    ):
        rows, columns = np.nonzero(b.pixels(card, ink)[:, 60:-12])
        assert len(set(columns)) > 0.5 * b.shown(card).area.w
        assert rows.mean() + 0.5 == pytest.approx(b.height(card, number), abs=0.8)
    assert b.shown(Card.RESIDUAL).axis.low == 0 and b.shown(Card.RESIDUAL).axis.high <= 2 * max(value, 6)
    # A sine of 10 s: the curve turns where the sine does.
    found = b.pixels(Card.POSE, theme.SEVEN["yellow"])
    for seconds in (2.0, 3.9, 6.4):
        x = round(b.place(Card.POSE, b.view.history.now_s - seconds)[0]) - b.shown(Card.POSE).area.x
        rows = np.flatnonzero(found[:, x - 1 : x + 2].any(axis=1))
        assert rows.mean() == pytest.approx(b.height(Card.POSE, 30 * np.sin(seconds)), abs=4)


def test_curves_are_smooth(bench: Any) -> None:
    """A steep straight line has shades between its colour and the ground."""
    b = bench(Card.RESIDUAL)
    b.feed(0, 10, lambda t: {"raw": t, "adjusted": None})
    b.look()
    area = b.shown(Card.RESIDUAL).area
    cut = b.look()[area.y : area.bottom, area.x + 40 : area.x + area.w // 2, 0]
    ground, ink = int(np.median(cut)), round(255 * theme.SERIES_RAW.red)
    between = (cut > ground + 0.2 * (ink - ground)) & (cut < ground + 0.8 * (ink - ground))
    assert between.sum() > 40


BANDS = {
    "identity": theme.PART_IDENTITY, "pose": theme.PART_POSE, "emotion": theme.ACCENT,
    "unexplained": theme.SERIES_RAW, "noise": theme.PART_NOISE,
}  # fmt: skip


@pytest.mark.parametrize(
    "parts",
    [
        SumOfSquares(4000, 2000, 3000, 1500, 800),
        SumOfSquares(4000, -2000, 3000, -900, 800),
        SumOfSquares(-3000, 0, 9000, 100, 0),
    ],
)
def test_bands_are_as_high_as_their_parts(bench: Any, parts: SumOfSquares) -> None:
    b = bench(Card.PARTS)
    b.feed(0, 12, lambda t: {"parts": parts})
    b.look()
    above = below = 0.0
    for name, ink in BANDS.items():
        value = getattr(parts, name)
        column = b.pixels(Card.PARTS, ink, 6)[:, b.shown(Card.PARTS).area.w // 2]
        a_pixel = 1 / (b.height(Card.PARTS, 0) - b.height(Card.PARTS, 1))
        assert column.sum() * a_pixel == pytest.approx(abs(value), abs=2.2 * a_pixel), name
        if value > 0:
            lower, above = above, above + value
            middle = lower + value / 2
        elif value < 0:
            lower, below = below, below + value
            middle = lower + value / 2
        if column.any():
            assert np.flatnonzero(column).mean() + 0.5 == pytest.approx(b.height(Card.PARTS, middle), abs=1.6), name


def test_a_stack_is_made_of_sums_on_both_sides_of_zero() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(0, 5, (5, 40)).astype(np.float32)
    edges = {(at, bool(upper.max() > 0)): (lower, upper) for at, lower, upper in stack(values)}
    for slot, positive in itertools.product(range(40), (True, False)):
        total = 0.0
        for at in range(5):
            lower, upper = edges[at, positive]
            assert lower[slot] == pytest.approx(total, abs=1e-4)
            total += max(values[at, slot], 0) if positive else min(values[at, slot], 0)
            assert upper[slot] == pytest.approx(total, abs=1e-4)
    holed = values.copy()
    holed[:, 10:20] = np.nan
    time_step, same = closed(np.arange(40, dtype=np.float32), holed)
    assert same.shape == (5, 42) and time_step[[10, 21]].tolist() == [9.0, 20.0] and (same[:, [10, 21]] == 0).all()


@pytest.mark.parametrize("gap", ["no face", "silence"])
@pytest.mark.parametrize("card", [Card.RESIDUAL, Card.PARTS])
def test_a_gap_stays_open(bench: Any, card: Card, gap: str) -> None:
    b = bench(card)
    ink = theme.SERIES_RAW
    parts = SumOfSquares(0, 0, 0, 4000, 0)
    b.feed(0, 4, lambda t: {"parts": parts})
    if gap == "no face":
        b.feed(4, 6, lambda t: {"raw": None, "adjusted": None})
    b.feed(6, 10, lambda t: {"parts": parts})
    b.look()
    columns = b.pixels(card, ink).any(axis=0)
    left = b.shown(card).area.x
    x = [round(b.place(card, b.view.history.now_s - seconds)[0]) - left for seconds in (1.0, 3.8, 4.2, 5.8, 6.2, 9.0)]
    assert columns[x[0] : x[1]].all() and not columns[x[2] : x[3]].any() and columns[x[4] : x[5]].all()


def test_a_word_of_the_legend_hides_its_curve_and_shows_it_again(bench: Any) -> None:
    b = bench(Card.RESIDUAL, Card.PARTS)
    b.feed(0, 10, lambda t: {"parts": SumOfSquares(4000, 2000, 3000, 1500, 800)})
    b.look()
    for card, series, ink in (
        (Card.RESIDUAL, Series("raw"), theme.SERIES_RAW),
        (Card.PARTS, Series("parts", 0, "pose"), theme.PART_POSE),
    ):
        curves = [curve.series for curve in b.shown(card).chart.curves]
        word = b.shown(card).legend.places[curves.index(series)]
        assert b.pixels(card, ink).sum() > 300
        b.click(word)
        assert not b.pixels(card, ink).any()
        assert b.pixels(card, theme.SERIES_RAW if card is Card.PARTS else theme.SERIES_ADJUSTED).sum() > 300
        b.move(*b.place(card, 4.0))
        assert series.part not in [reading.name for reading in b.view.plots.readout.readings] or not series.part
        b.click(word)
        assert b.pixels(card, ink).sum() > 300


def test_frozen_plots_stand_still_while_data_are_gathered(bench: Any) -> None:
    b = bench(Card.RESIDUAL, Card.PINS)
    b.ui.pins = (61,)
    b.feed(0, 10, lambda t: {"raw": 5.0})
    b.look()
    areas = [panel.frame.inset(2, 2) for panel in b.view.layout.cards]

    def cards() -> list[np.ndarray]:
        image = b.look()
        return [image[area.y : area.bottom, area.x : area.right] for area in areas]

    live = cards()
    b.ui.frozen = True
    held = cards()
    assert all((a != c).any() for a, c in zip(live[:1], held[:1], strict=True))  # it is said that they are held
    b.feed(10, 90, lambda t: {"raw": 9.0})
    for before, after in zip(held, cards(), strict=True):
        np.testing.assert_array_equal(before, after)
    b.move(*b.place(Card.RESIDUAL, 3.0))
    assert {one.name: one.value for one in b.view.plots.readout.readings}["raw"] == 5.0  # the minute did not slide away
    b.ui.frozen = False
    b.look()
    b.move(*b.place(Card.RESIDUAL, 3.0))
    assert {one.name: one.value for one in b.view.plots.readout.readings}["raw"] == 9.0


def test_the_wheel_zooms_about_the_mouse_and_a_double_click_goes_back(bench: Any) -> None:
    b = bench(Card.RESIDUAL, Card.SKILL)
    b.feed(0, 14, lambda t: {"raw": t})
    b.look()
    x, y = b.place(Card.RESIDUAL, 6.0)
    b.move(x, y)
    assert b.shown(Card.SKILL).window_s == (-15.0, 0.0)
    for _ in range(4):
        imgui.get_io().add_mouse_wheel_event(0.0, 1.0)
        b.look()
    start, end = b.shown(Card.RESIDUAL).window_s
    assert end - start == pytest.approx(15 / 1.2**4) and end < 0
    assert b.view.plots.readout.ago_s == pytest.approx(6.0, abs=0.01)
    assert b.shown(Card.SKILL).window_s == (start, end)  # all share the axis
    assert {one.name: one.value for one in b.view.plots.readout.readings}["raw"] == pytest.approx(8.0, abs=0.1)

    b.press(True)
    b.move(x + 40, y)
    b.press(False)
    moved = 40 * (end - start) / b.shown(Card.RESIDUAL).area.w
    assert b.shown(Card.RESIDUAL).window_s == pytest.approx((start - moved, end - moved))
    b.feed(14, 16, lambda t: {"raw": t})  # new frames do not push away what is looked at
    b.look()
    assert b.shown(Card.RESIDUAL).window_s[1] == pytest.approx(end - moved - 2.0, abs=0.01)

    now = [imgui.get_io()]
    now[0].add_mouse_button_event(0, True)
    now[0].add_mouse_button_event(0, False)
    now[0].add_mouse_button_event(0, True)
    now[0].add_mouse_button_event(0, False)
    b.look()
    b.look()
    assert b.shown(Card.RESIDUAL).window_s == (-30.0, 0.0)


def test_the_timeline_stays_within_what_there_is() -> None:
    line, rng = TimeAxis(), np.random.default_rng(4)
    for now in np.arange(60.0, 200.0, 0.5):
        if rng.random() < 0.5:
            line.zoom(float(rng.uniform(0.5, 2)), now - float(rng.uniform(0, 60)), now, 60.0)
        else:
            line.pan(float(rng.uniform(-30, 30)), now, 60.0)
        start, end = line.window(now, 60.0)
        assert now - 60.0 - 1e-9 <= start < end <= now + 1e-9
        assert end - start >= SHORTEST_S - 1e-9
    line.zoom(100.0, 150.0, 200.0, 60.0)
    assert line.whole and line.window(200.0, 60.0) == (140.0, 200.0)
    line.zoom(0.5, 200.0, 200.0, 60.0)  # about the newest frame: it is followed
    assert line.window(210.0, 60.0) == (180.0, 210.0)


def test_the_tooltip_says_each_value_with_its_unit(bench: Any) -> None:
    b = bench(Card.RESIDUAL, Card.POSE, Card.PARTS)
    b.feed(0, 10, lambda t: {"raw": t, "pose": (10, -5, 0), "parts": SumOfSquares(12000, -300, 2000, 100, 0)})
    b.look()
    b.move(*b.place(Card.RESIDUAL, 3.2))
    readout = b.view.plots.readout
    assert readout.card is Card.RESIDUAL and readout.when == "3.2 s ago"
    assert [(one.name, one.text) for one in readout.readings] == [
        ("adjusted", "2.0 %"), ("raw", "6.8 %"), ("mean face", "6.0 %"), ("own neutral", "3.0 %"),
    ]  # fmt: skip
    b.move(*b.place(Card.POSE, 5.0))
    assert [one.text for one in b.view.plots.readout.readings] == ["+10.0°", "−5.0°", "0.0°"]
    b.move(*b.place(Card.PARTS, 5.0))
    assert [one.text for one in b.view.plots.readout.readings] == [
        "12 000 units²", "−300 units²", "2 000 units²", "100 units²", "0 units²", "13 800 units²",
    ]  # fmt: skip
    b.move(*b.place(Card.RESIDUAL, 13.0))  # before there was anything
    assert {one.text for one in b.view.plots.readout.readings} == {"–"}
    b.ui.help = True
    b.look()
    assert b.view.plots.readout is None
    b.ui.help = False
    b.move(20, 20)
    assert b.view.plots.readout is None


def test_the_line_under_the_mouse_goes_through_all_plots(bench: Any) -> None:
    b = bench(Card.RESIDUAL, Card.SKILL, Card.POSE)
    b.feed(0, 10, lambda t: {})
    plain = b.look()
    for card in (Card.RESIDUAL, Card.POSE):
        b.move(*b.place(card, 12.0))  # where no curve is
        change = np.abs(b.look() - plain).max(axis=-1)
        for other in (Card.RESIDUAL, Card.SKILL, Card.POSE):
            area = b.shown(other).area
            x = round(b.place(other, 12.0)[0])
            assert (change[area.y : area.bottom, x - 1 : x + 2].max(axis=1) > 15).mean() > 0.95


def test_a_plot_claims_its_place_and_no_other(bench: Any) -> None:
    b = bench(Card.FEATURES, Card.RESIDUAL, Card.PINS)
    b.feed(0, 3, lambda t: {})
    b.look()
    cards = b.view.layout.cards
    middles = [(card.body.x + card.body.w / 2, card.body.y + card.body.h / 2) for card in cards]
    assert [b.view.plots.claims(*middle) for middle in middles] == [False, True, False]  # nothing is pinned


def test_two_mirrors_draw_their_own_plots(bench: Any) -> None:
    both = bench(Card.RESIDUAL), bench(Card.RESIDUAL)
    for b, value in zip(both, (3.0, 8.0), strict=True):
        b.feed(0, 10, lambda t, value=value: {"raw": value})
    for b, value in (*zip(both, (3.0, 8.0), strict=True),) * 2:
        b.look()
        rows = np.nonzero(b.pixels(Card.RESIDUAL, theme.SERIES_RAW)[:, :-12])[0]
        assert rows.mean() + 0.5 == pytest.approx(b.height(Card.RESIDUAL, value), abs=0.8)


def test_several_models_have_a_curve_for_each(bench: Any) -> None:
    b = bench(Card.RESIDUAL, Card.SKILL, models=3)
    model = b.frame(0).models[0]
    for index in range(300):
        each = tuple(
            dataclasses.replace(model, residual=b.faces.residual(2.0 + 3 * at, 0.2 * at), residual_adjusted=None)
            for at in range(3)
        )
        b.view.history.push(with_estimate(b.frame(index), models=each))
    b.look()
    for at in range(3):
        for card, value in ((Card.RESIDUAL, 2.0 + 3 * at), (Card.SKILL, 0.2 * at)):
            rows = np.nonzero(b.pixels(card, theme.MODELS[at])[:, :-12])[0]
            assert rows.mean() + 0.5 == pytest.approx(b.height(card, value), abs=1.2)
    b.move(*b.place(Card.RESIDUAL, 4.0))
    assert [one.name for one in b.view.plots.readout.readings[:3]] == ["model 0", "model 1", "model 2"]


def test_features_that_are_no_emotions_are_the_strongest_and_keep_their_colours(bench: Any) -> None:
    b = bench(Card.EMOTIONS)
    values = {f"AU{at:02d}": at / 40 for at in range(1, 21)}

    def push(index: int) -> None:
        result = b.frame(index)
        features = dataclasses.replace(result.features, values=values)
        b.view.history.push(with_first(result, features=features))

    for index in range(60):
        push(index)
    b.look()
    before = {c.labels[0]: c.color for c in b.shown(Card.EMOTIONS).chart.curves}
    assert set(before) == {f"AU{at}" for at in range(14, 21)}
    values["AU01"] = 3.0
    for index in range(60, 120):
        push(index)
    b.look()
    after = {c.labels[0]: c.color for c in b.shown(Card.EMOTIONS).chart.curves}
    assert set(before) - set(after) == {"AU14"} and after["AU01"] == before["AU14"]
    assert all(after[name] == before[name] for name in set(before) & set(after))


@pytest.mark.parametrize(
    ("size", "scale", "cards", "panel"),
    [(SIZE, 1.0, 3, False), (SIZE, 1.0, 3, True), (SIZE, 1.0, 4, True), ((1920, 1080), 1.0, 3, False),
     ((2560, 1440), 2.0, 3, True), ((960, 540), 1.0, 3, False)],
)  # fmt: skip
def test_nothing_is_cut_at_any_size(
    faces: Any, model_facts: ModelFacts, size: Any, scale: float, cards: int, panel: bool
) -> None:
    with Offscreen(size, scale) as screen:
        view = MirrorView(screen.ctx, size, scale, [model_facts])
        b = Bench(screen, view, faces)
        b.ui.panel, b.ui.pins = panel, (1, 61, 291, 10, 33, 477)
        b.feed(0, 10, lambda t: {"skill": -0.5, "parts": SumOfSquares(-2000, 100, 45000, 5, 5), "pose": (-30, 0, 9)})
        for start in range(0, len(PLOTS), 3):
            b.ui.cards = (*PLOTS, *PLOTS)[start : start + cards]
            b.look()
            for card, panel_of in zip(b.ui.cards, view.layout.cards, strict=True):
                plotted, body = b.shown(card), panel_of.body
                assert plotted.area.h >= 60 * view.layout.unit and plotted.area.w >= 120 * view.layout.unit
                assert plotted.area.right <= body.right and plotted.area.bottom <= body.bottom
                places = plotted.legend.places
                assert all(a.right <= c.x or c.right <= a.x or a.y != c.y for a, c in itertools.combinations(places, 2))
                imgui.set_current_context(view._imgui.context)
                for word, place in zip(plotted.legend.labels, places, strict=True):
                    assert body.x <= place.x and place.right <= body.right and place.bottom <= plotted.area.y
                    imgui.push_font(view._fonts.regular, round(theme.SIZE_SMALL * view.layout.unit))
                    assert imgui.calc_text_size(word).x <= place.w - 10 * view.layout.unit
                    imgui.pop_font()
        view.close()


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.sampled_from([0.2, 1.0, 2.0, 10.0]), st.integers(2, 6))
@settings(max_examples=300, deadline=None)
def test_an_axis_holds_its_data_in_nice_steps(one: float, other: float, least: float, most: int) -> None:
    low, high = min(one, other, 0.0), max(one, other, 0.0)
    got = value_axis.fit_axis(one if one < other else other, high, least, most)
    slack = 1e-5 * (high - low + 1)
    assert got.low <= low + slack and high - slack <= got.high and got.high - got.low >= least * (1 - 1e-6)
    assert 1 <= len(got.levels) <= most + 1 and 0.0 in got.levels
    digits = f"{got.step:.6e}"
    assert digits[:4] in ("1.00", "2.00", "2.50", "5.00")
    assert got.high - got.low <= 4 * (high - low) + 4 * least  # and most of it is used


def test_an_axis_does_not_flicker() -> None:
    kept, changes = None, 0
    for at in range(400):
        new = value_axis.fit_axis(0.0, 4.9 + 0.3 * np.sin(at), 2.0, 5, kept)
        changes += new != kept
        kept = new
    assert changes <= 2
    assert value_axis.fit_axis(0.0, 1.5, 2.0, 5, kept).high == 2.0  # but it does not stay large for ever


def test_levels_are_written_shortly() -> None:
    assert [value_axis.label(value, 2.5) for value in (0, 2.5, -7.5)] == ["0", "2.5", "−7.5"]
    assert [value_axis.label(value, 0.25) for value in (0.25, 1.0)] == ["0.25", "1.00"]
    assert [value_axis.label(value, 20_000) for value in (-20_000, 60_000)] == ["−20k", "60k"]
    assert [value_axis.label(*of) for of in ((2500, 2500), (0.1, 0.1), (50, 25))] == ["2.5k", "0.1", "50"]


def test_words_flow_into_few_even_rows() -> None:
    assert legend.flow([50] * 4, 10, 230) == [[0, 1, 2, 3]]
    assert legend.flow([50] * 7, 10, 360) == [[0, 1, 2, 3], [4, 5, 6]]
    assert legend.flow([200, 10, 10, 10], 10, 230) == [[0, 1], [2, 3]]
    assert legend.flow([110, 110, 10, 10, 10], 10, 230) == [[0, 1], [2, 3, 4]]
    assert legend.flow([], 10, 100) == []


# Machado, Oliveira & Fernandes 2009: what is seen without one of the three kinds of cones, in linear RGB.
SIGHT = {
    "all": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def _linear(color: Color) -> np.ndarray:
    part = np.array(color[:3])
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def _oklab(rgb: np.ndarray) -> np.ndarray:
    """Ottosson 2020."""
    cones = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
             [0.0883024619, 0.2817188376, 0.6299787005]]  # fmt: skip
    lab = [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099],
           [0.0259040371, 0.7827717662, -0.808675766]]  # fmt: skip
    seen: np.ndarray = np.array(lab) @ np.cbrt(np.array(cones) @ np.clip(rgb, 0, 1))
    return seen


def test_the_seven_colours_are_told_apart_without_any_kind_of_cones() -> None:
    luminance = np.array([0.2126, 0.7152, 0.0722])
    ground = float(_linear(theme.CARD) @ luminance)
    for color in theme.SEVEN.values():
        assert (float(_linear(color) @ luminance) + 0.05) / (ground + 0.05) > 3.9
    for matrix in SIGHT.values():
        seen = [_oklab(np.array(matrix) @ _linear(color)) for color in theme.SEVEN.values()]
        assert min(float(np.linalg.norm(a - c)) for a, c in itertools.combinations(seen, 2)) > 0.09


def test_dashes_have_one_length_whatever_the_rate_and_keep_the_gaps_of_the_curve() -> None:
    for step in (0.01, 0.13, 0.5):
        times = np.arange(0, 10, step)
        drawn_s, drawn = dashes(times, (2 * times).astype(np.float32), 0.6)
        known = np.isfinite(drawn)
        assert drawn[known] == pytest.approx(2 * drawn_s[known], abs=1e-3), "on the curve"
        lengths = [len(list(group)) for on, group in itertools.groupby(known) if on][1:-1]
        assert set(lengths) == {5} and 0.8 < known.mean() < 0.9
    values = np.full(100, 1.0, np.float32)
    values[40:60] = np.nan
    drawn_s, drawn = dashes(np.arange(100) / 10, values, 0.6)
    assert np.isnan(drawn[(drawn_s > 3.95) & (drawn_s < 5.95)]).all()
    assert np.isfinite(drawn[drawn_s < 3.5]).any() and np.isfinite(drawn[drawn_s > 6.5]).any()
