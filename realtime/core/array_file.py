"""Arrays in an NPZ file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt


def write_arrays(file: BinaryIO, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write an NPZ file in one go. Raises OSError.

    It is made in memory: where a disk is full `np.savez` leaves its archive open, which is then completed when it is
    freed, long after the error, and prints a traceback of its own because the file is closed.
    """
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    file.write(content.getbuffer())
