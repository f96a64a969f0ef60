"""What stood in for a tracker and for py-feat's network when it was recorded: their recorded words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from realtime.core.run_report import RecordedNetworkReport
from realtime.core.types import Frame, Landmarks
from realtime.pipeline.network_sync import Matched, Observation
from realtime.pipeline.replay.recorded_frames import ReplayFrame
from realtime.session.schema import PartInfo


class StoredTracker:
    """A `Tracker` that gives the landmarks that were recorded."""

    def __init__(self, part: PartInfo) -> None:
        self.name = part.tracker
        self.blendshapes = part.blendshapes

    def track(self, frame: Frame) -> Landmarks | None:
        """The recorded face; None where there was none."""
        assert isinstance(frame, ReplayFrame)
        return frame.known.landmarks

    def close(self) -> None:
        """There is nothing to free."""


class StoredPairing:
    """A `Partner` that pairs as it was recorded: each word with the face with which it stood in its row."""

    ahead = 1
    reason = ""
    speaks = True

    def __init__(self, observe: Callable[[Observation, int], Observation]) -> None:
        """`observe` gives the observation of another row's face, by that row's stamp."""
        self._observe = observe

    def report(self, sync: Literal["pair", "latest"]) -> RecordedNetworkReport:
        """Where its outputs come from; `sync` is how they are shown."""
        return RecordedNetworkReport(
            state="recorded", reason="", runtime="recorded", weights_sha256=None, restarts=0, sync=sync
        )

    def look(self, seen: Observation) -> Matched:
        """The word that was recorded, and the face that it was shown with."""
        assert isinstance(seen.frame, ReplayFrame)
        stored = seen.frame.known
        if not seen.aligned or not stored.models:
            return Matched(seen)
        if stored.network is None:
            sources = [None if model.features is None else model.features.source for model in stored.models]
            return Matched(seen, pending=None in sources and "inverse" not in sources)
        face_ns = stored.models[0].stamp_ns
        return Matched(seen if face_ns == stored.stamp_ns else self._observe(seen, face_ns), stored.network)

    def submit(self, seen: Observation) -> None:
        """It is known already."""

    def finish(self, seen: Observation) -> Matched:
        """As `look`: of a file every word was on its own frame."""
        return self.look(seen)

    def close(self) -> None:
        """Nothing waits for it."""
