"""A live source against a scripted device: hangs, failures, clocks, sizes, and what is counted."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice, repeat

import numpy as np
import psutil
import pytest
from common import HANG_S
from fake_device import FakeCamera, hang, pictures, until
from mjpeg_server import number_of, numbered_picture

from realtime.capture.live_source import LiveReader
from realtime.capture.source import SourceOptions
from realtime.core.errors import SourceError

QUICK = SourceOptions(stall_s=0.3, open_timeout_s=0.6)


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """Lets hanging reads return at the end of a test."""
    event = threading.Event()
    yield event
    event.set()


def test_the_newest_frame_wins_and_the_skipped_are_counted() -> None:
    camera = FakeCamera(pictures)
    with LiveReader(camera, "cam", QUICK) as source:
        first = source.read()
        assert first is not None
        time.sleep(0.2)  # a slow consumer
        later = source.latest()
        assert later is not None
        assert number_of(later.image) == later.index + 1
        assert later.index - first.index - 1 == source.skipped > 5
        assert later.stamp_ns > first.stamp_ns
        assert first.arrived_ns < later.arrived_ns <= time.monotonic_ns()
        assert source.info.size == (320, 180)
        assert (source.state, source.note) == ("live", "")
    assert source.state == "ended"
    assert source.read() is None
    source.close()
    assert until(lambda: camera.devices[0].releases == 1)
    assert camera.sound


def test_colours_arrive_as_rgb() -> None:
    blue = np.zeros((64, 64, 3), np.uint8)
    blue[..., 0] = 200  # OpenCV's first channel
    gray = np.full((64, 64), 90, np.uint8)
    alpha = np.dstack([blue, np.full((64, 64), 7, np.uint8)])
    deep = np.full((64, 64), 90 * 257, np.uint16)
    wanted = {0: (0, 0, 200), 1: (90, 90, 90), 2: (0, 0, 200), 3: (90, 90, 90)}
    for number, picture in enumerate((blue, gray, alpha, deep)):
        with LiveReader(FakeCamera(lambda picture=picture: repeat(picture)), "cam", QUICK) as source:
            frame = source.read()
            assert frame is not None
            assert frame.image.dtype == np.uint8
            assert frame.image.flags.c_contiguous
            assert tuple(frame.image[5, 5]) == wanted[number]


def test_a_failed_first_opening_says_why() -> None:
    began = time.monotonic()
    with pytest.raises(SourceError, match="no such camera"):
        LiveReader(FakeCamera(SourceError("cam: no such camera")), "cam", QUICK)
    assert time.monotonic() - began < HANG_S


def test_an_opening_that_hangs_is_given_up(release: threading.Event) -> None:
    def opener() -> object:
        release.wait()
        raise SourceError("late")

    began = time.monotonic()
    with pytest.raises(SourceError, match=r"cam did not open within 0.6 s. Who holds it\?"):
        LiveReader(opener, "cam", QUICK, hint=lambda: "Who holds it?")  # type: ignore[arg-type]
    assert time.monotonic() - began < HANG_S


def test_an_opening_that_hangs_is_not_joined_by_a_second_one(release: threading.Event) -> None:
    camera = FakeCamera(pictures)
    attempts = []

    def opener() -> object:
        attempts.append(1)
        release.wait()
        return camera()

    with LiveReader(opener, "cam", replace(QUICK, open_timeout_s=0.1, wait=True)) as source:  # type: ignore[arg-type]
        assert until(lambda: "did not open within 0.1 s" in source.note)
        time.sleep(0.7)  # longer than the first pause
        assert len(attempts) == 1
        release.set()  # somebody starts to write into the pipe
        assert source.read() is not None
        assert source.state == "live"
    assert len(camera.devices) == 1


def test_a_device_that_opens_but_gives_nothing_is_refused() -> None:
    with pytest.raises(SourceError, match="cam opened, but gave no picture"):
        LiveReader(FakeCamera(lambda: ()), "cam", QUICK)


def test_wait_retries_until_the_device_is_there() -> None:
    missing = SourceError("cam: no such camera")
    camera = FakeCamera(missing, pictures)
    with LiveReader(camera, "cam", SourceOptions(wait=True)) as source:
        assert until(lambda: "no such camera; retry in 1 s" in source.note)
        assert source.state == "opening"
        assert source.latest() is None
        frame = source.read()
        assert frame is not None
        assert frame.segment == 0
    assert camera.opened_at[1] - camera.opened_at[0] >= 0.5


@pytest.mark.parametrize("fault", ["false", "raises", "hangs", "slow false"])
def test_a_loss_is_seen_in_time_and_the_device_reopened(fault: str, release: threading.Event) -> None:
    def slow_false() -> bool:
        time.sleep(0.29)  # as OpenCV's own time-out does
        return False

    ends = {
        "false": repeat(False),
        "raises": repeat(RuntimeError("usb")),
        "hangs": [hang(release)],
        "slow false": chain([slow_false], repeat(RuntimeError("a dead handle was read again"))),
    }
    camera = FakeCamera(lambda: chain(islice(pictures(), 5), ends[fault]), pictures)
    with LiveReader(camera, "cam", QUICK) as source:
        last = None
        while source.state == "live":
            last = source.latest(0.02) or last
            assert last is None or time.monotonic_ns() - last.arrived_ns < HANG_S * 1_000_000_000
        assert source.state == "lost"
        assert "retry in 1 s" in source.note
        assert "dead handle" not in source.note
        frame = source.read()
        assert frame is not None
        assert last is not None
        assert frame.segment == last.segment + 1
        assert frame.stamp_ns > last.stamp_ns
        assert source.state == "live"
    assert len(camera.devices) == 2
    release.set()
    assert until(lambda: all(device.releases == 1 for device in camera.devices))
    assert camera.sound


def test_the_pauses_grow_to_four_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.capture.live_source.BACKOFF_S", (0.05, 0.1, 0.2, 0.4))  # a tenth of the real ones
    gone = SourceError("gone")
    camera = FakeCamera(lambda: islice(pictures(), 3), gone, gone, gone, gone, gone, gone)
    with LiveReader(camera, "cam", QUICK) as source:
        assert until(lambda: len(camera.opened_at) >= 7)
        pauses = np.diff(camera.opened_at)[1:]
        # At least as long as they should be, and growing; a busy machine only makes them longer.
        assert (pauses >= np.array([0.1, 0.2, 0.4, 0.4, 0.4]) * 0.95).all()
        assert pauses[-1] < HANG_S
        assert source.note.startswith("gone")


def test_a_burst_of_failed_reads_is_tolerated() -> None:
    camera = FakeCamera(lambda: chain(islice(pictures(), 3), repeat(False, 14), pictures()))
    with LiveReader(camera, "cam", SourceOptions()) as source:
        frames = list(islice(source, 6))
        assert {frame.segment for frame in frames} == {0}
        assert source.damaged == 14
    assert len(camera.devices) == 1


def test_a_read_that_never_returns_stops_neither_the_loop_nor_close(release: threading.Event) -> None:
    camera = FakeCamera(lambda: chain(islice(pictures(), 3), [hang(release)]))
    source = LiveReader(camera, "cam", QUICK)
    ticks, end = 0, time.monotonic() + 1.5
    while time.monotonic() < end:
        source.latest()
        time.sleep(1 / 120)
        ticks += 1
    assert ticks > 20, "the loop was held up"
    began = time.monotonic()
    source.close()
    assert time.monotonic() - began < HANG_S
    assert camera.devices[0].releases == 0  # a release while it reads would crash the process
    release.set()
    assert until(lambda: all(device.releases == 1 for device in camera.devices))
    assert camera.sound


def test_hanging_threads_are_limited(release: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.capture.live_source.BACKOFF_S", (0.02,))
    camera = FakeCamera(lambda: chain(islice(pictures(), 1), [hang(release)]))
    with LiveReader(camera, "cam", SourceOptions(stall_s=0.1, fps=30)) as source:
        assert until(lambda: "the driver does not answer" in source.note)
        time.sleep(0.3)
        assert len(camera.devices) == 3
        release.set()  # the driver answers again
        assert until(lambda: len(camera.devices) > 3)


def test_a_picture_that_stands_still_is_flagged_and_the_device_reopened() -> None:
    still = numbered_picture(1, 320, 180)

    def frozen() -> Iterator[np.ndarray]:
        while True:
            time.sleep(0.0005)
            yield still

    camera = FakeCamera(frozen, pictures)
    flagged = False
    with LiveReader(camera, "cam", SourceOptions()) as source:
        for frame in source:
            flagged |= "frozen" in frame.flags
            if frame.segment == 1:
                break
        assert flagged
        assert "frozen" not in frame.flags
    assert len(camera.devices) == 2
    assert camera.sound


def test_another_size_is_a_new_segment() -> None:
    camera = FakeCamera(lambda: chain(islice(pictures(), 5), pictures(size=(640, 360))))
    with LiveReader(camera, "cam", SourceOptions(width=320, height=180)) as source:
        assert source.note == ""
        frame = next(frame for frame in source if frame.size == (640, 360))
        assert frame.segment == 1
        assert source.info.size == (640, 360)
        assert source.note == "asked for 320x180, the device gives 640x360"


def test_a_backward_clock_is_corrected_and_an_hour_s_sleep_is_a_break() -> None:
    hour = 3600_000_000_000
    times = iter([0, 33_000_000, 33_000_000, 10_000_000, hour, *range(hour + 1, hour + 10_000)])
    step = threading.Semaphore(0)

    def one_by_one() -> Iterator[np.ndarray]:
        for number in range(10_000):
            step.acquire(timeout=2)
            yield numbered_picture(number, 320, 180)

    frames = []
    step.release()
    with LiveReader(FakeCamera(one_by_one), "cam", QUICK, now_ns=lambda: next(times)) as source:
        for _ in range(5):
            frames.append(source.read())
            step.release()
        assert source.corrections == 2
    assert [frame.stamp_ns for frame in frames if frame] == [0, 33_000_000, 33_000_001, 33_000_002, hour]
    assert [frame.segment for frame in frames if frame] == [0, 0, 0, 0, 1]


def test_a_machine_that_slept_starts_a_new_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    slept = [0]
    monkeypatch.setattr("realtime.capture.live_source._slept_ns", lambda: slept[0])
    with LiveReader(FakeCamera(pictures), "cam", QUICK) as source:
        first = source.read()
        slept[0] = 3600_000_000_000  # the monotonic clock itself has stood still
        assert until(lambda: (frame := source.latest(0.05)) is not None and frame.segment == 1)
        assert first is not None
        assert first.segment == 0


def test_a_useless_size_ends_the_source_with_an_error() -> None:
    camera = FakeCamera(lambda: chain(islice(pictures(), 3), repeat(np.zeros((8, 8, 3), np.uint8))))
    with LiveReader(camera, "cam", QUICK) as source, pytest.raises(SourceError, match="8x8"):
        for _ in range(100):
            source.read()
    with pytest.raises(SourceError, match="5000x20"):
        LiveReader(FakeCamera(lambda: repeat(np.zeros((20, 5000, 3), np.uint8))), "cam", QUICK)


def test_threads_do_not_pile_up_over_many_reopenings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.capture.live_source.BACKOFF_S", (0.001,))
    process = psutil.Process()
    camera = FakeCamera(lambda: chain(islice(pictures(0.001), 2), repeat(RuntimeError("gone"))))
    options = SourceOptions(stall_s=0.2)
    monkeypatch.setattr("realtime.capture.device_thread.FAILED_READS", 1)
    before = threading.active_count(), process.num_fds() if hasattr(process, "num_fds") else 0
    with LiveReader(camera, "cam", options):
        assert until(lambda: len(camera.devices) > 100, timeout=20)
        assert threading.active_count() <= before[0] + 3
    assert until(lambda: threading.active_count() <= before[0])
    if hasattr(process, "num_fds"):
        assert process.num_fds() <= before[1]
    assert camera.sound
