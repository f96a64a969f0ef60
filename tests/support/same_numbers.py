"""Whether two nested results are the same but for the last digits of numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def same_numbers(one: Any, other: Any) -> bool:
    """Objects of JSON. Sums of products are equal bit for bit wherever they are computed; what linear algebra makes of
    them may differ in the last bit with the place of an array in memory.
    """
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same_numbers(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same_numbers, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-11, abs_tol=1e-13)
    return bool(one == other)
