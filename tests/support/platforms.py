"""docs/platforms.md and tests/data/platforms.json: where every package has a wheel, as uv resolves for each system.

python tests/support/platforms.py --write     both files anew; needs uv and the package index
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE, RECORD = ROOT / "docs" / "platforms.md", ROOT / "tests" / "data" / "platforms.json"
COMMAND = "python tests/support/platforms.py --write"
PYTHONS = ("3.11", "3.12", "3.13")
# Name in the table -> uv's platform. openvino's wheels for ARM want glibc 2.35, so that is asked there.
SYSTEMS = {
    "Linux x64, glibc 2.28": "x86_64-manylinux_2_28",
    "Linux ARM, glibc 2.35": "aarch64-manylinux_2_35",
    "Windows x64": "x86_64-pc-windows-msvc",
    "Windows ARM": "aarch64-pc-windows-msvc",
    "macOS Apple silicon": "aarch64-apple-darwin",
    "macOS Intel": "x86_64-apple-darwin",
}
MACOS = (15, 14, 13, 12)  # newest first: the last of an unbroken row of successes is the minimum
# A pinned version without a wheel, or one that does not go with another pin.
LACKING = re.compile(
    r"[Bb]ecause ([\w.-]+)(?:\{[^}]*\})?==\S+ "
    r"(?:has no (?:usable wheels|wheels with)|depends on \S+ and meshmirror depends)"
)

INTRO = """# Platforms

This page says on which systems Meshmirror installs, and what is missing on the others. "Installs" means that each
package, in the version of `constraints.txt`, has a wheel there, so that nothing is compiled. It does not mean that the
program was run there: it is tested on Linux x64. py-feat is installed without its dependencies, and its wheel is pure
Python.

"""
OUTRO = f"""
* **Python 3.14**: every package has a wheel for Linux x64, Windows x64 and Apple silicon with macOS 14. The program was
  not run with it, so that `make` and `meshmirror doctor` still refuse it.
* **Linux ARM**: take Python 3.13 and have a C++ compiler, with which pip builds moderngl and glcontext; this was not
  tried. mediapipe 0.10.21, the version below Python 3.13, has no wheel for it.
* **Windows ARM**: several packages have no wheel for it. A Python for x64, which Windows 11 emulates, may do; this was
  not tried.
* **macOS Intel**: imgui-bundle's last wheel is 1.92.5, and Meshmirror needs 1.92.600; others are missing as well.

The table is made from `pyproject.toml` and `constraints.txt` by `{COMMAND}`, which asks uv
to resolve them with wheels only for each system. Where a package is missing, the rest is resolved without it, so that a
cell names all that are.
"""


class IndexUnreachableError(RuntimeError):
    """The package index did not answer."""


@dataclass(frozen=True, slots=True)
class Found:
    """What resolving for one system and one Python gave."""

    missing: tuple[str, ...]  # packages without a wheel that goes with the rest; none: it installs
    macos: int | None = None  # oldest macOS with all wheels

    @property
    def words(self) -> str:
        """The cell of the table."""
        if self.missing:
            return "no fitting wheel of " + ", ".join(self.missing)
        return f"installs, macOS {self.macos} or later" if self.macos else "installs"


Table = dict[str, dict[str, Found]]  # system -> Python -> what was found


def pins() -> str:
    """SHA-256 of what is resolved: the dependencies, and the constraints without comments."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    held = [line for line in lines if line and not line.startswith("#")]
    return hashlib.sha256("\n".join([*sorted(wanted), "", *sorted(held)]).encode()).hexdigest()


def resolve(uv: str, system: str, python: str) -> Found:
    """Ask uv for one cell. Raises IndexUnreachableError; RuntimeError where uv says something unexpected."""
    target = SYSTEMS[system]
    if "darwin" not in target:
        return Found(_missing(uv, target, python))
    missing = _missing(uv, target, python, MACOS[0])
    if missing:
        return Found(missing)
    oldest = MACOS[0]
    for version in MACOS[1:]:
        if not _resolves(uv, target, python, (), version)[0]:
            break
        oldest = version
    return Found((), oldest)


def _missing(uv: str, target: str, python: str, macos: int | None = None) -> tuple[str, ...]:
    """Packages without a wheel: each one that uv names is left out of the next try."""
    missing: list[str] = []
    while True:
        right, said = _resolves(uv, target, python, missing, macos)
        if right:
            return tuple(sorted(missing))
        if "error sending request" in said or "Failed to fetch" in said:
            raise IndexUnreachableError(said)
        named = [name for name in LACKING.findall(" ".join(said.split())) if name not in missing]
        if not named:
            raise RuntimeError(
                f"uv for {target}, Python {python}, says something else than that a wheel is missing:\n{said}"
            )
        missing += dict.fromkeys(named)


def _resolves(
    uv: str, target: str, python: str, without: list[str] | tuple[str, ...], macos: int | None
) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory() as folder:
        excluded = Path(folder) / "excluded.txt"
        excluded.write_text("\n".join(without), encoding="utf-8")
        arguments = (
            "pip", "compile", "pyproject.toml", "--constraint", "constraints.txt", "--excludes", str(excluded),
            "--python-version", python, "--python-platform", target, "--only-binary", ":all:", "--quiet",
        )  # fmt: skip
        deployment = {"MACOSX_DEPLOYMENT_TARGET": f"{macos}.0"} if macos else {}
        done = subprocess.run(
            [uv, *arguments], cwd=ROOT, env={**os.environ, **deployment}, capture_output=True, text=True, check=False
        )
    return done.returncode == 0, done.stderr


def page(table: Table) -> str:
    """docs/platforms.md of a table."""
    lines = [
        "| system | " + " | ".join(f"Python {python}" for python in PYTHONS) + " |",
        "| --- " * (1 + len(PYTHONS)) + "|",
    ]
    lines += [
        f"| {system} | " + " | ".join(table[system][python].words for python in PYTHONS) + " |" for system in SYSTEMS
    ]
    return INTRO + "\n".join(lines) + "\n" + OUTRO


def recorded() -> tuple[str, Table]:
    """The hash of the pins that were resolved, and what was found."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    table = {
        system: {python: Found(tuple(cell["missing"]), cell["macos"]) for python, cell in row.items()}
        for system, row in record["table"].items()
    }
    return record["pins"], table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", required=True)
    parser.parse_args()
    uv = shutil.which("uv")
    if uv is None:
        raise SystemExit("uv is not installed. `pip install uv` installs it.")
    places = [(system, python) for system in SYSTEMS for python in PYTHONS]
    with ThreadPoolExecutor(4) as pool:  # uv mostly waits for the index
        answers = pool.map(lambda place: resolve(uv, *place), places)
        found = dict(zip(places, answers, strict=True))
    table = {system: {python: found[system, python] for python in PYTHONS} for system in SYSTEMS}
    cells = {system: {python: asdict(found) for python, found in row.items()} for system, row in table.items()}
    RECORD.write_text(json.dumps({"pins": pins(), "table": cells}, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(table), encoding="utf-8")


if __name__ == "__main__":
    main()
