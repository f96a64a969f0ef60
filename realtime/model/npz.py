"""Reads an NPZ file that may come from anywhere: nothing in it runs, and it cannot ask for more memory than it is.

`np.load` is not used: it believes the sizes that a file claims (4 MB became 4 GB in a trial), takes the last of two
members of one name, and leaves trailing bytes unread. Here the zip directory is checked before a byte is unpacked, and
each array's header against the bytes that are really there. The header is a Python literal; it is matched against the
one form that is written and never given to `ast`, which deep nesting can crash.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import re
import struct
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

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
_NPY_MAGIC = b"\x93NUMPY"
_HEADER_LENGTH = {b"\x01\x00": struct.Struct("<H"), b"\x02\x00": struct.Struct("<I")}  # by version of the format
_MAX_HEADER = 10_000
_HEADER = re.compile(
    rb"\{'descr': ?'([<>|=]?[A-Za-z]\d{0,9})', ?"
    rb"'fortran_order': ?(True|False), ?"
    rb"'shape': ?\(((?:\d{1,18}, ?){0,8}(?:\d{1,18})?)\),? ?\}[ \n]*"
)
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
    return parse_npz(data, path), found


def parse_npz(data: bytes, path: Path) -> dict[str, Array]:
    """The arrays in the bytes of an NPZ file; `path` is only named in errors. ModelFileError as `read_npz`."""
    if not data:
        raise ModelFileError(f"{path}: is empty, expected an NPZ archive. {_ADVICE}")
    if not data.startswith(b"PK\x03\x04"):
        raise ModelFileError(f"{path}: is {_looks_like(data)}, expected an NPZ archive. {_ADVICE}")
    _check_end(data, path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # zipfile's, of fields that numpy never writes
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                members = _checked(archive, path)
                return {name: _array(_unpacked(archive, info), name, path) for name, info in members.items()}
    except ModelFileError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        OSError,
        OverflowError,
        MemoryError,
        NotImplementedError,
        RuntimeError,
        UserWarning,
        ValueError,
    ) as cause:
        raise ModelFileError(
            f"{path}: damaged or cut short, the zip archive cannot be read ({str(cause)[:200]}). {_ADVICE}"
        ) from cause


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
            data = file.read(size + 1)  # read(MAX_BYTES) would set up 64 MB for a file of 100 kB
    except OSError as cause:
        raise ModelFileError(f"{path}: cannot be read ({cause.strerror or cause}). Check its permissions.") from cause
    if len(data) > size:
        raise ModelFileError(f"{path}: grew while it was read. Try again when it is complete.")
    return data


def _looks_like(data: bytes) -> str:
    if data.startswith(_NPY_MAGIC):
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


def _check_end(data: bytes, path: Path) -> None:
    """The archive ends with the file, and its directory is small and lies where it says.

    `zipfile` looks for an end anywhere in the last 64 kB, and makes an object of each of a million entries.
    """
    end = len(data) - _END_RECORD.size
    found = data.rfind(_END_SIGNATURE)
    if found != end:
        what = "there are bytes behind the end of the archive" if 0 <= found < end else "damaged or cut short"
        raise ModelFileError(f"{path}: {what}. {_ADVICE}")
    _, _, _, _, count, size, place, comment = _END_RECORD.unpack_from(data, end)
    if comment or size + place != end:
        raise ModelFileError(f"{path}: damaged, its directory is not where the end of the archive says. {_ADVICE}")
    if count > _MAX_MEMBERS or size > _MAX_DIRECTORY:
        raise ModelFileError(
            f"{path}: has {count} members, with {size} bytes to name them; a model file has at most {_MAX_MEMBERS}, "
            f"with {_MAX_DIRECTORY} bytes. {_ADVICE}"
        )
    if data[end - _ZIP64_LOCATOR_BYTES :].startswith(b"PK\x06\x07"):
        raise ModelFileError(f"{path}: is packed as for more than 4 GB, which numpy does not do here. {_ADVICE}")


def _checked(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    """The members by array name, after all that the directory says has been found acceptable."""
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
    dtype, fortran, shape, start = _header(data, name, path)
    payload = memoryview(data)[start:]
    claimed = math.prod(shape) * dtype.itemsize  # Python integers: a lying header cannot overflow them
    if claimed != len(payload):
        raise ModelFileError(
            f"{path}: '{name}' claims {claimed} bytes for its shape {shape}, but has {len(payload)}. {_ADVICE}"
        )
    if not len(payload):
        return np.zeros(shape, dtype)
    flat: Array = np.frombuffer(payload, dtype)
    return flat.reshape(shape, order="F" if fortran else "C")


def _header(data: bytes, name: str, path: Path) -> tuple[np.dtype[Any], bool, tuple[int, ...], int]:
    """dtype, Fortran order, shape, and where the numbers begin."""
    start = len(_NPY_MAGIC) + 2
    length = _HEADER_LENGTH.get(data[start - 2 : start])
    if not data.startswith(_NPY_MAGIC) or length is None or len(data) < start + length.size:
        raise ModelFileError(f"{path}: '{name}' is no array in numpy's format, version 1 or 2. {_ADVICE}")
    count: int = length.unpack_from(data, start)[0]
    start += length.size
    found = _HEADER.fullmatch(data, start, start + count) if count <= min(_MAX_HEADER, len(data) - start) else None
    if found is None:
        raise ModelFileError(
            f"{path}: the header of '{name}' cannot be read ({data[start : start + 80]!r}), expected one array of "
            f"numbers or text. {_ADVICE}"
        )
    descr, fortran, extents = (part.decode("ascii") for part in found.groups())
    try:
        dtype = np.dtype(descr)
    except TypeError as cause:
        raise ModelFileError(f"{path}: '{name}' has the type '{descr}', which does not exist. {_ADVICE}") from cause
    if dtype.hasobject:
        raise ModelFileError(
            f"{path}: '{name}' holds Python objects, which are never opened because that runs the code in them. "
            "Save the file anew with plain arrays (np.savez with numbers and text only)."
        )
    if dtype.kind not in _KINDS or not dtype.itemsize:
        raise ModelFileError(f"{path}: '{name}' has the type {dtype}, expected numbers or text. {_ADVICE}")
    shape = tuple(int(extent) for extent in extents.split(",") if extent.strip())
    return dtype, fortran == "True", shape, start + count
