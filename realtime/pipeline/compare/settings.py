"""What a comparison of recordings is given: settings for all of them, and each recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from realtime.core.config import Config
from realtime.core.types import FloatArray
from realtime.pipeline.compare.neutrals import NeutralWish
from realtime.pipeline.compare.setups import Setup
from realtime.pipeline.neutral_transfer import CarriedNeutral


@dataclass(frozen=True, slots=True, eq=False)
class CompareSettings:
    """All on which the numbers of recordings depend beside the recordings themselves."""

    config: Config
    setups: tuple[Setup, ...]
    independent: str | None  # source that names emotions and does not see the mesh
    offsets: tuple[Mapping[str, FloatArray], ...]  # for each setup, measured offsets of trackers by name
    recompute: bool = False  # faces of sessions are found again in their pictures, not taken as they were stored
    described: Mapping[str, Any] = field(default_factory=dict)  # the same as JSON, for the keys of parts


@dataclass(frozen=True, slots=True, eq=False)
class RecordingJob:
    """A recording that is to be compared."""

    path: Path
    name: str
    neutral: NeutralWish
    saved: CarriedNeutral | None = None
    saved_key: str = ""  # which one that is
