"""The line that compares the selected stretches: A, B and their difference, and what the shares are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.core.overview import Overview
from realtime.core.wording import signed
from realtime.view.mirror.plots import ticks
from realtime.view.mirror.timeline.selection import Selected, Stretch, selection_color, share_text
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color

_SHARE_OF = (
    "predicted share of the squared movement from rest, with session gain",
    "predicted share of the movement from rest",
    "predicted share of movement",
)
_BEST_OF = (
    "at best, fitted to this face: share of the squared movement from rest",
    "at best: share of the movement from rest",
    "at best, of movement",
)
_GAP, _DOT, _STEP_S = 22, 14, 0.1  # design units; times are said to a tenth of a second


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the line: a name in its colour, when that was, and its number."""

    name: str
    when: str
    number: str
    color: Color | None  # of a dot before it; None: no dot


def pieces_of(overview: Overview, selected: Selected, whole: Stretch, live_end_s: float | None) -> list[Piece]:
    """What is compared: A with B where there are both, else the one that is selected with all that is known.

    `whole`: all of the time; `live_end_s`: the newest time of a live run, whose times are said as how long ago.
    """

    def when(stretch: Stretch) -> str:
        if live_end_s is None:
            return f"{ticks.clock(stretch.start_s, _STEP_S)}–{ticks.clock(stretch.end_s, _STEP_S)}"
        start, end = live_end_s - stretch.start_s, live_end_s - stretch.end_s
        return f"{max(start, 0):.0f}–{max(end, 0):.0f} s ago"

    shown = list(selected.shown)
    if not shown:
        return []
    found = [Piece(name, when(one), share_text(overview, one), selection_color(name)) for name, one in shown]
    other = ("whole", whole) if len(shown) == 1 else shown[-1]
    if len(shown) == 1 and overview.share(whole.start_s, whole.end_s) is not None:
        found.append(Piece("whole", "", share_text(overview, whole), None))
    points = difference(overview, shown[0][1], other[1])
    if points is not None:
        found.append(Piece(f"{shown[0][0]} − {other[0]}", "", f"{signed(points, 0)} points", None))
    return found


def difference(overview: Overview, one: Stretch, other: Stretch) -> int | None:
    """The share of one stretch minus that of another, in points of the whole percents that are shown; None where one
    of them has none.
    """
    shares = [overview.share(stretch.start_s, stretch.end_s) for stretch in (one, other)]
    if shares[0] is None or shares[1] is None:
        return None
    return round(100 * shares[0]) - round(100 * shares[1])


def draw_stretch_line(p: Painter, row: Rect, pieces: Sequence[Piece], *, fitted: bool) -> None:
    """Draw as much of it as fits: first the reference goes, then the times."""
    if not pieces:
        return
    timed = _width(p, pieces, timed=True) <= row.w
    if not timed and _width(p, pieces, timed=False) > row.w:
        return
    x = row.x
    for piece in pieces:
        if piece.color is not None:
            p.fill(Rect(x, row.y + row.h // 2 - p.px(4), p.px(8), p.px(8)), piece.color, 2 * p.unit)
            x += p.px(_DOT)
        for text, ink, font in _words(p, piece, timed=timed):
            wide = round(p.width(text, theme.SIZE_SMALL, font)) + 1
            p.text(text, Rect(x, row.y, wide, row.h), ink, theme.SIZE_SMALL, font)
            x += wide + p.px(6)
        x += p.px(_GAP - 6)
    if not any("%" in piece.number for piece in pieces):  # nothing was measured: "not calibrated", "no face"
        return
    room = Rect.between(x, row.y, row.right, row.bottom)
    p.fitting(_BEST_OF if fitted else _SHARE_OF, room, theme.TEXT_SOFT, theme.SIZE_SMALL, side="right", term="share")


def _words(p: Painter, piece: Piece, *, timed: bool) -> list[tuple[str, Color, object]]:
    found: list[tuple[str, Color, object]] = [(piece.name, theme.TEXT_SOFT, p.fonts.bold)]
    if timed and piece.when:
        found.append((piece.when, theme.TEXT_SOFT, p.fonts.regular))
    return [*found, (piece.number, theme.TEXT, p.fonts.bold)]


def _width(p: Painter, pieces: Sequence[Piece], *, timed: bool) -> int:
    total = 0
    for piece in pieces:
        words = _words(p, piece, timed=timed)
        total += sum(round(p.width(text, theme.SIZE_SMALL, font)) + 1 + p.px(6) for text, _, font in words)
        total += p.px(_GAP - 6) + (p.px(_DOT) if piece.color is not None else 0)
    return total
