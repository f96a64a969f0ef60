"""Format 1 for ever: a session that was recorded once gives its numbers, and the pipeline gives them again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from common import ROOT
from remade import RECORDED, copied, recomputed

import realtime.session
from realtime.core.errors import SessionError
from realtime.session.columns.columns_page import BEGIN, with_columns
from realtime.session.schema import METADATA, VERSION

GOLDEN = json.loads((RECORDED.parent / "session-golden.json").read_text(encoding="utf-8"))


def close(found: Any, expected: Any) -> bool:
    if expected is None:
        return found is None
    return bool(np.allclose(np.asarray(found, float), np.asarray(expected, float), rtol=0, atol=1e-9))


@pytest.mark.parametrize("row", [int(row) for row in GOLDEN["rows"]])
def test_a_recorded_session_gives_its_numbers(row: int) -> None:
    expected = GOLDEN["rows"][str(row)]
    with realtime.session.open(RECORDED) as session:
        stored = session[row]
        assert (session.notes, len(session)) == ([], 40)
        for name in ("time_ns", "stamp_ns", "frame", "valid", "warm_up"):
            assert getattr(stored, name) == expected[name]
        assert ("; ".join(stored.reasons) or None) == expected["reasons"]
        assert (stored.landmarks is None) == (expected["landmarks_of_vertex_1"] is None)
        if stored.landmarks is None:
            assert stored.models == ()
            return
        (model,) = stored.models
        assert model.features is not None and model.predicted is not None and model.parts is not None
        pose = model.aligned.pose
        parts = model.parts
        for found, name in (
            (stored.landmarks.points_px[1], "landmarks_of_vertex_1"),
            (model.aligned.mesh_canon[1], "canonical_of_vertex_1"),
            (model.predicted[1], "predicted_of_vertex_1"),
            (list(model.features.values.values()), "features"),
            ((pose.pitch, pose.yaw, pose.roll), "pose"),
            (model.nme, "nme"),
            (model.nme_adjusted, "nme_adjusted"),
            (model.skill, "skill"),
            (model.skill_adjusted, "skill_adjusted"),
            ((parts.identity, parts.pose, parts.emotion, parts.unexplained, parts.noise), "parts"),
        ):
            assert close(found, expected[name]), name


def test_its_identity_holds_from_its_row_on() -> None:
    expected = GOLDEN["identity"]
    with realtime.session.open(RECORDED) as session:
        assert session[expected["from_row"] - 1].models[0].identity is None
        identity = session[39].models[0].identity
        assert identity is not None and session[expected["from_row"]].models[0].identity is identity
        assert (identity.noise_nme, identity.frames) == (expected["noise_nme"], expected["frames"])
        assert close(identity.offset_canon[1], expected["offset_of_vertex_1"])


def test_the_pipeline_gives_the_same_from_the_stored_landmarks() -> None:
    with realtime.session.open(RECORDED) as session:
        for row, result in enumerate(recomputed(session, models=None)):
            stored = session[row]
            assert (result.validity.ok, result.warm_up) == (stored.valid, stored.warm_up)
            assert len(result.models) == len(stored.models)
            for new, old in zip(result.models, stored.models, strict=True):
                assert new.features is not None and old.features is not None and new.predicted is not None
                assert old.predicted is not None and new.residual is not None
                unit = session.parts[0].info.models[0].unit
                assert np.abs(new.aligned.mesh_canon - old.aligned.mesh_canon).max() < 1e-6 * unit
                assert np.abs(new.predicted.mesh_canon - old.predicted).max() < 1e-5 * unit
                assert new.features.values == pytest.approx(old.features.values, abs=1e-6)
                assert new.residual.nme == pytest.approx(old.nme, abs=1e-5)
                assert (new.residual_adjusted is None) == (old.nme_adjusted is None)
                if new.residual_adjusted is not None:
                    assert new.residual_adjusted.nme == pytest.approx(old.nme_adjusted, abs=1e-5)
                    assert new.residual_adjusted.skill == pytest.approx(old.skill_adjusted, abs=1e-5)


def rewritten(folder: Path, change: Any, extra: pa.Field | None = None) -> None:
    """The table with another description of itself and perhaps a column more."""
    path = folder / "frames.arrow"
    with pa.ipc.open_stream(path.read_bytes()) as stream:  # not mapped: it is written over
        batches, schema = list(stream), stream.schema
    tree = json.loads(schema.metadata[METADATA])
    change(tree)
    if extra is not None:
        schema = schema.append(extra)
        wider = [[*b.columns, pa.nulls(len(b), extra.type)] for b in batches]
        batches = [pa.RecordBatch.from_arrays(one, schema=schema) for one in wider]
    schema = schema.with_metadata({METADATA: json.dumps(tree).encode(), b"another": b"note"})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, schema) as writer:
        for batch in batches:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))


def test_what_a_later_program_of_the_same_version_adds_is_passed_over(tmp_path: Path) -> None:
    folder = copied(tmp_path / "s")

    def more(tree: dict[str, Any]) -> None:
        tree["weather"] = "rain"
        tree["models"][0]["colour"] = [1, 2]

    rewritten(folder, more, pa.field("heart_rate", pa.float64()))
    info = json.loads((folder / "session.json").read_text())
    info |= {"weather": "rain"}
    info["parts"][0]["more"] = {"a": 1}
    (folder / "session.json").write_text(json.dumps(info))
    with realtime.session.open(folder) as session, realtime.session.open(RECORDED) as before:
        assert session.notes == []
        assert session.table().equals(before.table())


@pytest.mark.parametrize("where", ["table", "session.json"])
def test_a_newer_version_is_refused_with_what_to_do(tmp_path: Path, where: str) -> None:
    folder = copied(tmp_path / "s")
    if where == "table":
        rewritten(folder, lambda tree: tree.update(version=VERSION + 1))
    else:
        info = json.loads((folder / "session.json").read_text())
        (folder / "session.json").write_text(json.dumps(info | {"version": VERSION + 1}))
    with pytest.raises(SessionError, match=r"newer Meshmirror .*format 3.* up to 2.* pip install --upgrade"):
        realtime.session.open(folder)


def test_nothing_of_the_machine_is_stored_that_it_was_recorded_on() -> None:
    info = json.loads((RECORDED / "session.json").read_text(encoding="utf-8"))
    assert {"path", "folder"} & set(info["parts"][0]["info"]["config"]["record"]) == set()
    text = (RECORDED / "session.json").read_bytes() + (RECORDED / "frames.arrow").read_bytes()
    assert not re.findall(rb"(?:/(?:home|tmp|root|Users|work)/|[A-Z]:\\Users)", text)


def test_session_json_says_what_was_recorded_with_what() -> None:
    with realtime.session.open(RECORDED) as session:
        assert session.info is not None
        assert {"meshmirror", "python", "system", "packages"} <= set(session.info.program)
        assert session.info.utc_ns > 0 and session.info.monotonic_ns > 0 and session.info.created
        (part,) = session.info.parts
    assert part.info.tracker == "bundled" and part.info.image_size == (640, 360) and part.info.config["source"]
    assert part.streams["frames"].recorded == part.streams["frames"].captured == 40


def test_the_page_explains_every_column_and_only_those() -> None:
    page = (ROOT / "docs" / "sessions.md").read_text(encoding="utf-8")
    assert with_columns(page) == page, f"run {BEGIN.split('`')[1]}"
    with realtime.session.open(RECORDED) as session:
        for name in session.parts[0].table.schema.names:
            assert f"\n| `{name}` | " in page
    with pytest.raises(ValueError, match="no '<!-- Columns"):
        with_columns("# Sessions")
