"""Recordings as strips in time: what could be used, what not and why; readable without colours by height."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.export.report.figure import NARROW, WIDE
from realtime.export.report.markup import Markup, number, tag
from realtime.export.report.number_text import decimal
from realtime.export.report.svg import Drawing, Scale, decimals, step_of, text_width

_ROW, _NARROW_ROW, _BAR, _TOP, _AXIS = 30, 46, 16, 24, 44
_LABELS, _NUMBERS = 190, 160


@dataclass(frozen=True, slots=True)
class Spell:
    """A part of a strip; `kind` "used", "amber" (half height), "outside" (full height), "left" or "none" (a gap)."""

    start: float
    end: float
    kind: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A recording, in the unit of the axis; `changes` are marked above it."""

    label: str
    length: float
    spells: Sequence[Spell]
    changes: Sequence[float]
    numbers: tuple[str, str]
    warn: bool = False


def state_strips(
    description: str, strips: Sequence[Strip], label: str, heads: tuple[str, str]
) -> tuple[Markup, Markup]:
    """The chart for both widths; `label` of the axis, `heads` of the two numbers beside each strip."""
    wide, narrow = (_drawn(width, description, strips, label, heads) for width in (WIDE, NARROW))
    return wide, narrow


def _drawn(width: int, description: str, strips: Sequence[Strip], label: str, heads: tuple[str, str]) -> Markup:
    wide = width == WIDE
    row = _ROW if wide else _NARROW_ROW
    top = _TOP if wide else 4
    bottom = top + row * len(strips)
    drawing = Drawing(width, bottom + _AXIS, description)
    longest = max(max(strip.length for strip in strips), 1e-6)
    scale = Scale(0.0, longest, _LABELS, WIDE - _NUMBERS) if wide else Scale(0.0, longest, 0, NARROW)
    if wide:
        drawing.text(WIDE - 84, 13, heads[0], "t-muted", "end")
        drawing.text(WIDE, 13, heads[1], "t-muted", "end")
    for at, strip in enumerate(strips):
        y = top + row * at
        style = "t-warn" if strip.warn else ""
        if wide:
            drawing.text(0, y + 18, _cut(strip.label, _LABELS - 12), "t-label")
            drawing.text(WIDE - 84, y + 18, strip.numbers[0], style, "end")
            drawing.text(WIDE, y + 18, strip.numbers[1], style, "end")
        else:
            beside = f"{heads[0]} {strip.numbers[0]} · {heads[1]} {strip.numbers[1]}"
            drawing.text(0, y + 14, _cut(strip.label, NARROW - text_width(beside) - 12), "t-label t-strong")
            drawing.text(NARROW, y + 14, beside, style or "t-muted", "end")
        _strip(drawing, scale, strip, y + (6.0 if wide else 22.0))
    step = step_of(longest, 8 if wide else 5)
    for mark in scale.ticks(8 if wide else 5):
        text = decimal(mark, decimals(step))
        half = text_width(text) / 2
        drawing.line(scale(mark), bottom, scale(mark), bottom + 4, "s-axis")
        drawing.text(min(max(scale(mark), half), width - half), bottom + 18, text, "t-muted", "middle")
    drawing.line(scale.start, bottom, scale.end, bottom, "s-axis")
    drawing.text(scale.start, bottom + 38, label, "t-muted")
    return drawing.markup()


# Of each kind: class, share of the height from the bottom up.
_DRAWN = {"used": ("f-bar", 0.62), "amber": ("f-amber", 0.5), "outside": ("f-bad", 1.0), "left": ("f-neutral", 0.3)}


def _strip(drawing: Drawing, scale: Scale, strip: Strip, y: float) -> None:
    """One path for each kind: a strip may have thousands of spells."""
    end = scale(strip.length)
    drawing.line(scale.start, y + _BAR, end, y + _BAR, "s-grid")
    for kind, (style, share) in _DRAWN.items():
        kinds = (kind, "amber") if kind == "used" else (kind,)  # amber frames are used: they lie on the bar
        boxes = ""
        for spell in strip.spells:
            if spell.kind in kinds:
                left, right = scale(spell.start), scale(spell.end)
                wide, high = max(right - left, 0.8), _BAR * share
                boxes += f"M{number(left)} {number(y + _BAR)}h{number(wide)}v{number(-high)}h{number(-wide)}z"
        if boxes:
            drawing.add(tag("path", d=boxes, class_=style))
    for change in strip.changes[:200]:
        x = scale(change)
        drawing.path([(x - 4, y - 4), (x + 4, y - 4), (x, y + 2)], "f-delivered", closed=True)


def _cut(text: str, px: float) -> str:
    """A text that fits, with an ellipsis where it did not."""
    most = max(int(px / 7.3), 4)
    return text if len(text) <= most else text[: most - 1] + "…"
