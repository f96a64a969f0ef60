"""Finds and verifies py-feat's weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from realtime.core.errors import ModelFileError
from realtime.detect.pyfeat.checkpoint import read_checkpoint
from realtime.model.hub import PYFEAT, find, remember
from realtime.model.hub.cache import sha256_of

WEIGHTS_COMMAND = f"meshmirror models fetch {PYFEAT.name}"


@dataclass(frozen=True, slots=True)
class Weights:
    """A checkpoint of py-feat's multitask network, and what it must hold."""

    path: Path
    sha256: str  # hex

    def check(self) -> None:
        """Compare the file with its SHA-256 and check its header. Raises ModelFileError."""
        sha256, _ = sha256_of(self.path)
        if sha256 != self.sha256:
            raise ModelFileError(
                f"{self.path}: its SHA-256 is {sha256[:12]}..., expected {self.sha256[:12]}...: the file was changed. "
                f"`{WEIGHTS_COMMAND}` downloads it again."
            )
        read_checkpoint(self.path)


def find_weights(file: Path | None = None) -> Weights | None:
    """The weights in `file` (the setting detect.pyfeat_weights), else those that were fetched; None where there are
    none.

    A file of one's own is taken as it is; a fetched one must have the SHA-256 that it had when it came. Raises
    ModelFileError for a file that is not there, was changed, or is no checkpoint of py-feat's multitask network.
    """
    if file is not None:
        if not file.is_file():
            raise ModelFileError(f"{file}: no such file (detect.pyfeat_weights). `{WEIGHTS_COMMAND}` downloads it.")
        if file.suffix != ".safetensors":  # py-feat would unpickle it
            raise ModelFileError(f"{file}: the weights must be safetensors, and the file's name must end so.")
        given = Weights(file, sha256_of(file)[0])
        read_checkpoint(file)
        return given
    found = find(PYFEAT)
    if found is None:
        return None
    weights = Weights(found.path, found.sha256 or sha256_of(found.path)[0])
    weights.check()
    if found.revision is not None:
        remember(PYFEAT, found.revision, weights.sha256, found.path.stat().st_size)
    return weights
