"""What ends the mirror while it is being opened, before there is a first result."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from common import clip, needs_bundled

from realtime.app import live, whatif
from realtime.app.live import run_mirror
from realtime.app.run_options import RunOptions
from realtime.app.whatif import WhatIfOptions, run_whatif
from realtime.core.commands import Action, Request
from realtime.core.config import Config, load_config
from realtime.core.errors import ModelFileError
from realtime.core.view_state import ViewState
from realtime.view.screen.offscreen import Offscreen

pytestmark = [needs_bundled, pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")]

FRAMES = 20


def settings(**options: Any) -> Config:
    every = ("detect.emotion=inverse", "view.width=640", "view.height=360", "view.remember=false")
    return load_config(None, every, {"source.path": str(clip("WolfgangLanger_Pexels.mp4")), **options})


def inside_native_code(number: signal.Signals) -> None:
    """The signal comes while native code calls back, where an exception has nowhere to go: ctypes drops it."""
    ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(number))()


class Opened(Offscreen):
    """A window, as far as the mirror can tell."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(args[1])
        self.visible = True
        self.waits = 0


class Closed(Opened):
    """A window that is closed while it is being opened behind."""

    def poll(self, ui: ViewState) -> list[Request]:
        asked = super().poll(ui)
        self.waits += 1
        return [*asked, Action.QUIT] if self.waits == 1 else asked


class Signalled(Opened):
    """A window that gets a signal while one of its callbacks runs."""

    number = signal.SIGINT

    def wait(self, seconds: float) -> bool:
        self.waits += 1
        if self.waits == 2:  # the first is the card's
            inside_native_code(self.number)
        return super().wait(seconds)


@pytest.fixture
def handled() -> Any:
    """TERM as the program handles it before a run does: by an exception."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_window_that_is_being_opened(
    number: signal.Signals, handled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Signalled, "number", number)
    with pytest.raises(KeyboardInterrupt):
        run_mirror(settings(), RunOptions(frames=FRAMES, open_window=Signalled))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("program", [live, whatif])
def test_a_signal_that_is_lost_while_a_source_opens_ends_the_run(
    program: Any, handled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: Callable[..., Any] = program.open_source

    def open_source(*args: Any) -> Any:
        inside_native_code(signal.SIGTERM)
        return opened(*args)

    monkeypatch.setattr(program, "open_source", open_source)
    options = RunOptions(frames=FRAMES, headless=True)
    if program is whatif:
        assert run_whatif(settings(), WhatIfOptions(live=True), options).interrupted
    else:
        report = run_mirror(settings(), options)
        assert report.interrupted and report.frames < FRAMES


def test_ctrl_c_ends_a_source_that_is_being_opened_without_a_window(
    handled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_source(*args: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("opened all the same")

    monkeypatch.setattr(live, "open_source", open_source)
    with pytest.raises(KeyboardInterrupt):
        run_mirror(settings(), RunOptions(frames=FRAMES, headless=True))


def test_a_window_that_is_closed_while_it_is_being_opened_records_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "session"
    config = settings(**{"record.path": folder})
    report = run_mirror(config, RunOptions(frames=FRAMES, open_window=Closed))
    assert not report.interrupted and not report.failures
    assert report.frames == report.recorded == 0 and not report.outputs
    assert not folder.exists()


def test_a_model_that_is_not_there_is_reported_before_a_source_that_takes_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reported = threading.Event()
    in_time: list[bool] = []
    opened: Callable[..., Any] = live.open_source

    def open_source(*args: Any) -> Any:
        in_time.append(reported.wait(20))
        return opened(*args)

    monkeypatch.setattr(live, "open_source", open_source)
    with pytest.raises(ModelFileError, match="no model 'nosuch'"):
        run_mirror(settings(**{"model.names": ["nosuch"]}), RunOptions(frames=FRAMES, open_window=Opened))
    reported.set()
    for thread in threading.enumerate():
        if thread.name == "opening source":
            thread.join()
    assert in_time == [True]
