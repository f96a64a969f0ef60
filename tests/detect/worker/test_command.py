"""The worker as a command: what it makes of somebody who types it, and of the folder that it is started in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from common import environment
from workers import eventually

from realtime.detect.worker import WorkerSupervisor, network_command

COMMAND = network_command(Path("weights.safetensors"), "0" * 64, "cpu", "f32", 2)


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [(b"hello, is anybody there?\n", 2, "started by meshmirror itself"), (b"", 143, "")],
)
def test_somebody_who_types_it(typed: bytes, code: int, said: str) -> None:
    done = subprocess.run(COMMAND, input=typed, capture_output=True, timeout=30, env=environment(), check=False)
    assert (done.returncode, done.stdout) == (code, b"")
    assert said in done.stderr.decode() and "Traceback" not in done.stderr.decode()


def test_a_module_in_the_current_folder_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    canary = tmp_path / "canary"
    (tmp_path / "argparse.py").write_text(f"open({str(canary)!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    with WorkerSupervisor[int](COMMAND, live=True) as supervisor:
        assert eventually(lambda: supervisor.state == "failed")
    assert not canary.exists()


def test_its_import_is_cheap() -> None:
    code = "import sys, realtime.detect.worker; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True)
    heavy = {"cv2", "mediapipe", "torch", "feat", "openvino", "safetensors", "huggingface_hub", "pydantic", "scipy"}
    assert not heavy & set(done.stdout.split())
