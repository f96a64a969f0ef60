"""A program with a keeper, for tests that stop or kill it: prints JSON lines, offers pictures until it is ended."""

from __future__ import annotations

import json
import sys
import time

from workers import LiveLoop, Pictures, command

from realtime.detect.worker import WorkerSupervisor


def tell(**what: object) -> None:
    print(json.dumps(what), flush=True)


def main() -> None:
    with WorkerSupervisor[int](command(*sys.argv[1:]), live=True, note=lambda text: tell(note=text)) as keeper:
        while keeper.process_id is None:
            time.sleep(0.005)
        tell(worker=keeper.process_id)
        while keeper.state not in ("running", "preparing"):
            time.sleep(0.005)
        tell(state=keeper.state)
        loop = LiveLoop(keeper, Pictures())
        while True:
            end = time.monotonic() + 0.2
            loop.run(lambda end=end: time.monotonic() > end)  # type: ignore[misc]
            tell(answers=keeper.counts.answers, restarts=keeper.counts.restarts)


if __name__ == "__main__":
    main()
