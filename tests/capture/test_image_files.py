"""Pictures and folders of pictures."""

from __future__ import annotations

import struct
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from clips import PYFEAT
from mjpeg_server import number_of, numbered_picture

from realtime.capture import SourceOptions, open_source
from realtime.capture.image_files import natural_key, read_picture
from realtime.core.errors import SourceError

# EXIF with one entry: orientation 6, "turn a quarter to the right to see it upright".
_ENTRY = struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, 6, 0, 0)  # one entry, orientation, short, one of them, 6, none follow
EXIF_TURNED = b"\xff\xe1\x00\x22Exif\x00\x00II*\x00" + struct.pack("<I", 8) + _ENTRY


def write(path: Path, picture: np.ndarray) -> Path:
    """Write a picture in the format of its name, whatever characters the name has."""
    cv2.imencode(path.suffix, picture)[1].tofile(path)
    return path


def test_a_folder_in_natural_order_with_integer_times(tmp_path: Path) -> None:
    for number in (0, 1, 2, 9, 10, 11, 100):
        write(tmp_path / f"Img{number}.png", numbered_picture(number))
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / ".hidden.png").write_text("no picture")
    (tmp_path / "folder.png").mkdir()
    with open_source(tmp_path) as source:
        assert source.info.frames == 7
        assert source.info.size == (640, 360)
        frames = list(source)
    assert [number_of(frame.image) for frame in frames] == [0, 1, 2, 9, 10, 11, 100]
    assert [frame.stamp_ns for frame in frames] == [number * 1_000_000_000 // 30 for number in range(7)]


def test_names_sort_as_a_person_would() -> None:
    names = ["b2", "a10", "A9", "a9b", "10", "9", "²"]
    assert sorted(names, key=natural_key) == ["9", "10", "A9", "a9b", "a10", "b2", "²"]


def test_the_pace_is_exact(tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path / f"{number}.bmp", numbered_picture(number))
    with open_source(tmp_path, SourceOptions(fps=29.97)) as source:
        assert [frame.stamp_ns for frame in source] == [n * 100_000_000_000 // 2997 for n in range(4)]


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".PNG"])
def test_formats_and_names_of_any_script(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"größe 日本{suffix}"
    cv2.imencode(suffix.lower(), numbered_picture(77))[1].tofile(path)
    with open_source(path) as source:
        frames = list(source)
    assert [number_of(frame.image) for frame in frames] == [77]
    assert frames[0].image.flags.c_contiguous


def test_channels_and_depths_come_out_as_rgb(tmp_path: Path) -> None:
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 2] = 200
    alpha = np.dstack([red, np.full((32, 32), 128, np.uint8)])
    wanted = {
        "red.png": (red, (200, 0, 0)),
        "alpha.png": (alpha, (200, 0, 0)),
        "grey.png": (np.full((32, 32), 90, np.uint8), (90, 90, 90)),
        "deep.png": (np.full((32, 32), 90 * 257, np.uint16), (90, 90, 90)),
        "deep_red.tif": (red.astype(np.uint16) * 257, (200, 0, 0)),
    }
    for name, (picture, color) in wanted.items():
        image = read_picture(write(tmp_path / name, picture))
        assert image.dtype == np.uint8
        assert tuple(image[3, 3]) == color


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    picture = numbered_picture(5, 320, 64)
    data = cv2.imencode(".jpg", picture)[1].tobytes()
    path = tmp_path / "turned.jpg"
    path.write_bytes(data[:2] + EXIF_TURNED + data[2:])
    image = read_picture(path)
    assert image.shape == (320, 64, 3)
    assert number_of(np.rot90(image)) == 5  # turned back, the number can be read


def test_real_pictures() -> None:
    for name in ("single_face.jpg", "Image_with_alpha.png", "BWPictureHuman.jpg", "multi_face.jpg"):
        with open_source(PYFEAT / name) as source:
            frames = list(source)
        with av.open(str(PYFEAT / name)) as container:
            size = next(container.decode(video=0))
        assert [frame.size for frame in frames] == [(size.width, size.height)]


def test_an_unreadable_picture_is_named_and_lenient_passes_over_it(tmp_path: Path) -> None:
    write(tmp_path / "0.png", numbered_picture(0))
    (tmp_path / "1.jpg").write_text("no picture")
    (tmp_path / "2.jpg").touch()
    write(tmp_path / "3.png", numbered_picture(3))
    with open_source(tmp_path) as source:
        assert source.read() is not None
        with pytest.raises(SourceError, match=r"1\.jpg: cannot be read as a picture"):
            source.read()
        assert source.read() is None
    with open_source(tmp_path, SourceOptions(lenient=True)) as source:
        frames = list(source)
        assert [number_of(frame.image) for frame in frames] == [0, 3]
        assert [frame.stamp_ns for frame in frames] == [0, 100_000_000]  # its place in time stays free
        assert source.damaged == 2
        assert "2 damaged" in source.note


def test_nothing_to_show_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no pictures"):
        open_source(tmp_path)
    (tmp_path / "a.png").write_text("no picture")
    (tmp_path / "b.png").write_text("no picture")
    with (
        pytest.raises(SourceError, match="none of its 2 pictures"),
        open_source(tmp_path, SourceOptions(lenient=True, loop=True)) as source,
    ):
        source.read()
    with pytest.raises(SourceError, match=r"a\.png"):
        open_source(tmp_path / "a.png", SourceOptions(lenient=True))


def test_sizes_out_of_bounds_are_refused(tmp_path: Path) -> None:
    small = write(tmp_path / "small.png", np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(SourceError, match="8x8"):
        open_source(small)
    huge = write(tmp_path / "huge.png", np.zeros((32, 5000, 3), np.uint8))
    with pytest.raises(SourceError, match="5000x32"):
        open_source(huge)
    with open_source(huge, SourceOptions(force=True)) as source:
        assert [frame.size for frame in source] == [(5000, 32)]


def test_a_loop_goes_on(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", numbered_picture(4))
    with open_source(path, SourceOptions(loop=True, fps=10)) as source:
        frames = list(islice(source, 5))
    assert [frame.stamp_ns for frame in frames] == [100_000_000 * n for n in range(5)]
    assert source.read() is None
