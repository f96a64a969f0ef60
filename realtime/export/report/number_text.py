"""Numbers as reports write them: a true minus sign, thin groups of thousands, as many decimals as can be read."""

from __future__ import annotations

import re

_FAR = 10.0  # beyond it a score is of a fit that was asked for what it has never seen


def decimal(value: float, digits: int, *, sign: bool = False) -> str:
    """A number with so many decimals; zero has no sign."""
    text = f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = f"{0:.{digits}f}"
    return text.replace("-", "−")


def score(value: float | None, digits: int = 2, *, sign: bool = False) -> str:
    """R2 or a difference of two; "" where there is none."""
    if value is None:
        return ""
    return decimal(value, digits if abs(value) < _FAR else 0, sign=sign)


def with_spread(mean: float, spread: float) -> str:
    """ "0.21 ± 0.01", with more decimals where the spread would be written 0."""
    digits = next((many for many in (2, 3, 4) if spread >= 10.0**-many), 4)
    return f"{score(mean, digits)} ± {score(spread, digits if abs(mean) < _FAR else 0)}"


def with_minus(text: str) -> str:
    """A text with numbers: a true minus sign, none at zero, and R2 as it is written on a page."""
    signed = re.sub(r"(?<![\w.])-(?=\d)", "−", text).replace("R2", "R²")
    return re.sub(r"[−+](0\.0+)(?!\d)", r"\1", signed)


def percent(share: float, digits: int = 1) -> str:
    """A share as percent: "20.6 %"; of a share above 0 that would be written 0, "below 0.1 %"."""
    if 0 < share < 0.5 * 10 ** -(digits + 2):
        return f"below {10**-digits:.{digits}f} %"
    return f"{decimal(100 * share, digits)} %"


def count(value: int, one: str, many: str = "") -> str:
    """ "1 person", "1,234 people"."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"
