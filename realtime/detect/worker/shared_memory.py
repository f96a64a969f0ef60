"""Images in shared memory without a name, which no crash of either process can leave behind."""

from __future__ import annotations

import mmap
import os
import secrets
import sys

import numpy as np

from realtime.core.errors import NetworkError
from realtime.core.types import ByteArray
from realtime.detect.pyfeat.crop import CHIP

SIDE = 2 * CHIP  # pixels: the most that a crop carries of either axis
SLOT_BYTES = SIDE * SIDE * 3


class SharedFrames:
    """Room for some pictures of at most 512 x 512 x 3 bytes; the side that made it writes, the other one reads."""

    def __init__(self, memory: mmap.mmap, handle: str, descriptor: int | None) -> None:
        self._memory = memory
        self.handle = handle  # what `attached` needs in the other process
        self.descriptor = descriptor  # to be inherited by the other process; None where there are none

    @classmethod
    def made(cls, slots: int) -> SharedFrames:
        """Memory for so many pictures. Raises NetworkError where the system has none left."""
        size = slots * SLOT_BYTES
        try:
            if sys.platform == "win32":
                # Only by a name can a process find it there; it disappears with the last handle (Python's documentation
                # of mmap, "tagname"; Microsoft's of CreateFileMapping), and a random one cannot be guessed.
                tag = f"meshmirror-{secrets.token_hex(16)}"
                return cls(mmap.mmap(-1, size, tagname=tag), f"tag {tag}", None)
            else:  # noqa: RET505 (mypy looks at one platform at a time)
                descriptor = _nameless(size)
                return cls(mmap.mmap(descriptor, size), f"fd {descriptor}", descriptor)
        except OSError as error:
            raise NetworkError(f"There is no shared memory for {size / 1e6:.1f} MB of pictures: {error}.") from error

    @classmethod
    def attached(cls, handle: str, slots: int) -> SharedFrames:
        """The memory that another process made. Raises OSError or ValueError where there is none of that handle."""
        size = slots * SLOT_BYTES
        kind, _, value = handle.partition(" ")
        if kind == "tag" and sys.platform == "win32":
            return cls(mmap.mmap(-1, size, tagname=value, access=mmap.ACCESS_READ), handle, None)
        descriptor = int(value)
        memory = mmap.mmap(descriptor, size, access=mmap.ACCESS_READ)  # a faulty worker cannot change an image
        os.close(descriptor)  # mmap has one of its own
        return cls(memory, handle, None)

    def write(self, slot: int, picture: ByteArray) -> None:
        """Put a picture (height, width, 3), C-contiguous, into a slot. Raises ValueError where it does not fit.

        numpy would copy without Python's lock and then wait for it, milliseconds where other threads are busy.
        """
        _check(picture.shape[:2])
        self._memory[slot * SLOT_BYTES : slot * SLOT_BYTES + picture.nbytes] = picture.data

    def view(self, slot: int, shape: tuple[int, int]) -> ByteArray:
        """The picture (height, width, 3) of a slot, in place. Raises ValueError where it does not fit."""
        _check(shape)
        flat = np.frombuffer(self._memory, np.uint8, shape[0] * shape[1] * 3, slot * SLOT_BYTES)
        return flat.reshape(*shape, 3)

    def close(self) -> None:
        """Free it; no view may be in use."""
        self._memory.close()
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


def _check(shape: tuple[int, ...]) -> None:
    if not all(0 < pixels <= SIDE for pixels in shape):
        raise ValueError(f"a picture of {shape[0]} x {shape[1]} does not fit into a slot of {SIDE} x {SIDE}")


if sys.platform != "win32":
    # The base of multiprocessing.shared_memory; that class itself keeps the name until it is unlinked.
    from _posixshmem import shm_open, shm_unlink  # type: ignore[import-not-found]

    def _nameless(size: int) -> int:
        """A descriptor of shared memory that has lost its name already."""
        name = f"/mm-{secrets.token_hex(8)}"  # macOS takes 31 characters (its sys/posix_shm.h)
        descriptor: int = shm_open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode=0o600)
        try:
            shm_unlink(name)
            os.ftruncate(descriptor, size)
            if hasattr(os, "posix_fallocate"):  # a full /dev/shm is an error here, and not a bus error while copying
                os.posix_fallocate(descriptor, 0, size)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor
