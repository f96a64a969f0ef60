"""What the file of FaceLandmarker's networks may look like, what is kept of it, and what OpenVINO may answer."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from common import clip, contacts, needs_task, task_file
from lacking_packages import python_without

from realtime.capture import open_source
from realtime.core.errors import ModelFileError, TrackerError
from realtime.core.types import Frame
from realtime.detect import largest_face, open_tracker
from realtime.detect.landmarks.openvino_tracker import OpenVinoTracker
from realtime.detect.landmarks.task_networks import PLANS, FaceNetworks, check_numbers, open_networks

pytestmark = needs_task

OPEN = (
    "from pathlib import Path; import numpy as np; from realtime.core.types import Frame; "
    "from realtime.detect import open_tracker; tracker = open_tracker('openvino', task_file=Path({task!r})); "
    "tracker.track_all(Frame(np.zeros((64, 64, 3), np.uint8), 0, 0, 0))"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own, and no networks in the process."""
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path / "home"))
    open_networks.cache_clear()
    return tmp_path / "home"


def task() -> Path:
    path = task_file()
    assert path is not None
    return path


def rebuilt(path: Path, **changes: bytes | None) -> Path:
    """The task file with other content in members, named by the plan; None leaves one out."""
    with zipfile.ZipFile(task()) as old, zipfile.ZipFile(path, "w") as new:
        for name, plan in PLANS.items():
            content = changes.get(name, old.read(plan.member))
            if content is not None:
                new.writestr(plan.member, content)
    return path


def member(name: str) -> bytes:
    with zipfile.ZipFile(task()) as archive:
        return archive.read(PLANS[name].member)


def first_faces(tracker: Any, most: int = 5) -> list[Any]:
    with open_source(str(clip("single_face.mp4"))) as source:
        return [tracker.track_all(frame) for frame in source if frame.index < most]


def test_a_file_with_another_hash_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    for changed in (b"", task().read_bytes()[:-1], task().read_bytes() + b" ", b"PK\3\4 no zip"):
        path = tmp_path / "face_landmarker.task"
        path.write_bytes(changed)
        with pytest.raises(ModelFileError, match=r"not the face_landmarker\.task that this program knows"):
            open_tracker("openvino", task_file=path)


@pytest.mark.usefixtures("home")
def test_a_file_that_is_no_such_zip_is_refused_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "x.task"
    path.write_bytes(b"no zip")
    with pytest.raises(ModelFileError, match=r"not a face_landmarker\.task"):
        open_networks(path)
    with pytest.raises(ModelFileError, match=r"not a face_landmarker\.task.*face_blendshapes"):
        open_networks(rebuilt(tmp_path / "y.task", blendshapes=None))
    with pytest.raises(ModelFileError, match="cannot be read"):
        open_networks(tmp_path / "absent.task")


@pytest.mark.usefixtures("home")
def test_networks_of_another_version_are_refused_by_their_shapes(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"face_landmarks_detector\.tflite in it is another network"):
        open_networks(rebuilt(tmp_path / "a.task", landmarks=member("blendshapes")))
    with pytest.raises(ModelFileError, match=r"face_detector\.tflite in it is another network"):
        open_networks(rebuilt(tmp_path / "b.task", detector=member("landmarks")))
    with pytest.raises(ModelFileError, match=r"face_blendshapes\.tflite in it cannot be read"):
        open_networks(rebuilt(tmp_path / "c.task", blendshapes=b"no network at all"))


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("value", [0, np.nan])
@pytest.mark.parametrize(("name", "part"), [("detector", 0.125), ("landmarks", 0.525), ("blendshapes", 0.775)])
def test_other_weights_are_refused_by_what_they_compute(tmp_path: Path, name: str, part: float, value: float) -> None:
    """At places whose weights count; those in the first half of the network of the landmarks do not."""
    content = bytearray(member(name))
    at = int(len(content) * part) & ~1
    content[at : at + 10_000] = np.full(5_000, value, np.float16).tobytes()
    with pytest.raises(TrackerError, match=rf"{PLANS[name].member}.* differently"):
        open_networks(rebuilt(tmp_path / "w.task", **{name: bytes(content)}))


def test_what_is_kept_gives_the_same_landmarks_and_what_is_damaged_there_is_made_anew(home: Path) -> None:
    first = first_faces(OpenVinoTracker(open_networks(task())))
    kept = sorted((home / "cache" / "landmarks").iterdir())
    assert len(kept) == len(PLANS)
    whole = [path.read_bytes() for path in kept]
    for path, content in zip(kept, whole, strict=True):
        path.write_bytes(content[:1000] + bytes(8) + content[1008:])
    older = kept[0].with_name(kept[0].name.replace(kept[0].stem[-32:], "0" * 32))
    older.write_bytes(b"of an older OpenVINO")
    for _ in range(2):  # damaged, then whole
        open_networks.cache_clear()
        again = first_faces(OpenVinoTracker(open_networks(task())))
        for one, other in zip(first, again, strict=True):
            assert (one[0].points_px == other[0].points_px).all()
    assert sorted((home / "cache" / "landmarks").iterdir()) == kept  # and no older one


def test_a_cache_that_cannot_be_written_only_costs_time(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "cache").write_text("a file in its place")
    assert all(first_faces(OpenVinoTracker(open_networks(task()))))


class WithNumbers:
    """The networks, of which one answers with other numbers from a call on."""

    def __init__(self, networks: FaceNetworks, name: str, value: float, after: int) -> None:
        self._networks, self._name, self._value, self._left = networks, name, value, after
        self.calls = dict.fromkeys(PLANS, 0)

    def request(self, name: str) -> Any:
        real, outer = self._networks.request(name), self

        class Request:
            input = real.input

            def start(self) -> None:
                real.start()

            def run(self) -> list[Any]:
                real.start()
                return self.finish()

            def finish(self) -> list[Any]:
                outer.calls[name] += 1
                outputs = [np.array(output) for output in real.finish()]
                if name == outer._name and outer.calls[name] > outer._left:
                    outputs = [np.full_like(output, outer._value) for output in outputs]
                return outputs

        return Request()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_no_number_out_of_a_network_is_no_face_and_is_looked_for_again(value: float) -> None:
    networks = WithNumbers(open_networks(task()), "landmarks", value, after=2)
    faces = first_faces(OpenVinoTracker(networks))  # type: ignore[arg-type]
    assert [len(found) for found in faces] == [1, 1, 0, 0, 0]
    assert networks.calls["detector"] == 3  # the first, and each after a loss


def test_no_number_out_of_the_detector_is_no_face() -> None:
    networks = WithNumbers(open_networks(task()), "detector", np.nan, after=0)
    assert not any(first_faces(OpenVinoTracker(networks)))  # type: ignore[arg-type]


def test_no_number_out_of_the_blendshapes_leaves_the_landmarks() -> None:
    networks = WithNumbers(open_networks(task()), "blendshapes", np.nan, after=1)
    faces = first_faces(OpenVinoTracker(networks))  # type: ignore[arg-type]
    assert [found[0].blendshapes is None for found in faces] == [False, True, True, True, True]


def test_blendshapes_that_are_not_wanted_are_not_computed() -> None:
    networks = WithNumbers(open_networks(task()), "", 0.0, after=0)
    faces = first_faces(OpenVinoTracker(networks, blendshapes=False))  # type: ignore[arg-type]
    wanted = first_faces(OpenVinoTracker(open_networks(task())))
    assert networks.calls["blendshapes"] == 0
    for one, other in zip(faces, wanted, strict=True):
        assert one[0].blendshapes is None and (one[0].points_px == other[0].points_px).all()


def test_one_face_is_looked_for_once_and_then_followed() -> None:
    networks = WithNumbers(open_networks(task()), "", 0.0, after=0)
    assert all(first_faces(OpenVinoTracker(networks), most=20))  # type: ignore[arg-type]
    assert networks.calls == {"detector": 1, "landmarks": 20, "blendshapes": 20}


@pytest.mark.usefixtures("home")
def test_numbers_that_are_a_little_off_are_noticed() -> None:
    plan = PLANS["landmarks"]
    coarse = tuple(float(np.float32(value * (1 + 1 / 64))) for value in plan.reference)
    with pytest.raises(TrackerError, match="differently on this processor"):
        check_numbers(open_networks(task()).request("landmarks"), replace(plan, reference=coarse))


def test_without_openvino_it_is_said_what_to_do(tmp_path: Path) -> None:
    python, variables = python_without(tmp_path / "packages", "openvino")
    done = subprocess.run(
        [*python, "-c", OPEN.format(task=str(task()))], env=variables, capture_output=True, text=True, check=False
    )
    assert "OpenVINO cannot be imported" in done.stderr and "detect.tracker=task" in done.stderr


def test_without_mediapipe_it_runs_as_ever_and_the_others_name_it(tmp_path: Path) -> None:
    python, variables = python_without(tmp_path / "packages", "mediapipe")
    around = {**variables, "MESHMIRROR_HOME": str(tmp_path / "home")}

    def run(tracker: str) -> subprocess.CompletedProcess[str]:
        command = [
            *python, "-m", "realtime", "--source", str(clip("single_face.mp4")), "--headless", "--frames", "5",
            "--emotion", "inverse", "--model", "emotion@built-in", "--set", f"detect.tracker={tracker}",
            "--set", f"detect.task_file={task()}", "--json",
        ]  # fmt: skip
        return subprocess.run(command, cwd=tmp_path, env=around, capture_output=True, text=True, check=False)

    done = run("openvino")
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout)["tracker"] == "openvino"
    refused = run("task")
    assert refused.returncode == TrackerError.exit_code and "detect.tracker=openvino" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="strace is Linux's")
def test_it_contacts_nobody(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPEN.format(task=str(task()))]
    assert contacts(command, tmp_path, MESHMIRROR_HOME=str(tmp_path)) == []


@pytest.mark.parametrize("shape", [(16, 16, 3), (4320, 7680, 3)])
def test_a_face_is_followed_in_the_smallest_and_the_largest_picture(shape: tuple[int, int, int]) -> None:
    """Of 16 x 16 there is nothing to see, in 8K the face is 2,000 pixels high."""
    import cv2

    with open_source(str(clip("single_face.mp4"))) as source:
        image = cv2.resize(next(iter(source)).image, shape[1::-1])
    tracker = open_tracker("openvino", task_file=task())
    found = [largest_face(tracker.track_all(Frame(image, at * 33_000_000, at, 0))) for at in range(3)]
    if shape[0] > 100:
        assert all(face is not None and np.ptp(face.points_px[:, 1]) > 1500 for face in found)
