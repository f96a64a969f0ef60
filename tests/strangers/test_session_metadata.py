"""Descriptions of sessions that are valid JSON and nonsense: each command refuses them with exit code 4, or works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from altered_sessions import Table, alter_table, cells_of, described, description, read_table, with_column, with_network
from common import Once, Runner, environment
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import run_in_process
from remade import RECORDED

from realtime.session import open as open_session

PLACE = "@@"
ROWS = 40
COMMANDS = {
    "replay": ("replay", "--headless"), "recover": ("recover",), "csv": ("export", "--to", "csv"),
    "fex": ("export", "--to", "fex"), "parquet": ("export", "--to", "parquet"),
    "session": ("export", "--to", "session"), "livelink": ("export", "--to", "livelink"),
    "anonymous": ("export", "--to", "csv", "--anonymous"),
    "gif": ("export", "--to", "gif", "--views", "observed", "--size", "320x180", "--fps", "1"),
}  # fmt: skip
# JSON texts, most of which fit nowhere.
VALUES = (
    "NaN", "Infinity", "-Infinity", "1e999", "-1", "0", "1e300", "9223372036854775808", '"\\ud800"', '"text"', '""',
    "null", "true", "[]", "{}", "[" * 900 + "]" * 900, '["a", "a"]', "[1, 2]", '{"a": 1}', '"\\u001b[31m"', '"=1+1"',
    "[[1, 1], [1, 1]]", "65536", '"a/b,c;d\\n"',
)  # fmt: skip
REFUSED: dict[str, tuple[tuple[str | int, ...], str]] = {
    "rate NaN": (("rate",), "NaN"),
    "rate Infinity": (("rate",), "Infinity"),
    "a rate beyond float64": (("rate",), "1e999"),
    "a lone surrogate as the source": (("source",), '"\\ud800"'),
    "900 lists in the settings": (("config",), '{"view": ' + "[" * 900 + "]" * 900 + "}"),
    "settings that are no sections": (("config",), '{"model": [1, 2]}'),
    "other regions": (("models", 0, "regions"), '["nose tip"]'),
    "a region twice": (("models", 0, "regions"), '["mouth", "mouth"]'),
    "a start beyond 31 years": (("start_ns",), str(1 << 61)),
    "a unit of zero": (("models", 0, "unit"), "0"),
}


@pytest.fixture(scope="module")
def whole(once: Once) -> Path:
    """A session with everything that a table may have."""
    return once("session-metadata", lambda folder: with_network(folder / "made")) / "made"


def copy_of(whole: Path, folder: Path) -> Path:
    folder.mkdir()
    for path in whole.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def with_value(folder: Path, place: tuple[str | int, ...], text: str) -> Path:
    """Put a JSON text in a place of the description."""

    def changed(table: Table) -> Table:
        info = description(table) | {"config": description(read_table(RECORDED))["config"]}
        at: Any = info
        for key in place[:-1]:
            at = at[key]
        at[place[-1]] = PLACE
        return described(table, json.dumps(info).replace(json.dumps(PLACE), text))

    return alter_table(folder, changed)


def places(tree: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of a tree, of lists the first two entries."""
    if above:
        yield above
    items = tree.items() if isinstance(tree, dict) else enumerate(tree[:2]) if isinstance(tree, list) else ()
    for key, value in items:
        yield from places(value, (*above, key))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", REFUSED)
def test_nonsense_is_refused(case: str, command: str, whole: Path, tmp_path: Path, meshmirror: Runner) -> None:
    with_value(copy_of(whole, tmp_path / "anna"), *REFUSED[case])
    done = meshmirror(COMMANDS[command][0], "anna", *COMMANDS[command][1:])
    assert done.returncode == 4, done.stdout + done.stderr


TIMES: dict[str, tuple[str, Any]] = {
    "no times": ("time_ns", None),
    "the last time of an int64": ("time_ns", (1 << 63) - 1),
    "the first time of an int64": ("time_ns", -(1 << 63)),
    "95 years": ("time_ns", 95 * 365 * 86_400 * 10**9),
    "a clock at the end of an int64": ("stamp_ns", (1 << 63) - 1),
    "a face at the end of an int64": ("face_ns", (1 << 63) - 1),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", TIMES)
def test_times_that_no_session_has(case: str, command: str, whole: Path, tmp_path: Path, meshmirror: Runner) -> None:
    """Everywhere they are refused; in one batch that batch is damaged, and the others are there."""
    name, value = TIMES[case]
    folder = copy_of(whole, tmp_path / "anna")
    alter_table(folder, lambda table: with_column(table, name, [value] * ROWS))
    args = (COMMANDS[command][0], "anna", *COMMANDS[command][1:])
    assert meshmirror(*args).returncode == 4
    once_only = copy_of(whole, tmp_path / "bert")
    alter_table(once_only, lambda table: with_column(table, name, [*cells_of(table, name)[:-1], value]))
    with open_session(once_only) as session:
        assert len(session) == ROWS - 5 and "damaged" in " ".join(session.notes)
    done = meshmirror(args[0], "bert", *args[2:])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 1e308])
def test_timings_that_are_no_numbers(
    value: float, command: str, whole: Path, tmp_path: Path, meshmirror: Runner
) -> None:
    def changed(table: Table) -> Table:
        names = [name for name in table.column_names if name.endswith("_ms")]
        assert names
        for name in names:
            table = with_column(table, name, [value] * ROWS)
        return table

    alter_table(copy_of(whole, tmp_path / "anna"), changed)
    args = (COMMANDS[command][0], "anna", *COMMANDS[command][1:], "--json")
    done = meshmirror(*args)
    assert done.returncode in (0, 4), done.stderr
    json.loads(done.stdout, parse_constant=pytest.fail)


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_any_value_in_any_place(data: st.DataObject, whole: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A property of the whole schema: every command works or refuses, and none ends in an exception of its own."""
    base = tmp_path_factory.mktemp("any")
    table = description(read_table(whole)) | {"config": description(read_table(RECORDED))["config"]}
    place = data.draw(st.sampled_from(list(places(table))))
    with_value(copy_of(whole, base / "anna"), place, data.draw(st.sampled_from(VALUES)))
    command = COMMANDS[data.draw(st.sampled_from(sorted(COMMANDS)))]
    done = run_in_process((command[0], "anna", *command[1:]), base, {**environment(), "COLUMNS": "100"})
    assert done.returncode in (0, 4), done.stderr


def test_an_information_file_of_nonsense_costs_nothing(whole: Path, tmp_path: Path, meshmirror: Runner) -> None:
    """The tables are enough to read a session; what `session.json` says is a note."""
    for at, value in enumerate(VALUES):
        folder = copy_of(whole, tmp_path / f"s{at}")
        info = json.loads((folder / "session.json").read_text()) | {"utc_ns": PLACE}
        (folder / "session.json").write_text(json.dumps(info).replace(json.dumps(PLACE), value))
        with open_session(folder) as session:
            assert len(session) == ROWS and repr(session)
            assert value in ("0", "-1", "65536", "true") or "damaged" in " ".join(session.notes)


CELLS: dict[str, tuple[str, Any]] = {
    "a pose of no numbers": ("pose", []),
    "a mesh of two numbers": ("mesh", [0.0, 1.0]),
    "no translation": ("translation", None),
    "no emotions": ("emotions", None),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", CELLS)
def test_lists_of_other_lengths_are_damage(
    case: str, command: str, whole: Path, tmp_path: Path, meshmirror: Runner
) -> None:
    """What a network said, with lists that are too short: that batch is damaged, and the others are there."""
    field, value = CELLS[case]

    def changed(table: Table) -> Table:
        said = cells_of(table, "network")
        return with_column(table, "network", [*said[:20], said[20] | {field: value}, *said[21:]])

    alter_table(copy_of(whole, tmp_path / "anna"), changed)
    with open_session(tmp_path / "anna") as session:
        assert len(session) == ROWS - 5 and "damaged in 1 place" in " ".join(session.notes)
    done = meshmirror(COMMANDS[command][0], "anna", *COMMANDS[command][1:])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_face_without_its_time(command: str, whole: Path, tmp_path: Path, meshmirror: Runner) -> None:
    folder = copy_of(whole, tmp_path / "anna")
    alter_table(folder, lambda table: with_column(table, "face_ns", [None] * ROWS))
    done = meshmirror(COMMANDS[command][0], "anna", *COMMANDS[command][1:])
    assert done.returncode in (0, 4), done.stderr
