"""What is computed in a replay is what was recorded: for every source of features, in every order, of every part."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from altered_sessions import alter_info
from common import clip, needs_bundled, needs_task, task_file
from mjpeg_server import MjpegServer
from pose_responses import moved_by_loops, respond
from pyfeat_network import Network
from remade import RECORDED, copied
from replaying import Hand, computed, record, replay

import realtime.session
from realtime import load_model
from realtime.app.mirror import Mirror
from realtime.core.commands import Action, Choose, Seek
from realtime.core.errors import ModelFileError, SessionError
from realtime.core.frame_result import FrameResult
from realtime.core.resources import pyfeat_file
from realtime.detect.landmarks.face_landmarker import BLENDSHAPES
from realtime.export.tables.selection import Selection
from realtime.export.trim import trim
from realtime.geometry import ValidityLimits, mixed_with_pose
from realtime.model import built_in
from realtime.model.file import write_model
from realtime.pipeline.replay.control import ReplayOptions
from realtime.pipeline.replay.recomputed import NAMES
from realtime.pipeline.replay.recorded_models import is_recorded, recorded_models

pytestmark = needs_bundled
EXACT = 1e-6
SMILE = str(clip("single_face.mp4"))
UNITS = str(pyfeat_file("resources/au_to_mesh_pls_v4.npz"))
OTHERS = ReplayOptions(other_models=True)


def pose(mode: str) -> Any:
    return lambda mirror: mirror.runs.current.pipeline.choose_pose(mode)


def calibrate(mirror: Mirror) -> None:
    mirror.runs.current.pipeline.calibrate(0.6)


@pytest.fixture(scope="module")
def inverse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models driven by their inverse; the identity comes in the middle, and the pose is another three times."""
    folder = tmp_path_factory.mktemp("inverse") / "session"
    said = record(
        folder, SMILE, f'model.names=["emotion@built-in", "{UNITS}"]', "model.amber_deg=2.5",
        during={3: calibrate, 10: pose("live"), 34: pose("zero"), 50: pose("live")},
    )  # fmt: skip
    assert any("Neutral calibrated" in line for line in said)
    return folder


def check_exact(report: dict[str, Any], rows: int | None = None, names: tuple[str, ...] = NAMES) -> None:
    found = report["recomputed"]
    assert found["rows"] == report["rows"] == report["frames"] == (rows or report["rows"])
    assert found["missing"] == 0
    assert {name: found[name] for name in names if found[name] is None or found[name] > EXACT} == {}


def test_recomputed_is_recorded_with_two_models_and_all_that_changed_meanwhile(inverse: Path) -> None:
    report = replay(inverse)
    check_exact(report, 72)
    with realtime.session.open(inverse) as session:
        rows = [session[row].models[0] for row in range(72)]
        used = [(model.frame, model.composition) for model in session.parts[0].info.models]
    assert used == [("corrected", 2), ("corrected", None)]
    assert {row.pose_mode for row in rows} == {"live", "zero"}
    calibrated = [row.identity is not None for row in rows]
    assert not any(calibrated[:5]) and all(calibrated[-40:])
    # The mean head pose of the frames before, most of which made the neutral: amber frames count from it.
    identity, first = rows[-1].identity, calibrated.index(True)
    assert identity is not None and identity.rest is not None
    before = np.mean([row.aligned.pose.pitch for row in rows[first - 12 : first]])
    assert identity.rest.pitch == pytest.approx(before, abs=0.01)
    amber = report["amber"]
    assert 0 < amber < 72 and amber == sum(
        bool(mixed_with_pose(row.aligned.pose, row.identity, ValidityLimits(amber_deg=2.5))) for row in rows
    )
    assert [model["name"] for model in report["models"]] == ["emotion@built-in", "au_to_mesh_pls_v4"]


def test_a_pose_response_is_recorded_and_replayed_exactly(tmp_path: Path) -> None:
    """It comes in the middle, for two models; the pose that is chosen afterwards does not take it away."""

    def give_response(mirror: Mirror) -> None:
        assert all(map(respond, mirror.runs.current.pipeline.predictors))

    folder = tmp_path / "session"
    record(
        folder, SMILE, f'model.names=["emotion@built-in", "{UNITS}"]',
        during={1: calibrate, 30: pose("live"), 40: give_response, 55: pose("zero"), 60: pose("live")},
    )  # fmt: skip
    check_exact(replay(folder), 72)
    with realtime.session.open(folder) as session:
        rows = [session[row].models[0] for row in range(72)]
        responses = [None if row.identity is None else row.identity.response for row in rows]
        assert responses[38] is None and rows[38].pose_mode == "live"
        assert all(row.pose_mode == "zero" for row, known in zip(rows, responses, strict=True) if known is not None)
        last, response = rows[-1], responses[-1]
        assert response is not None and last.identity is not None and last.predicted is not None
        assert last.identity.rest == response.rest and not response.slopes_canon.flags.writeable
        moved = moved_by_loops(response, last.aligned.pose)
        assert np.abs(moved).max() > 0.1
        expected = last.predicted + last.identity.offset_canon + moved
        assert last.adjusted is not None
        np.testing.assert_allclose(last.adjusted, expected, atol=1e-3)
        np.testing.assert_array_equal(session.adjusted[71], last.adjusted)
        trim(Selection(session, session.times[-10] / 1e9 - 0.01, None), tmp_path / "cut")
    check_exact(replay(tmp_path / "cut"), 10)
    with realtime.session.open(tmp_path / "cut") as session:
        identity = session[0].models[0].identity
        assert identity is not None and identity.response is not None
        np.testing.assert_array_equal(identity.response.slopes_canon, response.slopes_canon)


def test_a_row_is_what_it_is_in_any_order(inverse: Path) -> None:
    """Row 50, then 3, then 51: no pose, identity or pair of another row is left over."""
    with realtime.session.open(inverse) as session:
        in_order = computed(session, list(range(72)))
        order = [50, 3, 51, 71, 0, 34, 33, 33, 8, 60]
        for row, result in zip(order, computed(session, order), strict=True):
            same(result, in_order[row])
            stored = session[row]
            assert result.stamp == stored.stamp_ns and result.frame.index == stored.frame
            assert result.warm_up == stored.warm_up
            assert [model.predicted.pose is None for model in result.models if model.predicted] == [
                model.pose_mode == "zero" for model in stored.models
            ]


def same(one: FrameResult, other: FrameResult) -> None:
    assert (one.stamp, one.warm_up, one.validity) == (other.stamp, other.warm_up, other.validity)
    assert len(one.models) == len(other.models)
    for mine, theirs in zip(one.models, other.models, strict=True):
        assert mine.predicted is not None and theirs.predicted is not None
        np.testing.assert_array_equal(mine.predicted.mesh_canon, theirs.predicted.mesh_canon)
        assert mine.features is not None and theirs.features is not None
        assert mine.features.values == theirs.features.values
        assert mine.identity is theirs.identity or (
            mine.identity is not None
            and theirs.identity is not None
            and np.array_equal(mine.identity.offset_canon, theirs.identity.offset_canon)
        )


def rewritten(session: Path, folder: Path, change: Callable[[pa.Table], pa.Table]) -> Path:
    """The table of a session, changed, as a session of its own."""
    folder.mkdir()
    with pa.ipc.open_stream(session / "frames.arrow") as stream:
        table = change(stream.read_all())
    with pa.ipc.new_stream(folder / "frames.arrow", table.schema) as out:
        out.write_table(table)
    return folder


def test_a_difference_in_the_file_is_found(inverse: Path, tmp_path: Path) -> None:
    """One landmark of one row moved by a hundredth of the face: the check that all others rest on can fail."""

    def move(table: pa.Table) -> pa.Table:
        meshes = table["landmarks"].combine_chunks().flatten().to_numpy().reshape(-1, 478, 3).copy()
        meshes[40, 61, 0] += 2.0
        at = table.schema.names.index("landmarks")
        field = table.schema.field(at)
        return table.set_column(at, field, pa.FixedSizeListArray.from_arrays(pa.array(meshes.ravel()), type=field.type))

    moved = rewritten(inverse, tmp_path / "moved", move)
    found = replay(moved)["recomputed"]
    assert found["observed"] > 1e-3 and found["predicted"] > 1e-4 and found["nme"] > 1e-4


def test_a_recording_goes_on_with_other_models_and_so_does_its_replay(tmp_path: Path) -> None:
    """Two parts of different models, one split in two by its size: every row by the models of its own part."""
    folder = tmp_path / "session"

    def others(mirror: Mirror) -> None:
        mirror._actions.handle(Choose("models", (UNITS,)), None, None)

    def done(mirror: Mirror) -> bool:
        return mirror.runs.current.models[0].name == "au_to_mesh_pls_v4" and mirror.runs.current.statistics.frames > 70

    record(folder, SMILE, "source.loop=true", "record.split_mb=1", during={12: others}, until=done)
    with realtime.session.open(folder) as session:
        models = [part.info.models[0].name for part in session.parts]
        assert len(models) >= 3 and models[0] == "emotion@built-in" and models[-1] == "au_to_mesh_pls_v4"
        rows = len(session)
    report = replay(folder)
    assert report["recomputed"]["rows"] == report["rows"] == rows
    assert report["recomputed"]["missing"] == 0 and report["recomputed"]["predicted"] <= EXACT
    assert [part["model"] for part in report["earlier"]] == ["emotion@built-in"]
    assert report["frames"] + report["earlier"][0]["frames"] == rows
    with ExitStack() as stack:  # under a hand: over the border and back, each row by its own model
        hand = Hand(folder, stack)
        border = next(at for at in range(rows) if hand.replay._session[at].models[0].name != "emotion@built-in")
        hand.rests_at(border - 1)
        for action, row, model in (
            (Action.STEP, border, "au_to_mesh_pls_v4"), (Action.STEP_BACK, border - 1, "emotion@built-in"),
            (Action.LAST, rows - 1, "au_to_mesh_pls_v4"), (Action.FIRST, 0, "emotion@built-in"),
        ):  # fmt: skip
            hand.ask(action)
            hand.shows(row)
            assert [result.model for result in hand.shown.models] == [model]
        hand.ask(Seek(float(hand.replay._session.times[border - 4]) / 1e9), Action.PAUSE)
        hand.until(lambda: hand.playback.row > border + 2, "it plays over the border")
        assert hand.replay.report().recomputed.predicted <= EXACT


def test_the_networks_words_stand_beside_the_faces_on_which_they_were_said(
    prepared_network: Network, camera: MjpegServer, tmp_path: Path
) -> None:
    """Live, the network answers at its own rate, so that a row's emotions are of an older face than its landmarks."""
    folder, weights = tmp_path / "session", prepared_network.weights.path
    spoken: set[int] = set()

    def enough(mirror: Mirror) -> bool:
        shown = mirror._shown
        if shown is not None and shown.network is not None:
            spoken.add(shown.network.stamp_ns)
        return len(spoken) >= 12 or time.monotonic() > end

    end = time.monotonic() + 90
    record(
        folder, camera.url, "detect.emotion=pyfeat", f"detect.pyfeat_weights={weights}", "detect.pose_source=pyfeat",
        "model.pose=live", until=enough,
    )  # fmt: skip
    with realtime.session.open(folder) as session:
        rows = [session[at] for at in range(len(session))]
        ages = [row.stamp_ns - row.models[0].stamp_ns if row.models else 0 for row in rows]
        words = [row.network is not None for row in rows]
        assert sum(words) >= 12 and max(ages) > 0, "no row has older emotions than its picture"
        order = [words.index(True), len(words) - 1, len(words) - 3, words.index(True) + 1]
        alone = [computed(session, [row])[0] for row in order]
        for result, other in zip(computed(session, order), alone, strict=True):
            same(result, other)
    check_exact(replay(folder), names=("observed", "predicted", "features", "nme", "skill", "parts"))
    # A recording that began a moment later: its first rows have emotions of faces that are not in it.
    late = next(at for at, age in enumerate(ages) if words[at] and age > 0 and at > 2)
    later = rewritten(folder, tmp_path / "later", lambda table: table.slice(late))
    found = replay(later)["recomputed"]
    assert found["missing"] == 0 and max(found[name] for name in ("observed", "predicted", "features")) <= EXACT


def test_the_networks_words_on_a_file(prepared_network: Network, tmp_path: Path) -> None:
    folder, weights = tmp_path / "session", prepared_network.weights.path
    record(folder, SMILE, f"detect.pyfeat_weights={weights}", "detect.emotion=pyfeat")
    report = replay(folder)
    check_exact(report, 72, names=("observed", "predicted", "features", "nme"))
    assert report["models"][0]["feature_sources"] == {"pyfeat": 72}
    others = replay(folder, f"model.names={UNITS}", options=OTHERS)
    assert others["models"][0]["feature_sources"] == {"pyfeat": 72}, "stored words drive another model as well"


@needs_task
def test_mediapipes_blendshapes_drive_a_model_again(tmp_path: Path) -> None:
    units = load_model(Path(UNITS))
    path = tmp_path / "shapes.npz"
    names = BLENDSHAPES[1 : 1 + len(units.feature_columns)]
    write_model(units.replaced(feature_columns=names, feature_name="blendshape"), path)
    folder = tmp_path / "session"
    record(folder, SMILE, "detect.tracker=task", f"detect.task_file={task_file()}", f"model.names={path}")
    report = replay(folder)
    check_exact(report, 72, names=("observed", "predicted", "features", "nme"))
    assert report["models"][0]["feature_sources"] == {"mediapipe": 72}


def test_a_recording_is_replayed_with_the_composition_and_the_depth_that_it_names(tmp_path: Path) -> None:
    """A session that names none has the first composition with its depth as filed, whatever is loaded today."""
    with realtime.session.open(RECORDED) as session:
        [model] = recorded_models(session.parts[0].info, session.folder)
        first = built_in(1)
        np.testing.assert_array_equal(model.intercept, first.intercept)
        np.testing.assert_array_equal(model.anchors, first.anchors)
        assert not is_recorded(load_model("emotion@built-in"), session.parts[0].info.models[0])
    check_exact(replay(copied(tmp_path / "old")), names=("observed", "predicted", "features", "nme", "nme_adjusted"))
    filed = tmp_path / "filed"
    record(filed, SMILE, "model.frame=as-filed")
    with realtime.session.open(filed) as session:
        assert [(one.frame, one.composition) for one in session.parts[0].info.models] == [("as-filed", 2)]
    check_exact(replay(filed), 72, names=("observed", "predicted", "features", "nme"))
    newer = alter_info(copied(tmp_path / "newer"), lambda info: info["models"][0].update(composition=9))
    with pytest.raises(ModelFileError, match=r"(?s)Composition 9.*Update.*--model NAME"):
        replay(newer)


def test_another_model_on_an_old_recording_is_what_it_would_have_been(inverse: Path, tmp_path: Path) -> None:
    """The second model alone: its features are its own, and its identity follows from the recorded neutral of the
    first; at pose zero it is the one that was recorded for it.
    """
    live = tmp_path / "live"
    record(live, SMILE, f"model.names={UNITS}", "model.pose=zero",
           during={3: calibrate})  # fmt: skip
    emotion = tmp_path / "emotion"
    record(emotion, SMILE, "model.pose=live", during={3: calibrate})
    with realtime.session.open(live) as session, realtime.session.open(emotion) as other:
        then = session[71].models[0]
        [now] = computed(other, [71], f"model.names={UNITS}", "model.pose=zero", other_models=True)
        assert then.identity is not None and now.models[0].identity is not None
        unit = session.parts[0].info.models[0].unit
        offset = now.models[0].identity.offset_canon
        assert np.abs(offset - then.identity.offset_canon).max() / unit < 1e-4
        assert now.models[0].predicted is not None and then.predicted is not None
        assert np.abs(now.models[0].predicted.mesh_canon - then.predicted).max() / unit < 1e-4
        # Live, the head's pose at rest is that of the frames of which the neutral was made.
        mine = other[71].models[0].identity
        [again] = computed(other, [71], "model.names=emotion@built-in", "model.pose=zero", other_models=True)
        [as_live] = computed(session, [71], "model.names=emotion@built-in", "model.pose=live", other_models=True)
        assert mine is not None and again.models[0].identity is not None and as_live.models[0].identity is not None
        unit = other.parts[0].info.models[0].unit
        assert np.abs(as_live.models[0].identity.offset_canon - mine.offset_canon).max() / unit < 2e-3
        moved = np.abs(again.models[0].identity.offset_canon - mine.offset_canon).max() / unit
        assert moved > 2e-3, "the pose at rest is part of it"


def test_another_pose_is_what_was_calibrated_for_it(inverse: Path) -> None:
    """The rows at pose zero know the identity for it; a row at live pose that is replayed at zero has the same."""
    with realtime.session.open(inverse) as session:
        zero, live = session[40].models[0], session[60].models[0]
        [result] = computed(session, [60], "model.pose=zero")
        assert zero.pose_mode == "zero" and live.pose_mode == "live"
        assert zero.identity is not None and result.models[0].identity is not None
        assert result.predicted is not None and result.predicted.pose is None
        found = result.models[0].identity.offset_canon
        np.testing.assert_allclose(
            found, zero.identity.offset_canon, rtol=0, atol=1e-4 * session.parts[0].info.models[0].unit
        )


def test_the_landmarks_are_found_anew_in_the_video(inverse: Path, tmp_path: Path) -> None:
    """On pictures that were encoded in between: near to what was recorded, and not the same."""
    report = replay(inverse, options=ReplayOptions(redetect=True))
    found = report["recomputed"]
    assert report["faces"] == 72 and report["redetected"]
    assert 1e-4 < found["observed"] < 0.2
    without = tmp_path / "without"
    record(without, SMILE, "record.video=false")
    with pytest.raises(SessionError, match=r"no camera\.mp4.*--redetect needs"):
        replay(without, options=ReplayOptions(redetect=True))
    check_exact(replay(without), 72, names=("observed", "predicted", "features", "nme"))


@needs_task
def test_faces_found_by_another_tracker_are_not_compared_in_silence(inverse: Path) -> None:
    sets = ["detect.tracker=task", f"detect.task_file={task_file()}"]
    report = replay(inverse, *sets, options=ReplayOptions(redetect=True), frames=3)
    (warned,) = [text for text in report["said"] if "trackers 'bundled' and 'task'" in text]
    assert "cannot be compared" in warned and report["tracker"] == "task"
    assert not any("trackers" in text for text in replay(inverse, frames=3)["said"])


def test_a_model_that_is_gone_or_another_is_said_with_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    write_model(load_model(Path(UNITS)), path)
    folder = tmp_path / "session"
    record(folder, SMILE, f"model.names={path}")
    sha256 = load_model(path).sha256
    check_exact(replay(folder), 72, names=("observed", "predicted", "features", "nme"))
    first = load_model(path)
    write_model(first.replaced(intercept=first.intercept * 1.001), path)
    with pytest.raises(ModelFileError, match=rf"(?s)'mine' \(SHA-256 {sha256}\).*here.*has SHA-256 .*--model NAME"):
        replay(folder)
    path.unlink()
    with pytest.raises(ModelFileError, match=rf"(?s)SHA-256 {sha256}.*mine.npz, and there is no such.*--model NAME"):
        replay(folder)
    report = replay(folder, "model.names=emotion@built-in", options=OTHERS)
    assert report["faces"] == 72 and report["recomputed"] is None and report["nme"] > 0
