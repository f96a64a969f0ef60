"""What a run reports of the subject's neutral and of its response to the head pose."""

from __future__ import annotations

from typing import Annotated

from realtime.core.neutral import FindingKind
from realtime.core.report import FRAMES, PERCENT, Report, described
from realtime.core.types import Identity, PoseResponse


class FindingReport(Report):
    """Something in the frames of a calibration for which the face was not at rest, or not alone."""

    kind: Annotated[FindingKind, described("what it is")]
    text: Annotated[str, described("a sentence with value and limit")]
    value: Annotated[float, described("as it was measured", "that of `unit`")]
    limit: Annotated[float, described("what it is compared with", "that of `unit`")]
    unit: Annotated[str, described("unit of both")]


class AxisRange(Report):
    """How far the head was turned about an axis, from its pose at rest; beyond it the response is constant."""

    low: Annotated[float, described("to the negative side", "degrees")]
    high: Annotated[float, described("to the positive side", "degrees")]


class PoseResponseReport(Report):
    """The subject's own response to the head pose: it replaces the model's pose part, and acts on all adjusted numbers.

    What it helped is of blocks of a second or more that were held out, never of the frames to which it was fitted: some
    seconds of looking around are few independent frames.
    """

    axes: Annotated[
        dict[str, AxisRange],
        described('the axes about which the head was turned far enough, of "pitch", "yaw" and "roll"'),
    ]
    held_out_percent: Annotated[
        float, described("what it took away on held-out blocks", "% of the squared error of the neutral mesh")
    ]
    held_out_error: Annotated[
        float, described("standard error of that over the blocks", "% of the squared error of the neutral mesh")
    ]
    ridge: Annotated[float, described("strength of the ridge, relative to the mean square of the angles", "1")]
    frames: Annotated[int, described("frames that it was made from", FRAMES)]
    seconds: Annotated[float, described("from the first to the last of them", "s")]

    @classmethod
    def of(cls, response: PoseResponse) -> PoseResponseReport:
        """That of a response."""
        rest, low, high = (at.degrees() for at in (response.rest, response.low, response.high))
        return cls(
            axes={
                axis: AxisRange(low=round(low[axis] - rest[axis], 2), high=round(high[axis] - rest[axis], 2))
                for axis, known in zip(("pitch", "yaw", "roll"), response.known, strict=True)
                if known
            },
            held_out_percent=round(response.held_out_percent, 2),
            held_out_error=round(response.held_out_error, 2),
            ridge=response.ridge,
            frames=response.frames,
            seconds=round(response.seconds, 3),
        )


class NeutralReport(Report):
    """The neutral in use at the end: the subject's face at rest, on which all adjusted numbers rest."""

    frames: Annotated[int, described("frames that it was made from", FRAMES)]
    seconds: Annotated[float, described("from the first to the last of them", "s")]
    noise_nme: Annotated[float, described("jitter of the landmarks on this face at rest", PERCENT)]
    repeatability_nme: Annotated[
        float | None,
        described("how far its tracker finds one face from itself; null in sessions of earlier versions", PERCENT),
    ]
    motion_nme: Annotated[float, described("distance of those frames from their neutral, upper quartile", PERCENT)]
    pose_deg: Annotated[
        dict[str, float] | None, described("mean head pose of those frames; null where it is not known", "degrees")
    ]
    taken: Annotated[str | None, described("when it was complete, ISO 8601; null where it is not known")]
    tracker: Annotated[str | None, described("tracker of its landmarks; null where it is not known")]
    person: Annotated[str | None, described("name of the person; null where none was given")]
    saved: Annotated[bool, described("whether it was read from the person's file instead of being measured here")]
    findings: Annotated[
        tuple[FindingReport, ...] | None,
        described("why the face was not at rest; null in sessions of earlier versions"),
    ]
    pose_response: Annotated[
        PoseResponseReport | None,
        described("how that face changes with the head pose; null where it was not measured"),
    ]
    pose_response_refused: Annotated[
        str | None, described("why none was found although it was to be measured; null where it was not, or was found")
    ]

    @classmethod
    def of(cls, identity: Identity, refused: str = "") -> NeutralReport:
        """That of an identity; `refused` is why it has no pose response."""
        info = identity.info
        return cls(
            frames=identity.frames,
            seconds=round(identity.seconds, 3),
            noise_nme=round(identity.noise_nme, 4),
            repeatability_nme=None if info is None else info.repeatability_nme,
            motion_nme=round(identity.motion_nme, 4),
            pose_deg=None if identity.rest is None else {k: round(v, 2) for k, v in identity.rest.degrees().items()},
            taken=None if info is None else info.taken,
            tracker=None if info is None else info.tracker,
            person=None if info is None else info.person or None,
            saved=info is not None and info.saved,
            findings=None if info is None else tuple(FindingReport(**one.as_json()) for one in info.findings),
            pose_response=None if identity.response is None else PoseResponseReport.of(identity.response),
            pose_response_refused=refused or None,
        )
