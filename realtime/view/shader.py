"""GLSL from `shaders/`: an error of compilation names the file and the line."""

from __future__ import annotations

import re
from pathlib import Path

import moderngl

from realtime.errors import DisplayError
from realtime.resources import data_dir

# Mesa "0:12(3): error", NVIDIA "0(12) : error", Apple and others "ERROR: 0:12:".
_LINE = re.compile(r"(?:ERROR:\s*)?\b\d+[:(](\d+)[):(]")
_STAGES = {"vertex_shader": "vert", "geometry_shader": "geom", "fragment_shader": "frag"}


def load_program(ctx: moderngl.Context, name: str, folder: Path | None = None) -> moderngl.Program:
    """Compile `name`.vert, `name`.frag and, where there is one, `name`.geom.

    Raises DisplayError with the file, the line and the line's text where the driver does not accept it.
    """
    folder = folder or data_dir("shaders")
    sources = {}
    for stage, suffix in _STAGES.items():
        path = folder / f"{name}.{suffix}"
        if path.is_file():
            sources[stage] = path.read_text(encoding="utf-8")
        elif suffix != "geom":
            raise DisplayError(f"{path}: the shader is missing. Install meshmirror anew.")
    try:
        return ctx.program(**sources)
    except moderngl.Error as cause:
        raise DisplayError(_explain(str(cause), name, folder, sources)) from cause


def _explain(message: str, name: str, folder: Path, sources: dict[str, str]) -> str:
    # moderngl puts the stage's name on a line of its own above the driver's log.
    stage = next((stage for stage in sources if re.search(rf"^{stage}\s*$", message, re.MULTILINE)), None)
    if stage is None:
        return f"{folder / name}: the stages of the shader do not fit together. The driver says:\n{message.strip()}"
    path = folder / f"{name}.{_STAGES[stage]}"
    log = message.split(stage, 1)[1].strip(" \n=")
    found = _LINE.search(log)
    if not found:
        return f"{path}: the shader does not compile. The driver says:\n{log}"
    number = int(found.group(1))
    lines = sources[stage].splitlines()
    text = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return f"{path}, line {number}: the shader does not compile: {text}\nThe driver says:\n{log}"
