"""The linear models: files, names, prediction, inverse, audit. `hub` is the only code that downloads."""

from realtime.model.builtin import BUILT_IN, EMFACS, FIRST_COMPOSITION, built_in, composition_of
from realtime.model.catalog import load_model
from realtime.model.feature_effects import Effect, effects
from realtime.model.frame_correction import in_frame
from realtime.model.inverse import Inverse
from realtime.model.linear import LinearMeshModel
from realtime.model.manual_input import POSE_RANGE_DEG, InputRanges, ManualInput
from realtime.model.manual_input_toml import format_manual_input, parse_manual_input, read_manual_input
from realtime.model.names import POSE_NAMES, canonical_name, is_emotion, reported_name

__all__ = [
    "BUILT_IN",
    "EMFACS",
    "FIRST_COMPOSITION",
    "POSE_NAMES",
    "POSE_RANGE_DEG",
    "Effect",
    "InputRanges",
    "Inverse",
    "LinearMeshModel",
    "ManualInput",
    "built_in",
    "canonical_name",
    "composition_of",
    "effects",
    "format_manual_input",
    "in_frame",
    "is_emotion",
    "load_model",
    "parse_manual_input",
    "read_manual_input",
    "reported_name",
]
