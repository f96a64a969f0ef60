"""Looks at the frames of a recording's neutral as a calibration does: what a face at rest does not do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from realtime.core.neutral import Finding
from realtime.core.types import Aligned
from realtime.geometry import is_implausible
from realtime.model.names import canonical_name, is_emotion
from realtime.pipeline.compare.spool import Chunk
from realtime.pipeline.rest_findings import RestFindings


class NeutralFindings:
    """Gathers what the frames of a neutral show, chunk by chunk."""

    def __init__(self, independent: str | None, reasons: Sequence[str]) -> None:
        """`independent` names emotions and does not see the mesh; `reasons` by the number of their bit, may grow."""
        self._independent, self._reasons = independent, reasons
        self._findings = RestFindings()

    def add(self, chunk: Chunk, faces: Iterable[tuple[int, Aligned]]) -> None:
        """Add rows of a chunk with their faces, in the frame of the first setup."""
        hidden = sum(1 << bit for bit, reason in enumerate(self._reasons) if is_implausible(reason))
        named = {} if self._independent is None else chunk.features(self._independent)
        emotions = {canonical_name(name): values for name, values in named.items() if is_emotion(name)}
        for row, face in faces:
            seen = {name: float(values[row]) for name, values in emotions.items()}
            self._findings.add(
                face,
                implausible=bool(int(chunk.reasons[row]) & hidden),
                faces=int(chunk.faces_seen[row]),
                emotions=seen if seen and np.isfinite(list(seen.values())).all() else None,
                source=self._independent or "",
            )

    def finish(self) -> tuple[Finding, ...]:
        """What was found."""
        return self._findings.finish()
