"""Layout of the mirror's window: a pure function from its size to rectangles. No GL, no imgui."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.view.paint.layout import FOOTER, GAP, HEADER, MARGIN, PAD, Panel, Rect, unit_of

_LOWER_SHARE, _LOWER_MIN, _LOWER_MAX = 0.325, 226, 270
_CONTROLS = 304  # width of the control panel, design units
_PRESENTATION_UNIT = 1.35  # scale of the presentation layout, which is read from farther away
_PRESENTATION_HEADER, _PRESENTATION_CAPTION = 38, 150  # heights of its header and its caption
_PRESENTATION_SHARE = 0.32  # of the height, at most
_NARRATION, _NARRATION_SHARE = 66, 0.14  # height of the strip of captions in time; of the window, at most
_NARRATED_CAPTION = 112  # height of the presentation's caption below it: faces keep their size
_TRANSPORT, _PRESENTATION_TRANSPORT = 52, 30  # height of the playback controls
_TRANSPORT_SHARE = 0.16  # of the height, at most
_LEAST_TILES = 150  # with a seek bar or captions in time, cards are omitted before the tiles get lower than this
MOST_ROWS = 3


@dataclass(frozen=True, slots=True)
class Layout:
    """All rectangles of one window size, in pixels."""

    size: tuple[int, int]
    unit: float  # pixels in one design unit
    header: Rect
    tiles: tuple[Panel, ...]  # of equal size, in the order of the views; empty without room
    cards: tuple[Panel, ...]
    controls: Rect | None  # the control panel
    caption: Rect | None  # presentation layout: below the faces
    transport: Rect | None = None  # replay: below everything
    narration: Rect | None = None  # captions in time: between the header and the faces


def arrange(
    size_px: tuple[int, int],
    scale: float = 1.0,
    *,
    tiles: int = 3,
    cards: int = 3,
    controls: bool = False,
    presentation: bool = False,
    transport: bool = False,
    narrated: bool = False,
) -> Layout:
    """Tiles of equal size over equal cards, below a header, with the control panel on the right.

    The presentation layout has neither cards nor controls: large tiles with captions below. The seek bar of a replay is
    below everything, as wide as the window; in a low window it replaces the cards. `narrated` leaves a strip for
    captions in time above the tiles.
    """
    width, height = size_px
    unit = unit_of(size_px, scale) * (_PRESENTATION_UNIT if presentation else 1.0)

    def px(value: float) -> int:
        return round(value * unit)

    margin, gap = px(MARGIN), px(GAP)
    upper_top = px(_PRESENTATION_HEADER if presentation else HEADER)
    header = Rect(margin, 0, max(0, width - 2 * margin), upper_top)
    right, bottom = width - margin, height - margin
    narration = None
    if narrated:
        strip_h = min(px(_NARRATION), round(_NARRATION_SHARE * height))
        narration = Rect.between(margin, upper_top, right, upper_top + strip_h)
        upper_top = narration.bottom + gap
    bar = None
    if transport:
        bar_h = min(px(_PRESENTATION_TRANSPORT if presentation else _TRANSPORT), round(_TRANSPORT_SHARE * height))
        bar = Rect.between(margin, max(upper_top, bottom - bar_h), right, bottom)
        bottom = bar.y - gap
    panel = None
    if controls and not presentation:
        panel = Rect.between(max(margin, right - px(_CONTROLS)), upper_top, right, bottom)
        right = max(margin, panel.x - gap)
    caption = None
    below: tuple[Panel, ...] = ()
    if presentation:
        caption_h = min(
            px(_NARRATED_CAPTION if narrated else _PRESENTATION_CAPTION), round(_PRESENTATION_SHARE * height)
        )
        caption = Rect.between(margin, bottom - caption_h, right, bottom)
        bottom = caption.y - gap
    lower_top = bottom - px(min(max(_LOWER_SHARE * (bottom + margin) / unit, _LOWER_MIN), _LOWER_MAX))
    crowded = (transport or narrated) and lower_top - gap - upper_top < px(_LEAST_TILES)
    if cards and not (presentation or crowded):
        below = tuple(
            Panel.of(Rect.between(left, lower_top, end, bottom), unit, 0.65 * PAD)
            for left, end in _columns(margin, right, gap, cards)
        )
        bottom = lower_top - gap
    area = Rect.between(margin, upper_top, right, bottom)
    grids = [grid_of(area, tiles, rows, gap, unit) for rows in range(1, MOST_ROWS + 1)]
    upper = max(grids, key=lambda grid: min(grid[0].body.w, grid[0].body.h))
    return Layout(size_px, unit, header, upper, below, panel, caption, bar, narration)


def grid_of(area: Rect, tiles: int, rows: int, gap: int, unit: float) -> tuple[Panel, ...]:
    """Tiles of equal size in a number of rows."""
    columns = _columns(area.x, area.right, gap, -(-tiles // rows))
    row_h = max(0, (area.h - (rows - 1) * gap) // rows)
    found = []
    for at in range(tiles):
        row, (left, end) = at // len(columns), columns[at % len(columns)]
        top = area.y + row * (row_h + gap)
        found.append(Panel.of(Rect.between(left, top, end, top + row_h), unit, FOOTER))
    return tuple(found)


def _columns(left: int, right: int, gap: int, count: int) -> list[tuple[int, int]]:
    """Equal columns; the remainder goes to the gaps, so that all panels have the same width."""
    width = max(0, (right - left - (count - 1) * gap) // count)
    step = (right - left - width) / max(count - 1, 1)
    starts = [left + round(at * step) for at in range(count)]
    return [(start, start + width) for start in starts]
