"""The panel's sections about the run: what is seen, which models look at it, and the window itself."""

from __future__ import annotations

from functools import partial

from realtime.core.commands import Action
from realtime.core.config import MOST_MODELS
from realtime.core.status import Choice
from realtime.view.mirror.controls.column import LINE, Cell, Column, Item
from realtime.view.mirror.header import STREAMS
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.menu import Option

ADDRESS = "address"  # the text field of the source, among the places and drafts
_POSES = ("auto", "live", "zero")


def _pause_calibrate(c: Column) -> None:
    progress = c.status.calibrating
    ring = None
    if progress is not None:

        def ring(x: float, y: float) -> None:
            c.p.ring(x, y, 6 * c.p.unit, theme.CARD_EDGE, 2.5 * c.p.unit)
            c.p.arc(x, y, 6 * c.p.unit, progress, theme.ACCENT, 2.5 * c.p.unit)

    doing = "" if progress is None else f"{100 * progress:.0f} %"
    playback = c.status.playback
    if playback is not None:
        paused = Cell(Action.PAUSE, "Pause" if playback.playing else "Play")
    else:
        paused = Cell(Action.PAUSE, "Go on", theme.WARN) if c.status.paused else Cell(Action.PAUSE)
    c.buttons(paused, Cell(Action.CALIBRATE, doing, None if progress is None else theme.ACCENT, ring))


def _verdict(c: Column) -> None:
    verdict = c.status.verdict
    if verdict is not None:
        c.say(verdict.text, theme.GOOD if verdict.good else theme.WARN)
        c.space()


def _record_picture(c: Column) -> None:
    seconds = c.status.recording_s

    def dot(x: float, y: float) -> None:
        c.p.dot(x, y, 4.5 * c.p.unit, theme.BAD if seconds is not None else theme.BAD.faded(0.7))

    words = "" if seconds is None else f"Stop {int(seconds) // 60:02d}:{int(seconds) % 60:02d}"
    c.buttons(Cell(Action.RECORD, words, None if seconds is None else theme.BAD, dot), Cell(Action.PICTURE))


def _streams(c: Column) -> None:
    """How much of each stream was recorded, and what of it was lost."""
    for stream in c.status.streams:
        box = c.row(LINE)
        if box is None:
            continue
        c.p.text(STREAMS[stream.name], box, theme.TEXT_SOFT, theme.SIZE_SMALL)
        wide = c.p.text(f"{stream.recorded:,}", box, theme.TEXT_SOFT, theme.SIZE_SMALL, side="right")
        if stream.dropped:
            left = Rect(box.x, box.y, box.w - round(wide) - c.p.px(10), box.h)
            c.p.text(f"{stream.dropped:,} dropped", left, theme.WARN, theme.SIZE_SMALL, side="right")
    if c.status.streams:
        c.space()


def _copy_quit(c: Column) -> None:
    c.buttons(Cell(Action.COPY, "Copy"), Cell(Action.QUIT))


def _options(choices: tuple[Choice, ...], chosen: str) -> list[Option]:
    return [Option(choice.label, chosen=choice.value == chosen) for choice in choices]


def _label(choices: tuple[Choice, ...], chosen: str) -> str:
    return next((choice.label for choice in choices if choice.value == chosen), chosen)


def _source(c: Column) -> None:
    offers = c.status.offers
    c.head("Camera or file", Action.NEXT_SOURCE)
    replayed = c.status.playback is not None
    if replayed:
        c.say(f"This is a replay of {c.status.source}.", theme.ACCENT)
        c.space()
    shown = _label(offers.sources, offers.source or c.status.source)
    if offers.sources:
        picked = c.pick("source", shown, _options(offers.sources, offers.source), asks=Action.NEXT_SOURCE)
        if picked is not None:
            c.choose("source", offers.sources[picked.at].value)
    elif not replayed:
        c.say("No camera was found.")
        c.space()
    if offers.opening:
        c.say(f"opening {offers.opening} …", theme.ACCENT)
        c.space()


def _address(c: Column) -> None:
    entered = c.field(ADDRESS, "file, folder or address", "A file, a folder, http:// or rtsp://; Enter opens it")
    if entered is not None:
        c.choose("source", entered)


def _mirrored(c: Column) -> None:
    c.flip(Action.MIRROR, c.ui.mirrored)


def _models(c: Column) -> None:
    offers = c.status.offers
    chosen = offers.chosen_models
    c.head("Model", Action.NEXT_MODEL)
    if not offers.models:
        c.say("There is no other model to choose.")
        c.space()
        return
    names = [_label(offers.models, name) for name in chosen]
    text = names[0] if len(names) == 1 else f"{len(names)} models" if names else "none"
    full = len(chosen) >= MOST_MODELS
    options = [Option(f"A name for it alone, or up to {MOST_MODELS} marks", head=True)]
    options += [Option(choice.label, chosen=choice.value in chosen) for choice in offers.models]
    picked = c.pick("models", text, options, asks=Action.NEXT_MODEL, marks=True, words=", ".join(names[1:] and names))
    if picked is None:
        return
    value = offers.models[picked.at - 1].value
    if not picked.mark:
        c.choose("models", (value,))
    elif value in chosen and len(chosen) > 1:
        c.choose("models", tuple(name for name in chosen if name != value))
    elif value not in chosen and not full:
        c.choose("models", (*chosen, value))


def _emotions(c: Column) -> None:
    offers = c.status.offers
    c.head("Emotions from", Action.NEXT_EMOTION)
    if not offers.emotions:
        c.say("There is no other source of emotions.")
        c.space()
        return
    text = _label(offers.emotions, offers.emotion)
    picked = c.pick("emotion", text, _options(offers.emotions, offers.emotion), asks=Action.NEXT_EMOTION)
    if picked is not None:
        c.choose("emotion", offers.emotions[picked.at].value)


def _pose(c: Column) -> None:
    now = c.status.offers.pose
    picked = c.segments("pose", "Pose", Action.POSE, _POSES, _POSES.index(now) if now in _POSES else 0)
    if picked is not None and _POSES[picked] != now:
        c.choose("pose", _POSES[picked])


def _adjusted(c: Column) -> None:
    why = "" if c.status.calibrated else "calibrate first: there is no neutral face yet"
    c.flip(Action.ADJUST, c.ui.adjusted, why)


def _whose(c: Column) -> None:
    why = _needs_several(c)
    shown = c.models[c.ui.model].names
    text = next((name for name in shown if c.p.width(name) <= c.p.px(106)), shown[-1])
    options = [Option(caption.name, chosen=at == c.ui.model) for at, caption in enumerate(c.models)]
    picked = c.pick("whose", text, options, label="Residual of", asks=Action.MODEL, why=why)
    if picked is not None:
        c.ui.model = picked.at


def _disagreement(c: Column) -> None:
    c.flip(Action.DISAGREE, c.ui.disagreement, _needs_several(c))


def _needs_several(c: Column) -> str:
    return "" if len(c.models) > 1 else "needs two models: mark another one above"


def _button_rows(c: Column, rows: tuple[tuple[Action, ...], ...]) -> None:
    for row in rows:
        c.buttons(*(Cell(asks) for asks in row))


_WINDOW = ((Action.PANEL, Action.HELP), (Action.STAGE, Action.FULLSCREEN), (Action.DEFAULTS,))

RUN = (
    Item((Action.PAUSE, Action.CALIBRATE), _pause_calibrate),
    Item((), _verdict),
    Item((Action.RECORD, Action.PICTURE), _record_picture),
    Item((), _streams),
    Item((Action.COPY, Action.QUIT), _copy_quit),
)
SOURCE = (
    Item((Action.NEXT_SOURCE,), _source),
    Item((), _address),
    Item((Action.MIRROR,), _mirrored),
)
MODEL = (
    Item((Action.NEXT_MODEL,), _models),
    Item((Action.NEXT_EMOTION,), _emotions),
    Item((Action.POSE,), _pose),
    Item((Action.ADJUST,), _adjusted),
    Item((Action.MODEL,), _whose),
    Item((Action.DISAGREE,), _disagreement),
)
WINDOW = (Item(tuple(asks for row in _WINDOW for asks in row), partial(_button_rows, rows=_WINDOW)),)
