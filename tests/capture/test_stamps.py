"""Times, breaks, options and the shape of a picture."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from realtime.capture.source import FrameMaker, SegmentCounter, SourceOptions, StampClock, check_frame, check_size
from realtime.core.errors import SourceError, UsageError

SECOND = 1_000_000_000
MS = 1_000_000


def test_the_clock_moves_what_does_not_grow() -> None:
    clock = StampClock()
    stamps = [clock.stamp(ms * MS) for ms in (0, 33, 33, 10, 66, -5)]
    assert stamps == [0, 33 * MS, 33 * MS + 1, 33 * MS + 2, 66 * MS, 66 * MS + 1]
    assert clock.corrections == 3
    assert all(isinstance(stamp, int) for stamp in stamps)


def test_the_clock_holds_its_promise_on_10000_random_sequences() -> None:
    random = np.random.default_rng(14)
    for _ in range(10_000):
        spread = int(10 ** random.integers(0, 19))
        times = [int(t) for t in random.integers(-spread, spread, size=random.integers(1, 12))]
        clock = StampClock()
        stamps = [clock.stamp(t) for t in times]
        assert all(b > a for a, b in pairwise(stamps))
        assert stamps[0] == times[0]
        # Never later than needed: a time is either its own, or one after the time before it.
        moved = [(s, t, p) for s, t, p in zip(stamps[1:], times[1:], stamps, strict=False) if s != t]
        assert all(s == p + 1 and t <= p for s, t, p in moved)
        assert clock.corrections == len(moved)


def test_a_nanosecond_survives_where_a_float_of_seconds_would_lose_it() -> None:
    late = 400 * 24 * 3600 * SECOND + 1  # a machine that has been up for 400 days
    clock = StampClock()
    assert clock.stamp(late) == late
    assert clock.stamp(late + 1) == late + 1
    assert clock.corrections == 0


def test_segments_count_gaps_sizes_and_reopenings_once_each() -> None:
    segments = SegmentCounter()
    vga, hd = (640, 480), (1280, 720)
    assert segments.count(0, vga) == 0
    assert segments.count(SECOND, vga) == 0  # exactly a second is no gap
    assert segments.count(2 * SECOND + 1, vga) == 1
    assert segments.count(2 * SECOND + 2, hd) == 2
    assert segments.count(2 * SECOND + 3, hd, reopened=True) == 3
    assert segments.count(3603 * SECOND, vga, reopened=True) == 4  # an hour's sleep, reopened, other size: one break


def test_the_first_frame_is_segment_0_even_after_a_reopening() -> None:
    assert SegmentCounter().count(5, (64, 64), reopened=True) == 0


def test_frames_are_numbered_and_dated() -> None:
    maker = FrameMaker()
    image = np.zeros((48, 64, 3), np.uint8)
    first, second = maker.make(image, 7), maker.make(image, 7, arrived_ns=99)
    assert (first.index, second.index) == (0, 1)
    assert (first.stamp_ns, second.stamp_ns, second.arrived_ns) == (7, 8, 99)
    assert first.size == (64, 48)


@pytest.mark.parametrize("shape", [(0, 0, 3), (16, 15, 3), (15, 16, 3), (64, 64), (64, 64, 4), (64, 64, 1)])
def test_a_wrong_shape_does_not_pass(shape: tuple[int, ...]) -> None:
    with pytest.raises(SourceError, match="cam:"):
        check_frame(np.zeros(shape, np.uint8), "cam")


def test_a_wrong_type_does_not_pass() -> None:
    with pytest.raises(SourceError, match="float32"):
        check_frame(np.zeros((64, 64, 3), np.float32), "cam")  # type: ignore[arg-type]


def test_a_view_becomes_contiguous_with_the_same_pixels() -> None:
    image = np.random.default_rng(0).integers(0, 255, (16, 17, 3), dtype=np.uint8)
    checked = check_frame(image[:, ::-1], "cam")
    assert checked.flags.c_contiguous
    assert (checked == image[:, ::-1]).all()
    assert check_frame(image, "cam") is image


def test_huge_is_refused_unless_forced() -> None:
    check_size(4096, 4096, "x", force=False)
    with pytest.raises(SourceError, match=r"x: pictures are 4097x16.*force"):
        check_size(4097, 16, "x", force=False)
    check_size(4097, 16, "x", force=True)


@pytest.mark.parametrize(
    "wrong", [{"width": 0}, {"fps": -1.0}, {"stall_s": 0.0}, {"raw_fps": float("nan")}, {"fourcc": "MJ"}]
)
def test_options_out_of_range_are_a_usage_error(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        SourceOptions(**wrong)  # type: ignore[arg-type]
