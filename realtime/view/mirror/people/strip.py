"""The strip of several faces: each with its place for a picture, its name, emotion and number; a click chooses it."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.core.commands import Action, ChooseFace, command
from realtime.core.view_state import ViewState
from realtime.view.mirror.people.face_record import FaceRecord
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color
from realtime.view.paint.theme_of_view import chroma

_FULL = 44.0  # height from which a face has a picture and two lines, design units
_WIDEST, _NARROW = 330.0, 104.0  # of a place; below the second there is no picture in it
_CHOICE = 186.0  # width of who chooses, at the right
_GAP, _PAD = 8.0, 6.0


def face_color(record: FaceRecord) -> Color:
    """The colour of a face in the strip, in the picture and in the plots."""
    return theme.FACES[record.color % len(theme.FACES)]


def places_of(strip: Rect, unit: float, count: int, *, choice: bool) -> tuple[tuple[Rect, ...], Rect | None]:
    """The place of each face, and that of who chooses where there is room for it; `choice`: whether it is wanted."""

    def px(value: float) -> int:
        return round(value * unit)

    gap, beside = px(_GAP), None
    full = strip.h >= px(_FULL)
    wide = px(_CHOICE) if full else px(_CHOICE) // 2
    if choice and strip.w - wide - gap >= count * px(_NARROW if full else _NARROW / 2):
        beside = Rect(strip.right - wide, strip.y, wide, strip.h)
        strip = Rect.between(strip.x, strip.y, beside.x - gap, strip.bottom)
    each = min((strip.w - (count - 1) * gap) // max(count, 1), px(_WIDEST))
    return tuple(Rect(strip.x + at * (each + gap), strip.y, max(each, 0), strip.h) for at in range(count)), beside


def picture_of(place: Rect, unit: float) -> Rect | None:
    """Where the picture of a face is in its place; None where there is no room for one."""
    pad = round(_PAD * unit)
    if place.h < round(_FULL * unit) or place.w < round(_NARROW * unit):
        return None
    return Rect(place.x + pad, place.y + pad, place.h - 2 * pad, place.h - 2 * pad)


def draw_strip(
    p: Painter, strip: Rect, records: Sequence[FaceRecord], shown: FaceRecord, ui: ViewState, *, by_user: bool,
    replayed: bool,
) -> None:  # fmt: skip
    """All faces in the order of their numbers; on the stage without what changes all the time, and without keys."""
    keyed = chroma(ui) is not None
    places, choice = places_of(strip, p.unit, len(records), choice=not ui.stage)
    for record, place in zip(records, places, strict=True):
        _draw_face(p, place, record, chosen=record is shown, calm=ui.stage, keyed=keyed)
        if not ui.help and record.track_id is not None and p.clicked(place):
            again = record is shown and by_user
            ui.actions.append(ChooseFace(None if again else record.track_id))
    if choice is not None:
        _draw_choice(p, choice, ui, by_user=by_user, replayed=replayed)


def _draw_face(p: Painter, place: Rect, record: FaceRecord, *, chosen: bool, calm: bool, keyed: bool) -> None:
    ink, corner = face_color(record), 7 * p.unit
    picture = picture_of(place, p.unit)
    left = place.x if picture is None else picture.right + p.px(3)
    beside = Rect.between(left, place.y, place.right, place.bottom)  # the picture is below all that is drawn here
    if chosen and not keyed:
        p.fill(beside, theme.CARD_LIT, corner)
    elif p.hovered(place) and not calm:
        p.fill(beside, theme.TEXT.faded(0.05), corner)
    if chosen:
        p.frame(place, ink, corner, max(1.0, 2.0 * p.unit))
    if place.h < p.px(_FULL):
        _draw_folded(p, place, record, ink, calm=calm)
        return
    left = place.x + p.px(_PAD) + p.px(6)
    if picture is not None:
        p.frame(picture.inset(-p.px(1), -p.px(1)), ink, 5 * p.unit, max(1.5, 2.5 * p.unit))
        left = picture.right + p.px(10)
    room = Rect.between(left, place.y + p.px(7), place.right - p.px(10), place.bottom - p.px(7))
    upper, lower = (Rect(room.x, room.y + at * (room.h // 2), room.w, room.h // 2) for at in (0, 1))
    words = record.words
    shown = (f"{record.name}, shown",) if chosen and not calm else ()
    name = (*shown, record.name, f"{record.track_id}")
    _pair(p, upper, name, () if calm else words.number, bold=True, term="face")
    _pair(p, lower, words.emotion, () if calm and not record.still else words.note, bold=False, term="face age")


def _pair(p: Painter, line: Rect, first: Sequence[str], second: Sequence[str], *, bold: bool, term: str) -> None:
    """Two texts at both ends of a line, both where they have room in any form, else the first alone."""
    size, font = (theme.SIZE_BODY, p.fonts.bold) if bold else (theme.SIZE_SMALL, p.fonts.regular)
    gap = p.px(8)
    for right in (*second, ""):
        for left in first or ("",):
            if p.width(left, size, font) + (p.width(right, theme.SIZE_SMALL) + gap if right else 0) > line.w:
                continue
            p.text(left, line, theme.TEXT if bold else theme.TEXT_SOFT, size, font, term="face" if bold else "")
            ink = theme.TEXT_SOFT if bold else theme.TEXT_FAINT
            p.text(right, line, ink, theme.SIZE_SMALL, side="right", term="" if bold else term)
            return


def _draw_folded(p: Painter, place: Rect, record: FaceRecord, ink: Color, *, calm: bool) -> None:
    """A dot in the colour, the number, and what there is room for."""
    dot = place.x + p.px(11)
    p.dot(dot, place.y + place.h / 2, 4.5 * p.unit, ink)
    room = Rect.between(dot + p.px(9), place.y, place.right - p.px(7), place.bottom)
    number = f"{record.track_id}"
    wide = p.text(p.first_fitting((record.name, number), room.w, theme.SIZE_SMALL, p.fonts.bold), room, theme.TEXT,
                  theme.SIZE_SMALL, p.fonts.bold, term="face")  # fmt: skip
    rest = Rect.between(room.x + round(wide) + p.px(7), room.y, room.right, room.bottom)
    words = record.words
    said = (*words.note,) if record.face is None or record.still else words.emotion if calm else words.number
    if wide and said:
        p.fitting(said, rest, theme.TEXT_SOFT, theme.SIZE_SMALL)


def _draw_choice(p: Painter, place: Rect, ui: ViewState, *, by_user: bool, replayed: bool) -> None:
    """Who chooses, and the key for what else could be; in a replay it may have been the user who recorded it."""
    entry = command(Action.AUTOMATIC_FACE if by_user else Action.NEXT_FACE)
    key, label = entry.keys[0], "next face" if not by_user else "as recorded" if replayed else "automatic"
    keycap = p.keycap_width(key)
    room = Rect.between(place.x, place.y, place.right - p.px(12), place.bottom)
    if place.h < p.px(_FULL):
        yours = ("by hand",) if replayed else ("your choice", "yours")
        short = yours if by_user else ("automatic", "auto")
        p.fitting(short, room, theme.TEXT_SOFT, theme.SIZE_SMALL, side="right", term="chosen face")
    else:
        room = room.inset(0, p.px(7))
        upper, lower = (Rect(room.x, room.y + at * (room.h // 2), room.w, room.h // 2) for at in (0, 1))
        yours = ("chosen by hand", "by hand") if replayed else ("the choice is yours", "your choice")
        who = yours if by_user else ("automatic: the largest", "automatic")
        p.fitting(who, upper, theme.TEXT_SOFT, theme.SIZE_SMALL, side="right", term="chosen face")
        text = round(p.width(label, theme.SIZE_SMALL))
        if text + keycap + p.px(6) <= lower.w:
            p.keycap(key, lower.right - text - p.px(6) - keycap, lower.y + lower.h // 2)
            p.text(label, lower, theme.TEXT_FAINT, theme.SIZE_SMALL, side="right")
    if not ui.help and p.clicked(place):
        ui.actions.append(entry.request)
