"""A measurement in a process of its own, whose memory and start belong to it alone."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from realtime.core.process import module_command, module_environment


def measured_in_child(module: str, argument: str, settings: str, timeout_s: float) -> dict[str, Any]:
    """The JSON object that a module prints, given `argument` and the settings as JSON on stdin; else its `error`."""
    done = subprocess.run(
        [*module_command(module), argument],
        input=settings, env=module_environment(os.environ),
        capture_output=True, text=True, timeout=timeout_s, check=False,
    )  # fmt: skip
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        return {"error": f"the program ended: {last[0]}"}
    return found
