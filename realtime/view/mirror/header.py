"""The header: program name, state badges, frame rate and latency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.core.commands import Action, command
from realtime.core.frame_result import FrameResult
from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.core.wording import speed_text
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color

NAME = "Meshmirror"
STREAMS = {"frames": "frames", "camera": "camera", "view": "window"}  # display names of a recording's streams
MOST_DROPPED = 0.01  # share of a stream from which a warning is shown


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge, in variants from long to short; a click requests `action`."""

    wordings: tuple[str, ...]
    color: Color
    rank: int  # 0 is omitted last
    dot: bool = True
    strong: bool = False
    action: Action | None = None


def badges(result: FrameResult | None, status: Status, *, said: bool = False) -> list[Badge]:
    """The badges of the current state, in display order; `said`: the sentence below says what is of the face."""
    shown = program_badges(status)
    if status.source_state == "lost":
        note = f"source lost: {status.source_note}" if status.source_note else "source lost"
        shown.append(Badge((note, "source lost", "lost"), theme.BAD, 0))
    elif status.source_state == "opening":
        shown.append(Badge(("opening source", "opening"), theme.WARN, 1))
    elif status.source_state == "ended":
        shown.append(Badge(("end of source", "ended"), theme.TEXT_SOFT, 1))
    if status.paused and status.playback is None:
        shown.append(Badge(("paused",), theme.WARN, 1, action=Action.PAUSE))
    if result is not None and len(result.faces) > 1:
        shown.append(_faces(result))
    if said:
        if status.emotion_note or status.emotion_age_ms is not None:
            shown.append(_features(status))
        return shown
    shown.append(_features(status))
    if result is not None and result.landmarks is None:
        shown.append(Badge(("no face",), theme.WARN, 2))
    elif result is not None and result.validity.amber:
        shown.append(amber_badge(result.validity.amber, 2))
    elif result is not None and result.validity.ok:
        shown.append(Badge(("in range",), theme.GOOD, 3))
    elif result is not None:
        reason = "; ".join(result.validity.reasons)
        wordings = (f"out of range: {reason}",) if reason else ()
        shown.append(Badge((*wordings, "out of range"), theme.BAD, 2))
    shown.append(_neutral(status))
    pose = "pose = 0" if status.pose_mode == "zero" else "live pose"
    if status.pose_response:
        pose = "own pose response"
    shown.append(Badge((pose,), theme.TEXT_SOFT, 5, dot=False, action=Action.POSE))
    return shown


def program_badges(status: Status) -> list[Badge]:
    """The badges that are not of a face: what is recorded, and the state of a replay."""
    shown = []
    if status.recording_s is not None:
        minutes, seconds = divmod(int(status.recording_s), 60)
        shown.append(Badge((f"REC {minutes:02d}:{seconds:02d}",), theme.BAD, 0, strong=True, action=Action.RECORD))
    if status.event_keys:
        names = status.recording_setup.events
        keys = "key 1" if len(names) == 1 else f"keys 1–{len(names)}"
        listed = ", ".join(f"{at} {name}" for at, name in enumerate(names, start=1))
        shown.append(Badge((f"events: {listed}", f"{keys}: events, not views", f"{keys}: events"), theme.MARK, 1))
    return [*shown, *dropped_badges(status), *streaming_badges(status), *_replayed(status)]


def amber_badge(why: str, rank: int) -> Badge:
    """That expression and pose are not told apart in a frame that is in range otherwise."""
    return Badge((f"in range, {why}", why, why.partition(":")[0], "head turned"), theme.WARN, rank)


def remote_badges(status: Status) -> list[Badge]:
    """What is streamed beyond this machine."""
    remote = [state.remote for state in status.streaming if state.remote]
    if not remote:
        return []
    count = "1 address" if len(remote) == 1 else f"{len(remote)} addresses"
    wordings = (f"streaming to {', '.join(remote)}", f"streaming to {count} beyond this machine", f"to {remote[0]}")
    return [Badge(wordings, theme.WARN, 0, strong=True)]


def streaming_badges(status: Status) -> list[Badge]:
    """Where values are sent to meanwhile; what goes beyond this machine, and what fails, in a colour of its own."""
    failed = [state for state in status.streaming if state.error]
    local = [state.output for state in status.streaming if not (state.remote or state.error)]
    shown = remote_badges(status)
    if failed:
        names = ", ".join(state.output for state in failed)
        shown.append(Badge((f"{failed[0].output}: {failed[0].error}", f"not sent: {names}", "not sent"), theme.BAD, 1))
    if local:
        shown.append(Badge((f"streams: {', '.join(local)}", f"streams: {len(local)}"), theme.TEXT_SOFT, 4, dot=False))
    return shown


def dropped_badges(status: Status) -> list[Badge]:
    """A warning once more than 1 % of a recording's stream is dropped."""
    shares = {
        STREAMS[stream.name]: stream.dropped / (stream.recorded + stream.dropped)
        for stream in status.streams
        if stream.dropped > MOST_DROPPED * (stream.recorded + stream.dropped)
    }
    if not shares:
        return []
    parts = ", ".join(f"{100 * share:.3g} % of {name}" for name, share in shares.items())
    worst = f"{100 * max(shares.values()):.3g} %"
    variants = (f"dropped: {parts}", f"dropped: {worst}", f"{worst} dropped")
    return [Badge(variants, theme.WARN, 0, strong=True)]


def _replayed(status: Status) -> list[Badge]:
    """The state of a replay, a note on its frame, and whether an exclusion is open."""
    shown = []
    playback = status.playback
    if playback is not None:
        speed = speed_text(playback.speed)
        variants = (f"replay {speed}",) if playback.playing else ("replay paused", "paused")
        shown.append(Badge(variants, theme.ACCENT if playback.playing else theme.WARN, 1, action=Action.PAUSE))
        if playback.note:
            shown.append(Badge((playback.note,), theme.TEXT_SOFT, 4, dot=False))
    if any(mark.open for mark in status.marks):
        shown.append(Badge(("excluding", "excl."), theme.WARN, 1, action=Action.EXCLUDE))
    return shown


def _faces(result: FrameResult) -> Badge:
    """How many faces there are, and how many of them were calibrated."""
    several = f"{len(result.faces)} faces"
    known = sum(any(model.identity is not None for model in face.estimate.models) for face in result.faces)
    return Badge((f"{several}, {known or 'none'} with a neutral", several), theme.TEXT_SOFT, 3, dot=False)


def _features(status: Status) -> Badge:
    what = "emotions" if status.emotion_source in ("inverse", "appearance", "pyfeat") else "features"
    source = status.emotion_source
    if status.emotion_note:  # a fallback must not pass for the requested source
        return Badge((f"{what}: {source}; {status.emotion_note}", f"{what}: {source}", source), theme.WARN, 1)
    age = () if status.emotion_age_ms is None else (f"{what}: {source}, {status.emotion_age_ms:.0f} ms old",)
    return Badge((*age, f"{what}: {source}", source), theme.ACCENT, 2, dot=False)


def _neutral(status: Status) -> Badge:
    if status.calibrating is not None:
        done = round(100 * min(max(status.calibrating, 0.0), 1.0))
        return Badge(
            (f"{status.calibration_prompts[0]}: calibrating {done} %", f"calibrating {done} %"), theme.ACCENT, 0
        )
    if status.review is not None:
        return Badge(("new neutral: accept?", "accept?"), theme.WARN if status.review.findings else theme.ACCENT, 0)
    if status.calibrated and status.neutral_findings:
        found = (f"neutral {status.neutral_findings}", "neutral not at rest", "not at rest")
        return Badge(found, theme.WARN, 4, action=Action.CALIBRATE)
    if status.calibrated:
        return Badge(("neutral calibrated", "calibrated"), theme.GOOD, 4, action=Action.CALIBRATE)
    wordings = ("not calibrated (press N)", "not calibrated")[status.playback is not None :]
    return Badge(wordings, theme.WARN, 4, action=Action.CALIBRATE)


def fit_badges(widths: Sequence[Sequence[float]], ranks: Sequence[int], gap: float, room: float) -> list[int | None]:
    """The variant of each badge so that all fit into `room`; None for one that is omitted.

    The least important badges are shortened first, then omitted.
    """
    chosen: list[int | None] = [0] * len(widths)

    def used() -> float:
        taken = [w[at] for w, at in zip(widths, chosen, strict=True) if at is not None]
        return sum(taken) + gap * max(0, len(taken) - 1)

    by_rank = sorted(range(len(widths)), key=lambda badge: (-ranks[badge], -badge))
    for badge in by_rank:
        at = 0
        while used() > room and at < len(widths[badge]) - 1:
            at += 1
            chosen[badge] = at
    for badge in by_rank:
        if used() <= room:
            break
        chosen[badge] = None
    return chosen


def draw_header(
    p: Painter,
    rect: Rect,
    shown: Sequence[Badge],
    result: FrameResult | None,
    status: Status,
    ui: ViewState,
    *,
    controls: bool = True,
) -> None:
    """Draw it with these badges; clicks request actions in `ui.actions`. `controls`: with its buttons.

    A low window has no header: its rectangle is of height 0.
    """
    if rect.h < 1:
        return
    middle = rect.y + rect.h // 2
    right = _buttons(p, rect, middle, status, ui) - p.px(14) if controls else rect.right
    name = p.first_fitting((NAME,), right - rect.x, theme.SIZE_NAME, p.fonts.bold)
    taken = p.text(name, rect, theme.TEXT, theme.SIZE_NAME, p.fonts.bold)
    left = rect.x + round(taken) + p.px(18)

    measured = p.first_fitting(_measured(status), (right - left) * 0.25, theme.SIZE_MONO, p.fonts.mono)
    room = Rect.between(left, rect.y, right, rect.bottom)
    taken = p.text(measured, room, theme.TEXT_SOFT, theme.SIZE_MONO, p.fonts.mono, "right", "rate")

    gap = p.px(7)
    widths = [[p.badge_width(text, badge.dot) for text in badge.wordings] for badge in shown]
    free = right - left - taken - p.px(16)
    needed = sum(min(widths_of, default=0) + gap for widths_of in widths)
    x = left + _state(p, Rect(left, rect.y, max(0, round(free - needed)), rect.h), result, status)
    free -= x - left
    for badge, at in zip(shown, fit_badges(widths, [badge.rank for badge in shown], gap, free), strict=True):
        if at is None:
            continue
        box = p.badge(badge.wordings[at], x, middle, badge.color, dot=badge.dot, strong=badge.strong)
        if badge.action is not None and not ui.help and p.clicked(box):
            ui.actions.append(badge.action)
        x = box.right + gap


def _state(p: Painter, rect: Rect, result: FrameResult | None, status: Status) -> int:
    """A light, and what is measured by what; returns the width that it takes."""
    by = "" if result is None or result.landmarks is None else f"tracker {result.landmarks.tracker}"
    variants = [" · ".join(part for part in parts if part) for parts in ((status.source, by), (status.source,))]
    start = p.px(16)
    text = p.first_fitting(variants, rect.w - start - p.px(14), theme.SIZE_SMALL)
    if not text:
        return 0
    lit = {"live": theme.GOOD, "opening": theme.WARN, "lost": theme.BAD, "ended": theme.TEXT_FAINT}
    light = theme.BAD if status.recording_s is not None else lit[status.source_state]
    if status.paused or (status.playback is not None and not status.playback.playing):
        light = theme.WARN
    p.dot(rect.x + p.px(4), rect.y + rect.h / 2, 4.0 * p.unit, light)
    inside = Rect(rect.x + start, rect.y, rect.w - start, rect.h)
    taken = p.text(text, inside, theme.TEXT_SOFT, theme.SIZE_SMALL, term="tracker" if by and by in text else "")
    return start + round(taken) + p.px(14)


def _buttons(p: Painter, rect: Rect, middle: int, status: Status, ui: ViewState) -> int:
    """From the right: help, panel, recording; returns their left end."""
    size = p.px(24)
    help_box = Rect(rect.right - size, middle - size // 2, size, size)
    if help_box.x < rect.x:
        return rect.right
    _button(p, help_box, Action.HELP, ui, active=ui.help)
    p.text("?", help_box, theme.TEXT_SOFT, theme.SIZE_BODY, p.fonts.bold, "center")
    if ui.stage:  # the presentation layout has no panel
        return help_box.x
    entry = command(Action.PANEL)
    label_width, keycap = p.width(entry.label, theme.SIZE_SMALL, p.fonts.bold), p.keycap_width(entry.keys[0])
    wide = round(label_width) + keycap + p.px(28)
    if wide > 0.2 * rect.w:
        keycap, wide = 0, round(label_width) + p.px(22)
    box = Rect(help_box.x - p.px(10) - wide, help_box.y, wide, size)
    if wide > 0.35 * rect.w:
        return help_box.x
    _button(p, box, Action.PANEL, ui, active=ui.panel)
    p.text(entry.label, box.inset(p.px(11), 0), theme.TEXT_SOFT, theme.SIZE_SMALL, p.fonts.bold)
    if keycap:
        p.keycap(entry.keys[0], box.right - p.px(8) - keycap, middle)
    if status.playback is not None:
        return box.x
    return _record_button(p, rect, box, status, ui)


def _record_button(p: Painter, rect: Rect, before: Rect, status: Status, ui: ViewState) -> int:
    """Left of another one; returns its left end, or that of the other one where there is no room."""
    entry = command(Action.RECORD)
    label = entry.label if status.recording_s is None else "Stop"
    keycap = p.keycap_width(entry.keys[0])
    wide = round(p.width(label, theme.SIZE_SMALL, p.fonts.bold)) + keycap + p.px(44)
    if wide > 0.12 * rect.w:
        return before.x
    box = Rect(before.x - p.px(10) - wide, before.y, wide, before.h)
    _button(p, box, Action.RECORD, ui, active=False)
    middle = box.y + box.h // 2
    p.dot(box.x + p.px(16), middle, 4.5 * p.unit, theme.BAD)
    inside = Rect.between(box.x + p.px(28), box.y, box.right, box.bottom)
    p.text(label, inside, theme.TEXT_SOFT, theme.SIZE_SMALL, p.fonts.bold)
    p.keycap(entry.keys[0], box.right - p.px(8) - keycap, middle)
    return box.x


def _button(p: Painter, box: Rect, action: Action, ui: ViewState, *, active: bool) -> None:
    """A round outlined button."""
    if active:
        p.fill(box, theme.ACCENT.faded(0.18), box.h / 2)
    elif p.hovered(box):
        p.fill(box, theme.TEXT.faded(0.08), box.h / 2)
    ink = theme.ACCENT.faded(0.6) if active else theme.TEXT_FAINT.faded(0.7)
    p.frame(box, ink, box.h / 2, max(1.0, p.unit))
    if (action is Action.HELP or not ui.help) and p.clicked(box):
        ui.actions.append(action)


def _measured(status: Status) -> tuple[str, ...]:
    fps = "" if status.fps is None else f"{status.fps:.1f} fps"
    latency = "" if status.latency_ms is None else f"{status.latency_ms:.0f} ms"
    short = "  ".join(part for part in (fps, latency) if part)
    worst = () if status.latency_p95_ms is None else (f"{short}, p95 {status.latency_p95_ms:.0f} ms",)
    skipped = (f"{short}  {status.skipped} skipped",) if status.skipped else ()
    return (*skipped, *worst, short, fps)
