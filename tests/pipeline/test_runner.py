"""A run of a pipeline over a source: nothing lost of a file, nothing computed in a pause, no hang at any end."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from common import BLOCKED_S, clip, needs_bundled
from mjpeg_server import MjpegServer

from realtime import Pipeline, load_config, open_source
from realtime.capture import OpenSource
from realtime.core.config import Config
from realtime.core.errors import SourceError
from realtime.core.frame_result import FrameResult
from realtime.pipeline.run import PipelineRun

pytestmark = needs_bundled
CLIP = "single_face.mp4"
CONFIG = load_config(None, ["detect.tracker=bundled", "model.names=emotion@built-in"])


@pytest.fixture
def pipeline() -> Iterator[Pipeline]:
    with Pipeline.from_config(CONFIG) as made:
        yield made


def until(true: Callable[[], bool], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.01)


class Kept(list[FrameResult]):
    """A sink that keeps everything."""

    def accept(self, result: FrameResult) -> None:
        self.append(result)

    def close(self) -> None:
        pass


def run_of(
    source: OpenSource,
    pipeline: Pipeline,
    wake: Callable[[], None] = lambda: None,
    kept: Kept | None = None,
    **options: Any,
) -> PipelineRun:
    return PipelineRun(Config(), source, pipeline, wake, sinks=lambda run: [] if kept is None else [kept], **options)


def all_of(run: PipelineRun, woken: threading.Event) -> list[FrameResult]:
    """Everything that comes, taken only when the run has called."""
    results = []
    while True:
        assert woken.wait(20), "nobody was woken"
        woken.clear()
        running = run.running
        while (result := run.take()) is not None:
            results.append(result)
        if not running:
            return results


def test_every_frame_of_a_file_comes_in_order_and_the_end_wakes(pipeline: Pipeline) -> None:
    woken, kept = threading.Event(), Kept()
    run = run_of(open_source(clip(CLIP)), pipeline, woken.set, newest_only=False, paced=False, kept=kept)
    assert not run.running
    run.start()
    results = all_of(run, woken)
    assert [result.frame.index for result in results] == list(range(72))
    assert kept == results
    assert {result.frame.segment for result in results} == {0}
    assert (run.failure, run.undrawn) == (None, 0)
    run.close()


def test_a_paced_file_takes_its_own_time(pipeline: Pipeline) -> None:
    """2.9 s of video; unpaced it is done in a fraction of that on any machine that can show it live."""
    woken = threading.Event()
    run = run_of(open_source(clip(CLIP)), pipeline, woken.set, newest_only=False, paced=True)
    began = time.monotonic()
    run.start()
    results = all_of(run, woken)
    assert time.monotonic() - began > 0.95 * (results[-1].stamp - results[0].stamp) / 1e9
    run.close()


@pytest.mark.parametrize("lossy", [True, False])
def test_a_pause_computes_nothing_and_costs_a_file_no_frame(pipeline: Pipeline, lossy: bool) -> None:
    kept = Kept()
    run = run_of(open_source(clip(CLIP)), pipeline, lambda: None, newest_only=lossy, paced=False, kept=kept)
    run.start()
    until(lambda: (run.take(), len(kept) >= 20)[1], "twenty frames")
    run.paused = True
    time.sleep(0.3)
    done = len(kept)
    for _ in range(50):
        time.sleep(0.01)
        run.take()
    assert done < 60
    assert len(kept) <= done + 1  # one that waited to be taken
    run.paused = False
    until(lambda: (run.take(), not run.running)[1], "the rest")
    assert [result.frame.index for result in kept] == list(range(72))
    run.close()


def test_after_a_pause_a_live_source_goes_on_with_now(pipeline: Pipeline, camera: MjpegServer) -> None:
    kept = Kept()
    run = run_of(open_source(camera.url), pipeline, lambda: None, newest_only=True, paced=False, kept=kept)
    run.start()
    until(lambda: len(kept) > 5, "frames")
    run.paused = True
    time.sleep(0.3)
    done, skipped, sent = len(kept), run.skipped, len(camera.sent_ns)
    time.sleep(1.0)
    assert len(kept) == done
    assert len(camera.sent_ns) - sent > 15, "the stream went on"
    assert run.source.state == "live"
    assert run.skipped - skipped <= 1, "what nobody wanted is not counted as skipped"
    resumed = time.monotonic_ns()
    run.paused = False
    until(lambda: len(kept) > done + 3, "it goes on")
    assert all(result.frame.arrived_ns >= resumed for result in kept[done:])
    assert run.take().frame.arrived_ns >= resumed  # type: ignore[union-attr]
    run.close()


def test_a_camera_that_comes_back_in_a_pause_is_live_again(pipeline: Pipeline, camera: MjpegServer) -> None:
    run = run_of(open_source(camera.url), pipeline, lambda: None, newest_only=True, paced=False)
    run.start()
    until(lambda: run.take() is not None, "frames")
    run.paused = True
    camera.mode = "close"
    until(lambda: run.source.state == "lost", "the loss is noticed in a pause")
    camera.mode = "play"
    until(lambda: run.source.state == "live", "and mended")
    run.close()


def test_a_failure_is_carried_and_what_came_before_it_as_well(pipeline: Pipeline, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.mp4"
    content = clip("WolfgangLanger_Pexels.mp4").read_bytes()
    damaged.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    woken = threading.Event()
    run = run_of(open_source(damaged), pipeline, woken.set, newest_only=False, paced=False)
    run.start()
    results = all_of(run, woken)
    assert isinstance(run.failure, SourceError)
    assert results
    run.close()


def test_closing_is_prompt_while_a_camera_hangs_and_twice(pipeline: Pipeline, camera: MjpegServer) -> None:
    run = run_of(open_source(camera.url), pipeline, lambda: None, newest_only=True, paced=False)
    run.start()
    until(lambda: run.take() is not None, "frames")
    camera.mode = "stall"
    time.sleep(0.5)
    began = time.monotonic()
    run.close()
    run.close()
    assert time.monotonic() - began < BLOCKED_S
    assert (run.running, run.failure) == (False, None)


def test_a_source_can_be_handed_on(pipeline: Pipeline) -> None:
    source = open_source(clip(CLIP))
    first = run_of(source, pipeline, newest_only=False, frames=10)
    first.start()
    until(lambda: (first.take(), not first.running)[1], "ten frames")
    kept = Kept()
    with Pipeline.from_config(CONFIG) as following:
        second = run_of(source, following, newest_only=True, kept=kept, after=first)
        second.start(lambda: first.close(keep_source=True))
        until(lambda: not second.running, "the rest")
        assert second.failure is None
        assert [result.frame.index for result in kept] == list(range(10, 72))
        assert {result.frame.segment for result in kept} == {1}, "nothing is bridged from one run to the next"
        second.close()


def test_a_run_is_freed_while_the_next_one_runs(pipeline: Pipeline) -> None:
    """Models are switched all day: each run would otherwise keep all before it, with their trackers and models."""

    source = open_source(clip(CLIP))

    def handed_on(following: Pipeline) -> tuple[PipelineRun, weakref.ref[PipelineRun]]:
        first = run_of(source, pipeline, newest_only=False, frames=10)
        first.start()
        until(lambda: (first.take(), not first.running)[1], "ten frames")
        second = run_of(source, following, newest_only=False, after=first)
        second.start(lambda: first.close(keep_source=True))
        return second, weakref.ref(first)

    with Pipeline.from_config(CONFIG) as following:
        second, before = handed_on(following)
        until(lambda: second.take() is not None, "a result")
        gc.collect()
        assert second.running and before() is None
        second.close()


def test_results_in_the_thread_of_the_caller_come_after_the_sinks(pipeline: Pipeline) -> None:
    kept = Kept()
    run = run_of(open_source(clip(CLIP)), pipeline, kept=kept, screen=False, frames=20)
    for count, result in enumerate(run.results(), start=1):
        assert kept[-1] is result and len(kept) == count
    assert len(kept) == run.statistics.frames == 20
    assert run.take() is None
    run.close()


@pytest.mark.parametrize("newest_only", [True, False])
def test_closing_frees_a_run_that_waits_for_its_screen(pipeline: Pipeline, newest_only: bool) -> None:
    """A file's results wait until they are taken; nobody takes them any more."""
    run = run_of(open_source(clip(CLIP)), pipeline, newest_only=newest_only)
    run.start()
    until(lambda: run.statistics.frames > 1 or (not newest_only and run.statistics.frames == 1), "a result")
    run.close()
    assert not run.running and run.failure is None
    assert (run.undrawn > 0) is newest_only or run.statistics.frames < 72
