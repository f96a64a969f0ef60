"""What is known of each face beyond a frame: its neutral, its gain, its calibration."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from realtime.pipeline.calibration import Calibration
from realtime.pipeline.face_tracks import Track
from realtime.pipeline.predictor import Predictor


@dataclass(frozen=True, slots=True, eq=False)
class FaceState:
    """The predictors of one face, one a model, and the calibration of its neutral."""

    predictors: tuple[Predictor, ...]
    calibration: Calibration

    def for_another_face(self) -> FaceState:
        """One with the same models and settings, which knows nothing of a face yet."""
        predictors = tuple(predictor.for_another_face() for predictor in self.predictors)
        return FaceState(predictors, Calibration(predictors, review=self.calibration.review))


class FaceStates:
    """The state of every face that is followed, and of the last one that was chosen.

    A person who steps away and comes back alone finds the neutral as it was: a face that comes while no other is
    followed takes over the state of the one that was chosen last. A face that comes while others are there begins
    without a neutral. Faces that do not move are no others: a poster does not take part in this.
    """

    def __init__(self, first: FaceState) -> None:
        """`first` is the state of the first face that is chosen."""
        self.chosen = first  # of the face that is chosen, or was last
        self._last = first  # the same, of faces that move
        self._by_id: dict[int, FaceState] = {}
        self._calibrating: FaceState | None = None

    def __iter__(self) -> Iterator[FaceState]:
        """Each state once."""
        kept = (self.chosen, self._last, *([] if self._calibrating is None else [self._calibrating]))
        return iter(dict.fromkeys((*self._by_id.values(), *kept)))

    def predictors(self) -> list[Predictor]:
        """Those of all faces."""
        return [predictor for state in self for predictor in state.predictors]

    def update(self, tracks: Sequence[Track], alive: Collection[int], chosen_id: int | None) -> list[FaceState]:
        """The states of the faces of a frame, in their order; those of faces that cannot come back are dropped."""
        by_id = {track_id: state for track_id, state in self._by_id.items() if track_id in alive}
        still = {track.track_id for track in tracks if track.still}
        alone = not any(track_id not in still for track_id in by_id)
        for track in tracks:
            if track.track_id in by_id:
                continue
            takes_over = alone and track.track_id == chosen_id and self._last not in by_id.values()
            by_id[track.track_id] = self._last if takes_over else self.chosen.for_another_face()
        self._by_id = by_id  # replaced as a whole: other threads go through it
        if chosen_id in by_id:
            self.chosen = by_id[chosen_id]
            if chosen_id not in still:
                self._last = self.chosen
        busy = self._calibrating
        if busy is not None and busy is not self.chosen and busy not in by_id.values():  # its face cannot come back
            busy.calibration.cancel("the face was lost for more than a second; stay in the picture and try again")
        return [by_id[track.track_id] for track in tracks]

    @property
    def calibrating(self) -> FaceState:
        """The face of the calibration that runs or waits to be accepted, else the chosen one."""
        busy = self._calibrating
        return self.chosen if busy is None or busy.calibration.state == "idle" else busy

    def begin_calibration(self) -> Calibration:
        """The calibration of the chosen face, which is about to begin; that of another face ends."""
        busy, chosen = self._calibrating, self.chosen
        if busy is not None and busy is not chosen:
            busy.calibration.cancel("another face is calibrated")
            busy.calibration.discard()
        self._calibrating = chosen
        return chosen.calibration
