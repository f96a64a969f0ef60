"""Layouts that are saved by name: whole, apart from settings, never a solo, and each step undone."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.app.layout_commands import LayoutCommands
from realtime.app.live import run_mirror
from realtime.app.notifications import Notifications
from realtime.app.run_options import RunOptions
from realtime.app.saved_layouts import MOST_LAYOUTS, MOST_NAME, NAME, SavedLayouts, begin_with_layout
from realtime.app.view_history import ViewHistory
from realtime.app.window_settings import WindowSettings
from realtime.core.commands import Show, UseLayout
from realtime.core.config import Config, ViewConfig, load_config
from realtime.core.errors import ConfigError
from realtime.core.undo_history import UndoHistory
from realtime.core.user_folders import HOME
from realtime.core.view_layout import LAYOUT_SETTINGS, ViewLayout
from realtime.core.view_options import Card, Overlay, Style, View
from realtime.core.view_state import ViewState
from realtime.view import apply


class Desk:
    """A window's state, its history and its saved layouts."""

    def __init__(self, folder: Path) -> None:
        self.said: list[str] = []
        self.ui, self.history = ViewState(), UndoHistory()
        self.layouts = SavedLayouts(self.said.append, folder)
        notifications = Notifications(self.said.append)
        views = ViewHistory(self.ui, self.history)
        self.commands = LayoutCommands(self.ui, self.layouts, self.history, views, notifications)

    def ask(self, do: Any, name: str) -> None:
        self.commands.handle(UseLayout(do, name))


def any_layout() -> st.SearchStrategy[ViewLayout]:
    views = st.lists(st.sampled_from(View), min_size=1, max_size=6, unique=True).map(tuple)
    cards = st.lists(st.sampled_from(Card), max_size=4, unique=True).map(tuple)
    flag = st.booleans()
    return st.builds(
        lambda **values: ViewLayout.of(replace(ViewState(), **values)),
        views=views, cards=cards, whole=flag, overlay=st.sampled_from(Overlay), panel=flag, stage=flag,
    )  # fmt: skip


NAMES = st.text(
    st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")), min_size=1, max_size=MOST_NAME // 4
).filter(lambda text: bool(text.strip()))


@given(st.dictionaries(NAMES, any_layout(), max_size=5))
def test_every_layout_and_name_comes_back(tmp_path_factory: pytest.TempPathFactory, wanted: dict[str, Any]) -> None:
    folder, said = tmp_path_factory.mktemp("config"), list[str]()
    layouts = SavedLayouts(said.append, folder)
    for name, layout in wanted.items():
        assert layouts.put(name, layout)
        ui = ViewState()
        found = SavedLayouts(said.append, folder).get(tidied(name))
        assert found is not None
        found.put(ui)
        assert ViewLayout.of(ui) == layout
    assert set(SavedLayouts(said.append, folder).names) == {tidied(name) for name in wanted}
    assert said == []


def tidied(name: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFC", name).strip()


def test_two_windows_keep_each_others_layouts(tmp_path: Path) -> None:
    one, two = Desk(tmp_path), Desk(tmp_path)
    assert one.layouts.names == two.layouts.names == ()
    one.ask("save", "first")
    two.ask("save", "Second")
    one.ask("save", "third")
    assert one.layouts.names == ("first", "Second", "third")
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_a_solo_is_never_saved(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    apply(desk.ui, Show(View.HEAT, alone=True), 1)
    assert desk.ui.solo
    desk.ask("save", "during a solo")
    saved = tomllib.loads((tmp_path / NAME).read_text())["layout"]["during a solo"]
    assert saved["views"] == list(ViewConfig().views)
    assert saved.keys() == set(LAYOUT_SETTINGS)
    desk.ask("load", "during a solo")
    assert desk.ui.views == ViewConfig().views and not desk.ui.solo


def test_saving_loading_and_deleting_are_undone(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.ask("save", " bench ")
    desk.ui.views, desk.ui.cards, desk.ui.style = (View.WIPE,), (Card.SKILL,), Style.POINTS
    desk.commands._view_history.accept()
    other = ViewLayout.of(desk.ui)
    desk.ask("load", "bench")
    assert desk.ui.views == ViewConfig().views and desk.ui.cards == () and desk.ui.style is Style.POINTS
    assert desk.history.newest is not None and desk.history.newest.name == "layout bench"
    desk.history.undo()
    assert ViewLayout.of(desk.ui) == other
    desk.ask("save", "bench")  # in place of the first
    assert desk.layouts.get("bench") == other
    desk.history.undo()
    assert desk.layouts.get("bench") == ViewLayout.of(ViewState())
    desk.ask("delete", "bench")
    assert desk.layouts.names == ()
    desk.history.undo()
    assert desk.layouts.names == ("bench",)
    desk.history.redo()
    assert desk.layouts.names == ()
    desk.ask("load", "bench")
    assert "no layout bench" in desk.said[-1]


def test_names_that_are_none_and_too_many_are_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for name, words in (("", "needs a name"), ("  ", "needs"), ("x" * 41, "40 characters"), ("a\x1bb", "control")):
        desk.ask("save", name)
        assert words in desk.said[-1]
    assert not (tmp_path / NAME).exists() and desk.history.newest is None
    for at in range(MOST_LAYOUTS):
        desk.ask("save", f"layout {at}")
    desk.ask("save", "one more")
    assert f"At most {MOST_LAYOUTS}" in desk.said[-1] and len(desk.layouts.names) == MOST_LAYOUTS


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[layout", "Expected"),
        (b"\xff\xfe\x00", "decode"),
        (b"[layout.a]\nviews = 3\n", "views"),
        (b'[layout.a]\noverlay = "plaid"\n', "plaid"),
        (b"[layout.a]\nstyle = 'points'\n", "style"),
        (b"[layouts.a]\n", "layouts"),
        (b"layout = 3\n", "no section"),
        (b"[layout]\na = 1\n", "no section"),
        (b"[" * 5000, ""),
        (b"#" * 100_000, "larger"),
    ],
)
def test_a_damaged_file_is_kept_aside(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / NAME).write_bytes(content)
    desk = Desk(tmp_path)
    assert desk.layouts.names == ()
    (line,) = desk.said
    assert words in line and "layouts-damaged.toml" in line and len(line) < 1000
    assert (tmp_path / "layouts-damaged.toml").read_bytes() == content
    desk.ask("save", "new")
    assert SavedLayouts(desk.said.append, tmp_path).names == ("new",)


def test_a_run_begins_with_a_layout_below_what_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME, str(tmp_path))
    layouts = SavedLayouts(print)
    layouts.put("wall", ViewLayout.of(ViewState(views=(View.GHOST,), cards=(Card.SKILL,), stage=True)))
    config = load_config(None, ["view.layout=wall", "view.cards=[]", "view.style=points"])
    view = begin_with_layout(config, print).view
    assert (view.views, view.cards, view.stage, view.style) == ((View.GHOST,), (), True, Style.POINTS)
    ui = ViewState.of(WindowSettings(print).under(view))  # the window as it was left does not rearrange it
    assert ui.views == (View.GHOST,)
    assert begin_with_layout(Config(), print) == Config()


def test_an_unknown_layout_is_answered_with_the_known_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME, str(tmp_path))
    config = load_config(None, ["view.layout=wal"])
    with pytest.raises(ConfigError, match="None is saved"):
        run_mirror(config, RunOptions(headless=True))
    SavedLayouts(print).put("wall", ViewLayout.of(ViewState()))
    with pytest.raises(ConfigError, match=r"'wal': there is no layout of this name\. Saved are: wall"):
        run_mirror(config, RunOptions(headless=True))
