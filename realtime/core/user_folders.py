"""Where the program keeps caches, data, state and settings. MESHMIRROR_HOME moves all of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

HOME = "MESHMIRROR_HOME"


def user_folder(kind: Literal["cache", "data", "state", "config"]) -> Path:
    """The folder of one kind, as the system has it for this user; it may not exist yet."""
    home = os.environ.get(HOME)
    if home:
        return Path(home) / kind
    import platformdirs

    find = {
        "cache": platformdirs.user_cache_dir,
        "data": platformdirs.user_data_dir,
        "state": platformdirs.user_state_dir,
        "config": platformdirs.user_config_dir,
    }[kind]
    return Path(find("meshmirror", appauthor=False))
