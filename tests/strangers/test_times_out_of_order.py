"""Files whose times are wrong are dated by another clock of theirs: decode order, packets, nominal rate."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import av
import pytest
from clips import regular, write_clip
from common import Runner, needs_bundled
from made_videos import MS, ffmpeg, numbered, read_all, steps_ms
from mjpeg_server import number_of

from realtime.capture import SourceOptions, open_source
from realtime.capture.frame_times import FrameTimes

H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p")
ENCODINGS = {
    "h264.avi": (*H264, "-bf", "3"),
    "pyramid.avi": (*H264, "-bf", "8", "-x264-params", "b-pyramid=normal:b-adapt=0"),
    "deep.avi": (*H264, "-bf", "16", "-x264-params", "b-adapt=0:ref=16"),
    "h264.asf": (*H264, "-bf", "3"),
    "h264.wmv": (*H264, "-bf", "2"),
    "xvid.avi": ("-c:v", "libxvid", "-bf", "2"),
    "divx.avi": ("-c:v", "mpeg4", "-vtag", "DX50", "-bf", "2"),
    "mpeg2.avi": ("-c:v", "mpeg2video", "-bf", "2"),
    "mjpeg.avi": ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p"),
    "h264.mp4": (*H264, "-bf", "3"),
    "h264.ts": (*H264, "-bf", "3"),
    "h264.flv": (*H264, "-bf", "3"),
    "mpeg2.mpg": ("-c:v", "mpeg2video", "-bf", "2"),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_frame_is_a_period_after_the_one_before_in_the_order_shown(tmp_path: Path, name: str) -> None:
    frames, error, note, corrections = read_all(numbered(tmp_path / name, 50, *ENCODINGS[name]))
    assert (error, corrections) == ("", 0)
    assert note in ("", f"states 50 frames and holds {len(frames)}")  # Xvid's encoder keeps a frame to itself
    numbers = [number_of(frame.image) for frame in frames]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) and len(numbers) >= 48
    assert set(steps_ms(frames)) == {40.0}
    assert {frame.segment for frame in frames} == {0}


@pytest.mark.parametrize("name", ["h264.avi", "deep.avi", "h264.asf"])
def test_a_loop_over_such_a_file_goes_on_in_step(tmp_path: Path, name: str) -> None:
    path = numbered(tmp_path / name, 30, *ENCODINGS[name])
    with open_source(path, SourceOptions(loop=True)) as source:
        frames = [frame for frame, _ in zip(source, range(75), strict=False)]
    assert [number_of(frame.image) for frame in frames] == [n % 30 for n in range(75)]
    assert set(steps_ms(frames)) == {40.0}


@pytest.mark.parametrize("suffix", ["ts", "mpg"])
@pytest.mark.parametrize("frames", [8, 12, 20, 60])
def test_pieces_put_together_follow_each_other(tmp_path: Path, suffix: str, frames: int) -> None:
    """Each starts from the same time: it goes back by less than a second, or by more."""
    encoding = ENCODINGS["h264.ts" if suffix == "ts" else "mpeg2.mpg"]
    piece = numbered(tmp_path / f"piece.{suffix}", frames, *encoding)
    whole = tmp_path / f"whole.{suffix}"
    whole.write_bytes(piece.read_bytes() * 3)
    found, error, _, corrections = read_all(whole)
    assert (len(found), error, corrections) == (3 * frames, "", 0)
    assert [number_of(frame.image) for frame in found] == [n % frames for n in range(3 * frames)]
    assert steps_ms(found) == pytest.approx([40.0] * (3 * frames - 1), abs=0.1)


def test_frames_without_a_time_are_spaced_between_those_with_one() -> None:
    times = FrameTimes(Fraction(25), reorders=False)
    assert dated(times, [None, None, 80, None, None, 200, None, 220, None, None]) == [
        0, 40, 80, 120, 160, 200, 210, 220, 260, 300,
    ]  # fmt: skip
    assert times.corrections == 0


def test_a_wrong_time_is_spaced_like_a_missing_one_and_counted() -> None:
    times = FrameTimes(Fraction(25), reorders=False)
    assert dated(times, [0, 40, 80, 20, 160, 200, 200, 240]) == [0, 40, 80, 120, 160, 200, 220, 240]
    assert times.corrections == 2


def with_a_time_twice(folder: Path) -> Path:
    """A Matroska file of 20 frames, two of them at 360 ms."""
    path = folder / "twice.mkv"
    whole = write_clip(folder / "a.mkv", regular(20), codec="ffv1", pix_fmt="yuv420p")
    with av.open(str(whole)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(video=0)):
            if packet.dts is None:
                continue
            packet.stream = stream
            packet.pts = packet.dts = 40 * (number if number != 10 else 9)
            target.mux(packet)
    return path


def test_equal_times_of_a_file_are_spaced_and_in_its_note(tmp_path: Path) -> None:
    frames, error, note, corrections = read_all(with_a_time_twice(tmp_path))
    assert (len(frames), error, note, corrections) == (20, "", "1 of its times corrected", 1)
    assert set(steps_ms(frames)) == {40.0}


def test_decode_order_is_undone_whatever_the_reordering() -> None:
    """1000 random groups of B-frames, dated in decode order; the truth is the regular clock."""
    chance = random.Random(11)
    for _ in range(1000):
        labels = [0]
        while len(labels) < 60:  # a group is stored with its last frame first
            size = chance.randint(1, 8)
            start = len(labels)
            inner = chance.sample(range(start + 1, start + size), size - 1)
            labels += [*inner, start]
        times = FrameTimes(Fraction(25), reorders=True)
        stored = sorted(labels)
        assert dated(times, [40 * label for label in labels], [40 * label for label in stored]) == [
            40 * n for n in range(len(labels))
        ]
        assert times.corrections == 0


def test_times_grow_strictly_whatever_a_file_says() -> None:
    chance = random.Random(12)
    for _ in range(2000):
        times = FrameTimes(Fraction(chance.choice([25, 1000])), reorders=chance.random() < 0.5)
        said = [chance.choice([None, chance.randint(-300, 3000)]) for _ in range(40)]
        stamps = dated(times, said)
        assert len(stamps) == 40 and stamps[0] >= 0
        assert all(after > before for before, after in pairwise(stamps))


def test_times_that_grow_are_left_alone() -> None:
    chance = random.Random(13)
    for _ in range(500):
        said = sorted(chance.sample(range(20_000), 50))
        times = FrameTimes(Fraction(25), reorders=chance.random() < 0.5)
        assert dated(times, list(said)) == said
        assert times.corrections == 0


@needs_bundled
def test_the_report_of_a_run_counts_corrections(tmp_path: Path, meshmirror: Runner) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc=d=1:r=25:s=320x240", *ENCODINGS["h264.avi"], tmp_path / "a.avi")
    done = meshmirror("--source", "a.avi", "--headless", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["frames"], report["corrections"], report["error"]) == (25, 0, None)
    twice = with_a_time_twice(tmp_path)
    done = meshmirror("--source", twice.name, "--headless", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["corrections"] == 1
    assert "twice.mkv: 1 of its times corrected" in done.stderr


def dated(times: FrameTimes, said: list[int | None] | list[int], stored: list[int] | None = None) -> list[float]:
    """What becomes of the times in ms that a file says; `stored` are those of its packets, a decoder's delay ahead."""
    stamps: list[float] = []
    fed = iter(stored or ())
    for ahead in islice(fed, 9):
        times.expect(ahead * MS)
    for time_ms in said:
        for ahead in islice(fed, 1):
            times.expect(ahead * MS)
        times.add(None if time_ms is None else time_ms * MS)
        while times.settled:
            stamps.append(times.take()[0] / MS)
    return stamps + [times.take()[0] / MS for _ in range(len(said) - len(stamps))]
