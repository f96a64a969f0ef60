"""What is streamed of one result: the values of its chosen face. Every output takes from it what its format has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from realtime.core.frame_result import FrameResult
from realtime.core.types import FloatArray, Pose


@dataclass(frozen=True, slots=True)
class StreamLayout:
    """The names of values, as far as they are known before there is a face."""

    features: tuple[str, ...] = ()  # inputs of the first model
    blendshapes: tuple[str, ...] = ()  # those that the tracker gives; empty where it gives none
    regions: tuple[str, ...] = ()  # of the residual
    vertices: bool = False  # whether the face is shared


@dataclass(frozen=True, slots=True, eq=False)
class StreamSample:
    """One result. It refers to the result's own values, which are frozen; nothing is copied and no picture is held.

    The estimate (features, pose, residual) may be of an older frame than the landmarks and blendshapes; each has its
    own time. What is not there is None.
    """

    layout: StreamLayout
    index: int  # of the frame in its source
    stamp_ns: int  # the frame's time in its source
    captured_ns: int  # monotonic clock of this machine at which the frame was taken, or read from a file
    accepted_ns: int  # monotonic clock when the result was handed to the streams
    faces: int  # in the picture
    track_id: int | None  # of the chosen face; None without one
    valid: bool  # whether the chosen face is in the range of the models
    warm_up: bool  # of the first frames after the face came (back)
    blendshapes: Mapping[str, float] | None  # 0 to 1 by ARKit name: the tracker's, else those of py-feat's network
    estimate_stamp_ns: int | None  # time, in the source, of the frame of which all that follows is
    pose: Pose | None  # radians, Fex signs
    features: Mapping[str, float] | None  # what drives the first model
    action_units: Mapping[str, float] | None  # 0 to 1: "AU01" ..., of py-feat's network
    gaze: tuple[float, float] | None  # pitch, yaw in radians, of py-feat's network
    regions: Mapping[str, float] | None  # NME by region, %; identity-adjusted once calibrated
    delivered: float | None  # NME of the model driven by the features as delivered, %; likewise
    with_gain: float | None  # the same with the displacement scaled by the session's gain; None until calibrated
    floor: float | None  # the least that any features could reach
    gain: float | None
    observed: FloatArray | None = None  # (478, 3) model units, canonical frame; only where the face is shared
    predicted: FloatArray | None = None  # likewise, as it is drawn

    @property
    def estimate_captured_ns(self) -> int | None:
        """Monotonic clock at which the frame of the estimate was taken."""
        return None if self.estimate_stamp_ns is None else self.captured_ns - (self.stamp_ns - self.estimate_stamp_ns)

    @property
    def has_estimate(self) -> bool:
        """Whether there is a face of which something was computed."""
        return self.pose is not None


def sample_of(result: FrameResult, layout: StreamLayout, *, live: bool, accepted_ns: int) -> StreamSample:
    """What is streamed of a result; made once, by the thread that computes.

    `live`: the frame's time is of the monotonic clock, else of its file. The meshes are in it where `layout` has them.
    """
    frame, face = result.frame, result.face
    captured_ns = frame.stamp_ns if live else frame.arrived_ns
    if face is None:
        return StreamSample(
            layout, frame.index, frame.stamp_ns, captured_ns, accepted_ns, len(result.faces), None, False, False,
            None, None, None, None, None, None, None, None, None, None, None,
        )  # fmt: skip
    estimate, landmarks = face.estimate, face.landmarks
    network, first = estimate.network, estimate.models[0] if estimate.models else None
    blendshapes = landmarks.blendshapes
    if blendshapes is None and network is not None:
        blendshapes = network.blendshapes
    residual = with_gain = floor = gain = features = observed = predicted = None
    if first is not None:
        adjusted = first.residual_adjusted
        residual = adjusted or first.residual
        features = None if first.features is None else first.features.values
        if first.floor is not None:
            floor = first.floor.adjusted if adjusted is not None else first.floor.raw
        if first.gain_line is not None:
            gain, with_gain = first.gain_line.gain, first.gain_line.nme
        if layout.vertices:
            observed = first.aligned.mesh_canon
            predicted = None if first.predicted is None else first.predicted.drawn(adjusted=adjusted is not None)
    return StreamSample(
        layout=layout,
        index=frame.index,
        stamp_ns=frame.stamp_ns,
        captured_ns=captured_ns,
        accepted_ns=accepted_ns,
        faces=landmarks.faces_seen,
        track_id=face.track_id,
        valid=estimate.validity.ok,
        warm_up=estimate.warm_up,
        blendshapes=blendshapes,
        estimate_stamp_ns=estimate.stamp_ns,
        pose=None if first is None else first.aligned.pose,
        features=features,
        action_units=None if network is None else network.action_units,
        gaze=None if network is None else (network.gaze_pitch, network.gaze_yaw),
        regions=None if residual is None else residual.regions,
        delivered=None if residual is None else residual.nme,
        with_gain=with_gain,
        floor=None if floor is None else floor.nme,
        gain=gain,
        observed=observed,
        predicted=predicted,
    )


@dataclass(frozen=True, slots=True)
class StreamMark:
    """An event that the user, a key, a rule or another program has set."""

    label: str
    at_ns: int  # monotonic clock of this machine
    active: bool | None = None  # of a rule: whether it begins or ends; None: it is a moment


def number(value: float | None) -> float:
    """NaN for what is not there."""
    return float("nan") if value is None else value
