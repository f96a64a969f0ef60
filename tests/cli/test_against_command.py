"""`meshmirror replay A --against B` without a window, as it is typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest
from altered_sessions import alter_info, alter_table
from common import Once, Runner, clip, give_appearance, needs_appearance, needs_bundled
from replaying import computed, record, record_two, replay
from run_docs import holds

import realtime.session
from realtime.app.against import Comparison, run_against
from realtime.app.run_options import RunOptions
from realtime.core.against import START, Against
from realtime.core.commands import Choose
from realtime.core.config import load_config
from realtime.core.errors import ModelFileError, SessionError, UsageError
from realtime.core.frame_result import FrameResult
from realtime.model import built_in
from realtime.model.file import write_model
from realtime.model.training import TRAINED_ON, training_contents
from realtime.pipeline.content_hash import content_hash
from realtime.pipeline.replay.control import ReplayOptions

pytestmark = needs_bundled
TIMES = {"fps", "latency_ms", "prediction_ms", "stages_ms", "undrawn"}


@pytest.fixture(scope="module")
def two(once: Once) -> tuple[Path, Path]:
    folder = once("two-sessions", record_two)
    return folder / "anna", folder / "ben"


def against(folder: Path, other: str | Path, align: str = START, **asked: Any) -> dict[str, Any]:
    said: list[str] = []
    comparison = Comparison(Against.parse(str(other)), align)
    options = RunOptions(headless=True, notify=said.append)
    report = run_against(folder, comparison, load_config(None, []), options, ReplayOptions(**asked))
    return {**report.to_json(), "said": said}


def named(folder: Path, to: Path, row: int, label: str) -> Path:
    """A copy with a mark of this name at a row, behind another mark."""
    shutil.copytree(folder, to)
    with realtime.session.open(to) as session:
        times = session.times / 1e9
    lines = ["annotation_id,kind,start_frame,end_frame,label,tag,created_at,source,start_time,end_time"]
    for at, name in ((1, "before"), (row, label), (row + 3, label)):
        lines.append(f"{at},event,{at},{at},{name},,,,{times[at]:.6f},{times[at]:.6f}")
    (to / "annotations.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return to


def results(folder: Path) -> list[FrameResult]:
    with realtime.session.open(folder) as session:
        return computed(session, list(range(len(session))))


def pooled(found: list[FrameResult]) -> tuple[float, float]:
    """Mean distance and skill by plain numpy."""
    residuals = [result.residual for result in found if result.residual is not None]
    assert len(residuals) == len(found)
    explained = sum(residual.sse for residual in residuals) / sum(residual.baseline_sse for residual in residuals)
    return float(np.mean([residual.nme for residual in residuals])), 1.0 - explained


def test_a_model_that_was_fit_on_the_session_says_so(two: tuple[Path, Path], tmp_path: Path) -> None:
    def warnings(**metadata: Any) -> list[str]:
        write_model(built_in().replaced(metadata=metadata), tmp_path / "fit.npz")
        report = against(two[0], f"model:{tmp_path / 'fit.npz'}", other_models=True)
        return [text for text in report["warnings"] if "training scores" in text]

    (own,) = warnings(**{TRAINED_ON: training_contents([content_hash(two[0])])})
    assert own.startswith("anna: This recording is among those on which fit was fit")
    assert warnings(**{TRAINED_ON: training_contents([content_hash(two[1])])}) == []
    (unknown,) = warnings(personal_of={"name": "emotion@v6"})
    assert "fit is a model of one person" in unknown


def test_both_runs_are_those_of_single_replays_and_the_difference_is_that_of_the_pairs(
    meshmirror: Runner, two: tuple[Path, Path]
) -> None:
    done = meshmirror("replay", str(two[0]), "--against", str(two[1]), "--headless", "--json")
    assert done.returncode == 0, done.stderr
    report = holds(done.stdout)
    for side, folder in (("a", two[0]), ("b", two[1])):
        alone = replay(folder)
        assert {key: value for key, value in report[side].items() if key not in TIMES} == {
            key: value for key, value in alone.items() if key not in TIMES | {"said"}
        }
    frames = report["b"]["rows"]
    paired, shared = report["paired"], frames
    assert 40 <= frames < report["a"]["rows"] == 72
    assert paired["pairs"] == paired["n"] == shared and paired["offset_s"] == 0 and paired["adjusted"] is None
    nme_a, skill_a = pooled(results(two[0])[:shared])
    nme_b, skill_b = pooled(results(two[1]))
    expected = {"nme_a": nme_a, "nme_b": nme_b, "nme_difference": nme_a - nme_b, "skill_a": skill_a,
                "skill_b": skill_b, "skill_difference": skill_a - skill_b}  # fmt: skip
    assert {key: paired["raw"][key] for key in expected} == pytest.approx(expected, abs=1e-4)
    assert abs(nme_a - nme_b) > 1e-3, "there is a difference to be found"
    assert "not independent" in paired["note"] and report["warnings"] == []


def test_the_pairs_are_those_of_the_part_that_is_played(two: tuple[Path, Path]) -> None:
    paired = against(two[0], two[1], start_s=0.5, end_s=1.0)["paired"]
    with realtime.session.open(two[0]) as session:
        within = int(((session.times >= 0.5e9) & (session.times <= 1.0e9)).sum())
    assert 5 <= within <= 20 and paired["n"] == paired["pairs"] == within


def test_an_error_lists_a_few_marks_and_the_beginning_of_their_names(two: tuple[Path, Path], tmp_path: Path) -> None:
    long = named(two[0], tmp_path / "long", 5, "x" * 5000)
    with pytest.raises(UsageError, match="has no mark of this name") as caught:
        against(long, two[1], "frown")
    assert len(str(caught.value)) < 400


def test_marks_lie_on_each_other(two: tuple[Path, Path], tmp_path: Path) -> None:
    one, other = named(two[0], tmp_path / "one", 30, "smile"), named(two[1], tmp_path / "other", 10, "smile")
    report = against(one, other, "smile")
    with realtime.session.open(one) as a, realtime.session.open(other) as b:
        offset_s = float(a.times[30] - b.times[10]) / 1e9
        shared = min(72 - 30, len(b) - 10) + 10
    paired = report["paired"]
    assert paired["aligned_on"] == "smile" and paired["offset_s"] == pytest.approx(offset_s, abs=1e-6)
    assert paired["n"] == paired["pairs"] == shared
    nme_a, skill_a = pooled(results(one)[20 : 20 + shared])
    assert (paired["raw"]["nme_a"], paired["raw"]["skill_a"]) == pytest.approx((nme_a, skill_a), abs=1e-4)


def test_one_session_with_another_model_and_with_what_it_is_replayed_with(two: tuple[Path, Path]) -> None:
    report = against(two[0], "model:au@v4")
    assert (report["a"]["model"], report["b"]["model"]) == ("emotion@built-in", "au@v4")
    assert report["paired"]["n"] == report["a"]["valid"] == report["b"]["valid"] == 72
    alone = replay(two[0], "model.names=au@v4", options=ReplayOptions(other_models=True))
    assert report["b"]["nme"] == alone["nme"] == report["paired"]["raw"]["nme_b"]
    for same in ("emotion:inverse", "model:emotion@built-in"):
        with pytest.raises(UsageError, match="that is what the session is replayed with"):
            against(two[0], same)


@needs_appearance
def test_emotions_that_were_not_recorded_are_read_in_the_pictures(
    two: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a run of the same clip reads them, but for what the video's compression has changed."""
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path / "home"))
    with pytest.raises(ModelFileError, match="meshmirror models fetch appearance"):
        against(two[0], "emotion:appearance")
    give_appearance(tmp_path / "home")
    report = against(two[0], "emotion:appearance")
    assert report["b"]["appearance"]["runtime"] != "recorded" and report["b"]["valid"] == 72
    assert report["paired"]["n"] == 72 and any("A are fitted to the very mesh" in text for text in report["warnings"])
    record(tmp_path / "live", str(clip("single_face.mp4")), "model.pose=live", "detect.emotion=appearance")
    recorded = replay(tmp_path / "live")
    assert recorded["appearance"]["runtime"] == "recorded"
    assert report["b"]["nme"] == pytest.approx(recorded["nme"], abs=0.05) and report["b"]["nme"] != report["a"]["nme"]
    without = Path(shutil.copytree(two[0], tmp_path / "without"))
    (without / "camera.mp4").unlink()
    with pytest.raises(UsageError, match=r"has no camera.mp4 that can be read.*Choose another source"):
        against(without, "emotion:appearance")


def test_a_video_has_every_tick_of_the_clock(meshmirror: Runner, two: tuple[Path, Path], tmp_path: Path) -> None:
    done = meshmirror(
        "replay", str(two[1]), "--against", str(two[0]), "--headless", "--start", "1", "--record", "both.mp4",
        "--set", "view.width=640", "--set", "view.height=360", "--set", 'view.views=["observed"]',
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "A − B" in done.stdout and "both.mp4" in done.stdout and "not independent" in " ".join(done.stdout.split())
    with realtime.session.open(two[0]) as session:
        frames = int((session.times >= 1e9).sum())
    video = cv2.VideoCapture(str(tmp_path / "both.mp4"))
    assert int(video.get(cv2.CAP_PROP_FRAME_COUNT)) == frames, "the frames of the longer one, too"


def test_what_differs_or_is_damaged_is_said(two: tuple[Path, Path], tmp_path: Path) -> None:
    tracker = alter_info(shutil.copytree(two[1], tmp_path / "tracker"), lambda info: info.update(tracker="task"))
    report = against(two[0], tracker)
    [warning] = report["warnings"]
    assert "trackers 'bundled' and 'task'" in warning and warning in report["said"]
    cut = shutil.copytree(two[0], tmp_path / "cut")
    with (cut / "frames.arrow").open("r+b") as table:
        table.truncate(int(0.7 * (cut / "frames.arrow").stat().st_size))
    report = against(two[1], cut)
    assert report["b"]["rows"] < 72 and report["paired"]["n"] > 30
    assert any(line.startswith("cut: ") and "rows can be read" in line for line in report["said"])

    def no_faces(table: Any) -> Any:
        at = table.schema.get_field_index("landmarks")
        field = table.schema.field(at)
        return table.set_column(at, field, pa.nulls(len(table), field.type))

    empty = alter_table(shutil.copytree(two[1], tmp_path / "empty"), no_faces)
    report = against(two[0], empty)
    assert report["paired"]["n"] == 0 and report["paired"]["raw"] is None and report["b"]["faces"] == 0
    assert any(line.startswith("B: no face in any of its") for line in report["said"])


def test_what_cannot_be_compared_is_refused(meshmirror: Runner, two: tuple[Path, Path], tmp_path: Path) -> None:
    one, bare = named(two[0], tmp_path / "one", 30, "smile"), two[1]
    for args, code, words in (
        ((str(one), "--against", str(one)), 2, "that is the same session"),
        ((str(one), "--against", "emotion:mood"), 2, "no source of emotions 'mood'"),
        ((str(one), "--against", "model:"), 2, "the name is missing"),
        ((str(one), "--align", "smile"), 2, "--align belongs to --against SESSION"),
        ((str(one), "--against", str(bare), "--align", "frown"), 2, "Its marks are: 'before', 'smile'"),
        ((str(bare), "--against", str(one), "--align", "smile"), 2, "ben has no mark of this name. It has no marks"),
        ((str(one), "--against", "emotion:pyfeat"), 2, "No outputs of py-feat's network were recorded"),
        ((str(one), "--against", "nowhere"), 4, "no such session"),
    ):
        done = meshmirror("replay", *args, "--headless", "--json")
        answer = json.loads(done.stdout)
        assert (done.returncode, answer["exit_code"]) == (code, code), done.stderr
        assert words in answer["error"] and "Traceback" not in done.stderr
    with pytest.raises(SessionError, match="not a session"):
        against(one, tmp_path)


def test_pairs_of_other_models_are_not_averaged_together(two: tuple[Path, Path], tmp_path: Path) -> None:
    """A recording that goes on with another model is two runs, here as anywhere."""
    folder = tmp_path / "changed"

    def other(mirror: Any) -> None:
        mirror._actions.handle(Choose("models", ("au@v4",)), None, None)

    def done(mirror: Any) -> bool:
        return bool(mirror.runs.current.models[0].name == "au@v4" and mirror.runs.current.statistics.frames > 4)

    smile = str(clip("single_face.mp4"))
    record(folder, smile, "source.loop=true", "detect.emotion=inverse", during={30: other}, until=done)
    for one, changed, report in (
        ("a", "b", against(two[0], folder)), ("b", "a", against(folder, two[0])),
    ):  # fmt: skip
        paired = report["paired"]
        [earlier] = report[changed]["earlier"]
        assert paired[f"model_{one}"] == paired[f"model_{changed}"] == "emotion@built-in"
        assert report[changed]["model"] == "au@v4" and report[one]["earlier"] == []
        assert 30 <= paired["n"] <= earlier["frames"] < paired["pairs"]
