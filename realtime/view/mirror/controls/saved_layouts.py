"""The panel's section on layouts that are saved by name."""

from __future__ import annotations

from realtime.core.commands import UseLayout
from realtime.view.mirror.controls.control_column import BUTTON, LINE, ControlColumn, PanelItem
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.widgets import click_area

FIELD = "layout name"  # the text field, in `places` and drafts
_SAVE = 62  # width, design units


def _save(c: ControlColumn) -> None:
    """A name and a button; Enter in the field does the same."""
    box = c.row(BUTTON)
    c.space()
    if box is None:
        return
    button = Rect(box.right - c.p.px(_SAVE), box.y, c.p.px(_SAVE), box.h)
    field = Rect.between(box.x, box.y, button.x - c.p.px(6), box.bottom)
    tip = "Saves views, cards, camera overlay, panel, sizes and stage under this name"
    entered = c.text_field(FIELD, "name of this layout", f"{tip}. Enter does it", field)
    if c.widgets.button(c.p, "save layout", "Save", "", button):
        entered, c.drafts[FIELD] = c.drafts.get(FIELD, ""), ""
    c.tooltip(button, tip)
    if entered is not None:
        c.ui.actions.append(UseLayout("save", entered))


def _list(c: ControlColumn) -> None:
    for name in c.status.offers.layouts:
        _line(c, name)
    if not c.status.offers.layouts:
        c.note("None is saved yet.")


def _line(c: ControlColumn, name: str) -> None:
    """A name that is loaded with a click, and the cross that deletes it."""
    box = c.row(LINE + 6)
    if box is None:
        return
    p, places = c.p, c.widgets.places
    cross = Rect(box.right - box.h, box.y, box.h, box.h)
    label = Rect.between(box.x, box.y, cross.x, box.bottom)
    places[f"layout {name}"], places[f"delete layout {name}"] = label, cross
    if p.hovered(label):
        p.fill(label, theme.TEXT.faded(0.06), 4 * p.unit)
    text = Rect.between(label.x + p.px(6), label.y, label.right, label.bottom)
    p.text(p.elide_middle(name, text.w), text, theme.TEXT if p.hovered(label) else theme.TEXT_SOFT)
    ink = theme.TEXT if p.hovered(cross) else theme.TEXT_FAINT
    p.cross(cross.x + cross.w / 2, cross.y + cross.h / 2, 3.5 * p.unit, ink)
    if click_area(f"##layout {name}", label):
        c.ui.actions.append(UseLayout("load", name))
    if click_area(f"##delete layout {name}", cross):
        c.ui.actions.append(UseLayout("delete", name))
    c.tooltip(label, f"arrange the window as {name}")
    c.tooltip(cross, f"delete {name}")


LAYOUTS = (PanelItem((), _save), PanelItem((), _list))
