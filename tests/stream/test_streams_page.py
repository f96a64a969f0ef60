"""docs/streams.md names every address, stream, label and setting that there is, and its five lines of Python work."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from common import ROOT, environment
from osc_receiver import Receiver
from streamed import SHARED, sample

from realtime.core.config import StreamConfig
from realtime.stream.address import FORMATS, StreamAddress
from realtime.stream.lsl_groups import Groups
from realtime.stream.osc import OscOutput
from realtime.stream.sample import StreamMark
from realtime.stream.sender import StreamSender
from realtime.stream.vmc import _NAMES

PAGE = (ROOT / "docs" / "streams.md").read_text(encoding="utf-8")
pytest.importorskip("pythonosc")


def test_every_format_and_setting_is_named() -> None:
    assert all(f"--stream {name}" in PAGE for name in FORMATS)
    settings = set(StreamConfig.model_fields)
    assert {name for name in settings if f"stream.{name}" not in PAGE} == set()


def test_every_osc_address_is_documented() -> None:
    mesh = np.zeros((478, 3), np.float32)
    with Receiver() as receiver:
        output = OscOutput(StreamAddress("osc", "127.0.0.1", receiver.port), StreamConfig())
        output.send(sample(layout=SHARED, observed=mesh, predicted=mesh))
        output.mark(StreamMark("end", 0))
        receiver.until(lambda: any(address == "/meshmirror/mark" for address, _ in receiver.messages))
        output.close()
    table = PAGE.partition("## OSC")[2].partition("## VMC")[0]
    documented = set()
    for row in re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE):
        first, *others = re.findall(r"`([^`]+)`", row)
        documented |= {first, *(one if one.startswith("/") else f"{first.rpartition('/')[0]}/{one}" for one in others)}
    sent = {re.sub(r"/(feature|au|blendshape)/\w+", r"/\1/NAME", address) for address, _ in receiver.messages}
    sent = {re.sub(r"/residual/\w+", "/residual/REGION", address) for address in sent}
    assert documented == sent


def test_every_lsl_stream_is_documented_with_its_type() -> None:
    table = PAGE.partition("## LSL")[2].partition("```")[0]
    for row in Groups().rows(sample(layout=SHARED), 0):
        name = row.group.name
        line = next(line for line in table.splitlines() if f"`{name}`" in line or f"`Meshmirror {name}`" in line)
        assert row.group.type in line, name
        if len(row.group.labels) < 10 and name not in ("features", "residual", "action-units"):
            assert all(f"`{label}`" in line for label in row.group.labels), name


def test_every_name_of_vmc_is_documented() -> None:
    text = PAGE.partition("## VMC")[2].partition("## Live Link")[0]
    for kind, names in _NAMES.items():
        assert f"`{kind}`" in text
        if kind.startswith("vrm"):
            assert all(f"`{name}`" in text for name in names)


@pytest.mark.parametrize(("package", "expected"), [("pythonosc", "/meshmirror/feature/happiness"), ("pylsl", "s old")])
def test_the_lines_of_python_receive(package: str, expected: str) -> None:
    pytest.importorskip(package)
    code = next(block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if package in block)
    with Receiver() as free:
        port = free.port
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", code.replace("9000", str(port))],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    sender = StreamSender(StreamConfig())
    try:
        sender.use([f"osc://127.0.0.1:{port}" if package == "pythonosc" else "lsl"])
        sender.wait_ready(20)
        assert process.stdout is not None
        ended = threading.Event()

        def send() -> None:
            while not ended.is_set():
                sender.put(sample())
                time.sleep(0.03)

        thread = threading.Thread(target=send)
        thread.start()
        line = process.stdout.readline()
        while line and expected not in line:
            line = process.stdout.readline()
        ended.set()
        thread.join()
        assert expected in line
    finally:
        process.kill()
        process.communicate()
        sender.close()
