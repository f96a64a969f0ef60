"""Records of several faces: whose they are, which is shown, what is said, and that no two faces share a past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from moving_faces import frame, moved

from realtime.core.frame_result import Chosen, Face, FrameResult
from realtime.core.status import Playback, Status
from realtime.view.mirror.headline import HeadlineReader
from realtime.view.mirror.history import History, Series
from realtime.view.mirror.model_facts import Caption
from realtime.view.mirror.people.roster import MOST_KEPT, FaceRoster
from realtime.view.mirror.timeline.recent import Recent

LIVE = Status(calibrated=True, emotion_source="appearance")
FPS = 30


class Watched:
    """A roster with its history, to which frames are shown."""

    def __init__(self, status: Status = LIVE) -> None:
        self.history = History()
        self.roster = FaceRoster(lambda: HeadlineReader([Caption("test")]), lambda: Recent(112.0))
        self.status = status
        self.now = self.segment = 0

    def see(self, faces: Sequence[Face], chosen: int | None = None, *, frames: int = 1, by_user: bool = False) -> None:
        """Frames with these faces, of which one is chosen; the first where none is named."""
        for _ in range(frames):
            self.now += 1
            one = frame(self.now / FPS, moved(0.5))
            which = chosen if chosen is not None else faces[0].track_id if faces else None
            result = replace(one, faces=tuple(faces), chosen=None if which is None else Chosen(which, by_user))
            result = result if which is None else result.of_face(which)
            stamped = [timed(face, one.stamp) for face in result.faces]
            result = replace(result, frame=replace(result.frame, segment=self.segment))
            self.roster.push(replace(result, faces=tuple(stamped)), self.status, self.history)

    def values(self, face: int | None = None) -> list[float]:
        """Residuals of a face by time, without gaps."""
        found = self.history.slices([Series("raw", face=face)], 0.0, self.history.now_s, 10_000).values[0]
        return [float(value) for value in found[np.isfinite(found)]]


def timed(face: Face, stamp_ns: int) -> Face:
    """A face of a frame; the stamp of its estimate was how much older that is."""
    estimate_ns = stamp_ns - face.estimate.stamp_ns
    models = [
        replace(model, features=model.features and replace(model.features, stamp_ns=estimate_ns))
        for model in face.estimate.models
    ]
    return replace(face, estimate=replace(face.estimate, stamp_ns=estimate_ns, models=tuple(models)))


def face(track_id: int, share: float | None = 0.5, residual: float = 5.0, **changes: object) -> Face:
    """A face of which so much is predicted (`share` None: it has no neutral), with this raw residual."""
    model = moved(0.5, identity=None) if share is None else moved(share, gained=share)
    raw = moved(0.5, identity=None).residual
    assert raw is not None
    model = replace(model, residual=replace(raw, nme=residual))
    found = frame(0.0, model).faces[0]
    return replace(found, track_id=track_id, estimate=replace(found.estimate, stamp_ns=0), **changes)  # type: ignore[arg-type]


def test_one_face_has_no_strip_and_goes_on_where_it_left() -> None:
    at = Watched()
    at.see([face(1)], frames=10)
    assert at.roster.strip == () and at.roster.others == ()
    at.see([], frames=2 * FPS)
    at.see([face(2, residual=7.0)], frames=5)  # a person who comes back alone has another number, and the same past
    assert at.roster.strip == () and set(at.values()) == {5.0, 7.0}
    assert len(at.roster.shown.recent.overview.times_s) > 10


def test_each_face_has_its_own_past_and_gaps_where_it_was_not_there() -> None:
    at = Watched()
    both = [face(1, residual=3.0), face(2, residual=9.0)]
    at.see(both, frames=20)
    assert set(at.values()) == {3.0}
    at.see(both[:1], frames=20)
    at.see(both, frames=5)
    (first,) = (record.key for record in at.roster.others for record in at.roster.strip if record is at.roster.shown)
    at.see(both, chosen=2, frames=10, by_user=True)
    assert at.roster.shown.track_id == 2 and set(at.values()) == {9.0}, "nothing of the first face"
    assert len(at.values()) < 45 and set(at.values(first)) == {3.0}
    slices = at.history.slices([Series("raw")], 0.0, at.history.now_s, 10_000)
    assert np.isnan(slices.values[0]).sum() >= 15, "a gap where it was not there"
    kept = {record.track_id: record.recent.overview.times_s for record in at.roster.strip}
    assert np.all(np.diff(kept[2]) >= 0) and len(kept[1]) == len(kept[2])


def test_vertices_are_kept_of_the_face_that_is_shown_alone() -> None:
    at = Watched()
    both = [face(1), face(2)]
    pin = Series("raw", vertex=7)
    at.see(both, frames=10)
    before = at.history.bytes
    at.see(both, chosen=2, frames=10)
    at.see(both, chosen=1, frames=10)
    values = at.history.slices([pin], 0.0, at.history.now_s, 10_000).values[0]
    known = np.isfinite(values)
    assert known.sum() in range(18, 23), "known while it was shown, and not made up in between"
    assert at.history.bytes > before


def test_after_the_ring_went_round_no_old_residual_of_a_vertex_stands_for_a_new_one() -> None:
    at = Watched()
    at.history = History(seconds=2.0)
    both = [face(1), face(2)]
    at.see(both, frames=8 * FPS)
    at.see(both, chosen=2, frames=FPS)
    at.see(both, chosen=1, frames=FPS // 2)
    now = at.history.now_s
    values = at.history.slices([Series("raw", vertex=7)], now - 1.4, now, 10_000)
    inside = (values.times_s > now - 1.3) & (values.times_s < now - 0.6)
    assert inside.sum() > 10 and np.isnan(values.values[0][inside]).all()
    assert np.isfinite(values.values[0][values.times_s > now - 0.4]).all()


def test_the_strip_comes_late_stays_a_while_and_comes_at_once_after_a_jump() -> None:
    at = Watched()
    at.see([face(1)], frames=30)
    at.see([face(1), face(2)], frames=5)
    assert at.roster.strip == (), "somebody who passes for a sixth of a second"
    at.see([face(1), face(2)], frames=10)
    assert [record.track_id for record in at.roster.strip] == [1, 2]
    at.see([face(1)], frames=FPS)
    assert [record.track_id for record in at.roster.strip] == [1, 2], "it may come back within a second"
    at.see([face(1)], frames=10)
    assert [record.track_id for record in at.roster.strip] == [1], "the window does not jump at once"
    at.see([face(1)], frames=3 * FPS)
    assert at.roster.strip == ()
    at.now += 100 * FPS  # a seek
    at.see([face(1), face(2)])
    assert [record.track_id for record in at.roster.strip] == [1, 2]


def test_the_order_stays_and_colours_are_kept() -> None:
    at = Watched()
    faces = [face(4), face(9), face(2)]
    at.see(faces, chosen=9, frames=20)
    assert [record.track_id for record in at.roster.strip] == [2, 4, 9]
    colors = {record.track_id: record.color for record in at.roster.strip}
    assert sorted(colors.values()) == [0, 1, 2] and at.roster.shown.track_id == 9
    at.see(faces, chosen=2, frames=20)
    assert {record.track_id: record.color for record in at.roster.strip} == colors
    at.see([face(4), face(2)], chosen=2, frames=2 * FPS)
    at.see([face(4), face(2), face(11)], chosen=2, frames=20)
    assert {record.track_id: record.color for record in at.roster.strip}[11] == colors[9], (
        "the colour of one that went is free"
    )


def test_what_is_said_of_each() -> None:
    at = Watched()
    old = face(3)
    old = replace(old, estimate=replace(old.estimate, stamp_ns=700_000_000))  # so much older than the frame
    at.see([face(1, 0.4), face(2, None), old, face(4, still=True)], frames=60)
    said = {record.track_id: record.words for record in at.roster.strip}
    assert said[1].number == ("predicted 40 %", "40 %") and said[1].emotion == ("happiness 80 %", "happiness")
    assert said[2].number == ("no neutral yet", "no neutral") and not said[2].note
    assert said[3].note == ("0.7 s old",)
    assert said[4].note[0] == "still picture"
    assert [record.calibrated for record in at.roster.strip] == [True, False, True, True]
    at.see([face(1, 0.4), face(2, None)], frames=3)
    assert {record.track_id: record.words.note[:1] for record in at.roster.strip}[3] == ("lost for a moment",)


def test_the_number_of_another_face_is_that_of_its_headline_when_it_is_shown() -> None:
    at = Watched()
    both = [face(1, 0.3), face(2, 0.7)]
    at.see(both, frames=60)
    (other,) = at.roster.others
    assert other.reader.brief[-1] == "70 %"
    at.see(both, chosen=2)
    assert at.roster.shown is other
    headline = other.reader.push(None, LIVE)
    assert headline is not None and other.reader.brief[-1] == "70 %", "at once, and not after a second"


def test_those_who_went_are_forgotten_in_the_end() -> None:
    at = Watched()
    for track_id in range(2, 40):
        at.see([face(1), face(track_id)], frames=15)
        at.see([face(1)], frames=2 * FPS)
        if track_id == 12:
            settled = at.history.bytes
    assert len(at.roster._records) <= MOST_KEPT
    assert at.history.bytes == settled, "columns of faces that went are used again"
    columns = list(at.history._column.values())
    assert len(set(columns)) == len(columns), "by one series each"
    assert set(at.values()) == {5.0}


def test_where_a_file_begins_again_the_face_that_is_shown_goes_on() -> None:
    """Its neutral does so in the pipeline; the others begin anew, and with the first colours."""
    at = Watched()
    at.see([face(1), face(2)], frames=40)
    shown = at.roster.shown
    at.segment = 1
    at.see([face(3), face(4)], frames=10)
    assert at.roster.shown is shown and shown.track_id == 3
    assert [(record.track_id, record.color) for record in at.roster.strip] == [(3, 0), (4, 1)]


def test_a_loop_of_a_file_and_a_replay_make_no_mess() -> None:
    at = Watched(replace(LIVE, playback=Playback(0.0, 60.0, 0, 1800, True, 1.0, False, 0.0, 60.0)))
    at.see([face(1), face(2)], frames=30)
    at.now = 0
    at.see([face(1), face(2)], frames=30)
    assert [record.track_id for record in at.roster.strip] == [1, 2]
    assert not len(at.roster.shown.recent.overview.times_s), "a replay has the overview of the recording"
    same: FrameResult = frame(99.0, moved(0.5))
    assert at.roster.push(same, at.status, at.history) and not at.roster.push(same, at.status, at.history)
    other = History()
    assert at.roster.push(same, at.status, other), "another history gets the frame that is shown"


def test_a_number_is_said_as_the_sentence_says_it() -> None:
    at = Watched()
    at.see([face(1, 0.3), face(2, 0.0), face(3, -0.9)], frames=90)
    said = {record.track_id: record.words.number[0] for record in at.roster.strip}
    assert said == {1: "predicted 30 %", 2: "next to nothing", 3: "worse than at rest"}
