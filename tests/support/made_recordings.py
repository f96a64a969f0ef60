"""Recordings of a comparison that are made: faces of a model with known emotions, of people with faces of their own.

What a session would give is replaced by them; all the rest is the program's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from comparing import compared, sessions

from realtime import load_model
from realtime.core.compare_report import CompareReport
from realtime.geometry import Aligner, CanonicalFrame
from realtime.geometry.random_fields import random_alike
from realtime.pipeline.compare import comparison
from realtime.pipeline.compare.neutrals import NeutralWish
from realtime.pipeline.compare.recordings import Entry
from realtime.pipeline.compare.session_rows import StoredSession
from realtime.pipeline.compare.spool import SeenFrame, Spool
from realtime.pipeline.compare.tracking import Tracked
from realtime.session import open as open_session

F64 = npt.NDArray[np.float64]
MODEL = load_model("emotion@built-in")
NAMES = MODEL.feature_columns
REST = [name.lower() for name in NAMES].index("neutral")
N, AT_REST, FPS = 180, 22, 25
# Person, features (n, 7), faces (n, 478, 3), pose (n, 3): as they shall be.
Fault = Callable[[str, F64, F64, F64], tuple[F64, F64, F64]]


def no_fault(person: str, features: F64, faces: F64, pose: F64) -> tuple[F64, F64, F64]:
    """Everything as it is."""
    return features, faces, pose


def late(frames: int) -> Fault:
    """Features that come so many frames late."""

    def fault(person: str, features: F64, faces: F64, pose: F64) -> tuple[F64, F64, F64]:
        return np.roll(features, frames, axis=0), faces, pose

    return fault


def identity(person: str) -> F64:
    """(478, 3) the offset of a person's face, which no expression makes."""
    rng = np.random.default_rng(ord(person))
    rows = MODEL.coef[: len(NAMES)].reshape(-1, 3, 478).swapaxes(1, 2)
    return random_alike((rows[:1] - rows[REST]) * 0.5, rng)[0]


def made_comparison(
    patch: pytest.MonkeyPatch, folder: Path, fault: Fault, people: Sequence[str] = "ab", *, model: Any = MODEL,
    live: bool = False, turned: float = 0.03, frames: int = N, **options: Any,
) -> CompareReport:  # fmt: skip
    """The comparison of a recording of each person.

    `live`: the faces are those of the model in their pose. `turned`: how far heads turn. `options` of `compared`.
    """
    patch.setattr(comparison, "stored_session", _scene(fault, model, live, turned, frames))
    given = {"neutral": NeutralWish.parsed("first:0.8"), "entries": {name: Entry(person=name) for name in people}}
    return compared(sessions(folder, *people), folder / "out", emotions=("appearance",), **(given | options))


def _scene(fault: Fault, model: Any, live: bool, turned: float, frames: int) -> Callable[[Path, Spool], StoredSession]:
    def spool_scene(folder: Path, spool: Spool) -> StoredSession:
        person = folder.name
        rng = np.random.default_rng(sum(folder.name.encode()))
        weights = np.exp(1.5 * _slow(rng, frames, len(NAMES), 9))
        weights[:, REST] *= 4
        weights[:AT_REST] = np.eye(len(NAMES))[REST]
        features = weights / weights.sum(axis=1, keepdims=True)
        noise = 0.15 * rng.normal(size=(frames, 478, 3))
        yaw = turned * _slow(rng, frames, 1, 25)[:, 0]
        pose = np.stack([0 * yaw, -yaw, 0 * yaw], axis=1)
        faces = model.predict(features, pose if live else None).astype(np.float64) + identity(person) + noise
        features, faces, pose = fault(person, features, faces, pose)
        canonical = CanonicalFrame.of(model.mean_mesh)
        with open_session(folder) as session:
            px_from_canon = Aligner(model.anchors, canonical)(session[0].landmarks.points_px).canon_from_px.inverse()
        for at in range(frames):
            turn = np.array([[np.cos(yaw[at]), 0, np.sin(yaw[at])], [0, 1, 0], [-np.sin(yaw[at]), 0, np.cos(yaw[at])]])
            moved = (faces[at] - canonical.origin) @ (canonical.axes.T @ turn @ canonical.axes).T + canonical.origin
            points = px_from_canon.apply(moved)
            measured = {"appearance": dict(zip(NAMES, features[at].tolist(), strict=True))}
            stamp = round(at * 1e9 / FPS)
            spool.add(
                SeenFrame(stamp, at, points, tuple(pose[at]), valid=True, faces_seen=1, face=0, measured=measured)
            )
        return StoredSession(Tracked("bundled", 0, ()), person, None, ())

    return spool_scene


def _slow(rng: np.random.Generator, frames: int, count: int, width: int) -> F64:
    return np.stack(
        [np.convolve(rng.normal(size=frames + width - 1), np.hanning(width + 2)[1:-1], "valid") for _ in range(count)],
        axis=1,
    )
