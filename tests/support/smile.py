"""A fixed frame of a real clip, a colour wedge in the place of the person's picture; how pictures are compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from common import clip

from realtime import Pipeline, load_config, open_source
from realtime.core.frame_result import FrameResult

FRAME = 45  # of single_face.mp4: a broad smile


def wedge(height: int, width: int) -> np.ndarray:
    """Red grows to the right, green downwards; blue stands still."""
    image = np.empty((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(20, 235, width)[None, :]
    image[..., 1] = np.linspace(20, 160, height)[:, None]
    image[..., 2] = 60
    return image


def smile() -> tuple[FrameResult, Pipeline]:
    """The frame's result, calibrated on the clip's beginning, and the pipeline that made it."""
    config = load_config(None, ["detect.tracker=bundled", "detect.emotion=inverse", "model.names=emotion@built-in"])
    with open_source(str(clip("single_face.mp4"))) as source, Pipeline.from_config(config) as pipeline:
        pipeline.calibrate(0.6)
        result = next(result for result in pipeline.run(source) if result.frame.index == FRAME)
    assert result.residual_adjusted is not None
    return replace(result, frame=replace(result.frame, image=wedge(*result.frame.image.shape[:2]))), pipeline


def apart(picture: np.ndarray, stored: np.ndarray, block: int) -> tuple[float, float]:
    """Mean and worst difference of two pictures, of the means of their blocks, in grey levels."""
    difference = np.abs(_blocks(picture, block) - _blocks(stored, block))
    return float(difference.mean()), float(difference.max())


def _blocks(picture: np.ndarray, block: int) -> np.ndarray:
    height, width = picture.shape[0] // block, picture.shape[1] // block
    cut = picture[: height * block, : width * block].astype(float)
    return cut.reshape(height, block, width, block, 3).mean(axis=(1, 3))
