"""The theme as the style of Dear ImGui and ImPlot, for what they draw: text fields, menus, scroll bars, plots."""

from __future__ import annotations

from imgui_bundle import imgui, implot

from realtime.view.paint import theme
from realtime.view.paint.theme import Color

MENU_PADDING = 6  # design units
_SCROLL_BAR, _ROUNDING = 8, 5


def _colors() -> dict[imgui.Col_, Color]:
    return {
        imgui.Col_.text: theme.TEXT,
        imgui.Col_.text_disabled: theme.TEXT_FAINT,
        imgui.Col_.text_selected_bg: theme.ACCENT.faded(0.35),
        imgui.Col_.input_text_cursor: theme.ACCENT,
        imgui.Col_.frame_bg: theme.TRACK,
        imgui.Col_.popup_bg: theme.CARD_LIT,
        imgui.Col_.border: theme.MUTED_BAR.faded(0.7),
        imgui.Col_.header: theme.ACCENT.faded(0.16),
        imgui.Col_.header_hovered: theme.ACCENT.faded(0.16),
        imgui.Col_.header_active: theme.ACCENT.faded(0.28),
        imgui.Col_.nav_cursor: theme.ACCENT.faded(0.7),
        imgui.Col_.scrollbar_bg: theme.CARD.faded(0.0),
        imgui.Col_.scrollbar_grab: theme.MUTED_BAR.faded(0.7),
        imgui.Col_.scrollbar_grab_hovered: theme.MUTED_BAR,
        imgui.Col_.scrollbar_grab_active: theme.MUTED_BAR,
    }


def apply_style(unit: float) -> None:
    """Set the style of the current contexts, with `unit` pixels in a design unit; between frames or in one."""
    style, padding = imgui.get_style(), round(MENU_PADDING * unit)
    for which, color in _colors().items():
        style.set_color_(which, imgui.ImVec4(*color))
    style.window_padding = imgui.ImVec2(padding, padding)
    style.item_spacing = imgui.ImVec2(0, 0)
    style.frame_rounding = _ROUNDING * unit
    style.popup_rounding = 8 * unit
    style.popup_border_size = max(1.0, unit)
    style.scrollbar_size = max(4.0, _SCROLL_BAR * unit)
    style.scrollbar_rounding = _SCROLL_BAR * unit / 2
    plots = implot.get_style()
    plots.plot_padding = imgui.ImVec2(0, 0)
    plots.plot_min_size = imgui.ImVec2(1, 1)
    plots.plot_border_size = 0.0
    plots.set_color_(implot.Col_.plot_bg, imgui.ImVec4(*theme.CARD.faded(0.0)))
