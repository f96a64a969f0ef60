"""What the bench tells of the window, and that it would see a view that keeps what it should let go."""

from __future__ import annotations

import json
import mmap
from itertools import count
from typing import Any

import moderngl
import pytest
from common import Runner, needs_bundled

from realtime.app.bench.gl_objects import living_objects
from realtime.app.bench.window_cost import STATES, growth, paused, view_targets
from realtime.core.config import Config
from realtime.view.screen.offscreen import Offscreen
from realtime.view.screen.window import Window


@needs_bundled
def test_the_window_is_measured_and_without_a_display_all_but_the_pause(meshmirror: Runner) -> None:
    done = meshmirror("bench", "--view", "--rounds", "1", "--frames", "40", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report.keys() == {"machine", "view", "targets"}
    found = report["view"]
    assert found["frame_ms"].keys() == {"1280x720", "1920x1080"}
    for states in (*found["frame_ms"].values(), *found["processor_ms"].values()):
        assert states.keys() == STATES.keys()
        assert all(0 < state["median"] <= state["p95"] for state in states.values())
    assert found["software"] is ("llvmpipe" in found["renderer"])
    assert found["growth"]["frames"] == 40 and found["growth"]["gl_objects_grown"] == 0
    assert found["growth"]["gl_objects"]["texture"] > 1
    assert "DISPLAY" in found["paused"]["error"]
    rows = {row["name"]: row for row in report["targets"]}
    assert rows["paused, % of a core"]["met"] is None
    assert rows["OpenGL objects grown over 40 frames"]["met"] is True


@needs_bundled
def test_a_paused_window_is_measured_on_a_display(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    found = paused(Config(), seconds=0.5)
    assert found["seconds"] >= 0.5 and 0 < found["share"] < 4, found


def test_what_a_draw_keeps_is_seen() -> None:
    with Offscreen((16, 16)) as screen:
        kept: list[Any] = []
        kinds = {
            "buffer": lambda: screen.ctx.buffer(reserve=64),
            "texture": lambda: screen.ctx.texture((4, 4), 4),
            "vertexarray": lambda: screen.ctx.vertex_array(_program(screen.ctx), []),
        }
        clean = growth(screen.ctx, lambda _: screen.framebuffer.clear(), count(), 40)
        assert clean["gl_objects_grown"] == 0
        for kind, make in kinds.items():
            before = living_objects(screen.ctx)[kind]
            found = growth(screen.ctx, lambda _, make=make: kept.append(make()), count(), 40)
            assert found["gl_objects_grown"] >= 20 and found["gl_objects"][kind] == before + 40, kind
        heavy = growth(screen.ctx, lambda _: kept.append(_new_pages(1_000_000)), count(), 40)
        assert heavy["memory_grown_mib"] is None or heavy["memory_grown_mib"] > 15
        missed = [name for name, measured, limit in view_targets({"growth": found | heavy}) if (measured or 0) > limit]
        assert len(missed) == (heavy["memory_grown_mib"] is not None)


def test_objects_are_counted_in_a_window_as_well(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with Window("counted", (64, 64), vsync=False, visible=False) as window:
        before = living_objects(window.ctx)["texture"]
        texture = window.ctx.texture((4, 4), 4)
        assert living_objects(window.ctx)["texture"] == before + 1
        texture.release()
        assert living_objects(window.ctx)["texture"] == before


def _new_pages(size: int) -> mmap.mmap:
    """Memory that the process had not before; what it allocates may come out of what earlier tests gave back."""
    pages = mmap.mmap(-1, size)
    pages.write(b"\1" * size)
    return pages


def _program(ctx: moderngl.Context) -> moderngl.Program:
    return ctx.program(vertex_shader="#version 330 core\nvoid main() { gl_Position = vec4(0.0); }")
