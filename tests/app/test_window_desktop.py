"""The program on its desktop: full screen with its key, minimised and restored while paused."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pytest
from common import needs_bundled
from running import Running, moved
from x11 import ICONIC, NORMAL, desktop

pytestmark = [needs_bundled, pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs an X server")]


def test_the_whole_screen_with_its_key_and_minimised_and_restored(start: Callable[..., Running], display: str) -> None:
    run = start("--set", "view.remember=false", "--set", "view.width=960", "--set", "view.height=540")
    run.until(lambda: run.picture().shape == (540, 960, 3) and run.picture().std() > 20, "something is drawn")
    run.xdotool("mousemove", "2", "2")  # away from the vertices, which tell of themselves
    run.key("space")
    run.until(lambda: moved(run.picture(), run.picture()) < 0.2, "paused")
    before = run.picture()

    run.key("F11")
    run.until(lambda: run.picture().shape == (1000, 1600, 3), "the whole screen")
    run.until(lambda: _drawn_to_the_corner(run.picture()), "and drawn up to its corner, paused as it is")
    run.key("F11")
    run.until(lambda: run.picture().shape == (540, 960, 3) and moved(run.picture(), before) < 1.0, "as it was")

    with desktop(display) as manager:
        manager.set_state(int(run.window), ICONIC)
        manager.set_state(int(run.window), NORMAL)
        run.until(lambda: moved(run.picture(), before) < 1.0, "restored, and drawn again")
        manager.set_state(int(run.window), ICONIC)
        run.key("q")
        assert run.end()["failures"] == []


def test_it_can_begin_full_screen(start: Callable[..., Running]) -> None:
    run = start("--set", "view.remember=false", "--set", "view.fullscreen=true")
    run.until(lambda: run.picture().shape == (1000, 1600, 3) and _drawn_to_the_corner(run.picture()), "full screen")
    run.key("q")
    assert run.end()["failures"] == []


def _drawn_to_the_corner(picture: np.ndarray) -> bool:
    """The ground is nowhere black, which a window is where nothing was drawn."""
    return bool(picture[-40:, -40:].sum(axis=-1).min() > 0 and picture.std() > 15)
