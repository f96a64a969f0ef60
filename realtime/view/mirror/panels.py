"""What is written in the panels; pictures, meshes and curves are drawn by the passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from realtime.types import EMOTIONS, FrameResult, ModelResult, Residual
from realtime.view.mirror.layout import Layout
from realtime.view.paint import colormap, theme
from realtime.view.paint.card import UNIT, chip, scale, sides, title
from realtime.view.paint.layout import Panel, Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.words import signed, skill_sentence
from realtime.view.state import Caption, Status, ViewState

_SHOWN_EMOTIONS = ("neutral", *(name for name in EMOTIONS if name != "neutral"))
_MOST_BARS = 7


def shown_residual(result: FrameResult | None, ui: ViewState) -> tuple[Residual | None, bool]:
    """The residual that is on screen, and whether it is the identity-adjusted one."""
    model = shown_model(result, ui.model)
    return (None, False) if model is None else residual_of(model, ui)


def shown_model(result: FrameResult | None, at: int) -> ModelResult | None:
    """What one of the models made of the frame; None where there is no face."""
    if result is None or not result.models:
        return None
    return result.models[at]


def residual_of(model: ModelResult, ui: ViewState) -> tuple[Residual | None, bool]:
    """The same for one model: the adjusted residual where it is wanted and known, else the raw one."""
    if ui.adjusted and model.residual_adjusted is not None:
        return model.residual_adjusted, True
    return model.residual, False


# The upper row ------------------------------------------------------------------------------------------------------


_FLAGS = {
    "black": "no picture: is the lens covered?",
    "frozen": "the picture stands still",
    "torn": "half a picture",
}


def camera(p: Painter, panel: Panel, picture: Rect, result: FrameResult | None, status: Status, ui: ViewState) -> None:
    """Title, state over the picture, pose below it."""
    size = "" if result is None else f"{result.frame.size[0]} × {result.frame.size[1]}"
    looking = "mirrored" if ui.mirrored else ""
    if result is not None and result.landmarks is not None and result.landmarks.faces_seen > 1:
        size = f"largest of {result.landmarks.faces_seen} faces"  # the one thing that must not be overlooked then
    notes = [" · ".join(part for part in parts if part) for parts in ((status.source, size, looking), (size, looking))]
    title(p, panel, "Camera", *notes, size)
    note = status.source_note
    if status.source_state == "lost":
        chip(p, picture, f"lost: {note}" if note else "lost", theme.BAD)
    elif status.source_state == "ended":
        chip(p, picture, "the source has ended", theme.TEXT_SOFT)
    elif result is None:
        chip(p, picture, f"opening {status.source}" if status.source else "opening …", theme.TEXT_SOFT)
    elif result.frame.flags:
        chip(p, picture, "; ".join(_FLAGS.get(flag, flag) for flag in sorted(result.frame.flags)), theme.WARN)
    elif result.landmarks is None:
        chip(p, picture, "no face", theme.WARN)
    elif note:
        chip(p, picture, note, theme.WARN)
    if result is not None and result.aligned is not None and not status.message:
        _pose(p, panel.footer, result)


def _pose(p: Painter, rect: Rect, result: FrameResult) -> None:
    assert result.aligned is not None
    angles = result.aligned.pose.degrees()
    third = rect.w // 3
    for size, mono, digits in ((theme.SIZE_BODY, theme.SIZE_MONO, 1), (theme.SIZE_SMALL, theme.SIZE_SMALL, 0)):
        # As wide as the widest value, so that nothing moves while the numbers change.
        number = p.width(f"{signed(-90, digits)}°", mono, p.fonts.mono)
        if max(p.width(name + " ", size) for name in angles) + number <= third - p.px(6):
            break
    for at, (name, degrees) in enumerate(angles.items()):
        side = ("left", "centre", "right")[at]
        wide = p.width(name + " ", size) + number
        start = {"left": 0.0, "centre": (third - wide) / 2, "right": third - wide}[side]
        box = Rect(rect.x + at * third + round(start), rect.y, round(wide) + 2, rect.h)
        p.text(name, box, theme.TEXT_FAINT, size)
        p.text(f"{signed(degrees, digits)}°", box, theme.TEXT_SOFT, mono, p.fonts.mono, "right")


def observed(
    p: Painter, panel: Panel, result: FrameResult | None, models: Sequence[Caption], status: Status, ui: ViewState
) -> None:
    """Title and colour scale of the observed face."""
    residual, adjusted = shown_residual(result, ui)
    wordings = ["residual, identity-adjusted", "identity-adjusted"] if adjusted else ["residual, raw", "raw"]
    if len(models) > 1:
        wordings.insert(0, f"residual of {models[ui.model].name}, {'adjusted' if adjusted else 'raw'}")
        wordings.insert(1, f"of {models[ui.model].name}")
    title(p, panel, "Observed", *(wordings if residual is not None else ()))
    if result is None or result.aligned is None:
        _empty(p, panel.body, result)
    else:
        sides(p, panel.body, ui)
    if residual is not None and not status.message:
        scale(p, panel.footer, ui.colour_max)


def predicted(
    p: Painter, panel: Panel, result: FrameResult | None, models: Sequence[Caption], at: int, status: Status,
    ui: ViewState,
) -> None:  # fmt: skip
    """Title of a model's predicted face, and what the model was given, or the scale of the models' disagreement."""
    caption, model = models[at], shown_model(result, at)
    if len(models) == 1:
        noted = (f"{caption.name}, {caption.note}",) if caption.note else ()
        title(p, panel, "Predicted", *noted, caption.name, colour=theme.WARN if noted else theme.TEXT_FAINT)
    else:
        _model_title(p, panel, caption, at, None if model is None else residual_of(model, ui)[0], at == ui.model)
    if model is None or model.predicted is None:
        _empty(p, panel.body, result)
        return
    sides(p, panel.body, ui)
    if status.message:
        return
    if ui.disagreement and result is not None and result.disagreement is not None:
        scale(p, panel.footer, ui.colour_max)
        return
    pose = "the live pose" if model.predicted.pose is not None else "pose = 0"
    what = "features" if model.features is None else family(model.features.values)
    offset = ui.adjusted and model.predicted.adjusted_canon is not None
    given = f"from {what} and {pose}"
    short = f"{what}, {'live pose' if model.predicted.pose is not None else 'pose 0'}"
    wordings = (given + ", identity added", given + " + identity", short + " + identity") if offset else (given,)
    text = p.choose((*wordings, given, short), panel.footer.w, theme.SIZE_SMALL)
    p.text(text, panel.footer, theme.TEXT_FAINT, theme.SIZE_SMALL)


def family(values: Mapping[str, float]) -> str:
    """What the features of a model are, in the plural."""
    return "emotions" if set(values) & set(EMOTIONS) else "features"


def _model_title(p: Painter, panel: Panel, caption: Caption, at: int, residual: Residual | None, chosen: bool) -> None:
    """The name of one of several models in its colour, and its residual."""
    line = panel.title
    number = "" if residual is None else f"{residual.nme:.1f} %"
    p.text(number, line, theme.TEXT if chosen else theme.TEXT_SOFT, theme.SIZE_MONO, p.fonts.mono, "right")
    p.dot(line.x + p.px(5), line.y + line.h / 2, 4.5 * p.unit, theme.MODELS[at])
    room = line.w - p.px(16) - round(p.width(number, theme.SIZE_MONO, p.fonts.mono)) - p.px(10)
    name = Rect(line.x + p.px(16), line.y, max(0, room), line.h)
    words = p.choose(caption.names, name.w, theme.SIZE_BODY, p.fonts.bold) or caption.names[-1]
    taken = p.text(words, name, theme.TEXT, theme.SIZE_BODY, p.fonts.bold)
    note = Rect(name.x + round(taken) + p.px(8), line.y, max(0, name.right - name.x - round(taken) - p.px(8)), line.h)
    if caption.note and p.width(caption.note, theme.SIZE_SMALL) <= note.w:
        p.text(caption.note, note, theme.WARN, theme.SIZE_SMALL)


def _empty(p: Painter, body: Rect, result: FrameResult | None) -> None:
    text = "waiting for the first picture" if result is None else "no face" if result.landmarks is None else "no mesh"
    p.text(text, body, theme.TEXT_FAINT, theme.SIZE_BODY, side="centre")


def passing(p: Painter, layout: Layout, text: str) -> None:
    """A passing line in the place of the upper row's footers, which are left out while it stands there."""
    seam = layout.cards[0].frame.y if layout.cards else layout.size[1] - layout.header.x
    most = layout.size[0] - 2 * layout.header.x
    width = min(round(p.width(text, theme.SIZE_BODY, p.fonts.bold)) + p.px(36), most)
    box = Rect((layout.size[0] - width) // 2, seam - p.px(44), width, p.px(34))
    p.fill(box, theme.CARD_LIT, box.h / 2)
    p.frame(box, theme.ACCENT.faded(0.6), box.h / 2, max(1.0, p.unit))
    p.text(text, box.inset(p.px(16), 0), theme.TEXT, theme.SIZE_BODY, p.fonts.bold, "centre")


# The lower row ------------------------------------------------------------------------------------------------------


def emotion(p: Painter, panel: Panel, result: FrameResult | None, status: Status) -> None:
    """One bar for each emotion, or for the strongest features of a model that is driven by others."""
    features = result.features if result is not None else None
    values: Mapping[str, float] = features.values if features is not None else {}
    source = features.source if features is not None else status.emotion_source
    is_emotion = not values or family(values) == "emotions"
    way = (f"model inverted; better: {status.emotion_hint}",) if status.emotion_hint else ()
    notes = {
        "inverse": (*way, "the model inverted, not a classifier", "the model inverted"),
        "mediapipe": ("measured by MediaPipe", "MediaPipe"),
        "pyfeat": ("py-feat's multitask network", "py-feat's network"),
    }.get(source, (source,))
    title(p, panel, "Emotion" if is_emotion else "Strongest features", *notes)
    names = shown_features(values, _MOST_BARS) if values else list(_SHOWN_EMOTIONS)
    _bars(p, panel.body, names, values)


def shown_features(values: Mapping[str, float], most: int) -> list[str]:
    """All emotions in their fixed order, or the strongest of other features."""
    if family(values) == "emotions":
        return [name for name in _SHOWN_EMOTIONS if name in values][:most]
    return sorted((name for name in values if name != "_neutral"), key=lambda name: -values[name])[:most]


def _bars(p: Painter, rect: Rect, names: Sequence[str], values: Mapping[str, float]) -> None:
    strongest = max(names, key=lambda name: values.get(name, 0.0)) if values and names else ""
    label = max((p.width(name) for name in names), default=0)
    number = p.width("-0.00", theme.SIZE_MONO, p.fonts.mono)
    for at, name in enumerate(names):
        row = _row(rect, at, max(len(names), _MOST_BARS))
        bright = name == strongest
        left = Rect(row.x, row.y, min(round(label) + 1, row.w // 2), row.h)
        p.text(name, left, theme.TEXT if bright else theme.TEXT_SOFT, side="right")
        height = p.px(10)
        start, end = left.right + p.px(12), row.right - round(number) - p.px(10)
        bar = Rect(start, row.y + (row.h - height) // 2, max(0, end - start), height)
        value = values.get(name)
        p.bar(bar, value or 0.0, theme.ACCENT if bright else theme.MUTED_BAR)
        shown = "–" if value is None else f"{value:.2f}"
        p.text(shown, row, theme.TEXT if bright else theme.TEXT_SOFT, theme.SIZE_MONO, p.fonts.mono, "right")


_ROW_NAMES = (
    ("raw", "identity-adjusted", "mean-face baseline", "own-neutral baseline", "landmark noise"),
    ("raw", "identity-adjusted", "mean face", "own neutral", "landmark noise"),
    ("raw", "adjusted", "mean face", "own neutral", "noise"),
    ("raw", "adj.", "mean", "own", "noise"),
)


def residual(p: Painter, panel: Panel, result: FrameResult | None, ui: ViewState) -> None:
    """The numbers with their baselines, the regions, and one sentence on what they are worth."""
    current, adjusted = shown_residual(result, ui)
    title(p, panel, "Residual", UNIT)
    sentence_h = p.px(30)
    body = Rect(panel.body.x, panel.body.y, panel.body.w, panel.body.h - sentence_h)
    gap = p.px(24)
    left = Rect(body.x, body.y, round(body.w * 0.53) - gap // 2, body.h)
    right = Rect(left.right + gap, body.y, body.right - left.right - gap, body.h)

    raw = result.residual if result is not None else None
    other = result.residual_adjusted if result is not None else None
    known = {**(raw.baselines if raw else {}), **(other.baselines if other else {})}
    wide = p.width("00.0", theme.SIZE_MONO, p.fonts.mono)
    start = left.x + p.px(15)
    room = max(0, left.right - round(wide) - start - p.px(4))
    names = next((row for row in _ROW_NAMES if max(map(p.width, row)) <= room), _ROW_NAMES[-1])
    rows = (
        (names[0], raw.nme if raw else None, theme.SERIES_RAW, not adjusted),
        (names[1], other.nme if other else None, theme.SERIES_ADJUSTED, adjusted),
        (names[2], known.get("mean_mesh"), theme.SERIES_MEAN, False),
        (names[3], known.get("own_neutral"), theme.SERIES_NEUTRAL, False),
        (names[4], known.get("noise"), None, False),
    )
    for at, (name, value, colour, bright) in enumerate(rows):
        row = _row(left, at, len(rows))
        middle = row.y + row.h / 2
        if colour is not None:
            p.dot(row.x + p.px(4), middle, 3.5 * p.unit, colour if value is not None else theme.TRACK)
        ink = theme.TEXT if bright and value is not None else theme.TEXT_SOFT if value is not None else theme.TEXT_FAINT
        shown = "–" if value is None else f"{value:.1f}"
        p.text(name, Rect(start, row.y, room, row.h), ink)
        p.text(shown, row, ink, theme.SIZE_MONO, p.fonts.mono, "right")

    _regions(p, right, current, ui.colour_max)
    line = Rect(panel.body.x, body.bottom, panel.body.w, sentence_h)
    p.rule(line.x, line.y, line.right, line.y, theme.CARD_EDGE, max(1.0, p.unit))
    if current is not None:
        wordings, good = skill_sentence(current.skill, current.baseline_name)
        text = p.choose(wordings, line.w, theme.SIZE_TITLE, p.fonts.bold) or wordings[-1]
        p.text(
            text,
            Rect(line.x, line.y + p.px(3), line.w, line.h - p.px(3)),
            theme.ACCENT if good else theme.WARN,
            theme.SIZE_TITLE,
            p.fonts.bold,
        )


def _regions(p: Painter, rect: Rect, current: Residual | None, highest: float) -> None:
    if current is None or not current.regions:
        return
    label = max(p.width(name, theme.SIZE_SMALL) for name in current.regions)
    number = p.width("00.0", theme.SIZE_MONO, p.fonts.mono)
    for at, (name, value) in enumerate(current.regions.items()):
        row = _row(rect, at, len(current.regions))
        p.text(name, Rect(row.x, row.y, round(label) + 1, row.h), theme.TEXT_SOFT, theme.SIZE_SMALL)
        height = p.px(7)
        start, end = row.x + round(label) + p.px(10), row.right - round(number) - p.px(8)
        bar = Rect(start, row.y + (row.h - height) // 2, max(0, end - start), height)
        share = value / max(highest, 1e-6)
        p.bar(bar, share, colormap.at(max(0.18, share)))
        p.text(f"{value:.1f}", row, theme.TEXT_SOFT, theme.SIZE_MONO, p.fonts.mono, "right")


def _row(rect: Rect, at: int, of: int) -> Rect:
    top, bottom = (rect.y + round(rect.h * part / of) for part in (at, at + 1))
    return Rect(rect.x, top, rect.w, bottom - top)
