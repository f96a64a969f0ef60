"""Streams of a session against plain loops over its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from remade import RECORDED, SESSION, SIZE, recomputed, written

import realtime.session
from realtime.core.errors import SessionError, UsageError
from realtime.media.video_writer import VideoWriter
from realtime.session import Session
from realtime.session.read.rows import RecordedFrame, RecordedModel
from realtime.session.read.timeseries import Timeseries

NONE = np.full((478, 3), np.nan, np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two parts of two models, with pictures of the grey level 5 times the row."""
    with realtime.session.open(RECORDED) as session:
        results = recomputed(session, ["emotion@built-in", "au@v4"])
    place = tmp_path_factory.mktemp("streams") / "s"
    return written(place, [results[:17], results[17:]], says=range(5, 9), pictures=True)


@pytest.fixture(scope="module")
def session(folder: Path) -> Iterator[Session]:
    with realtime.session.open(folder) as session:
        yield session


def of_model(of: Callable[[RecordedModel], object], number: int = 0) -> Callable[[RecordedFrame], object]:
    return lambda row: of(row.models[number]) if row.models else None


def pose(model: RecordedModel) -> tuple[float, float, float]:
    return model.aligned.pose.pitch, model.aligned.pose.yaw, model.aligned.pose.roll


STREAMS: dict[str, tuple[Callable[[Session], Timeseries], tuple[int, ...], Callable[[RecordedFrame], object]]] = {
    "landmarks": (lambda s: s.landmarks, (478, 3), lambda r: None if r.landmarks is None else r.landmarks.points_px),
    "canonical": (lambda s: s.canonical, (478, 3), of_model(lambda m: m.aligned.mesh_canon)),
    "predicted": (lambda s: s.predicted, (478, 3), of_model(lambda m: m.predicted)),
    "adjusted": (lambda s: s.adjusted, (478, 3), of_model(lambda m: m.adjusted)),
    "features": (lambda s: s.features, (7,), of_model(lambda m: list(m.features.values.values()))),
    "pose": (lambda s: s.pose, (3,), of_model(pose)),
    "nme": (lambda s: s.nme, (), of_model(lambda m: m.nme)),
    "nme_adjusted": (lambda s: s.nme_adjusted, (), of_model(lambda m: m.nme_adjusted)),
    "skill": (lambda s: s.skill, (), of_model(lambda m: m.skill)),
    "skill_adjusted": (lambda s: s.skill_adjusted, (), of_model(lambda m: m.skill_adjusted)),
    "second model": (lambda s: s.model(1).adjusted, (478, 3), of_model(lambda m: m.adjusted, 1)),
    "network": (
        lambda s: s.network.emotions, (3,), lambda r: None if r.network is None else list(r.network.emotions.values())
    ),
    "valence": (lambda s: s.network.valence, (), lambda r: None if r.network is None else r.network.valence),
}  # fmt: skip


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_its_rows(session: Session, name: str) -> None:
    of, shape, value = STREAMS[name]
    stream = of(session)
    values = [value(session[row]) for row in range(len(session))]
    expected = np.array([np.full(shape, np.nan) if one is None else np.asarray(one, float) for one in values])
    assert 0 < np.isnan(expected.reshape(40, -1)[:, 0]).sum() < 40  # there are rows of both kinds
    assert len(stream) == 40 and stream.times.tolist() == session.times.tolist() and stream.shape == (40, *shape)
    assert np.array_equal(np.asarray(stream), expected.astype(stream.dtype), equal_nan=True)
    assert np.array_equal(np.stack(list(stream)), stream[:], equal_nan=True)
    for key in (slice(3, 30, 5), slice(None, None, -1), slice(15, 19), slice(50, 60), slice(-3, None)):
        assert np.array_equal(stream[key], stream[:][key], equal_nan=True)
        assert stream[key].shape == expected[key].shape
    assert np.array_equal(stream[-1], expected[-1].astype(stream.dtype), equal_nan=True)
    valid = session.valid[:]
    assert np.array_equal(stream[valid], stream[:][valid], equal_nan=True)
    assert np.array_equal(stream[[7, 3, 33]], stream[:][[7, 3, 33]], equal_nan=True)
    for row in (40, -41):
        with pytest.raises(IndexError):
            stream[row]
    times = [0, 49_000_000, 75_000_000, 10**12, -5]
    assert np.array_equal(stream.sample(times), stream[:][[0, 1, 1, 39, 0]], equal_nan=True)
    near = stream.sample(np.array([0, 49_000_000, 30_000_000, 10**12]), tolerance=1_000_000)
    assert np.array_equal(near[:2], stream[:2], equal_nan=True) and np.isnan(near[2:]).all()


def test_a_row_in_the_middle_of_two_is_the_earlier_one(session: Session) -> None:
    assert session.nme.sample(75_000_000)[0] == session.nme[1]
    assert session.nme.sample(75_000_001)[0] == session.nme[2]


def test_columns_have_names(session: Session) -> None:
    assert session.features.names[3] == "happiness" and session.pose.names == ("pitch", "yaw", "roll")
    assert np.array_equal(session.features["happiness"], session.features[:][:, 3], equal_nan=True)
    assert session.network is not None and session.network.emotions.names == ("Neutral", "Happy", "Sad")
    assert session.network.action_units["AU12"][7] == 0.07
    with pytest.raises(KeyError, match=r"happyness.*happiness"):
        session.features["happyness"]


def test_valid_is_yes_or_no(session: Session) -> None:
    assert session.valid[:].tolist() == [row not in (34, 35) for row in range(40)]
    assert session.valid.sample([0, 10**12], tolerance=1).tolist() == [True, False]


def test_seconds_are_not_taken_for_times(session: Session) -> None:
    with pytest.raises(UsageError, match="nanoseconds"):
        session.nme.sample([0.5])  # type: ignore[list-item]


def test_pictures_come_by_row_slice_and_time(session: Session) -> None:
    def level(picture: object) -> float:
        return round(float(np.mean(np.asarray(picture))) / 5)

    camera = session.camera
    assert [level(picture) for picture in camera] == list(range(40))
    assert [level(camera[row]) for row in (39, 3, 20, -1, 16, 17)] == [39, 3, 20, 39, 16, 17]
    some = camera[5:30:6]
    assert [level(picture) for picture in some] == [5, 11, 17, 23, 29] and level(some[-1]) == 29
    assert some.times.tolist() == session.times[5:30:6].tolist()
    assert camera[::-1].times.tolist() == session.times[::-1].tolist() and len(camera[50:]) == 0
    assert [level(p) for p in some[::2].sample([0, 10**12])] == [5, 29]
    assert camera.sample([1_000_000], tolerance=10) == [None]
    assert list(session.view) == [None] * 40


def test_only_what_is_asked_for_is_read(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    for part in session.parts:
        some = part.table.some
        monkeypatch.setattr(part.table, "some", lambda name, rows, some=some: (asked.extend(rows), some(name, rows))[1])
    session.landmarks[15:19], session.canonical[2]
    assert asked == [15, 16, 0, 1, 2]


def test_parts_with_other_models_are_read_one_by_one(tmp_path: Path) -> None:
    with realtime.session.open(RECORDED) as session:
        emotion, units = recomputed(session), recomputed(session, ["au@v4"])
    with realtime.session.open(written(tmp_path / "s", [emotion[:20], units[20:]])) as session:
        assert len(session.landmarks) == len(session) == 40 and session.table().num_rows == 40
        with pytest.raises(SessionError, match=r"emotion@built-in and au@.*session\.parts\[0\]\.streams"):
            _ = session.nme
        with pytest.raises(SessionError, match="no model 1"):
            session.model(1)
        first, second = (part.streams for part in session.parts)
        assert first.features.shape == (20, 7) and second.features.shape == (20, 20)
        assert second.nme[3] == session[23].models[0].nme
        assert second.times[0] == session.times[20]


def test_a_window_at_an_even_rate_has_no_picture_of_a_row(tmp_path: Path) -> None:
    with realtime.session.open(RECORDED) as session:
        results = recomputed(session)
    folder = written(tmp_path / "s", [results], config={"record": {"fps": 30}})
    with VideoWriter(folder / "view.mp4", SIZE, fps=30, start_ns=0, comment=f"{SESSION} 1 view") as video:
        for row in range(3):
            video.put(np.zeros((SIZE[1], SIZE[0], 3), np.uint8), row * 50_000_000, True)
    with realtime.session.open(folder) as session:
        with pytest.raises(SessionError, match=r"even rate .*session\.parts\[0\]\.view"):
            session.view[0]
        reader = session.parts[0].view
        assert reader is not None and len(list(reader)) == 4
