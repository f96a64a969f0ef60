"""Whether all of a video file came: evidence of loss is damage, a count that disagrees is only remarked on.

Headers state how many frames there are, and often wrongly: `NUMBER_OF_FRAMES` of Matroska survives a cut, AVI counts
frames that only lengthen the one before. So a file is damaged where something could not be decoded, where the index
points to data that is not there, or where it ends well before its declared end.
"""

from __future__ import annotations

from typing import Any

from realtime.capture.container import declared_frames, indexed_frames, indexed_length_ns, track_end_ns
from realtime.capture.source import SECOND_NS

_END_SLACK_NS = SECOND_NS // 2  # how long a last frame lasts is not always written
_MARKED_BEFORE = 2  # packets: the parser is so far behind where the marks are made
_ANOTHER_PIECE_NS = SECOND_NS  # a keyframe that is so far ahead begins another piece


class Completeness:
    """What one pass over a file shows of whether all of it came."""

    def __init__(self, container: Any, stream: Any) -> None:
        self.faults = 0  # what could not be read or decoded
        self.first_fault = ""
        self._container = container
        self._stream = stream
        self._indexed = indexed_frames(container, stream)
        self._packets = 0
        self._first_dts: int | None = None
        self._end_dts = 0
        self._suspect: Any = None  # a packet near which a transport stream is not continuous
        self._since_suspect = 0

    def fault(self, text: str) -> None:
        """Something could not be read or decoded."""
        self.faults += 1
        self.first_fault = self.first_fault or text

    def packet(self, packet: Any) -> None:
        """The next packet of the picture track.

        FFmpeg marks a packet where the counter of a transport stream is not continuous: packets were lost, or a piece
        ends there and another one follows. A piece begins with a keyframe and times of its own.
        """
        if self._suspect is not None:
            self._since_suspect += 1
            if self._begins_piece(self._suspect, packet):
                self._suspect = None
            elif self._since_suspect > _MARKED_BEFORE or packet.is_corrupt:
                self.end_of_packets()
        if packet.is_corrupt:
            self._suspect, self._since_suspect = packet, 0
        if packet.size and not packet.is_discard:
            self._packets += 1
        if packet.dts is not None:
            self._first_dts = packet.dts if self._first_dts is None else min(self._first_dts, packet.dts)
            self._end_dts = max(self._end_dts, packet.dts + (packet.duration or 0))

    def end_of_packets(self) -> None:
        """No more packets will come, or none that belongs to the last."""
        if self._suspect is not None:
            self._suspect = None
            self.fault("lost packets")

    def missing(self, frames: int, shown_ns: int, period_ns: int, first_ns: int) -> str:
        """What is missing of the file, "" where nothing is.

        `frames` came and are shown for `shown_ns` altogether, the first at the file's time `first_ns`.
        """
        because = f": {self.first_fault}" if self.first_fault else ""
        declared = declared_frames(self._stream)
        came = f"{frames} of {declared} frames" if declared is not None and declared > frames else f"{frames} frames"
        lost = self._indexed - self._packets
        if lost > 0 or self.faults:
            self.faults = max(self.faults, lost, (declared or 0) - frames)
        if lost > 0:
            return f"{came} could be decoded{because}"
        if self.faults:
            return f"{came} could be decoded, {self.faults} places could not{because}"
        stored_ns, length_ns = self._stored_ns(), indexed_length_ns(self._container, self._stream)
        if length_ns is not None and stored_ns < length_ns - 3 * period_ns // 2:
            self.faults = max(1, (declared or 0) - frames)
            return f"{came} could be decoded, {stored_ns / SECOND_NS:.2f} s of {length_ns / SECOND_NS:.2f} s"
        end_ns = track_end_ns(self._container, self._stream)
        if end_ns is not None and shown_ns < end_ns - first_ns - max(_END_SLACK_NS, 3 * period_ns):
            self.faults = max(1, (declared or 0) - frames)
            return f"{came} could be decoded, it ends at {shown_ns / SECOND_NS:.2f} s of {end_ns / SECOND_NS:.2f} s"
        return ""

    def remark(self, frames: int) -> str:
        """What the file states of its frames and does not hold, though nothing was lost; "" where it is right."""
        declared = declared_frames(self._stream)
        counting = {"mov", "avi", "matroska"} & set(self._container.format.name.split(","))  # GIF is counted by FFmpeg
        if declared is None or declared == frames or not counting:
            return ""
        return f"states {declared} frames and holds {frames}"

    def _stored_ns(self) -> int:
        """From the first packet to the end of the last, those that are never shown included."""
        return (
            0
            if self._first_dts is None
            else int((self._end_dts - self._first_dts) * self._stream.time_base * SECOND_NS)
        )

    def _begins_piece(self, before: Any, packet: Any) -> bool:
        if not packet.is_keyframe or packet.dts is None or before.dts is None:
            return False
        step_ns = (packet.dts - before.dts) * packet.time_base * SECOND_NS
        return bool(step_ns <= 0 or step_ns > _ANOTHER_PIECE_NS)
