"""Situations that people reported of other programs and that hold here; what did not hold has tests of its own."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from clips import regular, write_clip
from common import Runner, clip, needs_bundled
from made_videos import ffmpeg, numbered, read_all, steps_ms
from PIL import Image
from remade import RECORDED

from realtime.capture import open_source
from realtime.session import open as open_session

# What a shell, a URL, FFmpeg, Windows or a printf would take for something else.
NAMES = (
    "Zoë.mkv", "カメラ 1.mkv", "\U0001f600.mkv", "100%.mkv", "%04d.mkv", "a#b?c=d&e.mkv", " leading.mkv",
    "trailing .mkv", "concat:a|b.mkv", "file:a.mkv", "a\nb.mkv", "-y.mkv", "[0-9]*.mkv", "{a,b}.mkv",
    "'\"`$(x).mkv", "n" * 200 + ".mkv", "e\u0301\u202e.mkv",
)  # fmt: skip


@pytest.fixture(scope="module")
def three_frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "c.mkv", regular(3), codec="ffv1", pix_fmt="yuv420p")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_name(name: str, three_frames: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.name == "nt" and set(name) & set('<>:"|?*\n'):
        pytest.skip("Windows has no such names")
    folder = tmp_path / name
    folder.mkdir()
    shutil.copy(three_frames, folder / name)
    with open_source(folder / name) as source:
        assert source.info.name == name
        assert len(list(source)) == 3
    monkeypatch.chdir(folder)
    with open_source(f"./{name}") as source:
        assert len(list(source)) == 3


def test_a_webm_that_was_streamed_has_no_duration_and_all_frames(tmp_path: Path) -> None:
    path = tmp_path / "live.webm"
    with path.open("wb") as out:
        subprocess.run(
            ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=1:r=25:s=128x96", "-c:v", "libvpx", "-f", "webm",
             "-live", "1", "-"], stdout=out, check=True, timeout=60,
        )  # fmt: skip
    with open_source(path) as source:
        assert source.info.frames is None
    frames, error, note, corrections = read_all(path)
    assert (len(frames), error, note, corrections) == (25, "", "", 0)
    assert set(steps_ms(frames)) == {40.0}


def test_a_trim_without_encoding_is_shown_from_where_it_was_trimmed(tmp_path: Path) -> None:
    whole = numbered(tmp_path / "whole.mp4", 50, "-c:v", "libx264", "-bf", "2", "-g", "25", "-pix_fmt", "yuv420p")
    ffmpeg("-ss", "0.4", "-i", whole, "-c", "copy", tmp_path / "trimmed.mp4")
    frames, error, _, corrections = read_all(tmp_path / "trimmed.mp4")
    assert (error, corrections) == ("", 0)
    assert len(frames) == 40 and set(steps_ms(frames)) == {40.0}


PICTURES: dict[str, Callable[[Image.Image, Path], object]] = {
    "cmyk.jpg": lambda picture, path: picture.convert("CMYK").save(path, quality=95),
    "progressive.jpg": lambda picture, path: picture.save(path, quality=95, progressive=True),
    "gray.jpg": lambda picture, path: picture.convert("L").save(path),
    "palette.png": lambda picture, path: picture.quantize(16).save(path),
    "alpha.png": lambda picture, path: picture.convert("RGBA").save(path),
    "interlaced.gif": lambda picture, path: picture.save(path, interlace=True),
    "lzw.tif": lambda picture, path: picture.save(path, compression="tiff_lzw"),
    "wrong.png": lambda picture, path: picture.save(path, format="JPEG", quality=95),
    "wrong.jpg": lambda picture, path: picture.save(path, format="PNG"),
    "lossless.webp": lambda picture, path: picture.save(path, lossless=True),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_of_any_kind_has_its_colors(name: str, tmp_path: Path) -> None:
    halves = np.zeros((48, 64, 3), np.uint8)
    halves[:, :32], halves[:, 32:] = (200, 40, 30), (20, 60, 180)
    PICTURES[name](Image.fromarray(halves), tmp_path / name)
    with open_source(tmp_path / name) as source:
        [frame] = list(source)
    wanted = halves.astype(int)
    if name == "gray.jpg":
        wanted = np.broadcast_to((halves @ [0.299, 0.587, 0.114])[..., None], halves.shape)
    assert np.abs(frame.image[4:-4, [8, 56]] - wanted[4:-4, [8, 56]]).max() <= 6


@needs_bundled
def test_a_mirrored_face_turns_and_tilts_to_the_other_side(tmp_path: Path, meshmirror: Runner) -> None:
    ffmpeg(
        "-ss", "1.5", "-i", clip("WolfgangLanger_Pexels.mp4"), "-frames:v", "4", "-vf", "scale=640:-2,rotate=0.2",
        "-c:v", "ffv1", tmp_path / "a.mkv",
    )  # fmt: skip
    ffmpeg("-i", tmp_path / "a.mkv", "-vf", "hflip", "-c:v", "ffv1", tmp_path / "mirrored.mkv")
    found = []
    for name in ("a.mkv", "mirrored.mkv"):
        done = meshmirror("--source", str(tmp_path / name), "--headless", "--json")
        report = json.loads(done.stdout)
        assert report["faces"] == 4, done.stderr
        found.append(report["pose_deg"])
    one, other = found
    assert abs(one["roll"]) > 8  # it is tilted indeed
    assert other["roll"] == pytest.approx(-one["roll"], abs=2)
    assert other["yaw"] == pytest.approx(-one["yaw"], abs=3)
    assert other["pitch"] == pytest.approx(one["pitch"], abs=3)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return [{name: cell for name, cell in row.items() if name != "input"} for row in csv.DictReader(file)]


def test_a_session_that_was_renamed_moved_and_zipped_is_the_same(tmp_path: Path, meshmirror: Runner) -> None:
    shutil.copytree(RECORDED, tmp_path / "a")
    assert meshmirror("export", "a", "--to", "fex", "--out", "a.csv").returncode == 0
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in sorted((tmp_path / "a").iterdir()):
            archive.write(path, f"Anna's session (1)/{path.name}")
    elsewhere = tmp_path / "on a stick"
    zipfile.ZipFile(tmp_path / "a.zip").extractall(elsewhere)
    shutil.rmtree(tmp_path / "a")
    session = elsewhere / "Anna's session (1)"
    done = meshmirror("export", str(session), "--to", "fex", "--out", "b.csv")
    assert done.returncode == 0, done.stderr
    assert rows_of(tmp_path / "b.csv") == rows_of(tmp_path / "a.csv")
    assert meshmirror("recover", str(session)).returncode == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts open files in /proc")
def test_opening_and_closing_again_and_again_keeps_no_file_open(three_frames: Path) -> None:
    def once() -> int:
        with open_source(three_frames) as source:
            assert source.read() is not None
        with open_session(RECORDED) as session:
            assert len(session.landmarks[:1]) == 1
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    first = once()
    assert {once() for _ in range(12)} == {first}
