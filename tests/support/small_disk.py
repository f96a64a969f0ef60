"""Started by `unshare --mount`: a command line on a disk that becomes full at one of its files after the other.

Its argument is a file with JSON: `folder`, in which to run; `out`, the folder in it that becomes a disk of its own;
`args`, the command line that fills it; `kept`, what of it is not written anew; `files`, at which the disk is full in
turn. The first run has room for all, and its files come in the order of their times. It writes to stdout, as JSON, what
became of each run, and the files that it left.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from without_libraries import mount, run_in_a_fork

PAGE = 4096
AMPLE = "size=256m"


def used(disk: Path) -> int:
    """Bytes of the disk that are taken."""
    found = os.statvfs(disk)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def files_of(disk: Path) -> dict[str, str]:
    """The hash of each file, by its place, in the order of writing."""
    paths = sorted((path for path in disk.rglob("*") if path.is_file()), key=lambda path: path.stat().st_mtime_ns)
    return {str(path.relative_to(disk)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def run_all() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text())
    folder = Path(plan["folder"])
    disk = folder / plan["out"]
    mount("-t", "tmpfs", "-o", AMPLE, "tmpfs", str(disk))
    os.chdir(folder)

    def run(size: str) -> dict[str, Any]:
        mount("-o", f"remount,{size}", str(disk))
        found = run_in_a_fork(plan["args"], folder)
        return {name: found[name] for name in ("code", "err")} | {"files": files_of(disk)}

    runs = [run(AMPLE)]
    sizes = {name: (disk / name).stat().st_size for name in runs[0]["files"]}
    for full in plan["files"]:
        for path in disk.iterdir():
            if path.name not in plan["kept"]:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        before = [name for name in sizes if name.partition("/")[0] not in plan["kept"]]
        before = before[: before.index(full)]
        room = used(disk) + sum(-(-sizes[name] // PAGE) * PAGE for name in before) + sizes[full] // 2
        runs.append(run(f"size={-(-room // PAGE) * PAGE + PAGE}"))
    runs.append(run(AMPLE))
    print(json.dumps(runs))


if __name__ == "__main__":
    run_all()
