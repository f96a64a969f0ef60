"""The process of a virtual camera: pictures come in on stdin, an answer in JSON for each goes out on stdout.

It ends with the pipe, and so with the program that has started it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import BinaryIO

import numpy as np


def main() -> int:
    """Arguments: width, height, pictures a second."""
    pictures, answers = _pipes()
    width, height = int(sys.argv[1]), int(sys.argv[2])
    try:
        import pyvirtualcam

        camera = pyvirtualcam.Camera(width, height, float(sys.argv[3]), fmt=pyvirtualcam.PixelFormat.RGB)
    except Exception as error:  # the library has classes of its own, RuntimeError among them
        return _say(answers, error=f"no virtual camera: {' '.join(str(error).split()) or type(error).__name__}", code=1)
    with camera:
        _say(answers, device=str(camera.device))
        while len(picture := pictures.read(width * height * 3)) == width * height * 3:
            try:
                camera.send(np.frombuffer(picture, np.uint8).reshape(height, width, 3))
            except Exception as error:
                return _say(answers, error=f"virtual camera: {error or type(error).__name__}", code=1)
            _say(answers)
    return 0


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """stdin and stdout for the channel, before a library can print there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program, which closes the pipe
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would contain a person's face
    writing = os.dup(1)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(writing, os.O_BINARY)
    return sys.stdin.buffer, os.fdopen(writing, "wb", buffering=0)


def _say(answers: BinaryIO, code: int = 0, **answer: str) -> int:
    answers.write(json.dumps(answer).encode() + b"\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
