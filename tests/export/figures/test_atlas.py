"""The atlas from the command to the file."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from common import Runner
from PIL import Image

from realtime.core.config import load_config
from realtime.core.errors import RecordError, UsageError
from realtime.core.resources import pyfeat_file
from realtime.export.figures.atlas import arrow_vertices, make_atlas
from realtime.export.figures.atlas_options import AtlasOptions, parse_intensities, parse_views
from realtime.export.figures.turntable import turn_at
from realtime.geometry import CanonicalFrame
from realtime.model import built_in, load_model
from realtime.model.file import write_model

Make = Callable[..., dict[str, Any]]
AU_V4 = "resources/au_to_mesh_pls_v4.npz"


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """An atlas of small faces."""

    def one(name: str = "a.png", model: str = "emotion@built-in", **options: Any) -> dict[str, Any]:
        settings = load_config(None, [], {"model.names": model})
        said: list[str] = []
        report = make_atlas(settings, AtlasOptions(tmp_path / name, **{"face_px": 160, **options}), said.append)
        return {**report.to_json(), "said": said}

    return one


def pixels(report: dict[str, Any]) -> np.ndarray:
    image = cv2.imread(report["outputs"][0])
    assert image is not None and [image.shape[1], image.shape[0]] == report["size"]
    return image.astype(int)


def test_the_command_writes_the_picture_and_tells_its_numbers(meshmirror: Runner, tmp_path: Path) -> None:
    path = str(pyfeat_file(AU_V4))
    done = meshmirror(
        "atlas", "--model", path, "--frame", "as-filed", "--out", "au.png", "--size", "160", "--range", "0.5", "--json"
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["outputs"] == ["au.png"] and report["family"] == "au"
    with Image.open(tmp_path / "au.png") as image:
        assert list(image.size) == report["size"]
        assert image.text["Title"] == report["model"] == "au_to_mesh_pls_v4"
        assert image.text["sha256"] == report["sha256"] and len(report["sha256"]) == 64
    with np.load(path) as file:
        coef, mean, columns = file["coef"], file["mean_aligned_mesh"], [str(name) for name in file["au_columns"]]
    unit = np.linalg.norm(mean[33] - mean[263])
    assert [row["feature"] for row in report["features"]] == columns
    for row, values in zip(report["features"], coef, strict=False):
        length = 50 * np.linalg.norm(values.reshape(3, 478), axis=0) / unit
        assert row["max_percent"] == pytest.approx(length.max(), abs=1e-3)
        assert row["mean_percent"] == pytest.approx(length.mean(), abs=1e-3)
        assert row["vertex"] == (length.argmax() if length.any() else None)


def test_the_words_of_the_command_fit_on_a_screen(meshmirror: Runner) -> None:
    done = meshmirror("atlas", "--model", "emotion@built-in", "--out", "new/folder/a.png", "--size", "160")
    assert done.returncode == 0, done.stderr
    assert "fear" in done.stdout and "mouth, vertex 14" in done.stdout and "new/folder/a.png" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100 and not done.stderr.strip()


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["--out", "a.jpg"], 2, [".png", ".gif", ".mp4"]),
        (["--views", "frnt"], 2, ["'front'"]),
        (["--range", "0.5,4"], 2, ["3"]),
        (["--features", "happines"], 2, ["'happiness'"]),
        (["--seconds", "3"], 2, ["--seconds", ".mp4"]),
        (["--ground", "pink"], 2, ["light"]),
        (["--size", "4000", "--columns", "7"], 2, ["16384", "columns"]),
        (["--model", "missing.npz"], 4, ["missing.npz"]),
        (["--out", "file/a.png"], 3, ["file/a.png", "another place"]),
    ],
)  # fmt: skip
def test_what_a_user_gets_wrong_is_answered_in_words(
    meshmirror: Runner, tmp_path: Path, args: list[str], code: int, words: list[str]
) -> None:
    (tmp_path / "file").touch()
    done = meshmirror("atlas", *args, "--json")
    assert done.returncode == code, (done.stdout, done.stderr)
    answer = json.loads(done.stdout)
    assert answer["exit_code"] == code and "Traceback" not in done.stderr
    for word in words:
        assert word in answer["error"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]  # and nothing is left behind


def test_what_does_not_go_together_is_refused(make: Make) -> None:
    for name, options in {"a": {}, "a.jpeg": {}, "b.png": {"seconds": 3.0}, "c.PNG": {"fps": 10.0}}.items():
        with pytest.raises(UsageError, match=r"\.mp4"):
            make(name, **options)


def test_no_file_is_written_over(make: Make, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"mine")
    report = make(features=("fear",))
    assert (tmp_path / "a.png").read_bytes() == b"mine"
    assert report["outputs"] == [str(tmp_path / "a_2.png")] and "a.png exists and is kept" in report["said"][0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a_2.png"]


def test_every_option_changes_the_picture(make: Make) -> None:
    plain = {"features": ("happiness", "surprise")}
    base = pixels(make(**plain))
    changes: list[dict[str, Any]] = [
        {"features": ("surprise", "happiness")},
        {"views": ("three-quarter",)},
        {"intensities": (0.5,)},
        {"arrows": True},
        {"highest": 60.0},
        {"ground": "light"},
    ]
    for change in changes:
        other = pixels(make(**{**plain, **change}))
        assert other.shape != base.shape or (np.abs(other - base).max(axis=-1) > 30).mean() > 0.003, change
    shapes = [pixels(make(**{**plain, **change})).shape for change in ({"columns": 1}, {"face_px": 240})]
    assert base.shape not in shapes and shapes[0] != shapes[1]


def test_one_scale_for_all_that_says_what_lies_beyond(make: Make) -> None:
    report = make()
    largest = max(row["max_percent"] for row in report["features"])
    assert report["scale"] == {"highest": 30.0, "clipped": largest > 30}
    assert make(highest=50.0)["scale"] == {"highest": 50.0, "clipped": False}
    assert make(intensities=(1.0, 2.0))["scale"]["highest"] == 60.0
    assert make(features=("neutral",))["scale"]["clipped"] is False  # nothing moves, and it is drawn all the same


def test_the_scale_serves_a_model_that_moves_a_single_vertex(make: Make, tmp_path: Path) -> None:
    model = load_model("emotion@built-in")
    coef = model.coef.copy()
    coef[:7] = 0
    coef[3, [50, 528, 1006]] = (3.0, 0.0, 4.0)  # happiness: the right cheek by 5 units
    write_model(model.replaced(coef=coef), tmp_path / "one.npz")
    report = make(model=str(tmp_path / "one.npz"))
    largest = 500 / CanonicalFrame.of(model.mean_mesh).unit
    assert 0.25 * largest <= report["scale"]["highest"] < 0.35 * largest and report["scale"]["clipped"]
    (moved,) = [row for row in report["features"] if row["max_percent"] > 0]
    assert (moved["feature"], moved["vertex"], moved["region"]) == ("happiness", 50, "cheeks")
    assert moved["max_percent"] == pytest.approx(largest, abs=1e-3)


def test_views_and_intensities_stand_side_by_side(make: Make) -> None:
    one = make(features=("fear",))
    six = make(features=("fear",), views=("front", "side"), intensities=(1.0, 0.25, 0.5))
    assert six["intensities"] == [0.25, 0.5, 1.0] and six["views"] == ["front", "side"]
    assert six["size"][0] > 4 * one["size"][0]


def test_views_and_intensities_are_read() -> None:
    assert parse_views("Front, three-quarter") == ("front", "three-quarter")
    assert parse_intensities("0.5, 1,3") == (0.5, 1.0, 3.0)
    for text in ("", "0", "-1", "3.01", "nan", "inf", "1,1", "1;2"):
        with pytest.raises(UsageError):
            parse_intensities(text)
    with pytest.raises(UsageError):
        parse_views("")


def test_arrows_are_spread_over_what_moves() -> None:
    model = built_in()
    frame = CanonicalFrame.of(model.mean_mesh)
    neutral = model.predict_neutral()
    distance = np.linalg.norm(model.predict({"surprise": 1.0}) - neutral, axis=1)
    spacing = 0.1 * frame.unit
    chosen = arrow_vertices(neutral, distance, spacing)
    assert distance.argmax() in chosen and 20 < len(chosen) < 200
    between = np.linalg.norm(neutral[chosen, None] - neutral[chosen], axis=-1)
    assert between[~np.eye(len(chosen), dtype=bool)].min() >= spacing
    assert distance[chosen].min() >= 0.18 * distance.max()
    assert not set(chosen.tolist()) & {469, 470, 471, 472, 474, 475, 476, 477}
    assert len(arrow_vertices(neutral, np.zeros(478), spacing)) == 0


def test_a_turn_ends_where_it_began() -> None:
    turns = [turn_at(at / 240) for at in range(241)]
    assert (turns[0].blend, turns[120].blend, turns[240].blend) == (0.0, 1.0, 0.0)
    for name in ("blend", "swing"):
        values = np.array([getattr(turn, name) for turn in turns])
        assert np.abs(np.diff(values)).max() < 0.03 and values[0] == pytest.approx(values[-1], abs=1e-9)
    swings = [turn.swing for turn in turns if turn.blend == 1.0]
    assert min(swings) < -0.9 and max(swings) > 0.9  # full is seen from both sides


def test_the_video_has_its_pictures_and_goes_to_full_and_back(make: Make) -> None:
    report = make("t.mp4", features=("surprise",), seconds=1.0, fps=12.0, face_px=161)
    (path,) = report["outputs"]
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", path],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    stream = found["streams"][0]
    assert (stream["codec_name"], stream["pix_fmt"]) == ("h264", "yuv420p")
    assert [stream["width"], stream["height"]] == report["size"]
    assert int(stream["nb_read_frames"]) == report["frames"] == 12
    assert float(found["format"]["duration"]) == pytest.approx(1.0, abs=0.09)
    video = cv2.VideoCapture(path)
    frames = [video.read()[1].astype(int) for _ in range(12)]
    warmth = [float((frame[-frame.shape[0] // 2 :, :, 2] > 150).mean()) for frame in frames]
    assert max(warmth[4:9]) > 3 * max(warmth[0], warmth[11])  # neutral is dark at both ends


def test_the_gif_loops_without_a_jump(make: Make) -> None:
    report = make("t.gif", features=("surprise",), seconds=1.5, fps=20.0)
    assert (report["frames"], report["fps"]) == (30, 20.0)
    with Image.open(report["outputs"][0]) as image:
        assert list(image.size) == report["size"] and image.info["loop"] == 0
        frames = []
        for at in range(image.n_frames):
            image.seek(at)
            frames.append(np.asarray(image.convert("RGB")).astype(int))
    assert len(frames) == 30
    steps = [float(np.abs(a - b).mean()) for a, b in zip(frames, frames[1:] + frames[:1], strict=True)]
    assert steps[-1] <= 1.2 * max(steps[:-1])
    assert np.abs(frames[0] - frames[15]).mean() > 1.5 * max(steps)


def test_a_turn_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    settings = load_config(None, [], {"model.names": "emotion@built-in"})

    def stop(done: int, of: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    for name in ("a.mp4", "a.gif"):
        options = AtlasOptions(tmp_path / name, features=("fear",), face_px=160, seconds=1.0)
        with pytest.raises(KeyboardInterrupt):
            make_atlas(settings, options, print, stop)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_told(make: Make, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("file/a.png", "file/a.gif", "file/a.mp4"):
        with pytest.raises(RecordError, match="another place"):
            make(name, features=("fear",))
