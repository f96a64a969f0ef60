"""Programs with a view of the file system of their own, in which they mount what nobody else sees."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from common import ROOT, environment

_WAYS = (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"])


def in_own_mounts(script: str, plan: dict[str, Any], folder: Path) -> Any:
    """The JSON that a script of this folder prints, given its plan; skips the test where this system has no such
    views.
    """
    found = (one for one in _WAYS if subprocess.run([*one, "true"], capture_output=True, check=False).returncode == 0)
    way = next(found, None) if shutil.which("unshare") else None
    if way is None:
        pytest.skip("needs mount namespaces (unshare --mount), which this system does not allow")
    written = folder / "plan.json"
    written.write_text(json.dumps(plan))
    path = ROOT / "tests" / "support" / script
    done = subprocess.run([*way, sys.executable, str(path), str(written)], env=environment(), capture_output=True,
                          text=True, timeout=590, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
