"""A headline of every state that the strip of the sentence has, as the program makes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from moving_faces import REST, frame, moved

from realtime.core.frame_result import ModelResult
from realtime.core.neutral import Finding
from realtime.core.resources import pyfeat_file
from realtime.core.status import LOOK_PROMPTS, CalibrationOutcome, NeutralReview, Status
from realtime.core.types import Identity, Validity
from realtime.view.mirror.headline import Headline, HeadlineReader
from realtime.view.mirror.model_facts import Caption

LIVE = Status(source="Integrated Camera", calibrated=True, emotion_source="appearance")
_FITTED = replace(LIVE, emotion_source="inverse", emotion_hint="meshmirror models fetch appearance")
_SMILE = Finding("smile", "smile: the corners of the mouth show 0.80 of a full one, limit 0.5", 0.8, 0.5, "full smiles")
_OPEN = Finding("open_mouth", "mouth open: the lips are 6.0 % apart, at rest at most 4 %", 6.0, 4.0, "%")


def _after(status: Status, *models: ModelResult, seconds: float = 2.0, **more: object) -> tuple[Headline, Status]:
    reader = HeadlineReader(
        [Caption(name) for name in ("emotion@v6", "au_to_mesh_pls_v4", "emotion@built-in")[: len(models)]]
    )
    headline = None
    for at in range(round(seconds * 30)):
        headline = reader.push(frame(at / 30, *models, **more), status)  # type: ignore[arg-type]
    assert headline is not None
    return headline, status


def _turned() -> tuple[Headline, Status]:
    reader = HeadlineReader([Caption("emotion@v6")])
    for at in range(60):
        reader.push(frame(at / 30, moved(0.31)), LIVE)
    for at in range(60, 120):
        turned = Validity(False, ("yaw 52° beyond 40°",))
        headline = reader.push(frame(at / 30, moved(0.31), validity=turned), LIVE)
    return headline, LIVE


def _face() -> Identity:
    with np.load(pyfeat_file("resources/au_to_mesh_pls_v4.npz"), allow_pickle=False) as file:
        mesh = file["mean_aligned_mesh"].reshape(478, 3).astype(np.float32)
    return replace(REST, neutral_canon=mesh)


def every_state() -> dict[str, tuple[Headline, Status]]:
    """By name; with the status beside which it is drawn."""
    face = _face()
    return {
        "not calibrated": _after(Status(), moved(0.3, identity=None)),
        "calibrating": _after(Status(calibrating=0.42), moved(0.3, identity=None)),
        "looking around": _after(
            Status(calibrating=0.6, calibration_prompts=LOOK_PROMPTS, calibration_missing=("left", "up")), moved(0.3)
        ),
        "review": _after(Status(review=NeutralReview(face, face, (), 4)), moved(0.3, identity=None)),
        "smile": _after(Status(review=NeutralReview(face, None, (_SMILE, _OPEN), None)), moved(0.3, identity=None)),
        "failed": _after(
            Status(calibration_outcome=CalibrationOutcome(False, "Calibration failed: the face was lost.")),
            moved(0.3, identity=None),
        ),
        "settling": _after(LIVE, moved(0.3), seconds=0.2),
        "the number": _after(LIVE, moved(0.31, gained=0.38, noise=3.0, floor=0.62)),
        "delivered below zero": _after(LIVE, moved(-0.57, gained=0.12, noise=3.0, floor=0.48)),
        "gain below delivered": _after(LIVE, moved(0.66, gained=0.61, noise=12.0, floor=0.7)),
        "all close": _after(LIVE, moved(0.94, gained=0.95, noise=4.0, floor=0.96)),
        "worse": _after(LIVE, moved(-0.14, gained=-0.08, noise=3.0, floor=0.58)),
        "good outcome": _after(
            replace(LIVE, calibration_outcome=CalibrationOutcome(True, "Neutral calibrated: 90 frames in 3.0 s.")),
            moved(0.31, gained=0.38),
        ),
        "floor only": _after(_FITTED, moved(0.41, gained=0.5, source="inverse", floor=0.41, noise=3.0)),
        "at rest": _after(LIVE, moved(0.2, movement=1.2, noise=1.0)),
        "two models": _after(LIVE, moved(0.31, gained=0.38), moved(0.2, gained=0.22)),
        "three models": _after(LIVE, moved(0.31, gained=0.38), moved(0.2, gained=0.22), moved(0.1, gained=0.2)),
        "turned": _turned(),
        "no face": _after(LIVE, face=False),
        "waiting": _after(replace(LIVE, emotion_note="py-feat's network is starting"), moved(None)),
        "lost": _after(replace(LIVE, source_state="lost", source_note="retry in 2 s"), moved(0.3)),
        "opening": _after(replace(LIVE, source_state="opening"), moved(0.3)),
        "ended": _after(replace(LIVE, source_state="ended"), moved(0.3)),
    }
