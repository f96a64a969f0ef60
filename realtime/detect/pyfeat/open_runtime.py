"""Selects the runtime of the network on this machine."""

from __future__ import annotations

import ctypes
import importlib.util
import platform
import sys
from collections.abc import Callable
from typing import Literal

from realtime.core.errors import NetworkError
from realtime.detect.pyfeat.converted import ensure_converted
from realtime.detect.pyfeat.runtime import Runtime
from realtime.detect.pyfeat.weights import Weights

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "f32", "bf16"]
WORTHWHILE = 1.3  # speed-up that half precision must reach


def open_runtime(
    weights: Weights,
    device: Device = "auto",
    precision: Precision = "auto",
    threads: int | None = None,
    notify: Callable[[str], None] = lambda _: None,
    throughput: bool = False,
) -> Runtime:
    """Start the network; `notify` gets a line for each step that takes time, and for what is used instead of a GPU.

    device
        "auto": the NVIDIA or Apple GPU where there is one and torch is installed, else OpenVINO on the processor.
    precision
        "auto": bfloat16 on CUDA, as py-feat does; float32 on Apple's GPUs; on a processor what is at least 1.3 times
        faster, measured when the network was converted.
    threads, throughput
        of the processor (`OpenVinoRuntime`).

    Raises ModelFileError for the weights, NetworkError where nothing can run them, UsageError for a precision that the
    processor does not have.
    """
    gpu = _gpu() if device == "auto" else device if device != "cpu" else None
    if gpu is not None:
        from realtime.detect.pyfeat.torch_runtime import TorchRuntime

        half = precision == "bf16" or (precision == "auto" and gpu == "cuda")
        try:
            return TorchRuntime(weights, gpu, "bf16" if half else "f32")
        except NetworkError as error:
            if device != "auto":
                raise
            notify(f"{error} The processor is used instead.")
    from realtime.detect.pyfeat.openvino_runtime import OpenVinoRuntime, has_bf16

    converted = ensure_converted(weights, notify)
    if precision == "auto":
        precision = "bf16" if converted.bf16_gain >= WORTHWHILE and has_bf16() else "f32"
    return OpenVinoRuntime(converted, precision, threads, throughput)


def _gpu() -> Literal["cuda", "mps"] | None:
    """The GPU that torch could use, found without importing torch; None where there is none or no torch."""
    if importlib.util.find_spec("torch") is None:
        return None
    if sys.platform == "darwin":
        return "mps" if platform.machine() == "arm64" else None
    return "cuda" if _cuda_devices() else None


def _cuda_devices() -> int:
    """How many devices the NVIDIA driver reports; 0 without a driver."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value
