"""What differs between the settings of two extractions, in the words of the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_OPTIONS = {
    "detect.emotion": "--emotion", "detect.tracker": "--tracker", "mesh": "--mesh",
    "faces": "--faces", "rotate": "--set source.rotate",
    "sampling.stride": "--stride", "sampling.rate": "--rate",
}  # fmt: skip
_SECTIONS = {"limits": "--set model", "detect": "--set detect"}


def settings_that_differ(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Each with its value before and now: "--emotion appearance, now auto; versions.meshmirror 1.0, now 1.1"."""
    old, new = dict(_leaves(before)), dict(_leaves(now))
    changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return "; ".join(f"{_option(key)} {_text(old.get(key))}, now {_text(new.get(key))}" for key in changed)


def _leaves(settings: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _option(key: str) -> str:
    section, _, name = key.partition(".")
    return _OPTIONS.get(key) or f"{_SECTIONS.get(section, section)}.{name}"


def _text(value: Any) -> str:
    return "not set" if value is None else str(value)
