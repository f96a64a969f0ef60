"""What the model is given, between the camera's face and the predicted one: bars, their source, an arrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from realtime.core.frame_result import FrameResult
from realtime.core.status import Status
from realtime.core.types import EMOTIONS
from realtime.core.wording import CLASSIFIERS, CLEAR_MARGIN, SOURCE_TRUST, feature_source_names
from realtime.view.mirror.emotion_colors import emotion_color
from realtime.view.mirror.panels import family, shown_features, shown_model
from realtime.view.paint import theme
from realtime.view.paint.layout import Panel, Rect
from realtime.view.paint.painter import Painter

_ROWS = 7
_ROW, _ROW_LEAST = 24.0, 15.0  # heights of a row, design units: as it should be, and at least
_LINE = 17.0  # of the words below
_BRACKET = 14.0  # room for it at the right


def draw_strip(p: Painter, strip: Rect, predicted: Panel, result: FrameResult | None, status: Status, at: int) -> None:
    """The features of model number `at` in `strip`; an arrow leads to the panel of the predicted face."""
    model = shown_model(result, at)
    features = None if model is None else model.features
    values: Mapping[str, float] = {} if features is None else features.values
    source = status.emotion_source if features is None else features.source
    emotions = not values or family(values) == "emotions"
    title = Rect(strip.x, predicted.title.y, strip.w - p.px(24), predicted.title.h)
    name = p.first_fitting(
        ("Your emotions", "Emotions") if emotions else ("Your movements", "Features"),
        title.w,
        theme.SIZE_TITLE,
        p.fonts.bold,
    )
    p.text(name, title, theme.TEXT, theme.SIZE_TITLE, p.fonts.bold, term="features")
    body = Rect.between(strip.x, predicted.body.y + p.px(10), strip.right - p.px(_BRACKET), predicted.footer.bottom)
    names = shown_features(values, _ROWS) if values else shown_features(dict.fromkeys(EMOTIONS, 0.0), _ROWS)
    line, gap = round(_LINE * p.unit), p.px(12)
    notes = _notes(p, source, status, body.w, (body.h - _ROWS * p.px(_ROW_LEAST) - gap) // line)
    room = body.h - gap - len(notes) * line
    row_h = min(p.px(_ROW), max(p.px(_ROW_LEAST), room // _ROWS))
    rows = Rect(body.x, body.y, body.w, min(row_h * _ROWS, body.h))
    _bars(p, rows, names, values, source)
    _bracket(p, rows, strip.right, predicted.body.x)
    _write(p, Rect.between(body.x, rows.bottom + gap, strip.right, body.bottom), notes)


def _bars(p: Painter, rect: Rect, names: Sequence[str], values: Mapping[str, float], source: str) -> None:
    ranked = sorted(values.values(), reverse=True)
    clear = len(ranked) > 1 and ranked[0] - ranked[1] >= CLEAR_MARGIN and source in CLASSIFIERS
    strongest = max(names, key=lambda name: values.get(name, 0.0), default="") if clear else ""
    emotions = not values or family(values) == "emotions"
    number = round(p.width("100 %" if emotions else "−0.00", theme.SIZE_SMALL))
    label = min(round(max(p.width(name, theme.SIZE_SMALL, p.fonts.bold) for name in names)) + 1, rect.w // 2)
    height = rect.h // _ROWS
    for at, name in enumerate(names):
        row = Rect(rect.x, rect.y + at * height, rect.w, height)
        bold = p.fonts.bold if name == strongest else p.fonts.regular
        ink = theme.TEXT if name == strongest else theme.TEXT_SOFT
        short = p.elide_middle(name, label, theme.SIZE_SMALL, bold)
        p.text(short, Rect(row.x, row.y, label, row.h), ink, theme.SIZE_SMALL, bold)
        value = values.get(name)
        shown = "–" if value is None else f"{100 * value:.0f} %" if emotions else f"{value:.2f}"
        p.text(shown, row, ink, theme.SIZE_SMALL, bold, "right")
        start, end = row.x + label + p.px(8), row.right - number - p.px(8)
        bar = Rect.between(start, row.y + (row.h - p.px(8)) // 2, end, row.y + (row.h - p.px(8)) // 2 + p.px(8))
        if bar.w >= p.px(16):
            p.bar(bar, value or 0.0, emotion_color(name) if name in EMOTIONS else theme.ACCENT)


def _bracket(p: Painter, rows: Rect, x: int, face_x: int) -> None:
    """Around the bars, with an arrow to the face that is made of them: the only one of its colour."""
    width = max(1.0, 1.6 * p.unit)
    left, right = rows.right + p.px(4), rows.right + p.px(9)
    top, bottom = rows.y + p.px(3), rows.bottom - p.px(3)
    ink, middle = theme.ACCENT, (top + bottom) / 2
    for x0, y0, x1, y1 in ((left, top, right, top), (right, top, right, bottom), (left, bottom, right, bottom)):
        p.rule(x0, y0, x1, y1, ink, width)
    end = max(x, face_x) + p.px(26)
    p.rule(right, middle, end, middle, ink, width)
    head = p.px(6)
    p.rule(end - head, middle - head, end, middle, ink, width)
    p.rule(end - head, middle + head, end, middle, ink, width)
    label = Rect(right + p.px(3), round(middle) - p.px(20), end - right, p.px(18))
    if p.width("input", theme.SIZE_SMALL) <= label.w:
        p.text("input", label, ink, theme.SIZE_SMALL)


def _notes(p: Painter, source: str, status: Status, width: int, most: int) -> list[tuple[str, theme.Color, bool]]:
    """The lines about the source: its text, its colour, and whether it is bold. Whole sentences in `most` lines."""
    read, dependable, weak = SOURCE_TRUST.get(source, (f"From {feature_source_names(source)[0]}.", "", ""))
    parts = [(read, theme.TEXT, True), (dependable, theme.TEXT_SOFT, False), (weak, theme.WARN, False)]
    if status.emotion_note:  # a fallback must not pass for what was asked for
        parts.insert(1, (status.emotion_note, theme.WARN, False))
    elif status.emotion_hint and source == "inverse":
        parts.append((f"Better: {status.emotion_hint}", theme.TEXT_SOFT, False))
    found: list[tuple[str, theme.Color, bool]] = []
    for text, color, bold in parts:
        font = p.fonts.bold if bold else p.fonts.regular
        lines = p.wrap(text, width, theme.SIZE_SMALL, font)
        if len(found) + len(lines) > most:
            break
        found += [(line, color, bold) for line in lines]
    return found


def _write(p: Painter, rect: Rect, notes: Sequence[tuple[str, theme.Color, bool]]) -> None:
    height = round(_LINE * p.unit)
    for at, (text, color, bold) in enumerate(notes):
        line = Rect(rect.x, rect.y + at * height, rect.w, height)
        p.text(text, line, color, theme.SIZE_SMALL, p.fonts.bold if bold else p.fonts.regular, term="source")
