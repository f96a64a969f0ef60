"""An interrupt does not come between an output and whoever removes it."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from realtime.core import files
from realtime.core.config import RecordConfig
from realtime.core.interrupts import held_back, interrupt_on_signals
from realtime.export.new_session import new_session
from realtime.export.tables.table_files import new_file
from realtime.media.new_video import new_video
from realtime.media.png import write_picture


@pytest.fixture(autouse=True)
def signals() -> Iterator[list[int]]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield interrupt_on_signals()
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_waits_for_the_end_of_the_outermost_block(signals: list[int]) -> None:
    reached = []
    with pytest.raises(KeyboardInterrupt), held_back():
        with held_back():
            signal.raise_signal(signal.SIGINT)
        reached.append("inner")
        signal.raise_signal(signal.SIGINT)
        reached.append("outer")
    assert reached == ["inner", "outer"] and signals == [signal.SIGINT] * 2
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    with held_back():
        pass  # nothing is left over


def test_a_block_of_another_thread_holds_nothing_back() -> None:
    entered, leave = threading.Event(), threading.Event()

    def work() -> None:
        with held_back():
            entered.set()
            leave.wait()

    thread = threading.Thread(target=work)
    thread.start()
    entered.wait()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    leave.set()
    thread.join()


def _picture(folder: Path) -> None:
    write_picture(folder / "a.png", np.zeros((2, 2, 3), np.uint8))


def _table(folder: Path) -> None:
    with new_file(folder / "a.csv") as (_, file):
        file.write(b"a")


def _video(folder: Path) -> None:
    with new_video(folder / "a.mp4", (16, 16), RecordConfig()) as writer:
        writer.put(np.zeros((16, 16, 3), np.uint8), 0, wait=True)


def _session(folder: Path) -> None:
    with new_session(folder / "a"):
        raise AssertionError("is interrupted while it is created")


@pytest.mark.parametrize("write", [_picture, _table, _video, _session])
def test_interrupts_at_the_creation_and_at_the_removal_leave_nothing(
    write: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second Ctrl-C of an impatient user meets the removal."""
    created, removed = [], []

    def on_event(event: str, arguments: tuple[object, ...]) -> None:
        if not armed or threading.current_thread() is not threading.main_thread():
            return
        if (event == "open" and str(arguments[0]).startswith(str(tmp_path))) or event == "os.mkdir":
            created.append(arguments[0])
            signal.raise_signal(signal.SIGINT)
        elif event in ("os.remove", "os.rmdir"):
            removed.append(arguments[0])
            signal.raise_signal(signal.SIGINT)

    armed = True
    sys.addaudithook(on_event)
    try:
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path)
    finally:
        armed = False
    assert created and removed, "the signals came"
    assert not list(tmp_path.iterdir())


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), files.new_output(tmp_path / "a.txt") as path:
        assert path.exists()
        raise ZeroDivisionError
    with files.new_output(tmp_path / "a.txt") as path:
        path.write_text("a")
    assert [found.name for found in tmp_path.iterdir()] == ["a.txt"]
