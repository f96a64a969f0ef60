"""Data sets of faces from a known model, in the form that `meshmirror fit` reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from realtime.core.types import EMOTIONS
from realtime.geometry import rotation_from_pose


def write(
    folder: Path,
    meshes,
    features,
    names,
    pose,
    recording,
    person=None,
    *,
    shards=2,
    group=4096,
    metadata=None,
) -> Path:
    """Meshes (n, 478, 3) of the image frame with their features (n, k), pose (n, 3), recording and person."""
    folder.mkdir(parents=True, exist_ok=True)
    n = len(meshes)
    edges = np.linspace(0, n, shards + 1).astype(int)
    for number, (start, end) in enumerate(pairwise(edges)):
        rows = slice(start, end)
        values = pa.array(np.ascontiguousarray(meshes[rows]).reshape(-1), pa.float32())
        columns = {
            "recording": pa.array([str(name) for name in recording[rows]]),
            "stamp_ns": pa.array(np.arange(start, end) * 33_000_000),
            "mesh": pa.FixedSizeListArray.from_arrays(values, 1434),
        }
        if person is not None:
            columns["person"] = pa.array([None if name is None else str(name) for name in person[rows]])
        columns |= {name: pa.array(pose[rows, at], pa.float32()) for at, name in enumerate(("pitch", "yaw", "roll"))}
        columns |= {name: pa.array(features[rows, at], pa.float32()) for at, name in enumerate(names)}
        table = pa.table(columns).replace_schema_metadata({} if metadata is None else metadata)
        pq.write_table(
            table,
            folder / f"part-{number:04d}.parquet",
            row_group_size=group,
            compression="none",
            use_dictionary=["recording", "person"],
        )
    return folder


def people(model, rng, n=2000, recordings=60, persons=20, *, identity=2.0, noise=0.5, turn=0.15, sharpness=1.5):
    """Faces that a model of emotions predicts, with identity and noise added, as a camera would see them.

    Meshes (n, 478, 3) in pixels of an image frame, emotions (n, 7) that sum to one, pose (n, 3), names of recordings
    and people.
    """
    of_recording = np.sort(rng.integers(recordings, size=n))
    of_person = of_recording % persons
    logits = sharpness * (rng.normal(size=(n, 7)) + rng.normal(size=(recordings, 7))[of_recording])
    emotions = np.exp(logits - logits.max(axis=1, keepdims=True))
    emotions /= emotions.sum(axis=1, keepdims=True)
    pose = rng.normal(size=(n, 3)) * turn
    canonical = model.predict(emotions.astype(np.float32), pose.astype(np.float32))
    looks = smooth(rng, persons, model) * identity
    canonical = canonical + looks[of_person] + rng.normal(size=canonical.shape) * noise
    turned = canonical @ rotation_from_pose(pose)  # canon_from_px, so that its transpose turns back
    size = rng.uniform(0.5, 2.0, size=(n, 1, 1))
    image = size * turned + rng.uniform(100, 500, size=(n, 1, 3))
    return image.astype(np.float32), emotions, pose, of_recording, of_person


def smooth(rng, count, model):
    """(count, 478, 3) displacement fields that vary smoothly over the face; of standard deviation 1."""
    points = model.mean_mesh - model.mean_mesh.mean(axis=0)
    scale = np.abs(points).max()
    waves = rng.normal(size=(count, 6, 3)) * 3 / scale
    phases = rng.uniform(0, 2 * np.pi, size=(count, 6, 1))
    fields = np.sin(np.einsum("nwd,vd->nwv", waves, points) + phases)
    return np.einsum("nwv,nwc->nvc", fields, rng.normal(size=(count, 6, 3))) / np.sqrt(3.0)


@contextmanager
def short_evaluation() -> Iterator[None]:
    """Chance levels of 9 draws and neural networks of 3 epochs, which are nine tenths of the time of a small fit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("realtime.dataset.null.DRAWS", 9)
        patch.setattr("realtime.dataset.ceiling._MOST_EPOCHS", 3)
        yield


NAMES = EMOTIONS
