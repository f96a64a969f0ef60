"""The cost of a recording: frame rates with and without it, and long sessions."""

from __future__ import annotations

import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from realtime.app.bench.camera_loop import LIVE_HZ
from realtime.app.bench.child import measured_in_child
from realtime.app.bench.window_cost import CLIP, resident_mib
from realtime.app.mirror import Mirror
from realtime.app.run_options import RunOptions
from realtime.app.wakeup import Wakeup
from realtime.capture import OpenSource, open_source
from realtime.core.config import Config
from realtime.core.errors import DisplayError
from realtime.core.resources import pyfeat_file
from realtime.core.types import ByteArray, Frame, SourceInfo, SourceState
from realtime.pipeline.build import Pipeline
from realtime.view import open_offscreen

CAMERA, WINDOW = (640, 480), (1280, 720)
SMALL = (96, 72)  # for many rows: the memory that is kept does not depend on the size
PICTURES = 150  # of the clip
PREROLL_S = 5.0
# The settings of each kind of run that differ.
KINDS: dict[str, dict[str, Any]] = {"plain": {}, "recorded": {}, "preroll": {"preroll_s": PREROLL_S}}
ROWS, SETTLED_ROWS = 54_000, 1_800  # half an hour, and its first minute
_OPENED = 3  # a third of that is opened: ten minutes

Notify = Callable[[str], None]


def record(config: Config, rounds: int, seconds: float, rows: int, notify: Notify) -> dict[str, Any]:
    """The mirror of a 30 Hz source plain, recorded and with a pre-roll in turn; a session opened; memory of a long one.

    `seconds`: of each run of the mirror.
    """
    notify("the mirror, with and without recording")
    report: dict[str, Any] = {"camera": list(CAMERA), "window": list(WINDOW)}
    try:
        report["live"] = mirrors(config, rounds, seconds)
    except DisplayError as error:
        report["error"] = str(error)
    with tempfile.TemporaryDirectory(prefix="meshmirror-bench-") as folder:
        notify(f"a session of {rows // _OPENED:,} rows: written, opened, searched")
        opened = Path(folder) / "opened"
        report["written"] = _child(config, "write", opened, rows // _OPENED, CAMERA)
        report["opened"] = _child(config, "open", opened)
        notify(f"a recording of {rows:,} rows: memory that is kept")
        report["long"] = _child(config, "write", Path(folder) / "long", rows, SMALL)
    return report


class PacedPictures(OpenSource):
    """A camera that delivers images from memory, one every 33 ms, without waiting."""

    def __init__(self, pictures: Sequence[ByteArray], count: int) -> None:
        self._pictures = pictures
        self._count = count
        self._begun_ns: int | None = None
        self._newest = -1
        self._skipped = 0
        self._closed = False

    @property
    def info(self) -> SourceInfo:
        """A live source."""
        height, width = self._pictures[0].shape[:2]
        return SourceInfo("bench", live=True, size=(width, height), rate=LIVE_HZ, frames=None)

    @property
    def state(self) -> SourceState:
        """Ended after so many pictures."""
        return "ended" if self._closed or self._newest >= self._count - 1 else "live"

    @property
    def skipped(self) -> int:
        """Pictures that were skipped."""
        return self._skipped

    def latest(self, timeout: float = 0.0) -> Frame | None:
        """The picture that is due now or, within `timeout` seconds, next."""
        if self._begun_ns is None:
            self._begun_ns = time.monotonic_ns()
        number = (time.monotonic_ns() - self._begun_ns) * LIVE_HZ // 1_000_000_000
        if number <= self._newest:
            number = self._newest + 1
            left = (self._due_ns(number) - time.monotonic_ns()) / 1e9
            time.sleep(max(0.0, min(left, timeout)))
            if left > timeout:
                return None
        if self.state == "ended":
            return None
        self._skipped += number - self._newest - 1
        self._newest = number
        due = self._due_ns(number)
        return Frame(self._pictures[number % len(self._pictures)], due, number, due)

    def close(self, timeout: float = 0.5) -> None:
        """There is nothing to release."""
        self._closed = True

    def _due_ns(self, number: int) -> int:
        assert self._begun_ns is not None
        return self._begun_ns + -(-number * 1_000_000_000 // LIVE_HZ)


class PatientPictures(PacedPictures):
    """The same as a file, of which no picture may be skipped."""

    @property
    def info(self) -> SourceInfo:
        """A source that waits."""
        return replace(super().info, live=False)


def clip_pictures(size: tuple[int, int], count: int = PICTURES) -> list[ByteArray]:
    """The first pictures of a clip, cut and scaled to `size` (width, height)."""
    import cv2

    found = []
    with open_source(str(pyfeat_file(CLIP))) as source:
        for frame in source:
            height, width = frame.image.shape[:2]
            side = min(width / size[0], height / size[1])
            wide, high = round(size[0] * side), round(size[1] * side)
            left, top = (width - wide) // 2, (height - high) // 2
            cut = frame.image[top : top + high, left : left + wide]
            found.append(cv2.resize(cut, size, interpolation=cv2.INTER_AREA).astype(np.uint8))
            if len(found) == count:
                break
    return found


def mirrors(config: Config, rounds: int, seconds: float) -> dict[str, Any]:
    """The kinds of run, alternating, so that all run on the same machine. Raises DisplayError without OpenGL."""
    pictures = clip_pictures(CAMERA)
    runs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for turn in range(rounds):
        for kind in list(KINDS)[:: -1 if turn % 2 else 1]:
            runs[kind].append(mirror(config, kind, pictures, seconds))
    found: dict[str, Any] = {kind: _together(of_kind) for kind, of_kind in runs.items()}
    found["recorded_to_plain"] = round(found["recorded"]["drawn_a_second"] / found["plain"]["drawn_a_second"], 4)
    found["preroll_to_plain"] = round(found["preroll"]["drawn_a_second"] / found["plain"]["drawn_a_second"], 4)
    return found


def mirror(config: Config, kind: str, pictures: Sequence[ByteArray], seconds: float) -> dict[str, Any]:
    """One run of the real program on a picture of its window."""
    with tempfile.TemporaryDirectory(prefix="meshmirror-bench-") as folder:
        path = Path(folder) / "session"
        record = {**config.record.model_dump(), **KINDS[kind], "path": path if kind == "recorded" else None}
        settings = config.with_detect(emotion="inverse", pose_source="mesh").model_copy(
            update={"record": config.record.model_validate(record)}
        )
        screen = open_offscreen(WINDOW)
        source = PacedPictures(pictures, round(seconds * LIVE_HZ))
        pipeline = Pipeline.from_config(settings, notify=lambda _: None)
        options = RunOptions(headless=True, notify=lambda _: None)
        memory = resident_mib()
        used = time.process_time()
        with closing(Mirror(settings, options, pipeline, source, Wakeup(screen))) as shown:
            shown.run()
            used = time.process_time() - used
            more = resident_mib()
            report = shown.report()
        fps, latency_ms = report.fps, report.latency_ms
        assert fps is not None and latency_ms is not None, "a run of seconds has several frames"
        found = {
            "frames": report.frames,
            "skipped": report.skipped,
            "undrawn": report.undrawn,
            "seconds": (report.frames - 1) / fps,
            "processor_ms": 1e3 * used / report.frames,
            "latency_ms": dict(latency_ms),
            "memory_grown_mib": None if memory is None or more is None else more - memory,
        }
        if kind == "recorded":
            (session,) = report.sessions
            sizes = {file.name: file.stat().st_size for file in path.iterdir()}
            found |= {"streams": session.to_json()["streams"], "bytes": sizes, "session_s": session.seconds}
    return found


def _together(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The runs of one kind as one."""
    seconds = sum(run["seconds"] for run in runs)
    frames = sum(run["frames"] for run in runs)
    found: dict[str, Any] = {
        "runs": len(runs),
        "frames_a_second": round(frames / seconds, 2),
        "drawn_a_second": round((frames - sum(run["undrawn"] for run in runs)) / seconds, 2),
        "skipped": sum(run["skipped"] for run in runs),
        "processor_ms": round(sum(run["processor_ms"] * run["frames"] for run in runs) / frames, 2),
        "latency_ms": {
            name: round(float(np.median([run["latency_ms"][name] for run in runs])), 2) for name in ("median", "p95")
        },
        "memory_grown_mib": max((run["memory_grown_mib"] or 0.0) for run in runs),
    }
    recorded = [run for run in runs if "streams" in run]
    if recorded:
        minutes = sum(run["session_s"] for run in recorded) / 60
        found["streams"] = {
            name: {
                **{
                    count: sum(run["streams"].get(name, {}).get(count, 0) for run in recorded)
                    for count in ("captured", "recorded", "dropped")
                },
                "encoder": recorded[-1]["streams"].get(name, {}).get("encoder"),
            }
            for name in ("frames", "camera", "view")
        }
        found["mb_a_minute"] = {
            file: round(sum(run["bytes"].get(file, 0) for run in recorded) / 1e6 / minutes, 2)
            for file in ("frames.arrow", "camera.mp4", "view.mp4")
        }
    return found


def _child(config: Config, *arguments: object) -> dict[str, Any]:
    """What a fresh process measures, see `long_session`."""
    given = json.dumps(arguments, default=str)
    return measured_in_child("realtime.app.bench.long_session", given, config.model_dump_json(), timeout_s=900)


def record_targets(found: dict[str, Any]) -> list[tuple[str, float | None, float, str]]:
    """The targets of recordings, as (name, measured, limit, side)."""
    live, opened, long = (found.get(name, {}) for name in ("live", "opened", "long"))
    dropped = {name: counts["dropped"] for name, counts in live.get("recorded", {}).get("streams", {}).items()}
    seek = opened.get("seek_ms", {})
    at_most = [
        ("rows dropped", dropped.get("frames"), 0.0),
        ("pictures of the camera dropped", dropped.get("camera"), 0.0),
        ("pictures of the window dropped", dropped.get("view"), 0.0),
        (f"opening a session of {opened.get('rows', 0):,} rows, s", opened.get("open_s"), 0.3),
        ("  a row and its picture, p95 ms", seek.get("p95"), 100.0),
        ("  the slowest of 100, ms", seek.get("max"), 100.0),
        ("closing it, s", found.get("written", {}).get("close_s"), 1.0),
        (f"memory grown over {long.get('rows', 0):,} rows, MiB", long.get("grown_mib"), 5.0),
    ]
    return [
        ("frame rate, recording / not", live.get("recorded_to_plain"), 0.95, "at least"),
        *((*row, "at most") for row in at_most),
    ]
