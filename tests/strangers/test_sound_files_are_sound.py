"""A stated count is no truth: files that decode from end to end are sound, and lost data is still an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from common import Runner, clip, needs_bundled
from made_videos import ffmpeg, numbered, read_all
from mjpeg_server import number_of

H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p")


@pytest.mark.parametrize("stated", [1, 59, 61, 300])
def test_a_count_that_a_cut_left_behind_in_matroska(tmp_path: Path, stated: int) -> None:
    whole, path = numbered(tmp_path / "whole.mkv", 60, *H264), tmp_path / "stated.mkv"
    ffmpeg("-i", whole, "-c", "copy", "-metadata:s:v", f"NUMBER_OF_FRAMES={stated}", path)
    frames, error, note, _ = read_all(path)
    assert (len(frames), error, note) == (60, "", f"states {stated} frames and holds 60")


def test_held_frames_of_avi(tmp_path: Path) -> None:
    path = tmp_path / "held.avi"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc=d=2:r=24000/1001:s=320x240", "-r", "30", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p",
        path,
    )  # fmt: skip
    frames, error, *_ = read_all(path)
    assert (len(frames), error) == (48, "")


@pytest.mark.parametrize("ticks", [(), ("-r", "30"), ("-r", "60")])
def test_h264_that_was_copied_into_avi(tmp_path: Path, ticks: tuple[str, ...]) -> None:
    whole, path = numbered(tmp_path / "whole.mp4", 48, *H264, "-bf", "3", rate="24000/1001"), tmp_path / "copied.avi"
    ffmpeg("-i", whole, "-c", "copy", *ticks, path)
    frames, error, *_ = read_all(path)
    assert (len(frames), error) == (48, "")
    assert [number_of(frame.image) for frame in frames] == list(range(48))


@pytest.mark.parametrize("pieces", [2, 5])
@pytest.mark.parametrize("encoding", [H264, (*H264, "-bf", "0"), ("-c:v", "mpeg2video", "-bf", "2")])
def test_transport_streams_that_were_put_together(tmp_path: Path, encoding: tuple[str, ...], pieces: int) -> None:
    content = [numbered(tmp_path / f"{n}.ts", 20 + 7 * n, *encoding).read_bytes() for n in range(pieces)]
    whole = tmp_path / "whole.ts"
    whole.write_bytes(b"".join(content))
    frames, error, note, corrections = read_all(whole)
    assert [number_of(frame.image) for frame in frames] == [i for n in range(pieces) for i in range(20 + 7 * n)]
    assert (error, note, corrections) == ("", "", 0)


def test_an_mp4_that_a_player_trimmed_without_cutting_it(tmp_path: Path) -> None:
    """The edit list shows a part; all samples are there."""
    whole, path = numbered(tmp_path / "whole.mp4", 60, *H264, "-g", "100"), tmp_path / "trimmed.mp4"
    ffmpeg("-ss", "1.0", "-i", whole, "-c", "copy", path)
    frames, error, *_ = read_all(path)
    assert ([number_of(frame.image) for frame in frames], error) == (list(range(25, 60)), "")


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.flv"])
def test_what_was_overwritten_in_the_middle_is_damage(tmp_path: Path, name: str) -> None:
    path = numbered(tmp_path / name, 60, *H264, "-bf", "2", "-g", "12")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(data)
    frames, error, *_ = read_all(path)
    assert frames and error.startswith(f"{name}: ") and "damaged" in error


@pytest.mark.parametrize("name", ["a.mkv", "a.avi", "a.mp4", "mjpeg.avi"])
def test_what_ends_well_before_its_end_is_damage(tmp_path: Path, name: str) -> None:
    encoding = ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p") if name.startswith("mjpeg") else H264
    front = ("-movflags", "faststart") if name.endswith("mp4") else ()
    path = numbered(tmp_path / name, 60, *encoding, *front)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 55 // 100])
    frames, error, *_ = read_all(path)
    assert 5 < len(frames) < 60 and error.startswith(f"{name}: ")


@needs_bundled
@pytest.mark.parametrize("as_json", [True, False])
def test_an_exit_3_after_frames_has_its_error_line_and_its_key(
    meshmirror: Runner, tmp_path: Path, as_json: bool
) -> None:
    cut = tmp_path / "cut.mp4"
    ffmpeg("-i", clip("single_face.mp4"), "-c", "copy", "-movflags", "faststart", cut)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 6 // 10])
    done = meshmirror("--source", "cut.mp4", "--headless", *(["--json"] if as_json else []))
    assert done.returncode == 3
    lines = [line for line in done.stderr.splitlines() if line.startswith("error")]
    assert len(lines) == 1 and "cut.mp4: " in lines[0]
    if as_json:
        report = json.loads(done.stdout)
        assert report["error"] == report["failures"][0] and "cut.mp4: " in report["error"]
        assert report["frames"] > 5
