"""The bar of the one number: what was delivered, what the session's gain makes of it, the floor and the noise."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.view.mirror.headline_words import signed_percent
from realtime.view.mirror.label_row import Label, place_labels
from realtime.view.mirror.movement_shares import MovementShares
from realtime.view.paint import theme
from realtime.view.paint.hatching import hatch
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

_BELOW, _LOWEST = 64 / 1216, -0.2  # share of the width left of zero, and the share that stands for
_TICK, _AWAY, _GAP = 2.0, 74, 14  # design units
_TERMS = {  # in the glossary
    "with_gain": "gain", "delivered": "delivered", "floor": "floor", "noise": "noise", "rest": "rest",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scale:
    """Shares to pixels of a bar; it never moves, whatever the shares are."""

    zero: int
    left: int
    right: int

    @classmethod
    def of(cls, bar: Rect) -> Scale:
        """Of a bar, a twentieth of which is left of zero."""
        return cls(bar.x + round(_BELOW * bar.w), bar.x, bar.right)

    def x(self, share: float) -> float:
        """The position of a share; below -20 % and above 100 % it is that of these."""
        if share < 0:
            return self.zero - min(share / _LOWEST, 1.0) * (self.zero - self.left)
        return self.zero + min(share, 1.0) * (self.right - self.zero)


def draw_share_bar(p: Painter, bar: Rect, shares: MovementShares) -> None:
    """The bar alone, 0 to 100 % of the squared movement from rest."""
    scale, corner = Scale.of(bar), min(4 * p.unit, bar.h / 2)
    p.fill(bar, theme.TRACK, corner)

    def part(low: float, high: float) -> Rect:
        return Rect.between(round(scale.x(low)), bar.y, round(scale.x(high)), bar.bottom)

    if shares.best is not None:
        p.fill(part(0.0, max(0.0, shares.best)), theme.ACCENT.faded(0.3))
    hatch(p, part(1.0 - min(shares.noise, 1.0), 1.0), theme.TEXT_SOFT)
    if shares.fitted:
        p.frame(part(0.0, max(0.0, shares.delivered)), theme.ACCENT, 0.0, max(1.0, p.unit))
    else:
        p.fill(part(min(0.0, shares.delivered), 0.0), theme.WARN)
        p.fill(part(0.0, max(0.0, shares.delivered)), theme.ACCENT)
        if shares.with_gain is not None:
            hatch(p, part(max(0.0, shares.delivered), shares.with_gain), theme.ACCENT)
            p.fill(part(min(0.0, shares.with_gain), 0.0), theme.WARN)
    over = p.px(3)
    p.rule(scale.zero, bar.y - over, scale.zero, bar.bottom + over, theme.TEXT_SOFT, max(1.0, p.unit))
    for share in _ticks(shares):
        x = scale.x(share)
        p.rule(x, bar.y - over, x, bar.bottom + over, theme.TEXT, max(1.0, _TICK * p.unit))


def _ticks(shares: MovementShares) -> list[float]:
    every = [shares.best] if shares.fitted else [shares.delivered, shares.with_gain, shares.best]
    return [share for share in every if share is not None]


def draw_share_labels(
    p: Painter, row: Rect, bar: Rect, shares: MovementShares, said: MovementShares
) -> dict[str, Rect]:
    """A row of labels below the bar: at the places of `shares`, with the numbers of `said`. Where each stands, by name:
    "with_gain", "delivered", "floor", "noise", and "rest" at zero.
    """
    scale = Scale.of(bar)
    named: dict[str, tuple[float, float, tuple[str, ...], float]] = {}  # position, lean, words, number
    gained = None if shares.fitted else shares.with_gain
    if gained is not None and said.with_gain is not None:
        below = gained < shares.delivered
        named["with_gain"] = scale.x(gained), float(below), ("with session gain", "with gain"), said.with_gain
    if shares.best is not None and said.best is not None:
        named["floor"] = scale.x(shares.best), 0.5, ("the best this model can do", "at best"), said.best
    if not shares.fitted:
        lean = 1.0 if gained is None or gained >= shares.delivered else 0.0
        named["delivered"] = scale.x(shares.delivered), lean, ("as delivered", "delivered"), said.delivered
    named["noise"] = float(bar.right), 1.0, ("noise",), said.noise
    named["rest"] = float(scale.zero), 0.5, ("as good as your rest face", "as good as rest", "rest"), 0.0
    space = p.px(4)
    numbers = {name: signed_percent(number) for name, (_, _, _, number) in named.items()}
    labels = [
        Label(x, tuple(_wide(p, text, numbers[name], space) for text in texts), lean)
        for name, (x, lean, texts, _) in named.items()
    ]
    places = place_labels(labels, row.x, row.right, p.px(_GAP), p.px(_AWAY))
    found: dict[str, Rect] = {}
    for (name, (_, _, texts, _)), label, place in zip(named.items(), labels, places, strict=True):
        if place is None:
            continue
        box = Rect(place.left, row.y, label.widths[place.wording], row.h)
        p.text(texts[place.wording], box, theme.TEXT_SOFT, theme.SIZE_SMALL, term=_TERMS[name])
        p.text(numbers[name], box, theme.TEXT, theme.SIZE_SMALL, p.fonts.bold, "right")
        found[name] = box
    return found


def _wide(p: Painter, text: str, number: str, space: int) -> int:
    return round(p.width(text, theme.SIZE_SMALL)) + space + round(p.width(number, theme.SIZE_SMALL, p.fonts.bold)) + 2
