"""The colour maps beside those of the installed matplotlib."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.core.view_options import ColorMap, SignedMap
from realtime.view.paint import colormap

matplotlib = pytest.importorskip("matplotlib", minversion="3.10", reason="berlin and managua came with matplotlib 3.10")


@pytest.mark.parametrize("name", colormap.MAPS)
def test_a_map_is_matplotlibs(name: ColorMap | SignedMap) -> None:
    lowest = 0.1 if name in (ColorMap.INFERNO, ColorMap.MAGMA) else 0.0
    theirs = 255 * matplotlib.colormaps[str(name)](np.linspace(lowest, 1.0, 1024))[:, :3]
    ours = colormap.table(1024, name).astype(float)
    assert np.abs(ours - theirs).max() < 6.5
    others = [other for other in colormap.MAPS if other is not name]
    assert min(np.abs(colormap.table(1024, other) - theirs).max() for other in others) > 60  # and no other is near


def test_inferno_stays_the_default() -> None:
    np.testing.assert_array_equal(colormap.table(64), colormap.table(64, ColorMap.INFERNO))
    assert colormap.at(0.3) == colormap.at(0.3, ColorMap.INFERNO) != colormap.at(0.3, ColorMap.VIRIDIS)
    assert not colormap.table(8).flags.writeable


@pytest.mark.parametrize("name", list(ColorMap))
def test_magnitudes_grow_lighter(name: ColorMap) -> None:
    light = (colormap.table(64, name) / 255.0) ** 2.2 @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(light) > -1e-3).all() and light[-1] > 5 * light[0]


@pytest.mark.parametrize("name", list(SignedMap))
def test_zero_stands_apart_from_both_ends(name: SignedMap) -> None:
    low, middle, high = colormap.table(3, name).astype(float)
    assert min(np.linalg.norm(a - b) for a, b in ((low, middle), (middle, high), (low, high))) > 90
