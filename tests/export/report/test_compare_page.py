"""The page of a comparison, opened from its file in a browser: it works, loads nothing and believes no text."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from chromium import chromium
from compared import METHODS, REFERENCES, compared, frame_off
from face_pixels import near, pixels

from realtime.core.compare_report import Check
from realtime.core.compare_view import CompareView, ShownPicture
from realtime.export.report.compare.compare_page import compare_page
from realtime.export.report.compare.face_data import MOST
from realtime.export.report.compare.pooled import pooled
from realtime.export.report.palette import INWARDS, OUTWARDS, PLASTER, ramp

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Chromium is driven through its pipes")
HOSTILE = [
    "</script><script>window.broken = 1</script>",
    "<!--<script>",
    "a\u202e\" onload='window.broken = 1' <img src=http://example.invalid/a.png>",
    '=HYPERLINK("http://example.invalid")&amp;',
    "../../" + "x" * 200,
    "P3 reading",
]
FAULT = Check(name="Order of axes", found="z, y, x as the file has them", expected="x, y, z", state="bad")
NO_WEBGL = """const had = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext =
    function (kind, ...rest) { return kind === "webgl2" ? null : had.call(this, kind, ...rest); }"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("chromium")) as tab:
        yield tab


@pytest.fixture(scope="module")
def made():
    return compared(names=HOSTILE, checks=(FAULT,))


@pytest.fixture(scope="module")
def page(made, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(compare_page(*made, METHODS, REFERENCES), encoding="utf-8")
    return path


def settled(browser):
    """After the next picture has been drawn."""
    browser.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def faces(browser):
    """The pixels of the three canvases."""
    settled(browser)
    return browser.run('[...document.querySelectorAll("#viewer canvas")].map((one) => one.toDataURL())')


def press(browser, *keys):
    for key in keys:
        text = {"text": " "} if key == " " else {}
        code = {" ": 32, "ArrowRight": 39, "ArrowUp": 38, "Home": 36, "End": 35, "Tab": 9}[key]
        for kind in ("keyDown", "keyUp"):
            more = text if kind == "keyDown" else {}
            browser.send("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1200, False), (390, True)])
def test_it_loads_nothing_complains_of_nothing_and_fits_its_width(browser, page, width, dark):
    browser.open(page, width, dark=dark)
    settled(browser)
    assert browser.problems == []
    assert [url for url in browser.requests if not url.startswith("data:")] == [page.resolve().as_uri()]
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    shown = browser.run("""[...document.querySelectorAll(".chart svg")].map((one) =>
        [one.getBoundingClientRect().width, Number(one.getAttribute("width"))]).filter((pair) => pair[0])""")
    assert len(shown) > 12 and {meant for _, meant in shown} == {920 if width > 991 else 358}
    assert all(drawn == meant for drawn, meant in shown)  # no chart is scaled
    small = browser.run("""[...document.querySelectorAll("main *, nav *")]
        .filter((one) => one.getClientRects().length && one.textContent.trim())
        .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 12).map((one) => one.textContent)""")
    assert small == []
    cut = browser.run("""[...document.querySelectorAll(".chart svg text")].filter((text) => {
        const inner = text.getBoundingClientRect(), outer = text.ownerSVGElement.getBoundingClientRect();
        return inner.width && (inner.left < outer.left - 2 || inner.right > outer.right + 2
            || inner.top < outer.top - 4 || inner.bottom > outer.bottom + 4);
    }).map((text) => text.textContent)""")
    assert cut == []


def test_names_from_outside_stay_text(browser, page):
    browser.open(page)
    assert browser.run("window.broken") is None
    assert browser.run('[...document.scripts].filter((one) => one.type !== "application/json").length') == 2
    ids = browser.run('[...document.querySelectorAll("[id]")].map((one) => one.id)')
    assert len(ids) == len(set(ids))
    data = json.loads(browser.run('document.getElementById("numbers").textContent'))
    assert [one["name"] for one in data["recordings"]] == HOSTILE
    listed = browser.run('document.querySelector("table[aria-label=Recordings]").textContent')
    assert all(name in listed for name in HOSTILE if "\u202e" not in name)
    assert "\u202e" not in browser.run("document.body.innerText")
    assert browser.run('document.querySelectorAll("img:not([src^=\\"data:image/png\\"])").length') == 0


def test_the_face_turns_blinks_and_comes_back_by_keys(browser, page):
    browser.open(page)
    start = faces(browser)
    assert len({*start}) == 3 and browser.run('document.getElementById("viewer").className') == "viewer"
    browser.run('document.querySelector("#viewer canvas").focus()')
    press(browser, " ")
    other = faces(browser)
    assert other[0] != start[0] and other[1:] == start[1:]  # the shape alone changes
    assert browser.run('document.querySelector("[data-shape=predicted]").ariaPressed') == "true"
    assert browser.run('document.querySelector("#viewer canvas").ariaLabel').startswith("Predicted face")
    press(browser, " ", "ArrowRight", "ArrowUp")
    turned = faces(browser)
    assert all(one != before for one, before in zip(turned, start, strict=True))
    press(browser, "Home")
    assert faces(browser) == start
    press(browser, "Tab")
    assert browser.run("document.activeElement.tagName") == "CANVAS"


def test_the_slider_goes_to_the_worst_frame_and_takes_the_plot_along(browser, made, page):
    browser.open(page, 390)
    view, start = made[1], faces(browser)
    browser.run('document.querySelector("#viewer input[type=range]").focus()')
    press(browser, "End")
    assert all(one != before for one, before in zip(faces(browser), start, strict=True))
    readout = browser.run('document.querySelector(".readout").textContent')
    assert f"{view.frames[-1].nme:.2f} %" in readout and readout.startswith(view.frames[-1].recording[:3])
    names = sorted({frame.recording for frame in view.frames})
    shown = browser.run("""[...document.querySelectorAll("[data-recording]:not([hidden])")]
        .map((one) => one.dataset.recording)""")
    assert shown == [str(names.index(view.frames[-1].recording))]
    chosen = browser.run("""[...document.querySelectorAll("[data-recording]:not([hidden]) .narrow circle.chosen")]
        .map((one) => one.dataset.frame)""")
    assert chosen == [str(len(view.frames) - 1)]
    plot = 'document.querySelector("[data-recording]:not([hidden]) .narrow")'
    moved = browser.run(f'{plot}.querySelector(".now").getAttribute("transform")')
    x = browser.run(f'{plot}.querySelector("circle.chosen").cx.baseVal.value')
    assert float(re.search(r"[\d.]+", moved)[0]) == pytest.approx(x, abs=0.1)
    browser.run("""document.querySelector("[data-subject=all]").click()""")
    assert "Mean of all frames" in browser.run('document.querySelector(".readout").textContent')
    assert browser.run('document.querySelector("[data-shape=blink]").disabled')


def test_faces_have_the_colours_of_their_errors(browser, made, tmp_path):
    report, view = made
    out = np.full(478, 8.0)
    frames = tuple(frame_off(along, HOSTILE[-1]) for along in (0 * out, out, -out))
    path = tmp_path / "report.html"
    path.write_text(compare_page(report, replace(view, frames=frames), METHODS, REFERENCES), encoding="utf-8")
    browser.open(path)
    browser.run('document.querySelector("#viewer input[type=range]").focus()')
    press(browser, "Home")
    shape, *colored = faces(browser)
    ground = pixels(shape)[1].sum()
    assert ground > 0.2 * pixels(shape)[1].size
    assert all(near(one, PLASTER).sum() > 0.5 * ground for one in colored)
    for color, other in ((OUTWARDS, INWARDS), (INWARDS, OUTWARDS)):
        press(browser, "ArrowRight")
        _, distance, signed = faces(browser)
        assert near(signed, color).sum() > 0.4 * ground > 10 * near(signed, other).sum()
        assert near(distance, ramp(8.0 / MOST)).sum() > 0.4 * ground


def test_blink_is_a_switch_where_motion_is_reduced(browser, page):
    browser.open(page)
    browser.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    start = faces(browser)
    browser.run('document.querySelector("[data-shape=blink]").click()')
    pressed = """[...document.querySelectorAll("[data-shape]")].map((one) => one.ariaPressed)"""
    assert faces(browser)[0] != start[0] and browser.run(pressed) == ["false", "true", "false"]


def test_without_webgl_there_are_pictures_and_on_paper_no_controls(browser, page):
    script = browser.send("Page.addScriptToEvaluateOnNewDocument", source=NO_WEBGL)["identifier"]
    try:
        browser.open(page)
        assert browser.problems == []
        shown = """[...document.querySelectorAll("#viewer img")].filter((one) => one.getClientRects().length
            && one.naturalWidth > 100).length"""
        assert browser.run(shown) == 3
        assert browser.run('getComputedStyle(document.querySelector(".no3d")).display') == "block"
    finally:
        browser.send("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
    assert len(re.findall(rb"/Type ?/Page\b", browser.printed())) > 5


def test_tables_sort_and_the_whole_stays_below(browser, page):
    browser.open(page)
    table = 'document.querySelector("table[aria-label=Recordings]")'
    column = f"""[...{table}.tBodies[0].rows].map((row) => Number(row.cells[1].dataset.value))"""
    before = browser.run(column)
    browser.run(f'{table}.querySelectorAll("th button")[1].click()')
    browser.run(f'{table}.querySelectorAll("th button")[1].click()')
    assert browser.run(column) == sorted(before) and len(before) == len(HOSTILE)
    assert browser.run(f"{table}.tHead.rows[0].cells[1].ariaSort") == "ascending"
    assert browser.run(f"{table}.tBodies[1].rows[0].cells[0].textContent").startswith("All 6")


def test_the_verdict_has_what_it_is_compared_with_and_an_injected_fault_its_name(browser, made, page):
    report = made[0]
    browser.open(page)
    verdict = browser.run('document.getElementById("verdict").textContent').replace("\xa0", " ")
    scores = report.overall
    assert "no nearer than one constant face" in verdict
    gain, floor, null, high, constant = (
        f"{value:.2f}"
        for value in (scores.with_gain.skill, scores.floor.skill, scores.null.skill, scores.null.skill_high,
                      scores.constant_face.skill)
    )  # fmt: skip
    assert f"one constant face of each recording has {constant} and chance {null} with a gain" in verdict
    assert f"(95 % of shifts in time at most {high})." in verdict
    assert f"it would have {gain}, the best features within their range {floor} " in verdict
    assert f"the other {100 * (1 - scores.floor.skill):.0f} % this model cannot show" in verdict
    assert "No statement about people in general" in verdict and "95 % interval" in verdict
    assert FAULT.name in verdict and FAULT.found in verdict
    first = browser.run('document.querySelector("table[aria-label=Checks]").tBodies[0].rows[0].textContent')
    assert FAULT.name in first and "wrong" in first
    assert browser.run('document.querySelector("nav a[href=\\"#quality\\"] .bad") !== null')


def text_of(report):
    html = compare_page(report, CompareView(), METHODS, REFERENCES)
    text = re.sub(r"<script.*?</script>|<style.*?</style>", "", html, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", text).replace("\xa0", " ")
    assert not re.search(r"\b(None|nan|inf)\b", text)
    return html, text


def test_a_fit_to_the_mesh_explains_nothing_and_unknown_people_are_not_counted(made):
    report = made[0]
    models = tuple(
        one.model_copy(update={"source": "inverse", "independent": False, "null": None}) for one in report.models
    )
    _, text = text_of(report.model_copy(update={"models": models, "people": ()}))
    assert "at best" in text and "explain" not in text and "people unknown" in text
    assert "no measurement" in text and "says nothing of which of them predicts better" in text
    assert "none of them is called a person" in re.sub(r"\s+", " ", text)


def test_nothing_compared_is_said_and_has_no_figure(made):
    report = made[0]
    names = ("recordings", "people", "emotions", "models", "differences", "groups", "events", "checks", "excluded")
    empty = dict.fromkeys(names, ())
    overall = {"frames": 0} | dict.fromkeys(
        ("skill", "nme", "nme_adjusted", "rms", "r2", "mae", "gain", "with_gain", "floor", "null", "interval", "lag",
         "decomposition", "percentiles", "curve", "constant_face", "effective_n", "baseline"))  # fmt: skip
    overall |= {"waterfall": (), "regions": (), "slices": (), "baselines": {}, "curves": {}, "percentiles_of": {}}
    bare = report.model_copy(update=empty | {"overall": report.overall.model_copy(update=overall)})
    html, text = text_of(bare)
    assert "Nothing could be compared" in text and "P3_film.mp4" in text and "<figure" not in html


def test_a_page_of_many_frames_stays_small_and_holds_no_picture_of_a_person(made):
    report, view = made
    html = compare_page(report, view, METHODS, REFERENCES)
    assert len(html) < 2_500_000 and "jpeg" not in html and html.count("data:image/png") == 3
    payload = json.loads(re.search(r'id="faces">(.*?)</script>', html).group(1))
    assert payload["first"] == min(range(24), key=lambda at: abs(view.frames[at].worse_than - 0.5))


def test_recordings_together_have_the_skill_of_one_run_over_them(made):
    report = made[0]
    together = pooled(report.recordings)
    assert together.frames == report.overall.frames
    assert together.delivered == pytest.approx(report.overall.skill, abs=1e-5)
    assert together.nme == pytest.approx(report.overall.nme_adjusted, rel=1e-5)
    assert np.isfinite([together.gain, together.floor]).all()


def test_pictures_of_ten_recordings_leave_the_page_small(made):
    report, view = made
    rng = np.random.default_rng(0)
    pictures = tuple(
        ShownPicture(f"r{at // 2}", 1.0, 2.0, at % 2 == 0, rng.integers(0, 255, (700, 600, 3)).astype(np.uint8),
                     600 * rng.random((478, 2)))
        for at in range(20)
    )  # fmt: skip
    html = compare_page(report, replace(view, pictures=pictures), METHODS, REFERENCES)
    assert html.count("data:image/jpeg") == 20 and len(html) < 8_000_000
    assert "This page shows people: 20 pictures" in html


def test_words_that_need_one_are_explained(made):
    report, view = made
    floor = report.overall.floor.model_copy(update={"skill": report.overall.floor.skill - 0.05})
    report = report.model_copy(update={"overall": report.overall.model_copy(update={"floor": floor})})
    html = compare_page(report, view, METHODS, REFERENCES)
    assert "“Floor, above fixed” (" in html and "has the best features alone" in html
    assert f"people of {report.models[0].name}; recordings of the others" in html and len(report.models) > 1
