"""Started by `unshare --mount`: hides system libraries in its own view of the file system, then runs command lines.

Its argument is a file with JSON: `hidden`, the beginnings of the libraries' names; `folder`, in which to run; `runs`, a
list of command lines. It writes a list of what became of each to stdout, as JSON.

The folder of the libraries is covered by one of links to all that is in it but those, so that the loader finds what it
finds on a system on which they were never installed. Every command runs in a fork of one process that has imported the
command line and no more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def hide(hidden: list[str], folder: Path) -> None:
    """Cover every folder of the loader's that has one of them."""
    cache = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    places = {Path(line.rpartition(" => ")[2]).parent.resolve() for line in cache.splitlines()
              if line.strip().startswith(tuple(hidden))}  # fmt: skip
    for number, place in enumerate(sorted(places)):
        real, cover = folder / f"real-{number}", folder / f"cover-{number}"
        real.mkdir()
        cover.mkdir()
        mount("--bind", str(place), str(real))
        mount("-t", "tmpfs", "tmpfs", str(cover))
        for path in real.iterdir():
            if not path.name.startswith(tuple(hidden)):
                (cover / path.name).symlink_to(path)
        mount("--bind", str(cover), str(place))


def mount(*args: str) -> None:
    subprocess.run(["mount", *args], check=True)


def run_in_a_fork(args: list[str], folder: Path) -> dict[str, Any]:
    out, err, modules = (folder / f"{name}.txt" for name in ("stdout", "stderr", "modules"))
    child = os.fork()
    if not child:
        code = 99
        try:
            os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
            os.dup2(os.open(err, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
            from realtime.cli import main

            main(args)
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            modules.write_text(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {"code": code, "out": out.read_text(), "err": err.read_text(), "modules": json.loads(modules.read_text())}


def run_all() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text())
    folder = Path(plan["folder"])
    hide(plan["hidden"], folder)
    import realtime.cli.entry  # noqa: F401  (for all forks)

    os.chdir(folder)
    print(json.dumps([run_in_a_fork(args, folder) for args in plan["runs"]]))


if __name__ == "__main__":
    run_all()
