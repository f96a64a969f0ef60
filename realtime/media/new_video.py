"""A video that is either complete or absent, for what can be made again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from realtime.core.config import RecordConfig
from realtime.core.files import discard
from realtime.core.interrupts import held_back
from realtime.media.video_writer import VideoWriter


@contextmanager
def new_video(
    out: Path, size: tuple[int, int], record: RecordConfig, fps: float | None = None, *, private: bool = False
) -> Iterator[VideoWriter]:
    """A video under an unused name for the block to fill, see `VideoWriter`; nothing is left where it fails.

    `record` has its quality. Raises RecordError.
    """
    writer: VideoWriter | None = None
    try:
        with held_back():
            writer = VideoWriter(out, size, record.crf, record.preset, fps, private=private)
        with writer:
            yield writer
    except BaseException:
        if writer is not None:
            discard(writer.path)
        raise
