"""Pictures with damaged headers are refused: none ends the process, and none takes the memory that it states."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from common import environment
from PIL import Image

from realtime.capture import open_source
from realtime.core.errors import SourceError


def jpeg2000_with(at: int) -> Callable[[bytes], bytes]:
    """The number at this place of the SIZ marker, which states the sizes of the picture and of its tiles, is 1."""

    def changed(content: bytes) -> bytes:
        return with_bytes(content.index(b"\xff\x51") + at, struct.pack(">I", 1))(content)

    return changed


def second_page_without(tag: int) -> Callable[[bytes], bytes]:
    """A TIFF in whose second page this tag has another number."""

    def changed(content: bytes) -> bytes:
        first = int.from_bytes(content[4:8], "little")
        count = int.from_bytes(content[first : first + 2], "little")
        directory = int.from_bytes(content[first + 2 + 12 * count :][:4], "little")
        for number in range(int.from_bytes(content[directory : directory + 2], "little")):
            at = directory + 2 + 12 * number
            if int.from_bytes(content[at : at + 2], "little") == tag:
                return with_bytes(at, struct.pack("<H", 65_000))(content)
        raise AssertionError("no such tag")

    return changed


def with_bytes(at: int, new: bytes) -> Callable[[bytes], bytes]:
    """Other bytes in a place."""
    return lambda content: content[:at] + new + content[at + len(new) :]


def with_wrong_checksum(name: bytes) -> Callable[[bytes], bytes]:
    """A PNG whose first piece of this name has another checksum."""

    def changed(content: bytes) -> bytes:
        at = content.index(name)
        length = int.from_bytes(content[at - 4 : at], "big")
        return with_bytes(at + 4 + length, b"abcd")(content)

    return changed


HUGE = struct.pack(">II", 20_000, 20_000)
DAMAGED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "a JPEG 2000 of another width": ("a.jp2", jpeg2000_with(4)),
    "a JPEG 2000 of another height": ("a.jp2", jpeg2000_with(8)),
    "a JPEG 2000 of one row": ("a.jp2", jpeg2000_with(10)),
    "a JPEG 2000 that begins elsewhere": ("a.jp2", jpeg2000_with(14)),
    "a PNG with a piece of 1 GB": ("a.png", lambda content: content[:33] + b"\x40\0\0\0abcd" + content[33:]),
    "a PNG of 400 million pixels": ("a.png", with_bytes(16, HUGE)),
    "an animated PNG whose frame has another checksum": ("a.apng", with_wrong_checksum(b"fcTL")),
    "an animated PNG whose animation has one": ("a.apng", with_wrong_checksum(b"acTL")),
    "a PNG whose pixels have one": ("a.png", with_wrong_checksum(b"IDAT")),
    "a PNG of 16 bits whose header has one": ("deep.png", with_wrong_checksum(b"IHDR")),
    "a BMP of 400 million pixels": ("a.bmp", with_bytes(18, struct.pack("<ii", 20_000, 20_000))),
    "a PGM of 400 million pixels": ("a.pgm", lambda content: b"P5\n20000 20000\n255\n" + content[16:]),
    "a second page without a width": ("a.tif", second_page_without(256)),
    "a second page without a height": ("a.tif", second_page_without(257)),
}  # fmt: skip


def written(path: Path, change: Callable[[bytes], bytes]) -> Path:
    slope = np.linspace(0, 225, 64)[None, :, None] + np.random.default_rng(0).integers(0, 30, (48, 64, 3))
    picture = Image.fromarray(slope.astype(np.uint8)).convert("L" if path.suffix == ".pgm" else "RGB")
    if path.name == "deep.png":
        picture = Image.fromarray(slope[..., 0].astype(np.uint16) * 256)
    several = {"save_all": True, "append_images": [picture.transpose(Image.Transpose.ROTATE_180)]}
    picture.save(path, **(several if path.suffix in (".tif", ".apng") else {}))
    path.write_bytes(change(path.read_bytes()))
    return path


@pytest.mark.parametrize("case", DAMAGED)
def test_it_is_refused_or_read_and_takes_no_memory(case: str, tmp_path: Path) -> None:
    """In a process of its own, which it could end; several times: one write beyond its memory may do nothing."""
    name, change = DAMAGED[case]
    path = written(tmp_path / name, change)
    program = (
        "import resource, sys, cv2, PIL.Image\n"
        "from realtime.capture import open_source\n"
        "from realtime.core.errors import SourceError\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for _ in range(6):\n"
        "    try:\n"
        "        print(len(list(open_source(sys.argv[1]))))\n"
        "    except SourceError as error:\n"
        "        print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")  # nor does a library write to the terminal
    *outcomes, kilobytes = done.stdout.splitlines()
    assert len(set(outcomes)) == 1
    assert outcomes[0].startswith(name) or outcomes[0] in ("1", "2")
    assert int(kilobytes) < 150_000


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
