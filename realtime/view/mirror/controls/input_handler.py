"""Mouse and keyboard input of the mirror beyond orbiting, as the window's listener."""

from __future__ import annotations

from collections.abc import Sequence

from imgui_bundle import imgui

from realtime.core.commands import BY_KEY, Action, Answer, MarkEvent
from realtime.core.status import Question, Status
from realtime.core.view_options import View
from realtime.core.view_state import ViewState
from realtime.view.mirror.controls.control_panel import ControlPanel
from realtime.view.mirror.controls.dragged_splitters import DraggedSplitters
from realtime.view.mirror.controls.menus import Menus
from realtime.view.mirror.controls.wipe import WipeLine
from realtime.view.mirror.layout import Layout
from realtime.view.mirror.model_facts import Caption
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

_DIGITS = tuple("123456789")
_SETTLING = 2  # frames: imgui measures a menu before it shows it
_PATIENCE = 3  # frames until a clicked text field has the keyboard focus
_NAMED_IN_NOTES = (Action.CALIBRATE, Action.RECORD)  # by the notes of the first start and the button above them


class InputHandler:
    """Control panel, title menus, divider of the wipe; the `Listener` of their window."""

    def __init__(self) -> None:
        self.panel = ControlPanel()
        self.menus = Menus()
        self._wipe = WipeLine()
        self._splitters = DraggedSplitters()
        self._layout: Layout | None = None
        self._ui: ViewState | None = None
        self._question: Question | None = None  # waits for an answer
        self._event_keys = False  # the keys 1 to 9 set events
        self._reviewing = False  # a new neutral is shown for confirmation
        self.covered: tuple[Rect, ...] = ()  # of the tiles, by cards with buttons of their own
        self.asked_for: Rect | None = None  # the button of the sentence that asks for a rest face
        self._typing_soon = 0  # frames
        self._was_open = False
        self._due = 0  # frames that a menu takes to open or close

    def draw(
        self,
        p: Painter,
        layout: Layout,
        views: tuple[View, ...],
        status: Status,
        ui: ViewState,
        models: Sequence[Caption],
    ) -> None:
        """Draw the controls over tiles and cards and apply their input; `views` are those of the tiles."""
        self._layout, self._ui = layout, ui
        self._question = status.question
        self._event_keys = status.event_keys
        self._reviewing = status.review is not None
        wiped = next((tile.body for view, tile in zip(views, layout.tiles, strict=True) if view is View.WIPE), None)
        self._wipe.draw(p, wiped, ui)
        self._splitters.draw(p, layout, ui)
        self.menus.draw(p, layout, views, ui)
        if layout.controls is not None:
            self.panel.draw(p, layout.controls, status, ui, models)
        if not imgui.is_mouse_down(imgui.MouseButton_.left):
            self._typing_soon = max(0, self._typing_soon - 1)
        changed, self._was_open = self._was_open is not _menu_is_open(), _menu_is_open()
        _arrows_in_menus(self._was_open)
        self._due = _SETTLING if changed else max(0, self._due - 1)

    @property
    def on_control(self) -> bool:
        """Whether the mouse is on the divider of the wipe or on a card over the tiles, or drags a border."""
        mouse = imgui.get_io().mouse_pos
        covered = any(card.contains(mouse.x, mouse.y) for card in self.covered)
        return covered or self._splitters.held or self._wipe.claims(mouse.x, mouse.y)

    @property
    def pending(self) -> bool:
        """Whether another frame is due without new input."""
        return self._due > 0 or self._typing_soon > 0 or (self._shows_panel and self.panel.pending)

    # Listener -------------------------------------------------------------------------------------------------------

    @property
    def typing(self) -> bool:
        """Whether a text field or an open menu has the keyboard focus; a field from the click on it."""
        writing = self._typing_soon > 0 or bool(imgui.get_io().want_text_input)
        return writing or _menu_is_open() or (self._shows_panel and self.panel.typing)

    def claims(self, x: float, y: float) -> bool:
        """Whether drags and the wheel do not orbit or zoom here: everywhere but in the tiles."""
        if self._ui is None or self._layout is None or self._ui.help or _menu_is_open():
            return True
        if any(card.contains(x, y) for card in self.covered):
            return True
        bodies: list[Rect] = [tile.body for tile in self._layout.tiles]
        return not any(body.contains(x, y) for body in bodies) or self._wipe.claims(x, y)

    def pressed(self, x: float, y: float) -> bool:
        """The left button went down; the first press closes the notes of the first start, and works nothing below but
        the button that asks for a rest face, which they leave in sight.
        """
        if self._ui is not None and not self._ui.help and not self._ui.introduced:
            self._ui.introduced = True
            return self.asked_for is None or not self.asked_for.contains(x, y)
        if self._ui is not None:
            self._ui.explained = 0
        free = self._ui is not None and not self._ui.help and self._shows_panel
        self._typing_soon = _PATIENCE if free and self.panel.takes_text(x, y) else 0
        return False

    def key(self, name: str) -> bool:
        """Handle a key; True if it was consumed: a question takes every key, the first one closes the notes of the
        first start (and does more only where they name it), Escape an explanation; with the help overlay open,
        commands are ignored, and Escape discards a neutral that is shown for confirmation before it quits.
        """
        if self._ui is not None and self._question is not None:
            self._ui.actions.append(Answer(name in self._question.yes_keys))
            self._question = None
            return True
        if self._ui is not None and not self._ui.help and not self._ui.introduced:
            self._ui.introduced = True
            return BY_KEY.get(name) not in _NAMED_IN_NOTES
        if self._ui is not None and self._ui.explained and BY_KEY.get(name) is not Action.EXPLAIN:
            self._ui.explained = 0
            if name == "Escape":
                return True
        if self._ui is not None and not self._ui.help and self._reviewing and name == "Escape":
            self._ui.actions.append(Action.DISCARD_NEUTRAL)
            return True
        if self._ui is not None and not self._ui.help and self._event_keys and name in _DIGITS:
            self._ui.actions.append(MarkEvent(int(name)))
            return True
        if self._ui is None or not self._ui.help:
            return False
        if name == "Escape":
            self._ui.actions.append(Action.HELP)
        return name == "Escape" or BY_KEY.get(name) not in (Action.HELP, Action.QUIT)

    @property
    def _shows_panel(self) -> bool:
        return self._layout is not None and self._layout.controls is not None


def _arrows_in_menus(opened: bool) -> None:
    """Enable keyboard navigation in menus only: elsewhere Space would enter the last used text field."""
    io, flag = imgui.get_io(), imgui.ConfigFlags_.nav_enable_keyboard.value
    io.config_flags = io.config_flags | flag if opened else io.config_flags & ~flag


def _menu_is_open() -> bool:
    return bool(imgui.is_popup_open("", imgui.PopupFlags_.any_popup))
