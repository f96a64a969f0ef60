"""Several people before the mirror: tracks, the chosen face, and what is known of each; people moved by code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from common import clip, needs_task, task_file
from moved_people import RATE, Place, frame_of, person, scene

from realtime import Pipeline, load_config, load_model, open_source
from realtime.core.frame_result import Face, FrameResult
from realtime.core.types import Frame, Landmarks
from realtime.detect.feature_sources import InverseSource
from realtime.pipeline.predictor import Predictor

pytestmark = needs_task
WIDTH = 100.0  # of a face, pixels

A, B = "single_face.mp4", "WolfgangLanger_Pexels.mp4"
Scene = Callable[[int], list[Place]]  # of a frame's number


@pytest.fixture
def pipeline() -> Iterator[Pipeline]:
    sets = ["detect.tracker=openvino", "model.names=emotion@built-in", "detect.emotion=inverse"]
    with Pipeline.from_config(load_config(None, sets, {"detect.task_file": str(task_file())})) as made:
        yield made


class Stage:
    """Shows scenes to a pipeline, frame after frame."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.number = 0
        self.segment = 0

    def show(self, frames: int, at: Scene) -> list[FrameResult]:
        """`at` is asked for each of these frames, from 0."""
        results = []
        for number in range(frames):
            results.append(self.pipeline.step(frame_of(scene(at(number)), self.number, self.segment)))
            self.number += 1
        return results


@pytest.fixture
def stage(pipeline: Pipeline) -> Stage:
    return Stage(pipeline)


def face_at(result: FrameResult, x: float) -> Face | None:
    """The face whose middle is nearest to a place, if it is there."""
    near = [face for face in result.faces if abs(_x(face) - x) < 0.4 * WIDTH]
    return min(near, key=lambda face: abs(_x(face) - x), default=None)


def id_at(result: FrameResult, x: float) -> int | None:
    face = face_at(result, x)
    return None if face is None else face.track_id


def _x(face: Face) -> float:
    return float(face.landmarks.points_px[:, 0].mean())


def two(
    b_x: float = 470.0, a_x: float = 170.0, b: str = B, a_width: float = 1.2 * WIDTH, b_width: float = WIDTH
) -> Scene:
    """A on the left, larger; B on the right."""
    return lambda number: [Place(person(b), b_x, 180, b_width, number), Place(person(A), a_x, 180, a_width, number)]


@pytest.mark.parametrize("b", [B, "15-f13-anc-ph.jpg"])
@pytest.mark.parametrize("in_front", ["A", "B"])
def test_two_people_who_swap_places_keep_their_ids_and_their_neutrals(stage: Stage, b: str, in_front: str) -> None:
    stage.pipeline.calibrate(0.6)
    before = stage.show(24, two(b=b))[-1]
    a, other = face_at(before, 170), face_at(before, 470)
    assert a is not None and other is not None and before.face is a, "the larger one is chosen"
    assert stage.pipeline.identity is not None, stage.pipeline.calibration.note
    neutral = a.estimate.models[0].identity
    assert other.estimate.models[0].identity is None

    def crossing(number: int) -> list[Place]:
        far = 300 * number / 49
        one = Place(person(A), 170 + far, 180, 1.2 * WIDTH, number)
        two_ = Place(person(b), 470 - far, 180, 1.2 * WIDTH, number)
        return [two_, one] if in_front == "A" else [one, two_]

    results = stage.show(50, crossing)
    assert min(len(result.faces) for result in results) == 1, "one was hidden behind the other"
    results += stage.show(8, two(b_x=170, a_x=470, b=b))
    for result in results:
        if result.landmarks is not None:
            assert result.face is not None and result.face.track_id == a.track_id, "who is chosen stays chosen"
    after = results[-1]
    a_then, other_then = face_at(after, 470), face_at(after, 170)
    assert a_then is not None and other_then is not None
    assert (a_then.track_id, other_then.track_id) == (a.track_id, other.track_id)
    assert stage.pipeline.calibration.can_undo
    assert a_then.estimate.residual_adjusted is not None and a_then.estimate.models[0].gain_terms is not None
    assert other_then.estimate.models[0].identity is None and other_then.estimate.residual_adjusted is None
    identity = a_then.estimate.models[0].identity
    assert identity is not None and identity.neutral_canon is stage.pipeline.identity.neutral_canon
    assert neutral is None or neutral is identity


def test_who_is_away_for_a_moment_keeps_an_id_and_who_was_away_for_long_gets_another(stage: Stage) -> None:
    def only_a(number: int) -> list[Place]:
        return two()(number)[1:]

    before = stage.show(8, two())[-1]
    stage.show(RATE // 2, only_a)
    again = stage.show(6, two())[-1]
    assert id_at(before, 470) is not None and id_at(again, 470) == id_at(before, 470)
    stage.show(RATE + 6, only_a)
    later = stage.show(18, two())[-1]
    assert id_at(later, 470) is not None and id_at(later, 470) not in (id_at(before, 470), id_at(before, 170))
    assert id_at(later, 170) == id_at(before, 170)


def test_who_comes_back_alone_finds_the_neutral_and_who_comes_to_others_has_none(stage: Stage) -> None:
    def alone(number: int) -> list[Place]:
        return two()(number)[1:]

    stage.pipeline.calibrate(0.6)
    first = stage.show(22, alone)[-1]
    known = stage.pipeline.identity
    assert known is not None and first.face is not None
    assert not stage.show(RATE + 6, lambda number: [])[-1].faces
    assert stage.pipeline.identity is known, "while nobody is there, that of the last one"
    back = stage.show(4, alone)[-1]
    assert back.face is not None and back.face.track_id > first.face.track_id
    assert back.models[0].identity is known
    joined = stage.show(20, two(b_width=1.8 * WIDTH))[-1]
    one, other = face_at(joined, 170), face_at(joined, 470)
    assert one is not None and other is not None and joined.face is other, "who comes is larger and chosen at once"
    assert other.estimate.models[0].identity is None and one.estimate.models[0].identity is known
    assert stage.pipeline.identity is None


def test_of_five_faces_the_four_largest_are_followed(stage: Stage) -> None:
    names = (A, B, "15-f13-anc-ph.jpg", "single_face.jpg", "0-f15-hao-ph.jpg")
    widths = (78, 88, 74, 84, 68)

    def five(number: int) -> list[Place]:
        places = [(100, 100), (320, 100), (540, 100), (210, 270), (430, 270)]
        return [
            Place(person(name), x, y, width, number) for name, (x, y), width in zip(names, places, widths, strict=True)
        ]

    results = stage.show(20, five)
    assert [len(result.faces) for result in results[2:]] == [4] * 18
    assert len({frozenset(face.track_id for face in result.faces) for result in results[2:]}) == 1
    last = results[-1]
    assert last.face is not None and abs(_x(last.face) - 320) < 30, "the largest one is chosen"
    ids = [face.track_id for face in last.others]
    assert ids == sorted(ids) and all(face.landmarks.faces_seen == 4 for face in last.faces)
    smallest = [
        face for face in last.faces if np.hypot(*(face.landmarks.points_px[:, :2].mean(axis=0) - (430, 270))) < 40
    ]
    assert not smallest


def test_a_face_on_a_poster_is_not_chosen_before_one_that_moves(stage: Stage) -> None:
    """It is larger, and a person walks past in front of it."""
    poster = Place(person("single_face.jpg"), 170, 170, 130)

    def with_visitor(number: int) -> list[Place]:
        return [poster, Place(person(A), 560 - 6 * number, 190, 100, number)]

    alone = stage.show(RATE * 2 + 8, lambda number: [replace(poster, number=0)])
    assert alone[-1].face is not None and alone[-1].face.still, "with nobody else it is what there is"
    assert not alone[RATE].faces[0].still
    results = stage.show(80, with_visitor)
    visitor = face_at(results[25], 410)
    assert visitor is not None and results[25].face is visitor and not visitor.still
    back = stage.show(12, lambda number: [poster, Place(person(A), 470, 190, 100, number)])
    assert id_at(back[-1], 170) is not None


def test_a_face_that_turns_and_tilts_stays_the_same(pipeline: Pipeline) -> None:
    """Heads turn by up to 46 degrees in this clip; its pictures are tilted by 40 degrees forth and back."""
    ids = set()
    with open_source(str(clip(B))) as source:
        for frame in source:
            if frame.index % 3 == 0 and frame.index < 330:
                tilt = cv2.getRotationMatrix2D((320, 180), 40 * np.sin(frame.index / 20), 1)
                image = cv2.warpAffine(frame.image, tilt, frame.size)
                ids |= {face.track_id for face in pipeline.step(replace(frame, image=image)).faces}
    assert len(ids) == 1


def test_another_picture_ends_all_tracks_and_keeps_the_neutral_of_the_chosen_face(stage: Stage) -> None:
    stage.pipeline.calibrate(0.6)
    before = stage.show(22, two())[-1]
    known = stage.pipeline.identity
    assert known is not None and len(before.faces) == 2
    stage.segment += 1
    after = stage.show(2, two())[-1]
    assert len(after.faces) == 2
    assert not {face.track_id for face in after.faces} & {face.track_id for face in before.faces}
    assert all(face.estimate.warm_up for face in after.faces)
    assert after.models[0].identity is known and after.others[0].estimate.models[0].identity is None


def test_the_user_chooses_and_the_choice_ends_with_the_face(stage: Stage) -> None:
    pipeline = stage.pipeline
    first = stage.show(6, two())[-1]
    a, b = id_at(first, 170), id_at(first, 470)
    assert first.chosen is not None and (first.chosen.track_id, first.chosen.by_user) == (a, False)
    pipeline.choose_face(b)
    result = stage.show(1, two())[-1]
    assert [face.track_id for face in result.faces] == [b, a] and result.chosen is not None and result.chosen.by_user
    for step, expected in ((1, a), (1, b), (-1, a), (-1, b)):
        pipeline.choose_next_face(step)
        result = stage.show(1, two())[-1]
        assert result.face is not None and result.face.track_id == expected and result.chosen.by_user  # type: ignore[union-attr]
    pipeline.choose_face(None)
    result = stage.show(1, two(a_width=1.6 * WIDTH))[-1]
    assert result.chosen is not None and (result.chosen.track_id, result.chosen.by_user) == (a, False)
    pipeline.choose_face(b)
    stage.show(2, two())
    gone = stage.show(RATE + 6, lambda number: two()(number)[1:])
    assert gone[RATE // 2].face is None and gone[RATE // 2].landmarks is None and not gone[RATE // 2].validity.ok
    assert [face.track_id for face in gone[RATE // 2].others] == [a], "nobody else is taken for the chosen face"
    assert gone[-1].chosen is not None and (gone[-1].chosen.track_id, gone[-1].chosen.by_user) == (a, False)
    pipeline.choose_face(1000)
    assert stage.show(1, two())[-1].chosen == gone[-1].chosen, "nobody has that id"


def test_a_calibration_stays_with_its_face_and_says_when_that_is_lost(stage: Stage) -> None:
    pipeline = stage.pipeline
    first = stage.show(6, two())[-1]
    a, b = id_at(first, 170), id_at(first, 470)
    pipeline.calibrate(0.6)
    stage.show(4, two())
    pipeline.choose_face(b)
    results = stage.show(20, two())
    assert all(result.face is not None and result.face.track_id == b for result in results)
    assert pipeline.identity is None, "the chosen face was not calibrated"
    of_a = next(face for face in results[-1].faces if face.track_id == a)
    assert of_a.estimate.models[0].identity is not None
    pipeline.choose_face(a)
    stage.show(1, two())
    assert pipeline.identity is not None
    pipeline.calibrate(3.0)
    pipeline.choose_face(b)
    calibration = pipeline.calibration
    stage.show(RATE + 6, lambda number: two()(number)[:1])
    assert calibration.state == "idle" and "the face was lost for more than a second" in calibration.note
    assert pipeline.calibration is not calibration and pipeline.identity is None
    stage.show(1, two())
    pipeline.calibrate(3.0)
    calibration = pipeline.calibration
    stage.show(RATE + 6, lambda number: two()(number)[1:])
    assert calibration.state == "idle" and "the face was lost for more than a second" in calibration.note


class TwoFaces:
    """A tracker that gives the same two faces in every frame."""

    name = "made"
    blendshapes = ()

    def __init__(self, faces: Sequence[np.ndarray]) -> None:
        self.faces = faces

    def track_all(self, frame: Frame) -> list[Landmarks]:
        return [Landmarks(points, frame.size, len(self.faces), self.name) for points in self.faces]

    def close(self) -> None:
        pass


def test_tiny_pictures_and_landmarks_that_are_no_numbers(pipeline: Pipeline, single_face: list[Frame]) -> None:
    assert pipeline.step(frame_of(np.zeros((16, 16, 3), np.uint8), 0)).faces == ()
    (found,) = pipeline.tracker.track_all(single_face[0])
    model = load_model("emotion@built-in")
    broken = found.points_px.copy()
    broken[7] = np.nan
    for faces in ([broken, found.points_px], [broken, broken], [np.ones((478, 3), np.float32), found.points_px]):
        made = Pipeline(TwoFaces(faces), [Predictor(model, InverseSource(model))])
        for frame in single_face[:4]:
            result = made.step(frame)
            assert len(result.faces) == 2
            assert any(face.estimate.validity.ok for face in result.faces) == (found.points_px is faces[1])


def test_one_face_has_the_numbers_that_it_has_alone(single_face: list[Frame]) -> None:
    """With room for three more."""
    runs = []
    for faces in (1, 4):
        sets = ["detect.tracker=openvino", "detect.emotion=inverse", f"detect.max_faces={faces}"]
        with Pipeline.from_config(load_config(None, sets, {"detect.task_file": str(task_file())})) as pipeline:
            runs.append([pipeline.step(frame) for frame in single_face[:40]])
    for one, other in zip(*runs, strict=True):
        assert one.residual is not None and other.residual is not None and one.warm_up == other.warm_up
        np.testing.assert_array_equal(one.residual.vectors_canon, other.residual.vectors_canon)
        assert one.landmarks is not None and other.landmarks is not None
        assert one.landmarks.blendshapes == other.landmarks.blendshapes
