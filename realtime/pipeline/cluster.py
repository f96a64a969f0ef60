"""Where a list of tasks is computed: in threads, in processes, or by the workers of a Dask scheduler.

A task is a function with all that it needs, so that its result does not depend on where it runs. Only so many are under
way at a time, whatever the length of the list. `in_order` hands results on in the order of the tasks, so that what is
summed up from them is the same for any number of workers.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from realtime.core.blas_threads import use_one_blas_thread
from realtime.core.errors import ClusterError, MeshmirrorError
from realtime.core.interrupts import held_back

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, eq=False)
class Task(Generic[Found]):
    """A function and its arguments; picklable where it runs in another process."""

    name: str  # of what it works on, for errors
    work: Callable[..., Found]
    arguments: tuple[Any, ...]

    def __call__(self) -> Found:
        return self.work(*self.arguments)


class Cluster:
    """Computes tasks, some at a time. A context manager: leaving it drops what has not begun."""

    def __init__(self, executor: Executor, width: int) -> None:
        self._executor = executor
        self._width = width

    def in_order(self, tasks: Iterable[Task[Found]]) -> Iterator[Found]:
        """The results, in the order of the tasks. Raises what a task raises, and ClusterError."""
        ahead: deque[tuple[Task[Found], Future[Found]]] = deque()
        try:
            for task in tasks:
                ahead.append((task, self._submit(task)))
                if len(ahead) > self.width:
                    yield self._result(*ahead.popleft())
            while ahead:
                yield self._result(*ahead.popleft())
        finally:
            for _, future in ahead:
                future.cancel()

    def as_done(self, tasks: Iterable[Task[Found]]) -> Iterator[tuple[Task[Found], Found | MeshmirrorError]]:
        """Each task as it is done, with its result or the error that it has raised for the user.

        Raises ClusterError, and what else a task raises.
        """
        waiting, running = iter(tasks), dict[Future[Found], Task[Found]]()
        try:
            while True:
                while len(running) <= self.width and (task := next(waiting, None)) is not None:
                    running[self._submit(task)] = task
                if not running:
                    return
                for future in self._some_done(running):
                    task = running.pop(future)
                    try:
                        outcome: Found | MeshmirrorError = self._result(task, future)
                    except ClusterError:
                        raise
                    except MeshmirrorError as error:
                        outcome = error
                    yield task, outcome
        finally:
            for future in running:
                future.cancel()

    @property
    def width(self) -> int:
        """How many tasks can be computed at a time."""
        return self._width

    def require_files(self, paths: Iterable[Path]) -> None:
        """Raise UsageError where a worker does not see one of these files; here all see the same."""

    def close(self) -> None:
        """Drop what has not begun, and wait for the rest."""
        self._executor.shutdown(cancel_futures=True)

    def _submit(self, task: Task[Found]) -> Future[Found]:
        return self._executor.submit(task)

    def _some_done(self, futures: Collection[Future[Found]]) -> set[Future[Found]]:
        return wait(futures, return_when=FIRST_COMPLETED).done

    def _result(self, task: Task[Found], future: Future[Found]) -> Found:
        try:
            return future.result()
        except (BrokenProcessPool, CancelledError) as error:
            raise ClusterError(
                f"{task.name}: a process was ended by the system while it worked on this or on another one at the same "
                "time (out of memory?). What was done before is kept: start again, with fewer --workers."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def in_threads(workers: int) -> Cluster:
    """Threads of this process."""
    return Cluster(ThreadPoolExecutor(workers), workers)


def in_processes(workers: int) -> Cluster:
    """Processes of this machine, each with one thread of linear algebra."""
    context = multiprocessing.get_context("spawn")
    return _Processes(ProcessPoolExecutor(workers, context, _begin_process), workers)


class _Processes(Cluster):
    """Processes that end with the block, within a task too where an exception leaves it: a video may take hours."""

    def __init__(self, executor: Executor, width: int) -> None:
        super().__init__(executor, width)
        self._others = {process.pid for process in multiprocessing.active_children()}  # of the program that calls this

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            with held_back():
                for process in multiprocessing.active_children():
                    if process.pid not in self._others:
                        process.terminate()
        self.close()


def _begin_process() -> None:
    use_one_blas_thread()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the process that has begun this one ends it
