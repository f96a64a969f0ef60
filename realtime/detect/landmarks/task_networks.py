"""The three networks of `face_landmarker.task`, run by OpenVINO instead of MediaPipe.

The file is a zip of TFLite models, which OpenVINO reads as they are. Reading takes longer than all the rest of a start,
so what OpenVINO has made of a network is kept in the program's cache folder, beside its own SHA-256.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import platform
import tempfile
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from realtime.core.errors import ModelFileError, TrackerError
from realtime.core.files import atomic_write
from realtime.core.types import N_LANDMARKS, ByteArray, FloatArray
from realtime.core.user_folders import user_folder
from realtime.detect.landmarks import face_detector
from realtime.detect.openvino_import import import_openvino_without_telemetry

INPUT = 256  # side of what the network of the landmarks sees, pixels
THREADS = 2  # of one frame at a time; more of them share too little work
BLENDSHAPE_POINTS = 146  # landmarks that the network of the blendshapes takes
BLENDSHAPE_COUNT = 52
_BUILD = 1  # grows with every change to how a network is prepared
_DIGEST = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class _Plan:
    """One network of the file: what is fed to it, what has to come out, and what must come out for `_pattern`."""

    member: str
    input_shape: tuple[int, ...]
    outputs: Mapping[str, tuple[int, ...]]
    scaling: tuple[float, float] | None  # what is subtracted from a picture's bytes, and what they are divided by
    reference: tuple[float, ...]  # `reference_numbers`
    tolerance: float


PLANS: Mapping[str, _Plan] = MappingProxyType({
    "detector": _Plan(
        "face_detector.tflite",
        (1, face_detector.INPUT, face_detector.INPUT, 3),
        {
            "regressors": (1, face_detector.ANCHORS, face_detector.VALUES),
            "classificators": (1, face_detector.ANCHORS, 1),
        },
        (127.5, 127.5),
        (
            0.026, -5.0719, 3.3479, 5.1628, -9.8729, 22.8133, 6.05, 90.4343, 19.4927, -5.1013, -0.9207,
            3.2518, -4.5159, -3.4502, -4.0353, -3.742, -3.9968, -3.3852, -5.4249, -4.2488, -6.8258,
            -4.6374, -6.312, -90.5847,
        ),
        0.02,
    ),
    "landmarks": _Plan(
        "face_landmarks_detector.tflite",
        (1, INPUT, INPUT, 3),
        {"Identity": (1, 1, 1, N_LANDMARKS * 3), "Identity_1": (1, 1, 1, 1)},
        (0.0, 255.0),
        (
            111.2507, 165.5734, -1.1561, 66.496, -0.5237, 100.2688, 79.8545, -7.568, 109.5944, -4.788,
            162.0265, -6.5579, -14.2379,
        ),
        0.02,
    ),
    "blendshapes": _Plan(
        "face_blendshapes.tflite",
        (1, BLENDSHAPE_POINTS, 2),
        {"StatefulPartitionedCall:0": (BLENDSHAPE_COUNT,)},
        None,
        (
            0.0006, 0.2505, 0.0135, 0.3857, 0.7278, 0.0036, 0.0421, 0.1263, 0.1517, 0.0872, 0.5028,
            0.0001,
        ),
        0.002,
    ),
})  # fmt: skip


class FaceNetworks:
    """The compiled networks; may be shared by trackers of several threads, each with requests of its own."""

    def __init__(self, compiled: Mapping[str, Any], runtime: str) -> None:
        self._compiled = compiled
        self.runtime = runtime  # for a person

    def request(self, name: str) -> NetworkRequest:
        """The tensors of one network, for one thread. Raises TrackerError."""
        return NetworkRequest(self._compiled[name], PLANS[name])


class NetworkRequest:
    """One network with its input and its outputs; belongs to one thread."""

    def __init__(self, compiled: Any, plan: _Plan) -> None:
        try:
            self._request: Any = compiled.create_infer_request()
        except RuntimeError as error:
            raise _failed(plan.member, error) from error
        self._member = plan.member
        self.input: Any = self._request.get_input_tensor(0).data  # uint8 of a picture, float32 of points; written to
        self._outputs = [self._request.get_tensor(name) for name in plan.outputs]

    def run(self) -> list[FloatArray]:
        """The outputs for what is in `input`; overwritten by the next call. Raises TrackerError."""
        self.start()
        return self.finish()

    def start(self) -> None:
        """Begin to compute what is in `input`, which stays as it is until `finish`. Raises TrackerError.

        OpenVINO computes in threads of its own: its blocking call would compute in the calling thread, which the second
        thread hardly ever joins (4.5 ms instead of 2.7 for the landmarks on two cores).
        """
        try:
            self._request.start_async()
        except RuntimeError as error:
            raise _failed(self._member, error) from error

    def finish(self) -> list[FloatArray]:
        """The outputs, once they are there; overwritten after the next `start`. Raises TrackerError."""
        try:
            self._request.wait()
        except RuntimeError as error:
            raise _failed(self._member, error) from error
        return [output.data for output in self._outputs]


@lru_cache(maxsize=1)
def open_networks(task: Path) -> FaceNetworks:
    """The networks of a task file whose SHA-256 was compared; opened once in a process.

    Raises ModelFileError for a file that is no such zip or whose networks have other inputs and outputs, TrackerError
    where OpenVINO is missing, cannot run them, or computes other numbers than it should.
    """
    try:
        openvino = import_openvino_without_telemetry()
    except ImportError as error:
        raise TrackerError(
            f"OpenVINO cannot be imported: {error}. `--set detect.tracker=task` takes MediaPipe instead; "
            "`meshmirror doctor` shows more."
        ) from error
    content = _members(task)
    # Each takes one core, most of the time without Python's lock.
    with ThreadPoolExecutor(len(PLANS), "networks") as pool:
        opening = {
            name: pool.submit(_compiled, openvino, task, plan, content[plan.member]) for name, plan in PLANS.items()
        }
        networks = FaceNetworks(
            {name: one.result() for name, one in opening.items()},
            f"OpenVINO {openvino.__version__.split('-')[0]}, CPU, f32",
        )
    for name, plan in PLANS.items():
        check_numbers(networks.request(name), plan)
    return networks


def _members(task: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(task) as archive:
            return {plan.member: archive.read(plan.member) for plan in PLANS.values()}
    except OSError as error:
        raise ModelFileError(f"{task}: cannot be read ({error.strerror or error}). Check its permissions.") from error
    except (zipfile.BadZipFile, KeyError, NotImplementedError, ValueError, EOFError) as error:
        raise ModelFileError(f"{task}: not a face_landmarker.task: {error}.") from error


def _compiled(openvino: Any, task: Path, plan: _Plan, content: bytes) -> Any:
    """The network for this processor: from the cache, else read, checked and kept there."""
    core = openvino.Core()
    settings = {
        "NUM_STREAMS": 1,
        # A process of a pool has one core: there are as many of them as cores.
        "INFERENCE_NUM_THREADS": THREADS if multiprocessing.parent_process() is None else 1,
        "INFERENCE_PRECISION_HINT": "f32",  # where a processor has bfloat16 OpenVINO would take it
        "ENABLE_CPU_PINNING": False,  # a pinned thread waits for its core while others are free
    }
    try:
        device = core.get_property("CPU", "FULL_DEVICE_NAME")
        what = f"{_BUILD} {openvino.__version__} {device} {platform.machine()} {sorted(settings.items())}"
        key = hashlib.sha256(what.encode() + content).hexdigest()[:32]
        kept = user_folder("cache") / "landmarks" / f"{Path(plan.member).stem}-{key}.blob"
        blob = _read_kept(kept)
        if blob is not None:
            return core.import_model(blob, "CPU", settings)
        network = core.compile_model(_prepared(openvino, core, task, plan, content), "CPU", settings)
        _keep(kept, network.export_model())
    except RuntimeError as error:
        raise _failed(plan.member, error) from error
    return network


def _prepared(openvino: Any, core: Any, task: Path, plan: _Plan, content: bytes) -> Any:
    """The network with a fixed size, and with the scaling of a picture's bytes in it. Raises ModelFileError."""
    with tempfile.TemporaryDirectory(prefix="meshmirror-") as folder:
        path = Path(folder) / plan.member  # OpenVINO reads this format from files only
        path.write_bytes(content)
        try:
            network = core.read_model(str(path))
        except RuntimeError as error:
            why = (str(error).strip().splitlines() or [""])[-1]
            raise ModelFileError(f"{task}: {plan.member} in it cannot be read: {why}") from error
    try:
        network.reshape(list(plan.input_shape))
        found = {name: tuple(network.output(name).shape) for name in plan.outputs}
    except RuntimeError as error:
        raise ModelFileError(f"{task}: {plan.member} in it is another network than this program knows.") from error
    if found != dict(plan.outputs):
        raise ModelFileError(
            f"{task}: {plan.member} in it has outputs {found}, expected {dict(plan.outputs)}: another version."
        )
    if plan.scaling is not None:
        mean, scale = plan.scaling
        steps = openvino.preprocess.PrePostProcessor(network)
        steps.input().tensor().set_element_type(openvino.Type.u8)
        steps.input().preprocess().convert_element_type(openvino.Type.f32).mean(mean).scale(scale)
        network = steps.build()
    return network


def _read_kept(path: Path) -> bytes | None:
    """What was kept; None where nothing was, or it is damaged: the runtime's reader may crash on that."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, blob = content[:_DIGEST], content[_DIGEST:]
    return blob if hashlib.sha256(blob).digest() == digest else None


def _keep(path: Path, blob: Any) -> None:
    """Keep it for the next start; a folder that cannot be written only makes that one slower."""
    content = blob.getvalue() if hasattr(blob, "getvalue") else bytes(blob)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            file.write(hashlib.sha256(content).digest())
            file.write(content)
        for older in path.parent.glob(f"{path.stem.rpartition('-')[0]}-*.blob"):
            if older != path:
                older.unlink(missing_ok=True)
    except OSError:
        return


def pattern(shape: tuple[int, ...]) -> ByteArray:
    """What is fed to a network to compare its numbers: rings, which excite all of its layers."""
    rows, columns = np.mgrid[: shape[1], : shape[2]].astype(np.int64)
    rings = (rows - shape[1] // 3) ** 2 + (columns - shape[2] // 2) ** 2
    depth = np.arange(shape[3]) if len(shape) > 3 else np.zeros(1, np.int64)
    values: ByteArray = ((rings[..., None] // 8 + 37 * depth) % 256).reshape(shape).astype(np.uint8)
    return values


def check_numbers(request: NetworkRequest, plan: _Plan) -> None:
    """Compare what OpenVINO computes on this processor with what comes out of the same network elsewhere."""
    found = reference_numbers(request, plan.input_shape)
    if not np.allclose(found, plan.reference, rtol=0, atol=plan.tolerance):  # NaN is never close
        worst = float(np.abs(np.subtract(found, plan.reference)).max())
        raise TrackerError(
            f"OpenVINO computes {plan.member} of face_landmarker.task differently on this processor than elsewhere "
            f"(off by {worst:.3g}). Use `--set detect.tracker=task`, and please report this with `meshmirror doctor`."
        )


def reference_numbers(request: NetworkRequest, shape: tuple[int, ...]) -> tuple[float, ...]:
    """Up to twelve numbers of each output for `pattern`, evenly spaced."""
    request.input[:] = pattern(shape)
    outputs = [output.reshape(-1) for output in request.run()]
    places = [np.linspace(0, len(output) - 1, min(12, len(output))).astype(int) for output in outputs]
    return tuple(float(output[at]) for output, these in zip(outputs, places, strict=True) for at in these)


def _failed(member: str, error: Exception) -> TrackerError:
    why = (str(error).strip().splitlines() or [type(error).__name__])[-1]
    return TrackerError(f"OpenVINO failed with {member} of face_landmarker.task: {why}")
