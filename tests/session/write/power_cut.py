"""The power goes while a recording runs: what the disk has by then is mounted again, and what is lost is counted.

sudo python tests/session/write/power_cut.py --cuts 8

A file system in a file, mounted through a loop device: what was not synced is in memory alone, and is not in a copy of
that file.
"""

from __future__ import annotations

import argparse
import mmap
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

if __name__ == "__main__":
    tests = Path(__file__).resolve().parents[2]
    sys.path[:0] = [str(tests / "support"), str(tests), str(tests.parent)]

from kill import COUNTERS, until, whole


@dataclass(frozen=True)
class Cut:
    """What had been handed over when the power went, and what is left of it."""

    given: int
    dropped: int  # pictures of the window for which the encoder had no time
    rows: list[int]
    videos: dict[str, list[int]]


def why_not() -> str:
    """Why the power cannot be cut here; empty where it can."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "needs root on Linux"
    missing = [name for name in ("mkfs.ext4", "mount", "losetup") if shutil.which(name) is None]
    if missing:
        return f"needs {', '.join(missing)}"
    free = subprocess.run(["losetup", "--find"], capture_output=True, check=False).returncode == 0
    return "" if free else "needs a loop device"


@contextmanager
def mounted(image: Path, place: Path) -> Iterator[Path]:
    """The file system in a file."""
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def cut_one(place: Path, seconds: float) -> Cut:
    """Record for so long, copy the file system as it is on the disk, read the copy."""
    from found import read_part

    image, copy, counters = place / "disk.img", place / "copy.img", place / "counters"
    with image.open("wb") as file:
        file.truncate(128 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    counters.write_bytes(bytes(COUNTERS.size))
    here = Path(__file__).parent
    around = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here.parents[2]), str(here.parents[1] / "support")]),
              "MESHMIRROR_HOME": str(place / "home")}  # fmt: skip
    with mounted(image, place / "disk") as disk:
        child = subprocess.Popen(
            [sys.executable, str(here / "kill.py"), "--record", str(disk / "session"), str(counters), "any"],
            env=around, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            with counters.open("r+b") as file:
                shared = mmap.mmap(file.fileno(), COUNTERS.size)
            until(child, lambda: COUNTERS.unpack_from(shared)[0] > 0)
            time.sleep(seconds)
            given = COUNTERS.unpack_from(shared)[0]
            shutil.copyfile(image, copy)
            dropped = COUNTERS.unpack_from(shared)[-1]
        finally:
            child.send_signal(signal.SIGKILL)
            child.communicate()
    with mounted(copy, place / "after") as after:
        read = read_part(after / "session")
    return Cut(given, dropped, read.rows, read.videos)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if why_not():
        sys.exit(why_not())
    chance = random.Random(given.seed)
    for _ in range(given.cuts):
        seconds = chance.uniform(2, 8)
        with TemporaryDirectory() as place:
            os.environ["MESHMIRROR_HOME"] = place
            cut = cut_one(Path(place), seconds)
        gapless = all(map(whole, (cut.rows, *cut.videos.values())))
        lost = {"rows": cut.given - len(cut.rows)} | {name: cut.given - len(v) for name, v in cut.videos.items()}
        print(f"after {seconds:.1f} s, {cut.given} frames; lost {lost}; {'no gap' if gapless else 'A GAP'}", flush=True)


if __name__ == "__main__":
    main()
