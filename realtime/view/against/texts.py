"""What is written of two replays: a line above the faces of each, and their numbers with the difference."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.core.against import START, PairedResult, ReplayedSide
from realtime.core.frame_result import FrameResult, ModelResult
from realtime.core.view_state import ViewState
from realtime.core.wording import FITTED, signed, time_text
from realtime.view.against.combined import model_of
from realtime.view.mirror.comparison import TableRow, draw_table
from realtime.view.mirror.header import Badge, amber_badge
from realtime.view.mirror.model_facts import Caption
from realtime.view.mirror.panels import residual_of, shown_features
from realtime.view.paint import theme
from realtime.view.paint.card import UNIT, title
from realtime.view.paint.layout import Panel, Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color

_HEADS = ("raw", "adjusted", "floor", "skill", "mean face", "own neutral")
_DISPENSABLE = ("own neutral", "floor", "mean face")
_DIFFERENCE = "A − B"
_LEAST = 0.05  # of a feature that is named


def draw_strip(p: Painter, rect: Rect, side: ReplayedSide, at: int, caption: Caption, ui: ViewState) -> None:
    """Name, model and strongest emotions of a side, its state, and the residual that is shown."""
    model = model_of(side)
    residual, adjusted = (None, False) if model is None else residual_of(model, ui)
    kind = "adjusted" if adjusted else "raw"
    number = "–" if residual is None else f"{residual.nme:.1f} %"
    room = rect.inset(p.px(4), 0)
    taken = p.text(number, room, theme.TEXT, theme.SIZE_TITLE, p.fonts.bold, "right") + p.px(6)
    left = p.text("AB"[at], room, theme.MODELS[at], theme.SIZE_NAME, p.fonts.bold) + p.px(10)
    middle = Rect.between(room.x + round(left), room.y, room.right - round(taken), room.bottom)
    if residual is not None and p.width(kind, theme.SIZE_SMALL) < 0.2 * middle.w:
        taken = p.text(kind, middle, theme.TEXT_FAINT, theme.SIZE_SMALL, side="right")
        middle = Rect.between(middle.x, middle.y, middle.right - round(taken) - p.px(12), middle.bottom)
    wordings, color = state_of(side)
    state = p.first_fitting(wordings, 0.5 * middle.w, theme.SIZE_SMALL, p.fonts.bold)
    if state:
        taken = p.text(state, middle, color, theme.SIZE_SMALL, p.fonts.bold, "right")
        middle = Rect.between(middle.x, middle.y, middle.right - round(taken) - p.px(12), middle.bottom)
    label = p.elide_middle(side.label, 0.55 * middle.w, theme.SIZE_BODY, p.fonts.bold)
    taken = p.text(label, middle, theme.TEXT, theme.SIZE_BODY, p.fonts.bold) + p.px(12)
    middle = Rect.between(middle.x + round(taken), middle.y, middle.right, middle.bottom)
    text = p.first_fitting(_details(model, caption, side.label), middle.w, theme.SIZE_SMALL)
    p.text(text, middle, theme.TEXT_SOFT, theme.SIZE_SMALL)


def state_of(side: ReplayedSide) -> tuple[tuple[str, ...], Color]:
    """What has to be known of a side's frame, from long to short, and its colour; () where nothing has to."""
    if side.state == "before":
        return (f"begins at {time_text(side.begins_s)}", "begins later"), theme.TEXT_SOFT
    if side.state == "ended":
        return (f"ended at {time_text(side.ends_s)}", "ended"), theme.TEXT_SOFT
    if side.result is None or side.result.landmarks is None:
        return ("no face",), theme.WARN
    validity = side.result.validity
    if not validity.ok:
        return (f"out of range: {'; '.join(validity.reasons)}", "out of range"), theme.BAD
    return (amber_badge(validity.amber, 0).wordings, theme.WARN) if validity.amber else ((), theme.TEXT)


def pair_badge(pair: PairedResult) -> Badge:
    """On what both are aligned."""
    if pair.session:
        return Badge((f"A and B: the same frames of {pair.session}", "A and B: the same frames"), theme.ACCENT, 2)
    if pair.aligned_on == START:
        return Badge(("A and B on one clock, aligned on their first frames", "A and B from the start"), theme.ACCENT, 2)
    return Badge((f"A and B on one clock, aligned on '{pair.aligned_on}'", "A and B aligned"), theme.ACCENT, 2)


def draw_numbers(
    p: Painter, panel: Panel, pair: PairedResult, result: FrameResult | None, captions: Sequence[Caption], ui: ViewState
) -> None:
    """A row for each side and one for their difference, which is of this pair of frames alone."""
    models = [model_of(side) for side in pair.sides]
    trackers = list(dict.fromkeys(
        side.result.landmarks.tracker for side in pair.sides if side.result is not None and side.result.landmarks
    ))  # fmt: skip
    by = "trackers" if len(trackers) > 1 else "tracker"
    notes = (f"{UNIT}, {by} {' and '.join(trackers)}", f"%, {by} {' and '.join(trackers)}") if trackers else ()
    title(p, panel, "Residual", *notes, UNIT, "%")
    numbers = [_numbers(model) for model in models]
    apart = [
        None if one is None or other is None else one - other for one, other in zip(*numbers, strict=True)
    ] if pair.paired else [None] * len(_HEADS)  # fmt: skip
    rows = [
        TableRow((*caption.names, "AB"[at]), _cells(numbers[at]), at, at == ui.model)
        for at, caption in enumerate(captions)
    ]
    rows.append(TableRow((_DIFFERENCE,), _cells(apart, sign=True), None, True))
    sentence_h = p.px(30)
    body = Rect(panel.body.x, panel.body.y, panel.body.w, panel.body.h - sentence_h)
    count = len(rows) + 1
    lines = [Rect(body.x, body.y + round(body.h * at / count), body.w, round(body.h / count)) for at in range(count)]
    draw_table(p, lines, _HEADS, rows, _DISPENSABLE)
    line = Rect(panel.body.x, body.bottom, panel.body.w, sentence_h)
    p.rule(line.x, line.y, line.right, line.y, theme.CARD_EDGE, max(1.0, p.unit))
    text = p.first_fitting(_sentence(pair, models), line.w, theme.SIZE_BODY, p.fonts.bold)
    inside = Rect(line.x, line.y + p.px(3), line.w, line.h - p.px(3))
    p.text(text, inside, theme.TEXT_SOFT, theme.SIZE_BODY, p.fonts.bold)


def _details(model: ModelResult | None, caption: Caption, label: str) -> tuple[str, ...]:
    """Model and strongest features, from long to short."""
    known = {} if model is None or model.features is None else dict(model.features.values)
    source = "" if model is None or model.features is None else model.features.source
    strongest = sorted(shown_features(known, len(known)), key=lambda name: -known[name])
    two = ", ".join(f"{name} {known[name]:.2f}" for name in strongest[:2] if known[name] >= _LEAST)
    one = ", ".join(f"{name} {known[name]:.2f}" for name in strongest[:1])
    # The captions of the window begin with the label, and what is the label is not repeated.
    parts = [[name, source, two] for name in (caption.note, "")] + [["", source, two], ["", "", two], ["", "", one]]
    return tuple(" · ".join(part for part in each if part and part != label) for each in parts)


def _numbers(model: ModelResult | None) -> list[float | None]:
    """The numbers of a side, in the order of `_HEADS`."""
    if model is None or model.residual is None:
        return [None] * len(_HEADS)
    raw, adjusted, floor = model.residual, model.residual_adjusted, model.floor
    best = adjusted or raw
    fit = None if floor is None else (floor.adjusted if adjusted is not None else floor.raw)
    own = None if adjusted is None else adjusted.baselines.get("own_neutral")
    return [
        raw.nme, None if adjusted is None else adjusted.nme, None if fit is None else fit.nme, best.skill,
        raw.baselines.get("mean_mesh"), own,
    ]  # fmt: skip


def _cells(numbers: Sequence[float | None], *, sign: bool = False) -> tuple[str, ...]:
    digits = [2 if head == "skill" else 1 for head in _HEADS]
    return tuple(
        "–" if value is None else signed(value, places) if sign or places == 2 else f"{value:.{places}f}"
        for value, places in zip(numbers, digits, strict=True)
    )


def _sentence(pair: PairedResult, models: Sequence[ModelResult | None]) -> tuple[str, ...]:
    """What the difference is of."""
    for name, side, model in zip("AB", pair.sides, models, strict=True):
        if model is None:
            why = {"before": "has not begun", "ended": "has ended", "runs": "has no face here"}[side.state]
            return (f"No difference: {name} {why}", f"{name} {why}")
    if not pair.paired:
        return ("No difference: these frames are of different moments", "frames of different moments")
    fitted = [
        name
        for name, model in zip("AB", models, strict=True)
        if model is not None and model.features is not None and model.features.source == FITTED
    ]
    if fitted:
        who = f"{' and '.join(fitted)} {'are' if len(fitted) > 1 else 'is'} fitted to the face (inverse)"
        return (
            f"{who}: at best; of this pair of frames, no test",
            f"{who}: at best",
            f"{' and '.join(fitted)}: fitted",
        )
    return ("The difference is of this pair of frames, and no test", "of this pair of frames, no test", "no test")
