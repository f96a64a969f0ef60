"""face_landmarker.task is verified before the native loader sees it. How it is fetched: tests/model/hub/test_web.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from common import task_file

from realtime.core.errors import ModelFileError
from realtime.detect.landmarks import landmarker_file as weights
from realtime.model.hub import FACE_LANDMARKER


def test_one_flipped_bit_is_caught_before_mediapipe_sees_it(tmp_path: Path) -> None:
    source = task_file()
    content = bytearray(source.read_bytes() if source else bytes(FACE_LANDMARKER.exact_bytes))
    for place in range(0, len(content), len(content) // 10):
        content[place] ^= 1
        path = tmp_path / "bad.task"
        path.write_bytes(content)
        with pytest.raises(ModelFileError, match="models fetch"):
            weights.find_task(path)
        content[place] ^= 1


@pytest.mark.parametrize("content", [b"", b"text", b"\x80\x04."])
def test_another_file_is_refused_by_its_size(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.task"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="bytes"):
        weights.find_task(path)
