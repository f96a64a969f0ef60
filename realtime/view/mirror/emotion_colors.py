"""The colour of each emotion, the same wherever one is drawn."""

from __future__ import annotations

from realtime.core.types import EMOTIONS
from realtime.view.paint import theme
from realtime.view.paint.theme import Color

_NAMES = dict(zip(EMOTIONS, theme.SEVEN_NAMES, strict=True))


def emotion_color(name: str) -> Color:
    """Of one of the seven emotions; KeyError for another name."""
    return theme.SEVEN[_NAMES[name]]
