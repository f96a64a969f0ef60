"""What runs the network on a processor: numbers, order, precision, and what it does not import."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from common import environment
from pyfeat_network import Network

from realtime.core.errors import NetworkError, UsageError
from realtime.detect.pyfeat import open_runtime, openvino_runtime
from realtime.detect.pyfeat.openvino_runtime import OpenVinoRuntime, has_bf16

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def inputs() -> np.ndarray:
    """(5, 3, 224, 224), no two alike."""
    rng = np.random.default_rng(11)
    coarse = rng.normal(size=(5, 3, 7, 7)).astype(np.float32)
    return np.kron(coarse, np.ones((32, 32), dtype=np.float32))


@pytest.fixture(scope="module")
def runtime(prepared_network: Network) -> OpenVinoRuntime:
    return OpenVinoRuntime(prepared_network.converted)


def test_rows_come_in_order_and_do_not_depend_on_each_other(prepared_network, runtime, inputs):
    alone = np.concatenate([runtime.run(one[None]) for one in inputs])
    assert alone.dtype == np.float32 and alone.shape == (5, prepared_network.converted.layout.width)
    np.testing.assert_array_equal(runtime.run(inputs), alone)
    np.testing.assert_array_equal(runtime.run(inputs[::-1]), alone[::-1])  # neither contiguous nor in the same order
    assert runtime.run(inputs[:0]).shape == (0, alone.shape[1])
    assert (np.abs(np.diff(alone, axis=0)).max(axis=1) > 1e-3).all()
    emotions = runtime.layout.split(alone)["emotion"]
    np.testing.assert_allclose(emotions.sum(axis=1), 1, atol=1e-6)


def test_several_at_once_give_the_same_numbers(prepared_network, runtime, inputs):
    together = OpenVinoRuntime(prepared_network.converted, throughput=True)
    rows = together.run(inputs)
    np.testing.assert_allclose(rows, runtime.run(inputs), atol=2e-5)
    np.testing.assert_array_equal(np.concatenate([together.run(one[None]) for one in inputs]), rows)
    together.close()


def test_threads(prepared_network, runtime, inputs):
    one = OpenVinoRuntime(prepared_network.converted, threads=1)
    np.testing.assert_allclose(one.run(inputs[:1]), runtime.run(inputs[:1]), atol=2e-5)
    assert one.name == runtime.name and one.name.startswith("OpenVINO 20") and one.name.endswith(", CPU, f32")
    one.close()
    one.close()


def test_half_the_bits_are_near(prepared_network, runtime, inputs):
    if not has_bf16():
        with pytest.raises(UsageError, match="does not compute with bfloat16"):
            OpenVinoRuntime(prepared_network.converted, "bf16")
        pytest.skip("this processor does not compute with bfloat16")
    half = OpenVinoRuntime(prepared_network.converted, "bf16")
    rows, wanted = half.run(inputs), runtime.run(inputs)
    assert half.name.endswith(", CPU, bf16")
    assert 1e-5 < np.abs(rows - wanted).max() < 0.3
    half.close()


def test_a_processor_that_lacks_them(prepared_network, monkeypatch):
    """Only the processor's answer is replaced: none can be had here without it."""
    monkeypatch.setattr(openvino_runtime, "has_bf16", lambda: False)
    runtime = open_runtime(prepared_network.weights, "cpu")
    assert runtime.name.endswith(", CPU, f32")
    runtime.close()
    with pytest.raises(UsageError, match=r"does not compute with bfloat16: --set detect\.precision=f32"):
        open_runtime(prepared_network.weights, "cpu", "bf16")


def test_auto_takes_them_where_they_were_worth_it(prepared_network):
    runtime = open_runtime(prepared_network.weights, "cpu")
    worth = has_bf16() and prepared_network.converted.bf16_gain >= 1.3
    assert runtime.name.endswith("bf16" if worth else "f32")
    runtime.close()


LIVE = """
import json, sys
from pathlib import Path
import numpy as np
from realtime.detect.pyfeat import Crop, find_weights, open_runtime
weights = find_weights(Path(sys.argv[1]))
said = []
runtime = open_runtime(weights, sys.argv[2], notify=said.append)
image = np.zeros((360, 640, 3), np.uint8)
crop = Crop(100.0, 50.0, 200.0, 640, 360)
row = runtime.run(crop.network_input(crop.patch(image))[None])[0]
out = runtime.layout.decode(row, crop, 0)
print(json.dumps({"modules": sorted({name.split(".")[0] for name in sys.modules}), "said": said, "name": runtime.name,
                  "emotions": list(out.emotions)}))
"""


def fresh(code: str, *args: str, **variables: str) -> str:
    """What a program prints that starts anew."""
    command = [sys.executable, "-c", code, *args]
    around = environment() | variables
    done = subprocess.run(command, env=around, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_beside_a_camera_neither_torch_nor_py_feat_is_imported(prepared_network):
    report = json.loads(fresh(LIVE, str(prepared_network.weights.path), "auto"))
    assert report["emotions"][:3] == ["Neutral", "Happy", "Sad"] and report["said"] == []
    assert "openvino" in report["modules"]
    heavy = {
        "torch",
        "torchvision",
        "feat",
        "timm",
        "pandas",
        "scipy",
        "cv2",
        "mediapipe",
        "pydantic",
        "huggingface_hub",
    }
    assert heavy & set(report["modules"]) == set()


DRIVER = """
int cuInit(unsigned flags) { return 0; }
int cuDeviceGetCount(int *count) { *count = 1; return 0; }
"""


def test_a_gpu_that_does_not_start_costs_a_line(prepared_network, tmp_path):
    """A driver that reports a device, and a torch that cannot be imported."""
    compiler = shutil.which("cc")
    if not sys.platform.startswith("linux") or compiler is None:
        pytest.skip("needs a C compiler on Linux, to make a driver")
    (tmp_path / "driver.c").write_text(DRIVER)
    library = tmp_path / "libcuda.so.1"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(tmp_path / "driver.c")], check=True)
    (tmp_path / "torch.py").write_text("raise OSError('libcublas.so.12: cannot open shared object file')")
    around = {"LD_LIBRARY_PATH": str(tmp_path), "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    report = json.loads(fresh(LIVE, str(prepared_network.weights.path), "auto", **around))
    assert report["name"].startswith("OpenVINO")
    (line,) = report["said"]
    assert (
        "py-feat cannot be imported" in line and "libcublas" in line and line.endswith("The processor is used instead.")
    )
    without = json.loads(fresh(LIVE, str(prepared_network.weights.path), "auto", PYTHONPATH=f"{tmp_path}:{ROOT}"))
    assert without["said"] == [] or shutil.which("nvidia-smi")


def test_a_gpu_that_was_asked_for_is_not_replaced(prepared_network, tmp_path):
    (tmp_path / "torch.py").write_text("raise OSError('no libraries')")
    code = "\n".join((
        "import sys",
        "from pathlib import Path",
        "from realtime.detect.pyfeat import find_weights, open_runtime",
        "from realtime.core.errors import NetworkError",
        "try: open_runtime(find_weights(Path(sys.argv[1])), 'cuda')",
        "except NetworkError as error: print(error)",
    ))  # fmt: skip
    told = fresh(code, str(prepared_network.weights.path), PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert "py-feat cannot be imported" in told


def test_a_topology_that_openvino_does_not_read(prepared_network, tmp_path):
    broken = replace(prepared_network.converted, folder=tmp_path)
    with pytest.raises(NetworkError, match="OpenVINO cannot start"):
        OpenVinoRuntime(broken)
    broken.topology.write_text("<net/>")
    with pytest.raises(NetworkError, match="OpenVINO cannot start"):
        OpenVinoRuntime(broken)


def test_every_import_of_openvino_is_the_quiet_one():
    places = [path for path in (ROOT / "realtime").rglob("*.py") if "import openvino" in path.read_text()]
    assert [path.name for path in places] == ["openvino_import.py"]
