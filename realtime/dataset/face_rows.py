"""The rows of each face of one recording."""

from __future__ import annotations

from realtime.dataset.rows import RecordingRows
from realtime.pipeline.face_units import STILL, TOO_SHORT, long_enough, unit_name


class FaceRows:
    """Several faces of a recording, each a recording of its own: "clip.mp4 · face 2".

    So nothing of two people is averaged, and nothing is claimed of who they are. Faces that are seen for too short a
    time are left out and counted with those frames that show nobody, in the first of the recordings.
    """

    def __init__(self, whole: RecordingRows) -> None:
        """`whole` is the recording, still empty."""
        self._whole = whole
        whole.tracks = True
        self._of: dict[int, RecordingRows] = {}
        self._spans_ns: dict[int, tuple[int, int]] = {}
        self._nobody = 0  # frames

    def frame(self, faces: int) -> None:
        """Count the next frame."""
        self._nobody += not faces

    def of(self, track_id: int, stamp_ns: int, *, still: bool) -> RecordingRows | None:
        """The rows of a face that is seen in a frame; None where it does not move, as in a picture on a wall."""
        if track_id not in self._of:
            whole = self._whole
            self._of[track_id] = RecordingRows(
                whole.name, tracker=whole.tracker, mesh=whole.mesh, emotions_from=whole.emotions_from, tracks=True
            )
        rows = self._of[track_id]
        first, _ = self._spans_ns.get(track_id, (stamp_ns, stamp_ns))
        self._spans_ns[track_id] = first, stamp_ns
        rows.frames += 1
        if still:
            rows.dropped[STILL] += 1
            return None
        return rows

    def recordings(self) -> list[RecordingRows]:
        """One of each face, by track ids; one without rows where there is none."""
        kept = long_enough(self._spans_ns)
        found = [self._of[track_id] for track_id in kept] or [self._whole]
        for rows, track_id in zip(found, kept, strict=False):
            rows.name = unit_name(self._whole.name, track_id, len(kept))
        short = sum(rows.frames for track_id, rows in self._of.items() if track_id not in kept)
        for reason, count in (("no face", self._nobody), (TOO_SHORT, short)):
            found[0].frames += count
            if count:
                found[0].dropped[reason] += count
        return found
