"""The tensors of a checkpoint as float32 arrays, read by the numpy side of `safetensors`: without torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from realtime.core.errors import ModelFileError
from realtime.core.types import FloatArray
from realtime.detect.pyfeat.checkpoint import open_checkpoint

_READ_BY_NUMPY = ("F16", "F32", "F64")
_BFLOAT16 = "BF16"  # the upper half of a float32; numpy has no such type
# What only training uses: the weights of the losses, and how many batches a mean was taken of.
_OF_TRAINING = ("log_var_", ".num_batches_tracked")


class Tensors:
    """The weights of one checkpoint by py-feat's names; remembers which were taken."""

    def __init__(self, path: Path, arrays: Mapping[str, FloatArray]) -> None:
        self.path = path
        self.arrays = arrays
        self._taken: set[str] = set()

    def take(self, name: str, *shape: int) -> FloatArray:
        """The tensor of this name and shape, float32. Raises ModelFileError where it is missing or has another."""
        array = self.arrays.get(name)
        if array is None:
            raise ModelFileError(f"{self.path}: the tensor '{name}' is missing, of shape {shape}.")
        if array.shape != shape:
            raise ModelFileError(f"{self.path}: the tensor '{name}' has shape {array.shape}, expected {shape}.")
        self._taken.add(name)
        return array

    def check_all_taken(self) -> None:
        """Raises ModelFileError for a tensor that nobody took: then the network was another one."""
        left = sorted(self.arrays.keys() - self._taken)
        if left:
            more = f" and {len(left) - 1} more" if len(left) > 1 else ""
            raise ModelFileError(f"{self.path}: its settings name no use for the tensor '{left[0]}'{more}.")


def read_tensors(path: Path) -> Tensors:
    """All weights of a checkpoint.

    Raises ModelFileError where the file is not readable, or a tensor is of another type or holds numbers that are not
    finite.
    """
    arrays: dict[str, FloatArray] = {}
    with open_checkpoint(path) as file:
        for name in file.keys():  # noqa: SIM118 (no mapping)
            if name.startswith(_OF_TRAINING[0]) or name.endswith(_OF_TRAINING[1]):
                continue
            tensor = file.get_slice(name)
            kind, shape = tensor.get_dtype(), tuple(tensor.get_shape())
            if kind == _BFLOAT16:
                array = _from_bfloat16(path, name).reshape(shape)
            elif kind in _READ_BY_NUMPY:
                with np.errstate(over="ignore"):  # what is too large for float32 is refused as infinite
                    array = file.get_tensor(name).astype(np.float32, copy=False)
            else:
                raise ModelFileError(f"{path}: the tensor '{name}' is of type {kind}, expected F32, BF16, F16 or F64.")
            if not np.isfinite(array).all():
                raise ModelFileError(f"{path}: the tensor '{name}' holds numbers that are not finite.")
            arrays[name] = array
    return Tensors(path, arrays)


def _from_bfloat16(path: Path, name: str) -> FloatArray:
    """The numbers of one tensor in a file that the library has found to be whole, in one row."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        begin, end = json.loads(file.read(length))[name]["data_offsets"]
        file.seek(8 + length + begin)
        halves = np.frombuffer(file.read(end - begin), dtype="<u2")
    numbers: FloatArray = (halves.astype(np.uint32) << 16).view(np.float32)
    return numbers
