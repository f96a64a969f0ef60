"""An SVG drawing: what it holds is styled by classes of the page, so that it follows light and dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from realtime.export.report.markup import Markup, number, tag

_TICKS = (1.0, 2.0, 2.5, 5.0, 10.0)
_CHARACTER_PX = 7.3  # a little more than the mean width of a character at 12 px


@dataclass(slots=True)
class Drawing:
    """A drawing of a width and height in px; x to the right, y down."""

    width: float
    height: float
    description: str  # for a screen reader; empty: it is there for the eye alone
    _parts: list[Markup] = field(default_factory=list)

    def line(self, x1: float, y1: float, x2: float, y2: float, style: str) -> None:
        """A straight line."""
        self._parts.append(tag("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), class_=style))

    def rect(self, x: float, y: float, width: float, height: float, style: str, radius: float = 0.0) -> None:
        """A rectangle; one of less than half a pixel is drawn half a pixel wide."""
        wide = max(float(width), 0.5)
        self._parts.append(
            tag("rect", x=float(x), y=float(y), width=wide, height=float(height), rx=radius or None, class_=style)
        )

    def dot(self, x: float, y: float, style: str, radius: float = 5.0) -> None:
        """A filled circle."""
        self._parts.append(tag("circle", cx=float(x), cy=float(y), r=float(radius), class_=style))

    def path(self, points: Sequence[tuple[float, float]], style: str, *, closed: bool = False) -> None:
        """A line through points, or the area within them."""
        steps = "L".join(f"{number(x)} {number(y)}" for x, y in points)
        self._parts.append(tag("path", d=f"M{steps}{'Z' if closed else ''}", class_=style))

    def text(self, x: float, y: float, text: str, style: str = "", anchor: str = "start") -> None:
        """A text on its base line; `anchor` "start", "middle" or "end"."""
        if not text:
            return
        at = None if anchor == "start" else anchor
        self._parts.append(tag("text", text, x=float(x), y=float(y), text_anchor=at, class_=style or None))

    def add(self, markup: Markup) -> None:
        """Elements made elsewhere."""
        self._parts.append(markup)

    def markup(self) -> Markup:
        """The element."""
        return tag(
            "svg", self._parts, width=number(self.width), height=number(self.height),
            viewBox=f"0 0 {number(self.width)} {number(self.height)}", role="img" if self.description else None,
            aria_label=self.description or None, aria_hidden=None if self.description else "true",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scale:
    """Values on a line of pixels; what lies outside of it is `outside`, and is drawn at the end."""

    low: float
    high: float
    start: float  # px
    end: float

    def __call__(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def outside(self, value: float) -> int:
        """-1 or 1 where the value is below or above the scale, else 0."""
        margin = 1e-9 * (self.high - self.low)
        return (value > self.high + margin) - (value < self.low - margin)

    def ticks(self, most: int) -> list[float]:
        """Round values from end to end, `most` at most."""
        return ticks(self.low, self.high, most)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round values between two, `most` at most, zero among them where it lies between."""
    step = step_of(high - low, most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [step * at for at in range(first, last + 1)]


def step_of(span: float, most: int) -> float:
    """A round step of which no more than `most` ticks fit into a span."""
    power = 10.0 ** math.floor(math.log10(span / max(most - 1, 1)))
    return next(step for one in (power, 10 * power) for part in _TICKS if span / (step := part * one) <= most - 1)


def decimals(step: float) -> int:
    """How many decimals multiples of a step need."""
    return next((digits for digits in range(6) if abs(round(step, digits) - step) < 1e-9), 6)


def text_width(text: str) -> float:
    """About how wide a text of 12 px is, px."""
    return _CHARACTER_PX * len(text)
