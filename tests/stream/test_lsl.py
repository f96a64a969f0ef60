"""LSL as a consumer in the same process gets it: labels, units, values, and stamps that are those of the capture."""

from __future__ import annotations

import contextlib
import math
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from common import contacts, environment
from streamed import EMOTIONS, LAYOUT, POSE, SHAPES, SHARED, no_face, sample

from realtime.core.config import StreamConfig
from realtime.geometry import REGION_NAMES
from realtime.stream.lsl import LslOutput, import_pylsl
from realtime.stream.lsl_clock import LslClock
from realtime.stream.lsl_groups import Groups
from realtime.stream.sample import StreamMark
from realtime.stream.sender import StreamSender

pytest.importorskip("pylsl")
_numbers = count()


@pytest.fixture
def name() -> str:
    """Streams of other tests have other names."""
    return f"test {time.monotonic_ns()} {next(_numbers)}"


@pytest.fixture
def output(name: str) -> Iterator[LslOutput]:
    output = LslOutput(StreamConfig(name=name))
    yield output
    output.close()


def inlet_of(stream: str) -> Any:
    lsl = import_pylsl("machine")
    found = lsl.resolve_byprop("name", stream, 1, 10)
    assert found, f"'{stream}' is not found"
    inlet = lsl.StreamInlet(found[0])
    inlet.open_stream(10)
    return inlet


def channels(inlet: Any) -> tuple[list[str], list[str]]:
    info = inlet.info(10)  # held, since what is read of it lies in it
    channel = info.desc().child("channels").child("channel")
    labels, units = [], []
    while channel.child_value("label"):
        labels.append(channel.child_value("label"))
        units.append(channel.child_value("unit"))
        channel = channel.next_sibling()
    return labels, units


def test_every_stream_has_its_labels_its_units_and_exact_values_at_the_time_of_capture(
    output: LslOutput, name: str
) -> None:
    mesh = np.linspace(-1, 1, 478 * 3, dtype=np.float32).reshape(478, 3)
    output.send(sample(0, layout=SHARED, observed=mesh, predicted=mesh))  # opens the streams
    expected = {
        "frame": (["index", "source_time", "faces", "track", "valid", "warm_up", "age"], None),
        "features": (list(EMOTIONS), list(EMOTIONS.values())),
        "pose": (["pitch", "yaw", "roll"], list(POSE.angles)),
        "lines": (["delivered", "with_gain", "floor", "gain"], [3.5, 3.25, 2.5, 0.75]),
        "residual": (list(REGION_NAMES), [1.0 + at for at in range(len(REGION_NAMES))]),
        "blendshapes": (list(SHAPES), list(SHAPES.values())),
        "action-units": (["AU01", "AU12"], [0.25, 0.75]),
        "observed": ([f"{axis}{vertex}" for vertex in range(478) for axis in "xyz"], mesh.ravel().tolist()),
        "predicted": ([f"{axis}{vertex}" for vertex in range(478) for axis in "xyz"], (-mesh).ravel().tolist()),
    }
    inlets = {stream: inlet_of(f"{name} {stream}") for stream in expected}
    for stream, (labels, _) in expected.items():
        found, units = channels(inlets[stream])
        assert found == labels and all(units), stream
    one = sample(
        7, layout=SHARED, observed=mesh, predicted=-mesh, stamp_ns=5_250_000_000, estimate_stamp_ns=5_200_000_000
    )
    output.send(one)
    offset_s = output._clock.at(0)
    for stream, (_, values) in expected.items():
        got, stamp = inlets[stream].pull_sample(10)
        captured_ns = one.captured_ns - (0 if stream in ("frame", "blendshapes") else 50_000_000)
        assert stamp == captured_ns / 1e9 + offset_s, stream
        if values is not None:
            np.testing.assert_array_equal(np.float32(got), np.float32(values), stream)
        else:
            assert got[:6] == [7, 5.25, 1, 3, 1, 0] and 0 <= got[6] < 10


def test_a_picture_without_a_face_is_a_row_of_nan_and_its_time() -> None:
    groups = Groups()
    list(groups.rows(sample(0, layout=SHARED), 0))
    empty = no_face(1, layout=SHARED)
    rows = {row.group.name: row for row in groups.rows(empty, 0)}
    assert set(rows) == {
        "frame", "features", "pose", "lines", "residual", "blendshapes", "action-units", "observed", "predicted",
    }  # fmt: skip
    for stream, row in rows.items():
        assert row.at_ns == empty.captured_ns and len(row.values) == len(row.group.labels)
        if stream != "frame":
            assert all(map(math.isnan, row.values)), stream
    frame = rows["frame"].values
    assert frame[0] == 1 and frame[2] == 0 and math.isnan(frame[3]) and frame[4] == 0


def test_an_estimate_is_sent_once_however_many_frames_show_it() -> None:
    groups = Groups()
    second = 1_000_000_000
    first = sample(0, captured_ns=10 * second, stamp_ns=10 * second, estimate_stamp_ns=10 * second)
    again = sample(1, captured_ns=11 * second, stamp_ns=11 * second, estimate_stamp_ns=10 * second)
    newer = sample(2, captured_ns=12 * second, stamp_ns=12 * second, estimate_stamp_ns=11 * second)
    times = [{row.group.name: row.at_ns // second for row in groups.rows(one, 0)} for one in (first, again, newer)]
    assert [found.get("pose") for found in times] == [10, None, 11]
    assert [found["frame"] for found in times] == [found["blendshapes"] for found in times] == [10, 11, 12]


def test_values_have_their_streams_before_there_is_a_face_and_other_models_have_others() -> None:
    groups = Groups()
    before = {row.group.name: row.group.labels for row in groups.rows(no_face(0), 0)}
    assert before["features"] == tuple(EMOTIONS) and before["blendshapes"] == tuple(SHAPES)
    from dataclasses import replace

    other = replace(LAYOUT, features=("AU01", "AU02"))
    found = {row.group.name: row for row in groups.rows(sample(1, layout=other, features={"AU01": 0.5}), 0)}
    assert found["features"].group.labels == ("AU01", "AU02")
    assert found["features"].values[0] == 0.5 and math.isnan(found["features"].values[1])


def test_marks_are_strings_at_their_own_time(output: LslOutput, name: str) -> None:
    inlet = inlet_of(f"{name} marks")
    at_ns = time.monotonic_ns() - 2_000_000_000
    output.mark(StreamMark("Lächeln", at_ns))
    got, stamp = inlet.pull_sample(10)
    assert got == ["Lächeln"] and stamp == at_ns / 1e9 + output._clock.at(0)
    assert inlet.info(10).type() == "Markers"


def test_two_programs_of_one_name_stay_apart(output: LslOutput, name: str) -> None:
    other = LslOutput(StreamConfig(name=name))
    for one, gain in ((output, 0.25), (other, 0.5)):
        one.send(sample(0, gain=gain))
    lsl = import_pylsl("machine")
    found = lsl.resolve_byprop("name", f"{name} lines", 2, 10)
    assert len({info.source_id() for info in found}) == 2
    inlets = [lsl.StreamInlet(info) for info in found]
    for inlet in inlets:
        inlet.open_stream(10)
    for one, gain in ((output, 0.25), (other, 0.5)):
        one.send(sample(1, gain=gain))
    assert sorted(inlet.pull_sample(10)[0][3] for inlet in inlets) == [0.25, 0.5]
    other.close()


def test_the_clock_is_measured_and_a_jump_is_followed() -> None:
    now = [0]
    offset = [5.0]

    def monotonic_ns() -> int:
        now[0] += 100
        return now[0]

    def local_clock() -> float:
        now[0] += 100
        return now[0] / 1e9 + offset[0]

    clock = LslClock(local_clock, monotonic_ns)
    assert clock.at(2_000_000_000) == pytest.approx(7.0, abs=1e-7) and clock.error_s == pytest.approx(1e-7, rel=0.01)
    exact = clock.at(2_000_000_000)
    now[0] += 20_000_000_000
    offset[0] += 2e-7  # within what cannot be measured: one offset for all stamps of a recording
    assert clock.at(2_000_000_000) == exact and clock.jumps == 0
    offset[0] += 3600.0
    now[0] += 20_000_000_000
    assert clock.at(2_000_000_000) == pytest.approx(3607.0, abs=1e-6) and clock.jumps == 1


def test_both_clocks_are_read_within_a_millisecond() -> None:
    clock = LslClock(import_pylsl("machine").local_clock)
    assert 0 <= clock.error_s < 1e-3


CODE = """
import sys, time
from streamed import sample
from realtime.core.config import StreamConfig
from realtime.stream.lsl import LslOutput
output = LslOutput(StreamConfig(name="quiet", lsl_scope=sys.argv[1]))
for index in range(5):
    output.send(sample(index))
    time.sleep(0.05)
import pylsl
assert len(pylsl.resolve_byprop("name", "quiet lines", 1, 5)) == 1
output.close()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="strace is a Linux program")
def test_on_the_machines_own_scope_nothing_is_sent_beyond_it(tmp_path: Path) -> None:
    assert contacts([sys.executable, "-c", CODE, "machine"], tmp_path) == []
    if any(stats.isup and name != "lo" for name, stats in psutil.net_if_stats().items()):
        assert contacts([sys.executable, "-c", CODE, "network"], tmp_path), "the same watch sees liblsl's own scope"


def test_a_program_with_liblsls_own_settings_on_this_machine_finds_them(output: LslOutput, name: str) -> None:
    output.send(sample(0))
    code = f"import pylsl; print(len(pylsl.resolve_bypred(\"starts-with(name,'{name} ')\", 8, 10)))"
    around = environment("LSLAPICFG")
    done = subprocess.run(
        [sys.executable, "-c", code], env=around, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "8", done.stderr


def test_an_older_liblsl_that_asks_by_multicast_alone_finds_all_streams_of_two_programs(
    output: LslOutput, name: str
) -> None:
    """It sends its question to 127.0.0.1 at the port of multicasts, where one socket alone gets it."""
    other = LslOutput(StreamConfig(name=name))
    for one in (output, other):
        one.send(sample(0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind(("127.0.0.1", 0))
        asking.settimeout(2.0)
        query, number = f"starts-with(name,'{name} ')", "4711"
        question = f"LSL:shortinfo\r\n{query}\r\n{asking.getsockname()[1]} {number}\r\n"
        asking.sendto(question.encode(), ("127.0.0.1", 16571))
        answers = set()
        with contextlib.suppress(TimeoutError):
            while len(answers) < 16:
                answers.add(asking.recv(1 << 16))
    assert len(answers) == 16, "eight streams of each"
    assert all(answer.startswith(number.encode()) for answer in answers)
    other.close()


def test_lsl_is_switched_off_and_on_again(name: str) -> None:
    sender = StreamSender(StreamConfig(name=name))
    lsl = import_pylsl("machine")
    for turn in range(2):
        sender.use(["lsl"])
        sender.wait_ready(20)
        found = lsl.resolve_byprop("name", f"{name} marks", 1, 10)
        assert len(found) == 1
        inlet = lsl.StreamInlet(found[0])
        inlet.open_stream(10)
        sender.mark(f"turn {turn}")
        assert inlet.pull_sample(10)[0] == [f"turn {turn}"]
        inlet.close_stream()
        del inlet  # or it would try to get the stream back
        sender.use([])
        deadline = time.monotonic() + 20
        while sender.states():
            assert time.monotonic() < deadline
            time.sleep(0.05)
    sender.close()
