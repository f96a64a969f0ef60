"""The seconds that a calibration takes, by the stamps of its frames."""

from __future__ import annotations

# A face that stays away longer than this ends the calibration: another face may come back.
MAX_GAP_NS = 1_000_000_000


class CollectionClock:
    """Counts the seconds from the first frame with a face, and ends them early where the face is lost."""

    def __init__(self, seconds: float) -> None:
        """Raises ValueError unless `seconds` are positive."""
        if not seconds > 0:
            raise ValueError(f"seconds must be positive, got {seconds}")
        self._duration_ns = max(1, round(seconds * 1e9))
        self._first_ns: int | None = None
        self._face_ns: int | None = None  # stamp of the newest frame with a face
        self._stamp_ns: int | None = None
        self.lost = False

    @property
    def progress(self) -> float:
        """0 before the first face, 1 when all the seconds have passed or the face was lost."""
        if self.lost:
            return 1.0
        if self._first_ns is None or self._stamp_ns is None:
            return 0.0
        return min(1.0, (self._stamp_ns - self._first_ns) / self._duration_ns)

    @property
    def done(self) -> bool:
        """Whether all the seconds have passed or the face was lost."""
        return self.progress >= 1.0

    @property
    def seconds(self) -> float:
        """From the first to the newest frame with a face; 0 without any."""
        if self._first_ns is None or self._face_ns is None:
            return 0.0
        return (self._face_ns - self._first_ns) / 1e9

    def tick(self, stamp_ns: int, *, face: bool) -> bool:
        """Count a frame; whether it is to be collected: it has a face, and the seconds had not passed before it.

        Raises ValueError for a stamp that does not grow.
        """
        if self.done:
            return False
        if self._stamp_ns is not None and stamp_ns <= self._stamp_ns:
            raise ValueError(f"stamps must grow: {stamp_ns} after {self._stamp_ns}")
        self._stamp_ns = stamp_ns
        if self._face_ns is not None and stamp_ns - self._face_ns > MAX_GAP_NS:
            self.lost = True
            return False
        if not face:
            return False
        if self._first_ns is None:
            self._first_ns = stamp_ns
        self._face_ns = stamp_ns
        return True
