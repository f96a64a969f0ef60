"""Runs the command lines of a trial in this process and looks for faults."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import time
from pathlib import Path

import odd_commands
import odd_media
import odd_models
import odd_sessions
import odd_settings
from findings import Finding, Ran, findings, lost_by_recovery, snapshot
from in_process import run_in_process
from pool import Outcome, Task
from trial import CommandLine, Kind, Trial

# Every so many trials of ten; the seed alone says of which kind a trial is.
KINDS: tuple[tuple[str, Kind], ...] = (
    ("sessions", odd_sessions.make), ("media", odd_media.make), ("commands", odd_commands.make),
    ("sessions", odd_sessions.make), ("models", odd_models.make), ("settings", odd_settings.make),
    ("sessions", odd_sessions.make), ("media", odd_media.make), ("commands", odd_commands.make),
    ("media", odd_media.make),
)  # fmt: skip


def run_trial(task: Task, folder: Path, material: Path, variables: dict[str, str], native: int) -> Outcome:
    """Make the inputs of a seed, run its command lines one after the other, and look at each."""
    here = folder / "trial"
    shutil.rmtree(here, ignore_errors=True)
    folders = {name: here / name for name in ("in", "work", "tmp")}
    for path in folders.values():
        path.mkdir(parents=True)
    kind, make = KINDS[task.seed % len(KINDS)]
    trial = Trial(task.seed, folders["in"], material, task.without)
    lines = make(trial)
    if task.keep:
        shutil.copytree(folders["in"], Path(task.keep) / "in", symlinks=True, ignore=_pipes, dirs_exist_ok=True)
    outcome = Outcome(task, kind, trial.done, trial.changes, lines)
    for line in lines:
        before, kept = snapshot(folders["in"]), here / "before"
        if "recover" in line:
            shutil.copytree(folders["in"], kept, symlinks=True, ignore=_pipes)
        ran = run_line(line, folders["work"], {**variables, "TMPDIR": str(folders["tmp"])}, native)
        found = list(findings(ran, before, folders))
        if "recover" in line:
            found += [Finding("lost by recover", text) for text in lost_by_recovery(kept, folders["in"])]
            shutil.rmtree(kept)
        outcome.codes.append(ran.code)
        outcome.found += [(one.name, f"{' '.join(line)}\n{one.detail}") for one in found]
        for name in ("work", "tmp"):
            shutil.rmtree(folders[name], ignore_errors=True)
            folders[name].mkdir()
    gc.collect()
    return outcome


def run_line(line: CommandLine, work: Path, variables: dict[str, str], native: int) -> Ran:
    """One command line in a folder."""
    os.ftruncate(native, 0)
    used = time.process_time()
    tempfile.tempdir = None  # asked anew: TMPDIR is another for every trial
    try:
        done = run_in_process(tuple(line), work, variables)
    except BaseException as error:
        return Ran(tuple(line), None, "", "", _text(native), time.process_time() - used, error)
    finally:
        tempfile.tempdir = None
    return Ran(tuple(line), done.returncode, done.stdout, done.stderr, _text(native), time.process_time() - used)


def _text(native: int) -> str:
    return os.pread(native, 100_000, 0).decode(errors="replace")


def _pipes(folder: str, names: list[str]) -> list[str]:
    """Names in a folder that are neither files nor folders nor links."""
    return [name for name in names if not any(
        getattr(Path(folder, name), f"is_{kind}")() for kind in ("file", "dir", "symlink")
    )]  # fmt: skip
