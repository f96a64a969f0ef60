"""A shader that does not compile says where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import moderngl
import pytest

from realtime.core.errors import DisplayError
from realtime.core.resources import data_dir
from realtime.view.gl.shader import load_program
from realtime.view.screen.offscreen import Offscreen

VERTEX = "#version 330 core\nvoid main() { gl_Position = vec4(0.0); }\n"
FRAGMENT = "#version 330 core\nout vec4 c;\nvoid main() { c = vec4(1.0); }\n"


@pytest.fixture(scope="module")
def ctx() -> Iterator[moderngl.Context]:
    with Offscreen((8, 8)) as screen:
        yield screen.ctx


@pytest.mark.parametrize("suffix", ["vert", "frag"])
def test_the_file_and_the_line_are_named(ctx: moderngl.Context, tmp_path: Path, suffix: str) -> None:
    (tmp_path / "broken.vert").write_text(VERTEX)
    (tmp_path / "broken.frag").write_text(FRAGMENT)
    path = tmp_path / f"broken.{suffix}"
    path.write_text(path.read_text().replace("void main()", "// a comment\n\nvoid main()").replace("vec4(", "vec5(", 1))
    line = next(at for at, text in enumerate(path.read_text().splitlines(), 1) if "vec5" in text)
    with pytest.raises(DisplayError) as caught:
        load_program(ctx, "broken", folder=tmp_path)
    assert f"{path}, line {line}:" in str(caught.value)
    assert "vec5" in str(caught.value)


def test_stages_that_do_not_fit_are_named_both(ctx: moderngl.Context, tmp_path: Path) -> None:
    (tmp_path / "pair.vert").write_text(
        VERTEX.replace("void", "out vec2 never;\nvoid").replace("{ ", "{ never = vec2(1.0); ")
    )
    (tmp_path / "pair.frag").write_text(
        FRAGMENT.replace("out vec4 c;", "in vec3 never;\nout vec4 c;").replace("vec4(1.0)", "vec4(never, 1.0)")
    )
    with pytest.raises(DisplayError, match=r"pair\.vert and .*pair\.frag"):
        load_program(ctx, "pair", folder=tmp_path)


def test_a_missing_file_is_named(ctx: moderngl.Context, tmp_path: Path) -> None:
    with pytest.raises(DisplayError, match=r"nothing\.vert"):
        load_program(ctx, "nothing", folder=tmp_path)


def test_every_shader_asks_for_version_330() -> None:
    for path in data_dir("shaders").iterdir():
        assert path.read_text().startswith("#version 330 core\n"), path
