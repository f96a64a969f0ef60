"""The panel's sections on playback and annotations."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from realtime.core.commands import Action, NameEvent, PlayRange, Seek, SetRecording, Speed
from realtime.core.status import AnnotationView
from realtime.core.view_options import SPEEDS
from realtime.core.wording import time_text
from realtime.view.mirror.controls.control_column import LINE, ROW, ButtonSpec, ControlColumn, PanelItem
from realtime.view.mirror.timeline.marks import annotation_time
from realtime.view.mirror.timeline.span import trimmed
from realtime.view.paint import icons, theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.widgets import click_area

EVENT_NAME, EVENT_TYPE = "event name", "event type"  # text fields, in `places` and drafts
_MOST_TYPES = 9
_NEWEST = 4  # annotations listed while recording
_MOST_LISTED = 200  # in a replay

_STEPS = ((Action.STEP_BACK, Action.STEP), (Action.JUMP_BACK, Action.JUMP), (Action.FIRST, Action.LAST))


def _steps(c: ControlColumn) -> None:
    for row in _STEPS:
        c.buttons(*map(ButtonSpec, row))


def _speed(c: ControlColumn) -> None:
    playback = c.status.playback
    c.heading("Speed (×)", Action.SLOWER, Action.FASTER)
    box = c.row(ROW)
    if box is None or playback is None:
        return
    place = box.inset(0, (box.h - c.p.px(25)) / 2)
    now = SPEEDS.index(playback.speed) if playback.speed in SPEEDS else -1
    picked = c.widgets.segments(c.p, "speed", [f"{speed:g}" for speed in SPEEDS], place, now)
    if picked is not None:
        c.ui.actions.append(Speed(SPEEDS[picked]))


def _span(c: ControlColumn) -> None:
    playback = c.status.playback
    c.space()
    c.buttons(ButtonSpec(Action.IN_POINT), ButtonSpec(Action.OUT_POINT))
    if playback is None or not trimmed(playback):
        return
    if c.removable("span", f"range {time_text(playback.in_s)} – {time_text(playback.out_s)}"):
        c.ui.actions.append(PlayRange(0.0, playback.duration_s))


def _loop(c: ControlColumn) -> None:
    c.toggle(Action.LOOP, c.status.playback is not None and c.status.playback.loop)


def _mark(c: ControlColumn) -> None:
    if c.status.playback is None and c.status.recording_s is None:
        return
    excluding = any(mark.open for mark in c.status.marks)
    c.buttons(
        ButtonSpec(Action.EVENT),
        ButtonSpec(Action.EXCLUDE, "End" if excluding else "", theme.WARN if excluding else None),
    )


def _name(c: ControlColumn) -> None:
    """A name for the event that was set last, or that of a replay's frame."""
    if not c.status.marks:
        return
    tip = "Names the event at the shown frame" if c.status.playback is not None else "Names the event that was set last"
    entered = c.text_field(EVENT_NAME, "name of the event", f"{tip}. Enter takes it")
    if entered is not None:
        c.ui.actions.append(NameEvent(entered))


def _types(c: ControlColumn) -> None:
    """Own types of events: each has a key while recording."""
    names = c.status.recording_setup.events
    if c.status.playback is not None:
        return
    for at, name in enumerate(names):
        if c.removable(f"event {at}", f"{at + 1}  {name}"):
            c.ui.actions.append(SetRecording("events", names[:at] + names[at + 1 :]))
    if len(names) == _MOST_TYPES:
        return
    key = len(names) + 1
    tip = f"Name of an own type of event. While recording, the key {key} sets one; these keys show no views then"
    entered = c.text_field(EVENT_TYPE, f"event for key {key}", f"{tip}. Enter takes it")
    if entered is not None:
        c.ui.actions.append(SetRecording("events", (*names, entered)))


def _list(c: ControlColumn) -> None:
    """The annotations of a replay around the playhead, clickable; the newest of a recording."""
    marks = c.status.marks
    if c.status.playback is None:
        for mark in marks[-_NEWEST:]:
            _line(c, mark, "")
        if len(marks) > _NEWEST:
            c.note(f"and {len(marks) - _NEWEST} earlier")
        return
    if not marks:
        c.note("No annotations.")
    listed = listed_around(marks, c.status.playback.time_s)
    if listed.start:
        c.note(f"{listed.start} earlier")
    for at in listed:
        if _line(c, marks[at], f"mark {at}"):
            c.ui.actions.append(Seek(marks[at].start_s))
    if listed.stop < len(marks):
        c.note(f"and {len(marks) - listed.stop} later")


def listed_around(marks: Sequence[AnnotationView], time_s: float) -> range:
    """The places of the annotations, by time, that are listed: all, or as many as one can scroll through."""
    here = bisect_left(marks, time_s, key=lambda mark: mark.start_s)
    first = max(0, min(here - _MOST_LISTED // 2, len(marks) - _MOST_LISTED))
    return range(first, min(first + _MOST_LISTED, len(marks)))


def _line(c: ControlColumn, mark: AnnotationView, name: str) -> bool:
    """An annotation with its time; whether it was clicked, if it has a name."""
    box = c.row(LINE + 4)
    if box is None:
        return False
    p, event = c.p, mark.kind == "event"
    hovered = bool(name) and p.hovered(box)
    if hovered:
        p.fill(box, theme.TEXT.faded(0.06), 4 * p.unit)
    ink, middle = theme.MARK if event else theme.WARN, box.y + box.h / 2
    if event:
        icons.diamond(p, box.x + p.px(7), middle, 4.0 * p.unit, ink)
    else:
        p.fill(Rect(box.x + p.px(3), round(middle) - p.px(4), p.px(8), p.px(8)), ink.faded(0.55))
    label_rect = Rect.between(box.x + p.px(18), box.y, box.right - p.px(4), box.bottom)
    when = p.text(annotation_time(mark), label_rect, theme.TEXT if hovered else theme.TEXT_SOFT, theme.SIZE_SMALL)
    rest = Rect.between(label_rect.x + round(when) + p.px(8), label_rect.y, label_rect.right, label_rect.bottom)
    shown = p.elide_middle(mark.label, rest.w, theme.SIZE_SMALL)
    p.text(shown, rest, theme.TEXT if hovered else theme.TEXT_FAINT, theme.SIZE_SMALL)
    if shown != mark.label:
        c.tooltip(box, mark.label)
    if not name:
        return False
    c.widgets.places[name] = box
    return click_area(f"##{name}", box)


PLAYBACK = (
    PanelItem(tuple(request for row in _STEPS for request in row), _steps),
    PanelItem((Action.SLOWER, Action.FASTER), _speed),
    PanelItem((Action.IN_POINT, Action.OUT_POINT), _span),
    PanelItem((Action.LOOP,), _loop),
)
ANNOTATIONS = (
    PanelItem((Action.EVENT, Action.EXCLUDE), _mark),
    PanelItem((), _name),
    PanelItem((), _types),
    PanelItem((), _list),
)
