"""Processes in which the program's command lines run, and that are ended when one of them hangs or dies."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

MOST_DATA = 6 << 30  # bytes of memory of a process: beyond it an allocation fails
MOST_FILE = 1 << 30
RECYCLED = 60  # trials, after which a process is replaced


@dataclass(frozen=True, slots=True)
class Task:
    """A trial to run, without some of its changes."""

    seed: int
    without: frozenset[int] = frozenset()
    keep: str = ""  # a folder into which the inputs are copied


@dataclass
class Outcome:
    """What became of a trial."""

    task: Task
    kind: str = ""
    done: list[str] = field(default_factory=list)
    changes: int = 0
    lines: list[list[str]] = field(default_factory=list)
    codes: list[int | None] = field(default_factory=list)
    found: list[tuple[str, str]] = field(default_factory=list)  # names of faults and what was seen


class _Worker:
    def __init__(self, folder: Path, material: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, str(folder), str(material)), daemon=True)
        self.process.start()
        theirs.close()
        self.folder = folder
        self.task: Task | None = None
        self.given = 0
        self.since = 0.0

    def give(self, task: Task) -> None:
        self.task, self.given, self.since = task, self.given + 1, time.monotonic()
        self.pipe.send(task)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Pool:
    """Runs trials in `count` processes; what hangs for `hang_s` or dies is a finding."""

    def __init__(self, count: int, folder: Path, material: Path, hang_s: float) -> None:
        self._folder, self._material, self._hang_s = folder, material, hang_s
        self._made = 0
        self._workers = [self._start() for _ in range(count)]

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.end()

    def run(self, tasks: Sequence[Task]) -> list[Outcome]:
        """All of these trials, in any order."""
        left, found = list(tasks), list[Outcome]()
        self.feed(lambda: left.pop(0) if left else None, found.append)
        return found

    def feed(self, following: Callable[[], Task | None], take: Callable[[Outcome], object]) -> None:
        """Run trials until `following` has no more; each outcome is given to `take`."""
        while True:
            for number, worker in enumerate(self._workers):
                if worker.task is None and (task := following()) is not None:
                    if worker.given >= RECYCLED:
                        worker.end()
                        worker = self._workers[number] = self._start()
                    worker.give(task)
            busy = [worker for worker in self._workers if worker.task is not None]
            if not busy:
                return
            wait([item for worker in busy for item in (worker.pipe, worker.process.sentinel)], timeout=1.0)
            for number, worker in enumerate(self._workers):
                outcome = self._outcome(worker)
                if outcome is None:
                    continue
                if not worker.process.is_alive() or worker.pipe.closed or outcome.found[:1] == [_HUNG]:
                    worker.end()
                    self._workers[number] = self._start()
                worker.task = None
                take(outcome)

    def _outcome(self, worker: _Worker) -> Outcome | None:
        """That of a worker's trial; None while it runs."""
        task = worker.task
        if task is None:
            return None
        try:
            if worker.pipe.poll():
                made: Outcome = worker.pipe.recv()
                return made
        except EOFError:
            pass
        if not worker.process.is_alive():
            worker.process.join()
            code = worker.process.exitcode or 0
            name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            native = worker.folder / "native"
            text = native.read_text(errors="replace")[-3000:] if native.is_file() else ""
            return Outcome(task, found=[(f"the process died: {name}", text)])
        if time.monotonic() - worker.since > self._hang_s:
            return Outcome(task, found=[_HUNG])
        return None

    def _start(self) -> _Worker:
        self._made += 1
        return _Worker(self._folder / str(self._made), self._material)


_HUNG = ("it hangs", "no end within the limit")


def _serve(pipe: Connection, folder: str, material: str) -> None:
    """A worker: trials from the pipe, outcomes into it; what libraries write to the terminal goes into a file."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_DATA, MOST_DATA))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_FILE, MOST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    here = Path(folder)
    native = os.open(here / "native", os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    for number in (1, 2):
        os.dup2(native, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115
    from running_trials import run_trial

    variables: dict[str, Any] = {
        **{name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")},
        "MESHMIRROR_HOME": str(here / "home"), "HF_HOME": str(here / "home" / "hf"), "COLUMNS": "100",
        "HF_ENDPOINT": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1",
    }  # fmt: skip
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        pipe.send(run_trial(task, here, Path(material), variables, native))
