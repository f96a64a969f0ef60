"""An environment in which everything is installed but some packages."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

from common import environment


def python_without(folder: Path, *beginnings: str) -> tuple[list[str], dict[str, str]]:
    """The command and the variables of a Python that has all installed packages in `folder` but those whose files begin
    so: links to the others.
    """
    folder.mkdir()
    for entry in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if not entry.name.lower().startswith((*beginnings, "__pycache__")) and entry.suffix != ".pth":
            (folder / entry.name).symlink_to(entry)
    around = environment()
    return [sys.executable, "-S"], {**around, "PYTHONPATH": os.pathsep.join([around["PYTHONPATH"], str(folder)])}
