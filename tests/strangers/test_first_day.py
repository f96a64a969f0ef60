"""What somebody meets on the first day: the help, a typing error, a machine without a display."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from common import ROOT, Runner, environment
from remade import RECORDED

from realtime.app.doctor import PACKAGES
from realtime.cli.entry import COMMANDS
from realtime.core.config import DetectConfig
from realtime.core.errors import UsageError
from realtime.core.resources import data_dir
from realtime.session import open as open_session
from realtime.session.read import session as session_module

PAGES = [(), *((name,) for name in COMMANDS), *(("models", name) for name in ("list", "show", "check", "fetch"))]


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_no_help_is_cut_at_any_width(page: tuple[str, ...], meshmirror: Runner) -> None:
    texts = {}
    for width in (30, 60, 80, 100, 120, 300):
        done = meshmirror(*page, "--help", COLUMNS=str(width))
        assert done.returncode == 0 and not done.stderr
        assert "…" not in done.stdout and "<bool>" not in done.stdout and "x<=" not in done.stdout
        lines = [line for line in done.stdout.splitlines() if not line.startswith("Example: ")]
        words = max(len(word) for line in lines for word in line.split())
        assert max(map(len, lines)) <= max(width, words + 8)
        texts[width] = done.stdout.split()
    assert len({tuple(words) for words in texts.values()}) == 1  # the same words, whatever the width


@pytest.mark.parametrize("option", ["--config", "--set", "--source", "--record", "--frames", "--headless", "--json"])
@pytest.mark.parametrize("name", ["--help", "-h"])
def test_help_behind_an_option_is_help(option: str, name: str, meshmirror: Runner) -> None:
    page = meshmirror("live", "--help").stdout
    for args in ((option, name), ("live", option, name), ("live", name, option)):
        assert meshmirror(*args).stdout == page


def test_help_names_every_supplied_configuration(meshmirror: Runner) -> None:
    page = " ".join(meshmirror("--config", "--help").stdout.split())
    named = re.search(r"or supplied ones: ([a-z, -]+)\.", page)
    assert named and named[1].split(", ") == sorted(path.stem for path in data_dir("configs").glob("*.toml"))


def test_documented_emotions_are_accepted(meshmirror: Runner) -> None:
    choices = set(get_args(DetectConfig.model_fields["emotion"].annotation))
    page = (ROOT / "docs" / "emotions.md").read_text(encoding="utf-8")
    taken = re.search(r"`--emotion` takes (.*?);", page, re.S)
    assert taken and set(re.findall(r"`(\w+)`", taken[1])) == choices
    help_text = " ".join(meshmirror("live", "--help").stdout.split())
    shown = re.search(r"--emotion SOURCE (.*?) (?:--|-s)", help_text)
    assert shown and all(choice in shown[1] for choice in choices)


def test_doctor_names_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[<>=!~;\[ ]", wanted)[0] for wanted in project["dependencies"]}
    assert set(PACKAGES) == names | {"py-feat"}, "which a step of its own installs"


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_a_package_of_tables_that_is_missing_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(asked: str) -> None:
        raise ImportError(f"No module named '{asked}'")

    monkeypatch.setattr(session_module, "import_module", missing)
    with open_session(RECORDED) as session, pytest.raises(UsageError, match=f"pip install {name}"):
        getattr(session, f"to_{name}")()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert any(wanted.startswith(name) for wanted in project["optional-dependencies"]["tables"])


@pytest.mark.parametrize("args", [("live", "--headless"), ("demo", "--headless"), ("whatif", "--headless")])
def test_a_mistyped_source_is_refused_before_anything_is_loaded(args: tuple[str, ...], tmp_path: Path) -> None:
    code = (
        "import sys; from realtime.cli.entry import run; code = run(sys.argv[1:]);"
        "print(code, sorted({'cv2', 'mediapipe', 'openvino', 'torch', 'av'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args, "--source", "anna.mp4"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "3 []" and done.stderr.startswith("error anna.mp4: there is no such file")


def test_without_a_display_nothing_reads_like_an_error(tmp_path: Path, meshmirror: Runner) -> None:
    done = meshmirror("demo", "--frames", "2", "--record", "demo.mp4", "--set", "view.width=640")
    assert done.returncode == 0, done.stderr
    first = done.stderr.splitlines()[0]
    assert "without a window" in first and not re.search("error|fail|cannot|X11|Is a desktop", first, re.I)
    assert (tmp_path / "demo.mp4").stat().st_size
