"""Eyeballs and the mouth's cavity from all sides: no gap, one iris; and faces that are larger than their view."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from realtime.core.types import FloatArray
from realtime.geometry import INNER_LIPS, LEFT_EYE, LEFT_IRIS, RIGHT_EYE, RIGHT_IRIS, CanonicalFrame
from realtime.view.gl.eyes_and_mouth import EyesAndMouth
from realtime.view.gl.face_surface import FaceSurface
from realtime.view.gl.meshes import MeshPass
from realtime.view.gl.orbit_camera import OrbitCamera
from realtime.view.gl.styled_face import Layer, Material, StyledFace
from realtime.view.paint.layout import Rect
from realtime.view.screen.offscreen import Offscreen

SIZE = 420
BODY = Rect(0, 0, SIZE, SIZE)
GROUND = (255, 0, 255)  # no face has it
BACK = (15, 18, 23)  # of the mask
ORBITS = [(azimuth, elevation) for azimuth in (-60, -35, 0, 35, 60) for elevation in (-25, 0, 25)]
RINGS = {"right eye": RIGHT_EYE, "left eye": LEFT_EYE, "mouth": INNER_LIPS}


@pytest.fixture(scope="module")
def gaping(mean_mesh: FloatArray) -> FloatArray:
    """The mean face with its lower lip and chin let down."""
    frame = CanonicalFrame.of(mean_mesh)
    place = (mean_mesh - frame.origin) @ frame.axes.T / frame.unit
    lower = INNER_LIPS[1:10]
    below = np.zeros(len(place))
    below[list(lower)] = np.sin(np.linspace(0, np.pi, 11))[1:-1]
    line = place[list(lower), 1].mean() - 0.02
    below = np.maximum(below, np.clip((line - place[:, 1]) / 0.08, 0, 1) * (np.abs(place[:, 0]) < 0.3))
    moved: FloatArray = (mean_mesh - 0.16 * frame.unit * below[:, None] * frame.axes[1]).astype(np.float32)
    return moved


@pytest.fixture(scope="module")
def meshes(mean_mesh: FloatArray) -> Iterator[tuple[Offscreen, MeshPass]]:
    with Offscreen((SIZE, SIZE)) as screen:
        made = MeshPass(screen.ctx, mean_mesh, mean_mesh, 1, samples=0)
        made.resize((SIZE, SIZE))
        yield screen, made
        made.close()


def drawn(meshes: tuple[Offscreen, MeshPass], styled: StyledFace, camera: OrbitCamera, fade: float = 0.0) -> np.ndarray:
    screen, made = meshes
    screen.framebuffer.use()
    screen.ctx.clear(*(part / 255 for part in GROUND), 1.0)
    made.render([Layer(styled, BODY, made.around(camera), fade=fade)])
    made.composite(screen.framebuffer, (SIZE, SIZE))
    return screen.read().astype(int)


def holes(image: np.ndarray, ring_px: FloatArray) -> int:
    """Pixels within a ring (N, 2), but for two pixels at its rim, that show the ground or the back of the mask."""
    inside = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.round(ring_px).astype(np.int32)], 1)
    inside = cv2.erode(inside, np.ones((5, 5), np.uint8), borderValue=0)
    ground = image[..., 0] + image[..., 2] - 2 * image[..., 1] > 120
    back = np.abs(image - BACK).max(axis=-1) <= 1
    return int(((ground | back) & (inside > 0)).sum())


@pytest.mark.parametrize("orbit", ORBITS)
def test_nothing_is_seen_through_eyes_and_mouth_from_any_side(
    meshes: tuple[Offscreen, MeshPass], gaping: FloatArray, orbit: tuple[float, float]
) -> None:
    camera = OrbitCamera(orbit, 1.6)
    closed = drawn(meshes, StyledFace(gaping), camera)
    open_ = drawn(meshes, StyledFace(gaping, material=Material(open=True)), camera)
    seen_through = 0
    for name, ring in RINGS.items():
        ring_px = meshes[1].project(gaping[list(ring)], BODY, camera)
        assert holes(closed, ring_px) == 0, name
        seen_through += holes(open_, ring_px)
    assert seen_through > 100, "the same measure finds the holes of a face that is drawn with them"


def iris_size(meshes: tuple[Offscreen, MeshPass], mesh: FloatArray, azimuth: float) -> tuple[int, int]:
    """Width and height of the iris on the camera's side, px, in one piece around the landmark of its centre."""
    camera = OrbitCamera((azimuth, 0.0), 1.6)
    image = drawn(meshes, StyledFace(mesh), camera)
    blue = ((image[..., 2] - image[..., 0] > 50) & (image[..., 2] < 250)).astype(np.uint8)
    iris = LEFT_IRIS if azimuth > 0 else RIGHT_IRIS
    x, y = np.round(meshes[1].project(mesh[[iris[0]]], BODY, camera)[0]).astype(int)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(blue)
    near = labels[y - 8 : y + 9, x - 8 : x + 9]
    near = near[near > 0].tolist()
    assert near, "there is an iris where its landmark is"
    spot = max(set(near), key=near.count)
    others = sum(stats[at][cv2.CC_STAT_AREA] for at in set(near) if at != spot)
    assert others < 0.1 * stats[spot][cv2.CC_STAT_AREA], "in one piece"
    return int(stats[spot][cv2.CC_STAT_WIDTH]), int(stats[spot][cv2.CC_STAT_HEIGHT])


@pytest.mark.parametrize("azimuth", [-60.0, -30.0, 30.0, 60.0])
def test_an_iris_is_one_spot_and_as_narrow_as_it_is_turned(
    meshes: tuple[Offscreen, MeshPass], mean_mesh: FloatArray, azimuth: float
) -> None:
    width, height = iris_size(meshes, mean_mesh, azimuth)
    from_front = iris_size(meshes, mean_mesh, np.copysign(1e-3, azimuth))
    assert width / from_front[0] == pytest.approx(np.cos(np.radians(azimuth)), abs=0.3)
    assert height == pytest.approx(from_front[1], abs=3)


def test_eyes_and_mouth_begin_on_the_rims_and_lie_behind_them(mean_mesh: FloatArray, gaping: FloatArray) -> None:
    surface, inner = FaceSurface(mean_mesh), EyesAndMouth()
    points = surface.to_face(gaping)
    fine = surface.divide(points, None)
    eyes = np.zeros((inner.n_eye_vertices, 6), np.float32)
    mouth = np.zeros((inner.n_mouth_vertices, 4), np.float32)
    inner.eyes(points, fine, eyes)
    inner.mouth(fine, mouth)
    at_lids = {tuple(row) for row in eyes[eyes[:, 5] == 1.0, :3]}
    for ring in (RIGHT_EYE, LEFT_EYE):
        assert {tuple(row) for row in points[list(ring)]} <= at_lids
    assert len(at_lids) == 64 and at_lids <= {tuple(row) for row in fine[:, :3]}
    at_lips = {tuple(row) for row in mouth[mouth[:, 3] == 0.0, :3]}
    assert len(at_lips) == 40 and at_lips <= {tuple(row) for row in fine[:, :3]}
    assert mouth[:, 2].max() <= max(row[2] for row in at_lips) + 1e-6
    # An eyeball rises above its lids' middle by a few millimetres, of the 90 between the outer corners of the eyes.
    for at, (lower, upper) in enumerate(((145, 159), (374, 386))):
        half = eyes[at * len(eyes) // 2 : (at + 1) * len(eyes) // 2]
        rise = half[:, 2].max() - points[[lower, upper], 2].mean()
        assert 0.0 < rise < 4 / 90
    # Closed lids leave nothing between them.
    shut = points.copy()
    for lower, upper in ((7, 246), (163, 161), (144, 160), (145, 159), (153, 158), (154, 157), (155, 173)):
        shut[upper] = shut[lower]
    whole = area(eyes[: len(eyes) // 2])
    inner.eyes(shut, surface.divide(shut, None), eyes)
    assert area(eyes[: len(eyes) // 2]) < 0.02 * whole
    assert (eyes[: len(eyes) // 2, 5] > 0.99).all(), "and what is left lies in their shadow"


def area(corners: FloatArray) -> float:
    """Area of triangles as seen from the front."""
    a, b, c = corners[:, :2].reshape(-1, 3, 2).transpose(1, 0, 2)
    return float(np.abs(np.cross(b - a, c - a)).sum() / 2)


@pytest.mark.parametrize("zoom", [1.6, 3.0])
def test_a_face_that_is_larger_than_its_view_ends_softly(
    meshes: tuple[Offscreen, MeshPass], mean_mesh: FloatArray, zoom: float
) -> None:
    def steps(fade: float) -> np.ndarray:
        """How far the pictures' edges are from the ground, and the largest step on the way in, in grey levels."""
        image = drawn(meshes, StyledFace(mean_mesh, material=Material(open=True)), OrbitCamera((0.0, 0.0), zoom), fade)
        middle = image[SIZE // 2 - 40 : SIZE // 2 + 40, :60, 1].astype(float)  # of green the ground has none
        return np.array([middle[:, 0].max(), np.abs(np.diff(middle.mean(axis=0))).max()])

    soft, hard = steps(0.1 * SIZE), steps(0.0)
    assert hard[0] > 60, "there is a face at the edge"
    assert soft[0] < 6 and soft[1] < 12


def test_a_face_that_fits_is_not_faded(meshes: tuple[Offscreen, MeshPass], mean_mesh: FloatArray) -> None:
    plain = drawn(meshes, StyledFace(mean_mesh), OrbitCamera())
    faded = drawn(meshes, StyledFace(mean_mesh), OrbitCamera(), 0.04 * SIZE)
    assert np.abs(plain - faded).max() < 40 and np.abs(plain - faded).mean() < 0.1
