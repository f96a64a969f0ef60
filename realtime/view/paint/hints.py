"""What a word on the screen means, beside it: on hover, or stepped through with the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imgui_bundle import imgui

from realtime.core.glossary import GLOSSARY
from realtime.view.paint import theme
from realtime.view.paint.beside import place_beside
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Hint, Painter

_DWELL_S = 0.4  # of the mouse over a word
_WIDTH, _PAD, _LINE, _AWAY = 300.0, 12.0, 19.0, 8.0  # design units


@dataclass(slots=True)
class Hints:
    """Shows one explanation at a time."""

    _over: str = ""
    _since: float = 0.0

    def draw(self, p: Painter, chosen: int, keep_clear: Sequence[Rect], now: float) -> tuple[int, bool]:
        """The explanation of word number `chosen` in reading order, from 1, or with 0 of that under the mouse.

        Returns `chosen`, or 0 beyond the last word, and whether another frame is due. `keep_clear`: colour scales,
        which no explanation covers.
        """
        if chosen:
            words = sorted(p.hints, key=lambda hint: (hint.box.y // p.px(24), hint.box.x))
            if chosen > len(words):
                return 0, True
            self._explain(p, words[chosen - 1], keep_clear)
            return chosen, False
        hovered = next((hint for hint in p.hints if p.hovered(hint.box)), None)
        name = "" if hovered is None else hovered.term
        if name != self._over:
            self._over, self._since = name, now
        if hovered is None or now - self._since < _DWELL_S:
            return 0, hovered is not None
        self._explain(p, hovered, keep_clear)
        return 0, False

    def _explain(self, p: Painter, hint: Hint, keep_clear: Sequence[Rect]) -> None:
        term = GLOSSARY[hint.term]
        over = Painter(p.fonts, p.unit, imgui.get_foreground_draw_list())
        window = imgui.get_io().display_size
        width = min(p.px(_WIDTH), round(window.x) - 2 * p.px(_AWAY))
        lines = p.wrap(term.sentence, width - 2 * p.px(_PAD), theme.SIZE_SMALL)
        height = p.px(_LINE) * (len(lines) + 1) + 2 * p.px(_PAD)
        box = place_beside(
            hint.box, (width, height), (round(window.x), round(window.y)),
            away=p.px(_AWAY), sides=("below", "above", "right", "left"), keep_clear=keep_clear,
        )  # fmt: skip
        over.fill(box, theme.CARD_LIT, 8 * p.unit)
        over.frame(box, theme.ACCENT.faded(0.7), 8 * p.unit, max(1.0, p.unit))
        inside = box.inset(p.px(_PAD), p.px(_PAD))
        line = Rect(inside.x, inside.y, inside.w, p.px(_LINE))
        over.text(term.name, line, theme.TEXT, theme.SIZE_SMALL, p.fonts.bold)
        for at, text in enumerate(lines, start=1):
            below = Rect(line.x, line.y + at * line.h, line.w, line.h)
            over.text(text, below, theme.TEXT_SOFT, theme.SIZE_SMALL)
        step = p.px(4)
        for x in range(hint.box.x, hint.box.right, step):  # the word itself
            over.rule(x, hint.box.bottom, min(x + step / 2, hint.box.right), hint.box.bottom, theme.ACCENT, p.unit)
