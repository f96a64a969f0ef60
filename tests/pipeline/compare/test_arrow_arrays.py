"""Arrow's arrays from their buffers are those that Arrow makes of the same values, and pandas is not imported."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from realtime.pipeline.compare import arrow_arrays


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 1000])
def test_they_are_arrows_own(count: int) -> None:
    rng = np.random.default_rng(count)
    values = rng.normal(size=(count, 2))[:, 0]  # not contiguous
    values[rng.random(count) < 0.3] = np.nan
    whole = rng.integers(-(2**62), 2**62, count)
    signs = values > 0
    words = [None if np.isnan(value) else "ä\x00€😀"[: int(abs(value) * 3)] for value in values]
    for found, expected in (
        (arrow_arrays.numbers(values), pa.array(values, pa.float64(), from_pandas=True)),
        (arrow_arrays.integers(whole), pa.array(whole, pa.int64())),
        (arrow_arrays.flags(signs), pa.array(signs, pa.bool_())),
        (arrow_arrays.texts(words), pa.array(words, pa.string())),
    ):
        found.validate(full=True)
        assert found.equals(expected) and found.null_count == expected.null_count
        assert found.to_pylist() == expected.to_pylist()


def test_rows_of_a_comparison_are_made_without_pandas() -> None:
    code = (
        "import sys, numpy as np\n"
        "from realtime.pipeline.compare.frame_rows import arrow_rows\n"
        "ones = np.ones(3)\n"
        "table = arrow_rows('a', {'frame': ones.astype(np.int64)}, {'seen': ones > 0}, ['', 'x', ''],\n"
        "                   np.array([0, -1, 2]), {'nme': np.array([1.0, np.nan, 2.0])})\n"
        "print('pandas' in sys.modules, table.num_rows, table.column('nme').null_count)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "3", "1"]
