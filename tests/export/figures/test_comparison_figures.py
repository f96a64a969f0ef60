"""The figures of a comparison: their files, sizes and labels, names from strangers, and what is not drawn."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from compared import compared
from PIL import Image

from realtime.core.compare_scores import Interval
from realtime.export.figures.comparison.causes_figure import causes_figure
from realtime.export.figures.comparison.curve_figures import lag_figure
from realtime.export.figures.comparison.dot_figure import dot_figure
from realtime.export.figures.comparison.face_figure import face_figure
from realtime.export.figures.comparison.figure_files import NAMES, write_figures
from realtime.export.figures.comparison.matplotlib_import import MISSING, drawing
from realtime.export.figures.comparison.score_figures import (
    MOST_NAMED,
    emotions_figure,
    lines_figure,
    people_figure,
    recordings_figure,
    regions_figure,
)
from realtime.export.report.compare.common import percent_nme
from realtime.export.report.dot_chart import Axis, DotRow
from realtime.export.report.number_text import score
from realtime.export.report.palette import COLORS

SKILL = "Skill against own neutral (0 = own neutral face, 1 = every movement predicted)"
LABELS = {
    "lines": (SKILL, "as delivered", "with gain", "floor", "95 % interval over 3 people", "1,180 shifts", "19 random"),
    "cumulative": (
        "NME per frame, % of outer-canthal distance (mean of 478 vertices, identity taken out)",
        "Frames at or below, %", "as delivered: area 0.9", "failures", "failure: 8 % or more; area: up to 30 %",
        "noise",
    ),
    "regions": ("Mean distance of the vertices, % of outer-canthal distance (identity taken out)", "mouth", "neutral"),
    "causes": (SKILL, "source of the features", "not in this model", "in order", "alone"),
    "emotions": (SKILL, "eff. n", "neutral", "no score", "as appearance names them"),
    "people": (SKILL, "P1", "P3"),
    "recordings": (SKILL, "P1 interview", "parts of one recording"),
    "face": ("Mean distance of the vertices, % of outer-canthal distance (identity taken out)",
             "Mean error along the normal, − in, + out, % of outer-canthal distance"),
    "lag": ("Shift of the features, frames (right: taken from later frames)", "Skill against own neutral, with gain"),
}  # fmt: skip
DOUBLE = ("causes", "face")
HOSTILE = '$\\frac{1}{2}$ <script>alert("1")</script> &amp; \x1b[31m\x00\ud800 1'


@pytest.fixture(scope="module")
def given():
    return compared()


@pytest.fixture(scope="module")
def written(given, tmp_path_factory):
    folder = tmp_path_factory.mktemp("comparison")
    report, view = given
    paths, left_out = write_figures(folder, report, view.vertices)
    assert not left_out
    assert {path.name for path in paths} == {f"{name}.{kind}" for name in NAMES for kind in ("png", "svg")}
    assert sorted(paths) == sorted((folder / "figures").iterdir())
    return folder / "figures"


def texts(svg: bytes) -> str:
    root = ElementTree.fromstring(svg)
    return " ".join(text for one in root.iter("{http://www.w3.org/2000/svg}text") for text in one.itertext())


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_has_its_labels_as_text_and_the_width_of_a_column(written, name):
    found = texts((written / f"{name}.svg").read_bytes())
    assert [label for label in LABELS[name] if label not in found] == []
    with Image.open(written / f"{name}.png") as picture:
        assert picture.width == int((183 if name in DOUBLE else 89) / 25.4 * 300)
        assert round(picture.info["dpi"][0]) == 300
        pixels = np.asarray(picture.convert("L"))
    assert pixels.min() < 60 and pixels.max() == 255
    edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    assert edges.min() > 200, "something is cut off at an edge"


def test_a_figure_is_the_same_whatever_matplotlib_was_set_to_and_leaves_that(given, written):
    import matplotlib

    with matplotlib.rc_context({"font.size": 31.0, "svg.fonttype": "path", "text.usetex": True}):
        with drawing():
            figure = lines_figure(given[0])
            assert figure.svg() == (written / "lines.svg").read_bytes()
            assert figure.png() == (written / "lines.png").read_bytes()
        assert matplotlib.rcParams["font.size"] == 31.0
        assert matplotlib.rcParams["text.usetex"]


def test_names_from_strangers_are_texts(given):
    report, _ = given
    people = [one.model_copy(update={"name": HOSTILE}) for one in report.people]
    with drawing():
        found = people_figure(report.model_copy(update={"people": tuple(people)})).svg()
        long = Axis("", "", 0.0, 1.0)
        names = texts(dot_figure(long, [DotRow("a" * 3000 + end, 0.5, "") for end in ("1", "2")], []).svg())
    assert b"<script" not in found
    assert "$\\fr" in texts(found)
    assert "…" in names and "a1" in names and "a2" in names


def test_more_recordings_than_have_names_are_drawn_without_them(given):
    report, _ = given
    many = [report.recordings[at % 6].model_copy(update={"name": f"film {at}"}) for at in range(MOST_NAMED + 1)]
    with drawing():
        found = texts(recordings_figure(report.model_copy(update={"recordings": tuple(many)})).svg())
    assert "film" not in found
    assert f"Recordings, from the highest skill (n = {MOST_NAMED + 1})" in found


def test_skills_against_another_baseline_are_not_on_the_axis(given):
    report, _ = given
    first, *others = report.recordings
    mixed = (first.model_copy(update={"name": "bare", "baseline": "mean_mesh"}), *others)
    with drawing():
        found = texts(recordings_figure(report.model_copy(update={"recordings": mixed})).svg())
    assert "bare" not in found and "1 without a neutral not shown" in found


def test_a_lag_that_cannot_be_seen_has_no_peak(given):
    report, _ = given
    assert report.overall.lag is not None
    lag = report.overall.lag.model_copy(update={"peak": None, "peak_ms": None, "interval": None})
    with drawing():
        overall = report.overall.model_copy(update={"lag": lag})
        found = texts(lag_figure(report.model_copy(update={"overall": overall})).svg())
    assert "no peak is to be seen" in found and "highest at" not in found


def test_a_figure_without_numbers_is_not_written_and_that_of_an_earlier_run_removed(given, tmp_path):
    report, _ = given
    nothing = report.overall.model_copy(update={"curve": None, "lag": None, "waterfall": (), "regions": ()})
    changes = {"overall": nothing, "models": (), "people": (), "recordings": (), "emotions": ()}
    (tmp_path / "figures").mkdir()
    for name in ("people.svg", "people.png", "mine.svg"):
        (tmp_path / "figures" / name).touch()
    paths, left_out = write_figures(tmp_path, report.model_copy(update=changes), ())
    assert paths == []
    assert set(left_out) == set(NAMES)
    assert "--people" in left_out["people"]
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["mine.svg"]


def test_without_matplotlib_it_is_named_and_nothing_fails(given, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for name in ("matplotlib.figure", "matplotlib.style"):
        monkeypatch.setitem(sys.modules, name, None)
    paths, left_out = write_figures(tmp_path, given[0], given[1].vertices)
    assert paths == [] and set(left_out.values()) == {MISSING} and "meshmirror[study]" in MISSING
    assert list(tmp_path.iterdir()) == []


def test_matplotlib_is_imported_only_to_draw_and_leaves_nothing_in_a_home(tmp_path):
    code = (
        "import os, sys, realtime.app.compare\n"
        "assert 'matplotlib' not in sys.modules\n"
        "from realtime.export.figures.comparison.matplotlib_import import drawing\n"
        "from realtime.export.figures.comparison.print_figure import PrintFigure\n"
        "with drawing():\n"
        "    PrintFigure(89.0, 50.0).png()\n"
        "assert 'matplotlib.pyplot' not in sys.modules and 'MPLCONFIGDIR' not in os.environ\n"
    )
    home = {name: str(tmp_path) for name in ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    clean = {name: value for name, value in os.environ.items() if name != "MPLCONFIGDIR"}
    done = subprocess.run([sys.executable, "-c", code], env=clean | home, capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert not [path for path in tmp_path.rglob("*") if "matplotlib" in path.name]


def test_the_three_lines_differ_for_people_who_see_no_green():
    """Deuteranopia and protanopia after Machado, Oliveira and Fernandes (2009); differences in CIELAB."""
    kinds = (
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    )
    for kind in kinds:
        seen = [
            _lab(np.clip(np.array(kind) @ _linear(COLORS[name][0]), 0, 1)) for name in ("delivered", "gain", "floor")
        ]
        assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 30


def _linear(color: str) -> np.ndarray:
    value = np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(np.maximum(to_xyz @ linear / (0.9505, 1.0, 1.089), 1e-6))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def few_recordings(report):
    """With the intervals of few recordings: of another level each, and far to the left."""
    wide = Interval(low=-3.03, high=-0.23, draws=2000, level=0.75, over="recordings")
    parts = wide.model_copy(update={"level": 0.95, "over": "blocks"})
    steps = tuple(step.model_copy(update={"interval": wide}) for step in report.overall.waterfall)
    people = [one.model_copy(update={"interval": (wide, parts)[at % 2]}) for at, one in enumerate(report.people)]
    overall = report.overall.model_copy(update={"waterfall": steps, "interval": wide})
    models = [one.model_copy(update={"interval": wide}) for one in report.models]
    return report.model_copy(update={"overall": overall, "people": tuple(people), "models": tuple(models)})


@pytest.mark.parametrize("draw", [causes_figure, people_figure])
def test_intervals_of_few_recordings_have_room(given, draw):
    with drawing():
        figure = draw(few_recordings(given[0])).figure
        figure.canvas.draw()
        texts = [one for one in figure.texts if one.get_text()]
        texts += [one for legend in figure.legends for one in legend.get_texts()]
        boxes = [one.get_window_extent() for one in texts]
    assert len(boxes) > 8 and all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)
    pairs = combinations(zip(texts, boxes, strict=True), 2)
    assert [(one.get_text(), other.get_text()) for (one, a), (other, b) in pairs if a.overlaps(b)] == []


def test_intervals_are_over_as_many_units_as_were_drawn(given):
    with drawing():
        found = texts(lines_figure(few_recordings(given[0])).svg())
    assert "over 6 recordings" in found and "over 3" not in found


def places(svg: bytes) -> list[tuple[str, float]]:
    """Each text of a figure with its height on the page, from the top."""
    root = ElementTree.fromstring(svg)
    found = []
    for one in root.iter("{http://www.w3.org/2000/svg}text"):
        moved = re.search(r"translate\([^ ,]+[ ,]([^)]+)\)", one.get("transform") or "")
        y = float(one.get("y") or 0.0) if moved is None else float(moved[1])
        found.append(("".join(one.itertext()), y))
    return found


@pytest.mark.parametrize(("draw", "units"), [(people_figure, "people"), (recordings_figure, "recordings")])
def test_rows_stand_from_the_highest_skill_down_each_beside_its_own_number(given, draw, units):
    """With skills in another order than names: what sorts the one and not the other is seen."""
    report, _ = given
    skills = [0.3, 0.72, -0.1, 0.51, 0.05, 0.64]
    changed = [
        one.model_copy(update={"skill": skills[at], "interval": None}) for at, one in enumerate(getattr(report, units))
    ]
    with drawing():
        found = places(draw(report.model_copy(update={units: tuple(changed)})).svg())
    height = dict(found)
    names = [one.name for one in sorted(changed, key=lambda one: -one.skill)]
    assert sorted(names, key=height.__getitem__) == names
    for one in changed:
        number = score(one.skill)
        assert [y for text, y in found if text == number] == pytest.approx([height[one.name]], abs=0.5)


def test_emotions_stand_from_the_most_effective_frames_down_each_beside_its_own_numbers(given):
    report, _ = given
    changed = [
        one.model_copy(update={"effective_n": 25.0 + 10 * (at * 3 % 7), "skill": 0.11 + 0.07 * at, "interval": None,
                               "frames": 1000 + at})
        for at, one in enumerate(report.emotions)
    ]  # fmt: skip
    with drawing():
        found = places(emotions_figure(report.model_copy(update={"emotions": tuple(changed)})).svg())
    height = dict(found)
    names = [one.name for one in sorted(changed, key=lambda one: -one.effective_n)]
    assert len(names) > 4 and sorted(names, key=height.__getitem__) == names
    for one in changed:
        for text in (score(one.skill), f"{one.frames:,}", f"{one.effective_n:.0f}"):
            assert height[text] == pytest.approx(height[one.name], abs=0.5)


def test_regions_stand_from_the_largest_error_down_each_beside_its_own_number(given):
    report, _ = given
    sizes = {one.region: 1.0 + 0.37 * (at * 5 % len(report.overall.regions))
             for at, one in enumerate(report.overall.regions)}  # fmt: skip
    regions = tuple(one.model_copy(update={"nme": sizes[one.region]}) for one in report.overall.regions)
    overall = report.overall.model_copy(update={"regions": regions})
    with drawing():
        found = places(regions_figure(report.model_copy(update={"overall": overall})).svg())
    height = dict(found)
    names = sorted(sizes, key=lambda name: -sizes[name])
    assert len(names) > 4 and sorted(names, key=height.__getitem__) == names
    for name, size in sizes.items():
        assert height[percent_nme(size)] == pytest.approx(height[name], abs=0.5)


def test_an_error_on_the_subjects_left_is_on_the_right_of_the_front_face_and_in_the_left_profile(given):
    """The camera's view, not a mirror's: the left eye (362 to 263) lies on the right of the page."""
    report, view = given
    errors = view.vertices[0]
    mesh = np.asarray(errors.mesh)

    def drawn(distance: np.ndarray) -> list[np.ndarray]:
        """Front and profile, as they stand on the page: an axis that is turned over would turn them as well."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        with drawing():
            figure = face_figure(report, [replace(errors, distance=distance, signed=distance)]).figure
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
        page = np.asarray(canvas.buffer_rgba(), float)[..., :3]
        boxes = [axes.bbox for axes in figure.axes if axes.images][:2]
        rows = [slice(round(len(page) - box.y1), round(len(page) - box.y0)) for box in boxes]
        return [page[across, round(box.x0) : round(box.x1)] for across, box in zip(rows, boxes, strict=True)]

    plain = drawn(np.zeros(478))
    about = {name: drawn(np.where(np.linalg.norm(mesh - mesh[at], axis=1) < 12.0, 5.0, 0.0))
             for name, at in (("left", 263), ("right", 33))}  # fmt: skip
    (left_front, left_profile), (right_front, right_profile) = (
        [_marked(picture, without) for picture, without in zip(about[name], plain, strict=True)] for name in about
    )
    assert left_front[0] > 0.6 and right_front[0] < 0.4  # of the width, from the left of the page
    assert left_front[1] < 0.5 and left_profile[1] < 0.5  # above the middle
    assert min(left_front[2], right_front[2], left_profile[2]) > 1000 and right_profile[2] < 0.05 * left_profile[2]


def _marked(picture: np.ndarray, without: np.ndarray) -> tuple[float, float, int]:
    """Where a picture differs from the one without errors: x and y as shares of it, and how many pixels."""
    at = np.argwhere(np.abs(picture - without).sum(axis=-1) > 100)
    y, x = np.median(at, axis=0) / picture.shape[:2] if len(at) else (0.5, 0.5)
    return float(x), float(y), len(at)
