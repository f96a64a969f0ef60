"""What the mouse does on the timeline: scrub, select, change a selection, pan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from imgui_bundle import imgui

from realtime.core.status import Playback
from realtime.view.mirror.timeline.lanes import Lanes
from realtime.view.mirror.timeline.selection import Name, Selected, Stretch
from realtime.view.mirror.timeline.span import TimeSpan
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

_REACH, _STILL = 6, 4  # design units: of a handle to both sides; that the mouse moves before it selects


class Press(Enum):
    """What a pressed button does."""

    SCRUB = auto()
    SELECT = auto()
    EDGE = auto()  # of a stretch
    PAN = auto()
    SCROLL = auto()


@dataclass(frozen=True, slots=True)
class Done:
    """What is to be done in this frame."""

    seek_s: float | None = None
    selected: Stretch | None = None  # a stretch is finished
    clicked: bool = False  # pressed and released in one place


class Pointer:
    """Follows one press of a button."""

    def __init__(self) -> None:
        self.press: Press | None = None
        self.name: Name = "A"  # the stretch that is drawn or changed
        self.stretch: Stretch | None = None  # as it is while the mouse holds it
        self.time_s: float | None = None  # to which the playhead is dragged
        self._from_x = self._at_x = 0.0
        self._fixed_s = 0.0  # the other end of the stretch
        self._offset = 0.0  # from the mouse to what it took, pixels
        self._button: imgui.MouseButton_ = imgui.MouseButton_.left
        self._still = 0.0
        self._asked_s: float | None = None

    def release(self) -> None:
        """Let go without doing anything."""
        self.press = self.stretch = self.time_s = self._asked_s = None

    def begin(
        self, p: Painter, lanes: Lanes, span: TimeSpan, selected: Selected, playback: Playback | None, *,
        comparing: bool, scrolls: bool,
    ) -> None:  # fmt: skip
        """Take what is under the mouse when a button goes down; `scrolls`: there is a scroll bar."""
        if self.press is not None:
            return
        io, area = imgui.get_io(), lanes.all
        for button in (imgui.MouseButton_.left, imgui.MouseButton_.middle):
            if imgui.is_mouse_clicked(button) and p.hovered(area):
                break
        else:
            return
        mouse = io.mouse_pos
        self._button, self._still, self._offset = button, _STILL * p.unit, 0.0
        self._from_x = self._at_x = mouse.x
        if button is imgui.MouseButton_.middle or io.key_shift:
            self.press = Press.PAN
        elif scrolls and self._on_scrollbar(p, lanes, span, mouse.x, mouse.y):
            self.press = Press.SCROLL
        elif playback is not None and self._scrubs(p, lanes, span, playback, mouse.x, mouse.y):
            self.press = Press.SCRUB
        elif not self._take_edge(p, span, selected, mouse.x):
            self.press, self.name = Press.SELECT, "B" if comparing or io.key_ctrl else "A"
            self._fixed_s = span.time_of(mouse.x)

    def moved(self) -> float:
        """Pixels to the right since the last frame, or since it was pressed."""
        x = imgui.get_io().mouse_pos.x
        if self.press is None or not imgui.is_mouse_pos_valid():
            return 0.0
        before, self._at_x = self._at_x, x
        return x - before

    def follow(self, span: TimeSpan, least_s: float) -> Done:
        """What the mouse does with it; a stretch is at least `least_s` long."""
        if self.press is None:
            return Done()
        down = imgui.is_mouse_down(self._button)
        valid = imgui.is_mouse_pos_valid()  # not while it is outside of the window
        x = imgui.get_io().mouse_pos.x + self._offset if valid else None
        done = Done()
        if self.press is Press.SCRUB and x is not None:
            done = self._scrub(span.time_of(x))
        elif self.press in (Press.SELECT, Press.EDGE) and x is not None:
            moved = abs(x - self._offset - self._from_x) > self._still
            if moved or self.stretch is not None:
                self.stretch = _at_least(Stretch.of(self._fixed_s, span.time_of(x)), least_s, span)
        if down:
            return done
        if self.press is Press.SELECT and self.stretch is None:
            done = Done(seek_s=self._fixed_s, clicked=True)
        elif self.press in (Press.SELECT, Press.EDGE):
            done = replace(done, selected=self.stretch)
        self.release()
        return done

    def _scrub(self, time_s: float) -> Done:
        """A mouse that rests asks for nothing."""
        self.time_s = time_s
        if time_s == self._asked_s:
            return Done()
        self._asked_s = time_s
        return Done(seek_s=time_s)

    def _scrubs(self, p: Painter, lanes: Lanes, span: TimeSpan, playback: Playback, x: float, y: float) -> bool:
        """Above and below the values, on the playhead, and wherever there is a single lane."""
        if lanes.size == "tiny" or not lanes.plotted.contains(x, y):
            return True
        offset = span.x_of(playback.time_s) - x
        if abs(offset) > _REACH * p.unit / 2:
            return False
        self._offset = offset
        return True

    def _take_edge(self, p: Painter, span: TimeSpan, selected: Selected, x: float) -> bool:
        """Take the nearest end of a stretch within reach."""
        found = [
            (abs(span.x_of(end) - x), name, end, other)
            for name, one in selected.shown
            for end, other in ((one.start_s, one.end_s), (one.end_s, one.start_s))
            if abs(span.x_of(end) - x) <= _REACH * p.unit
        ]
        if not found:
            return False
        _, self.name, end, self._fixed_s = min(found, key=lambda one: one[0])
        self.press, self._offset = Press.EDGE, span.x_of(end) - x
        return True

    @staticmethod
    def _on_scrollbar(p: Painter, lanes: Lanes, span: TimeSpan, x: float, y: float) -> bool:
        bar = scrollbar_of(lanes, p.unit)
        return bar is not None and bar.inset(0, -p.px(2)).contains(x, y)


def scrollbar_of(lanes: Lanes, unit: float) -> Rect | None:
    """Where the bar lies that says which part of the whole is seen; None without room."""
    if lanes.times is None:
        return None
    height = max(2, round(3 * unit))
    return Rect(lanes.times.x, lanes.times.bottom - height, lanes.times.w, height)


def _at_least(stretch: Stretch, least_s: float, span: TimeSpan) -> Stretch:
    missing = least_s - stretch.seconds
    if missing <= 0:
        return stretch
    end = min(stretch.end_s + missing, max(span.end_s, stretch.start_s))
    return Stretch(end - least_s, end)
