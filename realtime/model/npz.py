"""Reads an NPZ file that may come from anywhere: nothing in it runs, and it cannot ask for more memory than it is.

`np.load` is not used: it believes the sizes that a file claims (4 MB became 4 GB in a trial), takes the last of two
members of one name, and leaves trailing bytes unread. Here the zip directory is checked before a byte is unpacked, and
each array's header against the bytes that are really there.
"""

from __future__ import annotations

import hashlib
import io
import os
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from realtime.errors import ModelFileError
from realtime.types import Array

MAX_BYTES = 64 * 2**20  # of the file, and of all that it unpacks to; the largest published model has 0.4 MB
_MAX_MEMBERS = 64
_MAX_RATIO = 100
_RATIO_MATTERS = 2**20  # a small member of zeros packs better than 1:100 and does no harm
_END_RECORD = b"PK\x05\x06"
_END_RECORD_BYTES = 22
_KINDS = "fiubSU"  # floats, integers, booleans, text; no objects, no records, no dates
_ADVICE = "Get the file again from where it came, or use the model 'emotion@built-in', which needs no file."


def read_npz(path: Path, sha256: str | None = None) -> tuple[dict[str, Array], str]:
    """The arrays of an NPZ file by name, read-only, and the file's SHA-256 in hex.

    `sha256` is what the file must have; it is compared before anything in the file is looked at. Raises ModelFileError
    for another one, and for everything that is not a plain NPZ of at most 64 MB with numbers and text in it.
    """
    data = _read(path)
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and found != sha256:
        raise ModelFileError(
            f"{path}: its SHA-256 is {found[:12]}..., expected {sha256[:12]}...: the file was changed after it was "
            f"recorded. {_ADVICE}"
        )
    _check_kind(data, path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = _checked(archive, data, path)
            arrays = {name: _array(_unpacked(archive, info), name, path) for name, info in members.items()}
    except ModelFileError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        OverflowError,
        MemoryError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as cause:
        raise ModelFileError(
            f"{path}: damaged or cut short, the zip archive cannot be read ({cause}). {_ADVICE}"
        ) from cause
    return arrays, found


def _read(path: Path) -> bytes:
    try:
        if not path.exists():
            raise ModelFileError(f"{path}: there is no such file. Check the path, or use the model 'emotion@built-in'.")
        if not path.is_file():
            kind = "a folder" if path.is_dir() else "no regular file"
            raise ModelFileError(f"{path}: is {kind}, expected a model file (.npz). Give the path of the file itself.")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_BYTES:
                raise ModelFileError(
                    f"{path}: has {size / 2**20:.0f} MB, a model file has at most {MAX_BYTES // 2**20} MB. {_ADVICE}"
                )
            data = file.read(MAX_BYTES + 1)
    except OSError as cause:
        raise ModelFileError(f"{path}: cannot be read ({cause.strerror or cause}). Check its permissions.") from cause
    if len(data) > MAX_BYTES:
        raise ModelFileError(f"{path}: grew beyond {MAX_BYTES // 2**20} MB while it was read. {_ADVICE}")
    return data


def _check_kind(data: bytes, path: Path) -> None:
    if not data:
        raise ModelFileError(f"{path}: is empty, expected an NPZ archive. {_ADVICE}")
    if not data.startswith(b"PK\x03\x04"):
        raise ModelFileError(f"{path}: is {_looks_like(data)}, expected an NPZ archive. {_ADVICE}")


def _looks_like(data: bytes) -> str:
    if data.startswith(npy.MAGIC_PREFIX):
        return "a single array (.npy)"
    if data.startswith(b"\x80") and data.rstrip().endswith(b"."):
        return "a Python pickle, which is never opened because opening one runs the code in it"
    if data.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer instead of the file that it stands for"
    if data.lstrip()[:1] == b"<":
        return "a web page (a failed download?)"
    if all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in data[:256]):
        return "text"
    return "no zip archive"


def _checked(archive: zipfile.ZipFile, data: bytes, path: Path) -> dict[str, zipfile.ZipInfo]:
    """The members by array name, after all that the directory says has been found acceptable."""
    end = len(data) - _END_RECORD_BYTES - len(archive.comment)
    if end < 0 or data[end : end + 4] != _END_RECORD:
        raise ModelFileError(f"{path}: there are bytes behind the end of the archive. {_ADVICE}")
    infos = archive.infolist()
    if len(infos) > _MAX_MEMBERS:
        raise ModelFileError(f"{path}: has {len(infos)} members, a model file has at most {_MAX_MEMBERS}. {_ADVICE}")
    total = sum(info.file_size for info in infos)
    if total > MAX_BYTES:
        raise ModelFileError(
            f"{path}: would unpack to {total / 2**20:.0f} MB, allowed are {MAX_BYTES // 2**20} MB. {_ADVICE}"
        )
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        # orig_filename is what the file says; filename is cut at a NUL and has its separators translated.
        name = info.orig_filename
        plain = name.removesuffix(".npy")
        if name != info.filename or not plain.isascii() or not plain.isidentifier():
            raise ModelFileError(f"{path}: the member name {name[:80]!r} is not that of an array. {_ADVICE}")
        if plain in members:
            raise ModelFileError(f"{path}: has the array '{plain}' twice. {_ADVICE}")
        if info.flag_bits & 0x1:
            raise ModelFileError(f"{path}: '{plain}' is encrypted, expected a plain archive. {_ADVICE}")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ModelFileError(f"{path}: '{plain}' is packed in a way that numpy does not write. {_ADVICE}")
        if info.file_size > max(_RATIO_MATTERS, _MAX_RATIO * info.compress_size):
            raise ModelFileError(
                f"{path}: '{plain}' unpacks from {info.compress_size} to {info.file_size} bytes, "
                f"allowed is 1:{_MAX_RATIO}. {_ADVICE}"
            )
        members[plain] = info
    return members


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The bytes of a member. `ZipFile.read` would first unpack all that is there, whatever the directory says."""
    with archive.open(info) as member:
        return member.read(info.file_size)


def _array(data: bytes, name: str, path: Path) -> Array:
    """One member as an array over its own bytes; the header must describe exactly the bytes that follow it."""
    stream = io.BytesIO(data)
    try:
        version = npy.read_magic(stream)  # type: ignore[no-untyped-call]
        if version == (1, 0):
            shape, fortran, dtype = npy.read_array_header_1_0(stream)  # type: ignore[no-untyped-call]
        elif version == (2, 0):
            shape, fortran, dtype = npy.read_array_header_2_0(stream)  # type: ignore[no-untyped-call]
        else:
            raise ValueError(f"format version {version}")
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError, KeyError, tokenize.TokenError) as cause:
        raise ModelFileError(
            f"{path}: the header of '{name}' cannot be read ({str(cause)[:200]}). {_ADVICE}"
        ) from cause
    if dtype.hasobject:
        raise ModelFileError(
            f"{path}: '{name}' holds Python objects, which are never opened because that runs the code in them. "
            "Save the file anew with plain arrays (np.savez with numbers and text only)."
        )
    if dtype.kind not in _KINDS or dtype.subdtype is not None or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise ModelFileError(f"{path}: '{name}' has the type {dtype}, expected numbers or text. {_ADVICE}")
    payload = memoryview(data)[stream.tell() :]
    count = 1
    for extent in shape:
        count *= extent  # Python integers: a lying header cannot overflow them
    if count * dtype.itemsize != len(payload):
        raise ModelFileError(
            f"{path}: '{name}' claims {count * dtype.itemsize} bytes for its shape {shape}, "
            f"but has {len(payload)}. {_ADVICE}"
        )
    if not len(payload):
        return np.zeros(shape, dtype)
    flat: Array = np.frombuffer(payload, dtype)
    return flat.reshape(shape, order="F" if fortran else "C")
