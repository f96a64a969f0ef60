"""Looks at the frames of a rest: what the face did that a face at rest, alone and facing the camera does not.

One rule for all: a neutral is the mean of the middle half of the frames, so what is the case in less than a quarter of
them does not reach it. A measure is therefore judged by its quartile (the upper one, of the eyes the lower one), a
condition by whether it holds in more than a quarter of the frames. The limits are anatomical or those of the program
elsewhere, and stated at each; none was chosen by a clip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import degrees

import numpy as np

from realtime.core.neutral import Finding, FindingKind
from realtime.core.types import Aligned
from realtime.geometry import eye_aspect_ratio, lip_gap, smile_extent
from realtime.geometry.validity import DEFAULT_LIMITS

_CANTHAL = "% of the outer-canthal distance"
_OF_FRAMES = "% of the frames"
MOST_OF_FRAMES = 25.0  # % of the frames, see above
# Lips that are apart by more than 3 to 4 mm at rest are called incompetent in orthodontics; of some 95 mm from one
# outer canthus to the other that is 4 %.
MOST_LIP_GAP = 4.0
# As much as the whole face may move in a calibration: the range between the deciles of the lip gap.
MOST_LIP_MOTION = 3.0
LEAST_EYE_RATIO = 0.18  # the best threshold of three in Dewi et al. 2022 (PeerJ CS 943), 0.2 in most programs
MOST_SMILE = 0.5  # half of a full smile
MOST_EMOTION = 0.5  # more than all other classes together
# Of those that look at the picture, the two classes beside neutral that can be depended on (docs/emotions.md).
_DEPENDABLE = ("happiness", "surprise")
MOST_TURNED_DEG = DEFAULT_LIMITS.amber_deg  # the range inside which expression and head pose are told apart
MOST_SWING_DEG = DEFAULT_LIMITS.amber_deg  # the same, from the 5th to the 95th percentile


@dataclass(slots=True)
class _Seen:
    """Frame by frame."""

    lip_gaps: list[float] = field(default_factory=list)
    eye_ratios: list[float] = field(default_factory=list)
    smiles: list[float] = field(default_factory=list)
    poses_deg: list[tuple[float, float]] = field(default_factory=list)  # pitch, yaw
    hidden: list[bool] = field(default_factory=list)
    several: list[bool] = field(default_factory=list)
    emotions: list[Mapping[str, float]] = field(default_factory=list)  # of frames for which there are any


class RestFindings:
    """Gathers what the frames of a rest show."""

    def __init__(self) -> None:
        self._seen = _Seen()
        self._emotion_source = ""

    def add(
        self, aligned: Aligned, *, implausible: bool, faces: int, emotions: Mapping[str, float] | None, source: str
    ) -> None:
        """Add a frame: its face in any canonical frame, whether its mesh does not lie on a whole face, the faces in the
        picture, and what a source that looks at the picture says of its emotions.
        """
        seen, mesh = self._seen, aligned.mesh_canon
        seen.lip_gaps.append(lip_gap(mesh))
        seen.eye_ratios.append(eye_aspect_ratio(mesh))
        seen.smiles.append(smile_extent(mesh))
        seen.poses_deg.append((degrees(aligned.pose.pitch), degrees(aligned.pose.yaw)))
        seen.hidden.append(implausible)
        seen.several.append(faces > 1)
        if emotions is not None:
            seen.emotions.append(emotions)
            self._emotion_source = source

    def finish(self) -> tuple[Finding, ...]:
        """What was found; empty for a face at rest, and without a frame."""
        if not self._seen.lip_gaps:
            return ()
        found = (
            self._share("several_faces", self._seen.several, "several people: more than one face in"),
            self._share("mouth_hidden", self._seen.hidden, "mouth hidden: the picture shows none in"),
            self._mouth(), self._talking(), self._eyes(), self._smile(), self._expression(), *self._head(),
        )  # fmt: skip
        return tuple(finding for finding in found if finding is not None)

    def _share(self, kind: FindingKind, cases: list[bool], text: str) -> Finding | None:
        share = 100.0 * sum(cases) / len(cases)
        return _over(
            kind, share, MOST_OF_FRAMES, _OF_FRAMES,
            lambda value, limit: f"{text} {value:.0f} % of the frames, limit {limit:g} %",
        )  # fmt: skip

    def _mouth(self) -> Finding | None:
        return _over(
            "open_mouth", _quartile(self._seen.lip_gaps), MOST_LIP_GAP, _CANTHAL,
            lambda value, limit: f"mouth open: the lips are {value:.1f} % apart, at rest at most {limit:g} %",
        )  # fmt: skip

    def _talking(self) -> Finding | None:
        low, high = np.percentile(self._seen.lip_gaps, (10, 90))
        return _over(
            "talking", float(high - low), MOST_LIP_MOTION, _CANTHAL,
            lambda value, limit: f"talking: the lips opened and closed by {value:.1f} %, limit {limit:g} %",
        )  # fmt: skip

    def _eyes(self) -> Finding | None:
        ratio = float(np.percentile(self._seen.eye_ratios, 25))
        if ratio >= LEAST_EYE_RATIO:
            return None
        text = f"eyes closed or lowered: height over width {ratio:.2f}, open ones have {LEAST_EYE_RATIO:g} or more"
        return Finding("closed_eyes", text, round(ratio, 4), LEAST_EYE_RATIO, "1")

    def _smile(self) -> Finding | None:
        return _over(
            "smile", _quartile(self._seen.smiles), MOST_SMILE, "full smiles",
            lambda value, limit: f"smile: the corners of the mouth show {value:.2f} of a full one, limit {limit:g}",
        )  # fmt: skip

    def _expression(self) -> Finding | None:
        """By mean probability, since classes are probabilities of each frame."""
        if not self._seen.emotions:
            return None
        means = {name: float(np.mean([one.get(name, 0.0) for one in self._seen.emotions])) for name in _DEPENDABLE}
        name = max(means, key=means.__getitem__)
        return _over(
            "expression", means[name], MOST_EMOTION, "1",
            lambda value, limit: f"expression: {self._emotion_source} sees {name}, mean {value:.2f}, limit {limit:g}",
        )  # fmt: skip

    def _head(self) -> tuple[Finding | None, ...]:
        angles = np.array(self._seen.poses_deg)
        away = np.percentile(np.abs(angles), 75, axis=0)
        low, high = np.percentile(angles, (5, 95), axis=0)
        names = ("pitch", "yaw")
        most, widest = int(np.argmax(away)), int(np.argmax(high - low))
        return (
            _over(
                "head_turned", float(away[most]), MOST_TURNED_DEG, "degrees",
                lambda value, limit: f"head turned away: {names[most]} {value:.0f}°, limit {limit:g}°",
            ),
            _over(
                "head_turning", float((high - low)[widest]), MOST_SWING_DEG, "degrees",
                lambda value, limit: f"head turning: {names[widest]} went over {value:.0f}°, limit {limit:g}°",
            ),
        )  # fmt: skip


def _quartile(values: list[float]) -> float:
    return float(np.percentile(values, 75))


def _over(
    kind: FindingKind, value: float, limit: float, unit: str, wording: Callable[[float, float], str]
) -> Finding | None:
    return Finding(kind, wording(value, limit), round(value, 4), limit, unit) if value > limit else None
