"""What ordinary tools find in a recording; nothing of the program helps them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import pyarrow as pa
from barcodes import number_in


@dataclass(frozen=True)
class Read:
    """What ordinary tools find in a part: numbers of its rows, and of the pictures of its videos."""

    rows: list[int]
    videos: dict[str, list[int]]


def read_part(folder: Path, number: int = 1) -> Read:
    """Read a part with pyarrow, PyAV, cv2 and ffprobe alone, which have to agree. Nothing of the program helps."""
    suffix = "" if number == 1 else f"_{number}"
    videos = {}
    for name in ("camera", "view"):
        path = folder / f"{name}{suffix}.mp4"
        if path.exists():
            videos[name] = pictures_in(path)
    return Read(_rows(folder / f"frames{suffix}.arrow"), videos)


def _rows(path: Path) -> list[int]:
    if not path.exists() or not path.stat().st_size:
        return []
    rows: list[int] = []
    with pa.memory_map(str(path)) as file:
        try:
            stream = pa.ipc.open_stream(file)
            for batch in stream:
                numbers = batch.column("frame").to_pylist()
                meshes = batch.column("landmarks")
                for row, frame in enumerate(numbers):
                    assert set(meshes[row].as_py()) == {float(frame)}, "a row has another one's landmarks"
                rows += numbers
        except (OSError, pa.ArrowException):
            pass  # the end is cut
    return rows


def pictures_in(path: Path) -> list[int]:
    """Numbers of the pictures of a video."""
    av.logging.set_level(None)
    found: list[int] = []
    try:
        with av.open(str(path)) as container:
            found += (number_in(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0))
    except (av.error.FFmpegError, IndexError):
        pass  # the end is cut, or it is empty
    capture = cv2.VideoCapture(str(path))
    other: list[int] = []
    while (read := capture.read())[0]:
        other.append(number_in(read[1]))
    assert other == found, f"{path.name}: cv2 and PyAV see different pictures: {other}, {found}"
    assert _ffprobe(path) == len(found), f"{path.name}: ffprobe counts otherwise than PyAV"
    return found


def _ffprobe(path: Path) -> int:
    done = subprocess.run(
        ["ffprobe", "-v", "quiet", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "json", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    streams = json.loads(done.stdout or "{}").get("streams", [])
    counted = streams[0].get("nb_read_frames", "0") if streams else "0"
    return int(counted) if counted.isdigit() else 0
