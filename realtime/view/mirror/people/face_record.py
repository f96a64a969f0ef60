"""What the window keeps of one of several faces: its last minutes, and what is said of it in few words."""

from __future__ import annotations

from dataclasses import dataclass, field

from realtime.core.frame_result import Face, FrameResult
from realtime.core.wording import emotion_phrase
from realtime.view.mirror.camera_crop import CameraCrop
from realtime.view.mirror.headline import HeadlineReader
from realtime.view.mirror.timeline.recent import Recent

_HELD_NS = 500_000_000  # words of a face change twice a second: they are read, and not watched
_OLD_FRAMES, _OLD_MS = 2.5, 100.0  # an estimate that is older than both is called old


@dataclass(frozen=True, slots=True)
class FaceWords:
    """What is said of a face on the strip, each from long to short; empty where there is nothing to say."""

    emotion: tuple[str, ...] = ()
    number: tuple[str, ...] = ()
    note: tuple[str, ...] = ()  # the age of its estimate, that it is a still picture, that it is lost


@dataclass(slots=True, eq=False)
class FaceRecord:
    """A face that is followed, or was until a moment ago."""

    key: int  # of its numbers in the history
    color: int  # number of its colour
    reader: HeadlineReader
    recent: Recent
    track_id: int | None = None  # None: no face has come yet
    face: Face | None = None  # in the newest frame
    calibrated: bool = False
    still: bool = False
    segment: int = 0  # of the source, and time, in which it was seen last
    seen_ns: int = 0
    words: FaceWords = FaceWords()
    crop: CameraCrop = field(default_factory=CameraCrop)
    _worded_ns: int | None = None

    @property
    def name(self) -> str:
        """As it is called on the screen."""
        return f"face {self.track_id}"

    def see(self, result: FrameResult, interval_ms: float) -> None:
        """Take the newest frame, with this face as the chosen one; frames come every `interval_ms`."""
        face = result.face
        lost = face is None
        if (lost is not (self.face is None)) or (face is not None and face.still is not self.still):
            self._worded_ns = None
        self.face = face
        if face is not None:
            self.seen_ns, self.still = result.stamp, face.still
            self.calibrated = any(model.identity is not None for model in face.estimate.models)
        if self._worded_ns is None or not 0 <= result.stamp - self._worded_ns < _HELD_NS:
            self._worded_ns, self.words = result.stamp, self._say(result, interval_ms)

    def _say(self, result: FrameResult, interval_ms: float) -> FaceWords:
        face = result.face
        if face is None:
            return FaceWords(note=("lost for a moment", "lost"))
        features = face.estimate.features
        emotion = "" if features is None else emotion_phrase(features.values, features.source)[0]
        shorter = (emotion.rpartition(" ")[0].rpartition(" ")[0],) if emotion.endswith("%") else ()
        note: tuple[str, ...] = ()
        age_ms = result.age_ms(face)
        if face.still:
            note = ("still picture", "still")
        elif age_ms > max(_OLD_FRAMES * interval_ms, _OLD_MS):
            note = (f"{age_ms / 1000:.1f} s old",)
        return FaceWords((emotion, *shorter) if emotion else (), self.reader.brief, note)
