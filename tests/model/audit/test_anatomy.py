"""The movements that anatomy names are measured with the right sign, and real expressions show them."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.core.types import EMOTIONS
from realtime.geometry import Aligner, CanonicalFrame
from realtime.model import built_in
from realtime.model.audit.anatomy import EXPECTED, movements
from realtime.model.emotion_prototypes import prototypes, shared_frame, to_shared


def field(**moved: tuple[float, float, float]) -> np.ndarray:
    """A displacement of single landmarks, named v33, v263 ..., along left, up, forward."""
    made = np.zeros((478, 3))
    for name, by in moved.items():
        made[int(name[1:])] = by
    return made


def measured(emotion: str, moved: np.ndarray) -> dict[str, float]:
    return {movement.name: movement.percent for movement in movements(emotion, moved)}


def test_each_movement_by_hand():
    smile = field(v61=(-2, 3, 0), v291=(2, 3, 0))
    assert measured("happiness", smile)["mouth corners up"] == pytest.approx(3)
    assert measured("happiness", smile)["mouth corners out"] == pytest.approx(2)
    assert measured("anger", smile)["mouth corners in"] == pytest.approx(-2)
    assert measured("sadness", smile)["mouth corners down"] == pytest.approx(-3)
    frown = field(v107=(1, -4, 0), v55=(1, -4, 0), v336=(-1, -4, 0), v285=(-1, -4, 0), v66=(0, -4, 0), v296=(0, -4, 0))
    assert measured("anger", frown)["brows together"] == pytest.approx(1)
    assert measured("anger", frown)["inner brows down"] == pytest.approx(4)
    startled = field(v152=(0, -5, 1), v159=(0, 1, 0), v386=(0, 1, 0), v145=(0, -0.5, 0), v374=(0, -0.5, 0))
    assert measured("surprise", startled)["jaw down"] == pytest.approx(5)
    assert measured("surprise", startled)["eyes wide"] == pytest.approx(1.5)
    assert measured("surprise", startled)["brows up"] == 0


def test_a_state_says_which_way():
    assert [m.state for m in movements("happiness", field(v61=(0, 1, 0)))] == ["as expected", "still", "still"]
    assert [m.state for m in movements("happiness", field(v61=(0, -1, 0)))] == ["against", "still", "still"]
    assert movements("neutral", field(v61=(0, 1, 0))) == ()


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_the_prototypes_move_as_anatomy_says(emotion):
    own = prototypes().fields[EMOTIONS.index(emotion)]
    assert len(EXPECTED[emotion]) >= 2 or emotion == "neutral"
    assert all(movement.state == "as expected" for movement in movements(emotion, own))
    assert not any(movement.state == "as expected" for movement in movements(emotion, -own))


def test_real_faces_show_them(pictured_px):
    """A laugh and a surprise: other people, another tracker, identity not taken out."""
    model = built_in()
    aligner = Aligner(model.anchors, CanonicalFrame.of(model.mean_mesh))

    def scores(picture: str) -> dict[str, float]:
        mesh = aligner(pictured_px[picture]).mesh_canon
        moved = to_shared((mesh - model.neutral_mesh).T.reshape(1, -1), shared_frame(model))
        found = prototypes().cosines(moved, prototypes().fields[:6])[0]
        return dict(zip(EMOTIONS, found.tolist(), strict=False))

    laugh, surprise = scores("0-f15-hao-ph.jpg"), scores("0-f1-su-ph.jpg")
    assert max(laugh, key=laugh.get) == "happiness" and laugh["happiness"] > 0.4
    assert max(surprise, key=surprise.get) == "surprise" and surprise["surprise"] > 0.4
    assert all(value < 0.25 for name, value in laugh.items() if name != "happiness")
    assert surprise["happiness"] < 0 and surprise["sadness"] < 0.2
