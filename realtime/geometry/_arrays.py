"""Array types of this package that `realtime.core.types` does not need."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.signedinteger[Any]]
F64 = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
