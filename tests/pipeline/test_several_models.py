"""Up to three models on the same frames: each with its own numbers, and their disagreement."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from common import Runner, clip, needs_bundled, needs_task, task_file

from realtime import LinearMeshModel, Pipeline, load_config, load_model
from realtime.core.errors import ConfigError, UsageError
from realtime.core.frame_result import FrameResult
from realtime.core.resources import pyfeat_file
from realtime.core.types import Frame
from realtime.detect.landmarks.face_landmarker import BLENDSHAPES
from realtime.model.file import read_model, write_model
from realtime.pipeline.predictor import frame_map

BUILT_IN = "emotion@built-in"
AU_V4 = pyfeat_file("resources/au_to_mesh_pls_v4.npz")


@pytest.fixture(scope="module")
def blendshape_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the blendshape family: each shape moves the face as one action unit or as none."""
    units = read_model(AU_V4)
    rows = np.zeros((len(BLENDSHAPES), units.coef.shape[1]), np.float32)
    for shape, unit in (("jawOpen", "AU26"), ("mouthSmileLeft", "AU12"), ("browInnerUp", "AU01")):
        rows[BLENDSHAPES.index(shape)] = units.coef[units.feature_columns.index(unit)]
    path = tmp_path_factory.mktemp("models") / "bs_to_mesh_pls_v6.npz"
    write_model(LinearMeshModel(
        name="bs", feature_name="blendshape", feature_columns=BLENDSHAPES, pose_columns=units.pose_columns,
        coef=np.vstack([rows, units.coef[20:]]), intercept=units.intercept, mean_mesh=units.mean_mesh,
        anchor_indices=units.anchor_indices,
    ), path)  # fmt: skip
    return path


@pytest.fixture(scope="module")
def turned_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in model in another frame: millimetres, axes swapped and turned, moved far away."""
    model = load_model(BUILT_IN)
    axes = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float64)

    def directions(flat: np.ndarray) -> np.ndarray:
        meshes = np.swapaxes(flat.reshape(*flat.shape[:-1], 3, 478), -1, -2)
        return np.swapaxes(0.37 * meshes @ axes.T, -1, -2).reshape(flat.shape)

    def points(mesh: np.ndarray) -> np.ndarray:
        return 0.37 * mesh @ axes.T + [50.0, -20.0, 300.0]

    moved = np.repeat([50.0, -20.0, 300.0], 478)
    path = tmp_path_factory.mktemp("models") / "turned.npz"
    write_model(model.replaced(
        name="turned", coef=directions(model.coef.astype(float)), intercept=directions(model.intercept) + moved,
        mean_mesh=points(model.mean_mesh), neutral_mesh=points(model.neutral_mesh), anchors=points(model.anchors),
    ), path)  # fmt: skip
    return path


def run(frames: list[Frame], *models: str | Path, tracker: str = "bundled") -> list[FrameResult]:
    settings = [f"detect.tracker={tracker}"]
    if tracker == "openvino":
        settings.append(f"detect.task_file={task_file()}")
    config = load_config(None, settings, {"model.names": [str(model) for model in models]})
    with Pipeline.from_config(config) as pipeline:
        pipeline.calibrate(0.6)
        return [pipeline.step(frame) for frame in frames]


@needs_bundled
def test_each_model_of_several_gives_what_it_gives_alone(single_face: list[Frame]) -> None:
    frames = single_face[:50]
    together = run(frames, BUILT_IN, AU_V4)
    for at, model in enumerate((BUILT_IN, AU_V4)):
        for one, both in zip(run(frames, model), together, strict=True):
            alone, beside = one.models[0], both.models[at]
            assert alone.model == beside.model
            assert alone.features and beside.features and alone.features.values == beside.features.values
            assert alone.predicted and beside.predicted and alone.residual and beside.residual
            np.testing.assert_array_equal(alone.predicted.mesh_canon, beside.predicted.mesh_canon)
            assert alone.residual.nme == beside.residual.nme and alone.residual.skill == beside.residual.skill
            assert (alone.residual_adjusted is None) == (beside.residual_adjusted is None)
            if alone.residual_adjusted and beside.residual_adjusted:
                np.testing.assert_array_equal(alone.residual_adjusted.distance, beside.residual_adjusted.distance)
    assert together[-1].models[1].residual_adjusted is not None


@needs_bundled
def test_the_disagreement_is_the_plain_distance_of_the_predictions(single_face: list[Frame]) -> None:
    result = run(single_face[:40], BUILT_IN, AU_V4)[-1]
    assert result.disagreement is not None
    one, other = (model.predicted.mesh_canon for model in result.models if model.predicted)
    mean = load_model(BUILT_IN).mean_mesh
    canthal = float(np.linalg.norm(mean[33].astype(float) - mean[263]))
    plain = [100 * float(np.sqrt(((one[v].astype(float) - other[v]) ** 2).sum())) / canthal for v in range(478)]
    np.testing.assert_allclose(result.disagreement.distance, plain, rtol=1e-4, atol=1e-5)
    assert result.disagreement.nme == pytest.approx(np.mean(plain), rel=1e-5)
    assert result.disagreement.pairs == {(BUILT_IN, "au_to_mesh_pls_v4"): pytest.approx(np.mean(plain), rel=1e-5)}
    assert result.disagreement.nme > 0.5, "a comparison of two equal meshes would show nothing"


@needs_bundled
def test_a_model_in_another_frame_is_judged_alike(single_face: list[Frame], turned_file: Path) -> None:
    for result in run(single_face[:45], BUILT_IN, turned_file)[30:]:
        straight, turned = result.models
        assert turned.first_from_canon is not None and straight.first_from_canon is None
        assert straight.residual and turned.residual and straight.residual_adjusted and turned.residual_adjusted
        assert turned.residual.nme == pytest.approx(straight.residual.nme, rel=2e-3)
        assert turned.residual_adjusted.nme == pytest.approx(straight.residual_adjusted.nme, rel=2e-3)
        assert straight.aligned.pose.yaw == pytest.approx(turned.aligned.pose.yaw, abs=1e-4)
        assert result.disagreement is not None and result.disagreement.nme < 0.02  # % of the outer-canthal distance


@needs_task
def test_blendshapes_drive_their_model_and_the_inverse_the_others(
    single_face: list[Frame], blendshape_file: Path
) -> None:
    results = run(single_face[:60], BUILT_IN, blendshape_file, tracker="openvino")
    for result in results:
        emotions, shapes = (model.features for model in result.models)
        assert emotions and shapes and result.landmarks and result.landmarks.blendshapes
        assert (emotions.source, shapes.source) == ("inverse", "mediapipe")
        assert dict(shapes.values) == {name: result.landmarks.blendshapes[name] for name in BLENDSHAPES}
        assert set(result.landmarks.blendshapes) == set(BLENDSHAPES)
    calm, smile = results[10], results[50]
    assert smile.models[1].features and calm.models[1].features
    grown = smile.models[1].features.values["mouthSmileLeft"] - calm.models[1].features.values["mouthSmileLeft"]
    assert grown > 0.3, "the clip ends in a broad smile"


@needs_bundled
def test_without_measured_blendshapes_the_inverse_serves(single_face: list[Frame], blendshape_file: Path) -> None:
    (model,) = run(single_face[:1], blendshape_file)[0].models
    assert model.features is not None and model.features.source == "inverse"


@needs_bundled
def test_a_frame_without_a_face_has_no_model_results() -> None:
    from realtime import open_source

    with ExitStack() as stack:
        frames = list(stack.enter_context(open_source(str(clip("no_face.mp4")))))[:3]
    for result in run(frames, BUILT_IN, AU_V4):
        assert result.models == () and result.disagreement is None and result.predicted is None


@pytest.mark.parametrize(
    ("names", "error", "says"),
    [
        (["a", "b", "c", "d"], ConfigError, "at most 3 models"),
        ([], ConfigError, "at least 1"),
        ([BUILT_IN, BUILT_IN], UsageError, "Give each model once"),
        ([str(AU_V4), "emotion@built-in", str(AU_V4)], UsageError, "Give each model once"),
    ],
)
def test_wrong_numbers_of_models_are_answered(names: list[str], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        Pipeline.from_config(load_config(None, [], {"model.names": names}))


@needs_bundled
def test_two_files_of_one_name_are_told_apart(single_face: list[Frame], tmp_path: Path, turned_file: Path) -> None:
    other = tmp_path / turned_file.name
    write_model(load_model(BUILT_IN), other)
    result = run(single_face[:1], turned_file, other)[0]
    assert [model.model for model in result.models] == ["turned", "turned #2"]


@pytest.fixture
def report(meshmirror: Runner) -> Iterator[subprocess.CompletedProcess[str]]:
    yield meshmirror(
        "--source", str(clip("single_face.mp4")), "--headless", "--neutral", "0.6", "--json",
        "--model", BUILT_IN, "--model", str(AU_V4), "--set", "detect.tracker=bundled",
    )  # fmt: skip


@needs_bundled
def test_the_report_has_every_model(report: subprocess.CompletedProcess[str]) -> None:
    assert report.returncode == 0, report.stderr
    data = json.loads(report.stdout)
    first, second = data["models"]
    assert (first["name"], second["name"]) == (BUILT_IN, "au_to_mesh_pls_v4")
    assert data["model"] == BUILT_IN and data["nme"] == first["nme"] and data["skill"] == first["skill"]
    assert len(second["sha256"]) == 64 and first["sha256"] is None and first["label_repair"] == {}
    assert set(second["features"]) == {f"AU{n:02d}" for n in (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 17, 20, 23, 24,
                                                              25, 26, 28, 43)}  # fmt: skip
    assert set(data["disagreement"]) == {f"{BUILT_IN} | au_to_mesh_pls_v4"}
    assert first["pose_mode"] == second["pose_mode"] == "zero", "the pose rows of both are another detector's"


def test_mean_faces_of_other_people_are_no_other_frame() -> None:
    """Files of the family share their frame; their anchors differ by a percent or so, and stay as they are."""
    model = load_model(BUILT_IN)
    sibling = model.replaced(
        name="sibling", mean_mesh=model.mean_mesh * np.float32(1.01), anchors=model.anchors * np.float32(1.01)
    )
    assert frame_map(model, sibling) is None
    for other in (0.5, 10.0):  # another unit
        scaled = model.replaced(name="other", mean_mesh=other * model.mean_mesh, anchors=other * model.anchors)
        found = frame_map(model, scaled)
        assert found is not None and float(found.scale) == pytest.approx(1 / other, rel=1e-5)


@needs_task
def test_blendshapes_that_the_model_does_not_support_stay_at_zero(
    single_face: list[Frame], blendshape_file: Path, tmp_path: Path
) -> None:
    model = read_model(blendshape_file)
    path = tmp_path / "limited.npz"
    write_model(model.replaced(unsupported_features=("mouthSmileLeft",)), path)
    result = run(single_face[:52], path, tracker="openvino")[-1]
    assert result.features is not None and result.landmarks is not None and result.landmarks.blendshapes
    assert result.features.values["mouthSmileLeft"] == 0.0 < 0.3 < result.landmarks.blendshapes["mouthSmileLeft"]
    assert list(result.features.values) == list(BLENDSHAPES)
