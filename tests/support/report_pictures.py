"""Makes `docs/compare-report.png` anew: `python tests/support/report_pictures.py`; it needs Chromium."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from chromium import Tab, chromium
from compared import METHODS, REFERENCES, compared
from PIL import Image

from realtime.export.report.compare.compare_page import compare_page

ROOT = Path(__file__).resolve().parents[2]
SCALE, TALL, GAP = 0.675, 1014, 12  # of a pixel of the page; pixels of the picture
DESKTOP, PHONE = 1280, 390  # pixels of the page
COLUMN = (264, 1256)  # where its text is on a desktop, with some margin
GROUND = (124, 132, 141)


def shot(tab: Tab, page: Path, width: int, selector: str, *, dark: bool = False) -> tuple[Image.Image, float]:
    """The whole page at the scale of the picture, and how far down an element of it begins."""
    tab.open(page, width, dark=dark)
    tab.run("new Promise((done) => setTimeout(done, 1500))")  # the faces are drawn
    top = float(tab.run(f"document.querySelector('{selector}').getBoundingClientRect().top + scrollY"))
    picture = Image.open(io.BytesIO(tab.picture())).convert("RGB")
    size = round(width * SCALE), round(picture.height * width / picture.width * SCALE)
    return picture.resize(size, Image.Resampling.LANCZOS), top * SCALE


def main() -> None:
    report, view = compared(frames=300)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(compare_page(report, view, METHODS, REFERENCES), encoding="utf-8")
        with chromium(Path(folder) / "profile") as tab:
            desktop, face = shot(tab, page, DESKTOP, "#face")
            phone, _ = shot(tab, page, PHONE, "#verdict", dark=True)
    left, right = (round(x * SCALE) for x in COLUMN)
    parts = [
        desktop.crop((0, 0, right, TALL)),
        desktop.crop((left - GAP, round(face), right, round(face) + TALL)),
        phone.crop((0, 0, phone.width, TALL)),
    ]
    whole = Image.new("RGB", (sum(part.width for part in parts) + 2 * GAP, TALL), GROUND)
    x = 0
    for part in parts:
        whole.paste(part, (x, 0))
        x += part.width + GAP
    path = ROOT / "docs" / "compare-report.png"
    whole.save(path, optimize=True)
    print(f"{path}: {whole.width} x {whole.height}", file=sys.stderr)


if __name__ == "__main__":
    main()
