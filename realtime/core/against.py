"""What a replay is compared with, as it is typed, and a pair of frames of the two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from realtime.core.errors import UsageError
from realtime.core.frame_result import FrameResult

START = "start"  # two recordings aligned on their first frames

Kind = Literal["session", "model", "emotion"]
EmotionSource = Literal["inverse", "appearance", "pyfeat"]


@dataclass(frozen=True, slots=True)
class Against:
    """The second of two replays: another session, or the same one with another model or source of emotions."""

    kind: Kind
    value: str  # folder, name of the model or of the source

    @property
    def emotion(self) -> EmotionSource | None:
        """The source of emotions, where that is what differs."""
        return next((source for source in get_args(EmotionSource) if self == Against("emotion", source)), None)

    @classmethod
    def parse(cls, text: str) -> Against:
        """From "FOLDER", "model:NAME" or "emotion:SOURCE"; a folder that begins like these is written ./model:...

        Raises UsageError for a missing name or a source that does not exist.
        """
        kind, colon, value = text.partition(":")
        if not colon or kind not in ("model", "emotion"):
            return cls("session", text)
        if not value:
            raise UsageError(f"--against {text}: the name is missing, as in model:au@v4 or emotion:inverse.")
        if kind == "model":
            return cls("model", value)
        if value not in get_args(EmotionSource):
            raise UsageError(
                f"--against {text}: there is no source of emotions '{value}', "
                f"only {', '.join(get_args(EmotionSource))}."
            )
        return cls("emotion", value)


@dataclass(frozen=True, slots=True, eq=False)
class ReplayedSide:
    """One of two replays at a time of their common clock."""

    label: str  # what tells it from the other one: name of the session, of the model or of the source of emotions
    result: FrameResult | None  # None where no row could be read yet
    begins_s: float  # seconds of the common clock
    ends_s: float
    state: Literal["before", "runs", "ended"]


@dataclass(frozen=True, slots=True, eq=False)
class PairedResult:
    """What two replays show at a time of their common clock."""

    time_ns: int  # of the common clock
    tick: int  # its number
    sides: tuple[ReplayedSide, ReplayedSide]
    paired: bool  # the two frames are of the same moment
    aligned_on: str  # START, or the name of the mark
    session: str = ""  # of which both are, where it is one session


class PairSource(Protocol):
    """Has the pairs that the results of the first of two replays belong to."""

    def paired(self, result: FrameResult) -> PairedResult | None:
        """The pair of a result; None for one that is long gone."""
        ...
