"""Linear models of the face: files, catalogue, prediction and its inverse."""

from realtime.model.builtin import BUILT_IN, EMFACS, built_in
from realtime.model.catalogue import load_model
from realtime.model.effect import Effect, effects
from realtime.model.inverse import Inverse
from realtime.model.linear import LinearMeshModel
from realtime.model.names import POSE_NAMES, canonical_name, is_emotion

__all__ = [
    "BUILT_IN",
    "EMFACS",
    "POSE_NAMES",
    "Effect",
    "Inverse",
    "LinearMeshModel",
    "built_in",
    "canonical_name",
    "effects",
    "is_emotion",
    "load_model",
]
