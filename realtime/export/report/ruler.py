"""The verdict drawn: a few scores on one line from nothing to everything explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.export.report.figure import NARROW, WIDE
from realtime.export.report.markup import Markup
from realtime.export.report.svg import Drawing, Scale, decimals, step_of, text_width

_LEVEL, _SIDE = 19, 10


@dataclass(frozen=True, slots=True)
class Mark:
    """A score on the line."""

    value: float
    text: str  # the number
    label: str
    style: str = "delivered"  # a colour of the page
    open: bool = False


def ruler(
    description: str, marks: Sequence[Mark], low: float, chance: tuple[float, float] | None, ends: tuple[str, str]
) -> tuple[Markup, Markup]:
    """The line from `low` to 1 for both widths; `ends` say what 0 and 1 mean."""
    wide, narrow = (_drawn(width, description, marks, low, chance, ends) for width in (WIDE, NARROW))
    return wide, narrow


def _drawn(
    width: int,
    description: str,
    marks: Sequence[Mark],
    low: float,
    chance: tuple[float, float] | None,
    ends: tuple[str, str],
) -> Markup:
    scale = Scale(low, 1.0, _SIDE, width - _SIDE)
    placed, levels = [], 0
    taken: list[float] = []  # right end of the last text of each level
    for mark in sorted(marks, key=lambda one: one.value):
        text = f"{mark.text} {mark.label}"
        left = min(max(scale(mark.value) - text_width(text) / 2, 0.0), width - text_width(text))
        level = next((at for at, end in enumerate(taken) if left > end + 8), len(taken))
        taken[level : level + 1] = [left + text_width(text)]
        placed.append((mark, text, left, level))
        levels = max(levels, level + 1)
    y = levels * _LEVEL + 16.0
    drawing = Drawing(width, y + (54.0 if text_width("".join(ends)) < width - 40 else 72.0), description)
    drawing.line(scale.start, y, scale.end, y, "s-axis")
    if chance is not None:
        left_px, right_px = map(scale, chance)
        drawing.rect(min(left_px, right_px - 4), y - 8, max(right_px - left_px, 4), 16, "f-chance")
    digits = decimals(step_of(1.0 - low, 6))
    for tick in scale.ticks(6):
        drawing.line(scale(tick), y - 4, scale(tick), y + 4, "s-zero" if abs(tick) < 1e-9 else "s-axis")
        drawing.text(scale(tick), y + 22, f"{tick:.{max(digits, 1)}f}".replace("-", "−"), "t-muted",
                     "end" if tick > 0.97 else "start" if scale(tick) < 20 else "middle")  # fmt: skip
    drawing.text(max(scale(0.0) - text_width(ends[0]) / 2, 0.0), y + 42, ends[0], "t-muted")
    side_by_side = text_width("".join(ends)) < width - 40
    drawing.text(width, y + (42 if side_by_side else 60), ends[1], "t-muted", "end")
    for mark, _, _, level in placed:
        drawing.line(scale(mark.value), y - 10 - level * _LEVEL, scale(mark.value), y - 6, f"s-{mark.style}-thin")
    for mark, text, left, level in placed:
        x, base = scale(mark.value), y - 14 - level * _LEVEL
        drawing.text(left, base, text, f"t-{mark.style} t-strong")
        if side := scale.outside(mark.value):
            drawing.path([(x, y - 6), (x, y + 6), (x + 9 * side, y)], f"f-{mark.style}", closed=True)
        elif mark.open:
            drawing.rect(x - 4.5, y - 4.5, 9, 9, f"f-open o-{mark.style}")
        else:
            drawing.dot(x, y, f"f-{mark.style}")
    return drawing.markup()
