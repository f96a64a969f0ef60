"""The system libraries that Python packages cannot bring along: which are missing, and the command that installs them.

Standard library only, so that `make` can run it as a script before anything is installed:
`python -I realtime/core/system_packages.py --install [--tests]`. (`-I`, since the `types.py` beside it would hide
Python's.)
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """Something that the program needs of the system."""

    name: str  # as it is looked for: a library's or a program's name
    package: str  # Debian's and Ubuntu's package
    why: str
    program: bool = False

    def present(self) -> bool:
        """Whether the loader, or the shell, finds it."""
        if self.program:
            return shutil.which(self.name) is not None
        try:
            ctypes.CDLL(self.name)
        except OSError:
            return False
        return True


OPENGL = (
    Need("libGL.so.1", "libgl1", "OpenCV and the window"),
    Need("libEGL.so.1", "libegl1", "drawing without a display"),
)
LIBRARIES = (
    *OPENGL,
    Need("libgthread-2.0.so.0", "libglib2.0-0", "OpenCV"),
    Need("libX11.so.6", "libx11-6", "the window"),
    Need("libXcursor.so.1", "libxcursor1", "the window"),
    Need("libXinerama.so.1", "libxinerama1", "the window"),
    Need("libXrandr.so.2", "libxrandr2", "the window"),
    Need("libXi.so.6", "libxi6", "the window"),
)
# Mesa's software renderer has no library that every version names alike; these packages bring it.
RENDERER = ("libgl1-mesa-dri", "libegl-mesa0", "libglx-mesa0")
TEST_PROGRAMS = (
    Need("Xvfb", "xvfb", "the window's tests", program=True),
    Need("xdotool", "xdotool", "the window's tests", program=True),
    Need("ffprobe", "ffmpeg", "the videos' tests", program=True),
    Need("import", "imagemagick", "pictures of the window in its tests", program=True),
    Need("strace", "strace", "the privacy test", program=True),
    Need("chromium", "chromium", "the reports' tests", program=True),
)


def missing(tests: bool = False) -> list[Need]:
    """Missing libraries and, with `tests`, programs; always empty outside of Linux, where the wheels bring all."""
    if not sys.platform.startswith("linux"):
        return []
    return [need for need in LIBRARIES + (TEST_PROGRAMS if tests else ()) if not need.present()]


def install_command(needs: list[Need]) -> str:
    """The command that installs them on Debian and Ubuntu."""
    return "apt-get install -y " + " ".join(dict.fromkeys([*(need.package for need in needs), *RENDERER]))


def explain(error: ImportError | OSError) -> str:
    """Why a package could not be loaded, and the command that fixes it; one sentence."""
    needs = missing()
    if not needs:
        return f"{error}; `meshmirror doctor` shows what is missing."
    names = [need.name for need in needs]
    several = f"ies {', '.join(names[:-1])} and {names[-1]} are" if len(names) > 1 else f"y {names[0]} is"
    return f"The system librar{several} missing ({error}); install with: sudo {install_command(needs)}"


def main(args: list[str]) -> int:
    """Name what is missing; with --install and as root on Debian, install it."""
    needs = missing("--tests" in args)
    if not needs:
        return 0
    for need in needs:
        print(f"missing: {need.name} ({need.why}; package {need.package})", file=sys.stderr)
    command = install_command(needs)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if "--install" in args and root and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for line in ("apt-get update -q", command + " --no-install-recommends -q"):
            print("+ " + line, file=sys.stderr)
            done = subprocess.run(line.split(), env=quiet, stdout=subprocess.DEVNULL, check=False)
            if done.returncode and "install" in line:
                return done.returncode
        return 0
    print(f"Install with: sudo {command}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
