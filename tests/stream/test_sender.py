"""The thread of the streams: nothing waits for it, what it cannot send is counted, what fails is tried again."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from osc_receiver import Receiver
from streamed import LAYOUT, SHARED, empty_result, network_output, no_face, real_results, sample

from realtime.core.config import StreamConfig
from realtime.core.errors import UsageError
from realtime.stream import channel, outputs
from realtime.stream.address import StreamAddress
from realtime.stream.sample import StreamMark, StreamSample, sample_of
from realtime.stream.sender import MOST_WAITING, StreamSender, StreamSink

pytest.importorskip("pythonosc")


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Slow:
    """An output that takes its time, and fails where it is told to."""

    remote = "OSC 192.0.2.1:9000"
    limited = False

    def __init__(self) -> None:
        self.sent: list[StreamSample] = []
        self.marks: list[StreamMark] = []
        self.free = threading.Event()
        self.error: Exception | None = None
        self.closed = 0

    def send(self, sample: StreamSample) -> bool:
        self.free.wait(20)
        if self.error is not None:
            raise self.error
        self.sent.append(sample)
        return True

    def mark(self, mark: StreamMark) -> None:
        self.marks.append(mark)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """What every address of these tests opens."""
    output = Slow()
    monkeypatch.setattr(channel, "open_output", lambda address, config: output)
    return output


def sender_to(*addresses: str, **settings: object) -> StreamSender:
    sender = StreamSender(StreamConfig(**settings), [StreamAddress.parse(text) for text in addresses])
    sender.wait_ready(20)
    return sender


def test_an_output_that_does_not_take_anything_is_not_waited_for(slow: Slow) -> None:
    sender = sender_to("osc")
    begun = time.monotonic()
    for index in range(1000):
        sender.put(sample(index))
    handed_over_s = time.monotonic() - begun
    slow.free.set()
    sender.close()
    (report,) = sender.reports()
    assert handed_over_s < 10, "the output would have taken 20 s for the first"
    assert report.sent + report.dropped == 1000 and report.sent == len(slow.sent) <= 2 * MOST_WAITING + 1
    indices = [one.index for one in slow.sent]
    assert indices == sorted(indices) and indices[-1] == 999, "the oldest go"
    assert slow.closed == 1


def test_what_fails_is_counted_named_and_tried_again(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel, "RETRY_S", 0.2)
    slow.free.set()
    sender = sender_to("osc", "vmc")
    slow.error = OSError("network is unreachable")
    sender.put(sample(0))
    until(lambda: all(state.error == "network is unreachable" for state in sender.states()))
    slow.error = None
    until(lambda: all(not state.error for state in sender.states()))
    sender.put(sample(1))
    sender.close()
    for report in sender.reports():
        assert (report.sent, report.dropped, report.errors) == (1, 1, 1)
        assert report.last_error == "network is unreachable" and report.remote


def test_a_fault_of_one_output_ends_no_other(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    slow.free.set()
    broken = Slow()
    broken.free.set()
    broken.error = ValueError("no number")
    monkeypatch.setattr(channel, "open_output", lambda address, config: broken if address.format == "vmc" else slow)
    sender = sender_to("vmc", "osc")
    for index in range(5):
        sender.put(sample(index))
    sender.close()
    reports = sender.reports()
    assert [(one.sent, one.dropped) for one in reports] == [(0, 5), (5, 0)] and reports[0].last_error == "no number"


def test_a_full_network_drops_and_is_no_failure(slow: Slow) -> None:
    slow.free.set()
    slow.error = BlockingIOError()
    sender = sender_to("osc")
    sender.put(sample())
    sender.close()
    (report,) = sender.reports()
    assert (report.sent, report.dropped, report.errors, report.last_error) == (0, 1, 0, None)


def test_what_waits_is_sent_before_it_closes_and_it_may_be_closed_twice(slow: Slow) -> None:
    slow.free.set()
    sender = sender_to("osc")
    for index in range(50):
        sender.put(sample(index))
    sender.mark("end")
    sender.close()
    sender.close()
    assert [one.index for one in slow.sent] == list(range(50)) and [one.label for one in slow.marks] == ["end"]
    sender.put(sample())


def test_outputs_are_switched_while_it_runs(slow: Slow) -> None:
    slow.free.set()
    sender = sender_to()
    assert not sender.active and sender.states() == ()
    sender.use(["osc"])
    sender.wait_ready(20)
    sender.put(sample(1))
    until(lambda: len(slow.sent) == 1)
    with pytest.raises(UsageError, match="no format"):
        sender.use(["osk"])
    assert [address.title for address in sender.addresses] == ["OSC 127.0.0.1:9000"]
    sender.use([])
    until(lambda: not sender.states())
    assert slow.closed == 1
    sender.use(["vmc"])
    sender.wait_ready(20)
    sender.close()
    assert [(one.output, one.sent) for one in sender.reports()] == [
        ("OSC 127.0.0.1:9000", 1), ("VMC 127.0.0.1:39539", 0),
    ]  # fmt: skip


def test_a_rate_holds_for_outputs_that_are_limited_and_is_no_drop(slow: Slow) -> None:
    slow.free.set()
    slow.limited = True  # type: ignore[misc]
    sender = sender_to("osc", rate=10.0)
    for index in range(60):
        sender.put(sample(index, captured_ns=index * 33_333_333 + 1))
    sender.close()
    (report,) = sender.reports()
    assert report.sent == len(slow.sent) == 20 and report.dropped == 0


def test_a_name_that_leads_nowhere_is_said_and_stops_nothing() -> None:
    with Receiver() as receiver:
        sender = sender_to("osc://nowhere.invalid:9000", f"osc://127.0.0.1:{receiver.port}")
        sender.put(sample())
        until(lambda: sender.reports()[1].sent == 1)
        lost, fine = sender.states()
        assert "nowhere.invalid is not found" in lost.error and lost.remote and not fine.error and not fine.remote
        receiver.until(lambda: bool(receiver.packets))
        sender.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others broadcast, or fail in other words")
def test_an_address_that_the_system_refuses_is_named() -> None:
    sender = sender_to("osc://255.255.255.255:9000")
    sender.put(sample())
    until(lambda: bool(sender.states()[0].error))
    sender.close()
    (report,) = sender.reports()
    assert "Permission denied" in str(report.last_error) and report.dropped == 1 and report.remote


def test_a_receiver_that_is_gone_stops_reading_or_floods_back_changes_nothing() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind(("127.0.0.1", 0))
        port = gone.getsockname()[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf, Receiver() as receiver:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        deaf.bind(("127.0.0.1", 0))
        names = [port, deaf.getsockname()[1], receiver.port]
        sender = sender_to(*(f"osc://127.0.0.1:{number}" for number in names))
        for index in range(40):
            sender.put(sample(index))
            until(lambda count=index + 1: sender.reports()[2].sent == count)  # type: ignore[misc]
            if index == 0:
                _, back = deaf.recvfrom(1 << 16)
            for _ in range(50):
                deaf.sendto(bytes(1000), back)
        sender.close()
        assert all((one.sent, one.dropped, one.errors) == (40, 0, 0) for one in sender.reports())
        found = [values for address, values in receiver.messages if address == "/meshmirror/frame"]
        assert found == [[index] for index in range(40)]


def test_a_package_that_is_missing_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"'python-osc'. Install it: pip install 'meshmirror\[stream\]'"):
        outputs.check_packages(StreamAddress.parse("osc"))
    outputs.check_packages(StreamAddress.parse("livelink"))


def test_a_sample_is_the_chosen_faces_own_values() -> None:
    result = real_results()[-1]
    face, first = result.faces[0], result.models[0]
    found = sample_of(result, LAYOUT, live=False, accepted_ns=5)
    assert found.captured_ns == result.frame.arrived_ns and found.stamp_ns == result.frame.stamp_ns
    assert (found.track_id, found.faces) == (face.track_id, face.landmarks.faces_seen)
    assert first.features is not None and found.features is first.features.values
    assert found.pose == first.aligned.pose
    assert first.residual is not None and found.delivered == first.residual.nme
    assert first.floor is not None and found.floor == first.floor.raw.nme
    assert found.observed is None and found.predicted is None, "not without being told to"
    shared = sample_of(result, SHARED, live=True, accepted_ns=5)
    assert shared.captured_ns == result.frame.stamp_ns and shared.observed is first.aligned.mesh_canon
    assert first.predicted is not None
    np.testing.assert_array_equal(shared.predicted, first.predicted.mesh_canon)


def test_without_a_face_a_sample_has_no_values_and_blendshapes_may_come_from_the_network() -> None:
    from common import with_estimate

    empty = sample_of(empty_result(7), SHARED, live=True, accepted_ns=0)
    expected = no_face(7)
    skipped = {"stamp_ns", "captured_ns", "accepted_ns", "layout"}
    for name in set(StreamSample.__slots__) - skipped:
        assert getattr(empty, name) == getattr(expected, name), name
    result = with_estimate(real_results()[-1], network=network_output(0))
    found = sample_of(result, LAYOUT, live=True, accepted_ns=0)
    assert found.blendshapes == {"jawOpen": 0.5} and found.action_units == {"AU12": 0.5}
    assert found.gaze == (0.1, -0.2)


def test_a_sink_without_outputs_makes_nothing(slow: Slow) -> None:
    sender = StreamSender(StreamConfig())
    StreamSink(sender, LAYOUT, live=True).accept(empty_result())
    assert not sender._waiting and sender._thread is None
    sender.close()
