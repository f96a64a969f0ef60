"""The colours of a report, light and dark. One meaning a colour; charts name them by class, never by value."""

from __future__ import annotations

# name: (light, dark)
COLORS: dict[str, tuple[str, str]] = {
    "ground": ("#fcfcfa", "#0f1317"),
    "ink": ("#15191e", "#e9ebee"),
    "muted": ("#5c6570", "#9aa4ae"),
    "line": ("#d9dcdf", "#2b323a"),
    "grid": ("#e8eaec", "#222931"),
    "panel": ("#f2f3f1", "#171c22"),
    "link": ("#0b66ad", "#5fb6f5"),
    "delivered": ("#0b66ad", "#5fb6f5"),  # as the model is used
    "gain": ("#007d5a", "#35c99b"),  # what could be won; good
    "floor": ("#b8500f", "#f59a57"),  # the best conceivable
    "neutral": ("#7b848d", "#87919b"),  # what is compared with; drawn dashed
    "chance": ("#8d959d", "#76818b"),  # chance level; drawn hatched
    "bad": ("#b3261e", "#ff8a80"),
    "warn": ("#8a5a00", "#f0b849"),
    "amber": ("#e3a02c", "#f0b849"),  # frames in which pose and expression mix
    "warn-ground": ("#fff3d6", "#2e2511"),
    "bar": ("#b9c4cf", "#46515c"),
}

# Of errors and displacements on a face, the same in light and dark: from none over half to the most.
PLASTER, AMBER, AUBERGINE = "#efe9df", "#e07f45", "#4c1350"
# Of errors with a sign: inwards, none, outwards.
INWARDS, OUTWARDS = "#1d4f91", "#a32a1c"


def variables() -> str:
    """CSS that defines the colours: by the system's preference, by the page's switch, and light on white paper."""
    light, dark = (";".join(f"--{name}:{pair[at]}" for name, pair in COLORS.items()) for at in (0, 1))
    return (
        f":root{{color-scheme:light;{light}}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}"
        f"@media print{{:root:root:root{{color-scheme:light;{light};--ground:#fff}}}}"
    )


def ramp(value: float) -> str:
    """The colour of a share from 0 to 1, as "#rrggbb"."""
    return _between((PLASTER, AMBER, AUBERGINE), value)


def signed_ramp(value: float) -> str:
    """The colour of a share from 0 (most inwards) over 0.5 (none) to 1 (most outwards), as "#rrggbb"."""
    return _between((INWARDS, PLASTER, OUTWARDS), value)


def _between(colors: tuple[str, str, str], value: float) -> str:
    stops = [tuple(int(color[at : at + 2], 16) for at in (1, 3, 5)) for color in colors]
    place = min(max(value, 0.0), 1.0) * 2.0
    first = min(int(place), 1)
    mixed = (a + (b - a) * (place - first) for a, b in zip(stops[first], stops[first + 1], strict=True))
    return "#" + "".join(f"{round(part):02x}" for part in mixed)
