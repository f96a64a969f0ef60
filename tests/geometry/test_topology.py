"""The triangles, rings and regions of the FaceMesh."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from realtime.geometry import (
    ANCHORS,
    INNER_LIPS,
    LEFT_EYE,
    LEFT_IRIS,
    REGION_NAMES,
    RIGHT_EYE,
    RIGHT_IRIS,
    edges,
    features_contour,
    oval_contour,
    region_means,
    regions,
    surface_triangles,
    triangles,
)


@pytest.fixture(scope="module")
def mirrored(mean_mesh):
    """For each landmark the one on the other side of the face: nearest after mirroring the mean mesh."""
    midline = [10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 19, 94, 2, 0, 13, 14, 17, 18, 200, 199, 175, 152]
    middle = mean_mesh[midline, 0].mean()
    across = mean_mesh * [-1, 1, 1] + [2 * middle, 0, 0]
    nearest = np.linalg.norm(across[:, None] - mean_mesh, axis=-1).argmin(axis=1)
    assert (nearest[nearest] == np.arange(478)).all()
    return nearest


def test_shapes_and_that_nobody_can_write():
    assert triangles().shape == (898, 3) and surface_triangles().shape == (852, 3)
    assert triangles().dtype == np.int32 and triangles() is triangles()
    assert set(triangles().ravel()) == set(range(468))
    for table in (triangles(), surface_triangles(), edges(), features_contour(), oval_contour()):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 0


def test_all_triangles_wind_the_same_way():
    """Neighbours run along their common edge in opposite directions; the only open border is the oval of the face."""
    directed = Counter((int(t[i]), int(t[(i + 1) % 3])) for t in triangles() for i in range(3))
    assert max(directed.values()) == 1
    border = {edge for edge in directed if edge[::-1] not in directed}
    assert len(border) == 36 and {10, 152, 234, 454} <= {v for edge in border for v in edge}


def test_normals_point_away_from_the_head(mean_mesh):
    """In a frame with y up and z towards the viewer; the nose's wings turn away from the viewer here and there."""
    a, b, c = (mean_mesh[triangles()[:, i]] for i in range(3))
    normals = np.cross(b - a, c - a)
    assert (normals[:, 2] > 0).mean() > 0.99
    inside = mean_mesh[:468].mean(axis=0) - [0, 0, 80]
    volume = np.einsum("ij,ij->i", normals, (a + b + c) / 3 - inside)
    assert volume.sum() > 0 and (volume > 0).mean() > 0.99


def test_contours_are_mediapipes():
    connections = pytest.importorskip(
        "mediapipe.python.solutions.face_mesh_connections", reason="mediapipe 0.10.30 and later carry no solutions"
    )
    features, oval = ({tuple(edge) for edge in found.tolist()} for found in (features_contour(), oval_contour()))
    theirs = {tuple(sorted(edge)) for edge in connections.FACEMESH_CONTOURS}
    assert features | oval == theirs and not features & oval
    assert oval == {tuple(sorted(edge)) for edge in connections.FACEMESH_FACE_OVAL}
    assert features <= {tuple(edge) for edge in edges().tolist()}


@pytest.mark.parametrize("ring", [RIGHT_EYE, LEFT_EYE, INNER_LIPS])
def test_rings_are_closed_and_their_inside_is_open(ring):
    sides = {tuple(sorted(edge)) for edge in zip(ring, (*ring[1:], ring[0]), strict=True)}
    assert sides <= {tuple(edge) for edge in edges().tolist()}
    directed = Counter((int(t[i]), int(t[(i + 1) % 3])) for t in surface_triangles() for i in range(3))
    assert all((edge in directed) != (edge[::-1] in directed) for edge in sides)  # a border on one side


def test_only_triangles_within_a_ring_are_left_out():
    kept = {tuple(t) for t in surface_triangles().tolist()}
    left_out = [set(t) for t in triangles().tolist() if tuple(t) not in kept]
    assert len(left_out) == 46
    assert all(any(t <= set(ring) for ring in (RIGHT_EYE, LEFT_EYE, INNER_LIPS)) for t in left_out)


def test_edges_by_loops():
    naive = {tuple(sorted((int(t[i]), int(t[j])))) for t in surface_triangles() for i, j in ((0, 1), (1, 2), (2, 0))}
    assert [tuple(edge) for edge in edges().tolist()] == sorted(naive)


def test_right_and_left_are_the_subjects(mean_mesh):
    """In the family's frame x grows to the subject's left."""
    for right, left in ((RIGHT_EYE, LEFT_EYE), (RIGHT_IRIS, LEFT_IRIS)):
        assert mean_mesh[list(right), 0].max() < mean_mesh[list(left), 0].min()
    for iris, eye in ((RIGHT_IRIS, RIGHT_EYE), (LEFT_IRIS, LEFT_EYE)):
        around = mean_mesh[list(eye), :2]
        assert (around.min(axis=0) < mean_mesh[iris[0], :2]).all() and (
            mean_mesh[iris[0], :2] < around.max(axis=0)
        ).all()
    assert len(set(ANCHORS)) == 12


def test_regions_are_a_partition():
    found = regions()
    assert tuple(found) == REGION_NAMES
    assert sorted(np.concatenate(list(found.values())).tolist()) == list(range(478))
    assert all((np.diff(members) > 0).all() and len(members) >= 20 for members in found.values())
    assert set(RIGHT_IRIS + LEFT_IRIS + RIGHT_EYE + LEFT_EYE) <= set(found["eyes"].tolist())
    assert set(INNER_LIPS) <= set(found["mouth"].tolist())


def test_regions_are_symmetric(mirrored):
    for name, members in regions().items():
        assert set(mirrored[members].tolist()) == set(members.tolist()), name


def test_regions_are_connected_on_each_side_and_lie_where_they_should(mean_mesh):
    height = {name: mean_mesh[members, 1].mean() for name, members in regions().items()}
    assert height["forehead"] > height["brows"] > height["eyes"] > height["nose"] > height["mouth"] > height["jaw"]
    assert height["eyes"] > height["cheeks"] > height["mouth"]
    links = {v: set() for v in range(468)}
    for t in triangles().tolist():
        for a in t:
            links[a] |= set(t) - {a}
    pieces = {}
    for name, members in regions().items():
        left, count = {int(v) for v in members if v < 468}, 0
        while left:
            count += 1
            todo = [left.pop()]
            while todo:
                reached = links[todo.pop()] & left
                left -= reached
                todo += reached
        pieces[name] = count
    assert pieces == {"forehead": 1, "brows": 1, "eyes": 2, "nose": 1, "cheeks": 2, "mouth": 1, "jaw": 1}


def test_region_means_by_loops(rng):
    values = rng.normal(size=478)
    naive = [sum(values[v] for v in members) / len(members) for members in regions().values()]
    np.testing.assert_allclose(region_means() @ values, naive, rtol=1e-12)
