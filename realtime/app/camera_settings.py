"""What can be asked of a camera while it runs: resolution, rate and exposure, as choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from realtime.core.config import SourceConfig
from realtime.core.status import Choice

_AS_IT_IS = Choice("", "as the camera has it")
_RESOLUTIONS = ("320x240", "640x480", "960x540", "1280x720", "1920x1080")
_RATES = ("15", "24", "25", "30", "50", "60")
_EXPOSURES = ("1", "2", "5", "10", "20", "33")  # ms; longer than a frame they lower the rate


class CameraOffers(TypedDict):
    """The part of `Offers` that is of a camera."""

    resolutions: tuple[Choice, ...]
    resolution: str
    rates: tuple[Choice, ...]
    rate: str
    exposures: tuple[Choice, ...]
    exposure: str


def camera_offers(source: SourceConfig) -> CameraOffers:
    """What can be asked of a camera, and what is asked of it."""
    size = "" if source.width is None or source.height is None else f"{source.width}x{source.height}"
    rate = "" if source.fps is None else f"{source.fps:g}"
    exposure = "" if source.exposure_ms is None else f"{source.exposure_ms:g}"
    return {
        "resolutions": _choices(_RESOLUTIONS, size, ""),
        "resolution": size,
        "rates": _choices(_RATES, rate, " a second"),
        "rate": rate,
        "exposures": (_AS_IT_IS, Choice("0", "automatic"), *_choices(_EXPOSURES, exposure, " ms")[1:]),
        "exposure": exposure,
    }


def camera_setting(what: str, value: str) -> dict[str, str | None]:
    """The settings of a choice, by the names of `SourceConfig`, which checks their values."""
    if what == "resolution":
        width, _, height = value.partition("x")
        return {"width": width or None, "height": height or None}
    return {"fps" if what == "rate" else "exposure_ms": value or None}


def _choices(known: Sequence[str], now: str, unit: str) -> tuple[Choice, ...]:
    """As the camera has it, the known values, and the present one where that is another."""
    values = known if now in ("", "0", *known) else (*known, now)
    return (_AS_IT_IS, *(Choice(value, f"{value.replace('x', ' x ')}{unit}") for value in values))
