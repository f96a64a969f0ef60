"""Array types of this package that the hand-over types do not need."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.signedinteger[Any]]
F64 = npt.NDArray[np.float64]
