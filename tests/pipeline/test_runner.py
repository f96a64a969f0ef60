"""A pipeline over a source in a thread: nothing lost of a file, nothing computed in a pause, no hang at any end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from common import clip, needs_bundled
from mjpeg_server import MjpegServer

from realtime import Pipeline, load_config, open_source
from realtime.core.errors import SourceError
from realtime.core.types import FrameResult
from realtime.pipeline.runner import PipelineRunner

pytestmark = needs_bundled
CLIP = "single_face.mp4"


@pytest.fixture
def pipeline() -> Iterator[Pipeline]:
    with Pipeline.from_config(load_config(None, ["detect.tracker=bundled", "model.names=emotion@built-in"])) as made:
        yield made


def until(true: Callable[[], bool], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.01)


def all_of(feed: PipelineRunner, woken: threading.Event) -> list[FrameResult]:
    """Everything that comes, taken only when the feed has called."""
    results = []
    while True:
        assert woken.wait(20), "nobody was woken"
        woken.clear()
        running = feed.running
        while (result := feed.take()) is not None:
            results.append(result)
        if not running:
            return results


def test_every_frame_of_a_file_comes_in_order_and_the_end_wakes(pipeline: Pipeline) -> None:
    woken, booked = threading.Event(), []
    feed = PipelineRunner(
        open_source(clip(CLIP)), pipeline, woken.set, lossy=False, paced=False, booked=booked.append, segment=4
    )
    assert not feed.running
    feed.start()
    results = all_of(feed, woken)
    assert [result.frame.index for result in results] == list(range(72))
    assert booked == results
    assert {result.frame.segment for result in results} == {4}
    assert (feed.failure, feed.replaced) == (None, 0)
    feed.close()


def test_a_paced_file_takes_its_own_time(pipeline: Pipeline) -> None:
    """2.9 s of video; unpaced it is done in a fraction of that on any machine that can show it live."""
    woken = threading.Event()
    feed = PipelineRunner(open_source(clip(CLIP)), pipeline, woken.set, lossy=False, paced=True)
    began = time.monotonic()
    feed.start()
    results = all_of(feed, woken)
    assert time.monotonic() - began > 0.95 * (results[-1].stamp - results[0].stamp) / 1e9
    feed.close()


@pytest.mark.parametrize("lossy", [True, False])
def test_a_pause_computes_nothing_and_costs_a_file_no_frame(pipeline: Pipeline, lossy: bool) -> None:
    booked: list[FrameResult] = []
    feed = PipelineRunner(
        open_source(clip(CLIP)), pipeline, lambda: None, lossy=lossy, paced=False, booked=booked.append
    )
    feed.start()
    until(lambda: (feed.take(), len(booked) >= 20)[1], "twenty frames")
    feed.paused = True
    time.sleep(0.3)
    done = len(booked)
    for _ in range(50):
        time.sleep(0.01)
        feed.take()
    assert done < 60
    assert len(booked) <= done + 1  # one that waited to be taken
    feed.paused = False
    until(lambda: (feed.take(), not feed.running)[1], "the rest")
    assert [result.frame.index for result in booked] == list(range(72))
    feed.close()


def test_after_a_pause_a_live_source_goes_on_with_now(pipeline: Pipeline, camera: MjpegServer) -> None:
    booked: list[FrameResult] = []
    feed = PipelineRunner(
        open_source(camera.url), pipeline, lambda: None, lossy=True, paced=False, booked=booked.append
    )
    feed.start()
    until(lambda: len(booked) > 5, "frames")
    feed.paused = True
    time.sleep(0.3)
    done, skipped, sent = len(booked), feed.skipped, len(camera.sent_ns)
    time.sleep(1.0)
    assert len(booked) == done
    assert len(camera.sent_ns) - sent > 15, "the stream went on"
    assert feed.source.state == "live"
    assert feed.skipped - skipped <= 1, "what nobody wanted is not counted as skipped"
    resumed = time.monotonic_ns()
    feed.paused = False
    until(lambda: len(booked) > done + 3, "it goes on")
    assert all(result.frame.arrived_ns >= resumed for result in booked[done:])
    assert feed.take().frame.arrived_ns >= resumed  # type: ignore[union-attr]
    feed.close()


def test_a_camera_that_comes_back_in_a_pause_is_live_again(pipeline: Pipeline, camera: MjpegServer) -> None:
    feed = PipelineRunner(open_source(camera.url), pipeline, lambda: None, lossy=True, paced=False)
    feed.start()
    until(lambda: feed.take() is not None, "frames")
    feed.paused = True
    camera.mode = "close"
    until(lambda: feed.source.state == "lost", "the loss is noticed in a pause")
    camera.mode = "play"
    until(lambda: feed.source.state == "live", "and mended")
    feed.close()


def test_a_failure_is_carried_and_what_came_before_it_as_well(pipeline: Pipeline, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.mp4"
    content = clip("WolfgangLanger_Pexels.mp4").read_bytes()
    damaged.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    woken = threading.Event()
    feed = PipelineRunner(open_source(damaged), pipeline, woken.set, lossy=False, paced=False)
    feed.start()
    results = all_of(feed, woken)
    assert isinstance(feed.failure, SourceError)
    assert results
    feed.close()


def test_closing_is_prompt_while_a_camera_hangs_and_twice(pipeline: Pipeline, camera: MjpegServer) -> None:
    feed = PipelineRunner(open_source(camera.url), pipeline, lambda: None, lossy=True, paced=False)
    feed.start()
    until(lambda: feed.take() is not None, "frames")
    camera.mode = "stall"
    time.sleep(0.5)
    began = time.monotonic()
    feed.close()
    feed.close()
    assert time.monotonic() - began < 3
    assert (feed.running, feed.failure) == (False, None)


def test_a_source_can_be_handed_on(pipeline: Pipeline) -> None:
    source = open_source(clip(CLIP))
    first = PipelineRunner(source, pipeline, lambda: None, lossy=False, paced=False, frames=10)
    first.start()
    until(lambda: (first.take(), not first.running)[1], "ten frames")
    first.close(keep_source=True)
    booked: list[FrameResult] = []
    second = PipelineRunner(source, pipeline, lambda: None, lossy=True, paced=False, booked=booked.append)
    second.start(lambda: first.close(keep_source=True))
    until(lambda: not second.running, "the rest")
    assert [result.frame.index for result in booked] == list(range(10, 72))
    second.close()
