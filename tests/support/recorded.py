"""Every word that is drawn, where it stands and whether it was cut."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter


@dataclass
class Words:
    """What one frame has written. A layer is an imgui window, since what lies over others may cover them."""

    drawn: list[tuple[str, str, Rect]] = field(default_factory=list)  # layer, text, box as far as it is seen
    cut: list[str] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [text for _, text, _ in self.drawn]

    def faults(self, size: tuple[int, int], over: tuple[str, ...] = ("##Foreground",)) -> list[str]:
        """What is cut, leaves the window, or lies on another word; layers that begin as in `over` cover the others."""
        found = [f"cut: {text}" for text in self.cut]
        for at, (layer, text, box) in enumerate(self.drawn):
            if box.x < 0 or box.y < 0 or box.right > size[0] or box.bottom > size[1]:
                found.append(f"outside: {text}")
            for other_layer, other_text, other in self.drawn[:at]:
                apart = box.right <= other.x or other.right <= box.x or box.bottom <= other.y or other.bottom <= box.y
                covers = layer != other_layer and (layer.startswith(over) or other_layer.startswith(over))
                if not apart and not covers:
                    found.append(f"on each other: {text} | {other_text}")
        return found


@contextmanager
def recorded(patch: pytest.MonkeyPatch) -> Iterator[Words]:
    """Record what is written meanwhile; the height of a word is that of its small letters."""
    words = Words()
    real_text, real_cut = Painter.text, Painter._cut

    def cutting(self: Painter, text: str, *args: Any) -> tuple[str, float]:
        found = real_cut(self, text, *args)
        if found[0] != text:
            words.cut.append(text)
        return found

    def text(self: Painter, text: str, rect: Rect, *args: Any, **more: Any) -> float:
        width = real_text(self, text, rect, *args, **more)
        side = more.get("side") or (args[3] if len(args) > 3 else "left")
        left = rect.x + {"left": 0.0, "right": rect.w - width, "center": (rect.w - width) / 2}[side]
        height = 0.6 * 14 * self.unit
        middle = rect.y + rect.h / 2
        low, high = self._list.get_clip_rect_min(), self._list.get_clip_rect_max()
        top, bottom = max(middle - height / 2, low.y), min(middle + height / 2, high.y)
        if width and bottom > top:
            box = Rect(round(left), round(top), round(width), round(bottom - top))
            words.drawn.append((str(self._list._owner_name), text, box))
        return width

    with patch.context() as inner:
        inner.setattr(Painter, "text", text)
        inner.setattr(Painter, "_cut", cutting)
        yield words
