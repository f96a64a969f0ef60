"""Videos and animations of a session, read by ffprobe and PIL."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

import numpy as np
import pytest
from common import needs_bundled
from PIL import Image, ImageSequence

from realtime.core.errors import UsageError
from realtime.core.view_options import View
from realtime.export.exporter import ExportOptions, export
from realtime.export.video import VideoLook

pytestmark = needs_bundled


def probe(path: Path) -> dict[str, str]:
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-show_entries",
         "stream=width,height,nb_read_frames,avg_frame_rate,codec_name", "-of", "json", str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, str] = json.loads(done.stdout)["streams"][0]
    return found


def test_a_video_of_chosen_views(inverse_folder: Path, tmp_path: Path) -> None:
    look = VideoLook((View.CAMERA, View.GHOST), (482, 271), 10)
    report = export(inverse_folder, ExportOptions("mp4", tmp_path / "a.mp4", 0.5, look=look), print).to_json()
    found = probe(tmp_path / "a.mp4")
    assert (found["codec_name"], found["width"], found["height"]) == ("h264", 482, 270)
    assert int(found["nb_read_frames"]) == report["pictures"] == 19 and found["avg_frame_rate"] == "10/1"
    assert stat.S_IMODE((tmp_path / "a.mp4").stat().st_mode) == 0o600
    last = subprocess.run(
        ["ffmpeg", "-v", "error", "-ss", "1.8", "-i", str(tmp_path / "a.mp4"), "-frames:v", "1", "-f", "rawvideo",
         "-pix_fmt", "rgb24", "-"],
        capture_output=True, check=True,
    )  # fmt: skip
    picture = np.frombuffer(last.stdout, np.uint8).reshape(270, 482, 3).astype(int)
    for half in (picture[60:, 20:230], picture[60:, 250:460]):
        assert half.std() > 20, "something is drawn in either"


def test_an_animation_has_the_rate_of_the_session_up_to_15(inverse_folder: Path, tmp_path: Path) -> None:
    look = VideoLook((View.OBSERVED,), (320, 180))
    report = export(inverse_folder, ExportOptions("gif", tmp_path / "a.gif", 1, 2, look=look), print).to_json()
    with Image.open(tmp_path / "a.gif") as animation:
        assert animation.size == (320, 180) and animation.info["duration"] == 70
        pictures = [np.asarray(frame.convert("L"), float) for frame in ImageSequence.Iterator(animation)]
    assert report["pictures"] == 14 and 10 <= len(pictures) <= 14
    assert np.abs(pictures[0] - pictures[-1]).max() > 20, "the face moves"
    assert stat.S_IMODE((tmp_path / "a.gif").stat().st_mode) == 0o600


def test_views_of_a_picture_need_one(network_folder: Path, tmp_path: Path) -> None:
    look = VideoLook((View.ON_FACE,))
    with pytest.raises(UsageError, match="on-face: the session has no pictures"):
        export(network_folder, ExportOptions("mp4", tmp_path / "a.mp4", look=look), print)
    report = export(
        network_folder, ExportOptions("mp4", tmp_path / "a.mp4", 0, 0.2, look=VideoLook(None, (320, 180))), print
    ).to_json()
    assert report["views"] == ["observed", "predicted"] and report["rows"] == 6
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
