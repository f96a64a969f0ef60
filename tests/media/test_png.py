"""Pictures as PNG, with texts inside."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from realtime.core.errors import RecordError
from realtime.media.png import write_picture


def test_a_picture_comes_back_with_its_colours_and_its_texts(tmp_path: Path) -> None:
    picture = np.random.default_rng(3).integers(0, 256, (5, 7, 3), np.uint8)
    texts = {"Title": "модель", "Model": "modèle"}  # beyond Latin-1, and within
    path = write_picture(tmp_path / "a.png", picture, texts)
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), picture)
        assert image.text == texts
    with Image.open(write_picture(tmp_path / "b.png", picture)) as image:
        np.testing.assert_array_equal(np.asarray(image), picture)
        assert not image.text


def test_a_users_file_beside_it_stays(tmp_path: Path) -> None:
    beside = tmp_path / "face.part"
    beside.write_text("mine")
    write_picture(tmp_path / "face.png", np.zeros((2, 2, 3), np.uint8))
    assert beside.read_text() == "mine" and {path.name for path in tmp_path.iterdir()} == {"face.part", "face.png"}


@pytest.mark.skipif(
    not Path("/dev/full").exists() or os.geteuid() != 0, reason="needs a small disk, which root can make"
)
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("this machine allows no small disk to be mounted")
    try:
        noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3), np.uint8)
        with pytest.raises(RecordError, match="could not be saved"):
            write_picture(disk / "face.png", noise)
        assert not list(disk.iterdir())
    finally:
        subprocess.run(["umount", str(disk)], check=True)
