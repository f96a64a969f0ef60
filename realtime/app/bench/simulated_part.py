"""The part of a recording whose faces are made: those of a model with known emotions, of a person who moves slowly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from realtime.detect.feature_sources import AppearanceSource
from realtime.geometry import rotation_from_pose
from realtime.geometry.random_fields import random_alike
from realtime.pipeline.compare.job import key_of, new_comparison
from realtime.pipeline.compare.settings import CompareSettings, RecordingJob
from realtime.pipeline.compare.setups import Setup
from realtime.pipeline.compare.spool import CHUNK, SeenFrame
from realtime.pipeline.compare.tracking import Tracked
from realtime.pipeline.content_hash import content_hash

F64 = npt.NDArray[np.float64]
FPS = 30
REST_S = 3.0  # at the beginning
_CANTHI_PX, _CENTER_PX = 90.0, (320.0, 180.0, 0.0)
_NOISE = 0.003  # of a coordinate, outer-canthal distances
_TURN = 0.12  # standard deviation of the angles, radians
_SHARPNESS = 1.5  # of the softmax of the emotions
_IDENTITY = 0.5  # of the first emotion's displacement


@dataclass(frozen=True, slots=True)
class SimulatedRecording:
    """One recording that is to be made, whose file says nothing of it."""

    job: RecordingJob
    frames: int
    person: int
    seed: int


def make_part(made: SimulatedRecording, settings: CompareSettings, parts: Path) -> None:
    """Write the part of a simulated recording as a comparison writes it; its file has to be there. RecordError."""
    sha256 = content_hash(made.job.path)
    with new_comparison(made.job, settings, parts, key_of(made.job, settings, sha256)) as (comparison, spool):
        for frame in simulated_frames(settings.setups[0], made.frames, made.person, made.seed):
            spool.add(frame)
        comparison.score(sha256, Tracked("bundled"))


def simulated_frames(setup: Setup, frames: int, person: int, seed: int) -> Iterator[SeenFrame]:
    """Frames of a face at rest, then with slow emotions that the classifier names as they are, in a turning head."""
    model, canonical = setup.model, setup.canonical
    rng = np.random.default_rng(seed)
    at_rest = np.log(np.maximum(setup.neutral_inputs, 1e-3))
    logits = _SHARPNESS * slow(rng, frames, len(model.feature_columns), 30)
    logits[: round(REST_S * FPS)] = 9.0 * at_rest
    features = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    poses = _TURN * slow(rng, frames, 3, 60)
    poses[: round(REST_S * FPS)] *= 0.1
    rest = model.predict_neutral().astype(np.float64)
    first = model.predict(np.eye(len(model.feature_columns))[:1]).astype(np.float64) - rest
    identity = random_alike(_IDENTITY * first, np.random.default_rng(person))[0]
    for begin in range(0, frames, CHUNK):
        rows = slice(begin, min(frames, begin + CHUNK))
        faces = model.predict(features[rows]).astype(np.float64) + identity
        faces += _NOISE * canonical.unit * rng.normal(size=faces.shape)
        level = (faces - canonical.origin) @ canonical.axes.T * (_CANTHI_PX / canonical.unit)
        points = np.matmul(level, rotation_from_pose(poses[rows])) + _CENTER_PX
        for at, mesh in enumerate(points, start=begin):
            measured = dict(zip(model.feature_columns, features[at].tolist(), strict=True))
            yield SeenFrame(
                round(at * 1e9 / FPS), at, mesh.astype(np.float32), tuple(poses[at].tolist()), valid=True,
                faces_seen=1, face=0, measured={AppearanceSource.name: measured},
            )  # fmt: skip


def slow(rng: np.random.Generator, frames: int, count: int, width: int) -> F64:
    """(frames, count) noise of variance 1 that changes over so many frames."""
    window = np.hanning(width + 2)[1:-1]
    window /= np.sqrt((window**2).sum())
    columns: Sequence[F64] = [np.convolve(rng.normal(size=frames + width - 1), window, "valid") for _ in range(count)]
    return np.stack(columns, axis=1)
