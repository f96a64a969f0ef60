"""Tasks computed by the workers of a Dask scheduler: one that runs already, or one of this machine for this run."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Collection, Iterable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from realtime.core.errors import ClusterError, UsageError
from realtime.pipeline.cluster import Cluster, Task

if TYPE_CHECKING:
    from distributed import Client

Found = TypeVar("Found")

LOCAL = "local"
CONNECT_S = 1.5  # a scheduler that does not answer by then is taken as gone
_WORKERS_S = 5.0  # the same for the first of its workers
_LOOK_S = 0.5  # between two looks at whether the scheduler is still there
_RECOUNT_S = 5.0  # workers may come and go
_ADDRESS = re.compile(r"((tcp|tls)://)?(\[[^\]/]+\]|[^/:\s]+):\d{1,5}/?")
# On which the numbers depend, so that workers with others would make a data set, or a fit, of two kinds.
_SAME = ("meshmirror", "numpy", "pyarrow", "mediapipe", "py-feat")


class DaskCluster(Cluster):
    """The workers of a scheduler. Dask computes the tasks of a worker that is gone again."""

    def __init__(self, client: Client, executor: Executor, address: str, close: ExitStack) -> None:
        super().__init__(executor, 1)
        self._client = client
        self._address = address
        self._close = close
        self._versions = _versions()
        self._count_after = 0.0
        self._connection = client.scheduler_comm

    @property
    def width(self) -> int:
        """Twice the threads of all workers that there are now, so that each has a task to take up next."""
        if time.monotonic() > self._count_after:
            self._count_after = time.monotonic() + _RECOUNT_S
            with suppress(OSError, TimeoutError):  # where it is gone, the tasks that are under way say so
                self._width = 2 * max(1, sum(self._client.nthreads().values()))
        return self._width

    def require_files(self, paths: Iterable[Path]) -> None:
        """Raise UsageError where a worker does not see one of these files."""
        try:
            missing_by_worker = self._client.run(_missing, [str(path) for path in paths])
        except OSError as error:
            raise self._lost() from error
        for worker, missing in missing_by_worker.items():
            if missing:
                raise UsageError(
                    f"{missing[0]}: is not there on the worker {worker}. All workers must see the same files under the "
                    "same paths: use a folder that they share."
                )

    def close(self) -> None:
        """Disconnect; a scheduler that was started for this run is ended, with its workers."""
        self._close.close()

    def _submit(self, task: Task[Found]) -> Future[Found]:
        self._require_connection()
        return self._executor.submit(_checked, task, self._versions)

    def _some_done(self, futures: Collection[Future[Found]]) -> set[Future[Found]]:
        while not (done := wait(futures, _LOOK_S, FIRST_COMPLETED).done):
            self._require_connection()
        return done

    def _require_connection(self) -> None:
        """A task that was submitted while the connection was lost is never done; nor does a new scheduler know any."""
        if self._client.status != "running" or self._client.scheduler_comm is not self._connection:
            raise self._lost()

    def _result(self, task: Task[Found], future: Future[Found]) -> Found:
        from distributed import KilledWorker

        self._some_done([future])
        try:
            return future.result()
        except KilledWorker as error:
            raise ClusterError(
                f"{task.name}: the workers that worked on it were ended, {error.allowed_failures + 1} times (out of "
                "memory?). What was done before is kept. Give the workers more memory or fewer threads, or leave this "
                "one out."
            ) from error
        except CancelledError as error:
            raise self._lost() from error

    def _lost(self) -> ClusterError:
        return ClusterError(
            f"The scheduler {self._address} is gone. What was done before is kept: start it again and then this "
            "command, or leave out --scheduler to compute on this machine."
        )


def cluster_at(scheduler: str | None, workers: int) -> AbstractContextManager[Cluster | None]:
    """What `connect` gives, or None without a scheduler."""
    return nullcontext() if scheduler is None else connect(scheduler, workers)


def connect(scheduler: str, workers: int) -> Cluster:
    """Connect to the scheduler at an address (tcp://host:port), or start one of this machine ("local") with so many
    processes.

    Raises UsageError where Dask is not installed, where nothing answers within `CONNECT_S`, where there are no workers,
    or where these have other versions of what the results depend on.
    """
    if find_spec("distributed") is None:
        raise UsageError(f'--scheduler {scheduler} needs Dask: pip install "meshmirror[study]"')
    if scheduler != LOCAL and _ADDRESS.fullmatch(scheduler) is None:
        raise UsageError(
            f"--scheduler {scheduler}: is neither an address like tcp://192.168.0.5:8786 nor `{LOCAL}`, which starts "
            "a cluster of processes on this machine."
        )
    from distributed import Client

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what the user needs to know is raised
    with ExitStack() as stack:
        where = scheduler if scheduler != LOCAL else stack.enter_context(_local(workers))
        way_out = (
            f"Start one with `dask scheduler` and its workers with `dask worker {scheduler}`, or leave out --scheduler "
            "to compute on this machine."
        )
        try:
            if scheduler != LOCAL:
                asyncio.run(_greet(scheduler))
            client = stack.enter_context(Client(where, timeout=CONNECT_S, set_as_default=False))
        except (OSError, TimeoutError, ValueError) as error:
            raise UsageError(f"--scheduler {scheduler}: nothing answers there. {way_out}") from error
        except Exception as error:  # what another program says, read as lengths and messages, fails in many ways
            raise UsageError(
                f"--scheduler {scheduler}: what answers there is no scheduler of Dask. {way_out}"
            ) from error
        if scheduler != LOCAL:
            _check_workers(client, scheduler)
        return DaskCluster(client, client.get_executor(pure=False), scheduler, stack.pop_all())
    raise AssertionError("unreachable")


async def _greet(scheduler: str) -> None:
    """Shake hands with a scheduler and leave. The client waits without end for one that takes the connection and is
    silent, and cannot be closed where its first message was no message.
    """
    from distributed import Security
    from distributed.comm.core import connect as connected

    secured = Security().get_connection_args("client")
    comm = await asyncio.wait_for(connected(scheduler, CONNECT_S, **secured), CONNECT_S)
    await comm.close()


def _local(workers: int) -> Any:
    """Processes of this machine. Nothing listens beyond it, and there is no dashboard."""
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},  # its page of health, without bokeh
        dashboard_address=None,
        worker_dashboard_address=None,
        silence_logs=logging.CRITICAL,
    )


def _check_workers(client: Client, scheduler: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_WORKERS_S)
    except TimeoutError as error:
        raise UsageError(
            f"--scheduler {scheduler}: it has no workers. Start some with `dask worker {scheduler}`."
        ) from error
    here = _versions()
    for name, own in here.items():
        for worker, found in client.run(version, name, on_error="return").items():
            if found != own:
                raise UsageError(_differs(worker, name, None if isinstance(found, Exception) else found, own))


def _differs(worker: str, name: str, found: str | None, own: str) -> str:
    return (
        f"The worker {worker} has {'no ' + name if found is None else f'{name} {found}'}, this machine {name} {own}. "
        "Results of two versions do not belong together: install the same on all."
    )


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
    found = {}
    for name in _SAME:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # the program runs from its folder
            continue
    return found


def _checked(task: Task[Found], versions: dict[str, str]) -> Found:
    """Run a task on a worker, which may have come later than those that were checked at the start."""
    here = _versions()
    for name, own in versions.items():
        if here.get(name) != own:
            from distributed import get_worker

            raise ClusterError(_differs(get_worker().address, name, here.get(name), own))
    return task()


def _missing(paths: list[str]) -> list[str]:
    return [path for path in paths if not Path(path).exists()]
