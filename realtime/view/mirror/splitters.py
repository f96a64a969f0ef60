"""The borders between the parts of the window that can be dragged: a pure function of its layout. No GL, no imgui."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from realtime.view.mirror.layout import Layout
from realtime.view.paint.layout import Rect

SplitterName = Literal["timeline_share", "cards_share", "panel_share"]


@dataclass(frozen=True, slots=True)
class Splitter:
    """A gap of the layout; dragging it up, or to the left, enlarges the part below or right of it."""

    name: SplitterName  # of the setting
    rect: Rect  # where it can be grabbed
    size_px: int  # height of its part, or width of the panel
    whole_px: int  # height of the window, or its width

    @property
    def upright(self) -> bool:
        """Whether it is dragged to the left and right."""
        return self.name == "panel_share"


def splitters_of(layout: Layout) -> tuple[Splitter, ...]:
    """The borders between faces, sentence, cards and timeline, and that of the panel.

    The sentence keeps its height: above it, and without a sentence, the faces' border is that of what stands below.
    """
    if layout.caption is not None or not layout.adjustable:
        return _of_panel(layout)
    height = layout.size[1]
    cards = layout.cards[0].frame if layout.cards else None
    rows = [layout.faces, *(rect for rect in (layout.sentence, cards, layout.timeline) if rect is not None)]
    found = []
    for above, below in pairwise(rows):
        part = below
        if below is layout.sentence:
            part = cards or layout.timeline or below
        if part is layout.sentence:
            continue
        name: SplitterName = "cards_share" if part is cards else "timeline_share"
        right = layout.timeline.right if below is layout.timeline else layout.faces.right
        rect = Rect.between(layout.faces.x, above.bottom, right, below.y)
        found.append(Splitter(name, rect, part.h, height))
    return (*found, *_of_panel(layout))


def _of_panel(layout: Layout) -> tuple[Splitter, ...]:
    panel = layout.controls
    if panel is None or panel.h == 0:
        return ()
    rect = Rect.between(layout.faces.right, panel.y, panel.x, panel.bottom)
    return (Splitter("panel_share", rect, panel.w, layout.size[0]),)
