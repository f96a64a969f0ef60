"""The stretches that were selected on the timeline, and the way back. No GL, no imgui."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from realtime.core.overview import FIRST_USABLE, N_FROM_MEAN, N_MOVED, Overview, Usable
from realtime.view.paint import theme
from realtime.view.paint.theme import Color

_MOST_STEPS = 50

Name = Literal["A", "B"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time."""

    start_s: float
    end_s: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end_s - self.start_s

    @classmethod
    def of(cls, one_s: float, other_s: float) -> Stretch:
        """Between two times in any order."""
        return cls(min(one_s, other_s), max(one_s, other_s))


@dataclass(frozen=True, slots=True)
class Selected:
    """A: what was selected, and in a replay what is played. B: what it is compared with."""

    a: Stretch | None = None
    b: Stretch | None = None

    @property
    def shown(self) -> tuple[tuple[Name, Stretch], ...]:
        """Those that there are, with their names."""
        pairs: tuple[tuple[Name, Stretch | None], ...] = ("A", self.a), ("B", self.b)
        return tuple((name, one) for name, one in pairs if one is not None)

    def with_stretch(self, name: Name, stretch: Stretch | None) -> Selected:
        """With another one of that name."""
        return Selected(stretch, self.b) if name == "A" else Selected(self.a, stretch)


def selection_color(name: Name) -> Color:
    """The colour of A and of B."""
    return theme.ACCENT if name == "A" else theme.MARK


class SelectionHistory:
    """What was selected before each change, for undo."""

    def __init__(self) -> None:
        self._before: list[Selected] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is a way back."""
        return bool(self._before)

    def changed(self, before: Selected) -> None:
        """Something else is selected from now on."""
        self._before.append(before)
        del self._before[:-_MOST_STEPS]

    def undo(self) -> Selected:
        """What was selected before the last change."""
        return self._before.pop()

    def clear(self) -> None:
        """Another recording, or none."""
        self._before.clear()


def share_text(overview: Overview | None, stretch: Stretch) -> str:
    """The predicted share of the movement in a stretch: "31 %", "at rest", "no face"; "" where nothing is known yet."""
    if overview is None:
        return ""
    share = overview.share(stretch.start_s, stretch.end_s)
    if share is not None:
        return f"{100 * share:.0f} %".replace("-", "−")
    sums = overview.between(stretch.start_s, stretch.end_s)
    if sums[N_MOVED]:
        return "at rest"
    if sums[N_FROM_MEAN]:
        return "not calibrated"
    return "no face" if sums[FIRST_USABLE + Usable.NO_FACE] else ""
