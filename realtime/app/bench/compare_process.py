"""The memory of a comparison in a process of its own: `python -m realtime.app.bench.compare_process SOURCE`.

SOURCE drives the model. Takes {"video", "folder", "settings"} as JSON on stdin and prints a JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from realtime.app.bench.process_memory import peak_mb, resident_mb
from realtime.app.compare import CompareOptions, run_compare
from realtime.capture import open_source
from realtime.core.config import load_config
from realtime.core.errors import MeshmirrorError
from realtime.pipeline.build import Pipeline
from realtime.pipeline.compare.neutrals import NeutralWish

_FRAMES = 10  # until every stage has run


def main() -> None:
    """Measure a comparison of one video with one worker, which is this process."""
    given = json.load(sys.stdin)
    config = load_config(options={**given["settings"], "detect.emotion": sys.argv[1]})
    try:
        with Pipeline.from_config(config) as pipeline, open_source(given["video"]) as source:
            for _, frame in zip(range(_FRAMES), source, strict=False):
                pipeline.step(frame)
            models_mb = resident_mb(os.getpid())
        options = CompareOptions(config, (sys.argv[1],), NeutralWish("none"))
        report = run_compare([given["video"]], Path(given["folder"]), options)
    except MeshmirrorError as error:
        print(json.dumps({"error": str(error)}))
        return
    print(json.dumps({"frames": report.frames, "models_mb": models_mb, "peak_mb": peak_mb(os.getpid())}))


if __name__ == "__main__":
    main()
