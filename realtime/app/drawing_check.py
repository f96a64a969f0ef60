"""Whether OpenGL works here, as a program of its own: a driver that crashes or hangs takes nothing else with it.

`python -m realtime.app.drawing_check` writes a line of JSON for each way of drawing, as soon as it was tried.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass

from realtime.core.errors import DisplayError
from realtime.core.process import module_command, module_environment
from realtime.view import Screen, open_offscreen, open_window

LONGEST_S = 60.0
_WAYS: dict[str, Callable[[], Screen]] = {
    "window": lambda: open_window("doctor", (320, 180), vsync=False, visible=False),
    "offscreen": lambda: open_offscreen((320, 180)),
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One way of drawing."""

    name: str
    works: bool
    found: str  # the driver, or why there is none


def check_drawing(around: dict[str, str]) -> list[Drawing]:
    """Every way, tried in a process with this environment."""
    command, ended = module_command("realtime.app.drawing_check"), "wrote nothing"
    try:
        done = subprocess.run(
            command, env=module_environment(around), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, timeout=LONGEST_S, check=False,
        )  # fmt: skip
        lines = done.stdout
        if done.returncode:
            ended = f"ended with code {done.returncode}"
    except subprocess.TimeoutExpired as error:
        lines, ended = error.stdout or b"", f"was not done after {LONGEST_S:.0f} s"
    found = [Drawing(**json.loads(line)) for line in lines.splitlines()]
    tried = {drawing.name for drawing in found}
    return [
        *found,
        *(Drawing(name, False, f"The process that tried it {ended}.") for name in _WAYS if name not in tried),
    ]


def main() -> None:
    """Try each way, and print what was found."""
    for name, opener in _WAYS.items():
        try:
            screen = opener()
        except DisplayError as error:
            drawing = Drawing(name, False, str(error))
        else:
            info = screen.ctx.info
            drawing = Drawing(name, True, f"OpenGL {info['GL_VERSION']}, {info['GL_RENDERER']}")
            screen.close()
        print(json.dumps(asdict(drawing)), flush=True)


if __name__ == "__main__":
    main()
