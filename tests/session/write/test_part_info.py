"""What a recording says of itself, and what it keeps to itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from common import Runner
from mjpeg_server import MjpegServer

import realtime.session
from realtime.core.config import load_config
from realtime.session.write.part_info import settings


@pytest.mark.parametrize(
    ("key", "given", "kept"),
    [
        ("detect.task_file", "/home/anna/face_landmarker.task", "face_landmarker.task"),
        ("detect.pyfeat_weights", "weights/a.safetensors", "a.safetensors"),
        ("model.names", ["/home/anna/mine.npz", "au@v4", "~/b.npz", "../c.npz"][:3], ["mine.npz", "au@v4", "b.npz"]),
        ("source.path", "rtsp://anna:secret@10.0.0.7/stream?key=1", "the source's name"),
        ("source.path", "/home/anna/film.mp4", "the source's name"),
    ],
)
def test_settings_tell_of_no_folder_and_no_password(key: str, given: object, kept: object) -> None:
    config = load_config(options={key: given, "record.path": "/home/anna/s", "record.folder": "/home/anna"})
    tree = settings(config, "the source's name")
    section, _, name = key.partition(".")
    assert tree[section][name] == kept
    text = json.dumps(tree)
    assert "anna" not in text and "secret" not in text and "path" not in tree["record"]
    assert {**tree["record"], "path": None, "folder": "."}.keys() == config.model_dump()["record"].keys()


def test_nothing_that_is_written_holds_the_password_of_a_camera(
    meshmirror: Runner, camera: MjpegServer, tmp_path: Path
) -> None:
    address = camera.url.replace("http://", "http://anna:secret@")
    done = meshmirror("--source", address, "--headless", "--frames", "12", "--record", str(tmp_path / "s"))
    assert done.returncode == 0, done.stderr
    for path in (tmp_path / "s").iterdir():
        content = path.read_bytes()
        assert b"secret" not in content and str(tmp_path).encode() not in content, path.name
    with realtime.session.open(tmp_path / "s") as session:
        assert session.parts[0].info.live and "127.0.0.1" in session.parts[0].info.source
