"""What is made of a frame: by one model (`ModelResult`), of a face (`Estimate`), of all faces (`FrameResult`).

All of it is frozen. Frames of reference and times are those of `realtime.core.types`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from realtime.core.types import (
    Aligned,
    Features,
    FloatArray,
    Frame,
    Identity,
    Landmarks,
    NetworkOutput,
    Prediction,
    Similarity,
    Validity,
)


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """Observed minus predicted, with what it has to be compared with.

    Every `nme` is the mean distance over the 478 vertices in % of the outer-canthal distance (the landmark field's
    normalised mean error). Skill is 1 - SSE(model) / SSE(baseline).
    """

    vectors_canon: FloatArray  # (478, 3) observed - predicted, model units
    distance: FloatArray  # (478,) % of the outer-canthal distance
    nme: float
    regions: Mapping[str, float]  # nme by region
    baselines: Mapping[str, float]  # nme of "mean_mesh"; once calibrated "own_neutral", "noise", and "jitter" beside it
    sse: float  # squared model units, summed over the 478 vertices
    baseline_sse: float  # the same with the baseline in the model's place
    baseline_name: str  # what `skill` is measured against: "mean_mesh" raw, "own_neutral" once calibrated

    @property
    def skill(self) -> float:
        """1 - SSE(model) / SSE(baseline); 0 where the baseline leaves nothing to predict."""
        return 1.0 - self.sse / self.baseline_sse if self.baseline_sse > 0 else 0.0


@dataclass(frozen=True, slots=True)
class SumOfSquares:
    """Decomposition of the squared distance of a face from the model's mean face; squared model units, sum = `total`.

    A component is negative where its step makes the prediction worse.
    """

    identity: float  # 0 until calibrated
    pose: float
    emotion: float  # all that the model's features predict, be they emotions or others
    unexplained: float
    noise: float  # of the landmarks; 0 until calibrated
    tracker: float | None = None  # the tracker's or the sample's offset; None: not told from identity, and part of it

    @property
    def merged_identity(self) -> float:
        """Identity with the tracker's offset in it, as where that is not known."""
        return self.identity + (self.tracker or 0.0)

    @property
    def total(self) -> float:
        """Squared distance from the mean face, summed over the 478 vertices."""
        return self.merged_identity + self.pose + self.emotion + self.unexplained + self.noise


@dataclass(frozen=True, slots=True)
class GainTerms:
    """What a frame adds to the sums of the gain, squared model units, over the 478 vertices.

    Of r, the observed face without the identity offset minus the model's face at rest, and d, the prediction minus the
    same, both at the pose that the model was given.
    """

    rest: float  # r.r
    along: float  # r.d
    displaced: float  # d.d
    noise: float  # of the landmarks, as far as the calibration has measured it


@dataclass(frozen=True, slots=True)
class GainLine:
    """A frame's residual with the displacement from rest scaled by the gain of the session so far."""

    gain: float | None  # of the valid frames since the calibration; None while they move less than the landmarks' noise
    nme: float | None  # identity-adjusted, % of the outer-canthal distance; at gain 0 where the gain is negative


@dataclass(frozen=True, slots=True, eq=False)
class FloorFit:
    """The least squares fit of a model to an observed mesh, over what the source of features could have delivered."""

    features: Mapping[str, float]
    nme: float  # % of the outer-canthal distance
    sse: float  # squared model units, summed over the 478 vertices; at most that of the delivered features


@dataclass(frozen=True, slots=True, eq=False)
class Floor:
    """The floor below which no features can bring the residual of a frame. A fit to the mesh, and no measurement."""

    raw: FloorFit
    adjusted: FloorFit | None  # with the identity offset taken out; None until calibrated


@dataclass(frozen=True, slots=True, eq=False)
class ModelResult:
    """What one model makes of a frame, all of it in this model's own canonical frame."""

    model: str
    stamp_ns: int  # of the frame whose face this is; older than the newest frame where emotions come at their own rate
    aligned: Aligned  # the observed face
    features: Features | None
    predicted: Prediction | None
    residual: Residual | None  # raw
    residual_adjusted: Residual | None  # identity offset taken out; None until calibrated
    first_from_canon: Similarity | None  # into the first model's frame; None where it is the same frame
    parts: SumOfSquares | None = None  # None without a prediction
    identity: Identity | None = None  # with which that was computed; None until calibrated
    floor: Floor | None = None  # None without a prediction
    gain_terms: GainTerms | None = None  # None until calibrated
    gain_line: GainLine | None = None  # None until calibrated


@dataclass(frozen=True, slots=True, eq=False)
class Disagreement:
    """Disagreement of the raw predictions of several models, in the first model's frame."""

    distance: FloatArray  # (478,) mean over all pairs of models, % of the outer-canthal distance
    pairs: Mapping[tuple[str, str], float]  # mean distance over the vertices of each pair, % as above

    @property
    def nme(self) -> float:
        """Mean over vertices and pairs, % of the outer-canthal distance."""
        return float(self.distance.mean())


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """What was computed of a face. What could not be computed is None or empty, never zeros.

    It carries the stamp of the frame from which it was computed: live, with emotions that come at their own rate, that
    frame is older than the one beside which the estimate is shown. With several models `aligned`, `features`,
    `predicted` and the residuals are those of the first.
    """

    stamp_ns: int  # of the frame from which all of this was computed
    models: tuple[ModelResult, ...] = ()  # in the order in which they were asked for; empty without an alignment
    network: NetworkOutput | None = None  # output of py-feat's network, where it is a source
    disagreement: Disagreement | None = None  # None with one model
    validity: Validity = field(default_factory=lambda: Validity(True))
    warm_up: bool = False  # of one of the first frames after the face came (back)

    @property
    def aligned(self) -> Aligned | None:
        """The observed face in the first model's frame."""
        return self.models[0].aligned if self.models else None

    @property
    def features(self) -> Features | None:
        """What drives the first model."""
        return self.models[0].features if self.models else None

    @property
    def predicted(self) -> Prediction | None:
        """The first model's prediction."""
        return self.models[0].predicted if self.models else None

    @property
    def residual(self) -> Residual | None:
        """The first model's raw residual."""
        return self.models[0].residual if self.models else None

    @property
    def residual_adjusted(self) -> Residual | None:
        """The first model's residual with the identity offset taken out; None until calibrated."""
        return self.models[0].residual_adjusted if self.models else None


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face in a frame: where it is in this frame, and what is known of it."""

    track_id: int  # of one face as long as it is followed, over losses below a second too; never given twice
    landmarks: Landmarks  # of this frame
    estimate: Estimate  # of this frame, or of an older one: see its stamp
    still: bool = False  # it has not moved at all for two seconds, as a picture on a wall; see `FaceTracks`


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which face is the chosen one."""

    track_id: int
    by_user: bool  # whether the user has chosen it; else it is the largest, with some inertia


_NO_FACE = Validity(False, ("no face",))


@dataclass(frozen=True, slots=True, eq=False)
class FrameResult:
    """All that is known of one frame: its faces, the chosen one first, the others by their track ids.

    `face`, `landmarks` and everything of an estimate are those of the chosen face, for code that needs one face only.
    They are None (or empty) while the chosen face is lost for less than a second, though `faces` has others.
    """

    frame: Frame
    faces: tuple[Face, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)  # by stage
    done_ns: int = 0  # monotonic clock when the prediction was there
    chosen: Chosen | None = None  # None: nobody has chosen, the first face is meant

    @property
    def face(self) -> Face | None:
        """The chosen face; None where it is not in this frame."""
        if not self.faces or (self.chosen is not None and self.chosen.track_id != self.faces[0].track_id):
            return None
        return self.faces[0]

    @property
    def others(self) -> tuple[Face, ...]:
        """The faces that are not the chosen one, by their track ids."""
        return self.faces if self.face is None else self.faces[1:]

    def age_ms(self, face: Face) -> float:
        """How much older than this frame the one is from which a face's features were computed; without features, the
        one of its estimate.
        """
        features = face.estimate.features
        return (self.frame.stamp_ns - (face.estimate.stamp_ns if features is None else features.stamp_ns)) / 1e6

    def of_face(self, track_id: int) -> FrameResult:
        """The same frame with the face of a track as the chosen one, which may not be in it."""
        face = next((face for face in self.faces if face.track_id == track_id), None)
        if face is not None and face is self.face:
            return self
        others = sorted((one for one in self.faces if one is not face), key=lambda one: one.track_id)
        faces = tuple(others) if face is None else (face, *others)
        return replace(self, faces=faces, chosen=Chosen(track_id, by_user=False))

    @property
    def estimate(self) -> Estimate | None:
        """What was computed of the chosen face."""
        return None if self.face is None else self.face.estimate

    @property
    def landmarks(self) -> Landmarks | None:
        """The chosen face in this frame."""
        return None if self.face is None else self.face.landmarks

    @property
    def models(self) -> tuple[ModelResult, ...]:
        """What each model makes of the chosen face."""
        return () if self.estimate is None else self.estimate.models

    @property
    def network(self) -> NetworkOutput | None:
        """Output of py-feat's network for the chosen face."""
        return None if self.estimate is None else self.estimate.network

    @property
    def disagreement(self) -> Disagreement | None:
        """Disagreement of the models on the chosen face; None with one model."""
        return None if self.estimate is None else self.estimate.disagreement

    @property
    def validity(self) -> Validity:
        """Whether the chosen face is in the models' range."""
        return _NO_FACE if self.estimate is None else self.estimate.validity

    @property
    def warm_up(self) -> bool:
        """Whether the estimate is of one of the first frames after the face came (back)."""
        return self.estimate is not None and self.estimate.warm_up

    @property
    def aligned(self) -> Aligned | None:
        """The observed face in the first model's frame."""
        return None if self.estimate is None else self.estimate.aligned

    @property
    def features(self) -> Features | None:
        """What drives the first model."""
        return None if self.estimate is None else self.estimate.features

    @property
    def predicted(self) -> Prediction | None:
        """The first model's prediction."""
        return None if self.estimate is None else self.estimate.predicted

    @property
    def residual(self) -> Residual | None:
        """The first model's raw residual."""
        return None if self.estimate is None else self.estimate.residual

    @property
    def residual_adjusted(self) -> Residual | None:
        """The first model's residual with the identity offset taken out; None until calibrated."""
        return None if self.estimate is None else self.estimate.residual_adjusted

    @property
    def emotion_age_ms(self) -> float | None:
        """How much older than this frame the one is from which the features were computed."""
        return None if self.features is None else (self.frame.stamp_ns - self.features.stamp_ns) / 1e6

    @property
    def stamp(self) -> int:
        """The frame's time in nanoseconds."""
        return self.frame.stamp_ns
