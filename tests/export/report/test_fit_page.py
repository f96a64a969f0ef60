"""The page of a fit, opened from its file in a browser: it works, looks right, loads nothing, and believes no text."""

from __future__ import annotations

import json
import re
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from chromium import chromium
from common import needs_study
from data_sets import NAMES, people, short_evaluation, write

from realtime.app.fit import FitFiles, run_fit
from realtime.core.errors import DisplayError
from realtime.dataset.fit import FitOptions
from realtime.export.report.number_text import with_minus
from realtime.model import built_in

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Chromium is driven through its pipes")
pytestmark = [needs_study, LINUX]
HOSTILE = {
    "tracker": "</script><script>window.broken = 1</script>",
    "mesh": "<!--<script>",
    "sources": "appearance\u202e\" onload='window.broken = 1' <img src=http://example.invalid/a.png>",
    "versions": '=HYPERLINK("http://example.invalid")&amp;' + "x" * 250,
}
COMMAND = "meshmirror fit 'a folder' --out \"x</pre><script>window.broken = 1</script>.npz\""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("chromium")) as tab:
        yield tab


@pytest.fixture(scope="module")
def faces():
    return people(built_in(), np.random.default_rng(51), 700, 24, 12)


def fitted(folder, faces, metadata=None, *, recordings=None, named=True, **options):
    mesh, emotions, pose, recording, person = faces
    recording = recording if recordings is None else recording % recordings
    data = write(folder / "faces", mesh, emotions, NAMES, pose, recording, person if named else None, metadata=metadata)
    files = FitFiles(folder / "mine.npz", command=COMMAND)
    # The atlas has tests of its own, and takes longer than all the rest.
    with short_evaluation(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("realtime.export.figures.atlas.make_atlas", no_screen)
        return run_fit(data, FitOptions("emotion", **options), files, lambda text: None)


def no_screen(*_):
    raise DisplayError("No OpenGL 3.3 context could be made.")


@pytest.fixture(scope="module")
def hostile(faces, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    return fitted(folder, faces, HOSTILE), folder / "mine.report.html"


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (1200, False), (800, False), (390, True)])
def test_it_loads_nothing_complains_of_nothing_and_fits_its_width(browser, hostile, width, dark):
    browser.open(hostile[1], width, dark=dark)
    assert browser.problems == []
    assert [url for url in browser.requests if not url.startswith("data:")] == [hostile[1].resolve().as_uri()]
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    ground = browser.run("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == ("rgb(15, 19, 23)" if dark else "rgb(252, 252, 250)")
    shown = browser.run("""[...document.querySelectorAll(".chart svg")].map((one) =>
        [one.getBoundingClientRect().width, Number(one.getAttribute("width"))]).filter((pair) => pair[0])""")
    assert len(shown) >= 7 and all(drawn == meant for drawn, meant in shown)  # no chart is scaled
    assert {width for _, width in shown} - {300} == {920 if width > 991 else 358}


def test_no_text_is_smaller_than_can_be_read_or_cut_off(browser, hostile):
    for width in (1280, 390):
        browser.open(hostile[1], width)
        assert (
            browser.run("""Math.min(...[...document.querySelectorAll("main *, nav *")]
            .filter((one) => one.getClientRects().length && one.textContent.trim())
            .map((one) => parseFloat(getComputedStyle(one).fontSize)))""")
            >= 12
        )
        cut = browser.run("""[...document.querySelectorAll(".chart svg text")].filter((text) => {
            const inner = text.getBoundingClientRect(), outer = text.ownerSVGElement.getBoundingClientRect();
            return inner.width && (inner.left < outer.left - 2 || inner.right > outer.right + 2
                || inner.top < outer.top - 4 || inner.bottom > outer.bottom + 4);
        }).map((text) => text.textContent)""")
        assert cut == []
        assert (
            browser.run("""[...document.querySelectorAll(".chart svg path, .chart svg circle")].filter((shape) => {
            const inner = shape.getBoundingClientRect(), outer = shape.ownerSVGElement.getBoundingClientRect();
            return inner.width && (inner.left < outer.left || inner.right > outer.right);
        }).length""")
            == 0
        )


def test_names_from_outside_stay_text(browser, hostile):
    browser.open(hostile[1])
    assert browser.run("window.broken") is None and browser.run("document.scripts.length") == 2
    ids = browser.run('[...document.querySelectorAll("[id]")].map((one) => one.id)')
    assert len(ids) == len(set(ids))
    data = json.loads(browser.run('document.getElementById("numbers").textContent'))
    assert data["tracker"] == HOSTILE["tracker"] and data["versions"] == HOSTILE["versions"]
    text = browser.run('document.getElementById("data-title").parentElement.textContent')
    for one in ("tracker", "mesh", "versions"):
        assert HOSTILE[one] in text
    assert "\u202e" not in browser.run("document.body.innerText")
    assert browser.run('document.getElementById("command").textContent') == COMMAND
    assert browser.run('document.querySelectorAll("img:not([src^=\\"data:image/png\\"])").length') == 0


def test_a_script_that_is_not_the_pages_own_does_not_run(browser, hostile):
    browser.open(hostile[1])
    browser.run("""(() => { const added = document.createElement("script"); added.textContent = "window.broken = 1";
        document.body.append(added); const img = new Image(); img.src = "http://example.invalid/a.png"; })()""")
    assert browser.run("window.broken") is None
    assert any("Content Security Policy" in problem for problem in browser.problems)


def test_tables_sort_by_number_and_back_with_empty_cells_last(browser, hostile):
    browser.open(hostile[1])
    column = """[...document.querySelector("table[aria-label='Recipes']").tBodies[0].rows].map((row) => row.cells[1])
        .map((cell) => cell.dataset.value === undefined ? null : Number(cell.dataset.value))"""
    press = """document.querySelectorAll("table[aria-label='Recipes'] th button")[1].click()"""
    state = """[...document.querySelectorAll("table[aria-label='Recipes'] th")].map((one) => one.ariaSort)"""
    before = browser.run(column)
    assert None in before and len(before) == len(hostile[0].recipes)
    known = sorted((value for value in before if value is not None), reverse=True)
    assert known != [value for value in before if value is not None]
    for expected, sort in ((known, "descending"), (known[::-1], "ascending")):
        browser.run(press)
        assert browser.run(column) == expected + [None] * before.count(None)
        assert browser.run(state) == ["none", sort, *["none"] * (len(browser.run(state)) - 2)]


def test_the_colours_can_be_chosen_and_a_figure_saved(browser, hostile):
    browser.open(hostile[1])
    browser.run("""document.querySelector("button[data-set=dark]").click()""")
    assert browser.run("getComputedStyle(document.documentElement).backgroundColor") == "rgb(15, 19, 23)"
    assert browser.run("""document.querySelector("button[data-set=dark]").ariaPressed""") == "true"
    file = browser.run("""new Promise((done) => {
        URL.createObjectURL = (blob) => { blob.text().then(done); return "data:,"; };
        document.querySelector("button[data-svg=scores-figure]").click(); })""")
    tree = ElementTree.fromstring(file)
    assert tree.get("width") == "920" and "By person" in file and "class=" not in file and "var(" not in file


def test_it_prints_open_and_without_controls(browser, hostile):
    browser.open(hostile[1], 390)
    assert browser.run('document.querySelectorAll("details:not([open])").length') > 0
    assert len(re.findall(rb"/Type ?/Page\b", browser.printed())) > 3
    browser.send("Emulation.setEmulatedMedia", media="print")
    try:
        assert browser.run("""[...document.querySelectorAll("nav, .tools, .narrow")]
            .every((one) => !one.getClientRects().length)""")
        browser.run('document.documentElement.dataset.theme = "dark"')
        color = browser.run("getComputedStyle(document.documentElement).backgroundColor")
        assert color == "rgb(255, 255, 255)"  # a tint would be a box within the paper's margins
    finally:
        browser.send("Emulation.setEmulatedMedia", media="")


def text_of(browser, path):
    browser.open(path)
    assert browser.problems == []
    figures = browser.run('[...document.querySelectorAll("figure")].map((one) => one.id)')
    text = browser.run('document.querySelector("main").textContent')
    assert not re.search(r"\b(None|nan|inf|null|undefined)\b", text)
    return text, figures


def test_every_number_of_the_verdict_has_what_it_is_compared_with(browser, hostile):
    report, path = hostile
    text, figures = text_of(browser, path)
    assert figures[2:] == ["scores-figure", "regions-figure", "learning-figure", "recipes-figure", "effects-figure"]
    verdict = browser.run('document.getElementById("verdict-text").textContent')
    assert f"{100 * report.r2_by_person.full.mean:.1f} %" in verdict and "predict " in verdict
    assert f"{report.null.mean:.2f}".replace("-", "−") in verdict and "constant mean face" in verdict
    assert "95 % interval" in verdict and "cannot show" in verdict
    for recipe in report.recipes:
        assert recipe.name in text and recipe.description in text
    for text_of_advice in report.advice:
        assert with_minus(text_of_advice) in text
    for finding in report.check.findings:
        assert finding.found in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"evaluate": False}, "Nothing was held out"),
        ({"recordings": 1, "named": False}, "1 recording: folds by recording need 3"),
        ({"named": False}, "names no people"),
    ],
    ids=["no evaluation", "one recording", "people unknown"],
)
def test_what_is_not_known_is_said_and_has_no_empty_figure(browser, faces, tmp_path, changes, said):
    report = fitted(tmp_path, faces, **changes)
    text, figures = text_of(browser, tmp_path / "mine.report.html")
    assert said in text and said in browser.run('document.getElementById("verdict").textContent') + text
    if report.r2.full is None:
        assert not {"scores-figure", "regions-figure", "learning-figure", "recipes-figure"} & set(figures)
        assert "R²" not in browser.run('document.querySelector(".keys").textContent')
    else:
        assert "By person" not in browser.run('document.getElementById("scores-figure").textContent')
        assert "on recordings that" in report.advice[0] and report.advice[0].partition(":")[0] in text
    marks = browser.run("""[...document.querySelectorAll("figure .chart")]
        .every((one) => one.querySelector("circle, rect, path, img"))""")
    assert marks
