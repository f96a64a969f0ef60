"""The blocks of which reports are made."""

from __future__ import annotations

import pytest

from realtime.export.report.dot_chart import axis_over
from realtime.export.report.figure import Caption
from realtime.export.report.markup import Markup, inline_json, joined, tag
from realtime.export.report.number_text import percent, score, with_minus, with_spread
from realtime.export.report.palette import AMBER, AUBERGINE, COLORS, PLASTER, ramp
from realtime.export.report.svg import ticks
from realtime.export.report.table import Cell, Column, table


def test_every_text_is_escaped_once_and_markup_stays():
    inner = tag("b", '<i>&"', title="a'b\"<")
    assert inner == '<b title="a&#x27;b&quot;&lt;">&lt;i&gt;&amp;&quot;</b>'
    assert joined("<", inner, None, ["&", [Markup("<br>")]]) == f"&lt;{inner}&amp;<br>"
    assert tag("td", "a\u202eb\x1b[0m") == "<td>a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}[0m</td>"


def test_json_in_a_page_can_neither_end_its_element_nor_begin_a_comment():
    text = inline_json({"</script>": "<!-- & \u2028", "number": 1.5})
    assert not set("<>&") & set(text) and text.isascii()
    assert '"\\u003c/script\\u003e":"\\u003c!--' in text


def test_a_caption_has_four_parts_that_can_be_read():
    with pytest.raises(ValueError, match="'do' of a caption has 36 words"):
        Caption("a", "b", "c", "word " * 36)
    with pytest.raises(ValueError, match="'good'"):
        Caption("a", "", "c", "d")


def test_numbers_have_a_true_minus_and_no_spread_that_reads_as_none():
    assert (score(-0.2057), score(0.0031, 4, sign=True), score(-12045.2), score(-0.001)) == (
        "−0.21", "+0.0031", "−12,045", "0.00",
    )  # fmt: skip
    assert with_spread(0.2049, 0.0034) == "0.205 ± 0.003" and with_spread(-12045, 17034) == "−12,045 ± 17,034"
    assert with_minus("R2 -0.5 to +1.2, pre-2020, -0.0000") == "R² −0.5 to +1.2, pre-2020, 0.0000"
    assert percent(0.0002) == "below 0.1 %" and percent(0.2057) == "20.6 %" and percent(0.0) == "0.0 %"


@pytest.mark.parametrize("values", [[0.2, 0.93], [-0.11, 0.4], [-12045.0, 0.3], [0.0], [0.0003, 0.0004], [-0.02]])
def test_an_axis_holds_its_values_and_zero_or_ends_where_it_must(values):
    low, high = axis_over(values, 1.0, -1.0)
    assert -1.0 <= low <= 0.0 <= high <= 1.0 and low < high
    assert all(low <= max(value, -1.0) <= high + 1e-12 for value in values)
    marks = ticks(low, high, 8)
    assert 2 <= len(marks) <= 8 and min(abs(mark) for mark in marks) == 0.0


def test_a_table_names_its_cells_for_a_phone_and_holds_the_numbers_by_which_it_sorts():
    made = table("Scores", (Column("Name"), Column("R²", "mean", True)), [("<a>", Cell("−0.5", -0.5)), ("b", "")])
    assert 'data-label="R²" data-value="-0.5"' in made and 'class="number empty"' in made and "&lt;a&gt;" in made
    assert made.count('aria-sort="none"') == 2
    assert "aria-sort" not in table("One row", (Column("Name"),), [("a",)])


def test_the_colours_of_a_face_run_from_none_over_half_to_the_most():
    assert (ramp(-1.0), ramp(0.5), ramp(2.0)) == (PLASTER, AMBER, AUBERGINE)


def luminance(color):
    parts = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", ["ink", "muted", "link", "delivered", "gain", "floor", "bad", "warn"])
def test_every_colour_of_text_has_enough_contrast_in_light_and_dark(name):
    for at in (0, 1):
        lights = sorted((luminance(COLORS[name][at]), luminance(COLORS["ground"][at])))
        assert (lights[1] + 0.05) / (lights[0] + 0.05) >= 4.5  # WCAG 2.2, AA
