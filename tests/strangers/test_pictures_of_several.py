"""Still pictures by their content: every image that a file holds, upright, at its own times, in its true range."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from made_videos import MS, numbered, read_all
from mjpeg_server import number_of, numbered_picture
from PIL import Image, features

from realtime.capture import open_source
from realtime.capture.image_files import read_picture
from realtime.core.errors import SourceError

COUNT = 6
LASTS_MS = [40, 80, 120, 40, 200, 40]
needs_avif = pytest.mark.skipif(not features.check("avif"), reason="the installed Pillow reads no AVIF")


def images(count: int = COUNT) -> list[Any]:
    """Numbered pictures for Pillow."""
    return [Image.fromarray(numbered_picture(number)[..., ::-1].copy()) for number in range(count)]


def write_all(path: Path, kind: str, **options: Any) -> Path:
    """All of them in one file of that kind, whatever its name."""
    first, *others = images()
    first.save(path, format=kind, save_all=True, append_images=others, **options)
    return path


@pytest.mark.parametrize("name", ["a.webp", "a.png", "a.apng", "a", "a.jpg"])
@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_an_animation_gives_all_of_its_images_at_its_own_times(tmp_path: Path, kind: str, name: str) -> None:
    path = write_all(tmp_path / name, kind, duration=LASTS_MS, **({"lossless": True} if kind == "WEBP" else {}))
    frames, error, note, corrections = read_all(path)
    assert (error, note, corrections) == ("", "", 0)
    assert [number_of(frame.image) for frame in frames] == list(range(COUNT))
    assert [frame.stamp_ns for frame in frames] == [sum(LASTS_MS[:n]) * MS for n in range(COUNT)]
    with open_source(path) as source:
        assert source.info.frames == COUNT


@needs_avif
def test_an_avif_is_put_together_and_an_animated_one_gives_all(tmp_path: Path) -> None:
    assert len(read_all(write_all(tmp_path / "a.avif", "AVIF", duration=40, quality=90))[0]) == COUNT
    images()[3].save(tmp_path / "one.avif", quality=90)
    frames, error, *_ = read_all(tmp_path / "one.avif")
    assert ([number_of(frame.image) for frame in frames], error) == ([3], "")


@pytest.mark.parametrize("mode", ["RGB", "L", "I;16"])
def test_a_tiff_gives_all_of_its_pages_but_no_smaller_copies(tmp_path: Path, mode: str) -> None:
    pages = [image.convert("L") for image in images()] if mode != "RGB" else images()
    if mode == "I;16":
        pages = [Image.fromarray(np.asarray(page).astype(np.uint16) * 257) for page in pages]
    path = tmp_path / "a.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    frames, error, note, _ = read_all(path, fps=10.0)
    assert ([number_of(frame.image) for frame in frames], error, note) == (list(range(COUNT)), "", "")
    assert [frame.stamp_ns for frame in frames] == [100 * MS * n for n in range(COUNT)]
    assert all(frame.image.max() > 200 for frame in frames)


def test_smaller_copies_of_a_page_are_no_frames(tmp_path: Path) -> None:
    from PIL import TiffImagePlugin

    path = tmp_path / "a.tif"
    with TiffImagePlugin.AppendingTiffWriter(str(path), new=True) as file:
        images()[1].save(file, format="TIFF")
        file.newFrame()
        images()[1].resize((160, 90)).save(file, format="TIFF", tiffinfo={254: 1})
        file.newFrame()
    assert [frame.size for frame in read_all(path)[0]] == [(640, 360)]


def test_a_folder_gives_the_images_of_its_files_in_order(tmp_path: Path) -> None:
    write_all(tmp_path / "1.webp", "WEBP", lossless=True, duration=40)
    images()[0].save(tmp_path / "0.png")
    write_all(tmp_path / "2.tif", "TIFF")
    frames, error, *_ = read_all(tmp_path)
    assert ([number_of(frame.image) for frame in frames], error) == ([0, *range(COUNT), *range(COUNT)], "")


@pytest.mark.parametrize(
    "name", ["a.jfif", "a", "a.png", "a.ppm", "a.tga", "a.jp2", "a.bmp", "photo.of.me", "a.pcx", "a.dib"]
)
def test_content_decides_what_a_picture_is(tmp_path: Path, name: str) -> None:
    kinds = {".ppm": "PPM", ".tga": "TGA", ".jp2": "JPEG2000", ".bmp": "BMP", ".pcx": "PCX", ".dib": "DIB"}
    path = tmp_path / name
    images()[5].save(path, format=kinds.get(path.suffix, "JPEG"))
    (tmp_path / "notes.txt").write_text("no picture")
    for source in (path, tmp_path):
        frames, error, *_ = read_all(source)
        assert ([number_of(frame.image) for frame in frames], error) == ([5], "")


@pytest.mark.parametrize("name", ["a", "a.mjpeg", "camera.dat"])
def test_a_stream_of_jpegs_is_no_picture(tmp_path: Path, name: str) -> None:
    path = numbered(tmp_path / "a.mjpeg", 10, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p").rename(tmp_path / name)
    frames, error, *_ = read_all(path, raw_fps=25.0)
    assert ([number_of(frame.image) for frame in frames], error) == (list(range(10)), "")


def test_a_video_with_the_name_of_a_picture_is_a_video(tmp_path: Path) -> None:
    path = numbered(tmp_path / "a.mp4", 10, "-c:v", "libx264").rename(tmp_path / "a.png")
    assert len(read_all(path)[0]) == 10


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["WEBP", "JPEG", "PNG", "TIFF"])
def test_every_orientation_of_every_kind(tmp_path: Path, kind: str, orientation: int) -> None:
    """Against the definition in EXIF: which edge of the shown picture the stored first row and column are."""
    stored = np.zeros((64, 96, 3), np.uint8)
    stored[:16], stored[:, :8] = (255, 0, 0), (0, 0, 255)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {"quality": 98} if kind == "JPEG" else {}
    Image.fromarray(stored).save(tmp_path / "a", format=kind, exif=exif, **options)
    turns = {1: stored, 2: stored[:, ::-1], 3: stored[::-1, ::-1], 4: stored[::-1]}
    across = stored.swapaxes(0, 1)
    turns |= {5: across, 6: across[:, ::-1], 7: across[::-1, ::-1], 8: across[::-1]}
    shown = read_picture(tmp_path / "a")
    assert shown.shape == turns[orientation].shape
    assert abs(shown.astype(int) - turns[orientation]).mean() < 5


@pytest.mark.parametrize("bits", [10, 12, 16])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_what_a_sensor_stores_in_16_bits_has_its_full_range(tmp_path: Path, suffix: str, bits: int) -> None:
    ramp = np.linspace(0, 2**bits - 1, 64 * 256).astype(np.uint16).reshape(64, 256)
    path = tmp_path / f"a{suffix}"
    cv2.imwrite(str(path), ramp)
    frames, error, note, _ = read_all(path)
    assert (error, note) == ("", "" if bits == 16 else f"its 16 bits hold values of {bits}")
    assert abs(frames[0].image[..., 0].astype(int) - (ramp >> (bits - 8))).max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
def test_floating_point_pictures_are_refused_with_the_reason(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "a.tif"
    ramp = np.linspace(0, 1, 64 * 64 * channels, dtype=np.float32).reshape(64, 64, channels)
    cv2.imwrite(str(path), ramp)
    with pytest.raises(SourceError, match=r"a\.tif: a picture of float32 values"):
        open_source(path)


@pytest.mark.parametrize("kind", ["PCX", "DIB"])
def test_kinds_without_a_name_of_their_own(tmp_path: Path, kind: str) -> None:
    images()[3].save(tmp_path / "a", format=kind)
    frames, error, *_ = read_all(tmp_path / "a")
    assert ([number_of(frame.image) for frame in frames], error) == ([3], "")


def test_the_second_picture_of_a_stereo_camera_is_mentioned(tmp_path: Path) -> None:
    first, second, *_ = images()
    first.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[second], quality=95)
    frames, error, note, _ = read_all(tmp_path / "a.jpg")
    assert ([number_of(frame.image) for frame in frames], error) == ([0], "")
    assert note == "holds 2 pictures of one size, of which the first is shown"
    first.save(tmp_path / "b.jpg", format="MPO", save_all=True, append_images=[second.resize((160, 90))], quality=95)
    assert read_all(tmp_path / "b.jpg")[2] == ""


def test_a_picture_put_together_of_parts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500))
    with pytest.raises(SourceError, match=r"a\.heic: HEIC pictures are put together of parts.*JPEG"):
        open_source(path)
