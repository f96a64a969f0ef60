"""The command `meshmirror`: looks whether the package `realtime` is this program's, and only then imports it.

Installed as a module of its own beside the package (`pyproject.toml`), so that it is found where another package of
that name is found first, or has replaced files of this one (`realtime/core/namesake.py`).
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_EXIT_CODE = 3  # as of everything else that is not available


def main() -> None:
    """Run the command line."""
    # By its path, which is found also where Python finds the other package first.
    places = (Path(folder or ".") / "realtime" / "core" / "namesake.py" for folder in sys.path)
    path = next((place for place in places if place.is_file()), None)
    spec = None if path is None else importlib.util.spec_from_file_location("_meshmirror_namesake", path)
    if spec is None or spec.loader is None:
        print("meshmirror: the installation is not whole; install it again.", file=sys.stderr)
        sys.exit(_EXIT_CODE)
    check = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = check  # dataclasses look their module up
    spec.loader.exec_module(check)
    namesake = check.find_namesake()
    if namesake is not None:
        said = "".join(one if one.isprintable() else "?" for one in f"meshmirror: {namesake}")  # it quotes a path
        print(said, file=sys.stderr)
        if namesake.replaces:
            sys.exit(_EXIT_CODE)
    from realtime.cli import main as run

    run()


if __name__ == "__main__":
    main()
