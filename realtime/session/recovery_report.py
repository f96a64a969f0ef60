"""What `meshmirror recover --json` reports."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import field_serializer

from realtime.core.report import Report, described
from realtime.core.stream_counts import StreamCounts
from realtime.session.recover import Recovered


class RecoveredPart(Report):
    """One part of a session."""

    part: Annotated[int, described("number of the part, from 1")]
    seconds: Annotated[float, described("length", "s")]
    streams: Annotated[dict[str, StreamCounts], described("what became of each stream")]

    @field_serializer("streams")
    def _without_what_is_absent(self, streams: dict[str, StreamCounts]) -> dict[str, Any]:
        return {name: counts.model_dump(mode="json", exclude_none=True) for name, counts in streams.items()}


class RecoveredSession(Report):
    """A session that is complete now."""

    path: Annotated[str, described("its folder")]
    changed: Annotated[bool, described("whether anything had to be done")]
    state: Annotated[str, described("how the recording ended")]
    parts: Annotated[tuple[RecoveredPart, ...], described("its parts")]
    notes: Annotated[tuple[str, ...], described("what is missing")]

    @classmethod
    def of(cls, found: Recovered) -> RecoveredSession:
        """What is reported of a session that was looked at."""
        parts = tuple(
            RecoveredPart(
                part=part.info.part,
                seconds=0.0 if part.end_ns is None else round((part.end_ns - part.info.start_ns) / 1e9, 3),
                streams=part.streams,
            )
            for part in found.info.parts
        )
        return cls(
            path=str(found.folder), changed=found.changed, state=found.info.state, parts=parts, notes=found.notes
        )


class RecoveryFailure(Report):
    """A session that cannot be completed."""

    path: Annotated[str, described("its folder")]
    error: Annotated[str, described("why")]
    exit_code: Annotated[int, described("exit code of this error")]


class RecoveryReport(Report):
    """All sessions that were looked at."""

    sessions: Annotated[tuple[RecoveredSession, ...], described("those that are complete now")]
    failures: Annotated[tuple[RecoveryFailure, ...], described("those that cannot be completed")]
