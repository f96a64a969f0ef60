"""Exports a selected stretch of a recording, as `meshmirror export` does, while its replay goes on."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path

from realtime.core.commands import ExportStretch
from realtime.core.process import Notify, module_command, module_environment

_LAST_S = 1e-6  # the frame at the end of a stretch is part of it; `--end` is where an export ends before


class StretchExporter:
    """One export at a time, in a process of its own: a video needs an OpenGL context and a processor to itself."""

    def __init__(self, notify: Notify) -> None:
        """`notify` says what was written, or why nothing was; called by another thread."""
        self._notify = notify
        self._changing = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._closed = False

    def start(self, session: Path, asked: ExportStretch) -> None:
        """Begin; while another export runs this one is refused."""
        with self._changing:
            if self._closed:
                return
            if self._process is not None:
                self._notify("Another export is still being written.")
                return
            stretch = ["--start", f"{asked.start_s:.9f}", "--end", f"{asked.end_s + _LAST_S:.9f}"]
            command = [*module_command("realtime"), "export", str(session), "--to", asked.kind, *stretch, "--json"]
            try:
                self._process = subprocess.Popen(
                    command, env=module_environment(os.environ), stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace",
                )  # fmt: skip
            except OSError as error:
                self._notify(f"The export could not be started: {error.strerror or error}.")
                return
        self._notify(f"Exporting {asked.start_s:.2f} to {asked.end_s:.2f} s …")
        threading.Thread(target=self._wait, args=(self._process,), name="export", daemon=True).start()

    def close(self) -> None:
        """End what is still being written; may be called twice."""
        with self._changing:
            self._closed, process = True, self._process
        if process is not None:
            process.terminate()
            process.wait()

    def _wait(self, process: subprocess.Popen[str]) -> None:
        printed, said = process.communicate()
        with self._changing:
            self._process = None
            if self._closed:
                return
        self._notify(_outcome(process.returncode, printed, said))


def _outcome(code: int, printed: str, said: str) -> str:
    """What is said of an export that has ended."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if code:
        return f"Not exported: {lines[-1] if lines else f'exit code {code}'}"
    try:
        return f"Exported to {json.loads(printed)['path']}."
    except (ValueError, KeyError, TypeError):
        return "Exported."
