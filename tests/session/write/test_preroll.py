"""A recording that reaches back behind the moment at which it was asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from common import clip, needs_bundled

import realtime.session
from realtime.capture import open_source
from realtime.core.config import Config, load_config
from realtime.core.frame_result import FrameResult
from realtime.pipeline.build import Pipeline
from realtime.pipeline.recording_sink import RecordingSink
from realtime.pipeline.run import PipelineRun
from realtime.session.write import Recorder

pytestmark = needs_bundled
ASKED_AT = 40  # the frame with which the recording is asked for


def record(config: Config, begin: Callable[[Recorder, int], None]) -> tuple[Recorder, list[FrameResult]]:
    """Run a clip of 72 frames through a part, `begin` called before each frame is booked."""
    results: list[FrameResult] = []
    recorder = Recorder(config.record, lambda _: None)

    class Recording(RecordingSink):
        def accept(self, result: FrameResult) -> None:
            begin(recorder, len(results))
            results.append(result)
            super().accept(result)

    source = open_source(clip("single_face.mp4"))
    pipeline = Pipeline.from_config(config)
    run = PipelineRun(config, source, pipeline, screen=False, sinks=lambda run: [Recording(recorder, run)])
    for _ in run.results():
        pass
    run.close()
    recorder.close()
    return recorder, results


@pytest.mark.parametrize(("preroll_s", "before"), [(0.5, 16), (0.0, 0), (30.0, ASKED_AT)])
def test_it_begins_so_many_seconds_earlier(tmp_path: Path, preroll_s: float, before: int) -> None:
    config = load_config(None, [f"record.preroll_s={preroll_s}", f"record.path={tmp_path / 'kept'}"])

    def begin(recorder: Recorder, number: int) -> None:
        if number == ASKED_AT:
            recorder.start(None)

    recorder, results = record(config, begin)
    assert recorder.failures == []
    first = ASKED_AT - before
    with realtime.session.open(tmp_path / "kept") as session:
        assert [session[row].frame for row in range(len(session))] == list(range(first, 72))
        assert session.times[0] == 0
        for row in (0, len(session) // 2, len(session) - 1):
            of = results[first + row]
            assert session.times[row] == of.stamp - results[first].stamp
            picture = session.picture(row)
            assert picture is not None
            assert cv2.PSNR(picture, of.frame.image) > 35
            other = results[first + row - 10 if row else first + 10].frame.image
            assert cv2.PSNR(picture, other) < 35, "another moment looks different"
            stored = session[row].landmarks
            assert of.landmarks is not None and stored is not None
            assert np.array_equal(stored.points_px, of.landmarks.points_px)


def test_what_was_remembered_is_of_one_recording_only(tmp_path: Path) -> None:
    """A second recording right after the first reaches back no further than to its end."""
    config = load_config(None, ["record.preroll_s=30", f"record.path={tmp_path / 'kept'}"])

    def begin(recorder: Recorder, number: int) -> None:
        if number in (10, 40):
            recorder.start(None)
        elif number == 30:
            recorder.stop()

    record(config, begin)
    with realtime.session.open(tmp_path / "kept") as one, realtime.session.open(tmp_path / "kept_2") as two:
        assert [row.frame for row in map(one.__getitem__, range(len(one)))] == list(range(30))
        assert [row.frame for row in map(two.__getitem__, range(len(two)))] == list(range(30, 72))
