"""py-feat's multitask network at camera rate: crop, inference, names. Importing this loads numpy and no more."""

from realtime.detect.pyfeat.converted import ConvertedNetwork, ensure_converted, find_converted
from realtime.detect.pyfeat.crop import Crop
from realtime.detect.pyfeat.open_runtime import open_runtime
from realtime.detect.pyfeat.output_layout import OutputLayout
from realtime.detect.pyfeat.runtime import Runtime
from realtime.detect.pyfeat.weights import WEIGHTS_COMMAND, Weights, find_weights

__all__ = [
    "WEIGHTS_COMMAND",
    "ConvertedNetwork",
    "Crop",
    "OutputLayout",
    "Runtime",
    "Weights",
    "ensure_converted",
    "find_converted",
    "find_weights",
    "open_runtime",
]
