"""Empty, cut off, wrong and mutated video files: an error that names the file, never a crash, a hang or silence."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from clips import PYFEAT, regular, write_clip, write_sound
from common import HANG_S

from realtime.capture import SourceOptions, open_source
from realtime.core.errors import SourceError
from realtime.core.types import Frame

ROOT = Path(__file__).parents[2]


def read_all(path: Path, **options: object) -> tuple[list[Frame], str]:
    """The frames that came, and the error that came after them ("" when none did)."""
    frames: list[Frame] = []
    try:
        with open_source(path, SourceOptions(**options)) as source:  # type: ignore[arg-type]
            frames.extend(source)
    except SourceError as error:
        return frames, str(error)
    return frames, ""


def test_what_is_no_video_is_refused_with_its_name_and_the_reason(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("this is no video\n" * 100)
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(50_000))
    whole = write_clip(tmp_path / "whole.mp4", regular(30)).read_bytes()
    (tmp_path / "headless.mp4").write_bytes(whole[: len(whole) // 2])  # its index stood at the end
    write_sound(tmp_path / "sound.m4a")
    reasons = {
        "empty.mp4": "the file is empty",
        "text.mp4": "cannot be read as a video",
        "noise.mp4": "cannot be read as a video",
        "headless.mp4": "cannot be read as a video",
        "sound.m4a": "has no picture track (only sound)",
    }
    for name, reason in reasons.items():
        frames, error = read_all(tmp_path / name)
        assert not frames
        assert error.startswith(f"{name}: {reason}")


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi"])
def test_a_cut_file_gives_its_good_frames_and_then_an_error(tmp_path: Path, suffix: str) -> None:
    codec = "mpeg4" if suffix == "avi" else "libx264"
    options = {"movflags": "faststart"} if suffix == "mp4" else {}
    whole = write_clip(tmp_path / f"whole.{suffix}", regular(60), codec=codec, container_options=options)
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    frames, error = read_all(cut)
    assert 5 < len(frames) < 60
    assert error.startswith(f"cut.{suffix}: ")
    assert "lenient" in error
    forgiven, none = read_all(cut, lenient=True)
    assert (len(forgiven), none) == (len(frames), "")
    assert read_all(whole)[1] == ""


def test_packets_that_a_transport_stream_lost_are_noticed(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.ts", regular(60))
    assert read_all(whole)[1] == ""
    data = whole.read_bytes()
    gap = len(data) // 188 // 2 * 188
    cut = tmp_path / "cut.ts"
    cut.write_bytes(data[:gap] + data[gap + 7 * 188 :])
    frames, error = read_all(cut)
    assert len(frames) > 30
    assert error.startswith("cut.ts: ")


def test_lenient_still_says_that_frames_are_missing(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mp4", regular(60), container_options={"movflags": "faststart"})
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    with open_source(cut, SourceOptions(lenient=True)) as source:
        count = len(list(source))
        assert source.damaged >= 60 - count
        assert "damaged or missing" in source.note


def test_the_error_reaches_a_consumer_that_polls(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mp4", regular(60), container_options={"movflags": "faststart"})
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    with open_source(cut) as source, pytest.raises(SourceError, match="of 60 frames"):
        while source.state != "ended":
            source.latest(0.01)


def test_huge_pictures_and_long_films_are_refused_unless_forced(tmp_path: Path) -> None:
    huge = write_clip(tmp_path / "huge.mkv", [0], size=(8192, 8192), codec="mjpeg", pix_fmt="yuvj420p")
    assert "8192x8192, larger than 4096" in read_all(huge)[1]
    frames, error = read_all(huge, force=True)
    assert (frames[0].size, error) == ((8192, 8192), "")
    long = write_clip(tmp_path / "long.mp4", [0, 40, 3 * 3600 * 1000])
    assert "lasts 3.0 hours, more than 2" in read_all(long)[1]
    assert len(read_all(long, force=True)[0]) == 3


_READER = """
    import json, sys, time
    sys.path.insert(0, sys.argv[1])
    from realtime.capture import SourceOptions, open_source
    from realtime.core.errors import SourceError
    for path in sys.argv[2:]:
        for lenient in (False, True):
            began, count, error = time.monotonic(), 0, ""
            try:
                with open_source(path, SourceOptions(lenient=lenient)) as source:
                    stamps = [frame.stamp_ns for frame in source]
                    count = len(stamps)
                    assert all(b > a for a, b in zip(stamps, stamps[1:])) and min(stamps) >= 0
            except SourceError as fault:
                error = str(fault)
            print(json.dumps([path, lenient, count, error, time.monotonic() - began]), flush=True)
"""


def test_40_mutations_crash_nothing_and_no_shortfall_is_silent(tmp_path: Path) -> None:
    """In a process of its own, so that a crash or a hang inside FFmpeg is a result and not the end of the tests."""
    original = (PYFEAT / "single_face.mp4").read_bytes()
    random = np.random.default_rng(39)
    paths = []
    for number in range(40):
        data = bytearray(original)
        kind = number % 4
        if kind == 0:  # bits flipped anywhere
            for position in random.integers(0, len(data), 20):
                data[position] ^= 1 << int(random.integers(8))
        elif kind == 1:  # a piece overwritten
            start, length = int(random.integers(0, len(data) - 5000)), int(random.integers(50, 5000))
            data[start : start + length] = random.bytes(length)
        elif kind == 2:  # the index hit, which stands at the end or the start
            at = data.find(b"moov")
            for position in at + random.integers(0, 3000, 8):
                data[min(position, len(data) - 1)] = int(random.integers(256))
        else:  # cut off, or a piece missing
            start = int(random.integers(100, len(data)))
            del data[start : start + int(random.integers(1, len(data)))]
        paths.append(tmp_path / f"{number}.mp4")
        paths[-1].write_bytes(data)
    command = [sys.executable, "-c", textwrap.dedent(_READER), str(ROOT), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == 80
    for path, lenient, count, error, seconds in results:
        assert seconds < HANG_S
        assert not error or Path(path).name in error
        if not lenient:
            assert error or count == 72, f"{path} was short without a word: {count}"
    strict = [result for result in results if not result[1]]
    assert sum(bool(result[3]) for result in strict) >= 10  # the mutations do hit something
    assert sum(not result[3] for result in strict) >= 1
