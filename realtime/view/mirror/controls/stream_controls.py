"""The panel's section on streams: what is sent to other programs, where to, and what becomes of it."""

from __future__ import annotations

from realtime.core.commands import CopyStream, SwitchStream
from realtime.core.glossary import GLOSSARY
from realtime.core.status import StreamChoice, StreamingState
from realtime.view.mirror.controls.control_column import BUTTON, LINE, ROW, ControlColumn, PanelItem
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect

_ABOUT = "Values and pictures of the face for other programs, until it is switched off. Nothing of this is remembered"


def _outputs(c: ControlColumn) -> None:
    states = {state.address: state for state in c.status.streaming}
    for choice in c.status.stream_choices:
        _output(c, choice, states.get(choice.address))
    if any(not choice.missing for choice in c.status.stream_choices):
        c.note("Not remembered: the next start sends nothing by itself.")


def _output(c: ControlColumn, choice: StreamChoice, state: StreamingState | None) -> None:
    on = state is not None
    box = c.row(ROW)
    if box is not None:
        name = f"stream {choice.address}"
        label = choice.label if state is None else state.output
        room = box.w - c.p.px(44)
        wordings = (c.p.elide_middle(label, room),)
        if c.widgets.switch(c.p, name, wordings, "", box, on, disabled=bool(choice.missing) and not on):
            c.ui.actions.append(SwitchStream(choice.address, not on))
        full = label if wordings[0] != label else ""
        c.tooltip(box, full, choice.missing or _ABOUT)
    if state is None:
        return
    remote = state.remote or (state.output if choice.remote else "")
    if remote:
        c.note(f"beyond this machine: {remote}", theme.WARN)
    if state.error:
        c.note(state.error, theme.BAD)
    _counts(c, state)
    if state.link:
        _copy(c, state)


def _counts(c: ControlColumn, state: StreamingState) -> None:
    words = ("sent", "dropped")[: 1 + bool(state.dropped)]
    sentences = [GLOSSARY[word].sentence.rstrip(".") for word in words]
    box = c.row(LINE)
    if box is not None:
        age = "" if state.age_ms is None else f", {_age(state.age_ms)} old"
        c.p.text(f"{state.sent:,} sent{age}", box, theme.TEXT_SOFT, theme.SIZE_SMALL)
        c.tooltip(box, *sentences)
    box = c.row(LINE) if state.note or state.dropped else None
    if box is not None:
        c.p.text(state.note, box, theme.TEXT_SOFT, theme.SIZE_SMALL)
        if state.dropped:
            c.p.text(
                f"{state.dropped:,} dropped", box, theme.WARN, theme.SIZE_SMALL, side="right" if state.note else "left"
            )
        c.tooltip(box, *sentences)


def _age(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def _copy(c: ControlColumn, state: StreamingState) -> None:
    box = c.row(BUTTON)
    c.space()
    if box is None:
        return
    place = Rect(box.x, box.y, box.w, box.h)
    if c.widgets.button(c.p, f"copy {state.address}", "Copy the address for OBS", "", place):
        c.ui.actions.append(CopyStream(state.address))
    c.tooltip(place, "It has a secret in it, so it is not shown here. Whoever has it sees the pictures")


STREAMS = (PanelItem((), _outputs),)
