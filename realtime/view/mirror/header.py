"""The line above the panels: the name, the states as badges, and what is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.types import FrameResult
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Colour
from realtime.view.state import Action, Status, ViewState

NAME = "Meshmirror"


@dataclass(frozen=True, slots=True)
class Badge:
    """A state in words, the longest wording first; a click asks for `action`."""

    wordings: tuple[str, ...]
    colour: Colour
    rank: int  # 0 is dropped last where room is short
    dot: bool = True
    strong: bool = False
    action: Action | None = None


def badges(result: FrameResult | None, status: Status, ui: ViewState) -> list[Badge]:
    """The states that hold now, in the order in which they are shown."""
    shown = []
    if status.recording_s is not None:
        minutes, seconds = divmod(int(status.recording_s), 60)
        shown.append(Badge((f"REC {minutes:02d}:{seconds:02d}",), theme.BAD, 0, strong=True, action=Action.RECORD))
    if status.source_state == "lost":
        note = f"source lost: {status.source_note}" if status.source_note else "source lost"
        shown.append(Badge((note, "source lost", "lost"), theme.BAD, 0))
    elif status.source_state == "opening":
        shown.append(Badge(("opening the source", "opening"), theme.WARN, 1))
    elif status.source_state == "ended":
        shown.append(Badge(("source ended", "ended"), theme.TEXT_SOFT, 1))
    if status.paused:
        shown.append(Badge(("paused",), theme.WARN, 1, action=Action.PAUSE))
    shown.append(_features(status))
    if result is not None and result.landmarks is None:
        shown.append(Badge(("no face",), theme.WARN, 2))
    elif result is not None and result.validity.ok:
        shown.append(Badge(("in range",), theme.GOOD, 3))
    elif result is not None:
        reason = "; ".join(result.validity.reasons)
        wordings = (f"out of range: {reason}",) if reason else ()
        shown.append(Badge((*wordings, "out of range"), theme.WARN, 2))
    shown.append(_neutral(status))
    if status.pose_mode == "zero":
        shown.append(Badge(("pose = 0",), theme.TEXT_SOFT, 5, dot=False, action=Action.POSE))
    else:
        shown.append(Badge(("pose live",), theme.TEXT_SOFT, 5, dot=False, action=Action.POSE))
    return shown


def _features(status: Status) -> Badge:
    what = "emotions" if status.emotion_source in ("inverse", "pyfeat") else "features"
    source = status.emotion_source
    if status.emotion_note:  # a stand-in must not pass for the source that was asked for
        return Badge((f"{what}: {source}; {status.emotion_note}", f"{what}: {source}", source), theme.WARN, 1)
    age = () if status.emotion_age_ms is None else (f"{what}: {source}, {status.emotion_age_ms:.0f} ms old",)
    return Badge((*age, f"{what}: {source}", source), theme.ACCENT, 2, dot=False)


def _neutral(status: Status) -> Badge:
    if status.calibrating is not None:
        done = round(100 * min(max(status.calibrating, 0.0), 1.0))
        return Badge((f"rest your face: neutral {done} %", f"neutral {done} %"), theme.ACCENT, 0)
    if status.calibrated:
        return Badge(("neutral calibrated", "calibrated"), theme.GOOD, 4, action=Action.CALIBRATE)
    wordings = ("not calibrated (press N)", "not calibrated")
    return Badge(wordings, theme.WARN, 4, action=Action.CALIBRATE)


def fit_badges(widths: Sequence[Sequence[float]], ranks: Sequence[int], gap: float, room: float) -> list[int | None]:
    """Which wording of each badge is shown so that all fit into `room`; None for one that is dropped.

    First the least important badges are worded shorter, then the least important ones go.
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


def draw_header(p: Painter, rect: Rect, result: FrameResult | None, status: Status, ui: ViewState) -> None:
    """Draw it; clicks on badges go into `ui.actions`."""
    middle = rect.y + rect.h // 2
    name = p.text(NAME, rect, theme.TEXT, theme.SIZE_NAME, p.fonts.bold)
    help_box = Rect(rect.right - p.px(24), middle - p.px(12), p.px(24), p.px(24))
    p.frame(help_box, theme.TEXT_FAINT.faded(0.7), help_box.h / 2, max(1.0, p.unit))
    p.text("?", help_box, theme.TEXT_SOFT, theme.SIZE_BODY, p.fonts.bold, "centre")
    if p.clicked(help_box):
        ui.actions.append(Action.HELP)

    left = rect.x + round(name) + p.px(18)
    right = help_box.x - p.px(14)
    wordings = _measured(status)
    measured = p.choose(wordings, (right - left) * 0.42, theme.SIZE_MONO, p.fonts.mono)
    taken = p.text(
        measured, Rect(left, rect.y, right - left, rect.h), theme.TEXT_SOFT, theme.SIZE_MONO, p.fonts.mono, "right"
    )

    shown, gap = badges(result, status, ui), p.px(7)
    widths = [[p.badge_width(text, badge.dot) for text in badge.wordings] for badge in shown]
    room = right - left - taken - p.px(16)
    x = left
    for badge, at in zip(shown, fit_badges(widths, [badge.rank for badge in shown], gap, room), strict=True):
        if at is None:
            continue
        box = p.badge(badge.wordings[at], x, middle, badge.colour, dot=badge.dot, strong=badge.strong)
        if badge.action is not None and p.clicked(box):
            ui.actions.append(badge.action)
        x = box.right + gap


def _measured(status: Status) -> tuple[str, ...]:
    fps = "" if status.fps is None else f"{status.fps:.1f} fps"
    latency = "" if status.latency_ms is None else f"{status.latency_ms:.0f} ms"
    worst = "" if status.latency_p95_ms is None else f"p95 {status.latency_p95_ms:.0f} ms"
    long = "  ".join(part for part in (fps, latency and f"latency {latency}", worst) if part)
    short = " ".join(part for part in (fps, latency) if part)
    skipped = (f"{long}  {status.skipped} skipped",) if status.skipped else ()
    return (*skipped, long, short, fps)
