"""What the model is given, between the camera's face and the predicted one: bars, their source, an arrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from realtime.core.frame_result import FrameResult
from realtime.core.status import Status
from realtime.core.types import EMOTIONS, Features
from realtime.core.wording import CLASSIFIERS, CLEAR_MARGIN, SOURCE_TRUST, feature_source_names
from realtime.view.mirror.emotion_colors import emotion_color
from realtime.view.mirror.model_facts import Caption
from realtime.view.mirror.panels import family, shown_features, shown_model
from realtime.view.paint import theme
from realtime.view.paint.layout import Panel, Rect
from realtime.view.paint.painter import Painter

_ROWS = 7
_ROW, _ROW_LEAST = 24.0, 15.0  # heights of a row, design units: as it should be, and at least
_LINE = 17.0  # of the words below
_BELOW = 7.0  # between the words and the edge of the card
_BRACKET = 14.0  # room for it at the right


def draw_strip(
    p: Painter, strip: Rect, predicted: Panel, result: FrameResult | None, status: Status, models: Sequence[Caption]
) -> None:
    """The features of the models in `strip`; of one model an arrow leads to the panel of its predicted face.

    Of several models that are given different features each has its own, under its name and in its colour.
    """
    inputs = inputs_of(result, len(models))
    if len(inputs) > 1:
        _draw_each(p, strip, predicted, inputs, models)
        return
    features = inputs[0][1] if inputs else None
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
    bottom = predicted.footer.bottom - p.px(_BELOW)
    body = Rect.between(strip.x, predicted.body.y + p.px(10), strip.right - p.px(_BRACKET), bottom)
    names = shown_features(values, _ROWS) if values else shown_features(dict.fromkeys(EMOTIONS, 0.0), _ROWS)
    line, gap = round(_LINE * p.unit), p.px(12)
    notes = _notes(p, source, status, len(models), body.w, (body.h - _ROWS * p.px(_ROW_LEAST) - gap) // line)
    room = body.h - gap - len(notes) * line
    row_h = min(p.px(_ROW), max(p.px(_ROW_LEAST), room // _ROWS))
    rows = Rect(body.x, body.y, body.w, min(row_h * _ROWS, body.h))
    _bars(p, rows, names, values, source, _ROWS)
    _bracket(p, rows, theme.ACCENT)
    if len(models) == 1:
        _arrow(p, rows, strip.right, predicted.body.x)
    _write(p, Rect.between(body.x, rows.bottom + gap, strip.right, body.bottom), notes)


def inputs_of(result: FrameResult | None, count: int) -> list[tuple[list[int], Features]]:
    """The different features that models are given, each with the numbers of its models, in their order."""
    found: list[tuple[list[int], Features]] = []
    for at in range(count):
        model = shown_model(result, at)
        features = None if model is None else model.features
        if features is None:
            continue
        same = next((one for one in found if _alike(one[1], features)), None)
        if same is None:
            found.append(([at], features))
        else:
            same[0].append(at)
    return found


def _alike(one: Features, other: Features) -> bool:
    return one.source == other.source and one.values == other.values


def _draw_each(
    p: Painter, strip: Rect, predicted: Panel, inputs: Sequence[tuple[list[int], Features]], models: Sequence[Caption]
) -> None:
    """The strongest features of each input, below each other."""
    title = Rect(strip.x, predicted.title.y, strip.w - p.px(24), predicted.title.h)
    p.fitting(("What each is given", "Inputs"), title, theme.TEXT, theme.SIZE_TITLE, p.fonts.bold, term="features")
    body = Rect.between(strip.x, predicted.body.y, strip.right - p.px(_BRACKET), predicted.footer.bottom)
    head, gap = p.px(22), p.px(8)
    high = (body.h - gap * (len(inputs) - 1)) // len(inputs)
    rows = min(_ROWS, (high - head) // p.px(_ROW_LEAST))
    if rows < 1:
        return
    row_h = min(p.px(_ROW), (high - head) // rows)
    for place, (of, features) in enumerate(inputs):
        line = Rect(body.x, body.y + place * (high + gap), body.w, head)
        x = line.x + p.px(4)
        for at in of:
            p.dot(x, line.y + line.h / 2, 3.5 * p.unit, theme.MODELS[at])
            x += p.px(11)
        names = models[of[0]].names if len(of) == 1 else ()
        source = feature_source_names(features.source)[-1]
        wordings = (*(f"{name}, {source}" for name in names), *names, source)
        p.fitting(
            wordings, Rect.between(x, line.y, line.right, line.bottom), theme.TEXT, theme.SIZE_SMALL, p.fonts.bold
        )
        values = {name: value for name, value in features.values.items() if not name.startswith("_")}
        strongest = sorted(values, key=lambda name: -values[name])[:rows]
        bars = Rect(body.x, line.bottom, body.w, row_h * len(strongest))
        _bars(p, bars, strongest, values, features.source, len(strongest))
        _bracket(p, bars, theme.MODELS[of[0]])


def _bars(p: Painter, rect: Rect, names: Sequence[str], values: Mapping[str, float], source: str, count: int) -> None:
    """A row for each name; `count` rows have room in `rect`."""
    ranked = sorted(values.values(), reverse=True)
    clear = len(ranked) > 1 and ranked[0] - ranked[1] >= CLEAR_MARGIN and source in CLASSIFIERS
    strongest = max(names, key=lambda name: values.get(name, 0.0), default="") if clear else ""
    emotions = not values or family(values) == "emotions"
    number = round(p.width("100 %" if emotions else "−0.00", theme.SIZE_SMALL))
    label = min(round(max(p.width(name, theme.SIZE_SMALL, p.fonts.bold) for name in names)) + 1, rect.w // 2)
    height = rect.h // count
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


def _bracket(p: Painter, rows: Rect, ink: theme.Color) -> None:
    """Around the bars, at their right."""
    width = max(1.0, 1.6 * p.unit)
    left, right = rows.right + p.px(4), rows.right + p.px(9)
    top, bottom = rows.y + p.px(3), rows.bottom - p.px(3)
    for x0, y0, x1, y1 in ((left, top, right, top), (right, top, right, bottom), (left, bottom, right, bottom)):
        p.rule(x0, y0, x1, y1, ink, width)


def _arrow(p: Painter, rows: Rect, x: int, face_x: int) -> None:
    """From the bracket to the face that is made of what is in it."""
    width, ink = max(1.0, 1.6 * p.unit), theme.ACCENT
    right, middle = rows.right + p.px(9), rows.y + rows.h / 2
    end = max(x, face_x) + p.px(26)
    p.rule(right, middle, end, middle, ink, width)
    head = p.px(6)
    p.rule(end - head, middle - head, end, middle, ink, width)
    p.rule(end - head, middle + head, end, middle, ink, width)
    label = Rect(right + p.px(3), round(middle) - p.px(20), end - right, p.px(18))
    if p.width("input", theme.SIZE_SMALL) <= label.w:
        p.text("input", label, ink, theme.SIZE_SMALL)


_Note = tuple[str, theme.Color, bool]  # its text, its colour, and whether it is bold


def _notes(p: Painter, source: str, status: Status, models: int, width: int, most: int) -> list[_Note]:
    """The lines about the source. Whole sentences in `most` lines."""
    read, dependable, weak = SOURCE_TRUST.get(source, (f"From {feature_source_names(source)[0]}.", "", ""))
    parts = [(read, theme.TEXT, True), (dependable, theme.TEXT_SOFT, False), (weak, theme.WARN, False)]
    if models > 1:
        parts.insert(0, (f"Given to {'both' if models == 2 else 'all'} models.", theme.TEXT_SOFT, False))
    if status.emotion_note:  # a fallback must not pass for what was asked for
        parts.insert(1, (status.emotion_note, theme.WARN, False))
    elif status.emotion_hint and source == "inverse":
        parts.append((f"Better: {status.emotion_hint}", theme.TEXT_SOFT, False))
    found: list[_Note] = []
    for text, color, bold in parts:
        font = p.fonts.bold if bold else p.fonts.regular
        lines = p.wrap(text, width, theme.SIZE_SMALL, font)
        if len(found) + len(lines) > most:
            break
        found += [(line, color, bold) for line in lines]
    return found


def _write(p: Painter, rect: Rect, notes: Sequence[_Note]) -> None:
    height = round(_LINE * p.unit)
    for at, (text, color, bold) in enumerate(notes):
        line = Rect(rect.x, rect.y + at * height, rect.w, height)
        p.text(text, line, color, theme.SIZE_SMALL, p.fonts.bold if bold else p.fonts.regular, term="source")
