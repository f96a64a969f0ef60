"""Recordings that are split, reach back, run out of room: every frame is accounted for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from common import needs_bundled

from realtime.capture import open_source
from realtime.core.config import Config, RecordConfig
from realtime.core.frame_result import FrameResult
from realtime.core.resources import pyfeat_file
from realtime.core.types import Frame, SourceInfo
from realtime.media.video_reader import VideoReader
from realtime.pipeline.build import Pipeline
from realtime.pipeline.run import PipelineRun
from realtime.session.folder import read_info, stream_path
from realtime.session.read.session import open_session
from realtime.session.write import FrameRecord
from realtime.session.write.session_recorder import SessionRecording

RATE_NS = 33_333_333
SIZE = (128, 96)
WINDOW = np.random.default_rng(1).integers(0, 255, (64, 96, 3), dtype=np.uint8)
pytestmark = needs_bundled


def picture(number: int) -> np.ndarray:
    """Its number in a row of black and white cells, over noise that takes room."""
    image = np.random.default_rng(number).integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    for bit in range(12):
        image[:24, 10 * bit : 10 * bit + 10] = 255 if number >> bit & 1 else 0
    return image


def number_in(image: np.ndarray) -> int:
    return sum(1 << bit for bit in range(12) if image[12, 10 * bit + 5].mean() > 127)


@pytest.fixture(scope="module")
def known() -> Iterator[tuple[Pipeline, FrameResult]]:
    """A pipeline, and a result of it that every row says again."""
    with (
        Pipeline.from_config(Config().with_detect(emotion="inverse", pose_source="mesh")) as pipeline,
        open_source(str(pyfeat_file("tests/data/single_face.mp4"))) as source,
    ):
        frame = source.read()
        assert frame is not None
        yield pipeline, pipeline.step(frame)


class Tape:
    """Frames of one source, handed to a recording as the mirror does it."""

    def __init__(self, known: tuple[Pipeline, FrameResult], *, live: bool = False) -> None:
        pipeline, self._result = known
        info = SourceInfo("tape", live, SIZE, 30.0, None)
        # It only says what it is.
        source: Any = SimpleNamespace(info=info, skipped=0, damaged=0, state="live", own_pace=False)
        self._part = PipelineRun(Config(), source, pipeline)

    def booked(self, number: int) -> FrameRecord:
        frame = Frame(picture(number), number * RATE_NS, number, number * RATE_NS)
        return FrameRecord(replace(self._result, frame=frame), self._part.recorded, 0, 0)

    def record(self, folder: Path, count: int, **settings: object) -> SessionRecording:
        recording = SessionRecording(folder, RecordConfig(preset="ultrafast", **settings), lambda _: None)  # type: ignore[arg-type]
        for number in range(count):
            booked = self.booked(number)
            recording.append(booked, wait=True)
            recording.put(WINDOW, booked.result, wait=True)
        recording.stop()
        return recording


@pytest.mark.parametrize("settings", [{"split_min": 0.05}, {"split_mb": 1}])
def test_parts_hold_every_frame_once(
    tmp_path: Path, known: tuple[Pipeline, FrameResult], settings: dict[str, float]
) -> None:
    count = 200
    recording = Tape(known).record(tmp_path / "s", count, **settings)
    assert recording.failures == [] and not recording._watch._thread.is_alive()
    assert not any(closer.is_alive() for closer in recording._parts.closers)
    streams = recording.streams()
    for name in ("frames", "camera", "view"):
        counts = streams[name]
        assert counts.captured == counts.recorded + counts.dropped == count, name
    assert streams["frames"].dropped == streams["camera"].dropped == 0
    info = read_info(tmp_path / "s")
    assert info is not None and info.state == "closed" and len(info.parts) >= 2
    for name in ("frames", "camera"):
        assert sum(part.streams[name].recorded for part in info.parts) == count
    with open_session(tmp_path / "s") as session:
        assert session.notes == [] and len(session) == count
        assert np.array_equal(session.times, np.arange(count) * RATE_NS)
        for part, summary in zip(session.parts, info.parts, strict=True):
            assert len(part) == summary.streams["frames"].recorded == summary.streams["camera"].recorded
            assert summary.end_ns == part.times[-1] and part.info.start_ns == part.times[0]
            assert part.camera is not None and part.camera.comment == f"{info.session} {part.info.part} camera"
            numbers = [number_in(image) for _, image in part.camera]
            assert numbers == list(range(part.first, part.first + len(part)))
            shown = 0 if part.view is None else sum(1 for _ in part.view)
            assert shown == (summary.streams["view"].recorded if "view" in summary.streams else 0)
    if "split_min" in settings:
        assert [part.streams["frames"].recorded for part in info.parts] == [91, 91, 18]  # the first frame beyond 3 s
    else:
        for part in info.parts[:-1]:
            files = [stream_path(tmp_path / "s", stream, part.info.part) for stream in ("frames", "camera", "view")]
            assert sum(file.stat().st_size for file in files if file.exists()) >= 1_000_000


def test_a_recording_reaches_back_without_a_loss(tmp_path: Path, known: tuple[Pipeline, FrameResult]) -> None:
    """More pictures than the encoder's queue holds come at once, of a source that waits for nobody."""
    tape = Tape(known, live=True)
    before = [tape.booked(number) for number in range(150)]
    recording = SessionRecording(tmp_path / "s", RecordConfig(), lambda _: None)
    recording.reach_back(before)
    for number in range(150, 160):
        recording.append(tape.booked(number), wait=False)
    recording.stop()
    streams = recording.streams()
    assert {(name, counts.recorded, counts.dropped) for name, counts in streams.items()} == {
        ("frames", 160, 0),
        ("camera", 160, 0),
    }
    with open_session(tmp_path / "s") as session:
        assert [number_in(image) for image in map(session.picture, range(0, 160, 13)) if image is not None] == list(
            range(0, 160, 13)
        )


def test_room_is_watched(tmp_path: Path, known: tuple[Pipeline, FrameResult]) -> None:
    """No disk has as much room as is asked for here."""
    tape, said = Tape(known), []
    warned = SessionRecording(tmp_path / "warned", RecordConfig(warn_gb=1e9, stop_gb=0), said.append)
    ended = SessionRecording(tmp_path / "ended", RecordConfig(warn_gb=1e9, stop_gb=1e9), said.append)
    limit = time.monotonic() + 30
    number = 0
    while time.monotonic() < limit and not (said and ended.ended):
        for recording in (warned, ended):
            recording.append(tape.booked(number), wait=False)
        number += 1
        time.sleep(0.02)
    time.sleep(1.2)  # the room is looked at once more
    ended.append(tape.booked(number), wait=False)
    for recording in (warned, ended):
        recording.stop()
        assert not recording._watch._thread.is_alive()
    assert "record.stop_gb = 1e+09" in ended.ended
    assert ended.failures == [f"{ended.folder}: the recording ended: {ended.ended}."]
    assert not warned.ended and warned.failures == []
    assert [text for text in said if "free" in text] == said and len(said) == 1, "said once"
    for recording, taken in ((warned, number), (ended, number + 1)):
        frames = recording.streams()["frames"]
        assert frames.captured == frames.recorded + frames.dropped == taken
        assert pa.ipc.open_stream(recording.folder / "frames.arrow").read_all().num_rows == frames.recorded
    assert ended.streams()["frames"].dropped >= 1, "what came after the end is counted"


def test_a_seek_decodes_from_the_key_picture_before_it(
    tmp_path: Path, known: tuple[Pipeline, FrameResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    Tape(known).record(tmp_path / "s", 200)
    decoded: list[int] = []
    real = VideoReader._next
    monkeypatch.setattr(VideoReader, "_next", lambda self: decoded.append(1) or real(self))  # type: ignore[func-returns-value]
    with open_session(tmp_path / "s") as session:
        for row in (190, 3, 120, 199, 0, 77):
            decoded.clear()
            image = session.picture(row)
            assert image is not None and number_in(image) == row
            assert len(decoded) <= 15, f"{len(decoded)} pictures for row {row}"
