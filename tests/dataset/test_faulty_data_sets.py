"""Data sets as other programs write them: what is wrong is named, and what is only written otherwise is read."""

import gc
import os
import shutil
import sys
import warnings
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from common import needs_study
from data_sets import NAMES, people, write

from realtime.core.errors import DataSetError, ModelFileError, RecordError
from realtime.dataset.evaluate_model import evaluate_model
from realtime.dataset.fit import FitOptions, fit_data_set
from realtime.dataset.frames import read_frames
from realtime.dataset.personal import PersonalOptions, fit_personal
from realtime.dataset.regression import fit
from realtime.dataset.table import open_data_set
from realtime.geometry.statistics import Statistics
from realtime.model import built_in
from realtime.model.file import write_model

pytestmark = needs_study
QUICK = FitOptions("emotion", evaluate=False, workers=1)


@pytest.fixture(scope="module")
def faces():
    return people(built_in(), np.random.default_rng(3), 120, 6, 3)


@pytest.fixture(scope="module")
def table(faces, tmp_path_factory):
    """All columns of a data set."""
    mesh, emotions, pose, recording, person = faces
    folder = write(tmp_path_factory.mktemp("faces"), mesh, emotions, NAMES, pose, recording, person, shards=1)
    return pq.read_table(folder / "part-0000.parquet").combine_chunks()


def replaced(table, **columns):
    """The table with other columns under the same names, or others behind them."""
    for name, values in columns.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, values) if at >= 0 else table.append_column(name, values)
    return table


def stored(folder, *tables):
    folder.mkdir(exist_ok=True)
    for number, one in enumerate(tables):
        pq.write_table(one, folder / f"part-{number:04d}.parquet")
    return folder


def refused(folder, options=QUICK):
    with pytest.raises(DataSetError) as found:
        fit_data_set(folder, options, lambda text: None)
    return str(found.value)


def test_columns_of_another_kind_are_named(table, tmp_path):
    codes, texts = pa.array(np.arange(120) % 6), pa.array([str(value) for value in table["anger"].to_pylist()])
    damaged = pa.StringArray.from_buffers(120, *pa.array([b"\xff"] * 120, pa.binary()).buffers()[1:])
    both = pa.Table.from_arrays([*table.columns, table["anger"]], names=[*table.column_names, "anger"])
    for changed, text in (
        (replaced(table, recording=codes), "part-0000.parquet: the column recording is int64, expected text"),
        (replaced(table, person=codes.cast(pa.float32())), "the column person is float, expected text"),
        (replaced(table, recording=table["recording"].cast(pa.binary())), "the column recording is binary"),
        (replaced(table, stamp_ns=texts), "the column stamp_ns is string, expected int64"),
        (replaced(table, anger=texts), "lack anger. The column anger is string, not numbers"),
        (replaced(table, recording=damaged), "part-0000.parquet: damaged"),
        (replaced(table, recording=pa.array([""] * 120)), "a row has no recording"),
        (replaced(table, anger=pa.nulls(120, pa.float32())), "there is no number in the whole column anger."),
        (replaced(table, Anger=table["anger"]), "the columns anger and Anger are the same feature"),
        (both, "part-0000.parquet: has the column anger twice"),
        (table.slice(0, 0), "its shards have no rows"),
    ):
        assert text in refused(stored(tmp_path / "faces", changed))


def test_shards_of_other_widths_and_orders_are_one_data_set(table, tmp_path):
    """As two programs write the same thing."""
    lists = pa.array(table["mesh"].to_pylist(), pa.large_list(pa.float64()))
    other = replaced(
        table,
        mesh=lists,
        recording=table["recording"].cast(pa.large_string()),
        person=table["person"].combine_chunks().dictionary_encode(),
        stamp_ns=table["stamp_ns"].cast(pa.uint64()),
        anger=table["anger"].cast(pa.float64()),
        note=pa.array(["x"] * 120),
    )
    other = other.select(other.column_names[::-1]).slice(60)
    folder = stored(tmp_path / "faces", table.slice(0, 60), other)
    (tmp_path / "faces" / "folder.parquet").mkdir()
    frames, anchors = read_frames(open_data_set(folder), "emotion")
    expected, at = read_frames(open_data_set(stored(tmp_path / "whole", table)), "emotion")
    assert np.array_equal(frames.features, expected.features) and np.array_equal(anchors, at)
    assert frames.recordings == expected.recordings and np.array_equal(frames.person, expected.person)


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders")
def test_a_pipe_is_no_shard(table, tmp_path):
    folder = stored(tmp_path / "faces", table)
    os.mkfifo(folder / "pipe.parquet")
    assert "pipe.parquet: a named pipe and no Parquet file" in refused(folder)
    assert "a file and no folder" in refused(folder / "part-0000.parquet")


def test_frames_that_are_there_twice_are_found_in_any_shard_and_under_any_name(table, tmp_path):
    folder = stored(tmp_path / "faces", table)
    shutil.copy(folder / "part-0000.parquet", folder / "copy.parquet")
    text = refused(folder)
    assert "120 frames are there twice" in text and "row 0 of copy.parquet (recording" in text
    assert "row 0 of part-0000.parquet" in text
    renamed = replaced(table, recording=pa.array([f"copy {name}" for name in table["recording"].to_pylist()]))
    assert "120 frames are there twice" in refused(stored(tmp_path / "renamed", table, renamed))
    later = replaced(renamed, stamp_ns=pa.array(np.arange(120) + 10**12))  # a still picture may give the same mesh
    assert read_frames(open_data_set(stored(tmp_path / "later", table, later)), "emotion")[0].kept.all()


def test_meshes_in_other_units_or_orders_are_named(faces, tmp_path):
    mesh, emotions, pose, recording, person = faces

    def changed(name, meshes):
        return refused(write(tmp_path / name, meshes, emotions, NAMES, pose, recording, person, shards=1))

    assert "not in pixels" in changed("normalised", mesh / np.float32([1280, 720, 1280]))
    assert "have no depth, their z varies by 0 of x" in changed("flat", mesh * np.float32([1, 1, 0]))
    assert "have no depth" in changed("crop", mesh * np.float32([1, 1, 1 / 200]))
    assert "no faces in MediaPipe's order" in changed("axis-major", mesh.transpose(0, 2, 1).reshape(mesh.shape))
    assert "all aligned meshes are the same" in changed("one", np.repeat(mesh[:1], 120, axis=0))
    assert "120 coordinates beyond any picture" in changed("huge", mesh * np.float32(1e30))


def test_a_mesh_that_no_picture_can_have_is_dropped_alone(faces, tmp_path):
    mesh, emotions, pose, recording, person = faces
    mesh = mesh.copy()
    mesh[5, 100] = 3e38
    folder = write(tmp_path / "faces", mesh, emotions, NAMES, pose, recording, person)
    frames, _ = read_frames(open_data_set(folder), "emotion")
    assert not frames.kept[5] and frames.kept.sum() == 119
    assert frames.dropped["coordinates beyond any picture"] == 1


def test_angles_under_each_others_names_are_named(faces, tmp_path):
    mesh, emotions, pose, recording, person = faces
    folder = write(tmp_path / "faces", mesh, emotions, NAMES, pose[:, [1, 0, 2]], recording, person)
    assert "pitch is not the pitch of the meshes" in (text := refused(folder)) and "but their yaw" in text


def test_emotions_have_to_sum_to_one(faces, tmp_path):
    mesh, emotions, pose, recording, person = faces

    def changed(name, features):
        return write(tmp_path / name, mesh, features, NAMES, pose, recording, person)

    assert "sum to 0.80 to 0.80" in refused(changed("part", emotions * 0.8))
    single = emotions.copy()
    single[7] *= 1.2
    model, report = fit_data_set(changed("single", single), QUICK, print)
    assert report.frames_dropped["emotions that do not sum to 1"] == 1 and report.rank == 27
    rounded, _ = fit_data_set(changed("rounded", np.round(emotions, 2)), QUICK, print)
    assert rounded.metadata["renormalized_features"] and rounded.metadata["rank"] == 27
    assert np.abs(model.mean_mesh - rounded.mean_mesh).max() < 1.0


def test_features_that_never_change_are_said(faces, tmp_path):
    mesh, emotions, pose, recording, person = faces
    still = np.tile(emotions[:1], (120, 1))
    assert "every feature is the same" in refused(write(tmp_path / "all", mesh, still, NAMES, pose, recording, person))
    without = emotions.copy()
    without[:, 0] += without[:, 2]
    without[:, 2] = 0.0
    notes: list[str] = []
    folder = write(tmp_path / "one", mesh, without, NAMES, pose, recording, person)
    model, _ = fit_data_set(folder, QUICK, notes.append)
    assert any(note.startswith("fear: the same in all frames") for note in notes) and not model.coef[2].any()


def test_a_model_of_other_anchors_is_refused_and_another_order_is_understood(table, tmp_path):
    folder, model = stored(tmp_path / "faces", table), built_in()
    turned = model.replaced(anchors=model.anchors[::-1], anchor_indices=model.anchor_indices[::-1])
    known, again = (evaluate_model(folder, one, 1) for one in (model, turned))
    assert known.r2 == again.r2
    others = model.replaced(anchor_indices=(0, *model.anchor_indices[1:]))
    for attempt in (
        lambda: evaluate_model(folder, others, 1),
        lambda: fit_data_set(folder, replace(QUICK, frame_of=others), print),
        lambda: fit_personal(folder, PersonalOptions(others), print),
    ):
        with pytest.raises(ModelFileError, match=r"other vertices .*\(0 are"):
            attempt()
    nowhere = model.replaced(anchors=np.ones_like(model.anchors))
    with pytest.raises(DataSetError, match="span no face"):
        evaluate_model(folder, nowhere, 1)


def test_an_input_that_is_left_of_nothing_by_rounding_is_constant():
    """What remains of the sums of all where those of a fold were taken out may lie below zero."""
    rng = np.random.default_rng(4)
    whole = Statistics.of(np.column_stack([rng.normal(size=50), np.zeros(50)]), rng.normal(size=(50, 2, 3)))
    whole.xx[1, 1] = -1e-18
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not fit(whole).coef[1].any()


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
@pytest.mark.filterwarnings("error")
def test_a_model_on_a_full_disk_leaves_nothing_and_prints_nothing(tmp_path):
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8000, limits[1]))
    unraisable: list[object] = []
    before, sys.unraisablehook = sys.unraisablehook, unraisable.append
    try:
        with pytest.raises(RecordError, match=r"mine\.npz: the model cannot be written"):
            write_model(built_in(), tmp_path / "mine.npz")
        gc.collect()
    finally:
        sys.unraisablehook = before
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not unraisable and not list(tmp_path.iterdir())
