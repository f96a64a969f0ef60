"""The panel's sections on the run: recording, source, models, window."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from realtime.core.commands import Action, SetRecording
from realtime.core.config import MOST_MODELS
from realtime.core.status import Choice
from realtime.core.wording import APPEARANCE_ABILITY
from realtime.view.mirror.controls.control_column import LINE, ButtonSpec, ControlColumn, PanelItem
from realtime.view.mirror.header import STREAMS
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.menu import Option

PARTICIPANT, FOLDER = "participant", "folder"  # text fields, in `places` and drafts
ADDRESS = "address"  # the source's text field, in `places` and drafts
_POSES = ("auto", "live", "zero")


def _pause_calibrate(c: ControlColumn) -> None:
    progress = c.status.calibrating
    ring = None
    if progress is not None:

        def ring(x: float, y: float) -> None:
            c.p.ring(x, y, 6 * c.p.unit, theme.CARD_EDGE, 2.5 * c.p.unit)
            c.p.arc(x, y, 6 * c.p.unit, progress, theme.ACCENT, 2.5 * c.p.unit)

    doing = "" if progress is None else f"{100 * progress:.0f} %"
    playback = c.status.playback
    if playback is not None:
        paused = ButtonSpec(Action.PAUSE, "Pause" if playback.playing else "Play")
    else:
        paused = ButtonSpec(Action.PAUSE, "Resume", theme.WARN) if c.status.paused else ButtonSpec(Action.PAUSE)
    c.buttons(paused, ButtonSpec(Action.CALIBRATE, doing, None if progress is None else theme.ACCENT, ring))


def _look_around(c: ControlColumn) -> None:
    missing = c.status.calibration_missing
    label = "" if missing is None else "Look around" if not missing else f"Look {', '.join(missing)}"
    c.buttons(ButtonSpec(Action.LOOK_AROUND, label, None if missing is None else theme.ACCENT))


def _calibration_outcome(c: ControlColumn) -> None:
    outcome = c.status.calibration_outcome
    if outcome is not None:
        c.note(outcome.text, theme.GOOD if outcome.good else theme.WARN)
        c.space()


def _record_screenshot(c: ControlColumn) -> None:
    seconds = c.status.recording_s

    def dot(x: float, y: float) -> None:
        c.p.dot(x, y, 4.5 * c.p.unit, theme.BAD if seconds is not None else theme.BAD.faded(0.7))

    label = "" if seconds is None else f"Stop {int(seconds) // 60:02d}:{int(seconds) % 60:02d}"
    c.buttons(
        ButtonSpec(Action.RECORD, label, None if seconds is None else theme.BAD, dot), ButtonSpec(Action.SCREENSHOT)
    )


def _next_session(c: ControlColumn) -> None:
    """Whom the next session is of, and where it goes."""
    if c.status.playback is not None or c.status.recording_s is not None:
        return
    setup = c.status.recording_setup
    if setup.participant and c.removable("no participant", f"participant {setup.participant}"):
        c.ui.actions.append(SetRecording("participant", ""))
    entered = c.text_field(
        PARTICIPANT, "another participant" if setup.participant else "participant",
        "Whom the next session is of: its name begins with it, and session.json has it. Enter takes it",
    )  # fmt: skip
    if entered is not None:
        c.ui.actions.append(SetRecording("participant", entered))
    c.note(f"sessions go to {setup.folder if Path(setup.folder) != Path() else 'the folder you are in'}")
    entered = c.text_field(FOLDER, "another folder", "Folder for new sessions and screenshots. Enter takes it")
    if entered is not None:
        c.ui.actions.append(SetRecording("folder", entered))


def _streams(c: ControlColumn) -> None:
    """Recorded and dropped counts of each stream."""
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


def _copy_quit(c: ControlColumn) -> None:
    c.buttons(ButtonSpec(Action.COPY, "Copy"), ButtonSpec(Action.QUIT))


def _options(choices: tuple[Choice, ...], chosen: str) -> list[Option]:
    return [Option(choice.label, chosen=choice.value == chosen) for choice in choices]


def _label(choices: tuple[Choice, ...], chosen: str) -> str:
    return next((choice.label for choice in choices if choice.value == chosen), chosen)


def _source(c: ControlColumn) -> None:
    offers = c.status.offers
    c.heading("Camera or file", Action.NEXT_SOURCE)
    replayed = c.status.playback is not None
    if replayed:
        c.note(f"Replay of {c.status.source}", theme.ACCENT)
        c.space()
    shown = _label(offers.sources, offers.source or c.status.source)
    if offers.sources:
        picked = c.dropdown("source", shown, _options(offers.sources, offers.source), request=Action.NEXT_SOURCE)
        if picked is not None:
            c.choose("source", offers.sources[picked.at].value)
    elif not replayed:
        c.note("No camera found.")
        c.space()
    if offers.opening:
        c.note(f"opening {offers.opening} …", theme.ACCENT)
        c.space()


def _address(c: ControlColumn) -> None:
    entered = c.text_field(
        ADDRESS, "file, folder or URL", "Path of a file or folder, or an http:// or rtsp:// URL. Enter opens it"
    )
    if entered is not None:
        c.choose("source", entered)


def _camera(c: ControlColumn) -> None:
    """Resolution, rate and exposure that are asked of a camera."""
    offers = c.status.offers
    rows = (
        ("resolution", "Resolution", offers.resolutions, offers.resolution),
        ("rate", "Rate", offers.rates, offers.rate),
        ("exposure", "Exposure", offers.exposures, offers.exposure),
    )
    for name, label, choices, chosen in rows:
        if not choices or c.status.playback is not None:
            continue
        picked = c.dropdown(
            name, _label(choices, chosen), _options(choices, chosen), label=label,
            description=f"{label} that is asked of the camera, which may answer with another",
        )  # fmt: skip
        if picked is not None and choices[picked.at].value != chosen:
            c.choose(name, choices[picked.at].value)


def _recent(c: ControlColumn) -> None:
    recent = c.status.offers.recent_sources
    if not recent or c.status.playback is not None:
        return
    options = [Option(choice.label) for choice in recent]
    picked = c.dropdown("recent", "opened before", options, description="Files and addresses that were opened before")
    if picked is not None:
        c.choose("source", recent[picked.at].value)


def _mirrored(c: ControlColumn) -> None:
    c.toggle(Action.MIRROR, c.ui.mirrored)


def _models(c: ControlColumn) -> None:
    offers = c.status.offers
    chosen = offers.chosen_models
    c.heading("Model", Action.NEXT_MODEL)
    if not offers.models:
        c.note("No other model found.")
        c.space()
        return
    names = [_label(offers.models, name) for name in chosen]
    text = names[0] if len(names) == 1 else f"{len(names)} models" if names else "none"
    full = len(chosen) >= MOST_MODELS
    options = [Option(f"Click a name for one model, or tick up to {MOST_MODELS}", head=True)]
    options += [Option(choice.label, chosen=choice.value in chosen) for choice in offers.models]
    picked = c.dropdown(
        "models", text, options, request=Action.NEXT_MODEL, checkboxes=True, description=", ".join(names[1:] and names)
    )
    for model in c.models:
        if model.held_out:
            c.note(f"{model.name}: {model.held_out}", theme.WARN if model.warns else theme.TEXT_SOFT)
    if picked is None:
        return
    value = offers.models[picked.at - 1].value
    if not picked.checkbox:
        c.choose("models", (value,))
    elif value in chosen and len(chosen) > 1:
        c.choose("models", tuple(name for name in chosen if name != value))
    elif value not in chosen and not full:
        c.choose("models", (*chosen, value))


def _emotions(c: ControlColumn) -> None:
    offers = c.status.offers
    c.heading("Emotion source", Action.NEXT_EMOTION)
    if not offers.emotions:
        c.note("No other emotion source.")
        c.space()
        return
    text = _label(offers.emotions, offers.emotion)
    picked = c.dropdown("emotion", text, _options(offers.emotions, offers.emotion), request=Action.NEXT_EMOTION)
    if picked is not None:
        c.choose("emotion", offers.emotions[picked.at].value)
    if "appearance" in c.status.emotion_source:
        c.note(f"appearance: {APPEARANCE_ABILITY[0]}")
        c.space()


def _pose(c: ControlColumn) -> None:
    now = c.status.offers.pose
    picked = c.segments("pose", "Pose", Action.POSE, _POSES, _POSES.index(now) if now in _POSES else 0)
    if picked is not None and _POSES[picked] != now:
        c.choose("pose", _POSES[picked])


def _adjusted(c: ControlColumn) -> None:
    disabled_reason = "" if c.status.calibrated else "requires a calibrated neutral face"
    c.toggle(Action.ADJUST, c.ui.adjusted, disabled_reason)


def _residual_model(c: ControlColumn) -> None:
    disabled_reason = _needs_several(c)
    shown = c.models[c.ui.model].names
    text = next((name for name in shown if c.p.width(name) <= c.p.px(106)), shown[-1])
    options = [Option(caption.name, chosen=at == c.ui.model) for at, caption in enumerate(c.models)]
    picked = c.dropdown(
        "whose", text, options, label="Residual of", request=Action.MODEL, disabled_reason=disabled_reason
    )
    if picked is not None:
        c.ui.model = picked.at


def _disagreement(c: ControlColumn) -> None:
    c.toggle(Action.DISAGREE, c.ui.disagreement, _needs_several(c))


def _needs_several(c: ControlColumn) -> str:
    return "" if len(c.models) > 1 else "requires two models: tick another one above"


def _button_rows(c: ControlColumn, rows: tuple[tuple[Action, ...], ...]) -> None:
    for row in rows:
        c.buttons(*(ButtonSpec(request) for request in row))


_WINDOW = (
    (Action.UNDO,), (Action.REDO,), (Action.PANEL, Action.HELP), (Action.PRESENTATION, Action.FULLSCREEN),
    (Action.OUTPUT,), (Action.DEFAULTS,), (Action.INTRODUCE, Action.EXPLAIN),
)  # fmt: skip

RUN = (
    PanelItem((Action.PAUSE, Action.CALIBRATE), _pause_calibrate),
    PanelItem((Action.LOOK_AROUND,), _look_around),
    PanelItem((), _calibration_outcome),
    PanelItem((Action.RECORD, Action.SCREENSHOT), _record_screenshot),
    PanelItem((), _next_session),
    PanelItem((), _streams),
    PanelItem((Action.COPY, Action.QUIT), _copy_quit),
)
SOURCE = (
    PanelItem((Action.NEXT_SOURCE,), _source),
    PanelItem((), _camera),
    PanelItem((), _address),
    PanelItem((), _recent),
    PanelItem((Action.OPEN, Action.OPEN_SESSION), partial(_button_rows, rows=((Action.OPEN,), (Action.OPEN_SESSION,)))),
    PanelItem((Action.MIRROR,), _mirrored),
)
MODEL = (
    PanelItem((Action.NEXT_MODEL,), _models),
    PanelItem((Action.NEXT_EMOTION,), _emotions),
    PanelItem((Action.POSE,), _pose),
    PanelItem((Action.ADJUST,), _adjusted),
    PanelItem((Action.MODEL,), _residual_model),
    PanelItem((Action.DISAGREE,), _disagreement),
)
WINDOW = (PanelItem(tuple(request for row in _WINDOW for request in row), partial(_button_rows, rows=_WINDOW)),)
