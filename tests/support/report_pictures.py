"""Makes `docs/compare-report.png` and `docs/fit-report.png` anew: `python tests/support/report_pictures.py [compare]
[fit]`; it needs Chromium, and the fit two minutes.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from chromium import Tab, chromium
from compared import METHODS, REFERENCES, compared
from data_sets import NAMES, people, write
from PIL import Image

from realtime.app.fit import FitFiles, run_fit
from realtime.dataset.fit import FitOptions
from realtime.export.report.compare.compare_page import compare_page
from realtime.model import built_in

ROOT = Path(__file__).resolve().parents[2]
SCALE, GAP = 0.675, 12  # of a pixel of the page; pixels of the picture
DESKTOP, PHONE = 1280, 390  # pixels of the page
COLUMN = (264, 1256)  # where its text is on a desktop, with some margin
GROUND = (124, 132, 141)


def shot(
    tab: Tab, page: Path, width: int, selectors: Sequence[str] = (), *, dark: bool = False
) -> tuple[Image.Image, dict[str, int]]:
    """The whole page at the scale of the picture, and how far down each of these elements of it begins."""
    tab.open(page, width, dark=dark)
    tab.run("new Promise((done) => setTimeout(done, 1500))")  # the faces are drawn
    picture = Image.open(io.BytesIO(tab.picture())).convert("RGB")
    size = round(width * SCALE), round(picture.height * width / picture.width * SCALE)
    where = (
        "(document.querySelector('{}').getBoundingClientRect().top + scrollY) / document.documentElement.scrollHeight"
    )
    tops = {one: round(float(tab.run(where.format(one))) * size[1]) for one in selectors}
    return picture.resize(size, Image.Resampling.LANCZOS), tops


def beside(tab: Tab, page: Path, stretches: Sequence[tuple[str, str]], tall: int) -> Image.Image:
    """The head of a page, stretches of it one below the other (from one element to another), and the page on a phone in
    the dark.
    """
    left, right = (round(x * SCALE) for x in COLUMN)
    desktop, top = shot(tab, page, DESKTOP, [one for stretch in stretches for one in stretch])
    second = Image.new("RGB", (right - left + GAP, tall), desktop.getpixel((right, 4)))
    y = 0
    for first, after in stretches:
        begin, end = top[first], top[after]
        second.paste(desktop.crop((left - GAP, begin, right, end)), (0, y))
        y += end - begin
    phone, _ = shot(tab, page, PHONE, dark=True)
    parts = [desktop.crop((0, 0, right, tall)), second, phone.crop((0, 0, phone.width, tall))]
    whole = Image.new("RGB", (sum(part.width for part in parts) + 2 * GAP, tall), GROUND)
    x = 0
    for part in parts:
        whole.paste(part, (x, 0))
        x += part.width + GAP
    return whole


def compare_picture(tab: Tab, folder: Path) -> Image.Image:
    """The page of a comparison of made-up recordings."""
    report, view = compared(frames=300)
    page = folder / "report.html"
    page.write_text(compare_page(report, view, METHODS, REFERENCES), encoding="utf-8")
    return beside(tab, page, [("#face h2", "#face ~ section:last-of-type h2")], 1014)


def fit_picture(tab: Tab, folder: Path) -> Image.Image:
    """The page of a fit of faces that the built-in model predicts, with identity and noise added."""
    faces, emotions, pose, recording, person = people(
        built_in(), np.random.default_rng(51), 24_000, 300, 100, identity=4.0
    )
    known = dict.fromkeys(("tracker", "mesh", "sources"), "simulated")
    write(
        folder / "simulated", faces, emotions, NAMES, pose, recording, person,
        metadata={**known, "versions": "simulated from emotion@built-in"},
    )  # fmt: skip
    files = FitFiles(folder / "emotion_to_mesh_simulated.npz", command="meshmirror fit simulated --features emotion")
    with contextlib.chdir(folder):  # the page names the data set as it is given
        run_fit(Path("simulated"), FitOptions("emotion"), files, lambda text: None)
    return beside(
        tab,
        folder / "emotion_to_mesh_simulated.report.html",
        [("#recipes h2", "#recipes details"), ("#effects h2", "#effects ~ section h2")],
        1398,
    )


PICTURES = {"compare": compare_picture, "fit": fit_picture}


def main(names: Sequence[str]) -> None:
    for name in names or PICTURES:
        with tempfile.TemporaryDirectory() as folder, chromium(Path(folder) / "profile") as tab:
            picture = PICTURES[name](tab, Path(folder))
        path = ROOT / "docs" / f"{name}-report.png"
        picture.save(path, optimize=True)
        print(f"{path}: {picture.width} x {picture.height}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
