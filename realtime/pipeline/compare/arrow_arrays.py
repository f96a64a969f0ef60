"""Arrow's arrays from their buffers: `pa.array` imports pandas where that is installed, 0.4 s in every process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

Bools = npt.NDArray[np.bool_]


def integers(values: npt.NDArray[np.int64]) -> pa.Array:
    """(n,) int64."""
    return _array("int64", [np.ascontiguousarray(values, np.int64)], np.ones(len(values), bool))


def numbers(values: npt.NDArray[np.float64]) -> pa.Array:
    """(n,) double; NaN is null."""
    return _array("float64", [np.ascontiguousarray(values, np.float64)], ~np.isnan(values))


def flags(values: Bools) -> pa.Array:
    """(n,) bool."""
    return _array("bool_", [_bits(values)], np.ones(len(values), bool))


def texts(values: Sequence[str | None]) -> pa.Array:
    """(n,) string; None is null."""
    encoded = [(text or "").encode() for text in values]
    ends = np.zeros(len(values) + 1, np.int32)
    np.cumsum([len(one) for one in encoded], out=ends[1:])
    return _array("string", [ends, b"".join(encoded)], np.array([text is not None for text in values], bool))


def _array(kind: str, buffers: Sequence[Any], known: Bools) -> pa.Array:
    import pyarrow as pa

    whole = [pa.py_buffer(one) for one in buffers]
    return pa.Array.from_buffers(getattr(pa, kind)(), len(known), [pa.py_buffer(_bits(known)), *whole])


def _bits(values: Bools) -> npt.NDArray[np.uint8]:
    return np.packbits(values, bitorder="little")
