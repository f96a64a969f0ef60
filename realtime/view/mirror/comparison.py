"""The lower cards with several models: their features side by side, and their residuals in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from realtime.core.frame_result import FrameResult, ModelResult
from realtime.core.view_state import ViewState
from realtime.core.wording import signed
from realtime.view.mirror.model_facts import Caption
from realtime.view.mirror.panels import residual_notes, residual_of, shown_features, shown_model
from realtime.view.paint import theme
from realtime.view.paint.card import title
from realtime.view.paint.layout import Panel, Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color

_MOST_FEATURES = 7
_WORST = "worst region"
_HEADS = ("raw", "adjusted", "with gain", "floor", "skill", _WORST)
_NAME = 64  # room for a model's name below which the worst region is left out, design units
_SIDES = {"Left": " L", "Right": " R"}  # at the end of a blendshape's name, where room is short


def features(p: Painter, panel: Panel, result: FrameResult | None, models: Sequence[Caption]) -> None:
    """A column for each model: its strongest features, or its emotions."""
    sources = {model.features.source for model in (result.models if result is not None else ()) if model.features}
    title(p, panel, "Features", ", ".join(sorted(sources)))
    gap = p.px(11)
    width = (panel.body.w - (len(models) - 1) * gap) // len(models)
    for at, caption in enumerate(models):
        column = Rect(panel.body.x + at * (width + gap), panel.body.y, width, panel.body.h)
        head = Rect(column.x, column.y, column.w, p.px(24))
        _name_beside_dot(p, head, (*caption.names, f"model {at + 1}", str(at + 1)), at)
        model = shown_model(result, at)
        if model is not None and model.features is not None:
            below = Rect(column.x, head.bottom, column.w, column.bottom - head.bottom)
            _features_of(p, below, model.features.values, theme.MODELS[at])


def _features_of(p: Painter, rect: Rect, values: Mapping[str, float], color: Color) -> None:
    names = shown_features(values, _MOST_FEATURES)
    strongest = max(names, key=lambda name: values[name], default="")
    height = rect.h / _MOST_FEATURES
    for at, name in enumerate(names):
        top = rect.y + round(at * height)
        row = Rect(rect.x, top, rect.w, round(height) - p.px(5))
        ink = theme.TEXT if name == strongest else theme.TEXT_SOFT
        value = f"{values[name]:.2f}".removeprefix("0")
        p.text(value, row, ink, theme.SIZE_SMALL, p.fonts.mono, "right")
        room = row.w - round(p.width(value, theme.SIZE_SMALL, p.fonts.mono)) - p.px(3)
        short = next((name.removesuffix(end) + mark for end, mark in _SIDES.items() if name.endswith(end)), name)
        label_rect = Rect(row.x, row.y, max(0, room), row.h)
        size = theme.SIZE_SMALL if p.width(short, theme.SIZE_SMALL) <= room else theme.SIZE_CAP
        p.text(p.first_fitting((name,), room, size) or p.elide_middle(short, room, size), label_rect, ink, size)
        bar = Rect(row.x, row.bottom, row.w, max(2, p.px(3)))
        p.bar(bar, values[name], color if name == strongest else theme.MUTED_BAR)


def residuals(p: Painter, panel: Panel, result: FrameResult | None, models: Sequence[Caption], ui: ViewState) -> None:
    """A row of numbers for each model, their baselines, and the models' disagreement."""
    title(p, panel, "Residual", *residual_notes(result))
    sentence_h = p.px(30)
    body = Rect(panel.body.x, panel.body.y, panel.body.w, panel.body.h - sentence_h)
    rows = len(models) + 2  # heads, models, baselines
    lines = [Rect(body.x, body.y + round(body.h * at / rows), body.w, round(body.h / rows)) for at in range(rows)]
    named = zip(models, range(len(models)), strict=True)
    table = [
        TableRow(
            (*caption.names, f"model {at + 1}", str(at + 1)), _cells(shown_model(result, at), ui), at, at == ui.model
        )
        for caption, at in named
    ]
    draw_table(p, lines[:-1], _HEADS, table, (_WORST, "with gain", "floor"))
    _baselines(p, lines[-1], shown_model(result, ui.model))
    line = Rect(panel.body.x, body.bottom, panel.body.w, sentence_h)
    p.rule(line.x, line.y, line.right, line.y, theme.CARD_EDGE, max(1.0, p.unit))
    disagreement = None if result is None else result.disagreement
    if disagreement is not None:
        wordings = (f"Model disagreement: {disagreement.nme:.1f} %", f"disagreement {disagreement.nme:.1f} %")
        text = p.first_fitting(wordings, line.w, theme.SIZE_TITLE, p.fonts.bold)
        inside = Rect(line.x, line.y + p.px(3), line.w, line.h - p.px(3))
        p.text(text, inside, theme.ACCENT, theme.SIZE_TITLE, p.fonts.bold)


def _name_beside_dot(p: Painter, rect: Rect, wordings: tuple[str, ...], at: int | None) -> None:
    """A name with a dot in the colour of a model."""
    if at is not None:
        p.dot(rect.x + p.px(4), rect.y + rect.h / 2, 3.5 * p.unit, theme.MODELS[at])
    label_rect = Rect(rect.x + p.px(13), rect.y, max(0, rect.w - p.px(13)), rect.h)
    name = p.first_fitting(wordings, label_rect.w, theme.SIZE_SMALL, p.fonts.bold)
    p.text(name, label_rect, theme.TEXT, theme.SIZE_SMALL, p.fonts.bold)


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of numbers."""

    names: tuple[str, ...]  # variants from long to short
    cells: tuple[str, ...]  # in the order of the heads
    at: int | None  # number of the model whose colour it has
    bright: bool


def draw_table(
    p: Painter, lines: Sequence[Rect], all_heads: Sequence[str], rows: Sequence[TableRow], dispensable: Sequence[str]
) -> None:
    """A line of heads and one for each row; without room the dispensable columns are left out, the first one first."""
    number = p.width("−0.00", theme.SIZE_MONO, p.fonts.mono)
    heads = list(all_heads)
    worst_w = round(p.width("forehead 00.0", theme.SIZE_SMALL))
    gap = p.px(10)

    def width(head: str) -> int:
        return worst_w if head == _WORST else round(max(p.width(head, theme.SIZE_SMALL), number))

    for head in dispensable:
        if sum(map(width, heads)) + len(heads) * gap + p.px(_NAME) <= lines[0].w:
            break
        heads.remove(head)
    widths = [width(head) for head in heads]
    starts: list[int] = []
    right = lines[0].right
    for wide in reversed(widths):
        starts.insert(0, right - wide)
        right -= wide + gap

    def draw_cell(line: Rect, column: int, text: str, ink: Color, size: float, mono: bool) -> None:
        cell = Rect(starts[column], line.y, widths[column], line.h)
        p.text(text, cell, ink, size, p.fonts.mono if mono else p.fonts.regular, "right")

    for column, head in enumerate(heads):
        draw_cell(lines[0], column, head, theme.TEXT_FAINT, theme.SIZE_SMALL, False)
    for row, line in zip(rows, lines[1:], strict=True):
        _name_beside_dot(p, Rect(line.x, line.y, starts[0] - line.x - p.px(8), line.h), row.names, row.at)
        ink = theme.TEXT if row.bright else theme.TEXT_SOFT
        cells = dict(zip(all_heads, row.cells, strict=True))
        for column, head in enumerate(heads):
            plain = head == _WORST
            draw_cell(line, column, cells[head], ink, theme.SIZE_SMALL if plain else theme.SIZE_MONO, not plain)


def _cells(model: ModelResult | None, ui: ViewState) -> tuple[str, ...]:
    """The cells of a model, in the order of `_HEADS`."""
    gained = None if model is None or model.gain_line is None else model.gain_line.nme
    floor = None if model is None else model.floor
    fit = None if floor is None else (floor.adjusted if ui.adjusted else None) or floor.raw
    raw = None if model is None else model.residual
    adjusted = None if model is None else model.residual_adjusted
    shown = None if model is None else residual_of(model, ui)[0]
    worst = None if shown is None else max(shown.regions.items(), key=lambda item: item[1], default=None)
    return (
        "–" if raw is None else f"{raw.nme:.1f}",
        "–" if adjusted is None else f"{adjusted.nme:.1f}",
        "–" if gained is None else f"{gained:.1f}",
        "–" if fit is None else f"{fit.nme:.1f}",
        "–" if shown is None else signed(shown.skill, 2),
        "–" if worst is None else f"{worst[0]} {worst[1]:.1f}",
    )


def _baselines(p: Painter, line: Rect, model: ModelResult | None) -> None:
    known = {} if model is None or model.residual is None else model.residual.baselines
    for names in (("mean face", "own neutral", "landmark noise"), ("mean", "neutral", "noise")):
        text = "   ".join(
            f"{name} {known[key]:.1f}"
            for name, key in zip(names, ("mean_mesh", "own_neutral", "noise"), strict=True)
            if key in known
        )
        if p.width(text, theme.SIZE_SMALL) <= line.w:
            break
    p.text(text, line, theme.TEXT_FAINT, theme.SIZE_SMALL)
