"""Start and memory of the tracker `openvino` in a process of its own: `python -m realtime.app.bench.landmark_process
CLIP`.

Takes {"task_file", "home"} as JSON on stdin, the latter the folder of its caches, and prints a JSON object.
"""

from __future__ import annotations

import json
import os
import sys
import time
from itertools import islice
from pathlib import Path

import cv2  # noqa: F401 (imported before the memory is read: every tracker needs it)

from realtime.app.bench.process_memory import peak_mb, resident_mb
from realtime.capture import open_source
from realtime.core.errors import MeshmirrorError
from realtime.core.user_folders import HOME
from realtime.detect import open_tracker

_FRAMES = 30


def main() -> None:
    """Open the tracker, follow a face, and say what that took."""
    given = json.load(sys.stdin)
    os.environ[HOME] = given["home"]
    process = os.getpid()
    with open_source(sys.argv[1]) as source:  # before the memory is read: a decoder has some of its own
        frames = list(islice(source, _FRAMES))
    before = resident_mb(process)
    begun, used = time.perf_counter(), time.process_time()
    try:
        tracker = open_tracker("openvino", task_file=Path(given["task_file"]), max_faces=1)
        start_s, processor_s = time.perf_counter() - begun, time.process_time() - used
        for frame in frames:
            tracker.track_all(frame)
    except MeshmirrorError as error:
        print(json.dumps({"error": str(error)}))
        return
    found = {"start_s": start_s, "processor_s": processor_s, "before_mb": before, "peak_mb": peak_mb(process)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
