"""py-feat's multitask network at camera rate: cut out, run, named. Importing this loads numpy and no more."""

from realtime.detect.pyfeat.converted import ConvertedNetwork, find_converted, prepare
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
    "find_converted",
    "find_weights",
    "open_runtime",
    "prepare",
]
