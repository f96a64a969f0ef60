"""How the clip of the demo is told: in which order, and with which neutral."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from common import clip, needs_bundled

from realtime import Pipeline, load_config, open_source
from realtime.app.demo_story import CLIP, CLIP_END_S, DEMO_STORY
from realtime.app.live import run_mirror
from realtime.app.run_options import RunOptions
from realtime.app.story import Story, StoryNeutral
from realtime.core.resources import pyfeat_file
from realtime.core.view_options import View
from realtime.geometry import eye_aspect_ratio
from realtime.pipeline.rest_findings import LEAST_EYE_RATIO
from realtime.view.mirror.timed_captions import FADE_S, TimedCaption


def test_the_captions_say_in_order_what_is_seen_and_leave_time_to_read() -> None:
    captions = DEMO_STORY.captions
    assert captions[0].opacity(0.0) == 1.0  # the picture that a player shows before it is started
    assert all(before.end_s == after.start_s for before, after in pairwise(captions))
    assert captions[-1].opacity(DEMO_STORY.end_s) == 1.0 and captions[-1].start_s == CLIP_END_S
    assert 20 <= DEMO_STORY.end_s <= 30
    for words, caption in zip(
        ("you", "emotions predict", "difference", "Before calibration", "After calibration", "", "meshmirror"),
        captions, strict=True,
    ):  # fmt: skip
        assert words in caption.text
        readable_s = caption.end_s - caption.start_s - 2 * FADE_S
        assert len(caption.text) / readable_s < 22  # letters a second; subtitles have 17 to 21
    assert [caption.view for caption in captions[:3]] == [View.CAMERA, View.PREDICTED, View.HEAT]
    before, after = captions[3:5]
    assert DEMO_STORY.neutral_at_s + DEMO_STORY.neutral_s < before.start_s  # what is shown raw could be adjusted
    assert before.end_s == DEMO_STORY.adjusted_at_s == after.start_s


@needs_bundled
def test_the_neutral_of_the_demo_has_open_eyes_and_its_first_part_has_none() -> None:
    start_s, stop_s = DEMO_STORY.neutral_at_s - 0.3, DEMO_STORY.neutral_at_s + DEMO_STORY.neutral_s + 0.2
    config = load_config(None, ["detect.emotion=inverse"])
    with open_source(str(pyfeat_file(CLIP))) as frames, Pipeline.from_config(config) as pipeline:
        sink = StoryNeutral(DEMO_STORY, pipeline)
        for result in pipeline.run(f for f in frames if start_s <= f.stamp_ns / 1e9 <= stop_s):
            if result.stamp < DEMO_STORY.neutral_at_s * 1e9:
                assert pipeline.calibration.state == "idle" and pipeline.identity is None
            sink.accept(result)
        identity = pipeline.identity
        assert identity is not None and identity.info is not None, pipeline.calibration.note
        assert eye_aspect_ratio(identity.neutral_canon) > 1.3 * LEAST_EYE_RATIO
        assert {f.kind for f in identity.info.findings} == {"open_mouth", "smile"}  # said, since the clip has no rest
        begun = pipeline.calibration.accepted
        late = StoryNeutral(DEMO_STORY, pipeline)  # of a run that begins later, as after a change of models
        late.accept(result)
        assert pipeline.calibration.state == "idle" and pipeline.calibration.accepted is begun


@needs_bundled
def test_a_told_clip_is_calibrated_in_its_own_time_and_its_last_picture_is_held(tmp_path: Path) -> None:
    """In the clip's own frames a second, whatever this machine takes for them; with a limit of frames nothing more."""
    video = tmp_path / "told.mp4"
    story = Story((TimedCaption("A face", 0.0, 3.0),), neutral_at_s=0.2, neutral_s=0.7, adjusted_at_s=1.5, end_s=3.0)
    config = load_config(
        None, ["detect.emotion=inverse", "view.stage=true", "view.width=640", "view.height=360"],
        {"source.path": str(clip("single_face.mp4")), "record.path": video},
    )  # fmt: skip
    report = run_mirror(config, RunOptions(headless=True, story=story))
    assert report.frames == 72 and report.nme_adjusted is not None
    assert report.recorded == 91  # 72 at 30 a second, the first at 0 s, and as many as there are until 3 s
    with av.open(str(video)) as made:
        times = [float(frame.time) for frame in made.decode(video=0)]
    assert len(times) == 91 and times[-1] == pytest.approx(3.0, abs=0.01)
    assert [later - time for time, later in pairwise(times)] == pytest.approx([1 / 30] * 90, abs=0.002)  # an even pace
    short = run_mirror(
        config.model_copy(update={"record": config.record.model_copy(update={"path": tmp_path / "short.mp4"})}),
        RunOptions(headless=True, story=story, frames=3),
    )
    assert (short.frames, short.recorded) == (3, 3)


@needs_bundled
@pytest.mark.parametrize("record", ["film.mp4", None])
def test_how_fast_this_machine_draws_is_not_in_the_recorded_picture_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: str | None
) -> None:
    from realtime.view import open_offscreen
    from realtime.view.paint.painter import Painter

    written, text = set[str](), Painter.text

    def noted(p: Painter, words: str, *rest: Any, **named: Any) -> float:
        written.add(words)
        return text(p, words, *rest, **named)

    monkeypatch.setattr(Painter, "text", noted)
    config = load_config(
        None, ["detect.emotion=inverse", "view.width=1280", "view.height=720"],
        {"source.path": str(clip("single_face.mp4")), "record.path": None if record is None else tmp_path / record},
    )  # fmt: skip
    run_mirror(config, RunOptions(frames=5, open_window=lambda title, size, *_, **__: open_offscreen(size)))
    assert any(words.endswith("fps") for words in written) == (record is None)
