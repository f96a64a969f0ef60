"""Arrays on a disk that is full: one error, and nothing printed when what is left of the attempt is freed."""

from __future__ import annotations

import errno
import gc
import io
import sys
from pathlib import Path

import numpy as np
import pytest

from realtime.core.array_file import write_arrays


class _Full(io.FileIO):
    def write(self, content: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ignored: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)
    with pytest.raises(OSError, match="No space left"), _Full(tmp_path / "full.npz", "w") as file:
        write_arrays(file, {"a": np.zeros(1000)})
    gc.collect()
    assert not ignored


def test_arrays_come_back(tmp_path: Path) -> None:
    arrays = {"a|b": np.arange(5.0), "names": np.array(["x", "y"])}
    with (tmp_path / "arrays.npz").open("wb") as file:
        write_arrays(file, arrays)
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as found:
        assert set(found.files) == set(arrays)
        assert all(np.array_equal(found[name], values) for name, values in arrays.items())
