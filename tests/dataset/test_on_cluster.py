"""Fits and extractions on a Dask cluster: the same bits as in threads, also where a worker or the scheduler dies."""

import os
import shutil
import signal
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from common import needs_dask, needs_study
from dask_scheduler import QUIET, scheduler_process
from data_sets import NAMES, people, short_evaluation, write
from one_thread import one_blas_thread
from remade import RECORDED
from same_numbers import same_numbers

from realtime.core.config import load_config
from realtime.core.errors import ClusterError, DataSetError
from realtime.dataset.evaluate_model import evaluate_model
from realtime.dataset.extract import ExtractOptions, extract
from realtime.dataset.fit import FitOptions, fit_data_set
from realtime.dataset.recording import Sampling
from realtime.dataset.table import open_data_set
from realtime.model import built_in
from realtime.pipeline.dask_cluster import connect

pytestmark = [needs_study, needs_dask]
ONE = FitOptions("emotion", workers=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data set of twelve row groups, of which each is a task."""
    faces = people(built_in(), np.random.default_rng(41), 900, 30, 12, turn=0.1)
    mesh, emotions, pose, recording, person = faces
    folder = tmp_path_factory.mktemp("data") / "faces"
    return write(folder, mesh, emotions, NAMES, pose, recording, person, group=75, metadata={"tracker": "task"})


@pytest.fixture(scope="module", autouse=True)
def quick():
    """One thread of linear algebra, as the program and the workers have it: sums in two round differently. And little
    of what the caller's process computes alone.
    """
    with one_blas_thread(), short_evaluation(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("realtime.dataset.table.TASK_ROWS", 75)
        yield


@pytest.fixture(scope="module")
def cluster():
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, **QUIET) as local, connect(local.scheduler_address, 2) as own:
        yield own


@pytest.fixture(scope="module")
def in_one_thread(folder):
    return fit_data_set(folder, ONE, silent)


def silent(text):
    """Notes that nobody reads."""


@contextmanager
def no_bar(label):
    yield lambda done, total: None


def assert_same(one, other):
    for name in ("coef", "coef_full", "intercept", "mean_mesh", "anchors"):
        assert np.array_equal(getattr(one[0], name), getattr(other[0], name)), name
    assert same_numbers(one[0].metadata, other[0].metadata) and same_numbers(one[1].to_json(), other[1].to_json())


def test_a_fit_is_the_same_in_one_thread_in_two_and_on_a_cluster(folder, cluster, in_one_thread):
    assert_same(fit_data_set(folder, replace(ONE, workers=2), silent), in_one_thread)
    assert_same(fit_data_set(folder, replace(ONE, cluster=cluster), silent), in_one_thread)


def test_the_scores_of_a_model_are_the_same_on_a_cluster(folder, cluster):
    model = built_in()
    scores = evaluate_model(folder, model, 1, cluster=cluster)
    assert same_numbers(scores.to_json(), evaluate_model(folder, model, 1).to_json())


def test_a_fit_is_the_same_where_a_worker_is_killed_in_each_reading(folder, cluster, in_one_thread):
    killed = []

    class Losing:
        """The cluster, of which a worker is killed while its tasks are under way."""

        width = cluster.width
        require_files = cluster.require_files

        def in_order(self, tasks):
            for number, found in enumerate(cluster.in_order(tasks)):
                if number == 2:
                    killed.append(next(iter(cluster._client.run(os.getpid).values())))
                    os.kill(killed[-1], signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
                yield found

    assert_same(fit_data_set(folder, replace(ONE, cluster=Losing()), silent), in_one_thread)
    assert len(set(killed)) >= 3


def test_a_task_has_row_groups_together_across_shards(folder, monkeypatch):
    monkeypatch.setattr("realtime.dataset.table.TASK_ROWS", 160)
    read = []
    data = open_data_set(folder, advance=read.append)
    numbers = np.arange(data.frames)
    stamps = list(data.read(["stamp_ns"], stamps_and, (numbers,)))
    assert read == [150] * 6 and len(stamps) == 12
    assert np.array_equal(np.concatenate([one for one, _ in stamps]), 33_000_000 * numbers)
    assert np.array_equal(np.concatenate([own for _, own in stamps]), numbers)
    joined = list(data.read(["pitch"], count_rows, into=int))
    assert joined == [150] * 6


def stamps_and(batch, numbers):
    return batch.column("stamp_ns").to_numpy(), numbers


def test_a_cut_shard_is_the_same_error_from_a_worker(folder, cluster, tmp_path):
    cut = shutil.copytree(folder, tmp_path / "faces")
    data = open_data_set(cut, cluster)
    with (cut / "part-0001.parquet").open("r+b") as file:
        file.truncate(20_000)
    with pytest.raises(DataSetError, match=r"part-0001\.parquet: damaged"):
        list(data.read(["pitch"], count_rows, into=int))


def count_rows(so_far, batch):
    return so_far + batch.num_rows


@pytest.fixture(scope="module")
def sessions(tmp_path_factory):
    """Three sessions of different content."""
    folder = tmp_path_factory.mktemp("sessions")
    found = [shutil.copytree(RECORDED, folder / name) for name in ("one", "two", "three")]
    for session in found:
        (session / "notes.txt").write_text(session.name)
    return [str(session) for session in found]


def rows_of(folder):
    table = pa.concat_tables([pq.read_table(path) for path in sorted(folder.glob("*.parquet"))])
    table = table.select(["recording", "stamp_ns", "mesh", "pitch", "yaw", "roll", "face_px"])
    return table.replace_schema_metadata().sort_by([("recording", "ascending"), ("stamp_ns", "ascending")])


def test_a_data_set_is_the_same_from_a_cluster_and_from_processes(sessions, cluster, tmp_path):
    options = ExtractOptions(load_config(), Sampling(), workers=1)
    one = extract(sessions, tmp_path / "processes", options, no_bar)
    other = extract(sessions, tmp_path / "cluster", replace(options, cluster=cluster), no_bar)
    assert one.rows == other.rows > 90 and one.recordings == 3
    assert rows_of(tmp_path / "processes").equals(rows_of(tmp_path / "cluster"))


def test_what_was_extracted_is_kept_where_the_scheduler_dies(sessions, tmp_path):
    with scheduler_process() as (address, process), connect(address, 1) as own:

        @contextmanager
        def end_the_scheduler(label):
            yield lambda done, total: process.kill() if done else None

        options = ExtractOptions(load_config(), Sampling(), workers=1, cluster=own)
        with pytest.raises(ClusterError, match=f"scheduler {address} is gone"):
            extract(sessions, tmp_path / "faces", options, end_the_scheduler)
    assert 30 < open_data_set(tmp_path / "faces").frames < 90
