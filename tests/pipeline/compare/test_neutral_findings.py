"""The frames of a recording's neutral are looked at as those of a calibration are."""

import numpy as np
import pytest

from realtime.core.types import EMOTIONS
from realtime.geometry import CanonicalFrame
from realtime.model import built_in
from realtime.pipeline.compare.neutrals import NeutralFinder, NeutralWish
from realtime.pipeline.compare.setups import Setup
from realtime.pipeline.compare.spool import SeenFrame, Spool

MODEL = built_in()
FRAMES = 30


def kinds(tmp_path, wish, emotion="neutral", **seen):
    """What is found in a second of a face with this emotion, that a source names as neutral."""
    weights = np.array([float(name == emotion) for name in EMOTIONS], np.float32)
    frame = CanonicalFrame.of(MODEL.mean_mesh)
    mesh = (MODEL.predict(weights, np.zeros(3, np.float32)) - frame.origin) @ frame.axes.T  # left, up, forward
    mesh = mesh * [1, -1, -1] + 400.0  # as a camera sees it, ahead
    calm = {"appearance": {name: float(name == "neutral") for name in EMOTIONS}}
    tmp_path.mkdir()
    spool = Spool(tmp_path)
    for at in range(FRAMES):
        spool.add(SeenFrame(at * 33_000_000, at, mesh.astype(np.float32), (0.0, 0.0, 0.0), faces_seen=1, face=0,
                            **{"valid": True, "measured": calm} | seen))  # fmt: skip
    spool.flush()
    setup = Setup(MODEL, "appearance", ("zero", "live"))
    finder = NeutralFinder(NeutralWish.parsed(wish), [setup], "appearance", "bundled", reasons=spool.reasons)
    for chunk in spool:
        finder.add(chunk, [setup.aligner.many(chunk.points_px)])
    used = finder.finish().used
    assert used.kind != "none", used.description
    return {text.partition(":")[0] for text in used.findings}


@pytest.mark.parametrize("wish", ["first:0.5", "0-0.8", "labelled"])
def test_a_mouth_that_is_open_is_found_in_every_kind_of_neutral(tmp_path, wish):
    assert kinds(tmp_path / "a", wish) == set()
    assert "mouth open" in kinds(tmp_path / "b", wish, "surprise")


def test_other_people_a_hidden_mouth_and_a_smile_that_a_source_sees_are_found(tmp_path):
    smiling = {"appearance": {name: float(name == "happiness") for name in EMOTIONS}}
    assert kinds(tmp_path / "a", "0-0.8", measured=smiling) == {"expression"}
    assert kinds(tmp_path / "b", "first:0.5", reasons=("mouth not seen",), valid=False) == {"mouth hidden"}
