"""Names of features and pose angles: equivalent spellings, and the nearest known name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache

from realtime.core.types import EMOTIONS

POSE_NAMES = ("Pitch", "Yaw", "Roll")

# py-feat's detectors write Happy, its model files happiness (feat/plotting.py, _EMOTION_ALIASES).
_EMOTION_ALIASES = {"happy": "happiness", "sad": "sadness", "angry": "anger"}
_AU = re.compile(r"au[ _-]?0*([1-9]\d?)")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


@lru_cache(maxsize=1024)  # the same hundred names come back with every frame
def canonical_name(name: str) -> str:
    """The one spelling of a feature by which names are compared: lower case, emotions as the model files have them."""
    lowered = name.strip().lower()
    action_unit = _AU.fullmatch(lowered)
    if action_unit:
        return f"au{int(action_unit[1]):02d}"
    return _EMOTION_ALIASES.get(lowered, lowered)


def is_emotion(name: str) -> bool:
    """Whether a feature is one of the seven emotions, in either family of names."""
    return canonical_name(name) in EMOTIONS


def reported_name(name: str) -> str:
    """The name of a model's feature in results: an emotion has one, however the file spells it; others keep theirs."""
    return canonical_name(name) if is_emotion(name) else name


def is_feature_name(name: str) -> bool:
    """Whether a name can be that of a feature: an emotion, an action unit or a blendshape, and no pose."""
    return bool(_IDENTIFIER.fullmatch(name)) and name.lower() not in {pose.lower() for pose in POSE_NAMES}


def family_of(columns: Iterable[str]) -> str:
    """ "emotion", "au" or "blendshape": what features of these names are."""
    names = [canonical_name(column) for column in columns]
    if all(name in EMOTIONS for name in names):
        return "emotion"
    return "au" if all(_AU.fullmatch(name) for name in names) else "blendshape"


def nearest(name: str, known: Iterable[str]) -> str:
    """``" Did you mean 'x'?"`` for the known name that is spelled most alike, or nothing where none is."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.5)
    return f" Did you mean '{by_lower[close[0]]}'?" if close else ""
