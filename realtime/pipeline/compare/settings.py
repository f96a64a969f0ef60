"""What a comparison of recordings is given: settings for all of them, and each recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from realtime.core.config import Config
from realtime.core.types import FloatArray
from realtime.model import LinearMeshModel
from realtime.pipeline.compare.neutrals import NeutralWish
from realtime.pipeline.compare.setups import Setup, tracked_sources
from realtime.pipeline.face_units import FacesOf
from realtime.pipeline.neutral_transfer import CarriedNeutral


@dataclass(frozen=True, slots=True, eq=False)
class CompareSettings:
    """All on which the numbers of recordings depend beside the recordings themselves."""

    config: Config
    setups: tuple[Setup, ...]
    independent: str | None  # source that names emotions and does not see the mesh
    offsets: tuple[Mapping[str, FloatArray], ...]  # for each setup, measured offsets of trackers by name
    recompute: bool = False  # faces of sessions are found again in their pictures, not taken as they were stored
    faces: FacesOf = "largest"  # of several in a frame; "all": each face is compared as a recording of its own
    described: Mapping[str, Any] = field(default_factory=dict)  # the same as JSON, for the keys of parts

    @property
    def tracked(self) -> tuple[Config, list[LinearMeshModel], tuple[str, ...]]:
        """With what faces are found: the settings, the models, each once, and the sources of features."""
        models = list({id(one.model): one.model for one in self.setups}.values())
        return self.config, models, tracked_sources(self.setups, self.independent)


@dataclass(frozen=True, slots=True, eq=False)
class RecordingJob:
    """A recording that is to be compared."""

    path: Path
    name: str
    neutral: NeutralWish
    saved: CarriedNeutral | None = None
    saved_key: str = ""  # which one that is
