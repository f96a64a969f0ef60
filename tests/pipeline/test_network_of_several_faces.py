"""py-feat's network with two people in the picture: a real worker process, weights of the real layout."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from common import needs_task, task_file
from moved_people import RATE, Place, frame_of, person, scene
from pyfeat_network import Network

from realtime import Pipeline, load_config
from realtime.core.frame_result import FrameResult
from realtime.core.types import Frame
from realtime.detect.pyfeat.converted import ensure_converted
from realtime.detect.pyfeat.crop import Crop
from realtime.detect.pyfeat.openvino_runtime import OpenVinoRuntime

pytestmark = needs_task
PATIENCE_S = 90.0  # a bound against hangs; machines are shared


@contextmanager
def opened(network: Network, *, live: bool) -> Iterator[Pipeline]:
    sets = ["detect.tracker=openvino", "detect.emotion=pyfeat", "model.names=emotion@built-in"]
    paths = {"detect.pyfeat_weights": str(network.weights.path), "detect.task_file": str(task_file())}
    with Pipeline.from_config(load_config(None, sets, paths)) as made:
        made.begin(live)
        yield made


def picture(number: int) -> np.ndarray:
    left = Place(person("single_face.mp4"), 170, 180, 120, number)
    return scene([left, Place(person("WolfgangLanger_Pexels.mp4"), 470, 180, 100, number)])


def test_in_step_every_face_of_a_frame_has_its_own_answer(prepared_network: Network) -> None:
    with opened(prepared_network, live=False) as pipeline:
        results = list(pipeline.run(frame_of(picture(number), number) for number in range(6)))
    runtime = OpenVinoRuntime(ensure_converted(prepared_network.weights, print))
    for result in results:
        assert len(result.faces) == 2
        for face in result.faces:
            output = face.estimate.network
            assert output is not None and output.stamp_ns == face.estimate.stamp_ns == result.stamp
            assert result.age_ms(face) == 0
            crop = Crop.of_face(face.landmarks.points_px, result.frame.size)
            (row,) = runtime.run(crop.network_input(crop.patch(result.frame.image))[None])
            direct = runtime.layout.decode(row, crop, result.stamp)
            np.testing.assert_allclose(
                list(output.emotions.values()), list(direct.emotions.values()), rtol=0, atol=1e-4
            )  # fmt: skip
            np.testing.assert_allclose(output.mesh_px, direct.mesh_px, rtol=0, atol=0.1)
    runtime.close()


def test_live_the_chosen_face_has_half_of_the_answers_and_each_shows_its_own_age(prepared_network: Network) -> None:
    results: list[FrameResult] = []
    pictures = [picture(number) for number in range(60)]

    def answered(which: int) -> set[int]:
        """Stamps of the answers for the chosen face (0) or for the other one."""
        faces = [result.faces[which] for result in results if len(result.faces) == 2]
        return {face.estimate.network.stamp_ns for face in faces if face.estimate.network is not None}

    with opened(prepared_network, live=True) as pipeline:
        began = time.monotonic()
        while min(len(answered(0)), len(answered(1))) < 5:
            assert time.monotonic() - began < PATIENCE_S, (answered(0), answered(1))
            now = time.monotonic_ns()
            image = pictures[(now * RATE // 1_000_000_000) % len(pictures)]
            results.append(pipeline.step(Frame(image, now, len(results), now)))
            time.sleep(0.05)
    assert len(answered(0)) >= len(answered(1)) - 1
    both = [result for result in results if len(result.faces) == 2]
    assert len({tuple(face.track_id for face in result.faces) for result in both}) == 1
    for result in both:
        for face in result.faces:
            output, estimate = face.estimate.network, face.estimate
            if output is None:
                continue
            assert estimate.stamp_ns == output.stamp_ns
            assert result.age_ms(face) == (result.stamp - output.stamp_ns) / 1e6 >= 0
            middle = face.landmarks.points_px[:, 0].mean()
            assert estimate.aligned is not None
            shown_px = estimate.aligned.canon_from_px.inverse().apply(estimate.aligned.mesh_canon.astype(float))
            assert abs(shown_px[:, 0].mean() - middle) < 60, "an estimate is of its own face"
    ages = [max(result.age_ms(face) for result in both if (face := result.faces[which])) for which in (0, 1)]
    assert ages[1] > 0
