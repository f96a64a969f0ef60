"""Pictures of the camera beside the faces, where they were asked for: small JPEGs with the landmarks on them."""

from __future__ import annotations

import base64
from io import BytesIO

from realtime.core.compare_view import CompareView, ShownPicture
from realtime.core.wording import time_text
from realtime.export.report.compare.common import named, words
from realtime.export.report.figure import Caption, Figure
from realtime.export.report.markup import Markup, tag
from realtime.export.report.number_text import count, decimal

MOST = 40  # pictures on a page: those of twenty recordings
_SIDE = 300  # px of the longer side
_QUALITY = 82  # of JPEG
_DOT = (95, 182, 245)


def pictures_figure(view: CompareView) -> Figure:
    """Of each recording the frame that is predicted best and the one that is predicted least."""
    shown = view.pictures[:MOST]
    least = max(shown, key=lambda one: one.nme)
    left = len(view.pictures) - len(shown)
    without = f" None of {named(list(view.without_pictures))}." if view.without_pictures else ""
    return Figure(
        "pictures-figure", "The camera's pictures of the best and the least predicted frames",
        (tag("div", (_picture(one) for one in shown), class_="pictures"),),
        Caption(
            f"Per recording the best and the least predicted frame, cut about the face, with landmarks. Error: NME, % "
            f"canthi.{without}" + (f" {count(left, 'picture')} left out." if left else ""),
            "Landmarks on the face in both; the least predicted one shows an expression or speech.",
            "Landmarks beside the face, a hand, a second person, a dark or blurred picture: an error of the tracker.",
            words(f"Look at {least.recording}, {time_text(least.seconds)} ({decimal(least.nme, 1)} %) first. These are "
                  "people: pass the page on only as agreed."),
        ),
        svg=False,
    )  # fmt: skip


def _picture(one: ShownPicture) -> Markup:
    how = "best predicted" if one.best else "least predicted"
    where = f"{one.recording}, {time_text(one.seconds)}"
    return tag(
        "div",
        tag("img", src=_jpeg(one), alt=f"Camera, {how}: {where}"),
        tag("p", tag("b", how), tag("small", f"{where} · error {decimal(one.nme, 2)} %")),
    )  # fmt: skip


def _jpeg(one: ShownPicture) -> str:
    """A data address of the picture, small, with a dot at each landmark."""
    from PIL import Image, ImageDraw

    picture = Image.fromarray(one.image)
    scale = _SIDE / max(picture.size)
    picture = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    draw = ImageDraw.Draw(picture)
    for x, y in (one.points * scale).tolist():
        draw.ellipse((x - 0.7, y - 0.7, x + 0.7, y + 0.7), fill=_DOT)
    file = BytesIO()
    picture.save(file, "JPEG", quality=_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
