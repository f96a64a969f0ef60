"""A layout of the window: what is shown where, apart from what is measured and how it is coloured."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from realtime.core.view_options import Card, Overlay, View
from realtime.core.view_state import ViewState


@dataclass(frozen=True, slots=True)
class ViewLayout:
    """The settings of the same names."""

    views: tuple[View, ...]
    cards: tuple[Card, ...]
    whole: bool
    overlay: Overlay
    panel: bool
    timeline_share: float
    cards_share: float
    panel_share: float
    stage: bool

    @classmethod
    def of(cls, ui: ViewState) -> ViewLayout:
        """As the window is; of a view that is shown alone, as it was before: that is for a while, and no layout."""
        now = ui.settings()
        return cls(**{name: now[name] for name in LAYOUT_SETTINGS})

    def put(self, ui: ViewState) -> None:
        """Arrange the window so."""
        for name, value in self.settings().items():
            setattr(ui, name, value)
        ui.views_before = ()

    def settings(self) -> dict[str, Any]:
        """By the names of the settings."""
        return asdict(self)


LAYOUT_SETTINGS = tuple(field.name for field in fields(ViewLayout))
