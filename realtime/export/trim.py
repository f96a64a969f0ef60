"""Trims a session: writes an interval as a session of its own.

Rows are copied. A video is copied where the interval begins with a key frame, and encoded again elsewhere, so that it
contains no earlier picture. The new session's clock begins with 0 at its first row.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from realtime.core.errors import RecordError
from realtime.core.files import create_private
from realtime.core.progress import Progress, no_progress
from realtime.core.stream_counts import StreamCounts
from realtime.export.new_session import NewSession, new_session, write_annotations
from realtime.export.tables.selection import Selection
from realtime.export.trimmed_rows import write_rows
from realtime.media.mp4 import KEEP_TIMES, open_mp4
from realtime.media.timebase import TICK_NS, TIME_BASE, TOLERANCE
from realtime.media.video_reader import VideoReader
from realtime.media.video_writer import VideoWriter
from realtime.session.folder import PartSummary, SessionInfo, Stream, stream_path
from realtime.session.read.flat_table import Faces
from realtime.session.read.part import SessionPart
from realtime.session.read.session import Session

_CRF = 17  # of videos that are encoded again


def to_session(
    session: Session,
    path: str | Path,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    faces: Faces = "all",
) -> Path:
    """Write the frames from `start_s` up to `end_s` (seconds; None: all) as a new session; its folder.

    With the `faces` "chosen" without the others. Raises UsageError and RecordError.
    """
    return trim(Selection(session, start_s, end_s, faces=faces), Path(path))[0]


def trim(selection: Selection, wanted: Path, progress: Progress = no_progress) -> tuple[Path, dict[str, str]]:
    """As `to_session`; also, by file name, whether each video was "copied" or "encoded"."""
    session, methods, done = selection.session, {}, 0
    first_part, first_row, _ = selection.parts[0]
    origin_ns = int(first_part.times[first_row])
    with new_session(wanted) as new:
        for number, (part, first, count) in enumerate(selection.parts, 1):
            start_ns = int(part.times[first])
            info = part.info.model_copy(
                update={"session": new.session, "part": number, "start_ns": start_ns - origin_ns}
            )
            write_rows(new.folder, info, part, first, count, origin_ns, selection.faces)
            counts = {"frames": StreamCounts(captured=count, recorded=count)}
            interval = start_ns, int(part.times[first + count - 1])
            streams: tuple[tuple[Stream, VideoReader | None], ...] = (("camera", part.camera), ("view", part.view))
            for stream, video in streams:
                if video is not None:
                    out = stream_path(new.folder, stream, number)
                    pictures, method = _trim_video(video, part, out, interval, f"{new.session} {number} {stream}")
                    if not pictures:
                        continue
                    methods[out.name] = method
                    counts[stream] = StreamCounts(captured=pictures, recorded=pictures, size=video.size)
            new.parts.append(PartSummary(info=info, end_ns=interval[1] - origin_ns, streams=counts))
            done += count
            progress(done, len(selection))
        write_annotations(
            session.folder, new.folder, first_part.first + first_row, len(selection), origin_ns, labels=True
        )
        new.info = _info(selection, new, origin_ns)
    return new.folder, methods


def _info(selection: Selection, new: NewSession, origin_ns: int) -> SessionInfo:
    old = selection.session.info or SessionInfo(session=new.session)
    origin = selection.session.parts[0].info.session
    note = f"trimmed from session {origin}, from {origin_ns / 1e9:.3f} s on"
    return old.model_copy(
        update={
            "utc_ns": old.utc_ns + origin_ns,
            "monotonic_ns": old.monotonic_ns + origin_ns,
            "notes": (*selection.session.notes, note),
        }
    )


def _trim_video(
    video: VideoReader, part: SessionPart, out: Path, interval: tuple[int, int], comment: str
) -> tuple[int, str]:
    """Write the pictures of an interval (first and last time of the session, ns); their number, and the method."""
    import av

    begin, end = (round((time - part.info.start_ns) / TICK_NS) for time in interval)
    try:
        with open_mp4(video.path) as container:
            stream = container.streams.video[0]
            ticks = float(stream.time_base * TIME_BASE.denominator)
            low, high = (begin - TOLERANCE) / ticks, (end + TOLERANCE) / ticks
            container.seek(max(0, int(low)), stream=stream, backward=True)
            packets = (packet for packet in container.demux(stream) if packet.pts is not None)
            wanted = (packet for packet in packets if low <= packet.pts <= high)
            first = next(wanted, None)
            if first is None:
                return 0, "empty"
            if first.is_keyframe:
                return _copied(out, stream, first, wanted, round(begin / ticks), comment), "copied"
            container.seek(max(0, int(low)), stream=stream, backward=True)
            frames = (frame for frame in container.decode(stream) if low <= frame.pts)
            with _writer(out, video.size, interval[0], comment) as writer:
                for frame in frames:
                    if frame.pts > high:
                        break
                    time_ns = interval[0] + round((frame.pts * ticks - begin) * TICK_NS)
                    if not writer.put(frame.to_ndarray(format="rgb24"), time_ns, wait=True):
                        break  # `close` raises the reason
            return writer.written, "encoded"
    except (OSError, ValueError, av.error.FFmpegError) as error:
        raise RecordError(
            f"{out}: the pictures of {video.path.name} could not be written: {error}. "
            "Free some space or choose another place."
        ) from error


def _writer(out: Path, size: tuple[int, int], start_ns: int, comment: str) -> VideoWriter:
    return VideoWriter(out, size, _CRF, "fast", start_ns=start_ns, comment=comment, private=True, key_every=15)


def _copied(out: Path, template: Any, first: Any, others: Iterator[Any], shift: int, comment: str) -> int:
    """Copy packets, with their times moved back by `shift`."""
    import av

    os.close(create_private(out))
    written = 0
    with av.open(f"file:{out.absolute()}", "w", format="mp4", options=KEEP_TIMES) as container:
        container.metadata["comment"] = comment
        stream = container.add_stream_from_template(template)
        packet = first
        while packet is not None:
            packet.pts = max(0, packet.pts - shift)
            packet.dts = packet.pts  # there are no B-frames
            packet.stream = stream
            container.mux(packet)
            written += 1
            packet = next(others, None)
    return written
