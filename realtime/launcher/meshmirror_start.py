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
    here = Path(__file__).resolve().parent
    package = here / "realtime" if (here / "realtime").is_dir() else here.parent  # installed; in a checkout
    check = importlib.util.spec_from_file_location("_meshmirror_namesake", package / "core" / "namesake.py")
    if check is None or check.loader is None:
        sys.exit(_EXIT_CODE)
    module = importlib.util.module_from_spec(check)
    sys.modules[check.name] = module  # dataclasses look their module up
    try:
        check.loader.exec_module(module)
    except OSError as error:
        print(f"meshmirror: the installation is not whole ({error}). Install it again.", file=sys.stderr)
        sys.exit(_EXIT_CODE)
    namesake = module.find_namesake()
    if namesake is not None:
        print(f"meshmirror: {namesake}", file=sys.stderr)
        if namesake.replaces:
            sys.exit(_EXIT_CODE)
    from realtime.cli import main as run

    run()


if __name__ == "__main__":
    main()
