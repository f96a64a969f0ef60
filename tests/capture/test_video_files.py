"""Sound video files: every frame once, at the file's own times, upright and in RGB."""

from __future__ import annotations

import subprocess
import threading
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from clips import PYFEAT, ffprobe_times_ns, regular, write_clip
from mjpeg_server import number_of

from realtime.capture import SourceOptions, open_source
from realtime.capture.orientation import turned
from realtime.core.errors import SourceError
from realtime.core.types import Frame

MS = 1_000_000
# Frames that are shown; no_face.mp4 stores 98, of which its edit list hides the first 3.
REAL = {
    "single_face.mp4": 72,
    "WolfgangLanger_Pexels.mp4": 472,
    "no_face.mp4": 95,
    "face_noface.mov": 169,
    "noface_face.mov": 169,
}


def frames_of(path: Path, **options: object) -> list[Frame]:
    """All frames of a file."""
    with open_source(path, SourceOptions(**options)) as source:  # type: ignore[arg-type]
        frames = list(source)
        assert source.state == "ended"
        assert source.skipped == source.damaged == source.corrections == 0
    return frames


@pytest.mark.parametrize("name", REAL)
def test_real_clips_have_every_frame_at_ffprobe_s_times(name: str) -> None:
    with open_source(PYFEAT / name) as source:
        frames = list(source)
        assert source.info.frames == REAL[name]
        assert source.info.size == frames[0].size
        assert not source.info.live
    assert [frame.stamp_ns for frame in frames] == ffprobe_times_ns(PYFEAT / name)
    assert [frame.index for frame in frames] == list(range(REAL[name]))
    assert {frame.segment for frame in frames} == {0}


def test_pixels_are_those_of_opencv() -> None:
    path = PYFEAT / "single_face.mp4"
    capture = cv2.VideoCapture(str(path))
    for frame in islice(frames_of(path), 0, 72, 10):
        capture.set(cv2.CAP_PROP_POS_FRAMES, frame.index)
        bgr = capture.read()[1]
        assert abs(frame.image.astype(int) - bgr[..., ::-1].astype(int)).mean() < 2.5
    capture.release()


def test_a_variable_rate_and_a_gap_keep_their_times(tmp_path: Path) -> None:
    stamps = [0, 33, 34, 100, 101, 700, 1700, 2701, 2734, 60_000]
    frames = frames_of(write_clip(tmp_path / "a.mp4", stamps))
    assert [frame.stamp_ns for frame in frames] == [stamp * MS for stamp in stamps]
    assert [number_of(frame.image) for frame in frames] == list(range(10))
    assert [frame.segment for frame in frames] == [0] * 7 + [1, 1, 2]  # a second is no gap, more is


@pytest.mark.parametrize("suffix", ["mkv", "mov", "avi", "ts", "webm"])
def test_other_containers(tmp_path: Path, suffix: str) -> None:
    codec = {"webm": "libvpx-vp9", "avi": "mpeg4"}.get(suffix, "libx264")
    path = write_clip(tmp_path / f"a.{suffix}", regular(30), codec=codec)
    frames = frames_of(path)
    assert [frame.stamp_ns for frame in frames] == ffprobe_times_ns(path)
    assert [number_of(frame.image) for frame in frames] == list(range(30))
    assert frames[0].stamp_ns >= 0


@pytest.mark.parametrize("rotation", [90, 180, 270, -90])
def test_rotation_is_applied_once_and_as_opencv_does(tmp_path: Path, rotation: int) -> None:
    path = write_clip(tmp_path / "a.mp4", regular(5), size=(320, 176), rotation=rotation)
    capture = cv2.VideoCapture(str(path))
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    with open_source(path) as source:
        assert source.info.size == ((320, 176) if rotation == 180 else (176, 320))
        for frame in source:
            upright = capture.read()[1][..., ::-1]
            assert frame.image.shape == upright.shape
            assert frame.image.flags.c_contiguous
            assert abs(frame.image.astype(int) - upright.astype(int)).mean() < 3
            # A wrong turn would be seen: the picture is not its own half turn.
            assert abs(frame.image[::-1, ::-1].astype(int) - upright.astype(int)).mean() > 15
    capture.release()


def test_all_eight_ways_to_hold_a_camera() -> None:
    """Against the definition, point by point: x' = a x + c y, y' = b x + d y, moved back into the picture."""
    image = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    turns = [(a, 0, 0, d) for a in (1, -1) for d in (1, -1)] + [(0, b, c, 0) for b in (1, -1) for c in (1, -1)]
    for a, b, c, d in turns:
        shown = turned(image, (a, b, c, d))
        points = {(a * x + c * y, b * x + d * y): image[y, x] for y in range(4) for x in range(6)}
        left, top = min(x for x, _ in points), min(y for _, y in points)
        for (x, y), pixel in points.items():
            assert (shown[y - top, x - left] == pixel).all()
        assert shown.flags.c_contiguous


@pytest.mark.parametrize("size", [(16, 16), (63, 65), (65, 63), (641, 361), (66, 64)])
def test_odd_and_tiny_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    path = write_clip(tmp_path / "a.mkv", regular(4), size=size, codec="ffv1", pix_fmt="bgr0")
    frames = frames_of(path)
    assert [frame.size for frame in frames] == [size] * 4
    assert all(frame.image.flags.c_contiguous for frame in frames)


def test_a_4k_video(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", regular(3), size=(3840, 2160), options={"preset": "ultrafast"})
    assert [number_of(frame.image) for frame in frames_of(path)] == [0, 1, 2]


@pytest.mark.parametrize("kind", ["ffv1 gray", "ffv1 gray16le", "ffv1 bgra", "png rgba"])
def test_grey_deep_and_alpha_come_out_as_rgb(tmp_path: Path, kind: str) -> None:
    codec, pix_fmt = kind.split()
    suffix = "mov" if codec == "png" else "mkv"
    frames = frames_of(write_clip(tmp_path / f"a.{suffix}", regular(3), codec=codec, pix_fmt=pix_fmt))
    assert [number_of(frame.image) for frame in frames] == [0, 1, 2]
    assert frames[0].image.shape == (180, 320, 3)
    if pix_fmt.startswith("gray"):
        assert (frames[0].image[..., 0] == frames[0].image[..., 2]).all()


def test_non_square_pixels_become_square(tmp_path: Path) -> None:
    plain, wide = write_clip(tmp_path / "a.mp4", regular(3)), tmp_path / "b.mp4"
    command = ["ffmpeg", "-v", "error", "-i", str(plain), "-vf", "setsar=16/15", str(wide)]
    subprocess.run(command, check=True, timeout=30)
    assert frames_of(wide)[0].size == (341, 180)


def test_a_raw_stream_is_refused_until_its_rate_is_told(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.h264", regular(30))
    with pytest.raises(SourceError, match=r"a\.h264: a raw h264 stream stores no times.*raw_fps"):
        open_source(path)
    frames = frames_of(path, raw_fps=30)
    assert [frame.stamp_ns for frame in frames[:4]] == [0, 33_333_333, 66_666_667, 100_000_000]
    assert len(frames) == 30


def test_a_trimmed_clip_is_not_taken_for_a_damaged_one(tmp_path: Path) -> None:
    whole, part = write_clip(tmp_path / "a.mp4", regular(60), options={"g": "100"}), tmp_path / "b.mp4"
    command = ["ffmpeg", "-v", "error", "-ss", "1.0", "-i", str(whole), "-c", "copy", str(part)]
    subprocess.run(command, check=True, timeout=30)
    frames = frames_of(part)
    assert [number_of(frame.image) for frame in frames] == list(range(25, 60))


def test_times_below_zero_are_moved_to_zero(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.nut", [stamp - 100 for stamp in regular(5)], codec="ffv1", pix_fmt="bgr0")
    stamps = [frame.stamp_ns for frame in frames_of(path)]
    assert stamps[0] >= 0
    assert np.diff(stamps) == pytest.approx(40 * MS, abs=1000)


def test_a_loop_goes_on_growing_with_a_new_segment_each_round(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", regular(5))
    with open_source(path, SourceOptions(loop=True)) as source:
        frames = list(islice(source, 17))
    assert [number_of(frame.image) for frame in frames] == [n % 5 for n in range(17)]
    assert [frame.segment for frame in frames] == [n // 5 for n in range(17)]
    stamps = np.array([frame.stamp_ns for frame in frames])
    assert (np.diff(stamps)[[0, 1, 2, 3, 5, 6, 7, 8]] == 40 * MS).all()
    assert np.diff(stamps)[[4, 9, 14]] == pytest.approx(40 * MS, rel=0.1)  # the seam: one frame of the mean rate


def test_two_readings_are_the_same() -> None:
    first, second = (frames_of(PYFEAT / "single_face.mp4") for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert (a.stamp_ns, a.index) == (b.stamp_ns, b.index)
        assert (a.image == b.image).all()


def test_latest_hands_over_every_frame_of_a_file(tmp_path: Path) -> None:
    numbers = []
    with open_source(write_clip(tmp_path / "a.mp4", regular(20))) as source:
        while source.state != "ended":
            frame = source.latest(timeout=0.01)
            if frame is not None:
                numbers.append(number_of(frame.image))
        assert source.latest() is None
    assert numbers == list(range(20))


def test_closing_early_does_not_hang_on_a_full_queue() -> None:
    before = threading.active_count()
    source = open_source(PYFEAT / "WolfgangLanger_Pexels.mp4")
    assert source.read() is not None
    source.close()
    source.close()
    assert source.read() is None
    assert source.state == "ended"
    assert threading.active_count() <= before


def test_play_lists_are_not_followed(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", regular(3))
    lists = {
        "a.ffconcat": f"ffconcat version 1.0\nfile {clip.name}\n",
        "a.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1,\n{clip.name}\n#EXT-X-ENDLIST\n",
        "a.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    }
    for name, text in lists.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(SourceError, match=name):
            open_source(tmp_path / name)


def test_a_name_that_looks_like_an_order_to_ffmpeg_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "a.mp4", regular(3))
    for name in ("concat:a.mp4", "a%03d.mp4", "|a.mp4", "-i.mp4", "größe 日本.mp4"):
        (tmp_path / name).write_bytes((tmp_path / "a.mp4").read_bytes())
        assert len(frames_of(Path(name))) == 3


def test_av_says_nothing_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    frames_of(PYFEAT / "face_noface.mov")
    assert av.logging.get_level() is None
    assert capfd.readouterr().err == ""
