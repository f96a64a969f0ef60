"""Colours as all kinds of eyes see them."""

from __future__ import annotations

import numpy as np

# Machado, Oliveira and Fernandes 2009: what is seen without one of the three kinds of cones, in linear RGB.
EYES = {
    "all": np.eye(3),
    "no red": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "no green": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "no blue": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]
    ),
}
_CONES = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_LAB = np.array(
    [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.808675766]]
)  # fmt: skip


def linear(rgb: np.ndarray) -> np.ndarray:
    """sRGB (..., 3), 0..1, without its curve (IEC 61966-2-1)."""
    found: np.ndarray = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return found


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Linear RGB (..., 3) in OKLab (Ottosson 2020)."""
    found: np.ndarray = np.cbrt(np.clip(rgb, 0, 1) @ _CONES.T) @ _LAB.T
    return found


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Relative luminance (...) of sRGB (..., 3)."""
    found: np.ndarray = linear(np.asarray(rgb)) @ (0.2126, 0.7152, 0.0722)
    return found


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """Contrast ratio of two sRGB colours, 1 to 21 (WCAG 2)."""
    dark, light = sorted((float(luminance(one)), float(luminance(other))))
    return (light + 0.05) / (dark + 0.05)
