"""The titles of tiles and cards: a click opens a menu of views or plots, dragging swaps two of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from imgui_bundle import imgui

from realtime.core.commands import CARD_NAMES, VIEW_NAMES, Show, command
from realtime.core.view_options import Card, View
from realtime.core.view_state import ViewState
from realtime.view.mirror.controls.swap import put_card, put_view
from realtime.view.mirror.layout import Layout
from realtime.view.paint import theme
from realtime.view.paint.layout import Panel, Rect
from realtime.view.paint.menu import Option, menu
from realtime.view.paint.painter import Painter
from realtime.view.paint.widgets import borderless_window

Shown: TypeAlias = View | Card
_DRAG_FROM = 6.0  # design units; below it a press is a click
_MENU = "##title"
_ALONE, _REMOVE = "Solo / restore", "Remove"


@dataclass(frozen=True, slots=True)
class _Title:
    what: Shown
    panel: Panel

    @property
    def line(self) -> Rect:
        """Its clickable area."""
        frame = self.panel.frame
        return Rect(frame.x, frame.y, frame.w, self.panel.title.h)


class Menus:
    """Handles clicks and drags on titles and changes the views and cards."""

    def __init__(self) -> None:
        self._titles: tuple[_Title, ...] = ()
        self._held: tuple[_Title, float, float] | None = None  # the pressed title, and where
        self._dragged = False
        self._open: _Title | None = None
        self.places: dict[str, Rect] = {}  # of the open menu's lines

    def draw(self, p: Painter, layout: Layout, views: tuple[View, ...], ui: ViewState) -> None:
        """One frame; `views` are those of the layout's tiles."""
        tiles = zip(views, layout.tiles, strict=True)
        cards = zip(ui.cards, layout.cards, strict=False)
        self._titles = (*(_Title(*one) for one in tiles), *(_Title(*one) for one in cards))
        self.places = {}
        borderless_window("##menus", Rect(0, 0, 1, 1), imgui.WindowFlags_.no_inputs)
        if not ui.help:
            self._take_mouse(p, ui)
        self._draw_menu(p, ui)
        imgui.end()

    def _take_mouse(self, p: Painter, ui: ViewState) -> None:
        mouse = imgui.get_io().mouse_pos
        under = next((title for title in self._titles if p.hovered(title.line)), None)
        if under is not None and self._held is None:
            self._highlight(p, under)
        pressed = imgui.is_mouse_clicked(imgui.MouseButton_.left)
        if pressed and imgui.is_mouse_double_clicked(imgui.MouseButton_.left):
            again = next((title for title in self._titles if title.line.contains(mouse.x, mouse.y)), None)
            if again is not None and isinstance(again.what, View):
                ui.actions.append(Show(again.what, alone=True))
                self._held = None
                return
        if under is not None and pressed:
            self._held, self._dragged = (under, mouse.x, mouse.y), False
        if self._held is None:
            return
        title, x, y = self._held
        if max(abs(mouse.x - x), abs(mouse.y - y)) > p.px(_DRAG_FROM):
            self._dragged = True
        target = self._target(title, mouse.x, mouse.y)
        if imgui.is_mouse_down(imgui.MouseButton_.left):
            if self._dragged:
                self._draw_drag(p, title, target, mouse.x, mouse.y)
            return
        self._held = None
        if not self._dragged and title.line.contains(mouse.x, mouse.y):
            self._open = title
            imgui.open_popup(_MENU)
        elif self._dragged and target is not None:
            _swap(ui, title.what, target.what)

    def _target(self, held: _Title, x: float, y: float) -> _Title | None:
        """The title of the same kind under the mouse."""
        kind = type(held.what)
        others = (title for title in self._titles if type(title.what) is kind and title.what is not held.what)
        return next((title for title in others if title.panel.frame.contains(x, y)), None)

    def _highlight(self, p: Painter, title: _Title) -> None:
        line = title.line
        p.fill(line.inset(p.px(2), p.px(2)), theme.TEXT.faded(0.05), 6 * p.unit)
        p.chevron(line.x + 7 * p.unit, line.y + line.h / 2, 3 * p.unit, theme.TEXT_SOFT)

    def _draw_drag(self, p: Painter, title: _Title, target: _Title | None, x: float, y: float) -> None:
        over = Painter(p.fonts, p.unit, imgui.get_foreground_draw_list())
        if target is not None:
            over.fill(target.panel.frame, theme.ACCENT.faded(0.08), 10 * p.unit)
            over.frame(target.panel.frame, theme.ACCENT, 10 * p.unit, max(1.0, 2 * p.unit))
        name = _name(title.what)
        box = Rect(round(x) + p.px(12), round(y) + p.px(8), over.badge_width(name, False) + p.px(8), p.px(28))
        over.fill(box, theme.CARD_LIT, 6 * p.unit)
        over.frame(box, theme.ACCENT.faded(0.7), 6 * p.unit, max(1.0, p.unit))
        over.text(name, box, theme.TEXT, theme.SIZE_SMALL, p.fonts.bold, "center")

    def _draw_menu(self, p: Painter, ui: ViewState) -> None:
        if self._open is None:
            return
        if not imgui.is_popup_open(_MENU):
            self._open = None
            return
        shown, line = self._open.what, self._open.line
        below = Rect(line.x + p.px(6), line.y, 0, line.h)
        if isinstance(shown, View):
            self._view_menu(p, ui, shown, below)
        else:
            self._card_menu(p, ui, shown, below)

    def _view_menu(self, p: Painter, ui: ViewState, shown: View, below: Rect) -> None:
        views = list(View)
        options = [
            Option(VIEW_NAMES[view], "swap" if view in ui.views and view is not shown else "", chosen=view is shown)
            for view in views
        ]
        options.append(Option(_ALONE, command(Show(shown, alone=True)).keys[0], ruled=True))
        options.append(Option(_REMOVE, command(Show(shown)).keys[0], disabled=len(ui.views) < 2))
        picked = menu(p, _MENU, options, below, places=self.places)
        if picked is None:
            return
        if picked.at < len(views):
            if shown in ui.views:
                put_view(ui, shown, views[picked.at])
        else:
            ui.actions.append(Show(shown, alone=picked.at == len(views)))

    def _card_menu(self, p: Painter, ui: ViewState, shown: Card, below: Rect) -> None:
        cards = list(Card)
        options = [
            Option(CARD_NAMES[card], "swap" if card in ui.cards and card is not shown else "", chosen=card is shown)
            for card in cards
        ]
        options.append(Option(_REMOVE, ruled=True))
        picked = menu(p, _MENU, options, below, places=self.places)
        if picked is not None and shown in ui.cards:
            put_card(ui, ui.cards.index(shown), cards[picked.at] if picked.at < len(cards) else None)


def _name(what: Shown) -> str:
    return VIEW_NAMES[what] if isinstance(what, View) else CARD_NAMES[what]


def _swap(ui: ViewState, one: Shown, other: Shown) -> None:
    if isinstance(one, View) and isinstance(other, View) and {one, other} <= set(ui.views):
        put_view(ui, one, other)
    elif isinstance(one, Card) and isinstance(other, Card) and {one, other} <= set(ui.cards):
        put_card(ui, ui.cards.index(one), other)
