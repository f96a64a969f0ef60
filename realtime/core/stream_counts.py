"""What became of the pictures or rows of a recorded stream."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict

from realtime.core.report import described


class StreamCounts(BaseModel):
    """What became of the pictures or rows of one stream: captured = recorded + dropped."""

    model_config = ConfigDict(frozen=True, extra="allow")  # in a session, what other versions wrote

    captured: Annotated[int, described("rows or pictures that were to be recorded")] = 0
    recorded: Annotated[int, described("of these, counted after the write succeeded")] = 0
    dropped: Annotated[int, described("of these, dropped: the encoder or the disk was too slow or full")] = 0
    size: Annotated[tuple[int, int] | None, described("width and height of a video", "px")] = None
    encoder: Annotated[str | None, described("encoder of a video")] = None
    error: Annotated[str | None, described("what ended the stream early")] = None
