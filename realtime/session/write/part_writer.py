"""Writes one part of a session: its table and its videos."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from realtime.core.errors import RecordError
from realtime.core.files import sync_folder
from realtime.core.stream_counts import StreamCounts
from realtime.core.types import ByteArray
from realtime.media.video_writer import VideoWriter
from realtime.session.columns.session_row import SessionRow
from realtime.session.folder import PartSummary, Stream, stream_path
from realtime.session.schema import PartInfo
from realtime.session.table import TableWriter

# Seeking decodes from the preceding key frame: at most half a second of a camera at 30 fps.
_KEY_EVERY = 15


@dataclass(frozen=True, slots=True)
class Encoding:
    """Encoder settings."""

    crf: int = 20
    preset: str = "auto"
    fps: float | None = None  # constant frame rate of the window's video; None: variable
    encoder: str = "auto"


class PartWriter:
    """Writes rows and pictures, from one thread; a stream that fails ends, and the others continue."""

    def __init__(
        self,
        folder: Path,
        info: PartInfo,
        encoding: Encoding,
        *,
        camera: bool,
        notify: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Begin the table and, with `camera`, the camera's video; `notify` is called as by `VideoWriter`.

        Raises RecordError.
        """
        self.info = info
        self.end_ns: int | None = None
        self.refused = 0  # frames of this part that the full queue refused
        self.missed = 0  # pictures of the window that never reached an encoder
        self._folder = folder
        self._encoding = encoding
        self._notify = notify
        self._syncing = threading.Lock()  # held during fsync; no other method waits for it but `close`
        self._known = 0  # videos whose directory entries are flushed
        self._closed = False
        self.table = TableWriter(stream_path(folder, "frames", info.part), info)
        self.videos: dict[str, VideoWriter] = {}
        self._failed: dict[str, StreamCounts] = {}  # streams that could not be opened
        if camera:
            try:
                self._begin("camera", info.image_size)
            except RecordError:
                self.table.close()
                with contextlib.suppress(OSError):
                    self.table.path.unlink()  # there is no row in it
                raise

    def frame(self, row: SessionRow, picture: ByteArray, wait: bool) -> None:
        """Append a row and its picture; a full encoder queue drops the picture, unless `wait`."""
        self.table.put(row)
        self.end_ns = row.time_ns
        camera = self.videos.get("camera")
        if camera is not None:
            camera.put(picture, row.time_ns, wait)

    def view(self, picture: ByteArray, time_ns: int, wait: bool) -> None:
        """Append a picture of the window that shows the frame of this time."""
        video = self.videos.get("view")
        if video is None and not self._closed and "view" not in self._failed:
            try:
                video = self._begin("view", (picture.shape[1], picture.shape[0]))
            except RecordError as error:
                self._failed["view"] = StreamCounts(error=str(error))
        if video is not None:
            video.put(picture, time_ns, wait)
        else:
            self.missed += 1

    @property
    def view_size(self) -> tuple[int, int] | None:
        """(width, height) of the window's video; None before its first picture."""
        video = self.videos.get("view")
        return None if video is None else video.size

    @property
    def bytes(self) -> int:
        """Size of all files so far."""
        return self.table.bytes + sum(video.bytes for video in list(self.videos.values()))

    @property
    def errors(self) -> list[RecordError]:
        """Errors that ended streams early."""
        found = [self.table.error, *(video.error for video in list(self.videos.values()))]
        return [error for error in found if error is not None]

    def sync(self) -> None:
        """Flush all files to the disk (fsync); may be called from any thread. Raises OSError."""
        with self._syncing:
            if self._closed:
                return
            videos = list(self.videos.values())
            self.table.sync()
            for video in videos:
                video.sync()
            if len(videos) > self._known:
                sync_folder(self._folder)
                self._known = len(videos)

    def close(self) -> None:
        """Write what is queued and complete the files; may be called twice."""
        with self._syncing:
            if self._closed:
                return
            self._closed = True
        self.table.close()
        for video in self.videos.values():
            with contextlib.suppress(RecordError):  # also in `errors`
                video.close()
            if not video.written:
                with contextlib.suppress(OSError):
                    video.path.unlink(missing_ok=True)  # no player opens an MP4 without pictures

    def summary(self, skipped: int = 0, undrawn: int = 0) -> PartSummary:
        """The counts of all streams so far."""
        table = self.table
        streams: dict[str, StreamCounts] = {
            "frames": StreamCounts(
                captured=table.captured + self.refused, recorded=table.written, dropped=table.dropped + self.refused,
                error=_text(table.error),
            ),
            **self._failed,
        }  # fmt: skip
        for name, video in list(self.videos.items()):
            refused = self.refused if name == "camera" else 0
            streams[name] = StreamCounts(
                captured=video.captured + refused, recorded=video.written, dropped=video.dropped + refused,
                size=video.size, encoder=video.encoder, error=_text(video.error),
            )  # fmt: skip
        if self.missed:
            view = streams.get("view", StreamCounts())
            more = {"captured": view.captured + self.missed, "dropped": view.dropped + self.missed}
            streams["view"] = view.model_copy(update=more)
        return PartSummary(info=self.info, end_ns=self.end_ns, streams=streams, skipped=skipped, undrawn=undrawn)

    def _begin(self, stream: Stream, size: tuple[int, int]) -> VideoWriter:
        path = stream_path(self._folder, stream, self.info.part)
        video = VideoWriter(
            path, size, self._encoding.crf, self._encoding.preset, self._encoding.fps if stream == "view" else None,
            encoder=self._encoding.encoder, live=self.info.live, start_ns=self.info.start_ns,
            comment=f"{self.info.session} {self.info.part} {stream}", private=True, key_every=_KEY_EVERY,
            notify=self._notify,
        )  # fmt: skip
        if video.path != path:  # another program created a file of that name
            video.close()
            video.path.unlink(missing_ok=True)
            raise RecordError(f"{path} already exists and is not overwritten.")
        self.videos[stream] = video
        return video


def _text(error: RecordError | None) -> str | None:
    return None if error is None else str(error)
