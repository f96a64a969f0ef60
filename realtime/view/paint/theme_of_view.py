"""The theme that a view is set to."""

from __future__ import annotations

from realtime.core.view_options import BACKGROUNDS
from realtime.core.view_state import ViewState
from realtime.view.paint import theme
from realtime.view.paint.system_theme import theme_name
from realtime.view.paint.theme import Color


def chroma(ui: ViewState) -> Color | None:
    """The even ground of the presentation layout; None: the theme's own, with cards."""
    code = BACKGROUNDS.get(ui.background, ui.background)
    return theme.color(code) if ui.stage and code else None


def use_theme(ui: ViewState) -> None:
    """Draw with it from now on."""
    theme.use(theme_name(ui.theme), chroma(ui))
