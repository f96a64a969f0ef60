"""Tasks in threads, in processes and on a Dask cluster: their order, and what is said when a worker is gone."""

import contextlib
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time

import psutil
import pytest
from common import DASK, HANG_S, needs_dask
from dask_scheduler import QUIET, scheduler_process

from realtime.core.errors import ClusterError, DataSetError, UsageError
from realtime.pipeline import dask_cluster
from realtime.pipeline.cluster import Task, in_processes, in_threads
from realtime.pipeline.dask_cluster import connect


def square(number):
    return number * number


def end_this_process():
    os.kill(os.getpid(), signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


def refuse(number):
    raise DataSetError(f"{number} is refused")


def sleep_and_tell(seconds, path):
    time.sleep(seconds)
    path.touch()


def squares(count):
    return [Task(f"number {number}", square, (number,)) for number in range(count)]


@pytest.fixture(scope="module")
def local():
    """A Dask cluster of two processes on this machine, without ours around it."""
    distributed = pytest.importorskip("distributed", reason=DASK)

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, **QUIET) as found:
        yield found


@pytest.fixture
def dask(local):
    with connect(local.scheduler_address, 2) as cluster:
        yield cluster


def test_results_come_in_the_order_of_the_tasks_with_few_of_them_under_way():
    begun, release = [], threading.Event()

    def wait_for(number):
        begun.append(number)
        assert release.wait(20)
        return number

    with in_threads(2) as cluster:
        found = cluster.in_order(Task(str(number), wait_for, (number,)) for number in range(50))
        threading.Timer(0.1, release.set).start()
        assert next(found) == 0
        assert max(begun) < 8
        assert list(found) == list(range(1, 50))


def test_tasks_are_handed_on_as_they_are_done():
    first = threading.Event()
    tasks = [Task("late", first.wait, (20,)), Task("early", square, (3,)), Task("refused", refuse, (5,))]
    with in_threads(2) as cluster:
        done = []
        for task, outcome in cluster.as_done(tasks):
            done.append((task.name, outcome if not isinstance(outcome, DataSetError) else str(outcome)))
            first.set()
    assert sorted(done) == [("early", 9), ("late", True), ("refused", "5 is refused")] and done[0][0] != "late"


def test_a_process_that_is_gone_is_an_error_that_names_its_task():
    with in_processes(1) as cluster, pytest.raises(ClusterError, match="recording 7: a process was ended"):
        list(cluster.as_done([Task("recording 7", end_this_process, ())]))


def test_processes_end_within_a_task_where_the_block_is_left(tmp_path):
    """A recording may take hours, and Ctrl-C reaches the processes too: they neither go on nor print a traceback."""
    others = set(psutil.Process().children())  # such as the X server of the window's tests
    after = tmp_path / "slept to the end"
    with pytest.raises(KeyboardInterrupt), in_processes(1) as cluster:
        tasks = [Task("short", square, (3,)), Task("long", sleep_and_tell, (60, after)), *squares(2)]
        found = cluster.in_order(tasks)
        assert next(found) == 9
        for process in set(psutil.Process().children()) - others:
            process.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
        raise KeyboardInterrupt
    assert not multiprocessing.active_children() and not after.exists()


def test_a_dask_cluster_gives_the_same_and_raises_the_same(dask):
    assert list(dask.in_order(squares(20))) == [number * number for number in range(20)]
    outcomes = {task.name: outcome for task, outcome in dask.as_done([*squares(3), Task("refused", refuse, (5,))])}
    assert str(outcomes.pop("refused")) == "5 is refused" and outcomes == {f"number {n}": n * n for n in range(3)}


def test_a_task_that_ends_its_workers_is_named(local, dask, monkeypatch):
    monkeypatch.setattr(local.scheduler, "allowed_failures", 0)
    with pytest.raises(ClusterError, match="recording 7: the workers that worked on it were ended, 1 times"):
        list(dask.in_order([Task("recording 7", end_this_process, ())]))


def test_files_that_the_workers_do_not_see_are_named(dask, tmp_path):
    dask.require_files([tmp_path])
    with pytest.raises(UsageError, match=r"faces: is not there on the worker tcp://.* the same files"):
        dask.require_files([tmp_path, tmp_path / "faces"])


def test_workers_with_other_versions_are_refused(local, monkeypatch):
    monkeypatch.setattr(dask_cluster, "_versions", lambda: {"numpy": "0.9"})
    with pytest.raises(UsageError, match=r"worker tcp://.* has numpy .*, this machine numpy 0\.9"):
        connect(local.scheduler_address, 2)
    monkeypatch.setattr(dask_cluster, "_versions", lambda: {"meshmirror-of-tomorrow": "2"})
    with pytest.raises(UsageError, match="has no meshmirror-of-tomorrow"):
        connect(local.scheduler_address, 2)


def test_a_worker_of_another_version_that_comes_later_is_refused(dask):
    dask._versions = {"numpy": "0.9"}
    with pytest.raises(ClusterError, match=r"this machine numpy 0\.9"):
        list(dask.in_order(squares(1)))


def test_a_scheduler_without_workers_is_refused(monkeypatch):
    distributed = pytest.importorskip("distributed", reason=DASK)

    monkeypatch.setattr(dask_cluster, "_WORKERS_S", 0.2)
    with (
        distributed.LocalCluster(n_workers=0, **QUIET) as empty,
        pytest.raises(UsageError, match="it has no workers"),
    ):
        connect(empty.scheduler_address, 2)


@needs_dask
@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("tcp://127.0.0.1:9", "nothing answers there"),
        ("tcp://nowhere.invalid:8786", "nothing answers there"),
        ("cluster", "neither an address"),
        ("http://127.0.0.1:8787", "neither an address"),
    ],
)
def test_a_scheduler_that_is_not_there_is_refused_with_a_way_out(address, text, monkeypatch):
    assert dask_cluster.CONNECT_S <= 2.0
    monkeypatch.setattr(dask_cluster, "CONNECT_S", 0.3)
    with pytest.raises(UsageError, match=text):
        connect(address, 2)


@needs_dask
@pytest.mark.parametrize(
    ("said", "text"),
    [
        (b"", "nothing answers there"),  # and keeps the connection, like a machine that is frozen
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no scheduler of Dask"),
        ((64).to_bytes(8, "little") + b"x" * 64, "no scheduler of Dask"),
    ],
)
def test_what_answers_otherwise_than_a_scheduler_is_refused_at_once(said, text, monkeypatch):
    monkeypatch.setattr(dask_cluster, "CONNECT_S", 0.5)
    held = []

    def answer():
        with contextlib.suppress(OSError):  # closed below
            while True:
                held.append(server.accept()[0])
                held[-1].sendall(said)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(UsageError, match=text):
            connect(f"tcp://127.0.0.1:{server.getsockname()[1]}", 2)
        assert time.monotonic() - began < HANG_S
    for one in held:
        one.close()


def test_a_scheduler_that_is_gone_in_the_middle_is_named():
    with scheduler_process() as (address, process), connect(address, 1) as cluster:
        results = cluster.in_order(Task(f"number {number}", pow, (number, 2)) for number in range(5000))
        assert next(results) == 0
        process.kill()
        with pytest.raises(ClusterError, match=f"scheduler {address} is gone"):
            list(results)


@needs_dask
def test_a_cluster_of_this_machine_listens_on_loopback_only_and_ends_with_the_run():
    before = set(psutil.Process().children(recursive=True))
    with connect("local", 1):
        own = psutil.Process()
        begun = set(own.children(recursive=True)) - before
        addresses = [
            one.laddr.ip
            for process in (own, *begun)
            for one in process.net_connections()
            if one.status == psutil.CONN_LISTEN
        ]
        assert addresses and set(addresses) == {"127.0.0.1"}
    _, alive = psutil.wait_procs(begun, timeout=20)
    assert not [process for process in alive if "resource_tracker" not in " ".join(process.cmdline())]


def test_a_missing_dask_is_named(monkeypatch):
    monkeypatch.setattr(dask_cluster, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"meshmirror\[study\]"):
        connect("local", 2)
