"""Data sets whose truth is known: faces that a linear model makes, with identity, pose, a tracker's offset and noise.

Every part of a face but the camera's is zero at the twelve anchors, where the alignment looks. So aligning undoes the
camera, the coefficients that a fit should find are known, and so is the R2 that it can reach.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.core.types import EMOTIONS, N_LANDMARKS, Array
from realtime.dataset.alignment import start_anchors
from realtime.dataset.design import inputs
from realtime.geometry import ANCHORS, fit_similarity, rotation_from_pose
from realtime.geometry.canonical_face import canonical_face
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS
from realtime.model.builtin import action_units

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

SHARD_ROWS, GROUP_ROWS = 32_768, 4096
_REACH = 0.25  # outer-canthal distances from the nearest anchor over which fields and noise grow to their size
_WAVES = 6
_TREMOR = 1e-3  # of the anchors, model units: no two frames fit alike
_SHARPNESS = 1.5  # of the softmax of the emotions
_SAMPLE = 10_000  # frames and identities from which the variances are taken


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a data set is made of; sizes are standard deviations of a coordinate far from the anchors, model units."""

    frames: int
    recordings: int
    people: int
    seed: int = 1
    emotion: float = 4.0  # of the displacement of an emotion
    pose: float = 8.0  # of the displacement of a radian of an angle
    interaction: float = 8.0  # of what an emotion adds to that
    turn: float = 0.15  # standard deviation of the angles, radians
    tracker: float = 1.0  # of the offset common to all faces
    identity: float = 3.0  # of the difference between people
    noise: float = 0.6  # of each coordinate, on its own
    confusion: float = 0.0  # share of the frames whose emotions are reported under each other's names
    r2: float | None = None  # choose the identity so that a fit can reach this R2; None: as `identity` has it


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What a fit of the data set should find, in the frame of MediaPipe's canonical face."""

    coef: F64  # (31, 478, 3) of [emotions | pose | pose x emotions], as reported
    base: F64  # (478, 3) the mesh where all inputs are 0
    r2: float  # that the full inputs can reach, of people that the fit has not seen
    identity: float  # its standard deviation


def simulate(folder: Path, given: Simulation) -> Truth:
    """Write a data set into a folder, and answer with its truth. Raises ValueError for an R2 that cannot be had."""
    rng = np.random.default_rng(given.seed)
    mean = _mean_mesh()
    fields = _Fields(rng, mean)
    coef = np.concatenate([fields(7) * given.emotion, fields(3) * given.pose, fields(21) * given.interaction])
    base = mean + fields(1)[0] * given.tracker
    right = 1.0 - given.confusion
    # Reported under names drawn at random, emotions say nothing: on average they are all alike.
    reported = np.concatenate([right * coef[:7], coef[7:10], right * coef[10:]])
    reported[7:10] += (1.0 - right) / 7.0 * coef[10:].reshape(3, 7, N_LANDMARKS, 3).sum(axis=1)
    sample = next(_rows(np.random.default_rng(given.seed + 1), given, [np.zeros(_SAMPLE, np.int64)], independent=True))
    explained = _variance(sample.reported @ reported.reshape(31, -1))
    moving = _variance(sample.true @ coef.reshape(31, -1)) + given.noise**2 * 3.0 * float((fields.size**2).sum())
    per_identity = _variance(fields(_SAMPLE // 5).reshape(-1, 3 * N_LANDMARKS))
    identity = given.identity
    if given.r2 is not None:
        spread = (explained / given.r2 - moving) / per_identity
        if spread < 0:
            raise ValueError(f"an R2 of {given.r2} cannot be had: without identity it is {explained / moving:.3f}")
        identity = float(np.sqrt(spread))
    looks = (fields(given.people) * identity).astype(np.float32)
    _write(folder, given, rng, coef, base, looks, fields.size)
    constant = (1.0 - right) / 7.0 * coef[:7].sum(axis=0)
    return Truth(reported, base + constant, explained / (moving + identity**2 * per_identity), identity)


class _Fields:
    """Displacement fields that vary smoothly over the face and vanish at the anchors."""

    def __init__(self, rng: np.random.Generator, mean: F64) -> None:
        unit = float(np.linalg.norm(mean[RIGHT_OUTER_CANTHUS] - mean[LEFT_OUTER_CANTHUS]))
        to_anchors = np.linalg.norm(mean[:, None] - mean[list(ANCHORS)][None], axis=-1).min(axis=1)
        self.size: F64 = 1.0 - np.exp(-0.5 * (to_anchors / (_REACH * unit)) ** 2)  # (478,) 0 to 1
        self._rng = rng
        self._points = (mean - mean.mean(axis=0)) / unit

    def __call__(self, count: int) -> F64:
        """(count, 478, 3) of standard deviation 1 far from the anchors."""
        waves = self._rng.normal(size=(count, _WAVES, 3)) * 4.0
        phases = self._rng.uniform(0, 2 * np.pi, size=(count, _WAVES, 1))
        height = np.sin(waves @ self._points.T + phases)  # (count, waves, 478), variance 1/2
        directions = self._rng.normal(size=(count, _WAVES, 3))
        found: F64 = np.einsum("nwv,nwc->nvc", height, directions) * np.sqrt(2.0 / _WAVES)
        return found * self.size[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    emotions: F64  # (n, 7) as reported
    pose: F64  # (n, 3)
    true: F64  # (n, 31) inputs by which the face moves
    reported: F64  # (n, 31)


def _rows(
    rng: np.random.Generator, given: Simulation, blocks: list[Array], *, independent: bool = False
) -> Iterator[_Rows]:
    """Emotions and pose of frames of these recordings, (m,) numbers a block; `independent`: each frame is its own."""
    count = 1 if independent else given.recordings
    usual = rng.normal(size=(count, 7))  # a recording has an expression of its own, around which its frames vary
    for block in blocks:
        own = rng.normal(size=(len(block), 7)) if independent else usual[block]
        logits = _SHARPNESS * (rng.normal(size=(len(block), 7)) + own)
        emotions = np.exp(logits - logits.max(axis=1, keepdims=True))
        emotions /= emotions.sum(axis=1, keepdims=True)
        pose = rng.normal(size=(len(block), 3)) * given.turn
        said = emotions.copy()
        confused = rng.uniform(size=len(block)) < given.confusion
        said[confused] = rng.permuted(said[confused], axis=1)
        yield _Rows(said, pose, inputs(emotions, pose, probabilities=True), inputs(said, pose, probabilities=True))


def _write(
    folder: Path, given: Simulation, rng: np.random.Generator, coef: F64, base: F64, looks: F32, size: F64
) -> None:
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    recording = np.sort(rng.integers(given.recordings, size=given.frames))
    blocks = [recording[at : at + GROUP_ROWS] for at in range(0, given.frames, GROUP_ROWS)]
    rows_of, flat = coef.reshape(31, -1).astype(np.float32), base.reshape(-1).astype(np.float32)
    spread = np.maximum(given.noise * size, _TREMOR).astype(np.float32)[:, None]
    writer: pq.ParquetWriter | None = None
    try:
        for number, (block, rows) in enumerate(zip(blocks, _rows(rng, given, blocks), strict=True)):
            person = block % given.people
            mesh = (rows.true.astype(np.float32) @ rows_of + flat).reshape(-1, N_LANDMARKS, 3)
            mesh += looks[person]
            mesh += spread * rng.standard_normal(mesh.shape, dtype=np.float32)
            turned = np.matmul(mesh, rotation_from_pose(rows.pose).astype(np.float32))
            turned *= rng.uniform(0.5, 2.0, size=(len(block), 1, 1)).astype(np.float32)
            turned += rng.uniform(100.0, 500.0, size=(len(block), 1, 3)).astype(np.float32)
            table = _table(block, person, number * GROUP_ROWS, turned, rows)
            if number % (SHARD_ROWS // GROUP_ROWS) == 0:
                if writer is not None:
                    writer.close()
                path = folder / f"part-{number // (SHARD_ROWS // GROUP_ROWS):05d}.parquet"
                writer = pq.ParquetWriter(
                    path, table.schema, compression="none", use_dictionary=["recording", "person"]
                )
            assert writer is not None
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _table(recording: Array, person: Array, first: int, meshes: F32, rows: _Rows) -> Any:
    import pyarrow

    columns = {
        "recording": pyarrow.array([f"recording {at:06d}" for at in recording]),
        "person": pyarrow.array([f"person {at:06d}" for at in person]),
        "stamp_ns": pyarrow.array(np.arange(first, first + len(recording)) * 40_000_000),
        "mesh": pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(meshes.reshape(-1)), 3 * N_LANDMARKS),
    }
    angles = zip(("pitch", "yaw", "roll"), rows.pose.T, strict=True)
    columns |= {name: pyarrow.array(values.astype(np.float32)) for name, values in angles}
    shares = zip(EMOTIONS, rows.emotions.T, strict=True)
    columns |= {name: pyarrow.array(values.astype(np.float32)) for name, values in shares}
    return pyarrow.table(columns).replace_schema_metadata({"tracker": "simulated", "mesh": "simulated"})


def _mean_mesh() -> F64:
    """(478, 3) a mean face in the pose, place and size of MediaPipe's canonical face, with the anchors at its own."""
    filed = action_units().mean_mesh.astype(np.float64)
    face = canonical_face()
    mean = fit_similarity(filed[: len(face)], face).apply(filed)
    anchors = start_anchors()
    mean = fit_similarity(face[list(ANCHORS)], anchors).apply(mean)
    mean[: len(face)] = fit_similarity(face[list(ANCHORS)], anchors).apply(face)
    return mean


def _variance(values: F64) -> float:
    """Summed over the columns."""
    return float(values.var(axis=0).sum())
