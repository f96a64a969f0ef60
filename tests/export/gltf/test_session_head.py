"""A session as two animated heads, read back by a naive reader."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from altered_sessions import alter_info, alter_table
from common import Once, Runner, needs_bundled
from glb_reader import Glb, read_glb

from realtime import load_model
from realtime.core.errors import ModelFileError, SessionError
from realtime.export.exporter import ExportOptions, export
from realtime.export.quaternions import quaternions
from realtime.export.video import VideoLook
from realtime.geometry import CanonicalFrame, rotation_from_pose
from realtime.session import Session
from realtime.session import open as open_session

pytestmark = needs_bundled
Record = Callable[..., Path]
MM = 1e-3


def write(folder: Path, out: Path, **options: Any) -> tuple[dict[str, Any], Glb]:
    report = export(folder, ExportOptions("glb", out, **options), print).to_json()
    return report, read_glb(Path(report["path"]))


def metres(meshes: np.ndarray, model: str = "emotion@built-in") -> np.ndarray:
    frame = CanonicalFrame.of(load_model(model).mean_mesh)
    return ((meshes - frame.origin) @ frame.axes.T / frame.unit * 0.09)[:, :468]


def rotations(quaternion: np.ndarray) -> np.ndarray:
    """By what a unit quaternion does to the three axes."""
    x, y, z, w = quaternion.T
    return np.stack([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]).transpose(2, 0, 1)  # fmt: skip


def test_both_heads_are_the_recorded_meshes(inverse_session: Session, tmp_path: Path) -> None:
    report, glb = write(inverse_session.folder, tmp_path / "a.glb")
    assert [node["name"] for node in glb.json["nodes"]] == report["nodes"] == ["observed", "predicted"]
    assert report["keyframes"] == report["rows"] == len(inverse_session)
    assert report["hidden"] == {"observed": 0, "predicted": 0} and report["left_percent"]["predicted"] < 0.02
    calibrated = inverse_session.column("calibrated")[:].astype(bool)
    predicted = np.where(calibrated[:, None, None], inverse_session.adjusted[:], inverse_session.predicted[:])
    for name, wanted in (("observed", inverse_session.canonical[:]), ("predicted", predicted)):
        times, weights, kind = glb.track(name, "weights")
        assert kind == "LINEAR" and np.allclose(times, (inverse_session.times - inverse_session.times[0]) / 1e9)
        assert weights.shape[1] == len(glb.names(name)) == len(report["targets"][name])
        apart = np.linalg.norm(glb.landmarks(name, weights) - metres(wanted), axis=-1).mean(axis=-1)
        assert apart.max() <= 90 * MM * report["left_percent"][name] / 100 * 1.1 + 1e-6, name
        assert report["left_percent"][name] <= 0.1
    assert stat.S_IMODE((tmp_path / "a.glb").stat().st_mode) == 0o600


def test_weights_of_the_prediction_are_the_features(inverse_session: Session, tmp_path: Path) -> None:
    _, glb = write(inverse_session.folder, tmp_path / "a.glb")
    names = glb.names("predicted")
    _, weights, _ = glb.track("predicted", "weights")
    features = inverse_session.features
    emotions = [name for name in features.names if name != "neutral"]
    assert names == [*emotions, "identity"]
    for at, name in enumerate(emotions):
        assert np.allclose(weights[:, at], features[name], atol=1e-6), name
    calibrated = inverse_session.column("calibrated")[:].astype(bool)
    assert 0 < calibrated.sum() < len(calibrated) and np.array_equal(weights[:, -1], calibrated)


def test_heads_turn_as_the_head_did(inverse_session: Session, tmp_path: Path) -> None:
    _, glb = write(inverse_session.folder, tmp_path / "a.glb")
    angles = inverse_session.pose[:]
    assert np.degrees(np.ptp(angles, axis=0)).max() > 3, "the head moves"
    # Of a head, from the rotation of the alignment: picture axes x right, y down, z away seen with y up, z towards.
    wanted = np.diag([1.0, -1.0, -1.0]) @ np.swapaxes(rotation_from_pose(angles), -1, -2)
    for name in ("observed", "predicted"):
        _, found, kind = glb.track(name, "rotation")
        assert kind == "LINEAR" and np.abs(rotations(found.astype(float)) - wanted).max() < 1e-5
        assert glb.track(name, "scale") is None, "there is a face everywhere"


def test_quaternions_take_the_shorter_way() -> None:
    angles = np.stack([np.zeros(200), np.linspace(-3.5, 3.5, 200), np.linspace(0, 6.5, 200)], axis=-1)
    found = quaternions(angles)
    wanted = np.diag([1.0, -1.0, -1.0]) @ np.swapaxes(rotation_from_pose(angles), -1, -2)
    assert np.abs(rotations(found) - wanted).max() < 1e-12
    assert (np.einsum("ij,ij->i", found[1:], found[:-1]) > 0.9).all()


def test_the_color_is_the_mean_difference(inverse_session: Session, tmp_path: Path) -> None:
    report, glb = write(inverse_session.folder, tmp_path / "a.glb")
    used = inverse_session.valid[:].astype(bool) & ~inverse_session.excluded
    used &= inverse_session.column("calibrated")[:].astype(bool)
    apart = np.linalg.norm(inverse_session.canonical[:] - inverse_session.adjusted[:], axis=-1)[used].mean(axis=0)
    apart = apart[:468] * 100 / CanonicalFrame.of(load_model("emotion@built-in").mean_mesh).unit
    colors = {name: glb.array(glb.mesh(name)["primitives"][0]["attributes"]["COLOR_0"])[:468]
              for name in ("observed", "predicted")}  # fmt: skip
    assert np.ptp(colors["predicted"], axis=0).max() == 0, "plain skin"
    blue = colors["observed"][:, 2]  # of the map from pale to wine, it falls with the number
    assert np.corrcoef(np.argsort(np.argsort(blue)), np.argsort(np.argsort(apart)))[0, 1] < -0.99
    assert apart.max() * 0.25 <= report["colour_highest"]


def test_a_face_that_is_gone_is_hidden_and_held(gone_folder: Path, tmp_path: Path) -> None:
    report, glb = write(gone_folder, tmp_path / "a.glb")
    with open_session(gone_folder) as session:
        there = np.isfinite(session.nme[:])
        meshes = session.canonical[:]
    assert 0 < there.sum() < len(there)
    assert report["hidden"] == {"observed": int((~there).sum()), "predicted": int((~there).sum())}
    for name in ("observed", "predicted"):
        _, scale, kind = glb.track(name, "scale")
        assert kind == "STEP" and np.array_equal(scale, np.repeat(there[:, None], 3, axis=1))
        _, weights, _ = glb.track(name, "weights")
        assert np.isfinite(weights).all()
    found = glb.landmarks("observed", glb.track("observed", "weights")[1])
    first = np.flatnonzero(there)[0]
    assert np.linalg.norm(found[0] - metres(meshes[first : first + 1])[0], axis=-1).mean() < 0.2 * MM


def test_without_a_calibration_there_is_no_identity(network_folder: Path, tmp_path: Path) -> None:
    report, glb = write(network_folder, tmp_path / "a.glb")
    assert "identity" not in glb.names("predicted") and report["left_percent"]["predicted"] < 0.02
    with open_session(network_folder) as session:
        there = np.isfinite(session.nme[:])
        predicted = session.predicted[:]
    _, weights, _ = glb.track("predicted", "weights")
    apart = np.abs(glb.landmarks("predicted", weights[there]) - metres(predicted[there])).max()
    assert apart < 0.1 * MM


def test_one_frame_is_a_head_that_stands_still(inverse_folder: Path, network_folder: Path, tmp_path: Path) -> None:
    for at, folder in enumerate((inverse_folder, network_folder)):
        report, glb = write(folder, tmp_path / f"{at}.glb", start_s=1.0, end_s=1.02)
        assert report["rows"] == report["keyframes"] == 1 and report["seconds"] == 0.0
        with open_session(folder) as session:
            row = int(np.searchsorted(session.times, 1_000_000_000))
            wanted = metres(session.canonical[row : row + 1])
        track = glb.track("observed", "weights")
        weights = np.zeros((1, 0)) if track is None else track[1]
        assert np.abs(glb.landmarks("observed", weights) - wanted).max() < 0.1 * MM


def test_several_models_one_is_chosen(record: Record, once: Once, tmp_path: Path) -> None:
    sets = 'model.names=["emotion@built-in","au@v4"]', "record.video=false", "record.view=false"
    folder = once("export-two", lambda made: record(made / "two", *sets)) / "two"
    for number, names in ((1, "anger"), (2, "AU01")):
        report, glb = write(folder, tmp_path / f"{number}.glb", model=number)
        assert glb.names("predicted")[0] == names and report["left_percent"]["predicted"] < 0.02
        with open_session(folder) as session:
            wanted = metres(session.model(number - 1).predicted[:], "au@v4" if number == 2 else "emotion@built-in")
        assert np.abs(glb.landmarks("predicted", glb.track("predicted", "weights")[1]) - wanted).max() < 0.1 * MM


def test_a_model_that_is_not_here_is_named(inverse_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(inverse_folder, tmp_path / "anna"))
    alter_info(folder, lambda info: info["models"][0].update(name="another", given="x.npz", sha256="0" * 64))
    with pytest.raises(ModelFileError, match="recorded with the model 'another'"):
        write(folder, tmp_path / "a.glb")
    assert not (tmp_path / "a.glb").exists()


def test_parts_of_different_models_are_exported_one_by_one(inverse_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(inverse_folder, tmp_path / "anna"))
    with open_session(folder) as session:
        end_ns = int(session.times[-1]) + 40_000_000

    def later(table: pa.Table) -> pa.Table:
        at = table.schema.get_field_index("time_ns")
        return table.set_column(at, table.schema.field(at), pc.add(table.column(at), end_ns))

    def other(info: dict[str, Any]) -> None:
        info.update(part=2, start_ns=end_ns)
        info["models"][0].update(name="another", given="x.npz", sha256="0" * 64)

    second = alter_info(alter_table(Path(shutil.copytree(folder, tmp_path / "second")), later), other)
    shutil.copyfile(second / "frames.arrow", folder / "frames_2.arrow")
    with pytest.raises(SessionError, match=r"different models \(emotion@built-in and another\).*--start and --end"):
        write(folder, tmp_path / "a.glb")
    report, _ = write(folder, tmp_path / "a.glb", end_s=end_ns / 1e9)
    assert report["rows"] == 72


def test_without_a_face_there_is_no_head(record: Record, once: Once, tmp_path: Path) -> None:
    folder = once("export-none", lambda made: record(made / "none", video="no_face.mp4")) / "none"
    with pytest.raises(SessionError, match=r"no face in these \d+ rows"):
        write(folder, tmp_path / "a.glb")
    assert list(tmp_path.iterdir()) == []


def test_fewer_keyframes_a_second(inverse_folder: Path, tmp_path: Path) -> None:
    report, glb = write(inverse_folder, tmp_path / "a.glb", look=VideoLook(fps=10))
    times, _, _ = glb.track("observed", "weights")
    assert report["keyframes"] == len(times) == 24 and report["rows"] == 72
    assert np.abs(np.diff(times) - 0.1).max() < 0.04


def test_an_anonymous_head_has_no_identity(inverse_folder: Path, tmp_path: Path) -> None:
    report, glb = write(inverse_folder, tmp_path / "a.glb", anonymous=True)
    assert report["offsets"] == {"calibrated": 72} and "identity" not in glb.names("predicted")
    _, whole = write(inverse_folder, tmp_path / "whole.glb")
    faces = [one.landmarks("observed", one.track("observed", "weights")[1]).mean(axis=0) for one in (glb, whole)]
    assert np.linalg.norm(faces[0] - faces[1], axis=-1).mean() > 0.5 * MM, "another face"
    assert "anna" not in json.dumps(glb.json)


def test_the_command(meshmirror: Runner, inverse_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "anna").symlink_to(inverse_folder)
    for wanted in ("face.glb", "face_2.glb"):
        done = meshmirror("export", "anna", "--to", "glb", "--out", "face")
        assert done.returncode == 0 and "7 targets predicted" in " ".join(done.stdout.split()), done.stderr
        assert (tmp_path / wanted).is_file()
