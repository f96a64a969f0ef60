"""The commands as a user types them: what they print, where, and with which exit code."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from common import Runner, clip, environment, needs_bundled, needs_tracker
from pyfeat_network import Network
from run_docs import holds

from realtime.app.bench.bench import PARTS, run_bench
from realtime.cli import bench_tables
from realtime.core.config import load_config

FACE = str(clip("single_face.mp4"))
FIELDS = {
    "source", "frames", "faces", "model", "emotion_source", "emotions", "pose_deg", "nme", "nme_adjusted", "skill",
    "fps", "latency_ms", "outputs",
}  # fmt: skip


def probe(path: Path) -> dict:
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


@needs_bundled
def test_demo_writes_the_video_and_the_summary(program: Runner, tmp_path: Path) -> None:
    done = program("demo", "--headless", "--frames", "48", "--json")
    assert done.returncode == 0, done.stderr
    report = holds(done.stdout)
    assert set(report) >= FIELDS
    assert (report["frames"], report["faces"], report["recorded"]) == (48, 48, 48)
    assert report["emotion_source"] == "inverse"
    assert sum(report["emotions"].values()) == pytest.approx(1, abs=0.01)
    assert report["nme_adjusted"] is None and report["skill"] is not None  # its first part has no neutral
    (path,) = report["outputs"]
    found = probe(tmp_path / path)
    stream = found["streams"][0]
    assert (stream["width"], stream["height"], stream["pix_fmt"]) == (1280, 720, "yuv420p")
    assert int(stream["nb_read_frames"]) == 48
    assert float(found["format"]["duration"]) == pytest.approx(48 * 1001 / 24000, abs=0.06)


@needs_bundled
def test_the_summary_fits_on_one_screen_and_says_where_things_lie(meshmirror: Runner) -> None:
    done = meshmirror("demo", "--headless", "--frames", "30", "--neutral", "0.8")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100
    for word in ("meshmirror-demo.mp4", "30", "happiness", "emotion@built-in", "inverse", "Residual", "mean-face"):
        assert word in done.stdout
    for line in ("predicted face, identity-adjusted", "with gain", "floor, fitted", "one constant face", "R2"):
        assert line in done.stdout
    assert lines[-1] == "Watch meshmirror-demo.mp4. Next, yourself with camera 0: meshmirror"
    assert "mean absolute error" in done.stdout and "not comparable" in done.stdout
    assert "Traceback" not in done.stderr


@needs_bundled
def test_headless_computes_data_and_needs_no_opengl(meshmirror: Runner) -> None:
    done = meshmirror("--source", str(clip("single_face.mp4")), "--headless", "--json", "--neutral", "0.6")
    assert done.returncode == 0, done.stderr
    report = holds(done.stdout)
    assert (report["frames"], report["faces"], report["outputs"]) == (72, 72, [])
    assert report["nme_adjusted"] < report["nme"]
    assert max(report["emotions"], key=report["emotions"].get) == "happiness"


@needs_bundled
def test_without_display_and_opengl_the_data_are_still_computed(program: Runner) -> None:
    """What a machine without any driver looks like: the loader is sent to a folder where none is."""
    source = str(clip("single_face.mp4"))
    done = program("--source", source, "--frames", "5", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["frames"] == 5
    assert "without a window" in done.stderr
    none = {"__EGL_VENDOR_LIBRARY_DIRS": "/nonexistent", "__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent.json"}
    done = program("--source", source, "--frames", "5", "--headless", "--record", "x.mp4", "--json", **none)
    assert done.returncode == 3, done.stderr
    assert "libegl1" in json.loads(done.stdout)["error"]


@needs_tracker
@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["--source", "99", "--headless"], 3, ["99"]),
        (["--source", "missing.mp4", "--headless"], 3, ["missing.mp4"]),
        (["--source", "empty.mp4", "--headless"], 3, ["empty.mp4"]),
        (["--source", "text.mp4", "--headless"], 3, ["text.mp4"]),
        (["--source", "http://127.0.0.1:9/none", "--headless"], 3, ["127.0.0.1"]),
        (["--source", "pictures", "--headless"], 3, ["pictures"]),
        (["--model", "emotion@v7"], 4, ["emotion@v6"]),
        (["--model", "bad.npz"], 4, ["bad.npz"]),
        (
            ["--emotion", "pyfeat", "--source", str(clip("single_face.mp4")), "--headless"],
            4,
            ["models fetch pyfeat", "inverse"],
        ),
        (["--emotion", "guess"], 2, ["inverse"]),
        (["--pose", "sideways"], 2, ["zero"]),
        (["--set", "model.pos=zero"], 2, ["model.pose"]),
        (["--set", "view.width=1"], 2, ["view.width"]),
        (["--config", "nowhere.toml"], 2, ["nowhere.toml"]),
        (["--record", "con"], 2, ["not a valid session name"]),
        (["--frames", "0"], 2, ["frames"]),
        (["--no-such-option"], 2, ["no-such-option"]),
        (["models", "fetch", "something"], 2, ["face_landmarker"]),
        (["models", "show", "emotion@v7"], 2, ["emotion@v6"]),
        (["models", "show", "pyfeat"], 4, ["models fetch pyfeat", "inverse"]),
        (["models", "show", "face_landmarker.task"], 2, ["network"]),
        (["models", "show", "nowhere.npz"], 4, ["nowhere.npz"]),
        (["models", "show", "bad.npz"], 4, ["bad.npz"]),
    ],
)
def test_what_a_user_gets_wrong_is_answered_in_words(
    meshmirror: Runner, tmp_path: Path, args: list[str], code: int, words: list[str]
) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no video\n" * 100)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "bad.npz").write_bytes(b"\x80\x04\x95")
    done = meshmirror(*args, "--json")
    assert done.returncode == code, (done.stdout, done.stderr)
    answer = json.loads(done.stdout)
    assert answer["exit_code"] == code
    for word in words:
        assert word in answer["error"]
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


@needs_bundled
@pytest.mark.parametrize("shape", [(16, 16, 3), (361, 641, 3), (64, 63), (200, 200, 4), (2160, 3840, 3), (640, 360, 3)])
def test_odd_tiny_grey_alpha_and_huge_pictures(meshmirror: Runner, tmp_path: Path, shape: tuple[int, ...]) -> None:
    cv2.imwrite(str(tmp_path / "p.png"), np.full(shape, 128, np.uint8))
    done = meshmirror("--source", "p.png", "--headless", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["frames"], report["faces"], report["nme"]) == (1, 0, None)


@needs_bundled
def test_the_last_frame_is_shown_with_its_landmarks(meshmirror: Runner, tmp_path: Path) -> None:
    """A file has ended when its last frame was decoded; what is shown then is that frame, and no "ended"."""
    recorded = ("--headless", "--record", "p.mp4", "--json", "--set", "view.overlay=mesh", "--set", "view.whole=true")
    done = meshmirror("--source", str(clip("single_face.jpg")), *recorded)
    assert done.returncode == 0, done.stderr
    video = cv2.VideoCapture(str(tmp_path / "p.mp4"))
    shown, picture = video.read()
    assert shown
    camera = picture[90:430, 30:410].astype(int)
    blue, green, red = np.moveaxis(camera, -1, 0)
    lines = (blue > 150) & (blue - red > 60) & (green > red)
    assert lines.sum() > 300, "the landmarks' lines are missing"


@needs_bundled
def test_a_cut_off_video_gives_what_it_holds_and_says_so(meshmirror: Runner, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    subprocess.run(  # the index in front, as a half-finished download has it
        ["ffmpeg", "-v", "error", "-i", str(clip("single_face.mp4")), "-c", "copy", "-movflags", "faststart", str(cut)],
        check=True,
    )
    content = cut.read_bytes()
    cut.write_bytes(content[: len(content) * 6 // 10])
    done = meshmirror("--source", "cut.mp4", "--headless", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 3
    assert 5 < report["frames"] < 72
    assert "cut.mp4" in report["failures"][0]
    done = meshmirror("--source", "cut.mp4", "--headless", "--json", "--set", "source.lenient=true")
    assert done.returncode == 0, done.stderr


@needs_bundled
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_finishes_the_recording(tmp_path: Path, name: str) -> None:
    out = tmp_path / "stopped.mp4"
    child = subprocess.Popen(
        [sys.executable, "-m", "realtime", "--source", str(clip("WolfgangLanger_Pexels.mp4")), "--headless",
         "--record", str(out), "--json", "--set", "source.loop=true"],
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while (not out.exists() or out.stat().st_size < 200_000) and time.monotonic() < deadline:
        time.sleep(0.05)
    child.send_signal(getattr(signal, name))
    if name == "SIGINT":
        child.send_signal(signal.SIGINT)  # a second Ctrl-C must not skip the closing
    stdout, stderr = child.communicate(timeout=30)
    assert child.returncode == 130, stderr
    report = json.loads(stdout)
    assert report["interrupted"] is True
    stream = probe(out)["streams"][0]
    assert int(stream["nb_frames"]) == int(stream["nb_read_frames"]) == report["recorded"]


@needs_tracker
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a shell and /dev/full")
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("doctor --json > /dev/full", 3),
        ("doctor | true", 0),
        ("live --source nothing.mp4 2>&-", 3),
        ("live --source nothing.mp4 2> /dev/full", 3),
        ("live --no-such-option --json | true", 2),
        ("live --source nothing.mp4 --json <&- >&- 2>&-", 3),
    ],
)
def test_streams_that_are_closed_or_full_change_no_exit_code(tmp_path: Path, line: str, code: int) -> None:
    command = line.replace(line.split(" ")[0], f'"{sys.executable}" -m realtime {line.split(" ")[0]}', 1)
    script = f"{command}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment(), capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


@needs_bundled
def test_programs_that_record_to_one_name_at_once_get_a_file_each(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "realtime", "--source", str(clip("single_face.mp4")), "--headless", "--json",
               "--frames", "10", "--record", "same.mp4"]  # fmt: skip
    runs = [subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE) for _ in range(3)]
    outputs = [json.loads(run.communicate(timeout=120)[0])["outputs"] for run in runs]
    assert sorted(path for (path,) in outputs) == ["same.mp4", "same_2.mp4", "same_3.mp4"]
    for (path,) in outputs:
        assert int(probe(tmp_path / path)["streams"][0]["nb_read_frames"]) == 10


def test_help_of_every_command_has_an_example(meshmirror: Runner) -> None:
    models = [["models", command] for command in ("list", "fetch", "show")]
    for command in (["live"], ["demo"], ["doctor"], ["bench"], *models):
        done = meshmirror(*command, "--help")
        assert done.returncode == 0
        assert "Example" in done.stdout
    assert "demo" in meshmirror("--help").stdout and "cluster not" in meshmirror("--help").stdout


def test_the_help_of_what_is_on_by_default_shows_how_to_leave_it_out(meshmirror: Runner) -> None:
    text = " ".join(meshmirror("fit", "--help").stdout.split())
    for name in ("report", "evaluate"):
        assert f"--{name}/--no-{name} " in text
    assert text.count("Default: on.") == 2 and "--keep-worst Keep" in text
    assert meshmirror("--version").stdout.startswith("meshmirror ")


def test_doctor_names_versions_drawing_and_addresses(meshmirror: Runner) -> None:
    done = meshmirror("doctor", "--json")
    report = json.loads(done.stdout)
    names = {finding["name"]: finding for finding in report["findings"]}
    assert done.returncode == (0 if report["ok"] else 3)
    for name in ("Python", "mediapipe", "py-feat", "moderngl", "window", "offscreen", "emotion@built-in"):
        assert name in names
    assert names["offscreen"]["state"] == "ok"
    assert "storage.googleapis.com" in names
    assert "models fetch" in names["storage.googleapis.com"]["found"]
    assert "models fetch" in names["huggingface.co"]["found"]
    assert "blocked" in names["OpenVINO"]["found"]
    for name in ("emotion@v6", "blendshape@v5", "pyfeat"):
        assert name in names["not here"]["found"]
    assert "au_to_mesh_pls_v4.npz" in names["au@v4"]["found"]
    assert meshmirror("doctor").returncode == done.returncode


@needs_bundled
def test_bench_measures_in_one_run(meshmirror: Runner) -> None:
    own = ("start", "prediction", "emotions")  # which have a test below
    parts = [part for name in PARTS if name not in own for part in ("--only", name)]
    done = meshmirror("bench", *parts, "--json", "--rounds", "1", "--seconds", "1")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["pipeline_ms"]["median"] > 0 < report["bare_mediapipe_ms"]["median"]
    assert set(report["stages_ms"]) == {"track", "align", "features", "predict", "residual"}
    assert report["live"]["idle"]["frames"] > 0
    assert len(report["targets"]) == 7


@needs_bundled
@pytest.mark.slow
def test_bench_measures_py_feats_network_beside_py_feat(meshmirror: Runner, prepared_network: Network) -> None:
    given = f"detect.pyfeat_weights={prepared_network.weights.path}"
    done = meshmirror("bench", "--only", "emotions", "--json", "--rounds", "1", "--seconds", "1", "--set", given)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    found = report["emotions"]
    assert found["weights"] == "installed" and found["detector_weights"] in ("installed", "random")
    assert {"detectorv2", "crop_and_forward", "f32", "in_step"} <= set(found["rates"])
    assert all(rate > 0 for rate in found["rates"].values())
    assert min(found["rates"]["f32"], found["rates"]["crop_and_forward"]) > found["rates"]["detectorv2"]
    assert found["hand_over_ms"]["median"] > 0 and found["ready_ms"]["f32"] > 0
    assert found["landmarks"]["camera"]["emotions"] > 0 < found["landmarks"]["flat_out"]["beside"]
    assert len(report["targets"]) == 7


def test_bench_measures_one_part(meshmirror: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    measured = run_bench(load_config(), rounds=1, parts=["prediction"])
    report = measured.to_json()
    assert report.keys() == {"machine", "model", "label_repair", "prediction", "targets"}
    assert len(report["targets"]) == 4
    assert report["prediction"]["batch"]["frames"] == 100_000 and report["prediction"]["first_load_ms"]["median"] > 0
    busy = report["prediction"]["on_busy_cores"]
    assert 0 < busy["one_thread_ms"]["median"] <= busy["one_thread_ms"]["p95"] and busy["all_threads_ms"]["median"] > 0
    bench_tables.print_bench(measured)
    assert "numpy's matrix product alone" in capsys.readouterr().out
    wrong = meshmirror("bench", "--only", "predicton")
    assert wrong.returncode == 2 and "Did you mean 'prediction'?" in wrong.stderr


@needs_bundled
def test_the_program_starts_as_fast_as_what_it_uses(capsys: pytest.CaptureFixture[str]) -> None:
    """Processor time of processes that take turns: on a busy machine the clock says more of the others."""
    measured = run_bench(load_config(), rounds=3, parts=["start"])
    report = measured.to_json()
    found = report["start"]
    assert found["seconds"].keys() == {"interpreter", "libraries", "version", "help", "bare_frame", "first_frame"}
    assert set(found["ratios"]) == {"version_to_libraries", "help_to_libraries", "first_frame_to_bare"}
    assert len(report["targets"]) == 3
    ratios = found["ratios"] if found["processor_ratios"] is None else found["processor_ratios"]
    assert ratios["version_to_libraries"] < 1.4 and ratios["help_to_libraries"] < 1.4, found
    assert ratios["first_frame_to_bare"] < 1.5, found
    assert not {"typer", "rich", "numpy"} & found["imports_ms"]["version"].keys()
    assert {"numpy", "moderngl", "pydantic"}.isdisjoint(found["imports_ms"]["help"])
    assert "mediapipe" in found["imports_ms"]["first_frame"]
    bench_tables.print_bench(measured)
    assert "first headless frame" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_broken_off_turntable_leaves_nothing_and_says_so(tmp_path: Path, name: str) -> None:
    command = [sys.executable, "-m", "realtime", "atlas", "--out", "turn.mp4", "--seconds", "30", "--json"]
    child = subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True)  # fmt: skip
    deadline = time.monotonic() + 60
    while not (tmp_path / "turn.mp4").exists():  # it is being written
        assert child.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)
    child.send_signal(getattr(signal, name))
    stdout, stderr = child.communicate(timeout=60)
    assert child.returncode == 130 and "Traceback" not in stderr, stderr
    assert json.loads(stdout) == {"error": "interrupted", "exit_code": 130}
    assert not list(tmp_path.iterdir())
