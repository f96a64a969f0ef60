"""The mirror on a fixed frame of a real clip, beside a stored picture; a wrong picture is shown to fail.

The camera picture is replaced by a colour wedge, so that the stored file shows meshes and nobody's face.
`python tests/app/test_reference_picture.py` draws it anew; look at it before it is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from common import needs_bundled, with_first
from smile import apart, smile

from realtime import Pipeline
from realtime.core.frame_result import FrameResult
from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.view import MirrorView, open_offscreen

pytestmark = needs_bundled
STORED = Path(__file__).resolve().parent.parent / "data" / "mirror.png"
SIZE = (960, 540)
BLOCK = 12  # px; the mean of a block forgives how a driver smooths an edge
# Grey levels; room for another driver's edges. Of the wrong pictures below the mildest has a worst block of 131.
MEAN_LIMIT, WORST_LIMIT = 1.5, 40.0


@pytest.fixture(scope="module")
def result() -> tuple[FrameResult, Pipeline]:
    return smile()


Draw = Callable[..., np.ndarray]


def drawing(pipeline: Pipeline) -> Iterator[Draw]:
    screen = open_offscreen(SIZE)
    model = pipeline.model

    def draw(result: FrameResult, **ui: object) -> np.ndarray:
        # A view of its own for each picture, and the multisampling of none: the same on every driver.
        view = MirrorView.on(screen, [model], samples=0)
        status = Status(source="single_face.mp4", calibrated=True, fps=30.0, pose_mode="zero")
        view.draw(screen.framebuffer, result, status, ViewState(adjusted=True, **ui))  # type: ignore[arg-type]
        picture = screen.read()
        view.close()
        return picture

    yield draw
    screen.close()


@pytest.fixture(scope="module")
def draw(result: tuple[FrameResult, Pipeline]) -> Iterator[Draw]:
    yield from drawing(result[1])


def off(picture: np.ndarray) -> tuple[float, float]:
    """Mean and worst difference of the blocks to the stored picture."""
    return apart(picture, cv2.cvtColor(cv2.imread(str(STORED)), cv2.COLOR_BGR2RGB), BLOCK)


def fits(picture: np.ndarray) -> bool:
    mean, worst = off(picture)
    return mean <= MEAN_LIMIT and worst <= WORST_LIMIT


def test_the_mirror_is_as_it_was_stored(draw: Draw, result: tuple[FrameResult, Pipeline]) -> None:
    picture = draw(result[0])
    assert fits(picture), f"mean {off(picture)[0]:.2f}, worst {off(picture)[1]:.1f} grey levels off"


WRONG: dict[str, Callable[[Draw, FrameResult], np.ndarray]] = {
    "red and blue swapped": lambda draw, result: draw(result)[..., ::-1],
    "camera picture with red and blue swapped": lambda draw, result: draw(
        replace(result, frame=replace(result.frame, image=result.frame.image[..., ::-1].copy()))
    ),
    "mirrored": lambda draw, result: draw(result, mirrored=True),
    "upside down": lambda draw, result: draw(result)[::-1],
    "no predicted mesh": lambda draw, result: draw(with_first(result, predicted=None)),
    "no face": lambda draw, result: draw(FrameResult(result.frame)),
    "another colour scale": lambda draw, result: draw(result, colour_auto=False, colour_max=3.0),
    "turned by 20 degrees": lambda draw, result: draw(result, orbit_deg=(20.0, 0.0)),
    "the raw residual in place of the adjusted one": lambda draw, result: draw(
        with_first(result, residual_adjusted=result.residual)
    ),
    "predicted and observed swapped": lambda draw, result: draw(
        with_first(
            result,
            aligned=replace(result.aligned, mesh_canon=result.predicted.adjusted_canon),  # type: ignore[union-attr, type-var]
            predicted=replace(result.predicted, adjusted_canon=result.aligned.mesh_canon),  # type: ignore[union-attr, type-var]
        )
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_picture_does_not_pass(draw: Draw, result: tuple[FrameResult, Pipeline], wrong: str) -> None:
    picture = WRONG[wrong](draw, result[0])
    assert not fits(picture), f"{wrong}: mean {off(picture)[0]:.2f}, worst {off(picture)[1]:.1f}"


if __name__ == "__main__":
    made, pipeline = smile()
    for draw_it in drawing(pipeline):
        picture = draw_it(made)
        STORED.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(STORED), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 9])
