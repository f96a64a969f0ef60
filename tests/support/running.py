"""The program in a window of its own on a real X server, and a hand on its keys and mouse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from common import ROOT, clip


class Running:
    """The program, started with a window, and a hand on its keys."""

    def __init__(self, display: str, folder: Path, *args: str, around: dict[str, str]) -> None:
        self.folder = folder
        self.around = {**os.environ, "PYTHONPATH": str(ROOT), "DISPLAY": display, **around}
        self.around.pop("WAYLAND_DISPLAY", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "realtime", "--source", str(clip("WolfgangLanger_Pexels.mp4")), "--json",
             "--set", "source.loop=true", "--set", f"record.folder={folder}",
             "--set", "view.panel=false", "--set", "view.remember=false", *args],
            cwd=folder, env=self.around, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.window = self._find()

    def xdotool(self, *args: str) -> str:
        done = subprocess.run(["xdotool", *args], env=self.around, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def _find(self) -> str:
        found = ""
        deadline = time.monotonic() + 60
        while not found and time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.communicate()
            found = self.xdotool("search", "--onlyvisible", "--name", "^Meshmirror").split("\n")[0]
            time.sleep(0.1)
        assert found, "no window came up"
        self.xdotool("windowfocus", "--sync", found)
        return found

    def key(self, name: str) -> None:
        self.xdotool("key", "--window", self.window, name)

    def picture(self, region: tuple[int, int, int, int] | None = None) -> np.ndarray:
        """What the X server shows of the window."""
        command = ["import", "-silent", "-window", self.window, "png:-"]
        for left in (2, 1, 0):  # it may wait for ever: for one that is gone, and now and then for the server
            try:
                done = subprocess.run(command, env=self.around, capture_output=True, check=True, timeout=30)
                break
            except subprocess.TimeoutExpired:
                if not left:
                    raise
        image = cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_COLOR)
        x, y, w, h = region or (0, 0, image.shape[1], image.shape[0])
        return image[y : y + h, x : x + w].astype(int)

    def until(self, true: Callable[[], bool], what: str, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline, f"waited in vain: {what}"
            time.sleep(0.1)

    def end(self) -> dict:
        stdout, stderr = self.process.communicate(timeout=30)
        assert self.process.returncode in (0, 130), stderr
        assert "Traceback" not in stderr
        return json.loads(stdout)


def moved(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).mean())
