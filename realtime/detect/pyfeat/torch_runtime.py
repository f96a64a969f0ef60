"""The network through torch, as py-feat runs it: for CUDA and for Apple's GPUs."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from realtime.core.errors import NetworkError
from realtime.core.types import FloatArray
from realtime.detect.pyfeat.crop import INPUT
from realtime.detect.pyfeat.pyfeat_network import layout_of, load_multitask, row_of
from realtime.detect.pyfeat.weights import Weights


class TorchRuntime:
    """py-feat's own network without its preprocessing. On "cpu" it is there for comparisons only."""

    def __init__(
        self, weights: Weights, device: Literal["cuda", "mps", "cpu"], precision: Literal["f32", "bf16"] = "f32"
    ) -> None:
        """Raises ModelFileError for the weights, NetworkError where torch, py-feat or the device is not there."""
        weights.check()
        multitask = load_multitask(weights.path)
        import torch

        self.layout = layout_of(multitask)
        self._device = device
        self._half = precision == "bf16"
        try:
            self._network: Any = multitask.model.to(device)
            on = torch.cuda.get_device_name() if device == "cuda" else device.upper()
            self.run(np.zeros((1, 3, INPUT, INPUT), dtype=np.float32))  # a device may be present and unable to run it
        except (RuntimeError, AssertionError) as error:  # the latter: a torch that was built without CUDA
            raise NetworkError(f"torch cannot use '{device}': {str(error).strip().splitlines()[0]}") from error
        self.name = f"torch {torch.__version__}, {on}, {precision}"

    def run(self, inputs: FloatArray) -> FloatArray:
        """(n, 3, 224, 224) float32 to (n, heads.width) float32, rows in the same order."""
        import torch

        with torch.inference_mode():
            pictures = torch.from_numpy(np.ascontiguousarray(inputs, dtype=np.float32)).to(self._device)
            with torch.autocast(self._device, dtype=torch.bfloat16, enabled=self._half):  # as py-feat does
                outputs = self._network(pictures)
            rows: FloatArray = row_of(outputs).cpu().numpy()
        return rows

    def close(self) -> None:
        """Free the network; may be called twice."""
        self._network = None
