"""Animated GIFs, read back with another decoder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from realtime.core.errors import RecordError
from realtime.core.types import ByteArray
from realtime.media.gif import write_gif

SIZE = (96, 64)


def pictures(count: int = 12) -> list[ByteArray]:
    """A dark ground with a grey ramp, and a small bright square that goes from left to right."""
    found = []
    for at in range(count):
        picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        picture[..., :] = np.linspace(10, 60, SIZE[0])[None, :, None]
        picture[20:28, 4 + 6 * at : 12 + 6 * at] = (250, 160, 20 + at)
        found.append(picture)
    return found


def read(path: Path) -> list[ByteArray]:
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        capture_output=True, check=True,
    )  # fmt: skip
    return list(np.frombuffer(done.stdout, np.uint8).reshape(-1, SIZE[1], SIZE[0], 3))


def test_every_picture_comes_back_in_its_place_with_its_colours(tmp_path: Path) -> None:
    given = pictures()
    write_gif(tmp_path / "a.gif", iter(given), given[::5], 70)
    found = read(tmp_path / "a.gif")
    assert len(found) == len(given)
    for one, other in zip(found, given, strict=True):
        assert np.abs(one.astype(int) - other).max() <= 12
    assert np.abs(found[3].astype(int) - given[4]).max() > 100  # another picture is told


def test_it_repeats_for_ever_at_its_rate(tmp_path: Path) -> None:
    write_gif(tmp_path / "a.gif", iter(pictures()), pictures(1), 70)
    with Image.open(tmp_path / "a.gif") as image:
        assert image.size == SIZE and image.info["loop"] == 0
        assert [frame.info["duration"] for frame in ImageSequence.Iterator(image)] == [70] * 12


def test_what_stands_still_does_not_flicker_and_costs_little(tmp_path: Path) -> None:
    given = pictures(60)[:12]
    write_gif(tmp_path / "a.gif", iter(given), given, 70)
    found = np.array(read(tmp_path / "a.gif"))
    assert np.ptp(found[:, 40:].astype(int), axis=0).max() == 0
    write_gif(tmp_path / "one.gif", iter(given[:1]), given, 70)
    assert (tmp_path / "a.gif").stat().st_size < 4 * (tmp_path / "one.gif").stat().st_size


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"a\.gif"):
        write_gif(tmp_path / "missing" / "a.gif", iter(pictures()), pictures(1), 70)
