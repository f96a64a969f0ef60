"""How a window was left: saved whole, read below what is said, and never a reason to fail."""

from __future__ import annotations

import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest
from common import environment

from realtime.app import window_settings as settings
from realtime.app.window_settings import NAME, WindowSettings
from realtime.core.config import Config, ViewConfig, load_config
from realtime.core.view_options import Card, Overlay, Style, View
from realtime.core.view_state import ViewState


@pytest.fixture
def said() -> list[str]:
    return []


def window(saved: WindowSettings, config: Config | None = None) -> ViewState:
    """A window's state as a run would begin it."""
    ui = ViewState.of(saved.under((config or Config()).view), introduces=True)
    saved.watch(ui)
    return ui


def left(folder: Path, said: list[str], **changes: object) -> None:
    """Begin, change something, end."""
    saved = WindowSettings(said.append, folder)
    ui = window(saved)
    for name, value in changes.items():
        setattr(ui, name, value)
    saved.watch(ui)
    saved.save()


def test_what_was_changed_comes_back_and_nothing_else_is_written(tmp_path: Path, said: list[str]) -> None:
    folder = tmp_path / "new" / "folder"
    left(folder, said)
    assert not folder.exists(), "nothing changed, nothing written"
    changes = {
        "style": Style.WIREFRAME, "views": (View.GHOST, View.CAMERA), "cards": (Card.SKILL,), "wipe": 1e-7,
        "panel": True, "overlay": Overlay.TINT, "colour_max": 4.0, "introduced": True,
    }  # fmt: skip
    left(folder, said, **changes)
    assert tomllib.loads((folder / NAME).read_text())["view"].keys() == changes.keys()
    ui = window(WindowSettings(said.append, folder))
    assert {name: getattr(ui, name) for name in changes} == changes
    assert type(ui.style) is Style and type(ui.views[0]) is View
    assert [path.name for path in folder.iterdir()] == [NAME]
    assert said == []


def test_what_an_older_version_has_left_rearranges_nothing(tmp_path: Path, said: list[str]) -> None:
    (tmp_path / NAME).write_text('[view]\nviews = ["ghost"]\ncards = ["skill"]\nstyle = "points"\npanel = true\n')
    ui = window(WindowSettings(said.append, tmp_path))
    assert (ui.views, ui.cards, ui.panel, ui.introduced) == (ViewState().views, (), False, False)
    assert ui.style is Style.POINTS and said == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_only_the_user_may_read_it(tmp_path: Path, said: list[str]) -> None:
    left(tmp_path / "config", said, stage=True)
    assert (tmp_path / "config" / NAME).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "config").stat().st_mode & 0o777 == 0o700


def test_what_is_said_explicitly_wins_and_is_not_saved(tmp_path: Path, said: list[str]) -> None:
    left(tmp_path, said, style=Style.POINTS, stage=True)
    saved = WindowSettings(said.append, tmp_path)
    ui = window(saved, load_config(None, ["view.style=shaded", "view.colour_max=3"]))
    assert (ui.style, ui.stage, ui.colour_max) == (Style.SHADED, True, 3.0)
    ui.box = True
    saved.watch(ui)
    saved.save()
    assert tomllib.loads((tmp_path / NAME).read_text())["view"] == {"style": "points", "stage": True, "box": True}
    ui.style = Style.WIREFRAME  # now by hand
    saved.watch(ui)
    ui.style = Style.SHADED
    saved.watch(ui)
    saved.save()
    assert tomllib.loads((tmp_path / NAME).read_text())["view"]["style"] == "shaded"


def test_it_is_written_some_time_after_the_last_change(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = WindowSettings(said.append, tmp_path)
    ui = window(saved)
    ui.exaggeration = 2.0
    saved.watch(ui)
    assert not (tmp_path / NAME).exists()
    monkeypatch.setattr(settings, "SETTLE_S", 0.0)
    saved.watch(ui)
    assert (tmp_path / NAME).exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[view", "end of document"),
        (b"\xff\xfe\x00", "decode"),
        (b"[view]\nstyle = 3\n", "style"),
        (b'[view]\nstyle = "plaid"\n', "plaid"),
        (b"[view]\ncolour_max = -1\n", "colour_max"),
        (b"[view]\nwhatever = 1\n", "whatever"),
        (b"[view]\nwidth = 800\n", "width"),
        (b"[source]\npath = 'x'\n", "source"),
        (b"view = 3\n", "no section"),
        (b"[" * 5000, ""),
        (b"#" * 100_000, "larger"),
        (b'[view]\nviews = ["ghost", "ghost"]\n', "once"),
    ],
)
def test_a_damaged_file_is_kept_aside(tmp_path: Path, said: list[str], content: bytes, words: str) -> None:
    (tmp_path / "settings-damaged.toml").write_bytes(b"of another day")
    (tmp_path / NAME).write_bytes(content)
    ui = window(WindowSettings(said.append, tmp_path))
    assert ui == ViewState.of(ViewConfig(), introduces=True)
    (line,) = said
    assert words in line and "settings-damaged_2.toml" in line and len(line) < 1000
    assert (tmp_path / "settings-damaged.toml").read_bytes() == b"of another day"
    assert (tmp_path / "settings-damaged_2.toml").read_bytes() == content
    assert not (tmp_path / NAME).exists()
    left(tmp_path, said, stage=True)
    assert window(WindowSettings(said.append, tmp_path)).stage
    assert len(said) == 1


def test_a_place_that_cannot_be_written_is_said_once(tmp_path: Path, said: list[str]) -> None:
    (tmp_path / "file").write_bytes(b"")
    saved = WindowSettings(said.append, tmp_path / "file")
    ui = window(saved)
    for value in (2.0, 3.0, 4.0):
        ui.exaggeration = value
        saved.watch(ui)
        saved.save()
    assert len(said) == 1
    assert "settings" in said[0]


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path, said: list[str]) -> None:
    (tmp_path / NAME).mkdir()
    left(tmp_path, said, stage=True)
    assert len(said) == 1
    assert (tmp_path / NAME).is_dir()


def test_of_two_programs_the_last_wins_and_nothing_is_torn(tmp_path: Path) -> None:
    """A reader beside two programs that write all the time meets whole files only."""
    code = (
        "import sys; from pathlib import Path; from realtime.app.window_settings import WindowSettings\n"
        "from realtime.core.view_state import ViewState; from realtime.core.config import ViewConfig\n"
        "saved = WindowSettings(print, Path(sys.argv[1])); ui = ViewState.of(ViewConfig()); saved.watch(ui)\n"
        "for at in range(60):\n"
        "    ui.colour_max = 1 + at % 50; ui.stage = not ui.stage; ui.wipe = float(sys.argv[2])\n"
        "    saved.watch(ui); saved.save()\n"
    )
    programs = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), wipe], env=environment())
        for wipe in ("0.25", "0.75")
    ]
    torn, seen, over = [], set(), threading.Event()

    def read() -> None:
        while not over.is_set():
            try:
                text = (tmp_path / NAME).read_text()
            except FileNotFoundError:
                continue
            view = tomllib.loads(text).get("view", {})
            seen.add(view.get("wipe"))
            if view.keys() != {"colour_max", "stage", "wipe"}:
                torn.append(text)

    reader = threading.Thread(target=read)
    reader.start()
    assert [program.wait(120) for program in programs] == [0, 0]
    over.set()
    reader.join()
    assert torn == []
    assert seen == {0.25, 0.75}
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
