"""The converted network, made once for each file of weights and kept in the user's cache folder.

Made by a subprocess (`realtime.detect.pyfeat.convert`) in a temporary folder, which is renamed when it is complete; so
what has the name of a converted network is complete. A file lock keeps two programs from making the same one.
"""

from __future__ import annotations

import importlib.metadata
import json
import secrets
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime.core.blas_threads import environment_for_children
from realtime.core.errors import ModelFileError, NetworkError
from realtime.core.process import module_command, module_environment
from realtime.core.user_folders import user_folder
from realtime.detect.pyfeat.output_layout import OutputLayout
from realtime.detect.pyfeat.weights import Weights
from realtime.model.hub.cache import sha256_of
from realtime.model.hub.lock import exclusive_lock

FORMAT = 1  # of about.json
CONVERTER = 2  # grows with every change to what is written, the way in which the graph is built included
TOPOLOGY, BINARY, ABOUT = "network.xml", "network.bin", "about.json"
PROGRESS_PREFIX, REFUSAL_PREFIX = "meshmirror: ", "meshmirror refuses: "  # of lines of the subprocess for this process
_MAKING = ".making-"
_LOCK = ".lock"
_NAMED = 32  # hex digits of the weights' SHA-256 in a folder's name
_KEPT_LINES = 8  # lines of a subprocess that failed
_ROOM = 1.15  # of the weights' size


@dataclass(frozen=True, slots=True, eq=False)
class ConvertedNetwork:
    """A network as OpenVINO reads it."""

    folder: Path
    layout: OutputLayout
    about: Mapping[str, Any]  # about.json: versions, differences to py-feat's own, milliseconds on this machine

    @property
    def topology(self) -> Path:
        """The file that OpenVINO opens."""
        return self.folder / TOPOLOGY

    @property
    def reference(self) -> str:
        """What its numbers were compared with when it was converted."""
        return str(self.about["reference"])

    @property
    def bf16_gain(self) -> float:
        """Measured speed-up of bfloat16 on the machine that converted it; 0 where the processor does not have it."""
        bf16 = self.about["bf16"]
        return float(self.about["f32"]["ms"] / bf16["ms"]) if bf16 else 0.0


def find_converted(sha256: str) -> ConvertedNetwork | None:
    """The network converted from the weights with this SHA-256; None where there is none, or it is damaged."""
    folder = _folder(sha256)
    try:
        about = json.loads((folder / ABOUT).read_bytes())
        if (about["format"], about["converter"], about["weights_sha256"]) != (FORMAT, CONVERTER, sha256):
            return None
        layout = OutputLayout.from_json(**about["heads"])
        for name in (TOPOLOGY, BINARY):
            is_there, size = sha256_of(folder / name)
            if about["files"][name] != {"bytes": size, "sha256": is_there}:
                return None
        converted = ConvertedNetwork(folder, layout, about)
        converted.bf16_gain, converted.reference  # noqa: B018 (they must be there as well)
    except (OSError, ModelFileError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return converted


def ensure_converted(weights: Weights, notify: Callable[[str], None]) -> ConvertedNetwork:
    """The converted network; converts it where it is not there yet, and calls `notify` at every step.

    That takes some seconds, of another layout than today's 20 s. Another program that converts is waited for. Raises
    ModelFileError for weights that were changed or are not py-feat's; NetworkError where the cache folder cannot be
    written, or where another layout needs torch and py-feat and they cannot be imported.
    """
    converted = find_converted(weights.sha256)
    if converted is not None:
        return converted
    weights.check()
    folder = _folder(weights.sha256)
    try:
        with exclusive_lock(folder.parent / _LOCK):
            converted = find_converted(weights.sha256)  # another program may have made it meanwhile
            if converted is not None:
                return converted
            for left in folder.parent.glob(f"{_MAKING}*"):  # by a program that was killed: only who has the lock makes
                shutil.rmtree(left, ignore_errors=True)
            _make(weights, folder, notify)
    except OSError as error:
        raise unwritable(folder.parent, error.strerror or str(error)) from error
    converted = find_converted(weights.sha256)
    if converted is None:
        raise unwritable(folder.parent, "what was written there reads back differently")
    return converted


def _folder(sha256: str) -> Path:
    major = importlib.metadata.version("openvino").partition(".")[0]
    return user_folder("cache") / "pyfeat" / f"{sha256[:_NAMED]}-{CONVERTER}-openvino{major}"


def _make(weights: Weights, folder: Path, notify: Callable[[str], None]) -> None:
    need, free = weights.path.stat().st_size * _ROOM, shutil.disk_usage(folder.parent).free
    if free < need:
        raise unwritable(folder.parent, f"{free / 1e6:.0f} MB are free, {need / 1e6:.0f} MB are needed")
    making = folder.parent / f"{_MAKING}{secrets.token_hex(8)}"
    making.mkdir()
    try:
        _convert(weights, making, notify)
        if folder.exists():  # a damaged one
            shutil.rmtree(folder)
        making.rename(folder)
        for older in folder.parent.glob(f"{weights.sha256[:_NAMED]}-*"):  # of another OpenVINO or an older version
            if older != folder:
                shutil.rmtree(older, ignore_errors=True)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _convert(weights: Weights, making: Path, notify: Callable[[str], None]) -> None:
    """Run the conversion, and kill it if interrupted. Raises what it reports, or an error with its exit code."""
    command = [*module_command("realtime.detect.pyfeat.convert"), str(weights.path), weights.sha256, str(making)]
    environment = module_environment(
        environment_for_children(),
        PYTHONIOENCODING="utf-8",
        OPENBLAS_NUM_THREADS="1",  # on a busy machine numpy's threads wait for each other ten times as long
        HF_HUB_OFFLINE="1",
        HF_HUB_DISABLE_TELEMETRY="1",
        MPLBACKEND="agg",
    )
    last_lines: deque[str] = deque(maxlen=_KEPT_LINES)
    refused = ""
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8", errors="replace",
    ) as child:  # fmt: skip
        try:
            assert child.stdout is not None
            for line in child.stdout:
                if line.startswith(PROGRESS_PREFIX):
                    notify(line.removeprefix(PROGRESS_PREFIX).strip())
                elif line.startswith(REFUSAL_PREFIX):
                    refused = line.removeprefix(REFUSAL_PREFIX).strip()
                elif line.strip():
                    last_lines.append(line.strip())
            child.wait()
        except BaseException:
            child.kill()
            raise
    if child.returncode == ModelFileError.exit_code and refused:
        raise ModelFileError(refused)
    if child.returncode != 0:
        how = f"signal {-child.returncode}" if child.returncode < 0 else f"code {child.returncode}"
        raise NetworkError(refused or f"py-feat's network could not be converted: the conversion ended with {how}. "
                           f"Its last output: {' / '.join(last_lines) or 'none'}")  # fmt: skip


def unwritable(folder: Path, why: str) -> NetworkError:
    """The error for a folder that cannot be written."""
    return NetworkError(
        f"{folder}: the converted network cannot be written: {why}. Make room (about 200 MB) or fix its permissions, "
        "or choose another place with MESHMIRROR_HOME."
    )
