"""The video file: opened with ffprobe and OpenCV, not with what wrote it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from common import environment
from numbered_videos import SECOND, frames_of, number_in, picture, probe

from realtime.core.errors import RecordError
from realtime.core.files import unique_path
from realtime.media.video_writer import VideoWriter


def test_every_picture_at_its_own_time_and_in_its_own_colour(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    stamps = np.cumsum([0, 33, 33, 100, 33, 20, 400, 33]) * 1_000_000 + 7 * SECOND
    with VideoWriter(path, (128, 96)) as writer:
        for number, stamp in enumerate(stamps):
            assert writer.put(picture(number), int(stamp), wait=True)
    assert (writer.written, writer.dropped) == (len(stamps), 0)
    stream = probe(path)
    assert (stream["codec_name"], stream["pix_fmt"]) == ("h264", "yuv420p")
    assert int(stream["nb_read_frames"]) == len(stamps)
    times = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "frame=pts_time", "-of", "csv=p=0", str(path)],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert [float(t.strip(",")) for t in times] == pytest.approx((stamps - stamps[0]) / SECOND, abs=2e-5)
    decoded = frames_of(path)
    assert [number_in(frame) for frame in decoded] == list(range(len(stamps)))
    # OpenCV reads every video as BT.601; ffmpeg honours what the file says of its colours.
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    red = np.frombuffer(raw, np.uint8).reshape(96, 128, 3)[80, 64].astype(int)
    assert np.abs(red - (200, 30, 30)).max() < 12, f"the colour came back as {red}"


@pytest.mark.parametrize("size", [(63, 64), (64, 63), (65, 65), (66, 66), (641, 361)])
def test_an_odd_size_is_cropped_to_even(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "odd.mp4"
    with VideoWriter(path, size) as writer:
        writer.put(picture(5, size), 0, wait=True)
    stream = probe(path)
    assert (stream["width"], stream["height"]) == (size[0] // 2 * 2, size[1] // 2 * 2)


def test_times_that_stand_still_or_go_back_still_make_a_file(tmp_path: Path) -> None:
    path = tmp_path / "back.mp4"
    with VideoWriter(path, (128, 96)) as writer:
        for number, stamp in enumerate([0, 33, 33, 10, 66, -5]):
            writer.put(picture(number), stamp * 1_000_000, wait=True)
    assert writer.written == 6
    assert [number_in(frame) for frame in frames_of(path)] == [0, 1, 2, 3, 4, 5]


def test_captured_is_written_plus_dropped(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (720, 1280, 3), dtype=np.uint8)
    with VideoWriter(tmp_path / "fast.mp4", (1280, 720), preset="medium") as writer:
        taken = sum(writer.put(noise, n * 1_000_000) for n in range(150))
    assert writer.dropped > 0, "the queue was never full, so this shows nothing"
    assert taken == writer.written
    assert writer.written + writer.dropped == 150


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    (tmp_path / "a_2.mp4").touch()
    assert unique_path(tmp_path / "a.mp4") == tmp_path / "a_3.mp4"
    assert unique_path(tmp_path / "a.mp4") == tmp_path / "a_4.mp4", "claimed is taken, written or not"


@pytest.mark.parametrize("name", ["12:31.mp4", "file:a.mp4", "md5:z.mp4", "http:a.mp4", "ü %d.mp4"])
def test_a_name_is_a_name_and_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if sys.platform == "win32" and ":" in name:
        pytest.skip("no name there")
    monkeypatch.chdir(tmp_path)
    with VideoWriter(Path(name), (64, 64)) as writer:
        writer.put(picture(1, (64, 64)), 0, wait=True)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).stat().st_size > 500


@pytest.mark.parametrize("name", ["nul\0.mp4", "x" * 300 + ".mp4"])
def test_a_name_that_no_disk_takes_is_answered(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecordError, match="another place"):
        VideoWriter(tmp_path / name, (64, 64))


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(RecordError, match="file"):
        VideoWriter(blocked / "v.mp4", (64, 64))


WRITE_FOREVER = """
import sys, time
from numbered_videos import picture
from realtime.media.video_writer import VideoWriter
from pathlib import Path
writer = VideoWriter(Path({out!r}), (128, 96))
start = time.monotonic()
for number in range(100000):
    writer.put(picture(number), number * 33_333_333)
    print(number, flush=True)
    time.sleep(max(0, start + (number + 1) / 60 - time.monotonic()))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_recording_is_readable_but_for_its_last_moment(tmp_path: Path) -> None:
    out = tmp_path / "killed.mp4"
    code = WRITE_FOREVER.format(out=str(out))
    child = subprocess.Popen([sys.executable, "-c", code], env=environment(), stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    for line in child.stdout:
        if int(line) == 100:
            break
    child.send_signal(signal.SIGKILL)
    given = 100 + len(child.stdout.readlines()) + 1
    child.wait()
    numbers = [number_in(frame) for frame in frames_of(out)]
    assert numbers == list(range(len(numbers)))
    # Fragments of 200 ms are 6 frames; the encoder and the queue before it held some more of them.
    assert len(numbers) >= given - 30


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs RLIMIT_FSIZE")
def test_a_full_disk_ends_the_recording_and_keeps_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "full.mp4"
    code = textwrap.dedent("""
        import resource, signal, sys, time
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
        import numpy as np
        from pathlib import Path
        from realtime.core.errors import RecordError
        from realtime.media.video_writer import VideoWriter
        noise = np.random.default_rng(0)
        writer = VideoWriter(Path({out!r}), (320, 240))
        for number in range(60):
            writer.put(noise.integers(0, 255, (240, 320, 3), dtype=np.uint8), number * 33_333_333, wait=True)
        try:
            writer.close()
        except RecordError as error:
            print("said", writer.written, writer.dropped, error)
    """).format(out=str(out))
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.startswith("said"), done.stderr[-500:]
    assert "full.mp4" in done.stdout
    assert len(frames_of(out)) >= 5


def at_an_even_rate(path: Path, times_s: list[float], fps: float = 30) -> tuple[list[int], dict]:
    """Pictures that carry their number, taken at these times: the numbers in the video, and what ffprobe says."""
    with VideoWriter(path, (128, 96), crf=12, fps=fps) as writer:
        for number, time_s in enumerate(times_s):
            writer.put(picture(number), 5 * SECOND + round(time_s * SECOND), wait=True)
    found = probe(path)
    assert int(found["nb_read_frames"]) == writer.written
    return [number_in(frame) for frame in frames_of(path)], found


def test_an_even_rate_repeats_and_leaves_out(tmp_path: Path) -> None:
    slow, found = at_an_even_rate(tmp_path / "slow.mp4", [at / 10 for at in range(10)])
    assert (found["r_frame_rate"], found["avg_frame_rate"]) == ("30/1", "30/1")
    assert slow == [number for number in range(9) for _ in range(3)] + [9]
    fast, found = at_an_even_rate(tmp_path / "fast.mp4", [at / 60 for at in range(60)])
    assert found["avg_frame_rate"] == "30/1"
    assert len(fast) in (30, 31) and all(abs(number - 2 * tick) <= 1 for tick, number in enumerate(fast))
    trembling = [0.0] + [at / 30 + 0.012 * (-1) ** at for at in range(1, 30)]
    same, _ = at_an_even_rate(tmp_path / "trembling.mp4", trembling)
    assert same == list(range(30)), "a camera at this rate loses and repeats nothing, however it trembles"
    _, found = at_an_even_rate(tmp_path / "ntsc.mp4", [at / 20 for at in range(20)], 29.97)
    assert found["avg_frame_rate"] == "30000/1001"


def test_a_long_gap_is_cut_at_an_even_rate(tmp_path: Path) -> None:
    numbers, found = at_an_even_rate(tmp_path / "gap.mp4", [0.0, 0.1, 600.0, 600.1])
    assert found["avg_frame_rate"] == "30/1"
    assert numbers == [0] * 3 + [1] * 300 + [2] * 3 + [3]
