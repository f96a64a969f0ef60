"""A headless Chromium for the tests of reports, driven by the DevTools protocol over a pipe: no socket, no package."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TIMEOUT_S = 60.0
_OF_THE_DRIVER = "GL Driver Message (OpenGL, Performance"  # software GL on how fast it is; no page is to blame


class Tab:
    """A tab of the browser. `requests` and `problems` are all that the page asked for and complained of."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self._events: list[str] = []
        self.requests: list[str] = []
        self.problems: list[str] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Run one command; its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            found = os.read(self._answers, 1 << 20)
            assert found, "Chromium has ended"
            self._buffer += found
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, method: str, event: dict[str, Any]) -> None:
        self._events.append(method)
        if method == "Network.requestWillBeSent":
            self.requests.append(event["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.problems.append(json.dumps(event["exceptionDetails"]))
        elif method == "Log.entryAdded" and _OF_THE_DRIVER not in event["entry"]["text"]:
            self.problems.append(event["entry"]["text"])
        elif method == "Runtime.consoleAPICalled":
            self.problems.append(json.dumps(event["args"]))

    def open(self, page: Path, width: int = 1280, *, dark: bool = False, endless: bool = False) -> None:
        """Load a page from its file, at a width in px. `endless`: a stream is in it, and it never has loaded."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        self.requests, self.problems, self._events = [], [], []
        self.send("Page.navigate", url=page.resolve().as_uri())
        while ("Page.domContentEventFired" if endless else "Page.loadEventFired") not in self._events:
            self._next()

    def run(self, code: str) -> Any:
        """The value of an expression in the page."""
        done = self.send("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True, userGesture=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def picture(self) -> bytes:
        """The whole page as PNG."""
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return base64.b64decode(shot["data"])

    def printed(self) -> bytes:
        """The page as PDF, A4."""
        done = self.send("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, printBackground=True,
                         preferCSSPageSize=True)  # fmt: skip
        return base64.b64decode(done["data"])


@contextmanager
def chromium(folder: Path) -> Iterator[Tab]:
    """A browser with a profile in `folder`."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "chromium is missing: python -I realtime/core/system_packages.py --install --tests"
    commands_read, commands = os.pipe()
    answers, answers_write = os.pipe()
    options = [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio",
        "--disable-dev-shm-usage", f"--user-data-dir={folder}", "--remote-debugging-pipe",
        "--enable-unsafe-swiftshader",  # WebGL without a graphics card; trusted, since the pages are ours
    ]  # fmt: skip

    def pipes() -> None:  # the protocol wants them as 3 and 4
        reading, writing = os.dup(commands_read), os.dup(answers_write)
        os.dup2(reading, 3)
        os.dup2(writing, 4)

    browser = subprocess.Popen(
        [program, *options, "about:blank"], preexec_fn=pipes, close_fds=False,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    os.close(commands_read)
    os.close(answers_write)
    try:
        yield Tab(commands, answers)
    finally:
        os.close(commands)
        try:
            browser.wait(timeout=5)
        except subprocess.TimeoutExpired:
            browser.kill()
            browser.wait(timeout=_TIMEOUT_S)
        os.close(answers)
