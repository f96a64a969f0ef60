"""Two faces before the program itself: recorded, read, and replayed to the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from common import clip, needs_bundled
from replaying import record, replay

import realtime.session
from realtime import open_source
from realtime.media.video_writer import VideoWriter

FRAMES = 40


@needs_bundled
def test_two_people_are_recorded_and_replayed(tmp_path: Path) -> None:
    with open_source(str(clip("single_face.mp4"))) as source:
        pictures = [frame.image for frame in source]
    height, width = pictures[0].shape[:2]
    video = VideoWriter(tmp_path / "two.mp4", (2 * width, height), 18)
    for at in range(FRAMES):
        both = np.hstack([pictures[at], pictures[-1 - at][:, ::-1]])
        video.put(np.ascontiguousarray(both), round(at * 1e9 / 30), True)
    video.close()
    record(tmp_path / "s", str(tmp_path / "two.mp4"), "detect.emotion=inverse", "record.video=false")
    with realtime.session.open(tmp_path / "s") as session:
        assert session.notes == [] and len(session) == FRAMES and session.parts[0].info.version == 2
        one, other = session.faces()
        assert one.frames >= FRAMES - 1 and other.frames >= FRAMES - 10 and one.chosen + other.chosen >= FRAMES - 1
        for row in range(20, FRAMES):
            faces = [face.landmarks for face in (session[row], *session[row].others)]
            left, right = sorted(face.points_px[:, 0].mean() for face in faces if face is not None)
            assert left < width < right
    told = replay(tmp_path / "s")["recomputed"]
    assert (told["rows"], told["missing"]) == (FRAMES, 0)
    assert {name: value for name, value in told.items() if name not in ("rows", "missing") and value} == {}
