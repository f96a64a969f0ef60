"""Sessions whose head pose is measured from the zero of earlier programs are replayed as they were recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from common import clip, needs_bundled
from remade import RECORDED
from replaying import computed, record, replay

import realtime.session
from realtime.app.mirror import Mirror
from realtime.core.resources import pyfeat_file
from realtime.geometry import CanonicalFrame, pose_in
from realtime.model import load_model
from realtime.pipeline import build
from realtime.session.schema import METADATA

SMILE = str(clip("single_face.mp4"))
UNITS = str(pyfeat_file("resources/au_to_mesh_pls_v4.npz"))


def angles(aligned: Any) -> tuple[float, float, float]:
    return aligned.pose.pitch, aligned.pose.yaw, aligned.pose.roll


def calibrate(mirror: Mirror) -> None:
    mirror.runs.current.pipeline.calibrate(0.6)


def short(mirror: Mirror) -> bool:
    return mirror.runs.current.statistics.frames >= 30


def rewritten(folder: Path, zero: str | None) -> None:
    """The session with another zero of pose in its metadata; None: without the key, as earlier programs wrote it."""

    def change(part: dict[str, Any]) -> None:
        for model in part["models"]:
            del model["pose_zero"]
            model.update({} if zero is None else {"pose_zero": zero})

    path = folder / "frames.arrow"
    with pa.ipc.open_stream(path.read_bytes()) as stream:
        batches, schema = list(stream), stream.schema
    part = json.loads(schema.metadata[METADATA])
    change(part)
    schema = schema.with_metadata({METADATA: json.dumps(part).encode()})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, schema) as writer:
        for batch in batches:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
    info = json.loads((folder / "session.json").read_text(encoding="utf-8"))
    change(info["parts"][0]["info"])
    (folder / "session.json").write_text(json.dumps(info), encoding="utf-8")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that is given the live pose, recorded with the earlier zero of pose, which its metadata do not name."""
    folder = tmp_path_factory.mktemp("old") / "session"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "POSE_ZERO", "forehead-chin")
        record(folder, SMILE, "model.pose=live", "record.video=false", during={1: calibrate}, until=short)
    written = json.loads((folder / "session.json").read_text(encoding="utf-8"))
    assert [model["pose_zero"] for model in written["parts"][0]["info"]["models"]] == ["forehead-chin"]
    rewritten(folder, None)
    return folder


def test_a_session_of_an_earlier_program_keeps_its_poses() -> None:
    """The one that was recorded with version 0.4.0; its metadata lack the key."""
    with realtime.session.open(RECORDED) as session:
        assert [model.pose_zero for model in session.parts[0].info.models] == ["forehead-chin"]
        rows = [row for row in range(len(session)) if session[row].models]
        for row, result in zip(rows, computed(session, rows), strict=True):
            np.testing.assert_allclose(angles(result.aligned), angles(session[row].models[0].aligned), atol=1e-6)


@needs_bundled
def test_its_live_pose_drives_its_replay(old: Path) -> None:
    found = replay(old)["recomputed"]
    assert found["rows"] >= 30 and found["missing"] == 0
    assert max(found[name] for name in ("predicted", "features", "nme", "nme_adjusted")) < 1e-6
    with realtime.session.open(old) as session:
        assert {session[row].models[0].pose_mode for row in range(len(session))} == {"live"}


@needs_bundled
def test_the_key_decides(old: Path, tmp_path: Path) -> None:
    """With the present zero in its metadata, the same rows are predicted at other poses: the test above can fail."""
    folder = tmp_path / "session"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "POSE_ZERO", "forehead-chin")
        record(folder, SMILE, "model.pose=live", "record.video=false", until=lambda mirror: True)
    rewritten(folder, "canonical-face")
    assert replay(folder)["recomputed"]["predicted"] > 1e-4


@needs_bundled
def test_another_model_takes_the_present_zero(old: Path, tmp_path: Path) -> None:
    """Its poses, and the pose at rest that its identity is for, are those of a recording made today."""
    new = tmp_path / "session"
    record(new, SMILE, f"model.names={UNITS}", "model.pose=live", "record.video=false", during={1: calibrate},
           until=short)  # fmt: skip
    mean = load_model(UNITS).mean_mesh
    with realtime.session.open(old) as session, realtime.session.open(new) as today:
        assert today.parts[0].info.models[0].pose_zero == "canonical-face"
        [now] = computed(session, [29], f"model.names={UNITS}", "model.pose=live", other_models=True)
        then = today[29].models[0]
        np.testing.assert_allclose(angles(now.aligned), angles(then.aligned), atol=1e-6)
        earlier = session[29].models[0].aligned.pose
        moved = pose_in(CanonicalFrame.of(mean), earlier, CanonicalFrame.of(mean, "forehead-chin"))
        assert moved.pitch == pytest.approx(now.aligned.pose.pitch, abs=1e-6)
        assert abs(moved.pitch - earlier.pitch) > np.radians(2)
        mine, theirs = now.models[0].identity, then.identity
        assert mine is not None and theirs is not None
        unit = today.parts[0].info.models[0].unit
        # From the earlier zero they would be 8e-3 apart; which frames count at rest is known to a few in a thousand.
        np.testing.assert_allclose(mine.offset_canon / unit, theirs.offset_canon / unit, atol=3e-3)
