"""Large buttons with their keys, in the strip of the sentence."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.core.view_state import ViewState
from realtime.view.mirror.headline import Button
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.widgets import lighten

_PAD, _SPACE, _GAP = 14, 12, 10  # design units


class ButtonRow:
    """Buttons side by side, in the wordings of one level: each level has shorter ones, and the last no keys."""

    def __init__(self, p: Painter, buttons: Sequence[Button], level: int, size: float) -> None:
        self._p, self._buttons, self._size = p, tuple(buttons), size
        longest = max((len(button.labels) for button in buttons), default=0)
        self.last = longest  # level
        self._keys = level < longest
        self._labels = [button.labels[min(level, len(button.labels) - 1)] for button in buttons]
        self._widths = [
            round(p.width(label, size, p.fonts.bold)) + 2 * p.px(_PAD) + (self._cap(button) if self._keys else 0)
            for label, button in zip(self._labels, buttons, strict=True)
        ]

    @property
    def width(self) -> int:
        """Pixels; 0 without buttons."""
        return sum(self._widths) + max(0, len(self._widths) - 1) * self._p.px(_GAP)

    def _cap(self, button: Button) -> int:
        return self._p.px(_SPACE) + self._cap_width(button.key)

    def _cap_width(self, key: str) -> int:
        return max(round(self._p.width(key, theme.SIZE_SMALL, self._p.fonts.bold)) + self._p.px(11), self._p.px(20))

    def draw(self, right: int, middle: int, height: int, ui: ViewState) -> dict[str, Rect]:
        """Draw them with their right end and middle there; a click requests the action. Their places, by the action."""
        p, x = self._p, right - self.width
        places: dict[str, Rect] = {}
        for at, (button, label, width) in enumerate(zip(self._buttons, self._labels, self._widths, strict=True)):
            box = Rect(x, middle - height // 2, width, height)
            self._draw_one(box, button, label, main=at == 0, lit=p.hovered(box) and not ui.help)
            if not ui.help and p.clicked(box):
                ui.actions.append(button.action)
            places[button.action.name] = box
            x += width + p.px(_GAP)
        return places

    def _draw_one(self, box: Rect, button: Button, label: str, *, main: bool, lit: bool) -> None:
        p, corner = self._p, 8 * self._p.unit
        ground, ink = (theme.ACCENT, theme.GROUND_BOTTOM) if main else (theme.TRACK, theme.TEXT)
        p.fill(box, lighten(ground, 0.15) if lit else ground, corner)
        if not main:
            p.frame(box, theme.CARD_EDGE, corner, max(1.0, p.unit))
        inside = box.inset(p.px(_PAD), 0)
        if not self._keys:
            p.text(label, inside, ink, self._size, p.fonts.bold, "center")
            return
        wide = self._cap_width(button.key)
        cap = Rect(inside.right - wide, box.y + (box.h - p.px(21)) // 2, wide, p.px(21))
        p.text(label, Rect.between(inside.x, box.y, cap.x, box.bottom), ink, self._size, p.fonts.bold)
        p.frame(cap, ink, 4 * p.unit, max(1.0, 1.2 * p.unit))
        p.text(button.key, cap, ink, theme.SIZE_SMALL, p.fonts.bold, "center")
