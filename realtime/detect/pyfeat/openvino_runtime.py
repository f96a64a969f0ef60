"""The network on a processor, through OpenVINO: with a converted network it needs neither torch nor py-feat."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from realtime.core.errors import NetworkError, UsageError
from realtime.core.types import FloatArray
from realtime.detect.openvino_import import import_openvino_without_telemetry
from realtime.detect.pyfeat.converted import ConvertedNetwork


class OpenVinoRuntime:
    """One compiled network: 400 to 530 MB of memory with its process.

    throughput
        False: all cores work on one row, so that a single answer comes soonest. True: as many rows at once as OpenVINO
        finds good for this processor, each on few cores; more rows a second, and a single one takes longer. Either way
        a row's numbers do not depend on how many others were asked for with it.
    """

    def __init__(
        self,
        converted: ConvertedNetwork,
        precision: Literal["f32", "bf16"] = "f32",
        threads: int | None = None,
        throughput: bool = False,
    ) -> None:
        """Raises UsageError for a precision that the processor does not have, NetworkError where OpenVINO fails."""
        openvino = import_openvino_without_telemetry()
        core = openvino.Core()
        if precision == "bf16" and not has_bf16():
            raise UsageError("This processor does not compute with bfloat16: --set detect.precision=f32 (or auto).")
        settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "THROUGHPUT" if throughput else "LATENCY",
            "INFERENCE_PRECISION_HINT": precision,
        }
        if threads is not None:
            settings["INFERENCE_NUM_THREADS"] = threads
        try:
            network = core.compile_model(converted.topology, "CPU", settings)
            self._queue: Any = openvino.AsyncInferQueue(network)  # as many requests as the network has streams
        except RuntimeError as error:
            raise NetworkError(
                f"OpenVINO cannot start py-feat's network: {str(error).strip().splitlines()[-1]}"
            ) from error
        self.layout = converted.layout
        self.name = f"OpenVINO {openvino.__version__.split('-')[0]}, CPU, {precision}"

    def run(self, inputs: FloatArray) -> FloatArray:
        """(n, 3, 224, 224) float32 to (n, heads.width) float32, rows in the same order."""
        rows = np.empty((len(inputs), self.layout.width), dtype=np.float32)

        def keep(request: Any, index: int) -> None:
            rows[index] = request.get_output_tensor(0).data[0]

        self._queue.set_callback(keep)
        for index, one in enumerate(np.ascontiguousarray(inputs, dtype=np.float32)):
            self._queue.start_async({0: one[None]}, index)
        self._queue.wait_all()
        return rows

    def close(self) -> None:
        """Free the network; may be called twice."""
        self._queue = None


def has_bf16() -> bool:
    """Whether this processor computes with bfloat16."""
    return "BF16" in import_openvino_without_telemetry().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
