"""py-feat's network in the pipeline: a real worker process, OpenVINO, weights of the real layout with random values."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
from common import Runner, clip, environment, needs_bundled
from pyfeat_network import Network
from run_docs import holds

from realtime import Pipeline, load_config, load_model, open_source
from realtime.core.errors import ModelFileError, SourceError
from realtime.core.frame_result import FrameResult
from realtime.core.status import Status
from realtime.core.types import EMOTIONS, Frame, NetworkOutput
from realtime.detect import largest_face, open_tracker
from realtime.detect.feature_sources import FaceObservation, NetworkSource
from realtime.detect.landmarks.face_landmarker import BLENDSHAPES
from realtime.detect.pyfeat.converted import ensure_converted
from realtime.detect.pyfeat.crop import Crop
from realtime.detect.pyfeat.openvino_runtime import OpenVinoRuntime
from realtime.detect.pyfeat.weights import find_weights
from realtime.geometry import Aligner, CanonicalFrame
from realtime.model import canonical_name
from realtime.view.mirror.header import badges
from realtime.view.paint import theme

pytestmark = needs_bundled
CAMERA_S = 0.03
PATIENCE_S = 60.0  # a bound against hangs; machines are shared


@pytest.fixture(scope="module")
def pyfeat_weights(prepared_network: Network) -> Path:
    return prepared_network.weights.path


@contextmanager
def pipeline(weights: Path, *sets: str, live: bool = False) -> Iterator[Pipeline]:
    base = ["detect.tracker=bundled", "detect.emotion=pyfeat", "model.names=emotion@built-in", "detect.max_faces=1"]
    config = load_config(None, [*base, *sets], {"detect.pyfeat_weights": str(weights)})
    with Pipeline.from_config(config) as made:
        made.begin(live)
        yield made


class Camera:
    """The clip again and again, at a camera's rate and with its clock."""

    def __init__(self, frames: list[Frame], made: Pipeline) -> None:
        self._frames, self._made = frames, made
        self.results: list[FrameResult] = []

    def until(self, enough: Callable[[], bool]) -> None:
        began = time.monotonic()
        while not enough():
            supervisor = self._made.network.supervisor if self._made.network else None
            assert time.monotonic() - began < PATIENCE_S, supervisor and (
                supervisor.state,
                supervisor.reason,
                supervisor.counts,
            )
            self.show(self._frames[len(self.results) % len(self._frames)].image)
            time.sleep(CAMERA_S)

    def show(self, image: np.ndarray) -> FrameResult:
        now = time.monotonic_ns()
        self.results.append(self._made.step(Frame(image, now, len(self.results), now)))
        return self.results[-1]

    @property
    def sources(self) -> list[str | None]:
        return [None if result.features is None else result.features.source for result in self.results]

    def pairs(self, more: int) -> Callable[[], bool]:
        """Until so many more words of the network were paired."""
        want = len(self._spoken()) + more
        return lambda: len(self._spoken()) >= want

    def _spoken(self) -> set[int]:
        return {result.network.stamp_ns for result in self.results if result.network is not None}


def same(one: NetworkOutput, other: NetworkOutput, atol: float) -> None:
    for name in ("emotions", "action_units", "blendshapes"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert list(mine) == list(theirs)
        np.testing.assert_allclose(list(mine.values()), list(theirs.values()), rtol=0, atol=atol)
    for name in ("valence", "arousal", "gaze_pitch", "gaze_yaw"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=atol)
    assert (one.pose.pitch, one.pose.yaw, one.pose.roll) == pytest.approx(
        (other.pose.pitch, other.pose.yaw, other.pose.roll), abs=atol
    )
    np.testing.assert_allclose(one.mesh_px, other.mesh_px, rtol=0, atol=1000 * atol)


def test_every_frame_of_a_file_gets_the_networks_word_on_that_frame(
    pyfeat_weights: Path, single_face: list[Frame]
) -> None:
    """Beside the network asked directly, one face after the other, in this process."""
    with pipeline(pyfeat_weights) as made:
        results = list(made.run(iter(single_face[:30])))
    assert [result.frame.index for result in results] == [frame.index for frame in single_face[:30]]
    weights = find_weights(pyfeat_weights)
    assert weights is not None
    runtime = OpenVinoRuntime(ensure_converted(weights, print))
    outputs = []
    for result in results:
        assert result.landmarks is not None and result.features is not None and result.network is not None
        crop = Crop.of_face(result.landmarks.points_px, result.frame.size)
        (row,) = runtime.run(crop.network_input(crop.patch(result.frame.image))[None])
        direct = runtime.layout.decode(row, crop, result.stamp)
        same(result.network, direct, atol=1e-4)  # one at a time, and as many as there are cores
        outputs.append(list(direct.emotions.values()))
        assert result.features.source == "pyfeat"
        assert result.features.stamp_ns == result.models[0].stamp_ns == result.stamp
        assert set(result.features.values) == set(EMOTIONS)
        for name, value in result.network.emotions.items():
            assert result.features.values[canonical_name(name)] == value
        assert result.emotion_age_ms == 0
    runtime.close()
    # Had each frame got another frame's word, it would show: neighbours differ by more than what was allowed.
    assert np.abs(np.diff(outputs, axis=0)).max(axis=1).min() > 2e-4, np.abs(np.diff(outputs, axis=0)).max(axis=1).min()


def test_one_at_a_time_and_several_ahead_give_the_same(pyfeat_weights: Path, single_face: list[Frame]) -> None:
    with pipeline(pyfeat_weights) as made:
        ahead = list(made.run(iter(single_face[:12])))
    with pipeline(pyfeat_weights) as made:
        alone = [made.step(frame) for frame in single_face[:12]]
    for one, other in zip(ahead, alone, strict=True):
        assert one.network is not None and other.network is not None
        same(one.network, other.network, atol=1e-6)
        assert one.predicted is not None and other.predicted is not None
        np.testing.assert_allclose(one.predicted.mesh_canon, other.predicted.mesh_canon, atol=1e-4)


def test_what_came_before_a_damage_is_finished(pyfeat_weights: Path, single_face: list[Frame]) -> None:
    def damaged() -> Iterator[Frame]:
        yield from single_face[:5]
        raise SourceError("damaged here")

    results = []
    with pipeline(pyfeat_weights) as made, pytest.raises(SourceError, match="damaged here"):
        for result in made.run(damaged()):
            results.append(result)  # noqa: PERF402 - what came before the error is wanted
    assert len(results) == 5 and all(result.network is not None for result in results)


def test_a_face_that_leaves_and_comes_back_in_step(pyfeat_weights: Path) -> None:
    with open_source(str(clip("face_noface.mov"))) as source, pipeline(pyfeat_weights) as made:
        frames = list(source)[40:90]
        results = list(made.run(iter([*frames, *frames[:10]])))
    without = [result for result in results if result.landmarks is None]
    assert without and all(result.network is None and not result.models for result in without)
    assert all(r.network is not None and r.network.stamp_ns == r.stamp for r in results if r.landmarks is not None)


def test_live_a_pair_is_of_one_frame_and_the_picture_is_the_newest(
    pyfeat_weights: Path, single_face: list[Frame]
) -> None:
    with pipeline(pyfeat_weights, live=True) as made:
        camera = Camera(single_face, made)
        camera.until(camera.pairs(15))
        counts = made.network.supervisor.counts
    results = camera.results
    assert camera.sources[0] == "inverse"  # until the network speaks
    seen = {result.stamp: result.landmarks for result in results}
    model = made.model
    aligner = Aligner(model.anchors, CanonicalFrame.of(model.mean_mesh), model.anchor_indices)
    spoken = [result for result in results if result.network is not None]
    for result in spoken:
        (made_of,) = result.models
        assert made_of.stamp_ns == made_of.features.stamp_ns == result.network.stamp_ns <= result.stamp
        assert result.emotion_age_ms == (result.stamp - made_of.stamp_ns) / 1e6
        landmarks = seen[made_of.stamp_ns]
        expected = aligner(landmarks.points_px)
        np.testing.assert_allclose(made_of.aligned.mesh_canon, expected.mesh_canon, atol=1e-3)
        assert result.landmarks is seen[result.stamp]
    assert any(result.emotion_age_ms > 0 for result in spoken)
    stamps = [result.network.stamp_ns for result in spoken]
    assert stamps == sorted(stamps)
    assert counts.answers + counts.replaced + counts.lost <= len(results)


def test_latest_pairs_the_newest_face_with_the_newest_emotions(pyfeat_weights: Path, single_face: list[Frame]) -> None:
    with pipeline(pyfeat_weights, "detect.sync=latest", live=True) as made:
        camera = Camera(single_face, made)
        camera.until(camera.pairs(8))
    spoken = [result for result in camera.results if result.network is not None]
    assert all(result.models[0].stamp_ns == result.stamp for result in spoken)
    assert all(result.features.stamp_ns == result.network.stamp_ns for result in spoken)
    assert any(result.features.stamp_ns < result.stamp for result in spoken)


def test_live_no_old_word_is_joined_to_a_face_that_comes_back(pyfeat_weights: Path, single_face: list[Frame]) -> None:
    black = np.zeros_like(single_face[0].image)
    with pipeline(pyfeat_weights, live=True) as made:
        camera = Camera(single_face, made)
        camera.until(camera.pairs(3))
        camera.show(single_face[0].image)
        for _ in range(3):  # the tracker lets go of a face after a frame or two
            gone = camera.show(black)
        assert gone.landmarks is None and not gone.models and gone.network is None
        back = len(camera.results)
        camera.until(camera.pairs(2))
    first = camera.results[back].stamp
    for result in camera.results[back:]:
        if result.models and result.landmarks is not None:
            assert result.models[0].stamp_ns >= first or result.network is None
        if result.network is not None:
            assert result.network.stamp_ns >= first


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_the_mirror_goes_on_with_the_inverse_and_comes_back(
    pyfeat_weights: Path, single_face: list[Frame], how: signal.Signals
) -> None:
    with pipeline(pyfeat_weights, live=True) as made:
        assert made.network is not None
        camera = Camera(single_face, made)
        camera.until(camera.pairs(5))
        process = made.network.supervisor.process_id
        assert process is not None and made.network.reason == ""
        os.kill(process, how)
        since = len(camera.results)
        camera.until(lambda: "inverse" in camera.sources[since:])
        assert made.network.reason
        camera.until(camera.pairs(5))
        assert made.network.reason == ""
        assert made.network.supervisor.counts.restarts == 1
        assert made.network.report("pair").restarts == 1
    # A word is used if it came within a second, and until the next one is a second late; and never is there none.
    assert all(result.emotion_age_ms < 2300 for result in camera.results[since:] if result.network is not None)
    assert all(result.features is not None for result in camera.results[since:])


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_in_step_a_killed_network_costs_no_frame(pyfeat_weights: Path, single_face: list[Frame]) -> None:
    results = []
    with pipeline(pyfeat_weights) as made:
        for result in made.run(iter(single_face[:40])):
            results.append(result)
            if len(results) == 10:
                os.kill(made.network.supervisor.process_id, signal.SIGKILL)
    assert [result.frame.index for result in results] == list(range(40))
    assert all(result.features.source == "pyfeat" and result.network.stamp_ns == result.stamp for result in results)


def test_the_networks_pose_can_be_the_models(pyfeat_weights: Path, single_face: list[Frame]) -> None:
    with pipeline(pyfeat_weights, "detect.pose_source=pyfeat", "model.pose=live") as made:
        made.calibrate(0.5)
        results = list(made.run(iter(single_face[:25])))
        identity = made.identity
    assert identity is not None
    for result in results:
        assert result.predicted.pose == result.network.pose and result.predicted.pose_source == "pyfeat"
    # The identity was taken against the same pose, else the model's pose part would be booked as identity.
    expected = np.mean(
        [r.aligned.mesh_canon - made.model.predict_neutral(r.network.pose) for r in results[:15]], axis=0
    )
    assert np.abs(identity.offset_canon - expected).mean() < 0.5


def test_the_inverse_can_have_the_networks_pose(pyfeat_weights: Path, single_face: list[Frame]) -> None:
    sets = ("detect.pose_source=pyfeat", "model.pose=live", "detect.emotion=inverse")
    with pipeline(pyfeat_weights, *sets) as made:
        result = made.step(single_face[0])
    assert result.features.source == "inverse" and result.predicted.pose == result.network.pose


def test_a_model_of_action_units_is_driven_by_the_same_network(pyfeat_weights: Path, single_face: list[Frame]) -> None:
    with pipeline(pyfeat_weights, "model.names=['emotion@built-in', 'au@v4']") as made:
        result = made.step(single_face[0])
    emotion, units = result.models
    assert emotion.features.source == units.features.source == "pyfeat"
    assert dict(units.features.values) == {name: result.network.action_units[name] for name in units.features.values}


def test_a_network_without_what_the_model_is_driven_by(single_face: list[Frame]) -> None:
    """A checkpoint without blendshapes beside a model of them: told where it was asked for, else the inverse."""
    units = load_model("au@v4")
    shapes = units.replaced(name="shapes", feature_columns=BLENDSHAPES[: len(units.feature_columns)])
    with closing(open_tracker("bundled", max_faces=1)) as tracker:
        landmarks = largest_face(tracker.track_all(single_face[0]))
    aligned = Aligner(shapes.anchors, CanonicalFrame.of(shapes.mean_mesh), shapes.anchor_indices)(landmarks.points_px)
    output = NetworkOutput(
        dict.fromkeys(("Neutral", "Happy"), 0.5), {"AU01": 0.1}, 0.0, 0.0, aligned.pose, (0.0,), 0.0, 0.0, None,
        landmarks.points_px, 7,
    )  # fmt: skip
    face = FaceObservation(9, landmarks, aligned, None, None, output, pending=False)
    with pytest.raises(ModelFileError, match="lacks the features that drive 'shapes'"):
        NetworkSource(shapes, asked_for=True).features(face)
    stand_in = NetworkSource(shapes, asked_for=False).features(face)
    assert stand_in is not None and (stand_in.source, stand_in.stamp_ns) == ("inverse", 9)


def test_asked_for_and_not_installed(meshmirror: Runner) -> None:
    for sets in (["--emotion", "pyfeat"], ["--set", "detect.pose_source=pyfeat"]):
        done = meshmirror("--source", str(clip("single_face.jpg")), "--headless", *sets)
        assert done.returncode == 4, done.stderr
        assert "meshmirror models fetch pyfeat" in done.stderr and "Traceback" not in done.stderr


def test_a_network_that_cannot_start_is_an_error_only_where_it_was_asked_for(
    pyfeat_weights: Path, meshmirror: Runner, tmp_path: Path
) -> None:
    """The folder for prepared networks is a file here, so nothing can be prepared."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "cache").write_text("no folder")
    command = ["--source", str(clip("single_face.mp4")), "--headless", "--json", "--frames", "20", "--set",
               f"detect.pyfeat_weights={pyfeat_weights}"]  # fmt: skip
    asked = meshmirror(*command, "--emotion", "pyfeat", MESHMIRROR_HOME=str(tmp_path / "home"))
    assert asked.returncode == 3, asked.stderr
    assert "MESHMIRROR_HOME" in asked.stderr and "Traceback" not in asked.stderr
    auto = meshmirror(*command, MESHMIRROR_HOME=str(tmp_path / "home"))
    assert auto.returncode == 0, auto.stderr
    report = holds(auto.stdout)
    assert report["emotion_sources"] == {"inverse": report["averaged"]} and report["frames"] == 20
    assert "MESHMIRROR_HOME" in report["network"]["reason"] and "MESHMIRROR_HOME" in auto.stderr


def test_auto_without_weights_says_how_to_get_a_source_of_its_own(meshmirror: Runner) -> None:
    done = meshmirror("--source", str(clip("single_face.jpg")), "--headless", "--json")
    assert done.returncode == 0, done.stderr
    assert "meshmirror models fetch appearance" in done.stderr
    report = holds(done.stdout)
    assert report["emotion_source"] == "inverse" and report["network"] is None


def test_the_report_of_a_run_names_network_and_numbers(
    meshmirror: Runner, pyfeat_weights: Path, tmp_path: Path
) -> None:
    done = meshmirror(
        "--source", str(clip("single_face.mp4")), "--headless", "--json", "--frames", "20", "--emotion", "auto",
        "--set", f"detect.pyfeat_weights={pyfeat_weights}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = holds(done.stdout)
    assert report["frames"] == 20
    assert report["emotion_source"] == "pyfeat" and set(report["emotion_sources"]) == {"pyfeat"}
    network, means = report["network"], report["network_means"]
    assert network["runtime"].startswith("OpenVINO") and network["answers"] >= 20 and network["restarts"] == 0
    assert sum(means[name] for name in ("Neutral", "Happy", "Sad", "Surprise", "Fear", "Disgust", "Anger")) == (
        pytest.approx(1, abs=1e-3)
    )
    assert {"valence", "arousal", "gaze_pitch_deg", "gaze_yaw_deg", "yaw_deg", "AU12", "jawOpen"} <= set(means)
    for name, value in report["emotions"].items():
        assert value == pytest.approx(next(means[k] for k in means if canonical_name(k) == name), abs=2e-4)


def test_the_live_program_loads_neither_torch_nor_pyfeat_nor_openvino(pyfeat_weights: Path, tmp_path: Path) -> None:
    code = (
        "import sys, json\n"
        "from realtime.app.run_options import RunOptions\n"
        "from realtime.app.live import run_mirror\n"
        "from realtime.core.config import load_config\n"
        "config = load_config(None, [], {'source.path': sys.argv[1], 'detect.pyfeat_weights': sys.argv[2]})\n"
        "report = run_mirror(config, RunOptions(headless=True, frames=5))\n"
        "loaded = sorted({'torch', 'feat', 'openvino', 'transformers'} & set(sys.modules))\n"
        "print(json.dumps([report.emotion_source, loaded]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(clip("single_face.mp4")), str(pyfeat_weights)],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == ["pyfeat", []]


def test_the_window_says_where_emotions_come_from_and_why() -> None:
    def told(**status: object) -> tuple[str, object]:
        badge = next(b for b in badges(None, Status(**status)) if "emotions" in b.wordings[0])
        return badge.wordings[0], badge.color

    assert told(emotion_source="pyfeat", emotion_age_ms=41.7) == ("emotions: pyfeat, 42 ms old", theme.ACCENT)
    text, color = told(emotion_source="inverse", emotion_note="py-feat's network was killed. It is restarted.")
    assert text == "emotions: inverse; py-feat's network was killed. It is restarted." and color == theme.WARN
