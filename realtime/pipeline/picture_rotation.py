"""Turns the pictures of a source by right angles: as the user chose, or where faces are only found turned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from realtime.capture import turned_clockwise
from realtime.core.types import Frame, Landmarks, Rotation
from realtime.detect import Tracker, largest_face

UPRIGHT_DEG = 45.0  # a head that is tilted by no more than this is upright
QUARTER_DEG = 30.0  # a head is turned by a right angle where it is within this of one
FRAMES = 8  # in a row on which a face is found turned, before the picture is turned; doubled after each turn
SECONDS = 0.25  # that they span at least
DOUBTFUL = 5  # frames in a row without a plausible upright face, before turned pictures are looked at
SIGHTINGS = 5  # looks in a row that find a plausible face in the picture turned by the same angle
PAUSES_S = (1.0, 2.0, 4.0)  # between rounds of looks that found nothing; the last one repeats

_NO_PICTURE = np.zeros((64, 64, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A face as it was found in a picture."""

    roll_deg: float  # of the head
    plausible: bool  # whether the mesh lies on a face

    @property
    def upright(self) -> bool:
        """Whether it is a face, and upright."""
        return self.plausible and abs(self.roll_deg) <= UPRIGHT_DEG

    @property
    def correction(self) -> Rotation:
        """Degrees clockwise by which the picture has to be turned for the face to be upright; 0 for a lesser tilt."""
        quarters = round(self.roll_deg / 90)
        if not self.plausible or abs(self.roll_deg - 90 * quarters) > QUARTER_DEG:
            return 0
        return _ROTATIONS[quarters % 4]


Judge = Callable[[Frame, Landmarks], Sighting | None]
_ROTATIONS: tuple[Rotation, ...] = (0, 90, 180, 270)


class PictureRotation(Protocol):
    """Turns each frame before its face is tracked; belongs to the thread that computes."""

    def turn(self, frame: Frame) -> Frame:
        """The frame of a source, with its picture turned."""
        ...

    def watch(self, frame: Frame, found: Sighting | None) -> None:
        """Take notice of the face that was found in a turned frame; None where there was none."""
        ...

    def continue_from(self, other: PictureRotation) -> None:
        """Begin as another run of the same source ended."""
        ...

    def close(self) -> None:
        """Free what it holds; may be called twice."""
        ...


class FixedRotation:
    """Turns every picture by the same angle."""

    def __init__(self, degrees: Rotation = 0) -> None:
        self._degrees = degrees

    def turn(self, frame: Frame) -> Frame:
        """The frame, turned."""
        return _turned(frame, self._degrees) if self._degrees else frame

    def watch(self, frame: Frame, found: Sighting | None) -> None:
        """The angle is fixed."""

    def continue_from(self, other: PictureRotation) -> None:
        """The angle is fixed."""

    def close(self) -> None:
        """There is nothing to free."""


class AutoRotation:
    """Turns the picture once faces were only found turned over a number of frames.

    Two things are evidence: faces that the tracker finds lying on their side, and, where it finds none or no plausible
    one, faces that a second tracker finds in turned pictures. The second tracker is started when it is first needed,
    and looks at one picture at a time, ever less often while it finds nothing: a run that finds upright faces pays
    nothing. Any upright face discards all evidence to the contrary, and each turn doubles what the next one needs.
    """

    def __init__(self, judge: Judge, open_second: Callable[[], Tracker]) -> None:
        """`judge` gives the sighting of a face in a frame; `open_second` starts a tracker of the same kind."""
        self._judge = judge
        self._open_second = open_second
        self._second: Tracker | None = None
        self._degrees: Rotation = 0
        self._turns = 0
        self._segment = 0
        self._forget()

    def turn(self, frame: Frame) -> Frame:
        """The frame, turned; each turn begins a segment of its own, since the picture is another one."""
        if frame.segment != self._segment:
            self._segment = frame.segment
            self._forget()
        turned = _turned(frame, self._degrees) if self._degrees else frame
        return replace(turned, segment=frame.segment + self._turns) if self._turns else turned

    def watch(self, frame: Frame, found: Sighting | None) -> None:
        """Collect evidence from the face of a turned frame, and turn from the next frame on once there is enough."""
        if found is not None and found.upright:
            self._forget()
        elif found is not None and found.correction:
            self._lying(frame, found.correction)
        elif found is not None and found.plausible:  # between upright and lying: evidence of neither
            self._doubtful = 0
        else:
            self._doubtful += 1
            if self._doubtful >= DOUBTFUL:
                self._look(frame)

    def continue_from(self, other: PictureRotation) -> None:
        """Begin as another run of the same source ended."""
        if isinstance(other, AutoRotation):
            self._degrees, self._turns = other._degrees, other._turns

    def close(self) -> None:
        """Free the second tracker; may be called twice."""
        second, self._second = self._second, None
        if second is not None:
            second.close()

    def _forget(self) -> None:
        """Discard all evidence."""
        self._lying_by: Rotation = 0
        self._lying_frames = 0
        self._lying_since_ns = 0
        self._doubtful = 0  # frames in a row
        self._angle = 0  # of the next look
        self._sightings = 0  # in a row by that angle
        self._rounds = 0  # of looks that found nothing
        self._next_look_ns: int | None = None

    def _lying(self, frame: Frame, correction: Rotation) -> None:
        """One more face on its side."""
        if correction != self._lying_by:
            self._forget()
            self._lying_by, self._lying_since_ns = correction, frame.stamp_ns
        self._lying_frames += 1
        long_enough = frame.stamp_ns - self._lying_since_ns >= SECONDS * 1e9 * self._caution
        if long_enough and self._lying_frames >= FRAMES * self._caution:
            self._turn_by(correction)

    def _look(self, frame: Frame) -> None:
        """Look at the picture turned by the next angle, if it is time."""
        if self._next_look_ns is not None and frame.stamp_ns < self._next_look_ns:
            return
        angle = (180, 90, 270)[self._angle]
        found = self._find(frame, _ROTATIONS[angle // 90])
        if found is not None and found.upright and abs(found.roll_deg) <= QUARTER_DEG:
            self._sightings += 1
            if self._sightings >= SIGHTINGS * self._caution:
                self._turn_by(_ROTATIONS[angle // 90])
            return
        self._sightings = 0
        self._angle = (self._angle + 1) % 3
        if self._angle == 0:  # a round has found nothing
            pause_s = PAUSES_S[min(self._rounds, len(PAUSES_S) - 1)]
            self._rounds += 1
            self._next_look_ns = frame.stamp_ns + round(1e9 * pause_s)

    def _find(self, frame: Frame, degrees: Rotation) -> Sighting | None:
        """The face in the frame turned by so much further."""
        if self._second is None:
            self._second = self._open_second()
        # Without a face in between the tracker would look where it saw one in the picture before.
        self._second.track_all(replace(frame, image=_NO_PICTURE))
        turned = _turned(frame, degrees)
        landmarks = largest_face(self._second.track_all(turned))
        return None if landmarks is None else self._judge(turned, landmarks)

    def _turn_by(self, degrees: Rotation) -> None:
        self._degrees = _ROTATIONS[(self._degrees + degrees) // 90 % 4]
        self._turns += 1
        self._forget()

    @property
    def _caution(self) -> int:
        return 1 << min(self._turns, 4)


def _turned(frame: Frame, degrees: Rotation) -> Frame:
    rotation = _ROTATIONS[(frame.rotation + degrees) // 90 % 4]
    return replace(frame, image=turned_clockwise(frame.image, degrees), rotation=rotation)
