"""After `--anonymous` nobody can tell who it was: by the picture, the mesh, or a word."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from altered_sessions import alter_table, cells_of, read_table, with_column
from common import needs_bundled

import realtime.session
from realtime.detect.feature_sources import InverseSource
from realtime.export.anonymize import anonymised
from realtime.export.exporter import ExportOptions, export
from realtime.export.tables.selection import Selection
from realtime.geometry import CanonicalFrame
from realtime.model import load_model
from realtime.pipeline.predictor import Predictor
from realtime.session import Session

pytestmark = needs_bundled
Record = Callable[..., Path]
REST = slice(0, 18)  # both clips begin with a face at rest


@pytest.fixture(scope="module")
def other_folder(record: Record, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another person."""
    sets = ("record.video=false", "record.view=false")
    return record(tmp_path_factory.mktemp("other") / "bert", *sets, video="WolfgangLanger_Pexels.mp4", neutral_s=0.6)


@pytest.fixture(scope="module")
def nobody_folder(inverse_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with realtime.session.open(inverse_folder) as session:
        folder, offsets = anonymised(Selection(session), tmp_path_factory.mktemp("nobody") / "nobody")
    assert offsets == {"calibrated": 72}
    return folder


@pytest.fixture
def nobody(nobody_folder: Path) -> Iterator[Session]:
    with realtime.session.open(nobody_folder) as session:
        yield session


def meshes(session: Session) -> np.ndarray:
    """(rows, 478, 3) % of the outer-canthal distance."""
    found = np.stack([session[row].models[0].aligned.mesh_canon for row in range(len(session))])
    return found * (100 / CanonicalFrame.of(load_model("emotion@built-in").mean_mesh).unit)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Mean distance of the mean meshes."""
    return float(np.linalg.norm(one.mean(axis=0) - other.mean(axis=0), axis=-1).mean())


def test_two_people_have_one_face(
    inverse_session: Session, nobody: Session, other_folder: Path, tmp_path: Path
) -> None:
    with realtime.session.open(other_folder) as other:
        folder, _ = anonymised(Selection(other), tmp_path / "bert")
        with realtime.session.open(folder) as other_nobody:
            anna, bert, nobody_1, nobody_2 = map(meshes, (inverse_session, other, nobody, other_nobody))
    smile = apart(anna[REST], anna[40:])
    assert apart(anna[REST], bert[REST]) > 4, "two people"
    assert apart(nobody_1[REST], nobody_2[REST]) < 0.5, "at rest they are one"
    assert apart(nobody_1, nobody_2) < smile, "and over all no further apart than one person from itself"
    assert apart(nobody_1[REST], nobody_1[40:]) == pytest.approx(smile, rel=0.1), "while the smile is all there"


def test_it_replays_to_what_is_stored(nobody: Session) -> None:
    """Every number follows from the landmarks of the new session, so that none knows more than they do."""
    model = load_model("emotion@built-in")
    predictor = Predictor(model, InverseSource(model))
    for row in (0, 30, 71):
        stored = nobody[row]
        assert stored.landmarks is not None
        made = stored.models[0]
        aligned = predictor.aligner(stored.landmarks.points_px)
        assert aligned is not None and made.features is not None and made.identity is None
        np.testing.assert_allclose(aligned.mesh_canon, made.aligned.mesh_canon, atol=1e-6)
        assert made.features.values == pytest.approx(predictor.source._inverse.solve(aligned.mesh_canon, None, None))
        np.testing.assert_allclose(model.predict(made.features.values, None), made.predicted, atol=1e-6)


def test_neither_offset_nor_name_nor_time_is_in_any_file(
    inverse_session: Session, nobody: Session, nobody_folder: Path
) -> None:
    identity = inverse_session[71].models[0].identity
    assert identity is not None and inverse_session.info is not None and nobody.info is not None
    assert sorted(path.name for path in nobody_folder.iterdir()) == ["annotations.csv", "frames.arrow", "session.json"]
    content = b"".join(path.read_bytes() for path in nobody_folder.iterdir())
    for secret in (identity.offset_canon, identity.neutral_canon):
        for axis in range(3):  # whole or in part, vertex by vertex or axis by axis
            assert secret[100:104].tobytes() not in content and secret[100:108, axis].tobytes() not in content
    for word in (
        "single_face", "anna", "Anna", "site-packages", str(Path.home()), inverse_session.info.session,
        inverse_session.info.created[:16], str(inverse_session.info.utc_ns)[:9], "cmd", "10:11:1",
    ):  # fmt: skip
        assert word.encode() not in content, word
    assert nobody.info.created == inverse_session.info.created[:10] and nobody.info.utc_ns == 0
    offset = identity.offset_canon / np.linalg.norm(identity.offset_canon)
    for name in ("canonical", "predicted"):  # nor is it what all rows have in common
        mean = np.stack([nobody.parts[0].table.cell(name, row) for row in range(18)]).mean(axis=0).reshape(478, 3)
        bare = mean - load_model("emotion@built-in").predict_neutral(None)
        assert abs((offset * bare).sum()) < 0.1 * np.linalg.norm(identity.offset_canon)
    raw = inverse_session.parts[0].table.cell("canonical", 5).reshape(478, 3)
    bare = raw - load_model("emotion@built-in").predict_neutral(None)
    assert (offset * bare).sum() > 0.5 * np.linalg.norm(identity.offset_canon), "which this measure would see"


def test_a_face_that_was_judged_by_its_picture_stays_what_it_was(inverse_folder: Path, tmp_path: Path) -> None:
    """There is no picture by which it could be judged again."""
    reason = "mouth not seen: match 0.02, needs 0.15"
    folder = shutil.copytree(inverse_folder, tmp_path / "s")
    table = read_table(folder)
    reasons = [reason if row == 3 else None for row in range(len(table))]
    valid = [cell if row != 3 else False for row, cell in enumerate(cells_of(table, "valid"))]
    alter_table(folder, lambda found: with_column(with_column(found, "reasons", reasons), "valid", valid))
    with realtime.session.open(folder) as session:
        made, _ = anonymised(Selection(session, 0.0, 0.3), tmp_path / "x")
    with realtime.session.open(made) as session:
        assert [session[row].valid for row in range(6)] == [True, True, True, False, True, True]
        assert session[3].reasons == (reason,)


def test_without_a_calibration_the_mean_of_the_session_is_taken(
    inverse_session: Session, record: Record, tmp_path: Path
) -> None:
    folder = record(tmp_path / "carl", "record.video=false", "record.view=false")
    with realtime.session.open(folder) as session:
        made, offsets = anonymised(Selection(session, 1.0, 2.0), tmp_path / "x")
        assert offsets == {"session mean": 30}
        with realtime.session.open(made) as part:
            assert len(part) == 30 and part.times[0] == 0
            assert part.info is not None and "session mean" in part.info.notes[0]


def test_every_format_can_be_had_without_the_person(inverse_folder: Path, tmp_path: Path) -> None:
    report = export(inverse_folder, ExportOptions("fex", tmp_path / "a.csv", 0.5, 1.0, anonymous=True), print).to_json()
    assert report["offsets"] == {"calibrated": report["rows"]} and report["rows"] == 15
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"single_face" not in content and b"anna" not in content.lower()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.csv.json"]
    assert json.loads((tmp_path / "a.csv.json").read_bytes())["parts"][0]["source"] == "anonymous"


def test_the_network_s_mesh_is_left_out(network_session: Session, tmp_path: Path) -> None:
    folder, _ = anonymised(Selection(network_session, 0.5, 1.0), tmp_path / "x")
    with realtime.session.open(folder) as session:
        for row in range(len(session)):
            said, was = session[row].network, network_session[15 + row].network
            assert said is not None and was is not None
            assert np.isnan(said.mesh_px).all() and said.emotions == was.emotions
            features, before = session[row].models[0].features, network_session[15 + row].models[0].features
            assert features is not None and before is not None
            assert (features.source, features.values) == ("pyfeat", before.values)
