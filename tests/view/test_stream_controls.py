"""The panel's section on streams: switches, what becomes of each output, and no secret in it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hand import Hand
from recorded import recorded

from realtime.core.commands import CopyStream, SwitchStream
from realtime.core.glossary import GLOSSARY
from realtime.core.status import StreamChoice, StreamingState
from realtime.view.mirror.controls.control_panel import ITEMS
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.paint import theme
from realtime.view.paint.painter import Painter
from realtime.view.screen.offscreen import Offscreen

SECRET = "http://127.0.0.1:39235/IMiqSSAHp1JNcWuiiA5_nGWqmwILIi1G"
CHOICES = (
    StreamChoice("lsl", "LSL", False, "needs the Python package 'pylsl'. Install it: pip install 'meshmirror[stream]'"),
    StreamChoice("osc://192.0.2.1:9000", "OSC 192.0.2.1:9000", True),
    StreamChoice("vmc://127.0.0.1:39539", "VMC 127.0.0.1:39539"),
    StreamChoice("livelink://127.0.0.1:11111", "Live Link 127.0.0.1:11111"),
    StreamChoice("mjpeg://127.0.0.1", "MJPEG 127.0.0.1"),
    StreamChoice("camera", "Virtual camera", False, "pictures show the face, so they are sent with --share-face only"),
)
STATES = (
    StreamingState("OSC 192.0.2.1:9000", "OSC 192.0.2.1:9000", "", "osc://192.0.2.1:9000", 12345, 17, 23.4),
    StreamingState("VMC 127.0.0.1:39539", "", "network is unreachable", "vmc://127.0.0.1:39539", 0, 9),
    StreamingState(
        "MJPEG 127.0.0.1:39235", "", "", "mjpeg://127.0.0.1", 1_234_567, 89_012, 1234.0, "4 readers", SECRET
    ),
)  # fmt: skip


@pytest.fixture
def hand(model_facts: ModelFacts) -> Iterator[Hand]:
    with Offscreen((1280, 1800)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        view.input.panel.folded = set(ITEMS) - {"Streams"}
        made = Hand(screen, view)
        made.status = replace(made.status, streaming=STATES, stream_choices=CHOICES)
        made.frame(2)
        yield made
        view.close()


def test_a_switch_asks_to_begin_or_to_end_and_what_is_missing_cannot_be_begun(hand: Hand) -> None:
    for choice in CHOICES:
        hand.click(f"stream {choice.address}")
    assert hand.asked == [
        SwitchStream("osc://192.0.2.1:9000", False), SwitchStream("vmc://127.0.0.1:39539", False),
        SwitchStream("livelink://127.0.0.1:11111", True), SwitchStream("mjpeg://127.0.0.1", False),
    ]  # fmt: skip
    hand.asked.clear()
    hand.click("copy mjpeg://127.0.0.1")
    assert hand.asked == [CopyStream("mjpeg://127.0.0.1")]


def test_each_output_says_what_becomes_of_it_and_never_its_secret(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    inks: dict[str, object] = {}
    text = Painter.text

    def noted(self: Painter, words: str, box: object, ink: object = None, *more: object, **others: object) -> object:
        inks.setdefault(words, ink)
        return text(self, words, box, ink, *more, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(Painter, "text", noted)
    hand.frame()
    assert inks["12,345 sent, 23 ms old"] == theme.TEXT_SOFT and inks["17 dropped"] == theme.WARN
    assert inks["beyond this machine: OSC 192.0.2.1:9000"] == theme.WARN
    assert inks["network is unreachable"] == theme.BAD
    assert {"4 readers", "1,234,567 sent, 1.2 s old"} <= set(inks) and "MJPEG 127.0.0.1:39235" in inks
    assert not [words for words in inks if SECRET.rpartition("/")[2][:6] in words]
    assert {"sent", "dropped"} <= set(GLOSSARY)


OUTPUTS = (("lsl", "LSL"), ("osc", "OSC"), ("mjpeg", "MJPEG"), ("camera", "Virtual camera /dev/video9"))


@pytest.mark.parametrize("seed", range(2))
def test_its_words_are_whole_and_apart(hand: Hand, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Of generated outputs, in every width of the panel."""
    draw = random.Random(seed)
    for _ in range(4):
        states, choices = [], []
        for name, title in OUTPUTS:
            host = draw.choice(
                ("127.0.0.1:9000", "[2001:db8:1234:5678:9abc:def0:1234:5678]:39539", "a-long-name.example:1")
            )
            label = title if name in ("lsl", "camera") else f"{title} {host}"
            missing = draw.choice(("", "", "needs the Python package 'pylsl'"))
            choices.append(StreamChoice(name, label, draw.random() < 0.3, missing))
            if draw.random() < 0.7:
                error = draw.choice(("", "", "port 8090 is in use by another program. --stream mjpeg takes a free one"))
                counts = draw.randint(0, 10**7), draw.choice((0, 3, 10**6)), draw.choice((None, 3.0, 99_999.0))
                note = draw.choice(("", "4 readers"))
                remote = draw.choice(("", label))
                states.append(StreamingState(label, remote, error, name, *counts, note, draw.choice(("", SECRET))))
        hand.status = replace(hand.status, streaming=tuple(states), stream_choices=tuple(choices))
        hand.ui.panel_share = draw.choice((0.0, 0.01, 1.0, draw.random()))
        hand.frame(2)
        with recorded(monkeypatch) as words:
            hand.frame()
        assert words.faults((1280, 1800)) == []
