"""Packages of npm that judge what is exported: the glTF validator of the Khronos Group, and three.js as a viewer."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

VALIDATOR, THREE = "gltf-validator@2.0.0-dev.3.10", "three@0.187.0"
_VALIDATE = """
const fs = require('fs'), validator = require('gltf-validator');
validator.validateBytes(new Uint8Array(fs.readFileSync(process.argv[1])), {maxIssues: 50})
  .then(report => console.log(JSON.stringify(report)));
"""


def npm_folder(folder: Path, *packages: str) -> Path:
    """`node_modules` with these packages, for `once`. Skips without npm, or a registry that it can reach."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("needs node and npm, for the glTF validator and three.js")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), *packages]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        pytest.skip(f"needs npm's registry: {done.stderr.strip().splitlines()[-1:]}")
    return folder / "node_modules"


def validated(modules: Path, path: Path) -> dict[str, Any]:
    """The report of the validator on a GLB file."""
    done = subprocess.run(
        ["node", "-e", _VALIDATE, str(path)], cwd=modules.parent, capture_output=True, text=True, timeout=60, check=True
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report
