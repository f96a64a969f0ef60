"""Memory, threads and open files of this process over passes of one kind; a program of its own for the tests.

PYTHONPATH=. python tests/support/growth.py KIND PASSES FOLDER       a line "MiB threads files" after every pass

pipelines    opened, used and closed           recordings   begun and ended in one window
models       switched in one window            replays      opened, played and closed

What was freed is returned to the system before each measurement: what is left is in use.
"""

from __future__ import annotations

import ctypes
import gc
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from common import clip
from passes import resident_mib
from remade import RECORDED

from realtime import Pipeline, load_config, open_source
from realtime.app.mirror import Mirror
from realtime.app.replay import run_replay
from realtime.app.run_options import RunOptions
from realtime.app.wakeup import Wakeup
from realtime.capture import SourceOptions
from realtime.core.commands import Action, Choose, Request
from realtime.core.config import Config
from realtime.pipeline.replay.control import ReplayOptions
from realtime.view import open_offscreen

CLIP = str(clip("single_face.mp4"))
SIZE = (640, 360)
FRAMES = 8  # of each pass
MODELS = ("emotion@built-in", "au@v4")


def pipelines(passes: int, folder: Path) -> Iterator[None]:
    """Tracker and model are opened, see some pictures, and are closed."""
    with open_source(CLIP) as source:
        frames = [frame for frame, _ in zip(source, range(FRAMES), strict=False)]
    for _ in range(passes):
        with Pipeline.from_config(_config(folder)) as pipeline:
            for frame in frames:
                pipeline.step(frame)
        yield


def recordings(passes: int, folder: Path) -> Iterator[None]:
    """The key R again and again, in one window over a clip that is looped."""
    with _Looping(folder) as (mirror, ask):
        for _ in range(passes):
            ask(Action.RECORD)
            _frames(mirror)
            ask(Action.RECORD)
            for ending in mirror._recorder._ending:
                ending.join()
            for session in folder.iterdir():
                shutil.rmtree(session)
            yield


def models(passes: int, folder: Path) -> Iterator[None]:
    """Another model is chosen, in one window over a clip that is looped."""
    with _Looping(folder) as (mirror, ask):
        for number in range(passes):
            before = mirror.runs.shown
            ask(Choose("models", MODELS[1 - number % 2]))
            while mirror.runs.shown is before:
                assert mirror.turn(), mirror.runs.current.failure
            _frames(mirror)
            yield


def replays(passes: int, folder: Path) -> Iterator[None]:
    """A session is opened, every row drawn and encoded, and closed."""
    for _ in range(passes):
        video = folder / "replay.mp4"
        config = load_config(None, [], {"record.path": video})
        run_replay(RECORDED, config, RunOptions(headless=True, notify=_quiet), ReplayOptions())
        video.unlink()
        yield


KINDS: dict[str, Callable[[int, Path], Iterator[None]]] = {
    "pipelines": pipelines, "recordings": recordings, "models": models, "replays": replays,
}  # fmt: skip


class _Looping:
    """A mirror over a looped clip, drawn into memory, and a hand on its keys."""

    def __init__(self, folder: Path) -> None:
        self._config = _config(folder)
        self._stack = ExitStack()

    def __enter__(self) -> tuple[Mirror, Callable[[Request], None]]:
        stack, config = self._stack, self._config
        screen = open_offscreen(SIZE)
        stack.callback(screen.close)
        pipeline = stack.enter_context(Pipeline.from_config(config))
        source = stack.enter_context(open_source(CLIP, SourceOptions.from_config(config.source)))
        mirror = Mirror(config, RunOptions(notify=_quiet), pipeline, source, Wakeup(screen))
        stack.callback(mirror.close)
        mirror.start()
        _frames(mirror)

        def ask(request: Request) -> None:
            mirror.ui.actions.append(request)
            assert mirror.turn()

        return mirror, ask

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _config(folder: Path) -> Config:
    sets = (
        "detect.tracker=bundled", "detect.emotion=inverse", f"model.names={MODELS[0]}", "source.loop=true",
        f"record.folder={folder}", "record.preset=ultrafast",
    )  # fmt: skip
    return load_config(None, sets, {"source.path": CLIP})


def _frames(mirror: Mirror) -> None:
    """Some results are shown."""
    done = mirror.runs.current.statistics.frames + FRAMES
    while mirror.runs.current.statistics.frames < done:
        assert mirror.turn()


def _quiet(_: str) -> None:
    return None


def main() -> None:
    kind, passes, folder = sys.argv[1:]
    trim = ctypes.CDLL(None).malloc_trim
    for _ in KINDS[kind](int(passes), Path(folder)):
        gc.collect()
        trim(0)
        threads, files = (len(list(Path(f"/proc/self/{name}").iterdir())) for name in ("task", "fd"))
        print(f"{resident_mib():.2f} {threads} {files}", flush=True)


if __name__ == "__main__":
    main()
