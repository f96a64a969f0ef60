"""A program with a supervisor, for tests that stop or kill it: prints JSON lines, offers pictures until it is ended."""

from __future__ import annotations

import json
import sys
import time

from workers import LiveLoop, Pictures, command

from realtime.detect.worker import WorkerSupervisor


def tell(**what: object) -> None:
    print(json.dumps(what), flush=True)


def main() -> None:
    with WorkerSupervisor[int](command(*sys.argv[1:]), live=True, notify=lambda text: tell(note=text)) as supervisor:
        while supervisor.process_id is None:
            time.sleep(0.005)
        tell(worker=supervisor.process_id)
        while supervisor.state not in ("running", "preparing"):
            time.sleep(0.005)
        tell(state=supervisor.state)
        loop = LiveLoop(supervisor, Pictures())
        while True:
            end = time.monotonic() + 0.2
            loop.run(lambda end=end: time.monotonic() > end)  # type: ignore[misc]
            tell(answers=supervisor.counts.answers, restarts=supervisor.counts.restarts)


if __name__ == "__main__":
    main()
