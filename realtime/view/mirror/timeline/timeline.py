"""The timeline of the window: of a recording the whole, live the last minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from imgui_bundle import imgui

from realtime.core.commands import ExportStretch, PlayRange, Seek
from realtime.core.overview import Overview
from realtime.core.status import AnnotationView, Playback, Status
from realtime.core.view_state import ViewState
from realtime.core.wording import FITTED
from realtime.view.mirror.plots.time_axis import TimeAxis
from realtime.view.mirror.plots.value_axis import ValueAxis
from realtime.view.mirror.timeline import furniture
from realtime.view.mirror.timeline.controls_row import ControlsRow, TextButton
from realtime.view.mirror.timeline.curves import Values, draw_emotions, draw_movement, draw_usable, movement_axis
from realtime.view.mirror.timeline.lanes import Lanes, lanes_of
from realtime.view.mirror.timeline.marks import MarkLayout
from realtime.view.mirror.timeline.other_faces import OtherFace, OtherLine, OtherLines, draw_others
from realtime.view.mirror.timeline.pointer import Pointer, Press
from realtime.view.mirror.timeline.recent import KEPT_S, SLOT_S, Recent
from realtime.view.mirror.timeline.selection import Selected, SelectionHistory, Stretch
from realtime.view.mirror.timeline.span import TimeSpan, frame_s, trimmed
from realtime.view.mirror.timeline.stretch_line import draw_stretch_line, pieces_of
from realtime.view.mirror.timeline.tooltips import draw_button_tooltip, draw_readout
from realtime.view.paint.layout import Rect
from realtime.view.paint.menu import Option, menu
from realtime.view.paint.painter import Painter
from realtime.view.paint.widgets import borderless_window

_ZOOM_A_NOTCH = 1.25
_PAN_A_NOTCH = 0.1  # of what is seen
_EXPORTS = {
    "Table for py-feat": "fex",
    "Table of all columns": "parquet",
    "Part of the session": "session",
    "Video": "mp4",
    "Animated picture": "gif",
}


@dataclass(frozen=True, slots=True)
class LiveTime:
    """Where a live run is on the history's axis."""

    now_s: float  # of the newest frame
    usual_s: float  # how much is shown unless another span was chosen


class Timeline:
    """Draws the timeline, and asks for what is done on it with the mouse.

    A replay shows `status.playback.overview`, the recording as it was recorded, with its playback controls. A live run
    shows `recent`, with the newest frame at the right end.
    """

    def __init__(self, axis: TimeAxis) -> None:
        """`axis`: shared with the plots."""
        self.places: dict[str, Rect] = {}  # of everything that answers to the mouse, by its command or name
        self.lanes: Lanes | None = None  # of the last frame
        self.span: TimeSpan | None = None
        self.selected = Selected()  # what is selected, as far as the program has answered
        self._axis = axis
        self._history = SelectionHistory()
        self._pointer = Pointer()
        self._controls = ControlsRow(self.places)
        self._marks = MarkLayout(TimeSpan(0, 0, 0.0, 0.0), ())
        self._scale: ValueAxis | None = None
        self._comparing = False  # the next stretch that is drawn is B
        self._replayed = False
        self._frozen: tuple[Recent, Overview, LiveTime] | None = None
        self._made: tuple[Overview, Values] | None = None
        self._other_lines = OtherLines()

    def draw(
        self, p: Painter, rect: Rect | None, recent: Recent, live: LiveTime, status: Status, ui: ViewState,
        others: Sequence[OtherFace] = (),
    ) -> None:  # fmt: skip
        """One frame into `rect`, pixels; None where the layout has no timeline.

        From 136 design units of height and 700 of width on (without the 44 of a replay's controls) all lanes are there;
        in less there are movement and usability, and below 58 the movement alone. `others`: faces beside the one that
        is shown, each with a line of its movement.
        """
        self.places.clear()
        self.lanes = self.span = None
        playback = status.playback
        if (playback is not None) is not self._replayed:
            self._replayed = playback is not None
            self._forget()
        if rect is None or min(rect.w, rect.h) < 8:
            self._pointer.release()
            return
        overview, live = self._shown(recent, live, playback, ui)
        has_emotions = overview is None or furniture.knows_emotions(overview)
        lanes = self.lanes = lanes_of(
            rect, p.unit, controls=playback is not None, emotions=has_emotions,
            selected=bool(self._while_dragged(playback).shown) and overview is not None,
        )  # fmt: skip
        self._reach = self._reach_of(playback, live)
        flags = imgui.WindowFlags_.no_bring_to_front_on_focus | imgui.WindowFlags_.no_inputs
        inside = p.into(borderless_window("##timeline", rect, flags))
        self._take_mouse(inside, playback, ui)
        span = self.span = self._span_of(lanes)
        selected = self._while_dragged(playback)
        marks = status.marks if playback is not None else _live_marks(status, live.now_s)
        lines = self._other_lines.of(() if playback is not None or ui.frozen else others, span)
        self._draw_lanes(inside, span, overview, status, marks, selected, lines)
        imgui.end()
        if lanes.controls is not None and playback is not None:
            self._draw_controls(p, lanes, self._moved(playback), ui)
        told = ui.help or self._pointer.press in (Press.PAN, Press.SCROLL)
        if not told and not self._draw_button_tooltip(p, lanes, playback):
            draw_readout(p, lanes.all, rect.y, span, overview, self._marks, live=playback is None)

    # What is shown ----------------------------------------------------------------------------------------------------

    def _shown(
        self, recent: Recent, live: LiveTime, playback: Playback | None, ui: ViewState
    ) -> tuple[Overview | None, LiveTime]:
        if playback is not None:
            return playback.overview, live
        if not ui.frozen:
            self._frozen = None
        elif self._frozen is None:
            self._frozen = recent, recent.overview, live
        elif self._frozen[0] is not recent:  # of another face, which was not held
            self._frozen = recent, recent.overview, self._frozen[2]
        return (recent.overview, live) if self._frozen is None else self._frozen[1:]

    def _reach_of(self, playback: Playback | None, live: LiveTime) -> tuple[float, float, float | None]:
        """The newest time, the longest span, and the usual one, as `TimeAxis` takes them."""
        if playback is not None:
            return playback.duration_s, max(playback.duration_s, 1e-3), None
        return live.now_s, KEPT_S, live.usual_s

    @property
    def _whole(self) -> Stretch:
        """All of the time that there is."""
        now_s, full_s, _ = self._reach
        return Stretch(now_s - full_s, now_s)

    def _span_of(self, lanes: Lanes) -> TimeSpan:
        start, end = self._axis.window(*self._reach)
        return TimeSpan(lanes.movement.x, lanes.movement.right, start, end)

    def _values_of(self, overview: Overview, span: TimeSpan) -> Values:
        """What is drawn, computed once while the data and the width stay; live, it moves on for a slot as it is."""
        made = self._made
        if made is None or made[0] is not overview or not made[1].suits(span, 0.0 if self._replayed else SLOT_S):
            self._made = made = overview, Values.of(overview, span)
        return made[1]

    def _draw_lanes(
        self, p: Painter, span: TimeSpan, overview: Overview | None, status: Status,
        marks: Sequence[AnnotationView], selected: Selected, others: Sequence[OtherLine],
    ) -> None:  # fmt: skip
        lanes, playback = self.lanes, status.playback
        assert lanes is not None
        furniture.draw_grid(p, lanes, span, live=playback is None)
        values: Values | None = None
        if overview is not None and len(overview.times_s):
            values = self._values_of(overview, span)
            self._scale = movement_axis(values, self._scale, [one.highest for one in others if one.highest is not None])
            draw_movement(p, lanes.movement, span, values, self._scale)
            draw_others(p, lanes.movement, span, others, self._scale)
            if lanes.emotions is not None:
                draw_emotions(lanes.emotions, span, values)
            if lanes.usable is not None:
                draw_usable(p, lanes.usable, span, values.runs)
                furniture.draw_changes(p, lanes.usable, span, overview)
        self._marks = self._marks.of(span, marks)
        taken = furniture.draw_marks(p, lanes, self._marks)
        furniture.draw_names(p, lanes, self._scale, values, fitted=status.emotion_source == FITTED)
        furniture.draw_selected(p, lanes, span, selected, self.places)
        if not self._axis.whole:
            furniture.draw_scrollbar(p, lanes, span, self._reach)
        if playback is not None:
            hot = self._pointer.press is Press.SCRUB
            furniture.draw_playhead(p, lanes, span, self._moved(playback).time_s, hot=hot)
        words = furniture.draw_states(p, lanes, span, values, taken, recorded=playback is not None)
        furniture.draw_tags(p, lanes, span, selected, overview, words)
        if lanes.compared is not None and overview is not None:
            live_end_s = None if playback is not None else self._reach[0]
            pieces = pieces_of(overview, selected, self._whole, live_end_s)
            draw_stretch_line(p, lanes.compared, pieces, fitted=status.emotion_source == FITTED)

    # The line of a replay ---------------------------------------------------------------------------------------------

    def _draw_controls(self, p: Painter, lanes: Lanes, playback: Playback, ui: ViewState) -> None:
        row, busy = lanes.controls, self._pointer.press is not None
        assert row is not None
        if lanes.size == "tiny":
            box = Rect.between(row.x, row.y, lanes.movement.x, row.bottom)
            self._controls.play_and_time(p, box, playback, ui, busy=busy)
            return
        clicked = self._controls.draw(p, row, playback, ui, self._buttons(), busy=busy)
        if clicked == "whole":
            self._axis.follow()
        elif clicked in ("zoom A", "zoom B"):
            stretch = self.selected.a if clicked == "zoom A" else self.selected.b
            if stretch is not None:
                self._axis.show(stretch.start_s, stretch.end_s, *self._reach[:2])
        elif clicked == "compare":
            self._comparing = not self._comparing
        elif clicked == "clear":
            self._select(Selected(), playback, ui)
        elif clicked == "undo":
            self.undo(playback, ui)
        elif clicked == "export":
            imgui.open_popup("export")
        self._draw_export(p, playback, ui)

    def _draw_button_tooltip(self, p: Painter, lanes: Lanes, playback: Playback | None) -> bool:
        if self._pointer.press is not None:
            return False
        return draw_button_tooltip(p, self.places, playback, (lanes.controls or lanes.all).y)

    def _buttons(self) -> list[TextButton]:
        found = [TextButton("whole", "Whole", self._axis.whole)]
        found += [TextButton(f"zoom {name}", f"To {name}") for name, _ in self.selected.shown]
        if self.selected.shown:
            found += [TextButton("compare", "Compare", self._comparing), TextButton("export", "Export…")]
            found.append(TextButton("clear", "Clear"))
        if self._history.can_undo:
            found.append(TextButton("undo", "Undo"))
        return found

    def _draw_export(self, p: Painter, playback: Playback, ui: ViewState) -> None:
        if "export" not in self.places:
            return
        options = [Option(label, kind) for label, kind in _EXPORTS.items()]
        picked = menu(p, "export", options, self.places["export"], places=self.places)
        if picked is not None:
            kind = list(_EXPORTS.values())[picked.at]
            stretch = self.selected.a or self.selected.b
            if stretch is not None:
                ui.actions.append(ExportStretch(kind, stretch.start_s, stretch.end_s))

    # Selecting --------------------------------------------------------------------------------------------------------

    def undo(self, playback: Playback | None, ui: ViewState) -> None:
        """What was selected before the last change."""
        if self._history.can_undo:
            self._apply(self._history.undo(), playback, ui)

    def _select(self, new: Selected, playback: Playback | None, ui: ViewState) -> None:
        if new != self.selected:
            self._history.changed(self.selected)
            self._apply(new, playback, ui)

    def _apply(self, new: Selected, playback: Playback | None, ui: ViewState) -> None:
        """Select; in a replay A is what is played, and the program decides on it."""
        if playback is not None and new.a != self.selected.a:
            a = new.a or Stretch(0.0, playback.duration_s)
            ui.actions.append(PlayRange(a.start_s, a.end_s))
        self.selected = new

    def _forget(self) -> None:
        """Another kind of run."""
        self.selected, self._comparing, self._made, self._scale = Selected(), False, None, None
        self._history.clear()
        self._pointer.release()
        self._axis.follow()

    def _while_dragged(self, playback: Playback | None) -> Selected:
        """What is selected, with the stretch that the mouse draws or changes."""
        if playback is not None and self._pointer.press is None:
            known = Stretch(playback.in_s, playback.out_s) if trimmed(playback) else None
            self.selected = replace(self.selected, a=known)
        stretch = self._pointer.stretch
        return self.selected if stretch is None else self.selected.with_stretch(self._pointer.name, stretch)

    def _moved(self, playback: Playback) -> Playback:
        """The playback with the time that is dragged, since the program needs a moment."""
        if self._pointer.time_s is None:
            return playback
        return replace(playback, time_s=self._pointer.time_s)

    # The mouse --------------------------------------------------------------------------------------------------------

    def _take_mouse(self, p: Painter, playback: Playback | None, ui: ViewState) -> None:
        lanes, io = self.lanes, imgui.get_io()
        assert lanes is not None
        span = self._span_of(lanes)
        area = lanes.all
        if ui.help:
            self._pointer.release()
            return
        if p.hovered(area):
            self._take_wheel(span, io)
        self._pointer.begin(
            p, lanes, span, self.selected, playback, comparing=self._comparing, scrolls=not self._axis.whole
        )
        pressed = self._pointer
        moved = pressed.moved() / max(span.width, 1)
        if moved and pressed.press is Press.PAN:
            self._axis.pan(-moved * span.seconds, *self._reach)
        elif moved and pressed.press is Press.SCROLL:
            self._axis.pan(moved * self._reach[1], *self._reach)
        done = pressed.follow(span, 2 * frame_s(playback) if playback is not None else 0.05)
        if playback is not None and done.seek_s is not None:
            ui.actions.append(Seek(done.seek_s))
        if done.selected is not None:
            if pressed.name == "B":
                self._comparing = False
            self._select(self.selected.with_stretch(pressed.name, done.selected), playback, ui)
        elif done.clicked and playback is None:
            self._select(Selected(), playback, ui)
        if p.hovered(area) and imgui.is_mouse_double_clicked(imgui.MouseButton_.left):
            self._axis.follow()

    def _take_wheel(self, span: TimeSpan, io: imgui.IO) -> None:
        sideways = io.mouse_wheel_h or (io.mouse_wheel if io.key_shift else 0.0)
        if sideways:
            self._axis.pan(-sideways * _PAN_A_NOTCH * span.seconds, *self._reach)
        elif io.mouse_wheel:
            self._axis.zoom(_ZOOM_A_NOTCH**-io.mouse_wheel, span.time_of(io.mouse_pos.x), *self._reach)


def _live_marks(status: Status, now_s: float) -> tuple[AnnotationView, ...]:
    """The marks of what is being recorded, on the history's axis: the recording's newest frame is the newest of all."""
    if status.recording_s is None or not status.marks:
        return ()
    ahead = now_s - status.recording_s
    return tuple(replace(one, start_s=one.start_s + ahead, end_s=one.end_s + ahead) for one in status.marks)
