"""GLSL from `shaders/`: an error of compilation names the file and the line."""

from __future__ import annotations

import re
from pathlib import Path

import moderngl

from realtime.core.errors import DisplayError
from realtime.core.resources import data_dir

# Mesa "0:12(3): error", NVIDIA "0(12) : error", Apple and others "ERROR: 0:12:".
_LINE = re.compile(r"(?:ERROR:\s*)?\b\d+[:(](\d+)[):(]")
_STAGES = ("vertex_shader", "fragment_shader")


def load_program(
    ctx: moderngl.Context, name: str, fragment: str | None = None, folder: Path | None = None, define: str = ""
) -> moderngl.Program:
    """Compile `name`.vert with `fragment`.frag; by default both have the same name. `define` is set for both.

    Raises DisplayError with the file, the line and the line's text where the driver does not accept it.
    """
    folder = folder or data_dir("shaders")
    paths = dict(zip(_STAGES, (folder / f"{name}.vert", folder / f"{fragment or name}.frag"), strict=True))
    sources = {}
    for stage, path in paths.items():
        if not path.is_file():
            raise DisplayError(f"{path}: the shader is missing. Reinstall meshmirror.")
        sources[stage] = path.read_text(encoding="utf-8")
        if define:
            version, _, rest = sources[stage].partition("\n")  # lines keep their numbers for the driver's messages
            sources[stage] = f"{version}\n#define {define}\n#line 2\n{rest}"
    try:
        return ctx.program(vertex_shader=sources[_STAGES[0]], fragment_shader=sources[_STAGES[1]])
    except moderngl.Error as cause:
        raise DisplayError(_explain(str(cause), paths, sources)) from cause


def _explain(message: str, paths: dict[str, Path], sources: dict[str, str]) -> str:
    # moderngl puts the stage's name on a line of its own above the driver's log.
    stage = next((stage for stage in paths if re.search(rf"^{stage}\s*$", message, re.MULTILINE)), None)
    if stage is None:
        both = " and ".join(str(path) for path in paths.values())
        return f"{both}: the two shaders do not fit together. Driver message:\n{message.strip()}"
    path, log = paths[stage], message.split(stage, 1)[1].strip(" \n=")
    found = _LINE.search(log)
    if not found:
        return f"{path}: the shader does not compile. Driver message:\n{log}"
    number = int(found.group(1))
    lines = sources[stage].splitlines()
    text = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return f"{path}, line {number}: the shader does not compile: {text}\nDriver message:\n{log}"
