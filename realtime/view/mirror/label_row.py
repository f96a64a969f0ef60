"""Labels below a bar, each at its tick: they never overlap, and the least important ones are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """A label at a tick; pixels."""

    tick: float  # where it belongs
    widths: tuple[int, ...]  # of its wordings, from long to short
    lean: float  # share of it that stands left of the tick, 0..1


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a label stands, and in which of its wordings."""

    left: int
    wording: int


def place_labels(labels: Sequence[Label], left: int, right: int, gap: int, away: int) -> list[Placed | None]:
    """Places between `left` and `right` with `gap` pixels between labels; `labels` come with the most important first.

    They stand in the order of their ticks and move aside for each other, but none further than `away` pixels from its
    tick. Where that is not enough they are tried in shorter wordings, then the least important are left out (None).
    """
    levels = max((len(label.widths) for label in labels), default=1)
    for kept in _subsets(len(labels)):
        for level in range(levels):
            wordings = [min(level, len(labels[at].widths) - 1) for at in kept]
            lefts = _arranged([labels[at] for at in kept], wordings, left, right, gap, away)
            if lefts is not None:
                places = {at: Placed(*place) for at, *place in zip(kept, lefts, wordings, strict=True)}
                return [places.get(at) for at in range(len(labels))]
    return [None] * len(labels)


def _subsets(count: int) -> list[tuple[int, ...]]:
    """All subsets but the empty one, those with the more important labels first, and of those the larger ones."""
    every = [tuple(at for at in range(count) if mask >> (count - 1 - at) & 1) for mask in range(1, 1 << count)]
    return sorted(every, reverse=True, key=lambda kept: sum(1 << (count - 1 - at) for at in kept))


def _arranged(
    labels: Sequence[Label], wordings: Sequence[int], left: int, right: int, gap: int, away: int
) -> list[int] | None:
    """Left ends of all of them, or None where one would be too far from its tick."""
    order = sorted(range(len(labels)), key=lambda at: labels[at].tick)
    widths = [labels[at].widths[wordings[at]] for at in order]
    if sum(widths) + gap * (len(widths) - 1) > right - left:
        return None
    wanted = [
        min(max(round(labels[at].tick - labels[at].lean * width), left), right - width)
        for at, width in zip(order, widths, strict=True)
    ]
    # Pushed to the right and pushed to the left; between both all constraints hold as well.
    halves = [
        (one + other) // 2
        for one, other in zip(
            _pushed(wanted, widths, left, right, gap, rightwards=True),
            _pushed(wanted, widths, left, right, gap, rightwards=False),
            strict=True,
        )
    ]
    found = [0] * len(labels)
    for at, start, width in zip(order, halves, widths, strict=True):
        if not start - away <= labels[at].tick <= start + width + away:
            return None
        found[at] = start
    return found


def _pushed(
    wanted: Sequence[int], widths: Sequence[int], left: int, right: int, gap: int, *, rightwards: bool
) -> list[int]:
    """Left ends without overlaps: each label is pushed by its neighbour, and by the ends of the row."""
    lefts, last = list(wanted), len(wanted) - 1

    def to_the_right() -> None:
        free = left
        for at, width in enumerate(widths):
            lefts[at] = max(lefts[at], free)
            free = lefts[at] + width + gap

    def to_the_left() -> None:
        free = right
        for at in range(last, -1, -1):
            lefts[at] = min(lefts[at], free - widths[at])
            free = lefts[at] - gap

    for push in (to_the_right, to_the_left) if rightwards else (to_the_left, to_the_right):
        push()
    return lefts
