"""Our streams in programs of others: LabRecorder and pyxdf, two decoders of OSC, one of Live Link Face, three.js."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from chromium import Tab, chromium
from common import Once
from node_osc import PACKAGES, NodeReceivers
from npm import THREE, npm_folder
from osc_receiver import Receiver, decode
from other_venv import answer, make_venv, python_of
from streamed import EMOTIONS, POSE, SHAPES, SHARED, no_face, sample
from three_page import write_page

from realtime.core.config import StreamConfig, load_config
from realtime.core.types import Pose
from realtime.export.figures.atlas_options import AtlasOptions
from realtime.export.gltf.atlas_head import make_atlas_head
from realtime.stream.address import StreamAddress
from realtime.stream.live_link_face import LiveLinkOutput
from realtime.stream.lsl import LslOutput
from realtime.stream.lsl_groups import Groups
from realtime.stream.osc import OscOutput
from realtime.stream.sample import StreamMark
from realtime.stream.vmc import VmcOutput

pytest.importorskip("pylsl")
pytest.importorskip("pythonosc")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.version_info >= (3, 13), reason="labrecorder has wheels for Python 3.11 and 3.12"),
]
_SAMPLES = 120
_RECORD = """
import sys, labrecorder
recording = labrecorder.Recording(sys.argv[1], [], [f"name='{name}'" for name in sys.argv[2:]])
print("recording", flush=True)
sys.stdin.read()
recording.stop()
"""
_READ = """
import json, sys, pyxdf
streams, header = pyxdf.load_xdf(sys.argv[1], synchronize_clocks=False, dejitter_timestamps=False)
def channels(info):
    return [[c["label"][0], c["unit"][0]] for c in info["desc"][0]["channels"][0]["channel"]]
print(json.dumps([{
    "name": s["info"]["name"][0], "type": s["info"]["type"][0], "channels": channels(s["info"]),
    "error_s": s["info"]["desc"][0]["clock"][0]["error_s"][0], "stamps": s["time_stamps"].tolist(),
    "values": s["time_series"] if isinstance(s["time_series"], list) else s["time_series"].tolist(),
    "offsets": s.get("clock_values", []) if isinstance(s.get("clock_values", []), list) else [],
} for s in streams]))
"""
_LIVE_LINK = """
import json, sys
from pylivelinkface import PyLiveLinkFace, FaceBlendShape
found = []
for packet in json.loads(sys.argv[1]):
    ok, face = PyLiveLinkFace.decode(bytes.fromhex(packet))
    found.append({"ok": ok, "name": face.name, "fps": face.fps, "frame": face._frames, "denominator": face._denominator,
                  "values": {shape.name: face.get_blendshape(shape) for shape in FaceBlendShape}})
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def venv(once: Once) -> Path:
    """An environment with numpy 2, which none of ours has beside mediapipe."""
    wanted = ("labrecorder==1.0.0rc0", "pyxdf==1.17.5", "PyLiveLinkFace==0.1", "numpy>=2")
    return once("other-venv", lambda folder: make_venv(folder, *wanted))


@pytest.fixture(scope="module")
def modules(once: Once) -> Path:
    return once("npm-osc", lambda folder: npm_folder(folder, *PACKAGES, THREE)) / "node_modules"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with chromium(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def test_lab_recorder_and_pyxdf_have_every_sample_label_and_stamp(venv: Path, tmp_path: Path) -> None:
    name = f"recorded {time.monotonic_ns()}"
    output = LslOutput(StreamConfig(name=name))
    mesh = np.linspace(-1, 1, 478 * 3, dtype=np.float32).reshape(478, 3)
    output.send(sample(0, layout=SHARED, observed=mesh, predicted=mesh))
    path = tmp_path / "a.xdf"
    streams = [f"{name} {stream}" for stream in ("marks", *output._outlets)]
    process = subprocess.Popen(
        [str(python_of(venv)), "-I", "-c", _RECORD, str(path), *streams],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    outlets = [output._marks, *(outlet for _, outlet in output._outlets.values())]
    deadline = time.monotonic() + 60
    while not all(outlet.have_consumers() for outlet in outlets):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    samples = [
        no_face(at, layout=SHARED) if at % 10 == 9 else
        sample(at, layout=SHARED, observed=mesh * at, predicted=-mesh, delivered=at / 7, gain=None)
        for at in range(1, _SAMPLES + 1)
        if time.sleep(0.01) is None
    ]  # fmt: skip
    expected: dict[str, list[Any]] = {}
    groups = Groups()
    for one in samples:
        output.send(one)
        output.mark(StreamMark(f"mark {one.index}", one.captured_ns))
        for row in groups.rows(one, 0):
            expected.setdefault(f"{name} {row.group.name}", []).append(row)
    time.sleep(2.0)
    output.close()
    process.communicate("", timeout=60)
    found = {stream["name"]: stream for stream in answer(venv, _READ, str(path))}
    assert set(found) == {*expected, f"{name} marks"} and len(found) == 10
    offset_s = output._clock.at(0)
    for stream, rows in expected.items():
        one = found[stream]
        assert [label for label, _ in one["channels"]] == list(rows[0].group.labels)
        assert [unit for _, unit in one["channels"]] == list(rows[0].group.units) and one["type"] == rows[0].group.type
        assert one["stamps"] == [row.at_ns / 1e9 + offset_s for row in rows], stream
        assert 0 <= float(one["error_s"]) < 1e-3
        kind = np.float64 if rows[0].group.precise else np.float32
        values = np.array([np.ravel(row.values) for row in rows], kind)
        got = np.array(one["values"], kind)
        if rows[0].group.precise:  # the age is that of the sending
            values, got = values[:, :-1], got[:, :-1]
        np.testing.assert_array_equal(got, values, stream)
    marks = found[f"{name} marks"]
    assert [label for (label,) in marks["values"]] == [f"mark {one.index}" for one in samples]
    assert marks["stamps"] == [one.captured_ns / 1e9 + offset_s for one in samples]


def test_two_decoders_of_node_read_the_same_messages(modules: Path) -> None:
    receivers = NodeReceivers(modules)
    config = StreamConfig()
    samples = [sample(at, delivered=at / 3) if at % 4 else no_face(at) for at in range(1, 41)]
    try:
        with Receiver() as ours:
            for port in (*receivers.ports.values(), ours.port):
                outputs = (OscOutput(StreamAddress("osc", "127.0.0.1", port), config),
                           VmcOutput(StreamAddress("vmc", "127.0.0.1", port), config))  # fmt: skip
                for one in samples:
                    for output in outputs:
                        output.send(one)
                    time.sleep(0.005)
                outputs[0].mark(StreamMark("the end", 0))
                for output in outputs:
                    output.close()
            ours.until(lambda: ("/meshmirror/mark", ["the end"]) in ours.messages)
            expected = _without_ages([[address, *values] for address, values in ours.messages])
        found = receivers.received()
    finally:
        receivers.close()
    assert len(expected) > 4000
    for package, messages in found.items():
        assert _without_ages(messages) == expected, package


def _without_ages(messages: list[list[Any]]) -> list[list[Any]]:
    kept = [message for message in messages if "age" not in message[0] and message[0] != "/VMC/Ext/T"]
    return [[round(value, 6) if isinstance(value, float) else value for value in message] for message in kept]


def test_a_decoder_of_live_link_face_reads_every_value(venv: Path) -> None:
    with Receiver() as receiver:
        output = LiveLinkOutput(StreamAddress("livelink", "127.0.0.1", receiver.port), StreamConfig(name="Anna"))
        output.send(sample())
        receiver.until(lambda: len(receiver.packets) == 1)
        output.close()
    (found,) = answer(venv, _LIVE_LINK, json.dumps([packet.hex() for packet in receiver.packets]))
    assert (found["ok"], found["name"], found["fps"], found["denominator"]) == (True, "Anna", 60, 1)
    now = time.localtime()
    assert abs(found["frame"] / 60 - (now.tm_hour * 3600 + now.tm_min * 60 + now.tm_sec)) < 60
    values = found["values"]
    for name, value in SHAPES.items():
        assert values[name[0].upper() + name[1:]] == pytest.approx(value), name
    head = [values[f"Head{angle}"] * np.pi for angle in ("Yaw", "Pitch", "Roll")]
    assert head == pytest.approx([POSE.yaw, POSE.pitch, POSE.roll])


def test_packets_of_vmc_drive_a_head_on_a_page(modules: Path, browser: Tab, tmp_path: Path) -> None:
    """The head of a model, whose targets are emotions, in three.js: right-handed, with x to the subject's left."""
    calm = dict.fromkeys(EMOTIONS, 0.0)
    states = {
        "rest": sample(features=calm, pose=Pose(0, 0, 0)),
        "smile": sample(features={**calm, "happiness": 1.0}, pose=Pose(0, 0, 0)),
        "right": sample(features=calm, pose=Pose(0, 0.5, 0)),
        "left": sample(features=calm, pose=Pose(0, -0.5, 0)),
        "up": sample(features=calm, pose=Pose(0.4, 0, 0)),
    }
    recorded = {}
    for name, one in states.items():
        with Receiver() as receiver:
            output = VmcOutput(StreamAddress("vmc", "127.0.0.1", receiver.port), StreamConfig(vmc_names=["vrm0"]))
            output.send(replace(one, blendshapes=None))
            receiver.until(lambda seen=receiver: any("Apply" in address for address, _ in seen.messages))  # type: ignore[misc]
            output.close()
        recorded[name] = [message for packet in receiver.packets for message in decode(packet)]
    glb = tmp_path / "head.glb"
    make_atlas_head(load_config(None, [], {"model.names": "emotion@built-in"}), AtlasOptions(glb), print)
    write_page(tmp_path / "page.html", modules / "three", glb)
    browser.open(tmp_path / "page.html")
    assert browser.run("window.ready") is True and browser.problems == []
    pictures = {}
    for name, messages in recorded.items():
        browser.run(f"{_APPLY}; apply({json.dumps(messages)})")
        pictures[name] = cv2.imdecode(np.frombuffer(browser.picture(), np.uint8), cv2.IMREAD_COLOR)
    changed = {name: cv2.absdiff(picture, pictures["rest"]) for name, picture in pictures.items()}
    assert changed["smile"].max() > 40, "the mouth has moved"
    assert all(changed[name].mean() > 2 * changed["smile"].mean() for name in ("right", "left", "up"))
    at_rest, right, left, up = (looks(pictures[name]) for name in ("rest", "right", "left", "up"))
    assert right[0] < at_rest[0] - 10 < at_rest[0] + 10 < left[0], "its right is on the left of who looks at it"
    assert abs(at_rest[0]) < 8 and up[1] < at_rest[1] - 3


def looks(picture: np.ndarray) -> tuple[float, float]:
    """Where the blue irises are, from the middle of the face, pixels to the right and down."""
    blue, _, red = np.moveaxis(picture.astype(int), -1, 0)
    middle = [where.mean() for where in np.nonzero(red > 60)]
    irises = [where.mean() for where in np.nonzero(blue > red + 30)]
    return irises[1] - middle[1], irises[0] - middle[0]


_APPLY = """
window.apply = messages => {
  const names = {Joy: 'happiness', Angry: 'anger', Sorrow: 'sadness', Surprised: 'surprise'}, pending = {};
  for (const [address, values] of messages) {
    if (address == '/VMC/Ext/Blend/Val') pending[values[0]] = values[1];
    if (address == '/VMC/Ext/Blend/Apply')
      for (const name in pending) if (names[name]) window.morph(names[name], pending[name]);
    if (address == '/VMC/Ext/Bone/Pos') {
      const [x, y, z, w] = values.slice(4);
      window.gltf.scene.quaternion.set(x, -y, -z, w);
    }
  }
  window.turn(0);
  return true;
}
"""
