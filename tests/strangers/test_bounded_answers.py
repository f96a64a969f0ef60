"""What is very large or has very many entries is answered in a few lines: work is counted here, not time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from common import Runner

from realtime.app.notifications import Notifications
from realtime.core import config
from realtime.core.errors import ConfigError
from realtime.core.printable import bounded
from realtime.core.toml_text import parse_toml
from realtime.model import load_model
from realtime.model.file import write_model
from realtime.session.annotations import read_lines

MANY = 60_000
MB = 1 << 20


def test_unknown_settings_are_counted_and_few_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "many.toml"
    path.write_text("[view]\n" + "".join(f"key_{number} = {number}\n" for number in range(5000)), encoding="utf-8")
    searches = []

    def counted(*arguments: Any) -> list[str]:
        searches.append(arguments)
        return []

    monkeypatch.setattr(config.difflib, "get_close_matches", counted)
    with pytest.raises(ConfigError) as raised:
        config.load_config(path)
    lines = str(raised.value).splitlines()
    assert len(lines) == 6 and "unknown setting 'view.key_0'" in lines[0] and "and 4,995 more" in lines[-1]
    assert len(searches) <= 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[view]\nwidth = '" + "9" * 500_000 + "'\n", "view.width"),
        ("[view]\n" + "k" * 500_000 + " = 1\n", "unknown setting"),
        ("a" + ".a" * 100_000 + " = 1\n", "more than 50 parts"),
        ("[" + "a." * 100_000 + "a]\n", "more than 50 parts"),
        ("[view]\nwidth = " + "[" * 10_000 + "]" * 10_000 + "\n", "nested too deeply"),
        ("[view]\nwidth = " + "{a=" * 10_000 + "1" + "}" * 10_000 + "\n", "nested too deeply"),
        ("# " + "x" * (2 * MB), "larger than 1 MB"),
        ("[view]\nwidth = [" + "1, " * 100_000 + "]\n", "a list of 100000 entries"),
    ],
)
def test_settings_that_are_huge_have_an_error_of_a_few_lines(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as raised:
        config.load_config(path)
    assert len(str(raised.value)) < 3000


def test_dots_in_texts_are_no_parts_of_a_key() -> None:
    dotted = "." * 500
    assert parse_toml(f"a.b = \"{dotted}\" # {dotted}\nc = '{dotted}'") == {"a": {"b": dotted}, "c": dotted}


def test_a_model_with_very_many_entries_is_shown_on_a_page(meshmirror: Runner, tmp_path: Path) -> None:
    entries = {"k" * 10_000: "v" * 10_000} | {f"k{number}": number for number in range(MANY - 1)}
    path = tmp_path / "many.npz"
    write_model(load_model("emotion@built-in").replaced(metadata=entries), path)
    shown = meshmirror("models", "show", str(path))
    assert shown.returncode == 0 and "and 59,960 more entries" in shown.stdout
    assert len(shown.stdout.splitlines()) < 150
    whole = json.loads(meshmirror("models", "show", str(path), "--json").stdout)
    assert whole["metadata"] == entries


@pytest.mark.parametrize("arguments", [("models", "show"), ("models", "check"), ("--config",), ("--set",)])
def test_a_name_of_a_megabyte_is_not_printed(meshmirror: Runner, arguments: tuple[str, ...]) -> None:
    done = meshmirror(*arguments, "n" * MB)
    assert done.returncode != 0 and done.stderr and len(done.stderr) + len(done.stdout) < 10_000


def test_a_notification_is_no_book() -> None:
    notifications = Notifications(lambda text: None)
    notifications.post("source", "x" * (10 * MB))
    assert len(notifications.visible[0].text) < 1000
    assert bounded("abc" * 10, 20).startswith("abcabc") and "10 more" in bounded("abc" * 10, 20)


def test_a_cell_of_ten_megabytes_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "annotations.csv"
    path.write_text(f'kind,start_frame,end_frame,label\nevent,1,1,"{"x" * (10 * MB)}"\n', encoding="utf-8")
    with pytest.raises(Exception, match="field larger than field limit"):
        read_lines(path)
