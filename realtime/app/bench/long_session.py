"""A long session, written by the real recorder faster than real time, and opened. Runs in a process of its own."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from realtime.core.config import Config

_RATE_NS = 33_333_333
_WINDOW = (320, 180)  # opening and searching a session does not read it
_SEEKS = 100


def write(config: Config, folder: str, rows: int, size: tuple[int, int]) -> dict[str, Any]:
    """Write a session of a clip's results, repeated: growth of memory after the first minute, time to close it."""
    from realtime.app.bench.recording import SETTLED_ROWS, PatientPictures, clip_pictures
    from realtime.app.bench.window_cost import resident_mib
    from realtime.core.types import Frame
    from realtime.pipeline.build import Pipeline
    from realtime.pipeline.run import PipelineRun
    from realtime.session.write import FrameRecord
    from realtime.session.write.session_recorder import SessionRecording

    pictures = clip_pictures(size)
    window = clip_pictures(_WINDOW)
    record = config.record.model_copy(update={"path": Path(folder), "preset": "superfast"})
    settings = config.with_detect(emotion="inverse", pose_source="mesh").model_copy(update={"record": record})
    with Pipeline.from_config(settings, notify=lambda _: None) as pipeline:
        faces = clip_pictures((640, 360), len(pictures))
        known = [pipeline.step(Frame(face, at * _RATE_NS, at, 0)) for at, face in enumerate(faces)]
        source = PatientPictures(pictures, rows)
        part = PipelineRun(settings, source, pipeline)
        recording = SessionRecording(Path(folder), record, lambda _: None)
        first: float | None = None
        start = time.perf_counter()
        for number in range(rows):
            at = number % len(known)
            frame = Frame(pictures[at], number * _RATE_NS, number, number * _RATE_NS)
            result = replace(known[at], frame=frame)
            recording.append(FrameRecord(result, part.recorded, 0, 0), wait=True)
            while number == 0 and "frames" not in recording.streams():
                time.sleep(0.01)
            recording.put(window[number % len(window)], result, wait=True)
            if number == min(SETTLED_ROWS, rows // 2):
                first = resident_mib()
        last = resident_mib()
        wrote_s = time.perf_counter() - start
        while recording.streams()["camera"].recorded < rows and not recording.ended:
            time.sleep(0.01)
        start = time.perf_counter()
        recording.stop()
        close_s = time.perf_counter() - start
    streams = {name: counts.model_dump(exclude_none=True) for name, counts in recording.streams().items()}
    return {
        "rows": rows,
        "write_s": round(wrote_s, 2),
        "close_s": round(close_s, 4),
        "grown_mib": None if first is None or last is None else round(last - first, 2),
        "streams": streams,
        "mb": {file.name: round(file.stat().st_size / 1e6, 2) for file in Path(folder).iterdir()},
        "failures": recording.failures,
    }


def opened(folder: str) -> dict[str, Any]:
    """Time to open a session (s), and to read any row and its picture (ms)."""
    start = time.perf_counter()
    import av  # noqa: F401
    import pyarrow as pa  # noqa: F401

    libraries_s = time.perf_counter() - start
    from realtime.session.read.session import open_session

    import_s = time.perf_counter() - start
    start = time.perf_counter()
    with open_session(folder) as session:
        rows = len(session)
        first, videos = session[0], [part.camera or part.view for part in session.parts]
        open_s = time.perf_counter() - start
        taken = []
        picked = np.random.default_rng(1).integers(0, rows, _SEEKS)
        for row in picked:
            start = time.perf_counter()
            stored, picture = session[int(row)], session.picture(int(row))
            taken.append((time.perf_counter() - start) * 1e3)
            if picture is None or stored.time_ns < first.time_ns:
                return {"error": f"row {row} has no picture"}
    if None in videos:
        return {"error": "no pictures were recorded"}
    median, p95 = np.percentile(taken, [50, 95])
    return {
        "rows": rows,
        "libraries_s": round(libraries_s, 3),
        "import_s": round(import_s, 3),
        "open_s": round(open_s, 4),
        "seek_ms": {"median": round(float(median), 2), "p95": round(float(p95), 2), "max": round(max(taken), 2)},
    }


def main() -> None:
    """A JSON list of a command and its arguments, with the settings as JSON on stdin: one JSON object on stdout."""
    config = Config.model_validate_json(sys.stdin.read())
    command, *arguments = json.loads(sys.argv[1])
    print(json.dumps(write(config, *arguments) if command == "write" else opened(*arguments)))


if __name__ == "__main__":
    main()
