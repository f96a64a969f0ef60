"""How long the program takes to start, beside the bare import of what it uses; every start is a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from realtime.app.bench.bench_report import StartReport
from realtime.app.bench.quantiles import measured
from realtime.core.blas_threads import environment_for_children
from realtime.core.errors import SourceError
from realtime.core.process import module_command, module_environment
from realtime.core.run_report import Quantiles
from realtime.detect import bundled_available
from realtime.detect.appearance import find_appearance

LONGEST_S = 120.0
_MOST_IMPORTS = 10
_STANDARD, _REST = "standard library", "others"
_LIBRARIES = "import typer, typer.rich_utils, rich.console, rich.table, rich.panel"
# The usual MediaPipe script: the first frame of a clip, and its landmarks by the same FaceMesh.
_BARE = """
import sys, cv2, mediapipe
source = cv2.VideoCapture(sys.argv[1])
image = cv2.cvtColor(source.read()[1], cv2.COLOR_BGR2RGB)
with mediapipe.solutions.face_mesh.FaceMesh(max_num_faces=1, refine_landmarks=True) as mesh:
    assert mesh.process(image).multi_face_landmarks
"""
# What is divided by what: the name of the ratio, what is asked for, what it is compared with, the limit.
_RATIOS = (
    ("version_to_libraries", "version", "libraries", 1.4),
    ("help_to_libraries", "help", "libraries", 1.4),
    ("first_frame_to_bare", "first_frame", "bare_frame", 1.5),
)


def start(clip: Path, rounds: int) -> StartReport:
    """Seconds from the start of a process to its end, of each kind in turn, `rounds` times after a first that is left
    out; processor seconds where the system counts them; the ratios of the medians; where imports spend their time.
    """
    program = module_command("realtime")
    python = [sys.executable, "-P", "-c"]
    frame = ["--source", str(clip), "--headless", "--frames", "1", "--json"]
    emotions = "inverse" if find_appearance() is None else "appearance"  # as `auto` has it without py-feat's weights
    frame += ["--set", "detect.tracker=bundled", "--set", f"detect.emotion={emotions}"]
    commands = {
        "interpreter": [*python, "pass"],
        "libraries": [*python, _LIBRARIES],
        "version": [*program, "--version"],
        "help": [*program, "--help"],
    }
    if bundled_available():
        commands |= {"bare_frame": [*python, _BARE, str(clip)], "first_frame": [*program, *frame]}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    with ExitStack() as stack:
        around = module_environment(environment_for_children())
        if around.pop("PYTHONDONTWRITEBYTECODE", None):  # an installed program is compiled once, and so is this
            around["PYTHONPYCACHEPREFIX"] = stack.enter_context(tempfile.TemporaryDirectory())
        for turn in range(rounds + 1):
            for name, command in commands.items():
                times = _run(command, around)
                if turn:
                    taken[name].append(times)
        imports = {
            name: _imports(commands[name], around) for name in ("version", "help", "first_frame") if name in commands
        }
    seconds = {name: measured([wall for wall, _ in times]) for name, times in taken.items()}
    processor = {name: measured([cpu for _, cpu in times]) for name, times in taken.items()}
    counted = os.name == "posix"
    return StartReport(
        starts=rounds,
        emotions=emotions,
        seconds=seconds,
        processor_s=processor if counted else None,
        ratios=_ratios(seconds),
        processor_ratios=_ratios(processor) if counted else None,
        imports_ms=imports,
    )


def start_targets(found: StartReport) -> list[tuple[str, float | None, float]]:
    """Name, ratio measured, and the most that it may be."""
    names = {
        "version_to_libraries": "meshmirror --version / import of typer and rich",
        "help_to_libraries": "meshmirror --help / import of typer and rich",
        "first_frame_to_bare": "first headless frame / a bare MediaPipe script's",
    }
    return [(names[name], found.ratios.get(name), most) for name, _, _, most in _RATIOS]


def _run(command: list[str], around: dict[str, str]) -> tuple[float, float]:
    """Seconds by the clock and of the processor; the latter 0 where the system does not count them for children."""
    before, begun = os.times(), time.perf_counter()
    done = subprocess.run(
        command, env=around, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        timeout=LONGEST_S, check=False,
    )  # fmt: skip
    ended, after = time.perf_counter(), os.times()
    if done.returncode:
        raise SourceError(f"A start that was to be measured failed: {done.stderr.decode(errors='replace').strip()}")
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return ended - begun, spent


def _ratios(times: dict[str, Quantiles]) -> dict[str, float]:
    return {
        name: round(times[asked].median / times[compared].median, 3)
        for name, asked, compared, _ in _RATIOS
        if asked in times and times[compared].median > 0
    }


def _imports(command: list[str], around: dict[str, str]) -> dict[str, float]:
    """Milliseconds that the import of each package takes, without what it imports itself; the largest first."""
    with_times = [command[0], "-X", "importtime", *command[1:]]
    done = subprocess.run(
        with_times, env=around, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        timeout=LONGEST_S, check=False,
    )  # fmt: skip
    spent: Counter[str] = Counter()
    for line in done.stderr.decode(errors="replace").splitlines():
        own, bar, rest = line.removeprefix("import time:").partition("|")
        if bar and own.strip().isdigit():  # the first line names the columns
            package = rest.rpartition("|")[2].strip().partition(".")[0]
            spent[_STANDARD if package in sys.stdlib_module_names else package] += int(own)
    largest = spent.most_common(_MOST_IMPORTS)
    rest_us = spent.total() - sum(us for _, us in largest)
    return {name: round(us / 1000, 1) for name, us in [*largest, (_REST, rest_us)] if us}
