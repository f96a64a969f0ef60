"""No text of a stranger reaches the terminal as something that it obeys, whoever prints it."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import logging
import re
import sys
import traceback
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from altered_sessions import alter_info, alter_table
from common import ROOT, Runner
from hypothesis import example, given, settings
from hypothesis import strategies as st
from remade import copied
from rich.table import Table
from rich.text import Text

from realtime.cli import output
from realtime.cli.streams import CleanStream, open_streams
from realtime.core.printable import printable, valid_unicode

ESCAPES = "\x1b[31m\x1b]0;title\x07\x1b]8;;http://x\x1b\\\x9b31m\x85\x07\x08\r\x7f\u202e\u2066\u2028\ud800\udce9"
# What our own styles and progress bars write: colors, and moves of the cursor. They hold no text.
STYLES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
BIDIRECTIONAL = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Those that print: the two that clean, and programs of their own whose answers another of our modules reads.
PRINTING = {"cli/streams.py", "cli/output.py"}
OTHER_PROGRAMS = {
    "app/bench/compare_process.py", "app/bench/fit_process.py", "app/bench/landmark_process.py",
    "app/bench/long_session.py", "app/bench/paused_window.py", "app/bench/pyfeat_process.py",
    "app/bench/stream_receiver.py", "app/drawing_check.py", "core/setup_check.py", "core/system_packages.py",
    "detect/pyfeat/convert.py", "detect/worker/__main__.py",
}  # fmt: skip
CAUGHT = {"detect/landmarks/mediapipe_graph.py"}  # what native code wrote meanwhile is handed on to sys.stderr


def obeyed(text: str) -> list[str]:
    """The characters of a text that a terminal would not just show."""
    return [
        sign
        for sign in text
        if sign not in "\n\t" and (unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") or sign in BIDIRECTIONAL)
    ]


@contextlib.contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """Standard streams that are a terminal with colors, as the program opens them; the function has what they got."""
    written = io.BytesIO()

    class Terminal(CleanStream):
        def isatty(self) -> bool:
            return True

    with monkeypatch.context() as patch:
        patch.setenv("TERM", "xterm-256color")
        patch.setenv("COLUMNS", "60")
        patch.delenv("NO_COLOR", raising=False)
        for name in ("stdout", "stderr"):
            patch.setattr(sys, name, Terminal(written, "utf-8", "replace", write_through=True))
        for console in (output.stdout, output.stderr):
            console.cache_clear()
        try:
            yield lambda: written.getvalue().decode()
        finally:
            for console in (output.stdout, output.stderr):
                console.cache_clear()


def print_everywhere(text: str) -> None:
    """The text by every way out that the program and the packages in it have."""
    output.print_note(text)
    output.print_error(text)
    with output.results() as console:
        console.print(Text(text))
        console.print(text, markup=False)
        table = Table(title=Text(text))
        table.add_column(Text(text))
        table.add_row(Text(text, style="bold"))
        console.print(table)
    output.print_text(text)
    output.print_json({text: [text, {"a": text}]})
    output.set_up_logging()
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("meshmirror").exception("%s", text)
        traceback.print_exc()
    warnings.showwarning(text, UserWarning, "file", 1)
    with output.show_progress(text) as progress:
        progress(1, 2)
        print(text)
    print(text, file=sys.stderr)
    sys.stdout.writelines([text, "\n"])
    raising = OSError(2, text, text)
    sys.excepthook(type(raising), raising, None)


# Texts of hypothesis, with many more of the characters that matter.
TEXTS = st.text(st.one_of(st.characters(exclude_categories=()), st.sampled_from(ESCAPES)), max_size=40)


@given(TEXTS)
@example(ESCAPES)
def test_a_cleaned_text_is_only_shown(text: str) -> None:
    clean = printable(text)
    assert not obeyed(clean)
    assert printable(clean) == clean
    clean.encode()
    if not obeyed(text):
        assert clean == text
    assert clean.count("\n") == text.count("\n")


@given(TEXTS)
def test_a_valid_text_is_the_same_but_for_what_is_no_unicode(text: str) -> None:
    valid = valid_unicode(text)
    valid.encode()
    if text.isprintable():
        assert valid == text
    assert valid_unicode(valid) == valid


@settings(max_examples=30, deadline=None)
@given(TEXTS)
@example(ESCAPES)
def test_every_way_to_the_terminal_is_clean(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch, terminal(patch) as written, warnings.catch_warnings():
        root = logging.getLogger()
        before = root.handlers[:], root.level
        root.handlers[:] = []
        try:
            print_everywhere(text)
        finally:
            root.handlers[:], root.level = before
        shown = written()
    assert "\x1b[" in shown  # our own styles do arrive
    assert not obeyed(STYLES.sub("", shown))
    for style in ("\x1b]", "\x9b", "\x1b[31m\x1b"):  # what a text held is none of our styles
        assert style not in shown


def test_a_text_with_escapes_looks_like_the_cleaned_one(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []
    for text in (ESCAPES, printable(ESCAPES)):
        with terminal(monkeypatch) as written:
            output.print_note(text)
            with output.results() as console:
                console.print(text, markup=False)
            shown.append(written())
    assert shown[0] == shown[1]


def test_the_programs_own_streams_are_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BytesIO(), "ascii", write_through=True))
    open_streams()
    for stream in (sys.stdout, sys.stderr):
        print(ESCAPES + "é", file=stream)
        assert not obeyed(stream.buffer.getvalue().decode("ascii"))  # type: ignore[attr-defined]


def test_json_escapes_what_a_terminal_would_obey(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as written:
        output.print_json({"a": ESCAPES})
        text = written()
    assert text.isascii() and not obeyed(text)
    assert json.loads(text) == {"a": valid_unicode(ESCAPES)}


def prints(tree: ast.AST) -> Iterator[str]:
    """Every way to print that a module uses."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{node.value.id}.{node.attr}"
            if name in {"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__", "typer.echo", "typer.secho"}:
                yield name
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"print", "Console"}:
            yield node.func.id
        elif isinstance(node, ast.ImportFrom) and node.module in {"rich", "rich.prompt", "typer", "click"}:
            yield from (alias.name for alias in node.names if alias.name in {"print", "echo", "secho", "prompt"})


def test_nothing_but_the_output_prints() -> None:
    package = ROOT / "realtime"
    found = {
        path.relative_to(package).as_posix(): sorted(set(prints(ast.parse(path.read_text(encoding="utf-8")))))
        for path in sorted(package.rglob("*.py"))
    }
    printing = {name: how for name, how in found.items() if how}
    # The end of the program flushes the streams, and a print of the hub's client goes to stderr. The launcher begins
    # before anything of the package may be imported, and cleans what it says itself.
    for name in ("cli/__init__.py", "model/hub/hf_client.py", "launcher/meshmirror_start.py"):
        assert set(printing.pop(name)) <= {"sys.stdout", "sys.stderr", "print"}
    assert set(printing) == PRINTING | OTHER_PROGRAMS | CAUGHT


@pytest.mark.parametrize(
    "code", ["print(1)", "sys.stderr.write('')", "Console()", "typer.echo('')", "from rich import print", "sys.stdout"]
)
def test_a_print_is_found(code: str) -> None:
    assert list(prints(ast.parse(code)))


def session_with_escapes(folder: Path) -> Path:
    escapes = valid_unicode(ESCAPES)
    copied(folder)

    def change(info: dict) -> None:
        info["source"] = info["tracker"] = escapes
        info["models"][0]["name"] = info["models"][0]["given"] = escapes

    return alter_info(folder, change)


COMMANDS = {
    "option": ("live", f"--{ESCAPES}"),
    "command": (f"live{ESCAPES}",),
    "number": ("live", "--frames", ESCAPES),
    "enum": ("export", "x", "--to", ESCAPES),
    "setting": ("live", "--set", f"view.{ESCAPES}=1"),
    "section": ("live", "--set", f"{ESCAPES}.a=1"),
    "value": ("live", "--set", f"view.style={ESCAPES}"),
    "config": ("live", "--config", f"x{ESCAPES}.toml"),
    "keys": ("live", "--config", "keys.toml"),
    "source": ("live", "--headless", "--source", f"x{ESCAPES}.mp4"),
    "address": ("live", "--headless", "--source", f"http://127.0.0.1:1/{ESCAPES}"),
    "model": ("live", "--headless", "--source", "x.png", "--model", f"./x{ESCAPES}.npz"),
    "named": ("models", "show", f"x{ESCAPES}"),
    "shown": ("models", "show", f"./x{ESCAPES}.npz"),
    "session": ("replay", f"x{ESCAPES}", "--headless"),
    "recovered": ("recover", f"x{ESCAPES}"),
    "exported": ("export", f"x{ESCAPES}", "--to", "csv"),
    "views": ("atlas", "--views", ESCAPES),
    "features": ("atlas", "--features", ESCAPES),
    "part": ("bench", "--only", ESCAPES),
    "set from": ("whatif", "--headless", "--set-from", "set.toml"),
    "replay": ("replay", "session", "--headless"),
    "replay with another": ("replay", "session", "--headless", "--model", "emotion@built-in"),
    "recover": ("recover", "session"),
    "export": ("export", "session", "--to", "csv"),
}


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("name", COMMANDS)
def test_commands_with_escapes_in_everything(name: str, as_json: bool, tmp_path: Path, meshmirror: Runner) -> None:
    key = json.dumps(valid_unicode(ESCAPES)).replace("\x7f", "\\u007f")
    (tmp_path / "keys.toml").write_text(f"[view]\n{key} = 1\n", encoding="utf-8")
    (tmp_path / "set.toml").write_text(f"model = {key}\n[features]\n{key} = 1.0\n", encoding="utf-8")
    if "session" in COMMANDS[name]:
        session_with_escapes(tmp_path / "session")
    args = tuple(arg.replace("\ud800", "") for arg in COMMANDS[name])  # no system hands that to a program
    done = meshmirror(*args, *(("--json",) if as_json else ()))
    assert done.returncode in (0, 2, 3, 4), done.stderr
    assert not obeyed(done.stdout + done.stderr)
    if as_json and done.stdout:
        json.loads(done.stdout)


def test_a_name_that_would_be_obeyed_in_a_table_of_a_session(tmp_path: Path, meshmirror: Runner) -> None:
    """A column that no program writes."""
    copied(tmp_path / "session")
    alter_table(tmp_path / "session", lambda table: table.append_column(valid_unicode(ESCAPES), table["time_ns"]))
    for args in (("replay", "session", "--headless"), ("export", "session", "--to", "csv"), ("recover", "session")):
        done = meshmirror(*args)
        assert done.returncode in (0, 4) and not obeyed(done.stdout + done.stderr)
