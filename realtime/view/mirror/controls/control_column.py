"""The panel's rows of controls, top to bottom, each with its key cap and a tooltip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from imgui_bundle import imgui

from realtime.core.addresses import holds_secrets
from realtime.core.commands import Action, Choose, Request, Show, command
from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.view.mirror.model_facts import Caption
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.menu import Option, Picked, menu
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color
from realtime.view.paint.widgets import SliderRange, Widgets, click_area, text_field

ROW, BUTTON, LINE, HEAD, GAP = 29, 28, 19, 22, 6  # heights in design units
_LABEL, _CAPS = 84, 46  # widths reserved beside a control

Icon: TypeAlias = Callable[[float, float], None]


@dataclass(frozen=True, slots=True)
class ButtonSpec:
    """A button in a row."""

    request: Request
    label: str = ""  # default: that of the command
    ink: Color | None = None
    icon: Icon | None = None  # draws an icon before the label, centred at a point


@dataclass(slots=True)
class ControlColumn:
    """A cursor through the panel: the position of the next row, and the data that controls need."""

    p: Painter
    widgets: Widgets
    x: int
    y: int
    w: int
    above: int  # rows above it are clipped
    below: int  # and rows below it
    status: Status
    ui: ViewState
    models: Sequence[Caption]
    drafts: dict[str, str]  # contents of the text fields
    tooltips: list[tuple[Rect, str]] = field(default_factory=list)

    def row(self, height: float) -> Rect | None:
        """The rectangle of the next row; None if it is clipped."""
        box = Rect(self.x, self.y, self.w, self.p.px(height))
        self.y = box.bottom
        return box if box.bottom > self.above and box.y < self.below else None

    def space(self, height: float = GAP) -> None:
        """Vertical space."""
        self.y += self.p.px(height)

    # Commands ---------------------------------------------------------------------------------------------------------

    def buttons(self, *cells: ButtonSpec) -> None:
        """Buttons side by side; a click requests their commands."""
        box = self.row(BUTTON)
        self.space()
        if box is None:
            return
        gap = self.p.px(GAP)
        wide = (box.w - (len(cells) - 1) * gap) / len(cells)
        for at, cell in enumerate(cells):
            place = Rect(box.x + round(at * (wide + gap)), box.y, round(wide), box.h)
            self.button(place, cell)

    def button(self, place: Rect, cell: ButtonSpec) -> None:
        """One button in a given rectangle."""
        entry = command(cell.request)
        label, key = cell.label or entry.label, entry.keys[0]
        name = control_name(cell.request)
        if self.widgets.button(self.p, name, label, key, place, ink=cell.ink, icon=cell.icon):
            self.ui.actions.append(cell.request)
        self.tooltip(place, description_of(cell.request))

    def toggle(self, request: Request, on: bool, disabled_reason: str = "", room: Rect | None = None) -> None:
        """A switch for a command; `disabled_reason`: why it cannot be toggled."""
        box = room or self.row(ROW)
        if box is None:
            return
        entry = command(request)
        if self.widgets.switch(
            self.p, control_name(request), (entry.label,), entry.keys[0], box, on, disabled=bool(disabled_reason)
        ):
            self.ui.actions.append(request)
        self.tooltip(box, description_of(request), disabled_reason)

    # Settings ---------------------------------------------------------------------------------------------------------

    def heading(self, text: str, *requests: Request) -> None:
        """A caption above a full-width control, with the keys that step through it."""
        box = self.row(HEAD)
        if box is not None:
            self._keycaps(box, requests)
            self.p.text(text, box, theme.TEXT_FAINT, theme.SIZE_SMALL)
            self.tooltip(box, *map(description_of, requests))

    def dropdown(
        self, name: str, text: str, options: Sequence[Option], *, label: str = "", request: Request | None = None,
        disabled_reason: str = "", checkboxes: bool = False, faint: bool = False, description: str = "",
    ) -> Picked | None:  # fmt: skip
        """A dropdown: a box with the current choice, which opens a menu; full width without a label."""
        box = self.row(ROW if label else BUTTON)
        if not label:
            self.space()
        if box is None:
            return None
        place = box
        if label:
            place = self._label_and_keys(
                box, label, () if request is None else (request,), disabled=bool(disabled_reason)
            )
            place = place.inset(0, (place.h - self.p.px(25)) / 2)
        paint = next((option.paint for option in options if option.chosen), None)
        lead = self.p.px(34) if paint is not None else 0
        if self.widgets.combo_box(self.p, name, text, place, disabled=bool(disabled_reason), lead=lead, faint=faint):
            imgui.open_popup(name)
        if paint is not None:
            swatch = Rect(place.x + self.p.px(9), place.y + self.p.px(8), lead - self.p.px(8), place.h - self.p.px(16))
            paint(self.p, swatch)
        room = place.w - self.p.px(33) - lead
        full_text = text if self.p.width(text) > room else ""
        self.tooltip(
            box, full_text, description or (description_of(request) if request is not None else ""), disabled_reason
        )
        return menu(self.p, name, options, place, checkboxes=checkboxes, places=self.widgets.places)

    def slider(
        self, name: str, label: str, requests: Sequence[Request], span: SliderRange, value: float, default: float
    ) -> float | None:
        """A slider with its value; returns the new value if it was moved, `default` on a double click."""
        box = self.row(ROW)
        if box is None:
            return None
        self._keycaps(box, requests)
        room = Rect(box.x, box.y, box.w - self.p.px(_CAPS + 2), box.h)
        ink = theme.ACCENT if value != default else theme.MUTED_BAR
        label_w = self.p.px(_LABEL) - self.p.px(8)
        change = self.widgets.slider(self.p, name, room, label_w, span, value, ink, label=label, side="left")
        self.tooltip(Rect(box.x, box.y, self.p.px(_LABEL), box.h), *(description_of(one) for one in requests))
        return default if change.reset else change.value

    def segments(self, name: str, label: str, request: Request, labels: Sequence[str], chosen: int) -> int | None:
        """A choice of a few options, side by side."""
        box = self.row(ROW)
        if box is None:
            return None
        place = self._label_and_keys(box, label, (request,))
        self.tooltip(box, description_of(request))
        return self.widgets.segments(self.p, name, labels, place.inset(0, (place.h - self.p.px(25)) / 2), chosen)

    def text_field(self, name: str, hint: str, tip: str, room: Rect | None = None) -> str | None:
        """A text field; returns its text when Enter is pressed. It shows no address with a password: the window may be
        recorded.
        """
        box = room
        if box is None:
            box = self.row(BUTTON)
            self.space()
        if box is None:
            return None
        self.widgets.places[name] = box
        flags = imgui.InputTextFlags_.enter_returns_true | imgui.InputTextFlags_.elide_left
        draft = self.drafts.get(name, "")
        masked = holds_secrets(draft)
        if masked:
            flags |= imgui.InputTextFlags_.password
        entered, text = text_field(self.p, f"##{name}", hint, draft, box, flags)
        if not masked and holds_secrets(text):  # in the frame in which it was pasted it is drawn as it is
            self.p.fill(box, theme.TRACK)
        self.drafts[name] = "" if entered else text
        self.tooltip(box, tip)
        return text.strip() or None if entered else None

    # Text -------------------------------------------------------------------------------------------------------------

    def note(self, text: str, ink: Color | None = None) -> None:
        """A wrapped line of text."""
        for line in self.p.wrap(text, self.w, theme.SIZE_SMALL):
            box = self.row(LINE)
            if box is not None:
                self.p.text(
                    self.p.elide_middle(line, box.w, theme.SIZE_SMALL), box, ink or theme.TEXT_FAINT, theme.SIZE_SMALL
                )

    def removable(self, name: str, text: str) -> bool:
        """A line with a remove button; whether that was clicked."""
        box = self.row(LINE + 4)
        if box is None:
            return False
        cross = Rect(box.right - box.h, box.y, box.h, box.h)
        self.p.text(text, Rect.between(box.x, box.y, cross.x, box.bottom), theme.TEXT_SOFT)
        hovered = self.p.hovered(cross)
        ink = theme.TEXT if hovered else theme.TEXT_FAINT
        self.p.cross(cross.x + cross.w / 2, cross.y + cross.h / 2, 3.5 * self.p.unit, ink)
        self.widgets.places[name] = cross
        return click_area(f"##{name}", cross)

    def tooltip(self, box: Rect, *sentences: str) -> None:
        """Add a tooltip to a rectangle."""
        text = ". ".join(one[0].upper() + one[1:] for one in sentences if one)
        self.tooltips.append((box, text))

    def choose(self, what: str, value: str | tuple[str, ...]) -> None:
        """Request another source, model, emotion source or pose input."""
        self.ui.actions.append(Choose(what, value))  # type: ignore[arg-type]

    def _label_and_keys(self, box: Rect, label: str, requests: Sequence[Request], *, disabled: bool = False) -> Rect:
        """A label before a control and its key caps after it; returns the rectangle between."""
        label_box = Rect(box.x, box.y, self.p.px(_LABEL), box.h)
        self.p.text(label, label_box, theme.TEXT_FAINT if disabled else theme.TEXT_SOFT)
        self._keycaps(box, requests)
        right = box.right - self.p.px(_CAPS) if requests else box.right
        return Rect.between(label_box.right + self.p.px(6), box.y, right, box.bottom)

    def _keycaps(self, box: Rect, requests: Sequence[Request]) -> None:
        right = box.right
        for one in reversed(requests):
            key = command(one).keys[0]
            place = self.p.keycap(key, right - self.p.keycap_width(key), box.y + box.h // 2)
            right = place.x - self.p.px(3)


@dataclass(frozen=True, slots=True)
class PanelItem:
    """A control of the panel, and the commands that it covers."""

    requests: tuple[Request, ...]
    draw: Callable[[ControlColumn], None]


def control_name(request: Request) -> str:
    """The key of a command's control in `places`."""
    if isinstance(request, Show):
        return f"view {request.view} alone" if request.alone else f"view {request.view}"
    assert isinstance(request, Action)
    return request.name


def description_of(request: Request) -> str:
    """A command's description with its keys."""
    entry = command(request)
    return f"{entry.description} ({', '.join(entry.keys)})"
