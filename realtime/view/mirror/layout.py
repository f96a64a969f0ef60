"""Layout of the mirror's window: a pure function from its size to rectangles. No GL, no imgui."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.view.paint.layout import FOOTER, GAP, HEADER, MARGIN, PAD, Panel, Rect, unit_of

_CONTROLS = 304  # width of the control panel, design units
_PRESENTATION_UNIT = 1.35  # scale of the presentation layout, which is read from farther away
_PRESENTATION_HEADER, _PRESENTATION_CAPTION = 38, 150  # heights of its header and its caption
_PRESENTATION_SHARE = 0.32  # of the height, at most
_NARRATION, _NARRATION_SHARE = 66, 0.14  # height of the strip of captions in time; of the window, at most
_NARRATED_CAPTION = 112  # height of the presentation's caption below it: faces keep their size
_LEAST_FACES = 150  # below this height of the faces, what stands under them is left out, the cards first
_CARDS_SHARE, _CARDS_LEAST, _CARDS_MOST = 0.29, 206, 260  # of the height of the window; heights
_CARD_LEAST_WIDTH = 196  # more cards than have that are not shown
_STRIP, _STRIP_NARROW, _STRIP_LEAST_TILE = 186, 156, 215  # widths of the emotions; of the faces beside them, at least
_ROOMY_WIDTH, _ROOMY_HEIGHT = 800, 560  # from these on the sentence and the timeline have all their parts
_PRESENTATION_TIME, _PRESENTATION_TIME_SHARE = 30, 0.12  # height of a replay's time there; of the window, at most
_TIME_SHARE = 0.34  # of the height of the window, at most, unless the user wants more
_SMALLEST_TIME = (24, 58)  # heights that a timeline can be dragged to; the second with the controls of a replay
_CARDS_SMALLEST = 150  # height that cards can be dragged to
_CONTROLS_SMALLEST, _CONTROLS_MOST = 284, 520  # widths that the control panel can be dragged to
_CONTROLS_SHARE = 0.5  # of the width of the window, at most
_LOW = 400  # below this height there is no header, and the timeline is a line
_PEOPLE, _PEOPLE_LOW = 58, 26  # heights of the strip of several faces; of its folded form
MOST_ROWS = 3


@dataclass(frozen=True, slots=True)
class Shares:
    """Sizes that the user has dragged parts to; 0: the usual one."""

    timeline: float = 0.0  # of the window's height
    cards: float = 0.0  # of the window's height
    panel: float = 0.0  # of the window's width


_USUAL = Shares()


@dataclass(frozen=True, slots=True)
class Layout:
    """All rectangles of one window size, in pixels."""

    size: tuple[int, int]
    unit: float  # pixels in one design unit
    header: Rect  # of height 0 in a low window
    faces: Rect  # the card around all tiles
    tiles: tuple[Panel, ...]  # of equal size, in the order of the views; empty without room
    strip: Rect | None  # the emotions, between the first tile and the second
    cards: tuple[Panel, ...]
    controls: Rect | None  # the control panel
    caption: Rect | None  # presentation layout: below the faces
    sentence: Rect | None  # the one number, below the faces
    timeline: Rect | None  # below everything, as wide as the window
    narration: Rect | None = None  # captions in time: between the header and the faces
    people: Rect | None = None  # several faces: a strip above the tiles
    adjustable: bool = False  # heights follow the shares of the user


@dataclass(frozen=True, slots=True)
class _Heights:
    """What stands below the faces, in design units."""

    sentence: float
    timeline: float

    @classmethod
    def of(cls, width: float, height: float, *, cards: bool, replayed: bool, solo: bool) -> _Heights:
        """For a window of this size in design units; a replay needs a row for its controls."""
        roomy = width >= _ROOMY_WIDTH and height >= _ROOMY_HEIGHT
        if height < _LOW:
            return cls(46, 58 if replayed else 24)
        if solo:
            return cls(56, 84 if replayed else 44)
        if not roomy or cards:
            return cls(94 if roomy else 58, 124 if replayed else 84)
        return cls(94, min(max(0.236 * height, 170), 240) + (54 if replayed else 0))


def arrange(
    size_px: tuple[int, int],
    scale: float = 1.0,
    *,
    tiles: int = 3,
    cards: int = 0,
    controls: bool = False,
    presentation: bool = False,
    sentence: bool = True,
    strip: bool = True,
    replayed: bool = False,
    timeline: bool = True,
    solo: bool = False,
    narrated: bool = False,
    people: bool = False,
    shares: Shares = _USUAL,
) -> Layout:
    """One card of faces below a header, then the sentence, cards where they are wanted, and the timeline.

    `strip` leaves room for the emotions between the first face and the second, where both keep theirs. The presentation
    layout has neither cards, controls nor timeline: large faces with a caption below. `solo`: one face takes what it
    can. `narrated` leaves a strip for captions in time above the faces, `people` one for several faces, which is folded
    in a small window and beside cards. `shares` are kept as far as the faces and the sentence keep their room, and not
    in a low window or for one face alone.
    """
    width, height = size_px
    unit = unit_of(size_px, scale) * (_PRESENTATION_UNIT if presentation else 1.0)

    def px(value: float) -> int:
        return round(value * unit)

    margin, gap = px(MARGIN), px(GAP)
    cards = 0 if solo else cards
    low = height < px(_LOW) and not presentation
    top = margin // 2 if low else px(_PRESENTATION_HEADER if presentation else HEADER)
    header = Rect(margin, 0, max(0, width - 2 * margin), 0 if low else top)
    right, bottom = width - margin, height - margin
    narration = None
    if narrated:
        strip_h = min(px(_NARRATION), round(_NARRATION_SHARE * height))
        narration = Rect.between(margin, top, right, top + strip_h)
        top = narration.bottom + gap
    crowd = None
    if people and not narrated:
        roomy = height >= px(_ROOMY_HEIGHT) and width >= px(_ROOMY_WIDTH) and not cards
        crowd = Rect.between(margin, top, right, top + px(_PEOPLE if roomy else _PEOPLE_LOW))
        top = crowd.bottom + (gap if roomy else gap // 2)
    heights = _Heights.of(width / unit, height / unit, cards=cards > 0, replayed=replayed, solo=solo)
    least = px(_LEAST_FACES)

    def below(height_px: int, *, always: bool = False) -> Rect | None:
        """The lowest part of what is left, where the faces keep theirs."""
        nonlocal bottom
        if not always and bottom - height_px - gap - top < least:
            return None
        found = Rect.between(margin, max(top, bottom - height_px), right, bottom)
        bottom = found.y - gap
        return found

    usual_cards = px(min(max(_CARDS_SHARE * height / unit, _CARDS_LEAST), _CARDS_MOST))
    adjustable = not (low or solo or presentation)

    def chosen(share: float, usual: int, smallest: float, others: int, free: int) -> int:
        """Pixels of a part of which the user chose the share; `others` keep theirs, and the faces, in the free ones."""
        if not (share and adjustable):
            return usual
        return min(max(round(share * height), px(smallest)), max(free - gap - least - others, usual))

    over = px(heights.sentence) + gap if sentence else 0
    caption = time = said = panel = None
    if presentation:
        if replayed:
            time = below(min(px(_PRESENTATION_TIME), round(_PRESENTATION_TIME_SHARE * height)), always=True)
        most = _NARRATED_CAPTION if narrated else _PRESENTATION_CAPTION
        caption = below(min(px(most), round(_PRESENTATION_SHARE * height)), always=True)
    elif timeline or replayed:
        usual = min(px(heights.timeline), round(_TIME_SHARE * height))
        others = over + (usual_cards + gap if cards else 0)
        smallest = _SMALLEST_TIME[replayed]
        time = below(chosen(shares.timeline, usual, smallest, others, bottom - top), always=replayed)
    if controls and not presentation:
        wide = px(_CONTROLS)
        if shares.panel:
            widest = max(min(px(_CONTROLS_MOST), round(_CONTROLS_SHARE * width)), wide)
            wide = min(max(round(shares.panel * width), px(_CONTROLS_SMALLEST)), widest)
        panel = Rect.between(max(margin, right - wide), top, right, bottom)
        right = max(margin, panel.x - gap)
        if crowd is not None:
            crowd = Rect.between(margin, crowd.y, right, crowd.bottom)
            panel = Rect.between(panel.x, crowd.y, panel.right, panel.bottom)
    row: tuple[Panel, ...] = ()
    cards = min(cards, (right - margin) // px(_CARD_LEAST_WIDTH))
    if cards and not presentation:
        high = chosen(shares.cards, usual_cards, _CARDS_SMALLEST, over, bottom - top)
        if bottom - over - high - gap - top >= least:
            row = tuple(
                Panel.of(Rect.between(left, bottom - high, end, bottom), unit, 0.65 * PAD)
                for left, end in _columns(margin, right, gap, cards)
            )
            bottom -= high + gap
    if sentence and not presentation:
        said = below(px(heights.sentence))
    faces = Rect.between(margin, top, right, bottom)
    panels, between = _stations(faces, tiles, unit, strip=strip and not solo)
    return Layout(
        size_px, unit, header, faces, panels, between, row, panel, caption, said, time, narration, crowd, adjustable
    )  # fmt: skip


def _stations(faces: Rect, tiles: int, unit: float, *, strip: bool) -> tuple[tuple[Panel, ...], Rect | None]:
    """The tiles of a card, and the strip after the first of them where all are in one row and wide enough."""

    def px(value: float) -> int:
        return round(value * unit)

    grids = [grid_of(faces, tiles, rows, 0, unit) for rows in range(1, MOST_ROWS + 1)]
    found = max(grids, key=lambda grid: min(grid[0].body.w, grid[0].body.h))
    in_one_row = len({panel.frame.y for panel in found}) == 1
    for wide in (_STRIP, _STRIP_NARROW):
        left = (faces.w - px(wide)) // tiles
        if not (strip and in_one_row and tiles > 1 and left >= px(_STRIP_LEAST_TILE)):
            continue
        first = Panel.of(Rect(faces.x, faces.y, left, faces.h), unit, FOOTER)
        between = Rect(faces.x + left, faces.y, px(wide), faces.h)
        others = Rect.between(between.right, faces.y, faces.right, faces.bottom)
        return (first, *grid_of(Rect(others.x, others.y, left * (tiles - 1), others.h), tiles - 1, 1, 0, unit)), between
    return found, None


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
