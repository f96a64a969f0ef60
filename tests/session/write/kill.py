"""A recording process is killed at random moments, and what is left is counted by barcode.

python tests/session/write/kill.py --kills 200
"""

from __future__ import annotations

import argparse
import mmap
import os
import random
import signal
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

if __name__ == "__main__":
    tests = Path(__file__).resolve().parents[2]
    sys.path[:0] = [str(tests / "support"), str(tests), str(tests.parent)]

COUNTERS = struct.Struct("<5q")  # frames given, rows, pictures of the camera and of the window, those dropped
SWITCH_AT = 30  # frames: pictures of another size begin a second part
HELD_BACK = 7  # pictures of 33.3 ms that a fragment of 200 ms holds back
KINDS = ("any", "early", "split", "switch", "any")
_AFTER_S = {"any": (0.3, 2.5), "early": (0.0, 0.3), "split": (0.9, 2.4), "switch": (0.9, 1.4)}
_PARTS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Kill:
    """What a killed recording had been given, and what is left of it."""

    kind: str
    folder: Path
    given: int  # frames handed over
    taken: dict[str, int]  # of those, which each stream had counted as taken or dropped by then
    dropped: int  # pictures of the window for which the encoder had no time
    rows: list[int]
    videos: dict[str, list[int]]

    def left(self, stream: str) -> list[int]:
        """The numbers that are in its files."""
        return self.rows if stream == "frames" else self.videos[stream]

    def lost(self, stream: str) -> int:
        """Frames after the last one that is there."""
        return self.given - max(self.left(stream), default=0)

    def behind(self, stream: str) -> int:
        """Frames that waited for the encoder, or for the thread that writes."""
        return self.given - self.taken[stream]


def record(folder: Path, counters: Path, kind: str) -> None:
    """The child: 30 frames a second, in real time, until it is killed."""
    from barcodes import PERIOD_NS, SIZE, booked, part

    from realtime.core.config import RecordConfig
    from realtime.session.write import Recorder

    with counters.open("r+b") as file:
        shared = mmap.mmap(file.fileno(), COUNTERS.size)
    config = RecordConfig(path=folder, stop_gb=0, warn_gb=0)
    if kind == "split":
        config = config.model_copy(update={"split_min": 1 / 60})
    recorder = Recorder(config, lambda text: print(text, file=sys.stderr))
    of = part()
    booked(1, of)  # fills the caches of this file, none of the program
    recorder.warm_up()
    recorder.start(SIZE)
    begun = time.monotonic_ns()
    for number in range(1, 3000):
        size = (480, 270) if kind == "switch" and number > SWITCH_AT else SIZE
        frame = booked(number, of, begun + number * PERIOD_NS, size)
        time.sleep(max(0.0, (begun + number * PERIOD_NS - time.monotonic_ns()) / 1e9))
        recorder.append(frame)
        recorder.put(frame.result.frame.image, frame.result, wait=False)
        streams = recorder.streams
        taken = [streams[n].recorded + streams[n].dropped if n in streams else 0 for n in ("camera", "view")]
        rows = streams["frames"].captured if "frames" in streams else 0
        dropped = streams["view"].dropped if "view" in streams else 0
        COUNTERS.pack_into(shared, 0, number, rows, *taken, dropped)


def kill_one(place: Path, kind: str, chance: random.Random) -> Kill:
    """Begin a recording, kill it at a random moment, read what is left."""
    from found import read_part

    folder, counters = place / "session", place / "counters"
    counters.write_bytes(bytes(COUNTERS.size))
    here = Path(__file__)
    around = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(here.parents[3]), str(here.parents[2] / "support")]),
        "MESHMIRROR_HOME": str(place / "home"),
    }
    child = subprocess.Popen(
        [sys.executable, str(here), "--record", str(folder), str(counters), kind], env=around, stderr=subprocess.PIPE
    )
    with counters.open("r+b") as file:
        shared = mmap.mmap(file.fileno(), COUNTERS.size)
    try:
        until(child, lambda: COUNTERS.unpack_from(shared)[0] > 0)
        time.sleep(chance.uniform(*_AFTER_S[kind]))
    finally:
        child.send_signal(signal.SIGKILL)
        _, said = child.communicate()
    assert child.returncode == -signal.SIGKILL, said.decode()
    given, rows, camera, view, dropped = COUNTERS.unpack_from(shared)
    parts = [read_part(folder, number) for number in _PARTS]
    videos = {name: [n for p in parts for n in p.videos.get(name, [])] for name in ("camera", "view")}
    taken = {"frames": rows, "camera": camera, "view": view}
    return Kill(kind, folder, given, taken, dropped, [n for p in parts for n in p.rows], videos)


def kill_many(place: Path, kills: int, seed: int, at_once: int) -> list[Kill]:
    """Several at a time, of each kind in turn."""

    def one(number: int) -> Kill:
        own = place / f"{number:04}"
        own.mkdir()
        return kill_one(own, KINDS[number % len(KINDS)], random.Random(seed + number))

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(one, range(kills)))


def whole(numbers: list[int]) -> bool:
    """Whether these are the first so many, none missing, none twice."""
    return numbers == list(range(1, len(numbers) + 1))


def gaps(numbers: list[int]) -> int:
    """How many are missing before the last one. They must be in order, and none there twice."""
    assert numbers == sorted(set(numbers)), numbers
    return max(numbers, default=0) - len(numbers)


def until(child: subprocess.Popen[bytes], true: Callable[[], bool]) -> None:
    """Wait for what a child does."""
    deadline = time.monotonic() + 60
    while not true():
        if child.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the recording did not begin: {child.communicate()[1].decode()}")
        time.sleep(0.002)


def _spread(values: list[int]) -> str:
    return f"min {min(values)}, median {statistics.median(values):g}, max {max(values)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--record", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.record:
        record(Path(given.record[0]), Path(given.record[1]), given.record[2])
        return
    with TemporaryDirectory() as place:
        os.environ["MESHMIRROR_HOME"] = place  # the next start is to offer none of these
        kills = kill_many(Path(place), given.kills, given.seed, given.at_once)
    for kind in sorted(set(KINDS)):
        those = [kill for kill in kills if kill.kind == kind]
        if those:
            print(f"{kind}: {len(those)} kills")
            for name in ("camera", "view", "frames"):
                lost, behind = [kill.lost(name) for kill in those], [kill.behind(name) for kill in those]
                print(f"  {name:7} lost {_spread(lost)}; of these on their way {_spread(behind)}")
    torn = [kill.folder.parent.name for kill in kills if not (whole(kill.rows) and whole(kill.videos["camera"]))]
    print(f"gaps or wrong numbers before the end: {torn or 'none'}")


if __name__ == "__main__":
    main()
