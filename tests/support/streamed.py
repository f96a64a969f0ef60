"""Results whose every value is known, and results of a real clip, for the streams."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from common import clip

from realtime.core.frame_result import FrameResult
from realtime.core.types import Frame, NetworkOutput, Pose
from realtime.geometry import REGION_NAMES
from realtime.stream.arkit import MEASURED
from realtime.stream.sample import StreamLayout, StreamSample

EMOTIONS = {
    "anger": 0.01, "disgust": 0.02, "fear": 0.03, "happiness": 0.7, "sadness": 0.05, "surprise": 0.09, "neutral": 0.1,
}  # fmt: skip
LAYOUT = StreamLayout(tuple(EMOTIONS), tuple(MEASURED), REGION_NAMES)
SHARED = replace(LAYOUT, vertices=True)
SHAPES = {name: (at + 1) / 100 for at, name in enumerate(MEASURED)}
POSE = Pose(0.1, -0.2, 0.3)


def sample(index: int = 0, **changes: Any) -> StreamSample:
    """A sample of a face, taken now."""
    now_ns = time.monotonic_ns()
    values: dict[str, Any] = {
        "layout": LAYOUT, "index": index, "stamp_ns": now_ns, "captured_ns": now_ns, "accepted_ns": now_ns, "faces": 1,
        "track_id": 3, "valid": True, "warm_up": False, "blendshapes": SHAPES, "estimate_stamp_ns": now_ns,
        "pose": POSE, "features": EMOTIONS, "action_units": {"AU01": 0.25, "AU12": 0.75}, "gaze": (0.05, -0.1),
        "regions": {name: 1.0 + at for at, name in enumerate(REGION_NAMES)}, "delivered": 3.5, "with_gain": 3.25,
        "floor": 2.5, "gain": 0.75,
    }  # fmt: skip
    return StreamSample(**{**values, **changes})


def no_face(index: int = 0, **changes: Any) -> StreamSample:
    """A sample of a picture without a face."""
    nothing = dict.fromkeys((
        "track_id", "blendshapes", "estimate_stamp_ns", "pose", "features", "action_units", "gaze", "regions",
        "delivered", "with_gain", "floor", "gain",
    ))  # fmt: skip
    return sample(index, **{**nothing, "faces": 0, "valid": False, **changes})


@cache
def real_results() -> tuple[FrameResult, ...]:
    """The first frames of a clip, as the bundled pipeline computes them."""
    from realtime import Pipeline, load_config, open_source

    config = load_config(None, ["detect.emotion=inverse", "model.names=emotion@built-in"])
    with open_source(str(clip("single_face.mp4"))) as source, Pipeline.from_config(config) as pipeline:
        found = []
        for result in pipeline.run(source):
            found.append(result)
            if len(found) == 12:
                break
    return tuple(found)


def empty_result(index: int = 0) -> FrameResult:
    """A result without a face."""
    now_ns = time.monotonic_ns()
    return FrameResult(Frame(np.zeros((16, 16, 3), np.uint8), now_ns, index, now_ns))


def network_output(stamp_ns: int) -> NetworkOutput:
    """An output of py-feat's network."""
    return NetworkOutput(
        {"Happy": 1.0}, {"AU12": 0.5}, 0.5, 0.1, POSE, (0.0, 0.0, 0.0), 0.1, -0.2, {"jawOpen": 0.5},
        np.zeros((478, 3), np.float32), stamp_ns,
    )  # fmt: skip
