"""Opening a video file safely, and what its headers declare."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

from realtime.capture.source import SECOND_NS, SourceOptions
from realtime.capture.stream_content import NEEDED, content_of
from realtime.core.errors import SourceError

_JPEG = b"\xff\xd8\xff"
NO_TIMES = 0x0080  # AVFMT_NOTIMESTAMPS: the format stores no times

# Only formats that keep their pictures in the one file. FFmpeg's play lists (hls, concat, dash, sdp, image2, lavfi)
# would open any other files and addresses that they name.
FORMATS = (
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
            format="mjpeg" if _begins_with_jpeg(path) else None,
            metadata_errors="replace",
            options={"format_whitelist": FORMATS, "protocol_whitelist": "file"},
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        text = f"{name}: cannot be read as a video ({reason}). Is it damaged, cut off, or no video?"
        if names_others(path):
            text = (
                f"{name}: a play list that names other files and addresses; none of them is opened. Give one of them."
            )
        raise SourceError(text) from error
    try:
        stream = picture_track(container)
        if stream is None:
            raise SourceError(f"{name}: has no picture track{' (only sound)' if container.streams.audio else ''}.")
        stream.thread_type = "AUTO"
    except BaseException:
        container.close()
        raise
    return container, stream


def names_others(path: Path) -> bool:
    """Whether a file is a play list or a description of streams: HLS, DASH, SDP, ffconcat."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        return content_of(file.read(NEEDED), "", True) in ("hls", "list")
    return False


def _begins_with_jpeg(path: Path) -> bool:
    """Whether a file is a raw stream of JPEGs, which FFmpeg may take for a still picture or for one that has times."""
    with path.open("rb") as file:
        return file.read(len(_JPEG)) == _JPEG


def picture_track(container: Any) -> Any:
    """The first video track that is no cover picture of a song; None where there is none."""
    from av.stream import Disposition

    for stream in container.streams.video:
        if stream.codec_context is not None and not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def declared_frames(stream: Any) -> int | None:
    """The number of frames that the headers declare to be shown; None where they do not. It is not always right.

    An edit list (as of a clip trimmed on a phone) marks stored frames that are decoded but never shown; AVI counts
    empty entries that only lengthen the frame before.
    """
    if not stream.frames:
        counted = next((v for k, v in stream.metadata.items() if k.startswith("NUMBER_OF_FRAMES")), "")
        return int(counted) if counted.isdecimal() and len(counted) < 10 else None  # mkvmerge's statistics
    hidden = sum(entry.is_discard or entry.size == 0 for entry in stream.index_entries)
    return int(stream.frames - hidden) or None


def indexed_frames(container: Any, stream: Any) -> int:
    """How many packets with pictures the file's index points to; 0 where it has no index of all of them.

    That of an AVI without one is built while it is read: what it holds was found in the file.
    """
    if not set(container.format.name.split(",")) & {"mov", "avi"}:
        return 0
    return sum(not entry.is_discard and entry.size > 0 for entry in stream.index_entries)


def indexed_length_ns(container: Any, stream: Any) -> int | None:
    """How long the stored packets of a QuickTime or MP4 file last together by its tables, in ns; None for others."""
    if "mov" not in container.format.name.split(",") or stream.duration is None or not stream.frames:
        return None
    return int(stream.duration * stream.time_base * SECOND_NS)


def track_end_ns(container: Any, stream: Any) -> int | None:
    """The end of the picture track as the file declares it, in ns; None where it does not.

    Matroska writes it as text, which survives a cut: so it is no later than the file's own. AVI declares it by its
    count, which is all that there is where its index is missing; with the index the frames that are held are known.
    """
    if container.format.name == "avi":
        complete = len(stream.index_entries) > 0 and _has_avi_index(Path(container.name.removeprefix("file:")))
        known = None if complete or stream.duration is None else stream.duration * stream.time_base * SECOND_NS
        return None if known is None else int(known)
    tag = re.fullmatch(r"(\d+):(\d+):(\d+)\.(\d{1,9})", stream.metadata.get("DURATION", ""))
    if not tag:
        return None
    hours, minutes, seconds, fraction = tag.groups()
    end_ns = ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * SECOND_NS + int(fraction.ljust(9, "0"))
    return end_ns if container.duration is None else min(end_ns, int(container.duration) * 1000)


def _has_avi_index(path: Path) -> bool:
    """Whether the chunks of an AVI file go on, behind the pictures, to its index."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        at = 12
        while at + 8 <= size:
            file.seek(at)
            name, length = file.read(4), int.from_bytes(file.read(4), "little")
            if name == b"idx1":
                return at + 8 + length <= size
            at += 8 + length + length % 2
    return False


def declared_end_ns(container: Any, stream: Any) -> int | None:
    """The end of the file in ns as the headers declare it or FFmpeg estimates it; None where neither is possible."""
    if (end_ns := track_end_ns(container, stream)) is not None:
        return end_ns
    if stream.duration is not None and stream.time_base is not None:
        return int(stream.duration * stream.time_base * SECOND_NS)
    return int(container.duration) * 1000 if container.duration is not None else None
