"""Every view of a fixed real frame beside a stored picture; wrong pictures are shown to fail.

`python tests/view/test_views.py` draws them anew; look at them before they are committed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

sys.path += [str(Path(__file__).resolve().parent.parent / name) for name in (".", "support")]  # as pytest does

from common import needs_bundled, with_estimate, with_first, with_landmarks
from smile import apart, smile

from realtime import Pipeline
from realtime.core.frame_result import FrameResult
from realtime.core.status import Status
from realtime.core.view_options import ColorMap, Overlay, SignedMap, Style, View
from realtime.core.view_state import ViewState
from realtime.view import MirrorView, open_offscreen

pytestmark = needs_bundled
STORED = Path(__file__).resolve().parent.parent / "data" / "views"
SIZE = (460, 420)
BLOCK = 6  # px; the mean of a block forgives how a driver smooths an edge
# Grey levels; room for another driver's edges. Of the wrong pictures below the mildest has a worst block of 39.
MEAN_LIMIT, WORST_LIMIT = 0.9, 30.0


@dataclass(frozen=True)
class Case:
    """One picture: what is set, and which mistakes cannot be seen in it."""

    view: View
    ui: dict[str, Any] = field(default_factory=dict)
    blind: tuple[str, ...] = ()


NO_COLORS = ("another map",)
ONE_FACE = ("swapped",)
CAMERA = (*ONE_FACE, *NO_COLORS)
CASES = {
    "camera": Case(View.CAMERA, {"overlay": Overlay.MESH}, blind=CAMERA),
    "camera-contours": Case(View.CAMERA, {"overlay": Overlay.CONTOURS, "anchors": True, "box": True}, blind=CAMERA),
    "camera-tint": Case(View.CAMERA, {"overlay": Overlay.TINT}, blind=ONE_FACE),
    "observed": Case(View.OBSERVED),
    "observed-shaded": Case(View.OBSERVED, {"style": Style.SHADED, "colours": ColorMap.VIRIDIS}),
    "observed-wireframe": Case(View.OBSERVED, {"style": Style.WIREFRAME}),
    "observed-points": Case(View.OBSERVED, {"style": Style.POINTS}),
    "observed-exaggerated": Case(View.OBSERVED, {"exaggeration": 2.5}),
    "predicted": Case(View.PREDICTED, blind=NO_COLORS),
    "observed-inferno": Case(View.OBSERVED, {"colours": ColorMap.INFERNO}),
    "observed-turned": Case(View.OBSERVED, {"orbit_deg": (-60.0, 5.0)}),
    "observed-zoomed": Case(View.OBSERVED, {"zoom": 1.6}),
    "predicted-turned": Case(View.PREDICTED, {"orbit_deg": (60.0, 10.0)}, blind=NO_COLORS),
    "ghost": Case(View.GHOST, {"exaggeration": 2.0}, blind=NO_COLORS),
    "vectors": Case(View.VECTORS, {"colour_max": 5.0}),
    "heat": Case(View.HEAT, {"colours": ColorMap.CIVIDIS}),
    "heat-signed": Case(View.HEAT, {"signed": True, "colour_max": 5.0}),
    "on-face": Case(View.ON_FACE, blind=NO_COLORS),
    "wipe": Case(View.WIPE, {"wipe": 0.4}),
}

Draw = Callable[..., np.ndarray]


@pytest.fixture(scope="module")
def result() -> tuple[FrameResult, Pipeline]:
    return smile()


def drawing(pipeline: Pipeline) -> Iterator[Draw]:
    screen = open_offscreen(SIZE)
    view = MirrorView.on(screen, [pipeline.model], samples=0)  # the multisampling of none: the same on every driver

    def draw(case: Case, result: FrameResult, **changes: Any) -> np.ndarray:
        ui = ViewState(adjusted=True, views=(case.view,), cards=(), **{"colour_auto": False, **case.ui, **changes})
        status = Status(source="single_face.mp4", calibrated=True, fps=30.0, pose_mode="zero")
        view.draw(screen.framebuffer, result, status, ui)
        body = view.layout.tiles[0].body  # title and footer would tell a wrong face by their words
        return np.ascontiguousarray(screen.read()[body.y : body.bottom, body.x : body.right])

    yield draw
    view.close()
    screen.close()


@pytest.fixture(scope="module")
def draw(result: tuple[FrameResult, Pipeline]) -> Iterator[Draw]:
    yield from drawing(result[1])


def off(name: str, picture: np.ndarray) -> tuple[float, float]:
    stored = cv2.cvtColor(cv2.imread(str(STORED / f"{name}.png")), cv2.COLOR_BGR2RGB)
    return apart(picture, stored, BLOCK)


def fits(name: str, picture: np.ndarray) -> bool:
    mean, worst = off(name, picture)
    return mean <= MEAN_LIMIT and worst <= WORST_LIMIT


@pytest.mark.parametrize("name", CASES)
def test_a_view_is_as_it_was_stored(draw: Draw, result: tuple[FrameResult, Pipeline], name: str) -> None:
    picture = draw(CASES[name], result[0])
    assert fits(name, picture), f"mean {off(name, picture)[0]:.2f}, worst {off(name, picture)[1]:.1f} grey levels off"


def another_map(draw: Draw, case: Case, result: FrameResult) -> np.ndarray:
    other = ColorMap.VIRIDIS if case.ui.get("colours", ColorMap.EMBER) is ColorMap.EMBER else ColorMap.MAGMA
    return draw(case, result, colours=other, signed_colours=SignedMap.MANAGUA)


def mis_scaled(draw: Draw, case: Case, result: FrameResult) -> np.ndarray:
    """By 5 %: from nearer, or the face in the picture about its middle."""
    if case.view not in (View.CAMERA, View.ON_FACE):
        return draw(case, result, zoom=1.05)
    assert result.landmarks is not None
    points = result.landmarks.points_px
    middle = points.mean(axis=0)
    larger = (middle + 1.05 * (points - middle)).astype(np.float32)
    return draw(case, with_landmarks(result, replace(result.landmarks, points_px=larger)))


def missing(draw: Draw, case: Case, result: FrameResult) -> np.ndarray:
    """What the view is about is not drawn."""
    if case.view is View.CAMERA:
        tinted = case.ui.get("overlay") is Overlay.TINT
        without = with_first(result, residual=None, residual_adjusted=None)
        return draw(case, without) if tinted else draw(case, result, overlay=Overlay.NONE, anchors=False, box=False)
    if case.view in (View.OBSERVED, View.HEAT):
        return draw(case, with_estimate(result, models=()))
    return draw(case, with_first(result, predicted=None))


def swapped(draw: Draw, case: Case, result: FrameResult) -> np.ndarray:
    assert result.aligned is not None and result.predicted is not None
    seen, expected = result.aligned.mesh_canon, result.predicted.adjusted_canon
    assert expected is not None
    aligned = replace(result.aligned, mesh_canon=expected)
    return draw(case, with_first(result, aligned=aligned, predicted=replace(result.predicted, adjusted_canon=seen)))


WRONG: dict[str, Callable[[Draw, Case, FrameResult], np.ndarray]] = {
    "mirrored": lambda draw, case, result: draw(case, result, mirrored=True),
    "red and blue": lambda draw, case, result: draw(case, result)[..., ::-1],
    "another map": another_map,
    "5 % too large": mis_scaled,
    "missing": missing,
    "swapped": swapped,
}


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_picture_does_not_pass(draw: Draw, result: tuple[FrameResult, Pipeline], name: str) -> None:
    case = CASES[name]
    for wrong, made in WRONG.items():
        if wrong not in case.blind:
            picture = made(draw, case, result[0])
            mean, worst = off(name, picture)
            assert not fits(name, picture), f"{wrong}: mean {mean:.2f}, worst {worst:.1f}"


@pytest.mark.parametrize("name", ["camera", "camera-contours", "camera-tint"])
def test_a_looking_glass_shows_the_picture_and_what_lies_over_it_the_other_way_round(
    draw: Draw, result: tuple[FrameResult, Pipeline], name: str
) -> None:
    plain = draw(CASES[name], result[0], whole=True)  # cut out, it has the whole of it in a corner
    mirrored = draw(CASES[name], result[0], whole=True, mirrored=True)
    # The picture need not stand in the middle of its tile to the pixel.
    mean, worst = min(apart(np.roll(mirrored[:, ::-1], by, axis=1), plain, BLOCK) for by in (-1, 0, 1))
    assert mean < 0.6 and worst < 25.0, (mean, worst)


def test_smoothing_leaves_a_single_frame_and_zero_alone(draw: Draw, result: tuple[FrameResult, Pipeline]) -> None:
    for name in ("observed", "camera-tint", "on-face"):
        plain = draw(CASES[name], result[0])
        np.testing.assert_array_equal(draw(CASES[name], result[0], smoothing=0.0), plain)
        smooth = draw(CASES[name], replace(result[0]), smoothing=0.9)  # the first frame that the filter sees
        assert np.abs(smooth.astype(int) - plain).mean() < 0.05


if __name__ == "__main__":
    made, pipeline = smile()
    STORED.mkdir(exist_ok=True)
    for draw_it in drawing(pipeline):
        for name, case in CASES.items():
            picture = cv2.cvtColor(draw_it(case, made), cv2.COLOR_RGB2BGR)
            cv2.imwrite(str(STORED / f"{name}.png"), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        if "--margins" in sys.argv:
            for name, case in CASES.items():
                for wrong, wrongly in WRONG.items():
                    if wrong not in case.blind:
                        mean, worst = off(name, wrongly(draw_it, case, made))
                        print(f"{name:24s}{wrong:16s}{mean:8.2f}{worst:8.1f}")
