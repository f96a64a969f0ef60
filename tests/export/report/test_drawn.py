"""What the drawings of reports show: marks stand at their values, and the colours of a face mean what they say."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from compared import compared, frame_off
from face_pixels import near, pixels

from realtime.core.compare_scores import CumulativeCurve, Interval
from realtime.export.report.compare.common import interval_text, scored, skill_of
from realtime.export.report.compare.face_data import face_data
from realtime.export.report.compare.models_section import difference_sentence, models_section
from realtime.export.report.compare.spread_section import beside, course
from realtime.export.report.compare.stored_faces import stored_faces
from realtime.export.report.compare.time_plot import _binned
from realtime.export.report.dot_chart import Axis, DotMark, DotRow, dot_chart
from realtime.export.report.palette import INWARDS, OUTWARDS, PLASTER, signed_ramp
from realtime.export.report.series_chart import Plane, Series, series_chart
from realtime.export.report.svg import Scale, text_width
from realtime.export.report.waterfall_chart import WaterfallBar, waterfall_chart


def elements(svg, kind, style=""):
    return [one for one in ElementTree.fromstring(svg).iter(kind) if style in one.get("class", "")]


def line_of(marks):
    """From places on the page to values, by the texts of the ticks at their places."""
    places, values = np.array(sorted(marks.items())).T
    slope, start = np.polyfit(places, values, 1)
    assert len(marks) > 2 and np.allclose(places * slope + start, values, atol=0.01)
    return lambda place: float(place) * slope + start


def ticks_of(svg, axis, anchor):
    """Place -> value of the texts that are numbers alone."""
    found = {}
    for one in elements(svg, "text", "t-muted"):
        if one.get("text-anchor") == anchor and re.fullmatch(r"−?[\d.]+", one.text or ""):
            found[float(one.get(axis))] = float(one.text.replace("−", "-"))
    return found


def test_a_scale_runs_from_its_start_to_its_end():
    scale = Scale(-1.0, 3.0, 100.0, 500.0)
    assert [scale(value) for value in (-1.0, 0.0, 3.0, -9.0, 9.0)] == [100.0, 200.0, 500.0, 100.0, 500.0]
    assert [scale.outside(value) for value in (-1.1, -1.0, 3.0, 3.1)] == [-1, 0, 0, 1]
    up = Scale(0.0, 1.0, 300.0, 100.0)
    assert up(0.25) == 250.0


def test_dots_intervals_and_ticks_stand_at_their_values():
    row = DotRow("one", 0.35, "0.35", 0.1, 0.55, ticks=(0.2, 0.45), chance=(-0.1, 0.05),
                 marks=(DotMark(0.7, "gain", "bar"), DotMark(1.9, "floor")))  # fmt: skip
    for svg in dot_chart("", Axis("Skill", "Skill", -0.25, 1.0), [row]):
        value = line_of(ticks_of(svg, "x", "middle"))
        (dot,) = elements(svg, "circle", "f-delivered")
        (interval,) = elements(svg, "line", "s-delivered")
        (chance,), (bar,) = elements(svg, "rect", "f-chance"), elements(svg, "rect", "f-gain")
        assert value(dot.get("cx")) == pytest.approx(0.35, abs=0.01)
        assert [value(interval.get(end)) for end in ("x1", "x2")] == pytest.approx([0.1, 0.55], abs=0.01)
        ticks = [value(one.get("x1")) for one in elements(svg, "line", "s-tick-delivered")]
        assert ticks == pytest.approx([0.2, 0.45], abs=0.01)
        start = float(chance.get("x"))
        assert value(start) == pytest.approx(-0.1, abs=0.01)
        assert value(start + float(chance.get("width"))) == pytest.approx(0.05, abs=0.01)
        assert value(float(bar.get("x")) + 1.5) == pytest.approx(0.7, abs=0.01)
        (arrow,) = elements(svg, "path", "f-floor")  # beyond the axis: at its end, pointing out
        x = [float(one) for one in re.findall(r"[ML]([\d.]+)", arrow.get("d"))]
        assert value(x[0]) == pytest.approx(1.0, abs=0.01) and x[2] > x[0]


def test_a_number_and_its_note_have_room_and_an_interval_beyond_the_axis_ends_in_an_arrow():
    row = DotRow("one", -0.57, "−0.57", -3.03, 0.2, note="−3.03 to 0.20 (75 %)")
    wide, narrow = dot_chart("", Axis("Skill", "Skill", -1.0, 1.0), [row])
    (number,) = elements(wide, "text", "t-strong")
    note = next(one for one in elements(wide, "text", "t-muted") if one.text == row.note)
    assert note.get("text-anchor") == number.get("text-anchor") == "end"
    assert float(number.get("x")) < float(note.get("x")) - text_width(row.note)
    last = max(ticks_of(wide, "x", "middle"))
    assert last + 5 < float(number.get("x")) - text_width(row.text)
    for svg in (wide, narrow):
        (arrow,) = elements(svg, "path", "f-delivered")
        tip = float(arrow.get("d").rpartition("L")[2].split()[0])
        assert tip < min(float(one.get("x1")) for one in elements(svg, "line", "s-delivered"))


def test_a_difference_is_on_its_axis_however_large(report):
    far = Interval(low=-1.5, high=-0.9, draws=2000, over="people")
    one = report.differences[0].model_copy(update={"skill": -1.16, "interval": far, "recordings": {}})
    figure = models_section(report.model_copy(update={"differences": (one,)})).blocks[0]
    for svg in figure.charts:
        assert len(elements(svg, "circle")) == 1 and elements(svg, "path", "f-delivered") == []


def test_lines_are_compared_over_their_whole_length():
    def curve(*frames):
        return CumulativeCurve(bin_percent=0.01, frames=frames, limit=30.0, area=0.9, failure_above=8.0,
                               failure_rate=0.0)  # fmt: skip

    assert beside(curve(50, 50), curve(50, 50)) == "the dashed line is as good"
    assert beside(curve(90, 10), curve(10, 90)) == "the whole line is better than the dashed one"
    assert beside(curve(10, 40, 50), curve(90, 10)) == "the dashed line is better over its whole length"
    assert beside(curve(40, 0, 60), curve(10, 90)).startswith("the lines cross")


def test_a_line_goes_through_its_points_and_is_broken_where_there_are_none():
    y = [1.0, 3.0, np.nan, 2.0, 4.0]
    for svg in series_chart("", Plane((0.0, 4.0), (0.0, 5.0), "x", "y"), [Series("a", "gain", range(5), y)]):
        right, up = line_of(ticks_of(svg, "x", "middle")), line_of(ticks_of(svg, "y", "end"))
        runs = [re.findall(r"([\d.]+) ([\d.]+)", one.get("d")) for one in elements(svg, "path", "s-gain")]
        points = [[(right(a), up(float(b) + 4)) for a, b in run] for run in runs]  # the texts stand 4 px lower
        assert float(runs[0][0][1]) > float(runs[0][1][1]) > 0  # px downwards
        assert np.array(points) == pytest.approx(np.array([[(0, 1), (1, 3)], [(3, 2), (4, 4)]]), abs=0.05)


def test_bars_of_a_waterfall_reach_from_their_start_to_their_end():
    bars = [WaterfallBar("a", 0.0, 0.4, "f-delivered", ""), WaterfallBar("b", 0.4, 0.3, "f-bad", "", alone=0.2)]
    for svg in waterfall_chart("", bars, (0.0, 1.0), ("", ""), 0.4):
        value = line_of(ticks_of(svg, "x", "middle"))
        for style, ends in (("f-delivered", (0.0, 0.4)), ("f-bad", (0.3, 0.4))):
            (one,) = elements(svg, "rect", style)
            start = float(one.get("x"))
            assert (value(start), value(start + float(one.get("width")))) == pytest.approx(ends, abs=0.02)
        brackets = [re.findall(r"([\d.]+) [\d.]+", one.get("d")) for one in elements(svg, "path", "s-bracket")]
        assert [value(one) for one in brackets[1]] == pytest.approx([0.4, 0.6], abs=0.02)


def test_the_share_of_frames_counts_to_the_upper_end_of_each_bin():
    curve = CumulativeCurve(bin_percent=0.01, frames=(0, 10, 0, 30), limit=30.0, area=0.9, failure_above=8.0,
                            failure_rate=0.0)  # fmt: skip
    found = course(curve, "", "", 0.05)
    assert list(zip(np.round(found.x, 6), found.y, strict=True)) == [
        (0.0, 0.0), (0.01, 0.0), (0.02, 25.0), (0.03, 25.0), (0.04, 100.0), (0.05, 100.0),
    ]  # fmt: skip


def test_a_course_in_time_is_of_means():
    values = np.array([1.0, 3.0, np.nan, 7.0, np.nan], np.float32)
    assert _binned(values, np.array([0, 0, 0, 1, 2]), 4) == pytest.approx([2.0, 7.0, np.nan, np.nan], nan_ok=True)


@pytest.fixture(scope="module")
def made():
    return compared(frames=40)


@pytest.fixture(scope="module")
def report(made):
    return made[0]


def test_the_better_one_of_two_is_named_first(report):
    (one,) = report.differences
    better = one.model_copy(update={"skill": 0.1, "interval": Interval(low=0.05, high=0.22, draws=2000, over="people")})
    worse = one.model_copy(
        update={"skill": -0.1, "interval": Interval(low=-0.22, high=-0.05, draws=2000, over="people")}
    )
    for given, first, second in ((better, one.one, one.other), (worse, one.other, one.one)):
        text = difference_sentence(report, given)
        assert text.startswith(f"{first} is better than {second}") and "by 0.10 in skill" in text
        assert "0.05 to 0.22 over people" in text
    (figure, *_) = models_section(report.model_copy(update={"differences": (better,)})).blocks
    sides = {
        one.text: float(one.get("x"))
        for one in elements(figure.charts[0], "text")
        if one.text in ("A better", "B better")
    }
    (zero,) = (float(one.get("x1")) for one in elements(figure.charts[0], "line", "s-zero"))
    assert sides["B better"] < zero < sides["A better"]
    assert interval_text(better.interval) == "0.05 to 0.22"


def test_lines_are_their_own_and_others_baselines_are_not_scored_together(report):
    scores = report.overall
    lines = [skill_of(scores, line) for line in ("delivered", "gain", "floor")]
    assert lines == [scores.skill, scores.with_gain.skill, scores.floor.skill] and len({*lines}) == 3
    first, *others = report.recordings
    mixed = report.model_copy(update={"recordings": (first.model_copy(update={"baseline": "mean_mesh"}), *others)})
    assert scored(mixed) == others


def test_colours_with_a_sign_run_from_inwards_over_none_to_outwards(made):
    assert [signed_ramp(share) for share in (-1.0, 0.5, 2.0)] == [INWARDS, PLASTER, OUTWARDS]
    assert face_data(made[1], (), "")["signedColors"] == [INWARDS, PLASTER, OUTWARDS]


def test_pictures_of_faces_have_the_colours_of_their_errors_where_they_are():
    everywhere = np.full(478, 8.0)
    for along, color, other in ((everywhere, OUTWARDS, INWARDS), (-everywhere, INWARDS, OUTWARDS)):
        _, _, signed = stored_faces(frame_off(along))
        assert near(signed, color).sum() > 20 * max(1, near(signed, other).sum())
    _, distance, signed = stored_faces(frame_off(0 * everywhere))
    for picture in (distance, signed):
        assert near(picture, PLASTER).sum() > 0.5 * pixels(picture)[1].sum()
    mesh = frame_off(0 * everywhere).predicted[0]
    upper_left = (mesh[:, 1] > 15) & (mesh[:, 0] > 15)  # the subject's left is on the right, as in the page's viewer
    _, _, signed = stored_faces(frame_off(everywhere * upper_left))
    found = np.argwhere(near(signed, OUTWARDS))
    height, width = pixels(signed)[1].shape
    assert len(found) > 200 and (found[:, 0] < 0.55 * height).all() and (found[:, 1] > 0.45 * width).all()
