"""Pictures with damaged headers are refused: none ends the process, and none takes the memory that it states."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from common import environment
from PIL import Image

from realtime.capture import open_source
from realtime.core.errors import SourceError


def jpeg2000_of(side: int) -> Callable[[bytes], bytes]:
    """The size in the SIZ marker replaced."""

    def changed(content: bytes) -> bytes:
        at = content.index(b"\xff\x51") + 6
        return content[:at] + struct.pack(">II", side, 106_113) + content[at + 8 :]

    return changed


def without(tag: int) -> Callable[[bytes], bytes]:
    """A TIFF in which this tag has another number."""

    def changed(content: bytes) -> bytes:
        directory = int.from_bytes(content[4:8], "little")
        for number in range(int.from_bytes(content[directory : directory + 2], "little")):
            at = directory + 2 + 12 * number
            if int.from_bytes(content[at : at + 2], "little") == tag:
                return content[:at] + struct.pack("<H", 65_000) + content[at + 2 :]
        raise AssertionError("no such tag")

    return changed


def with_bytes(at: int, new: bytes) -> Callable[[bytes], bytes]:
    """Other bytes in a place."""
    return lambda content: content[:at] + new + content[at + len(new) :]


DAMAGED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "JPEG 2000 of a negative size": ("a.jp2", jpeg2000_of(0x88000000)),
    "JPEG 2000 of no size": ("a.jp2", jpeg2000_of(0)),
    "a PNG with a piece of 3 GB": ("a.png", lambda content: content[:33] + b"\xbd\0\0\0abcd" + content[33:]),
    "a PNG of a billion pixels": ("a.png", with_bytes(16, struct.pack(">II", 32_000, 32_000))),
    "a TIFF without a width": ("a.tif", without(256)),
    "a TIFF without a height": ("a.tif", without(257)),
    "a BMP of a billion pixels": ("a.bmp", with_bytes(18, struct.pack("<ii", 32_000, 32_000))),
    "a PGM of a billion pixels": ("a.pgm", lambda content: b"P5\n32000 32000\n255\n" + content[16:]),
}  # fmt: skip


def written(path: Path, change: Callable[[bytes], bytes]) -> Path:
    Image.new("L" if path.suffix == ".pgm" else "RGB", (64, 48)).save(path)
    path.write_bytes(change(path.read_bytes()))
    return path


@pytest.mark.parametrize("case", DAMAGED)
def test_it_is_refused_and_takes_no_memory(case: str, tmp_path: Path) -> None:
    """In a process of its own, which may take half a gigabyte more than it has: it could be ended otherwise."""
    name, change = DAMAGED[case]
    path = written(tmp_path / name, change)
    program = (
        "import resource, sys\n"
        "import cv2, PIL.Image\n"
        "from realtime.capture import open_source\n"
        "from realtime.core.errors import SourceError\n"
        "used = int(next(l for l in open('/proc/self/status') if l.startswith('VmData')).split()[1]) << 10\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (used + (512 << 20),) * 2)\n"
        "try:\n"
        "    open_source(sys.argv[1])\n"
        "except SourceError as error:\n"
        "    print(error)\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith(name)


@pytest.mark.parametrize("suffix", [".png", ".jp2", ".tif", ".bmp", ".jpg", ".webp", ".tga", ".ppm"])
def test_a_picture_that_was_cut_off_is_refused_or_read(suffix: str, tmp_path: Path) -> None:
    whole = written(tmp_path / f"whole{suffix}", lambda content: content).read_bytes()
    for share in (0.02, 0.1, 0.3, 0.6, 0.9):
        path = tmp_path / f"{share}{suffix}"
        path.write_bytes(whole[: int(share * len(whole))])
        try:
            with open_source(path) as source:
                assert len(list(source)) == 1
        except SourceError as error:
            assert path.name in str(error)
