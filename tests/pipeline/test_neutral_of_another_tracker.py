"""A neutral is taken over by what gives the same face: the same network, whoever runs it."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.core.types import Identity
from realtime.model import load_model
from realtime.pipeline.neutral_transfer import CarriedNeutral, frame_of


@pytest.mark.parametrize(
    ("of", "into", "taken"),
    [
        ("task", "task", True), ("task", "openvino", True), ("openvino", "task", True),
        ("bundled", "openvino", False), ("openvino", "bundled", False), ("task", "bundled", False),
    ],
)  # fmt: skip
def test_a_neutral_is_taken_over_within_a_network(of: str, into: str, taken: bool) -> None:
    mesh = np.zeros((478, 3), np.float32)
    identity = Identity(mesh, mesh, 0.1, 30)
    _, reasons = CarriedNeutral(identity, frame_of(load_model("emotion@built-in")), of).for_predictors([], into)
    assert (reasons == ()) is taken
    assert taken or reasons == (f"its tracker is {of}, this run has {into}",)
