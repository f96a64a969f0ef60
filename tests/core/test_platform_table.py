"""docs/platforms.md is of the pins that are installed."""

from __future__ import annotations

import shutil

import platforms
import pytest

PAGE, README = platforms.PAGE, platforms.ROOT / "README.md"


def test_the_table_is_of_todays_pins() -> None:
    pins, table = platforms.recorded()
    assert pins == platforms.pins(), f"pins have changed since the table was made; run: {platforms.COMMAND}"
    assert PAGE.read_text(encoding="utf-8") == platforms.page(table), f"run: {platforms.COMMAND}"


def test_the_readme_names_the_oldest_macos() -> None:
    _, table = platforms.recorded()
    oldest = {found.macos for row in table.values() for found in row.values() if found.macos}
    requirements = README.read_text(encoding="utf-8").partition("## Requirements")[2].partition("\n## ")[0]
    assert f"macOS {max(oldest)} or later" in requirements and "docs/platforms.md" in requirements


@pytest.mark.slow
@pytest.mark.parametrize("system", platforms.SYSTEMS)
def test_resolving_again_finds_the_same(system: str) -> None:
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not installed")
    try:
        found = {python: platforms.resolve(uv, system, python) for python in platforms.PYTHONS}
    except platforms.IndexUnreachableError:
        pytest.skip("the package index cannot be reached")
    assert found == platforms.recorded()[1][system]
