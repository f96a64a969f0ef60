"""A command loads its own module alone, and the table of modules is that of the commands."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from common import ROOT, Runner, environment

from realtime.cli.entry import COMMANDS

CLI = ROOT / "realtime" / "cli"


def registered(command: str) -> dict[str, list[str]]:
    """The commands that are known, and the files of `cli` that are loaded, when this one was asked for."""
    code = (
        "import json, sys; from realtime.cli.entry import _register, app;"
        f"_register({command!r}); import typer; group = typer.main.get_command(app);"
        "loaded = [name.rpartition('.')[2] for name in sys.modules if name.startswith('realtime.cli.')];"
        "print(json.dumps({'commands': sorted(group.commands), 'loaded': loaded}))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_the_table_names_every_module_with_a_command() -> None:
    files = {
        path.stem for path in CLI.glob("*.py") if re.search(r"^@\w+\.command\(", path.read_text(encoding="utf-8"), re.M)
    }
    assert files == {module for modules in COMMANDS.values() for module in modules}


@pytest.mark.parametrize("command", ["--help", "modles"])
def test_the_help_and_a_name_that_does_not_exist_know_all_commands(command: str) -> None:
    assert registered(command)["commands"] == sorted(COMMANDS)


@pytest.mark.parametrize("command", ["models", "recover"])
def test_a_command_loads_its_modules_alone(command: str) -> None:
    found = registered(command)
    assert found["commands"] == [command]
    others = {module for modules in COMMANDS.values() for module in modules} - set(COMMANDS[command])
    assert set(COMMANDS[command]) <= set(found["loaded"]) and not others & set(found["loaded"])


def test_help_lists_all_commands_and_a_misspelt_one_is_answered(meshmirror: Runner, tmp_path: Path) -> None:
    page = meshmirror("--help").stdout
    assert all(f"\n  {name} " in page for name in COMMANDS)
    assert "`meshmirror live --help` shows its options" in " ".join(page.split())
    done = meshmirror("modles")
    assert done.returncode == 2 and "Did you mean 'models'?" in done.stderr
