"""The colour maps: ours by what every kind of eye sees of them, the others beside those of the installed matplotlib."""

from __future__ import annotations

import numpy as np
import pytest
from sight import EYES, linear, oklab

from realtime.core.view_options import ColorMap, SignedMap
from realtime.view.paint import colormap

OURS = (ColorMap.EMBER, ColorMap.FROST)
THEIRS = [name for name in colormap.MAPS if name not in (*OURS, SignedMap.FROST_EMBER)]


@pytest.mark.parametrize("name", THEIRS)
def test_a_map_is_matplotlibs(name: ColorMap | SignedMap) -> None:
    matplotlib = pytest.importorskip("matplotlib", minversion="3.10", reason="berlin came with matplotlib 3.10")
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


@pytest.mark.parametrize("name", [name for name in ColorMap if name not in OURS])
def test_magnitudes_grow_lighter(name: ColorMap) -> None:
    light = (colormap.table(64, name) / 255.0) ** 2.2 @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(light) > -1e-3).all() and light[-1] > 5 * light[0]


@pytest.mark.parametrize("name", list(SignedMap))
def test_zero_stands_apart_from_both_ends(name: SignedMap) -> None:
    low, middle, high = colormap.table(3, name).astype(float)
    assert min(np.linalg.norm(a - b) for a, b in ((low, middle), (middle, high), (low, high))) > 90


# Ours, as all eyes see them -------------------------------------------------------------------------------------------


def seen(name: ColorMap | SignedMap, eye: str, n: int) -> np.ndarray:
    return oklab(linear(colormap.table(n, name) / 255.0) @ EYES[eye].T)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("name", OURS)
def test_lightness_falls_steadily_from_a_light_zero_and_neighbours_are_told_apart(name: ColorMap, eye: str) -> None:
    lab = seen(name, eye, 65)
    assert (np.diff(lab[:, 0]) < -2e-4).all(), "each step is darker"
    assert lab[0, 0] > 0.85 and lab[-1, 0] < 0.48, "zero is light, the end is not"
    twelfths = seen(name, eye, 13)
    steps = np.linalg.norm(np.diff(twelfths, axis=0), axis=1)
    assert steps.min() > 0.025, "a twelfth of the scale is seen"  # 0.02 is a just noticeable difference in OKLab
    assert steps.max() < 3.5 * steps.min(), "and none of them is an edge"


@pytest.mark.parametrize("eye", EYES)
def test_the_signed_map_has_two_ramps_that_no_eye_confuses(eye: str) -> None:
    lab = seen(SignedMap.FROST_EMBER, eye, 65)
    middle = len(lab) // 2
    assert lab[:, 0].argmax() == middle, "zero is the lightest"
    assert (np.diff(lab[: middle + 1, 0]) > 0).all() and (np.diff(lab[middle:, 0]) < 0).all()
    inwards, outwards = lab[:middle][::-1], lab[middle + 1 :]
    apart = np.linalg.norm(inwards - outwards, axis=1)
    assert (apart[5:] > 0.08).all(), "of one magnitude, inwards and outwards"
    every = np.linalg.norm(inwards[8:, None] - outwards[None, 8:], axis=2)
    assert every.min() > 0.08, "nor any of one side beside any of the other"
    np.testing.assert_array_equal(
        colormap.table(65, SignedMap.FROST_EMBER)[middle:], colormap.table(33, ColorMap.EMBER)
    )


def test_a_map_that_is_not_steady_fails() -> None:
    """The same measure finds fault with a rainbow."""
    rainbow = np.array([[0, 0, 1], [0, 1, 1], [0, 1, 0], [1, 1, 0], [1, 0, 0]], float)
    lab = oklab(linear(rainbow) @ EYES["no green"].T)
    assert not (np.diff(lab[:, 0]) < -2e-4).all()


def test_what_is_below_the_noise_has_the_colour_of_zero() -> None:
    values = np.array([0.0, 0.3, 0.5, 2.75, 5.0, 9.0])
    np.testing.assert_allclose(colormap.share(values, 5.0, 0.5), [0, 0, 0, 0.5, 1, 1], atol=1e-6)
    both = np.concatenate([-values[::-1], values])
    expected = [0, 0, 0.25, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.75, 1, 1]
    np.testing.assert_allclose(colormap.share(both, 5.0, 0.5, signed=True), expected, atol=1e-6)
    np.testing.assert_allclose(colormap.share(values, 5.0), np.clip(values / 5, 0, 1), atol=1e-6)
