"""The control panel: collapsible sections in a scrolling list."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from imgui_bundle import imgui

from realtime.core.commands import Action, command
from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.view.mirror.controls import (
    face_controls,
    neutral_controls,
    playback,
    saved_layouts,
    source_and_models,
    stream_controls,
    view_settings,
)
from realtime.view.mirror.controls.control_column import ControlColumn, PanelItem
from realtime.view.mirror.model_facts import Caption
from realtime.view.paint import theme
from realtime.view.paint.layout import PAD, Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.tooltip import TooltipRow, draw_tooltip
from realtime.view.paint.widgets import Widgets, borderless_window, click_area, scrolling

ITEMS: dict[str, tuple[PanelItem, ...]] = {
    "Run": source_and_models.RUN,
    "Neutral": neutral_controls.NEUTRAL,
    "Several faces": face_controls.FACES,  # where there are several
    "Playback": playback.PLAYBACK,
    "Annotations": playback.ANNOTATIONS,
    "Source": source_and_models.SOURCE,
    "Model": source_and_models.MODEL,
    "Views": view_settings.VIEWS,
    "Layouts": saved_layouts.LAYOUTS,
    "Rendering": view_settings.RENDERING,
    "Camera overlay": view_settings.CAMERA_OVERLAY,
    "Colour scale": view_settings.COLOR_SCALE,
    "Plots": view_settings.PLOTS,
    "Streams": stream_controls.STREAMS,
    "Window": (*source_and_models.WINDOW, *view_settings.APPEARANCE),
}
_SHOWN: dict[str, Callable[[Status], bool]] = {  # sections shown only in some states
    "Playback": lambda status: status.playback is not None,
    "Streams": lambda status: bool(status.stream_choices),
}
_OF_SEVERAL = "Several faces"
_FOLDED = ("Layouts", "Camera overlay", "Plots", "Streams", "Window")  # collapsed at the start
_HEAD, _TITLE, _FADE = 34, 38, 26
_TIP_AFTER_S, _TIP_WIDTH = 0.5, 300


class ControlPanel:
    """Draws the panel and applies its input to the state."""

    def __init__(self) -> None:
        self.widgets = Widgets()
        self.folded = set(_FOLDED)
        self.several = False  # there are several faces to choose from
        self._drafts: dict[str, str] = {}
        self._rested: tuple[Rect, float] | None = None  # the control under the mouse, and since when
        self._tooltip_shown = False

    @property
    def typing(self) -> bool:
        """Whether a number is being typed; imgui tracks the text field."""
        return self.widgets.editing

    @property
    def pending(self) -> bool:
        """Whether a tooltip is due if the mouse stays where it is."""
        return self._rested is not None and not self._tooltip_shown

    def takes_text(self, x: float, y: float) -> bool:
        """Whether a click here focuses a text field."""
        places = self.widgets.places.items()
        fields = (
            source_and_models.ADDRESS, source_and_models.PARTICIPANT, source_and_models.FOLDER,
            neutral_controls.PERSON, playback.EVENT_NAME, playback.EVENT_TYPE, saved_layouts.FIELD,
        )  # fmt: skip
        return any(box.contains(x, y) for name, box in places if name in fields or name.endswith(".number"))

    def draw(self, p: Painter, rect: Rect, status: Status, ui: ViewState, models: Sequence[Caption]) -> None:
        """One frame of the panel."""
        self.widgets.begin()
        covered = imgui.WindowFlags_.no_inputs if ui.help else 0
        p = Painter(p.fonts, p.unit, borderless_window("##panel", rect, covered))
        pad = p.px(PAD)
        self._title(p, Rect(rect.x + pad, rect.y, rect.w - 2 * pad, p.px(_TITLE)), ui)
        top = rect.y + p.px(_TITLE)
        area = Rect.between(rect.x, top, rect.right - p.px(2), rect.bottom - p.px(6))
        with scrolling(p, "##controls", area, covered) as inside:
            start = imgui.get_cursor_screen_pos()
            column = ControlColumn(
                inside, self.widgets, rect.x + pad, round(start.y), rect.w - 2 * pad, area.y, area.bottom,
                status, ui, models, self._drafts,
            )  # fmt: skip
            for section, items in ITEMS.items():
                if self._shows(section, status):
                    self._section(column, section, items)
            _fade(inside, area, more_above=start.y < area.y - 1, more_below=column.y > area.bottom + 1)
            imgui.set_cursor_screen_pos(start)
            imgui.dummy(imgui.ImVec2(1, max(1, column.y - round(start.y))))
        imgui.end()
        seen = area if not ui.help else Rect(0, 0, 0, 0)
        self._draw_tooltip(p, seen, column.tooltips)

    def _shows(self, section: str, status: Status) -> bool:
        if section == _OF_SEVERAL:
            return self.several
        return section not in _SHOWN or _SHOWN[section](status)

    def _title(self, p: Painter, line: Rect, ui: ViewState) -> None:
        p.text("Controls", line, theme.TEXT, theme.SIZE_TITLE, p.fonts.bold)
        cross = Rect(line.right - p.px(22), line.y + (line.h - p.px(22)) // 2, p.px(22), p.px(22))
        ink = theme.TEXT if p.hovered(cross) else theme.TEXT_FAINT
        p.cross(cross.x + cross.w / 2, cross.y + cross.h / 2, 4 * p.unit, ink)
        key = command(Action.PANEL).keys[0]
        p.keycap(key, cross.x - p.px(4) - p.keycap_width(key), line.y + line.h // 2)
        self.widgets.places["close"] = cross
        if click_area("##close", cross):
            ui.actions.append(Action.PANEL)
        p.rule(line.x, line.bottom, line.right, line.bottom, theme.CARD_EDGE, max(1.0, p.unit))

    def _section(self, column: ControlColumn, name: str, items: tuple[PanelItem, ...]) -> None:
        p, first = column.p, name == next(iter(ITEMS))
        head = column.row(_HEAD)
        if head is not None:
            self.widgets.places[f"fold {name}"] = head
            hovered = p.hovered(head)
            if click_area(f"##fold {name}", head):
                self.folded ^= {name}
            if not first:
                p.rule(head.x, head.y, head.right, head.y, theme.CARD_EDGE.faded(0.7), max(1.0, p.unit))
            folded = name in self.folded
            ink = theme.TEXT if hovered else theme.TEXT_SOFT
            p.chevron(head.x + p.px(4), head.y + head.h / 2, 4 * p.unit, ink, right=folded)
            label_rect = Rect.between(head.x + p.px(16), head.y, head.right, head.bottom)
            p.text(name, label_rect, ink, theme.SIZE_BODY, p.fonts.bold)
        if name not in self.folded:
            for item in items:
                item.draw(column)
            column.space(8)

    def _draw_tooltip(self, p: Painter, area: Rect, tips: Sequence[tuple[Rect, str]]) -> None:
        """The tooltip of the control under the mouse, after a delay."""
        mouse, now = imgui.get_io().mouse_pos, time.monotonic()
        found = [(box, text) for box, text in tips if text and p.hovered(box)]
        if not found or not area.contains(mouse.x, mouse.y) or imgui.is_mouse_down(imgui.MouseButton_.left):
            self._rested, self._tooltip_shown = None, False
            return
        box, text = found[-1]
        if self._rested is None or self._rested[0] != box:
            self._rested, self._tooltip_shown = (box, now), False
        if now - self._rested[1] >= _TIP_AFTER_S:
            self._tooltip_shown = True
            rows = [TooltipRow(line) for line in p.wrap(text, p.px(_TIP_WIDTH), theme.SIZE_SMALL)]
            draw_tooltip(p, rows, area.x - p.px(8), box.y + box.h / 2, "left")


def _fade(p: Painter, area: Rect, *, more_above: bool, more_below: bool) -> None:
    """Fade the list out at an edge where it continues."""
    high, clear = p.px(_FADE), theme.CARD.faded(0.0)
    inner = area.inset(p.px(4), 0)
    if more_above:
        p.vertical_gradient(Rect(inner.x, area.y, inner.w - p.px(8), high), theme.CARD, clear)
    if more_below:
        p.vertical_gradient(Rect(inner.x, area.bottom - high, inner.w - p.px(8), high), clear, theme.CARD)
