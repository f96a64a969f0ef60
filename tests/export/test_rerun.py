"""A session as a recording of Rerun; what needs rerun-sdk is done in an environment of its own (slow)."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from common import Once, Runner, needs_bundled
from rerun_environment import READ, make_environment, run_there

from realtime import load_model
from realtime.core.errors import UsageError
from realtime.export.exporter import ExportOptions, export
from realtime.geometry import CanonicalFrame
from realtime.session import open as open_session

pytestmark = needs_bundled
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
from realtime.cli import main
main(sys.argv[1:])
"""


@pytest.mark.skipif(find_spec("rerun") is not None, reason="rerun-sdk is installed")
def test_without_the_package_the_way_out_is_named(meshmirror: Runner, inverse_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "anna").symlink_to(inverse_folder)
    done = meshmirror("export", "anna", "--to", "rrd", "--json")
    told = json.loads(done.stdout)["error"]
    assert done.returncode == 2 and 'pip install "meshmirror[rerun]"' in told and "--no-deps meshmirror" in told
    assert [path.name for path in tmp_path.iterdir()] == ["anna"]


def test_pictures_leave_only_where_they_can(inverse_folder: Path, tmp_path: Path) -> None:
    for options, told in (
        ({"kind": "glb", "pictures": True}, "--pictures is for rrd"),
        ({"kind": "rrd", "pictures": True, "anonymous": True}, "--pictures and --anonymous"),
    ):
        with pytest.raises(UsageError, match=told):
            export(inverse_folder, ExportOptions(**options, out=tmp_path / "a"), print)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the environment's folders are named otherwise")
def test_what_is_read_back_is_what_was_recorded(
    inverse_folder: Path, gone_folder: Path, once: Once, tmp_path: Path
) -> None:
    place = once("rerun", make_environment)

    def written(folder: Path, name: str, *args: str) -> dict[str, np.ndarray]:
        path = tmp_path / f"{name}.rrd"
        done = run_there(
            place, "-m", "realtime", "export", str(folder), "--to", "rrd", "--out", str(path), "--json", *args
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["outputs"] == [str(path)]
        assert path.stat().st_mode & 0o077 == 0
        read = run_there(place, "-c", READ, str(path), str(tmp_path / f"{name}.npz"))
        assert read.returncode == 0, read.stderr
        with np.load(tmp_path / f"{name}.npz") as file:
            return dict(file)

    found = written(inverse_folder, "anna")
    model = load_model("emotion@built-in")
    frame = CanonicalFrame.of(model.mean_mesh)
    with open_session(inverse_folder) as session:
        for name, meshes in (("observed", session.canonical[:]), ("predicted", session.predicted[:])):
            if name == "predicted":
                calibrated = session.column("calibrated")[:].astype(bool)
                meshes[calibrated] = session.adjusted[:][calibrated]
            wanted = ((meshes - frame.origin) @ frame.axes.T / frame.unit * 0.09)[:, :468]
            assert np.abs(found[f"/faces/{name}/mesh Mesh3D:vertex_positions"] - wanted).max() < 1e-6
            assert np.array_equal(found[f"/faces/{name}/mesh at Mesh3D:vertex_colors"], session.times)
        assert np.allclose(found["/nme/nme Scalars:scalars"][:, 0], session.nme[:])
        adjusted = found["/nme/nme_adjusted Scalars:scalars"][:, 0]
        assert np.allclose(adjusted, session.nme_adjusted[:], equal_nan=True) and np.isnan(adjusted).any()
        assert np.allclose(found["/features/happiness Scalars:scalars"][:, 0], session.features["happiness"])
        assert np.allclose(found["/pose_deg/yaw Scalars:scalars"][:, 0], np.degrees(session.pose[:][:, 1]), atol=1e-3)
    assert len(found["/annotations TextLog:text"]) == 2 and found["blueprints"] == 1
    assert not any(key.startswith("/camera") for key in found), "pictures leave only where they are asked for"

    few = written(inverse_folder, "few", "--pictures", "--fps", "10")
    sizes = few["/camera EncodedImage:blob"]
    assert len(sizes) == 24 == len(few["/nme/nme Scalars:scalars"]) and sizes.min() > 1000

    gone = written(gone_folder, "gone")
    with open_session(gone_folder) as session:
        there = np.isfinite(session.nme[:])
        assert np.array_equal(gone["/faces/observed/mesh at Mesh3D:vertex_colors"], session.times[there])
        assert np.array_equal(gone["/faces/observed/mesh at Clear:is_recursive"], session.times[~there])
    hidden = written(inverse_folder, "hidden", "--anonymous")
    key = "/faces/observed/mesh Mesh3D:vertex_positions"
    assert np.abs(hidden[key] - found[key]).max() > 1e-3 and "anna" not in str(hidden)

    full = tmp_path / "full"
    full.mkdir()
    done = run_there(place, "-c", LIMITED, "export", str(inverse_folder), "--to", "rrd", "--out", str(full / "a"))
    assert done.returncode == 3 and "too large" in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert list(full.iterdir()) == []
