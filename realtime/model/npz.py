"""Reads an untrusted NPZ file: nothing in it is executed, and it cannot claim more memory than it contains.

`np.load` alone trusts the sizes that a file claims (4 MB became 4 GB in a trial), takes the last of two members of
one name, and leaves trailing bytes unread. Here the zip directory is checked before a byte is unpacked, and each
array's header, which numpy reads, against the bytes that are really there.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import struct
import tokenize
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.lib import format as npy_format

from realtime.core.errors import ModelFileError
from realtime.core.types import Array

MAX_BYTES = 64 * 2**20  # of the file, and of all that it unpacks to; the largest published model has 0.4 MB
_MAX_MEMBERS = 64
_MAX_RATIO = 100
_RATIO_MATTERS = 2**20  # a small member of zeros packs better than 1:100 and does no harm
_MAX_DIRECTORY = 2**16  # bytes; `zipfile` reads the whole directory, however many members it claims
_END_SIGNATURE = b"PK\x05\x06"
_END_RECORD = struct.Struct("<4s4H2LH")  # signature, four counts, the directory's size and place, the comment's length
_ZIP64_LOCATOR_BYTES = 20
_MAX_HEADER = 512  # bytes, of which numpy writes 128; a literal of thousands can nest deep enough to crash `ast`
_READ_HEADER = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}
_HEADER_ERRORS = (ValueError, TypeError, SyntaxError, RecursionError, UserWarning, tokenize.TokenError)
_MAX_DIMENSIONS = 8
_ARCHIVE_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, OverflowError, MemoryError, RuntimeError,
    UserWarning, ValueError,
)  # fmt: skip
_KINDS = "fiubSU"  # floats, integers, booleans, text; no objects, no records, no dates
_ADVICE = "Get the file again from where it came, or use the model 'emotion@built-in', which needs no file."


def read_npz(path: Path, sha256: str | None = None) -> tuple[dict[str, Array], str]:
    """The arrays of an NPZ file by name, read-only, and the file's SHA-256 in hex.

    `sha256` is what the file must have; it is compared before anything in the file is read. Raises ModelFileError
    for another one, and for everything that is not a plain NPZ of at most 64 MB with numbers and text in it.
    """
    data = _read(path)
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and found != sha256:
        raise _refusal(
            path,
            f"its SHA-256 is {found[:12]}..., expected {sha256[:12]}...: the file was changed after it was recorded.",
        )
    return parse_npz(data, path), found


def parse_npz(data: bytes, path: Path) -> dict[str, Array]:
    """The arrays in the bytes of an NPZ file; `path` is only named in errors. ModelFileError as `read_npz`."""
    if not data:
        raise _refusal(path, "is empty, expected an NPZ archive.")
    if not data.startswith(b"PK\x03\x04"):
        raise _refusal(path, f"is {_looks_like(data)}, expected an NPZ archive.")
    _check_end(data, path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # zipfile's, of fields that numpy never writes
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                members = _checked(archive, path)
                return {name: _array(_unpacked(archive, info), name, path) for name, info in members.items()}
    except ModelFileError:
        raise
    except _ARCHIVE_ERRORS as cause:
        raise _refusal(path, f"damaged or cut short, the zip archive cannot be read ({str(cause)[:200]}).") from cause


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
                raise _refusal(path, f"has {size / 2**20:.0f} MB, a model file has at most {MAX_BYTES // 2**20} MB.")
            data = file.read(size + 1)  # read(MAX_BYTES) would set up 64 MB for a file of 100 kB
    except OSError as cause:
        raise ModelFileError(f"{path}: cannot be read ({cause.strerror or cause}). Check its permissions.") from cause
    if len(data) > size:
        raise ModelFileError(f"{path}: grew while it was read. Try again when it is complete.")
    return data


def _refusal(path: Path, fault: str) -> ModelFileError:
    return ModelFileError(f"{path}: {fault} {_ADVICE}")


def _looks_like(data: bytes) -> str:
    if data.startswith(npy_format.MAGIC_PREFIX):
        return "a single array (.npy)"
    if data.startswith(b"\x80") and data.rstrip().endswith(b"."):
        return "a Python pickle, which is never opened because opening one runs the code in it"
    if data.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer instead of the file that it refers to"
    if data.lstrip()[:1] == b"<":
        return "a web page (a failed download?)"
    if all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in data[:256]):
        return "text"
    return "no zip archive"


def _check_end(data: bytes, path: Path) -> None:
    """The archive ends with the file, and its directory is small and at the declared position.

    `zipfile` looks for an end anywhere in the last 64 kB, and makes an object of each of a million entries.
    """
    end = len(data) - _END_RECORD.size
    found = data.rfind(_END_SIGNATURE)
    if found != end:
        what = "there are bytes behind the end of the archive" if 0 <= found < end else "damaged or cut short"
        raise _refusal(path, f"{what}.")
    *_, size, place, comment = _END_RECORD.unpack_from(data, end)
    if comment or size + place != end:
        raise _refusal(path, "damaged, its directory is not where the end of the archive declares it.")
    if size > _MAX_DIRECTORY:
        raise _refusal(path, f"has members with {size} bytes to name them; allowed are {_MAX_DIRECTORY} bytes.")
    if data[end - _ZIP64_LOCATOR_BYTES :].startswith(b"PK\x06\x07"):
        raise _refusal(path, "is packed as for more than 4 GB, which numpy does not do here.")


def _checked(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    """The members by array name, once everything in the directory was found acceptable."""
    infos = archive.infolist()
    if len(infos) > _MAX_MEMBERS:
        raise _refusal(path, f"has {len(infos)} members, a model file has at most {_MAX_MEMBERS}.")
    total = sum(info.file_size for info in infos)
    if total > MAX_BYTES:
        raise _refusal(path, f"would unpack to {total / 2**20:.0f} MB, allowed are {MAX_BYTES // 2**20} MB.")
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        # orig_filename is as in the file; filename is cut at a NUL and has its separators translated.
        name = info.orig_filename
        plain = name.removesuffix(".npy")
        if name != info.filename or not plain.isascii() or not plain.isidentifier():
            raise _refusal(path, f"the member name {name[:80]!r} is not that of an array.")
        if plain in members:
            raise _refusal(path, f"has the array '{plain}' twice.")
        if info.flag_bits & 0x1:
            raise _refusal(path, f"'{plain}' is encrypted, expected a plain archive.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _refusal(path, f"'{plain}' is packed in a way that numpy does not write.")
        if info.file_size > max(_RATIO_MATTERS, _MAX_RATIO * info.compress_size):
            raise _refusal(
                path,
                f"'{plain}' unpacks from {info.compress_size} to {info.file_size} bytes, allowed is 1:{_MAX_RATIO}.",
            )
        members[plain] = info
    return members


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The bytes of a member. `ZipFile.read` would first unpack all that is there, whatever the directory claims."""
    with archive.open(info) as member:
        return member.read(info.file_size)


def _array(data: bytes, name: str, path: Path) -> Array:
    """One member as an array over its own bytes; the header must describe exactly the bytes that follow it."""
    file = io.BytesIO(data[:_MAX_HEADER])
    try:
        version = npy_format.read_magic(file)
        read_header = _READ_HEADER[version]
    except (ValueError, KeyError) as cause:
        raise _refusal(path, f"'{name}' is no array in numpy's format, version 1 or 2.") from cause
    try:
        shape, fortran, dtype = read_header(file)
    except _HEADER_ERRORS as cause:
        raise _refusal(
            path, f"the header of '{name}' cannot be read ({data[:80]!r}), expected one array of numbers or text."
        ) from cause
    if dtype.hasobject:
        raise ModelFileError(
            f"{path}: '{name}' holds Python objects, which are never opened because that runs the code in them. "
            "Save the file again with plain arrays (np.savez with numbers and text only)."
        )
    if dtype.kind not in _KINDS or not dtype.itemsize:
        raise _refusal(path, f"'{name}' has the type {dtype}, expected numbers or text.")
    payload = memoryview(data)[file.tell() :]
    claimed = math.prod(shape) * dtype.itemsize  # Python integers: a false header cannot overflow them
    plain = len(shape) <= _MAX_DIMENSIONS and all(type(extent) is int and extent >= 0 for extent in shape)
    if claimed != len(payload) or not plain:
        raise _refusal(path, f"'{name}' claims {claimed} bytes for its shape {shape}, but has {len(payload)}.")
    if not len(payload):
        return np.zeros(shape, dtype)
    flat: Array = np.frombuffer(payload, dtype)
    return flat.reshape(shape, order="F" if fortran else "C")
