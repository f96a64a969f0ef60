"""No text of the window is cut, leaves its card or lies on another one: generated sizes, states, models and parts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from common import with_estimate, with_first
from hand import OFFERS
from recorded import Words, recorded

from realtime.core.frame_result import Chosen, FrameResult
from realtime.core.neutral import Finding
from realtime.core.status import (
    Attract,
    CalibrationOutcome,
    NeutralReview,
    Notification,
    Playback,
    Question,
    Status,
    StreamingState,
)
from realtime.core.types import EMOTIONS, Features, Frame, Identity, Pose, Validity
from realtime.core.view_options import Card, Overlay, View
from realtime.core.view_state import ViewState
from realtime.view.mirror.model_facts import Caption, ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.screen.offscreen import Offscreen

SIZES = ((1280, 720), (1920, 1080), (2560, 1440), (640, 400), (480, 320), (1024, 768), (720, 1280))
UNITS = ("AU01", "AU02", "AU04", "AU06", "AU12", "AU25", "AU43")
SHAPES = ("mouthLowerDownRight", "mouthSmileLeft", "eyeSquintRight", "browOuterUpLeft", "jawOpen")
NAMES = ("emotion@built-in", "emotion_to_mesh_pls_v5", "blendshape_to_mesh_pls_v6")
EMPTY = Frame(np.zeros((1, 1, 3), np.uint8), 0, 0, 0)
AMBER = "in range, head turned (pitch 11°, yaw 12° from rest): beyond 10° pose and expression are not told apart"


class Windows:
    """A window for each number of models, whose size can change."""

    def __init__(self, facts: ModelFacts) -> None:
        self.screen = Offscreen((64, 64), 1.0)
        models = [
            replace(facts, caption=Caption(name, "labels repaired" if at else "")) for at, name in enumerate(NAMES)
        ]
        self._views = [MirrorView(self.screen.ctx, (64, 64), 1.0, models[: at + 1], samples=0) for at in range(3)]

    def write(self, size: tuple[int, int], scale: float, result: FrameResult | None, status: Status, ui: Any) -> float:
        """The words alone, without the seconds that so many faces would take; the design unit in pixels."""
        models = 1 if result is None or not result.models else len(result.models)
        view = self._views[models - 1]
        view.resize(size, scale)
        if status.attract is not None and ui.stage:
            view._draw_attract(self.screen.framebuffer, status.attract, status, ui)
            return view.layout.unit
        if result is not None:
            view._remember(result, status)
        view._arrange(ui, replayed=status.playback is not None)
        view._tiles.render(view.layout, view._shown_tiles, result, status, ui)
        self.screen.framebuffer.use()
        view._draw_text(result, view.roster.shown.reader.push(result, status), status, ui)
        view._imgui.end()
        return view.layout.unit

    def close(self) -> None:
        for view in self._views:
            view.close()
        self.screen.close()


@pytest.fixture(scope="module")
def windows(model_facts: ModelFacts) -> Iterator[Windows]:
    made = Windows(model_facts)
    yield made
    made.close()


_MESH = np.zeros((478, 3), np.float32)
SOMEBODY = Identity(_MESH, _MESH, 0.31, 90)


def any_result(draw: random.Random, faces: Any) -> FrameResult | None:
    """Any frame that can come."""
    plain: FrameResult = faces.result(draw.randint(0, 10**6))
    kind = draw.choice(("none", "no face", "no model", "face", "face", "face", "face"))
    if kind == "none":
        return None
    if kind == "no face":
        return FrameResult(plain.frame)
    if kind == "no model":
        return with_estimate(plain, models=())
    found = []
    for _ in range(draw.choice((1, 1, 2, 3))):
        names = draw.choice((EMOTIONS, UNITS, SHAPES))
        values = {name: draw.choice((0.0, 0.07, 0.5, 1.0)) for name in names}
        source = draw.choice(("inverse", "appearance", "pyfeat", "mediapipe"))
        one = with_first(plain, features=Features(values, source, plain.stamp)).models[0]
        if draw.random() < 0.3:
            one = replace(one, residual_adjusted=None)
        found.append(one)
    validity = draw.choice(
        (Validity(True), Validity(True, amber=AMBER), Validity(False, ("yaw 34°: the models know up to 30°",)))
    )
    return beside_others(draw, with_estimate(plain, models=tuple(found), validity=validity))


def beside_others(draw: random.Random, result: FrameResult) -> FrameResult:
    """The face alone, or one of up to four: at other places of the picture, older, still, lost or not calibrated."""
    width = result.frame.size[0]
    faces = []
    for track_id in draw.sample((1, 2, 7, 12, 345), draw.choice((1, 1, 2, 3, 4))):
        face = result.faces[0]
        age_ns = draw.choice((0, 7 * 10**8))
        points = face.landmarks.points_px + np.float32([draw.uniform(-0.6, 0.6) * width, 0, 0])
        models = [
            replace(
                model, identity=draw.choice((None, SOMEBODY)),
                features=model.features and replace(model.features, stamp_ns=result.stamp - age_ns),
            )
            for model in face.estimate.models
        ]  # fmt: skip
        faces.append(
            replace(
                face, track_id=track_id, still=draw.random() < 0.2,
                estimate=replace(face.estimate, models=tuple(models)),
                landmarks=replace(face.landmarks, points_px=points.astype(np.float32), faces_seen=4),
            )
        )  # fmt: skip
    chosen = Chosen(faces[0].track_id, draw.random() < 0.5) if draw.random() < 0.8 else None
    lost = chosen is not None and len(faces) > 2 and draw.random() < 0.2
    return replace(result, faces=tuple(faces[1:] if lost else faces), chosen=chosen)


STREAMING = (
    StreamingState("LSL", "", "", "lsl", 120, 0, 3.2),
    StreamingState("OSC 192.0.2.1:9000", "OSC 192.0.2.1:9000", "", "osc://192.0.2.1:9000", 12_345, 17, 23.4),
    StreamingState(
        "MJPEG 127.0.0.1:39235", "", "", "mjpeg://127.0.0.1", 99, 0, 80.0, "2 readers", "http://127.0.0.1/x"
    ),
    StreamingState("Virtual camera", "", "the camera's process was ended by SIGSEGV", "camera", 0, 9),
)
FINDINGS = (
    Finding("smile", "smile: the corners of the mouth show 0.90 of a full one, limit 0.5", 0.9, 0.5, "full smiles"),
    Finding("talking", "talking: the lips opened and closed by 5.2 %, limit 3 %", 5.2, 3.0, "%"),
    Finding("mouth_hidden", "mouth hidden: not seen in 34 of 90 frames, limit 10 %", 38.0, 10.0, "%"),
)
QUESTION = Question(
    "replace neutral", "Replace the neutral face of this person?",
    ("The one in use: 90 frames, 2026-11-29 08:12, jitter 0.31 %.", "It stays until a new one is accepted."),
    "Replace", "Keep", ("N", "Enter"), 7,
)  # fmt: skip


def any_review(draw: random.Random) -> NeutralReview:
    """A new neutral of any kind."""
    mesh = np.random.default_rng(draw.randint(0, 9)).normal(size=(478, 3)).astype(np.float32)
    neutral = Identity(np.zeros_like(mesh), mesh, 0.31, 90, 1.2, 3.0, Pose(-0.1, 0.05, 0.0))
    findings = tuple(draw.sample(FINDINGS, draw.randint(0, 3)))
    left = None if findings else draw.randint(1, 8)
    return NeutralReview(neutral, draw.choice((None, neutral)), findings, left)


def any_status(draw: random.Random) -> Status:
    """Any state of the program."""
    status = Status(
        source=draw.choice(("0: Integrated Camera", "a clip with a rather long name, take 12.mp4", "0")),
        offers=OFFERS,
        calibrated=draw.random() < 0.6,
        fps=draw.choice((None, 4.0, 59.9)),
        latency_ms=draw.choice((None, 23.0)),
        latency_p95_ms=31.0,
        pose_mode=draw.choice(("live", "zero")),
        emotion_note=draw.choice(("", "", "the network was ended by signal SIGKILL")),
        emotion_hint=draw.choice(("", "meshmirror models fetch appearance")),
        paused=draw.random() < 0.2,
        recording_s=draw.choice((None, None, 4.0, 3725.0)),
        source_state=draw.choice(("live", "live", "live", "lost", "ended", "opening")),
        source_note=draw.choice(("", "retry in 2 s")),
    )
    states = (
        "live", "live", "calibrating", "looking", "reviewed", "calibrated", "asked", "replay", "notified", "attract",
    )  # fmt: skip
    state = draw.choice(states)
    if state == "attract":
        return replace(status, attract=Attract(FrameResult(EMPTY), draw.choice((*EMOTIONS, *UNITS, *SHAPES)), 9.0))
    if state == "calibrating":
        return replace(status, calibrating=draw.random(), source_state="live")
    if state == "looking":
        missing = tuple(draw.sample(("up", "down", "left", "right"), draw.randint(0, 4)))
        prompts = ("turn your head slowly, up, down, left and right", "turn your head", "turn")
        looking = replace(status, calibration_missing=missing, calibration_prompts=prompts)
        return replace(looking, calibrating=draw.random(), source_state="live")
    if state == "reviewed":
        return replace(status, review=any_review(draw), neutral_undo=draw.random() < 0.5, source_state="live")
    if state == "calibrated":
        text = "Neutral calibrated from 88 frames, noise 0.4 %: the head was turned, the mouth was open"
        return replace(status, calibration_outcome=CalibrationOutcome(draw.random() < 0.5, text))
    if state == "asked":
        return replace(status, question=QUESTION)
    if state == "replay":
        playback = Playback(
            7261.04, 35999.99, 217831, 1079999, False, 0.25, True, 3600.0, 35000.0, "recomputed with au@v6"
        )
        return replace(status, playback=playback)
    if state == "notified":
        notes = tuple(
            Notification("output", text) for text in ("Saved as session-2026-11-29/screenshot-3.png.", "Saved.")
        )
        return replace(status, notifications=notes)
    return status


def any_look(draw: random.Random) -> ViewState:
    """Any arrangement of the window."""
    usual = (View.CAMERA, View.PREDICTED, View.HEAT)
    views = draw.choice((usual, usual, usual, tuple(draw.sample(list(View), draw.randint(1, 6)))))
    before = usual if len(views) == 1 and draw.random() < 0.5 else ()
    return ViewState(
        views=views,
        views_before=before,
        cards=tuple(draw.sample(list(Card), draw.choice((0, 0, 2, 3, 4)))),
        panel=draw.random() < 0.3,
        timeline_share=draw.choice((0.0, 0.0, 0.01, draw.random())),
        cards_share=draw.choice((0.0, 0.0, 0.01, draw.random())),
        panel_share=draw.choice((0.0, 0.0, 0.01, 1.0, draw.random())),
        stage=draw.random() < 0.2,
        whole=draw.random() < 0.3,
        signed=draw.random() < 0.3,
        overlay=draw.choice(list(Overlay)),
        exaggeration=draw.choice((1.0, 1.0, 2.5)),
        adjusted=draw.random() < 0.7,
        colour_max=draw.choice((3.0, 10.0, 100.0)),
        introduced=draw.random() < 0.8,
        explained=draw.choice((0, 0, 0, draw.randint(1, 30))),
        help=draw.random() < 0.15,
        zoom=draw.choice((1.0, 1.0, 0.4, 1.2, 1.6, 4.0)),
        orbit_deg=draw.choice(((0.0, 0.0), (0.0, 0.0), (60.0, -20.0))),
    )


RADIUS = 10.0  # of the numbers of the first start, design units


def touched_numbers(words: Words, unit: float) -> list[str]:
    """The numbers of the first start that lie on a word beside which they stand."""
    over = [(text, box) for layer, text, box in words.drawn if layer == "##Foreground"]
    if not any(text.startswith("Any key or click") for text, _ in over):
        return []
    card = min(box.y for text, box in over if text not in "1234") - 24 * unit
    found = []
    for text, box in over:
        dot = box.inset(-(RADIUS * unit - box.w / 2), -(RADIUS * unit - box.h / 2))
        if text in "1234" and box.bottom < card:
            found += [
                f"{text} touches: {other}"
                for layer, other, at in words.drawn
                if layer != "##Foreground" and dot.overlap(at)
            ]
    return found


@pytest.mark.parametrize("seed", range(24))
def test_words_are_whole_and_apart(windows: Windows, faces: Any, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    draw, sent = random.Random(seed), random.Random(seed)
    faults = []
    for size in SIZES:
        scale = draw.choice((1.0, 1.0, 2.0)) if size[0] >= 1920 else 1.0
        result, status, ui = any_result(draw, faces), any_status(draw), any_look(draw)
        status = replace(status, streaming=tuple(sent.sample(STREAMING, sent.choice((0, 0, 1, 2, 3)))))
        with recorded(monkeypatch) as words:
            unit = windows.write(size, scale, result, status, ui)
        found = words.faults(size) + touched_numbers(words, unit)
        if found:
            faults.append((size, scale, found[:6], status, replace(ui, actions=[])))
    assert not faults, "\n".join(map(str, faults[:3]))
