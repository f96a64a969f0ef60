"""Opening a video file safely, and what its headers declare."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from realtime.capture.source import SECOND_NS, SourceOptions
from realtime.core.errors import SourceError

NO_TIMES = 0x0080  # AVFMT_NOTIMESTAMPS: the format stores no times

# Only formats that keep their pictures in the one file. FFmpeg's play lists (hls, concat, dash, sdp, image2, lavfi)
# would open any other files and addresses that they name.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,mpegtsraw,flv,asf,asf_o,ogg,gif,apng,ivf,nut,dv,mxf,"
    "rm,wtv,yuv4mpegpipe,h264,hevc,vvc,m4v,mjpeg,mjpeg_2000,obu,av1,vc1,h263,h261,cavsvideo,dirac,webp,"
    "wav,mp3,aac,flac,aiff,ac3,eac3,amr,au,caf,w64"  # sound, so that the error can name it as sound
)


def open_container(path: Path, options: SourceOptions) -> tuple[Any, Any]:
    """The opened file and its picture track (PyAV), decoding in several threads.

    Raises:
        SourceError: it cannot be read, is no video, or has no picture track.
    """
    import av

    av.logging.set_level(None)  # FFmpeg's messages cross the GIL and have deadlocked; the errors are sufficient
    name = path.name
    try:
        if path.stat().st_size == 0:
            raise SourceError(f"{name}: the file is empty.")
        container = av.open(
            f"file:{path.absolute()}",  # with the prefix a name like 'concat:x' is still only a name
            metadata_errors="replace",
            options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"},
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        text = f"{name}: cannot be read as a video ({reason}). Is it damaged, cut off, or no video?"
        raise SourceError(text) from error
    try:
        stream = _picture_track(container)
        if stream is None:
            raise SourceError(f"{name}: has no picture track{' (only sound)' if container.streams.audio else ''}.")
        stream.thread_type = "AUTO"
    except BaseException:
        container.close()
        raise
    return container, stream


def _picture_track(container: Any) -> Any:
    """The first video track that is no cover picture of a song; None where there is none."""
    from av.stream import Disposition

    for stream in container.streams.video:
        if stream.codec_context is not None and not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def declared_frames(stream: Any) -> int | None:
    """The number of frames that the headers declare to be shown; None where they do not.

    An edit list (as of a clip trimmed on a phone) marks stored frames that are decoded but never shown; AVI counts
    empty entries that only lengthen the frame before.
    """
    if not stream.frames:
        counted = next((v for k, v in stream.metadata.items() if k.startswith("NUMBER_OF_FRAMES")), "")
        return int(counted) if counted.isdecimal() and len(counted) < 10 else None  # mkvmerge's statistics
    hidden = sum(entry.is_discard or entry.size == 0 for entry in stream.index_entries)
    return int(stream.frames - hidden) or None


def track_end_ns(stream: Any) -> int | None:
    """The end of the picture track that its own header declares (Matroska does), in ns; None where it does not."""
    tag = re.fullmatch(r"(\d+):(\d+):(\d+)\.(\d{1,9})", stream.metadata.get("DURATION", ""))
    if not tag:
        return None
    hours, minutes, seconds, fraction = tag.groups()
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * SECOND_NS + int(fraction.ljust(9, "0"))


def declared_end_ns(container: Any, stream: Any) -> int | None:
    """The end of the file in ns as the headers declare it or FFmpeg estimates it; None where neither is possible."""
    if (end_ns := track_end_ns(stream)) is not None:
        return end_ns
    if stream.duration is not None and stream.time_base is not None:
        return int(stream.duration * stream.time_base * SECOND_NS)
    return int(container.duration) * 1000 if container.duration is not None else None
