"""A file of the v5 format, and real landmarks of labelled pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime.core.resources import pyfeat_file
from realtime.detect import bundled_available
from realtime.geometry import ANCHORS

EMOTION_COLUMNS = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]
POSE_COLUMNS = ["Pitch", "Yaw", "Roll"]


@pytest.fixture()
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture(scope="session")
def pls_v4() -> dict[str, Any]:
    """The arrays of py-feat's bundled action unit model."""
    with np.load(pyfeat_file("resources/au_to_mesh_pls_v4.npz"), allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


@pytest.fixture()
def v5_arrays(pls_v4, rng) -> dict[str, Any]:
    """Every key of `emotion_to_mesh_pls_v5`, with made-up coefficients around a real mean mesh."""
    mean = pls_v4["mean_aligned_mesh"]
    return {
        "coef": rng.normal(size=(10, 1434)).astype(np.float32),
        "intercept": (mean.T.ravel() + rng.normal(size=1434)).astype(np.float32),
        "input_columns": np.array(EMOTION_COLUMNS + POSE_COLUMNS),
        "feature_columns": np.array(EMOTION_COLUMNS),
        "feature_name": np.array("emotion"),
        "pose_columns": np.array(POSE_COLUMNS),
        "mean_aligned_mesh": mean,
        "mean_neutral_mesh": mean + np.float32(0.25),
        "reference_anchors": mean[list(ANCHORS)] + np.float32(0.125),
        "anchor_indices": np.array(ANCHORS),
        "n_components": np.array(10),
        "model_card": np.array("a card"),
        "training_metadata": np.array(json.dumps({"frames": 633207})),
    }


@pytest.fixture()
def write(tmp_path):
    """Write arrays as an NPZ file; None as a value leaves the key out."""

    def make(arrays: dict[str, Any], name: str = "model.npz", **changes: Any) -> Path:
        path = tmp_path / name
        np.savez(path, **{key: value for key, value in (arrays | changes).items() if value is not None})
        return path

    return make


@pytest.fixture(scope="session")
def pictured_px() -> dict[str, np.ndarray]:
    """(478, 3) landmarks in pixels of py-feat's four labelled pictures, from MediaPipe's bundled model."""
    if not bundled_available():
        pytest.skip("the installed mediapipe carries no FaceMesh models")
    import cv2
    import mediapipe as mp

    found = {}
    for name in ("0-f1-su-ph.jpg", "0-f15-hao-ph.jpg", "15-f13-anc-ph.jpg", "45-m7-di-ph.jpg"):
        picture = cv2.imread(str(pyfeat_file(f"tests/data/{name}")))
        height, width = picture.shape[:2]
        with mp.solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True) as tracker:
            face = tracker.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).multi_face_landmarks[0]
        found[name] = np.array([(p.x * width, p.y * height, p.z * width) for p in face.landmark])
    return found
