"""Streams over a real socket and a real pipe, read by the real OpenCV."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from common import BLOCKED_S, HANG_S
from fake_device import until
from mjpeg_server import MjpegServer, number_of, numbered_picture

from realtime.capture import OpenSource, SourceOptions, open_source
from realtime.core.addresses import without_secrets
from realtime.core.errors import SourceError, UsageError
from realtime.core.types import Frame

HERE = Path(__file__).parent


@pytest.fixture
def server() -> Iterator[MjpegServer]:
    with MjpegServer() as running:
        yield running


def wait_for_state(source: OpenSource, state: str, timeout: float) -> float:
    """Poll a source like a drawing loop does; the seconds until it reached the state."""
    began = time.monotonic()

    def reached() -> bool:
        source.latest(0.005)
        return source.state == state

    assert until(reached, timeout), f"still {source.state}: {source.note}"
    return time.monotonic() - began


def test_frames_come_in_order_at_once_and_dated_at_the_grab(server: MjpegServer) -> None:
    late, delivered, numbers = [], [], []
    with open_source(server.url) as source:
        for frame in source:
            numbers.append(number_of(frame.image))
            late.append((frame.stamp_ns - server.sent_ns[numbers[-1]]) / 1e6)
            delivered.append((time.monotonic_ns() - frame.stamp_ns) / 1e6)
            if len(numbers) == 60:
                break
        assert source.info.live
        assert source.info.size == (640, 360)
        assert source.corrections == 0
    assert min(np.diff(numbers)) >= 1
    print(f"sent to grabbed: median {np.median(late):.1f}, p95 {np.percentile(late, 95):.1f} ms")
    assert min(late) > 0 and min(delivered) > 0, "dated after it was sent and before it was handed over"
    between = float(np.median(np.diff([server.sent_ns[number] for number in numbers]))) / 1e6
    assert min(late) < between, "no queue of older frames lies in between"


def test_a_stall_is_seen_and_the_picture_comes_back(server: MjpegServer) -> None:
    with open_source(server.url) as source:
        before = source.read()
        server.mode = "stall"
        assert wait_for_state(source, "lost", 1.6) <= 1.5
        assert "retry in" in source.note
        server.mode = "play"
        assert wait_for_state(source, "live", 3.0) <= 3.0  # OpenCV's own handle would stay dead for ever
        after = source.read()
        assert before is not None
        assert after is not None
        assert after.segment == before.segment + 1
        assert after.stamp_ns > before.stamp_ns


def test_a_cut_connection_is_seen_and_reopened(server: MjpegServer) -> None:
    with open_source(server.url) as source:
        server.mode = "refuse"
        assert wait_for_state(source, "lost", 1.6) <= 1.5
        assert until(lambda: "closed without an answer" in source.note)
        server.mode = "play"
        wait_for_state(source, "live", 5.0)


def test_garbage_is_survived(server: MjpegServer) -> None:
    with open_source(server.url) as source:
        server.mode = "garbage"
        assert until(lambda: source.latest(0.01) is None and source.damaged > 5)
        server.mode = "play"
        wait_for_state(source, "live", 5.0)
        frame = source.read()
        assert frame is not None
        assert not frame.flags


def test_half_pictures_are_flagged(server: MjpegServer) -> None:
    with open_source(server.url) as source:
        assert not any(source.read().flags for _ in range(10))  # type: ignore[union-attr]
        server.mode = "half"
        number = max(server.sent_ns)
        frames: list[Frame] = []
        while len(frames) < 20:
            frame = source.read()
            assert frame is not None
            if number_of(frame.image) > number + 2:
                frames.append(frame)
        assert sum("torn" in frame.flags for frame in frames) >= 19
        assert source.damaged >= 19


@pytest.mark.parametrize("size", [(1280, 720), (200, 600)])
def test_a_change_of_size_is_seen(server: MjpegServer, size: tuple[int, int]) -> None:
    with open_source(server.url) as source:
        before = source.read()
        server.picture = lambda number: numbered_picture(number, *size)
        sizes = [frame.size for _, frame in zip(range(10), source, strict=False)]
        after = source.read()
        assert before is not None and after is not None
        assert set(sizes) <= {(640, 360), size}
        assert after.size == source.info.size == size
        assert after.segment == before.segment + 1


def test_30_reconnections_leak_nothing(server: MjpegServer) -> None:
    process = psutil.Process()

    def once() -> None:
        with open_source(server.url) as source:
            assert source.read() is not None

    for _ in range(10):  # until the allocator has what it wants
        once()
    open_files = getattr(process, "num_fds", None) or process.num_handles
    threads, files, memory = threading.active_count(), open_files(), process.memory_info().rss
    for _ in range(30):
        once()
    # The server's own end of a connection closes when its next write fails.
    assert until(lambda: threading.active_count() <= threads and open_files() <= files)
    assert process.memory_info().rss - memory < 16_000_000  # one picture kept by each would be 21 MB


def test_a_stalled_stream_does_not_hold_up_close_or_the_end_of_the_program(server: MjpegServer) -> None:
    program = textwrap.dedent(f"""
        import os, sys, time
        sys.path.insert(0, {str(HERE.parents[1])!r})
        from realtime.capture import open_source
        from realtime.cli import leave
        source = open_source({server.url!r})
        assert source.read() is not None
        print("reading", flush=True)
        sys.stdin.readline()
        time.sleep(0.3)  # the reading thread is inside OpenCV now
        began = time.monotonic()
        source.close()
        print(time.monotonic() - began, flush=True)
        leave(0)
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1, stderr=-1, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "reading\n"
        server.mode = "stall"
        out, err = child.communicate("\n", timeout=60)
        assert child.returncode == 0, err
        assert float(out) < BLOCKED_S
        assert err == ""


def test_an_address_where_nobody_answers_is_refused_quickly() -> None:
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:9"):
        open_source("http://127.0.0.1:9/video")
    assert time.monotonic() - began < HANG_S


def test_passwords_and_keys_stay_out_of_names_and_errors() -> None:
    assert without_secrets("rtsp://me:secret@10.0.0.2:554/live?key=abc") == "rtsp://10.0.0.2:554/live?..."
    assert without_secrets("http://10.0.0.2/video.mjpg") == "http://10.0.0.2/video.mjpg"
    with pytest.raises(SourceError) as caught:
        open_source("http://me:secret@127.0.0.1:9/video?key=abc")
    assert "secret" not in str(caught.value)
    assert "abc" not in str(caught.value)


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "camera.y4m"
    os.mkfifo(path)
    return path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_hands_over_every_pixel(fifo: Path) -> None:
    width, height, count = 320, 180, 60
    luma = [numbered_picture(number, width, height)[..., 1] for number in range(count)]
    go_on = threading.Event()

    def write() -> None:
        with suppress(BrokenPipeError), fifo.open("wb") as pipe:
            pipe.write(f"YUV4MPEG2 W{width} H{height} F30:1 Ip A1:1 Cmono\n".encode())
            for plane in luma:
                pipe.write(b"FRAME\n" + plane.tobytes())
                pipe.flush()
                time.sleep(0.01)
            go_on.wait(5)

    threading.Thread(target=write, daemon=True).start()
    numbers = []
    with open_source(f"fifo:{fifo}") as source:
        while len(numbers) < count - 10:
            frame = source.read()
            assert frame is not None
            numbers.append(number_of(frame.image))
            assert (frame.image == luma[numbers[-1]][..., None]).all()
        go_on.set()
    assert numbers == sorted(set(numbers))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_of_bare_pictures_is_read(fifo: Path) -> None:
    """What `ffmpeg -f mjpeg` and many small programs write."""
    written = threading.Event()

    def write() -> None:
        with suppress(BrokenPipeError), fifo.open("wb") as pipe:
            for number in range(40):
                pipe.write(cv2.imencode(".jpg", numbered_picture(number, 320, 180))[1].tobytes())
                pipe.flush()
                time.sleep(0.01)
            written.wait(5)

    threading.Thread(target=write, daemon=True).start()
    with open_source(f"fifo:{fifo}") as source:
        numbers = [number_of(frame.image) for _, frame in zip(range(5), source, strict=False)]
        written.set()
    assert numbers == sorted(set(numbers))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_only_read_when_asked_for_and_given_up_when_silent(fifo: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="fifo:"):
        open_source(fifo)
    with pytest.raises(SourceError, match="Start the program that writes into it first"):
        open_source(f"fifo:{fifo}", SourceOptions(open_timeout_s=0.5))
    # Lets the thread that still waits for a writer come back.
    os.close(os.open(fifo, os.O_RDWR | os.O_NONBLOCK))
    with pytest.raises(SourceError, match="no such named pipe"):
        open_source(f"fifo:{tmp_path / 'nothing'}")
