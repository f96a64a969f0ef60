"""Hundreds of thousands of damaged model files through the reader; a program, and the engine of `test_fuzz.py`.

    python tests/model/fuzz_reader.py --mutations 5000000 --seed 1 --processes 2
    python tests/model/fuzz_reader.py --seed 1 --only 4711 --write case.npz     one case again, and its file

Every case must be refused with ModelFileError or give a model that holds what a model promises; what is accepted must
be what `np.load` reads. Anything else (another exception, a death, a hang, memory that ran out under the limit) is a
failure and is told with its number. Each process runs under RLIMIT_AS.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import mmap
import os
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from mutations import Archive, good_files, mutant  # noqa: E402

from realtime.core.errors import ModelFileError  # noqa: E402
from realtime.model import LinearMeshModel, npz  # noqa: E402
from realtime.model.file import model_of, read_model, write_model  # noqa: E402

PATH = Path("case.npz")
MORE_MEMORY = 4 * npz.MAX_BYTES  # what a process may take beyond Python and numpy
SLOW_S = 5.0  # of the processor, so that a busy machine is no hang; a reader that waits has its process's time-out
ROUND_TRIPS = 50  # every so many accepted files are written and read again
KEPT_FAILURES = 20
ARRAYS = ("coef", "intercept", "mean_mesh", "neutral_mesh", "anchors", "feature_p99", "coef_full")
WORDS = (
    "feature_name",
    "feature_columns",
    "pose_columns",
    "anchor_indices",
    "unsupported_features",
    "card",
    "metadata",
)

Load = Callable[[bytes, Path], LinearMeshModel]


class Hang(BaseException):
    """A case took longer than SLOW_S; no Exception, so that nothing on the way takes it for a damaged file."""


class BrokenPromiseError(Exception):
    """An accepted model, or an error, that is not what it should be."""


def load(data: bytes, path: Path) -> LinearMeshModel:
    """As `read_model`, without the disk."""
    return model_of(npz.parse_npz(data, path), "", path)


class Fuzzer:
    """Runs cases of one seed and books how they ended."""

    def __init__(self, seed: int, read: Load = load) -> None:
        self.seed = seed
        self.files = good_files()
        self._read = read
        self._good = [load(Archive(members).pack(), PATH) for members in self.files]
        self.outcomes: Counter[str] = Counter()
        self.by_change: dict[str, Counter[str]] = {}
        self.failures: list[dict[str, Any]] = []
        self.slowest_ms = 0.0

    def run(self, numbers: range, note: Callable[[int], object] = lambda _: None) -> None:
        """Each of these cases."""
        with warnings.catch_warnings(), _alarm():
            warnings.simplefilter("error")  # a warning of numpy's on the way is a check that came too late
            for number in numbers:
                note(number)
                self.case(number)

    def case(self, number: int) -> None:
        """One case; a failure is kept with what is needed to repeat it."""
        which, done, data = mutant(self.files, self.seed, number)
        start = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, SLOW_S, 4 * SLOW_S)  # again: raised in a callback it is lost
        try:
            outcome = self._outcome(which, data)
        except (Exception, Hang) as error:
            outcome = "failed"
            if len(self.failures) < KEPT_FAILURES:
                told = traceback.format_exc(limit=-3)
                self.failures.append({"case": number, "done": done, "error": repr(error)[:500], "trace": told[-2000:]})
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        self.slowest_ms = max(self.slowest_ms, 1e3 * (time.process_time() - start))
        self.outcomes[outcome] += 1
        for name in done:
            self.by_change.setdefault(name, Counter())[outcome] += 1

    def _outcome(self, which: int, data: bytes) -> str:
        try:
            model = self._read(data, PATH)
        except ModelFileError as refusal:
            _check_refusal(refusal)
            return _layer(refusal)
        _check_model(model)
        _check_against_numpy(model, data)
        accepted = self.outcomes["accepted, unchanged"] + self.outcomes["accepted, changed"]
        if accepted % ROUND_TRIPS == 0:
            _check_round_trip(model)
        return "accepted, unchanged" if _same(model, self._good[which]) else "accepted, changed"


def _layer(refusal: ModelFileError) -> str:
    """Where a file was refused: at the zip, at an array's header, or at what the arrays hold."""
    trace, names = refusal.__traceback__, []
    while trace is not None:
        names.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    if "_array" in names:
        return "refused, array"
    return "refused, zip" if "parse_npz" in names else "refused, content"


def _check_refusal(refusal: ModelFileError) -> None:
    cause: BaseException | None = refusal
    while cause is not None:
        if isinstance(cause, MemoryError):
            raise BrokenPromiseError("the memory ran out") from refusal
        cause = cause.__cause__ or cause.__context__
    text = str(refusal)
    if PATH.name not in text or len(text) > 2000 or not text.isprintable():
        raise BrokenPromiseError(f"an error in the wrong words: {text[:2000]!r}") from refusal


def _check_model(model: LinearMeshModel) -> None:
    """What every accepted model promises to those who use it."""
    count = len(model.feature_columns)
    shapes = {
        "coef": (count + 3, 1434), "intercept": (1434,), "mean_mesh": (478, 3), "neutral_mesh": (478, 3),
        "anchors": (12, 3), "feature_p99": (count,),
    }  # fmt: skip
    for name in ARRAYS:
        array = getattr(model, name)
        if array is None:
            continue
        if array.dtype != np.float32 or array.shape != shapes.get(name, (len(array), 1434)):
            raise BrokenPromiseError(f"{name} has {array.dtype} {array.shape}")
        if not np.isfinite(array).all() or array.flags.writeable:
            raise BrokenPromiseError(f"{name} is not finite, or can be written")
    if not count or sorted(model.pose_columns) != ["Pitch", "Roll", "Yaw"]:
        raise BrokenPromiseError(f"columns {model.feature_columns} {model.pose_columns}")
    named = {name.lower() for name in model.feature_columns}
    if len(named) < count or not all(name.isidentifier() and name.isascii() for name in named):
        raise BrokenPromiseError(f"columns {model.feature_columns}")
    if not set(model.unsupported_features) < set(model.feature_columns):
        raise BrokenPromiseError(f"unsupported {model.unsupported_features}")
    for text in (model.card, model.feature_name, model.metadata_json(), repr(model)):
        text.encode()
    json.dumps(dict(model.metadata), allow_nan=False)
    mesh = model.predict(
        dict.fromkeys(set(model.feature_columns) - set(model.unsupported_features), 1.0), [0.1, 0.2, 0.3]
    )
    if mesh.shape != (478, 3) or not np.isfinite(mesh).all():
        raise BrokenPromiseError("a prediction is not finite")


def _check_against_numpy(model: LinearMeshModel, data: bytes) -> None:
    """numpy, which takes the last of two members and believes sizes, reads the same coefficients from it."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        if len(set(file.files)) != len(file.files):
            raise BrokenPromiseError("two members of one name were accepted")
        for key, mine in (("coef", model.coef), ("intercept", model.intercept), ("mean_aligned_mesh", model.mean_mesh)):
            if not np.array_equal(file[key].astype(np.float32), mine):
                raise BrokenPromiseError(f"{key} is not what numpy reads")
        key = "feature_columns" if "feature_columns" in file.files else "au_columns"
        if tuple(np.char.decode(file[key]) if file[key].dtype.kind == "S" else file[key]) != model.feature_columns:
            raise BrokenPromiseError(f"{key} is not what numpy reads")


def _check_round_trip(model: LinearMeshModel) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / PATH
        write_model(model, path)
        if not _same(read_model(path), model):
            raise BrokenPromiseError("what was written is not what was read")


def _same(one: LinearMeshModel, other: LinearMeshModel) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        if getattr(one, name) is not None and getattr(other, name) is not None
        else getattr(one, name) is getattr(other, name)
        for name in ARRAYS
    ) and all(getattr(one, name) == getattr(other, name) for name in WORDS)


@contextlib.contextmanager
def _alarm() -> Iterator[None]:
    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise Hang(f"more than {SLOW_S:g} s")

    before = signal.signal(signal.SIGPROF, ring)
    try:
        yield
    finally:
        signal.signal(signal.SIGPROF, before)


def limit_memory() -> None:
    """This process may take MORE_MEMORY beyond what it has; loading the libraries comes before."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MORE_MEMORY, used + MORE_MEMORY))


def _worker(seed: int, numbers: range, place: str) -> None:
    """One process: its present case stands in a file that outlives it, its report goes to stdout."""
    fuzzer = Fuzzer(seed)
    limit_memory()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Path(place).open("r+b") as file, mmap.mmap(file.fileno(), 8) as present:
        fuzzer.run(numbers, lambda number: struct.pack_into("<q", present, 0, number))
    report = {
        "outcomes": fuzzer.outcomes, "by_change": fuzzer.by_change, "failures": fuzzer.failures,
        "slowest_ms": fuzzer.slowest_ms, "grew_kB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,
    }  # fmt: skip
    print(json.dumps(report))


def run(seed: int, mutations: int, processes: int, timeout_s: float | None = None) -> dict[str, Any]:
    """All cases of a seed in so many processes; what they found together."""
    start = time.perf_counter()
    outcomes: Counter[str] = Counter()
    changes: dict[str, Counter[str]] = {}
    failures: list[dict[str, Any]] = []
    slowest, grew = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        workers = []
        for at in range(processes):
            place = Path(folder) / str(at)
            place.write_bytes(struct.pack("<q", -1))
            command = [sys.executable, __file__, "--seed", str(seed), "--mutations", str(mutations)]
            command += ["--worker", f"{at}/{processes}", "--place", str(place)]
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # as many processes as cores, and tiny matrices
            )  # fmt: skip
            workers.append((process, place))
        for process, place in workers:
            try:
                out, err = process.communicate(timeout=timeout_s)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
            if process.returncode:
                number = struct.unpack("<q", place.read_bytes())[0]
                died = f"the process ended with {process.returncode}: {err[-1000:]}"
                failures.append({"case": number, "done": [], "error": died, "trace": ""})
                continue
            report = json.loads(out)
            outcomes.update(report["outcomes"])
            for name, counts in report["by_change"].items():
                changes.setdefault(name, Counter()).update(counts)
            failures += report["failures"]
            slowest, grew = max(slowest, report["slowest_ms"]), max(grew, report["grew_kB"])
    total = max(1, outcomes.total())
    return {
        "seed": seed,
        "mutations": outcomes.total(),
        "seconds": round(time.perf_counter() - start, 1),
        "outcomes": dict(outcomes.most_common()),
        "shares": {name: round(count / total, 4) for name, count in outcomes.most_common()},
        "past_zip": round(1 - outcomes["refused, zip"] / total, 4),
        "slowest_ms": round(slowest, 1),
        "grew_kB": grew,
        "limit_kB": MORE_MEMORY // 1024,
        "by_change": {name: dict(counts.most_common()) for name, counts in sorted(changes.items())},
        "failures": failures,
    }


def _one(seed: int, number: int, write: Path | None) -> bool:
    fuzzer = Fuzzer(seed)
    _, done, data = mutant(fuzzer.files, seed, number)
    if write is not None:
        write.write_bytes(data)
    limit_memory()
    fuzzer.run(range(number, number + 1))
    print(f"case {number} of seed {seed}, {len(data)} bytes: {', '.join(done)}: {next(iter(fuzzer.outcomes))}")
    if not fuzzer.failures:
        try:
            load(data, PATH)
        except ModelFileError as refusal:
            print(refusal)
    for failure in fuzzer.failures:
        print(failure["trace"])
    return not fuzzer.failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutations", type=int, default=50_000, help="how many cases")
    parser.add_argument("--seed", type=int, default=1, help="which cases; the same seed gives the same ones")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", type=int, help="one case again")
    parser.add_argument("--write", type=Path, help="with --only: where its file is written")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--place", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only is not None:
        return 0 if _one(given.seed, given.only, given.write) else 1
    if given.worker:
        at, step = map(int, given.worker.split("/"))
        _worker(given.seed, range(at, given.mutations, step), given.place)
        return 0
    report = run(given.seed, given.mutations, given.processes)
    if given.json:
        print(json.dumps(report, indent=2))
    else:
        for name, counts in report.pop("by_change").items():
            print(f"{name:18}", "  ".join(f"{outcome} {count}" for outcome, count in counts.items()))
        for failure in report["failures"]:
            print(f"\nFAILED: --seed {given.seed} --only {failure['case']}: {', '.join(failure['done'])}")
            print(failure["error"], failure["trace"], sep="\n")
        report["failures"] = len(report["failures"])
        print("\n".join(f"{name}: {value}" for name, value in report.items()))
    return 1 if report["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
