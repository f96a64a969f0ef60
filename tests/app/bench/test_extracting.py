"""An extraction beside the bare loop: both see every frame of the same videos."""

from pathlib import Path

import pytest
from common import clip, give_appearance, needs_appearance, needs_bundled

from realtime.app.bench import extracting
from realtime.app.bench.bare_loop import bare_loop
from realtime.app.bench.beside_bare_loop import copies
from realtime.core.config import load_config
from realtime.pipeline.content_hash import content_hash


@needs_bundled
def test_the_bare_loop_finds_the_face_of_every_frame():
    assert bare_loop(clip("single_face.mp4")) == (72, 72)


@pytest.mark.slow
@needs_appearance
@needs_bundled
def test_both_are_measured_on_the_same_videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    give_appearance(tmp_path)
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path))
    monkeypatch.setattr(extracting, "CLIP", "tests/data/single_face.mp4")
    videos = list(copies([extracting.CLIP], tmp_path, 3))
    assert len({content_hash(video) for video in videos}) == 3 and bare_loop(videos[2]) == (72, 72)
    found = extracting.extract_speed(load_config(), 1, lambda text: None)
    assert found.frames == 72 * found.videos == found.bare_faces and found.rows > 0 and found.emotions == "appearance"
    assert found.ratio == pytest.approx(found.frames_a_second / found.bare_frames_a_second)
    (target,) = extracting.extract_targets(found)
    assert target[1:] == (found.ratio, 0.8, "at least")
