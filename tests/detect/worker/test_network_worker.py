"""The real worker: py-feat's network by OpenVINO, with weights that are made up, in a process of its own."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from workers import Pictures, eventually

from realtime.core.errors import ModelFileError
from realtime.detect.worker import WorkerSupervisor, network_command

Keep = Callable[..., WorkerSupervisor[int]]


@pytest.fixture
def keep(prepared_network: Any) -> Iterator[Keep]:
    """A supervisor of the real worker."""
    made: list[WorkerSupervisor[int]] = []

    def one(live: bool, **changes: Any) -> WorkerSupervisor[int]:
        weights = prepared_network.weights
        options = {"weights": weights.path, "sha256": weights.sha256, "device": "cpu", "precision": "f32", "threads": 2}
        made.append(WorkerSupervisor(network_command(**options | changes), live=live))
        return made[-1]

    yield one
    for supervisor in made:
        supervisor.close()


@pytest.fixture(scope="module")
def rows(prepared_network: Any, pictures: Pictures) -> list[np.ndarray]:
    """What the same network says of the pictures in this process."""
    from realtime.detect.pyfeat.open_runtime import open_runtime

    runtime = open_runtime(prepared_network.weights, "cpu", "f32")
    found = []
    for number in range(6):
        image, crop, _ = pictures[number]
        found.append(runtime.run(crop.network_input(crop.patch(image))[None])[0])
    runtime.close()
    return found


def check(answer: Any, rows: list[np.ndarray]) -> None:
    near = [np.allclose(answer.row, row, rtol=1e-3, atol=1e-4) for row in rows]
    assert near == [at == answer.context % len(rows) for at in range(len(rows))]


def test_in_step_its_numbers_are_the_network_s_also_when_it_is_killed(
    keep: Keep, pictures: Pictures, rows: list[np.ndarray], prepared_network: Any
) -> None:
    supervisor = keep(live=False)
    for number in range(30):
        supervisor.submit(*pictures[number])
        if number == 20:
            os.kill(supervisor.process_id or -1, signal.SIGKILL)
        if number >= 4:
            answer = supervisor.wait()
            assert answer.context == number - 4
            check(answer, rows)
    for _ in range(26, 30):
        check(supervisor.wait(), rows)
    assert (supervisor.counts.restarts, supervisor.counts.answers) == (1, 30)
    assert supervisor.layout == prepared_network.converted.layout
    assert supervisor.runtime_name.startswith("OpenVINO") and "CPU, f32" in supervisor.runtime_name
    assert set(supervisor.start_ms) == {"weights", "open", "warm-up", "all"}


def test_live_it_answers_and_has_not_loaded_torch(keep: Keep, pictures: Pictures, rows: list[np.ndarray]) -> None:
    supervisor = keep(live=True)
    answers: list[Any] = []

    numbers = itertools.count()

    def three() -> bool:
        supervisor.offer(*pictures[next(numbers)])
        answer = supervisor.take()
        if answer is not None:
            answers.append(answer)
        return len(answers) == 3

    assert eventually(three, 60)
    for answer in answers:
        check(answer, rows)
    if sys.platform == "linux":
        maps = Path(f"/proc/{supervisor.process_id}/maps").read_text()
        assert "libopenvino" in maps and "libtorch" not in maps


def test_other_weights_than_the_program_has_seen_are_refused(keep: Keep, pictures: Pictures) -> None:
    supervisor = keep(live=False, sha256="0" * 64)
    supervisor.submit(*pictures[0])
    with pytest.raises(ModelFileError, match="was changed since the program looked at it"):
        supervisor.wait()
    assert supervisor.counts.restarts == 0


def test_no_checkpoint_is_refused(keep: Keep, tmp_path: Path) -> None:
    path = tmp_path / "no.safetensors"
    path.write_bytes(b"nothing of the kind")
    supervisor = keep(live=True, weights=path)
    assert eventually(lambda: supervisor.state == "failed", 30)
    assert "no.safetensors" in supervisor.reason
    assert supervisor.counts.restarts == 0


def test_closed_while_it_converts_it_leaves_nothing(
    keep: Keep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path))
    supervisor = keep(live=True)
    assert eventually(lambda: supervisor.state == "preparing", 30)
    worker = psutil.Process(supervisor.process_id)
    assert eventually(lambda: len(worker.children()) == 1)  # the conversion
    everyone = [worker, *worker.children(recursive=True)]
    supervisor.close()
    assert eventually(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in everyone), 5)
    assert not list(tmp_path.rglob(".making-*"))
