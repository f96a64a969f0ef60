"""What streaming adds: how much later another process has a result, and what the computing thread pays for it."""

from __future__ import annotations

import json
import os
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from realtime.capture import open_source
from realtime.core.config import Config, StreamConfig
from realtime.core.errors import SourceError
from realtime.core.frame_result import FrameResult
from realtime.core.process import Notify, module_command, module_environment
from realtime.core.report import Report, described
from realtime.core.stream_report import TimesReport
from realtime.geometry import REGION_NAMES
from realtime.pipeline.build import Pipeline
from realtime.pipeline.summary import quantiles
from realtime.stream.address import LOOPBACK, StreamAddress
from realtime.stream.arkit import MEASURED
from realtime.stream.sample import StreamLayout
from realtime.stream.sender import StreamSender, StreamSink

FORMATS = ("lsl", "osc", "vmc", "livelink")
RATE = 30.0  # results a second
_WARM_UP = 15  # results left out at the beginning
_OPEN_S = 20.0


class StreamedFormatReport(Report):
    """One format, all of them at once."""

    sent: Annotated[int, described("results that were handed to the network", "frames")]
    dropped: Annotated[int, described("results that were dropped")]
    received: Annotated[int, described("results that the receiver got, from its first on", "frames")]
    added_ms: Annotated[
        TimesReport | None,
        described(
            "from when a result is there until another process has all of it; null where results were lost", "ms"
        ),
    ]


class StreamSpeedReport(Report):
    """The pipeline at the rate of a camera with all formats switched on, each received by a process of its own."""

    seconds: Annotated[float, described("length of the measurement", "s")]
    rate: Annotated[float, described("results a second", "1/s")]
    accept_ms: Annotated[
        TimesReport, described("processor time of the computing thread for a result, all formats together", "ms")
    ]
    formats: Annotated[dict[str, StreamedFormatReport], described("by format")]


def stream_speed(config: Config, clip: Path, seconds: float, notify: Notify) -> StreamSpeedReport:
    """Stream a clip over and over, as a camera would deliver it, for so many seconds.

    Where the tracker has no blendshapes they are made up: Live Link sends nothing else. Raises SourceError where a
    receiver does not start.
    """
    notify(f"streams, all formats at once, {seconds:g} s")
    name = f"bench {uuid.uuid4().hex[:8]}"
    with ExitStack() as stack:
        pipeline = stack.enter_context(Pipeline.from_config(config.with_detect(emotion="inverse", pose_source="mesh")))
        with open_source(str(clip)) as source:
            frames = list(source)
        receivers = {kind: stack.enter_context(_receiver(kind, name)) for kind in FORMATS}
        addresses = [
            StreamAddress(kind, *(() if kind == "lsl" else (LOOPBACK, receivers[kind][1]))) for kind in FORMATS
        ]
        sender = StreamSender(StreamConfig(name=name), addresses)
        stack.callback(sender.close)
        sender.wait_ready(_OPEN_S)
        layout = StreamLayout(tuple(pipeline.model.feature_columns), MEASURED, REGION_NAMES)
        sink = StreamSink(sender, layout, live=True)
        accepted_ns: list[int] = []
        taken_ms: list[float] = []
        begun = time.monotonic()
        number = 0
        while time.monotonic() < begun + seconds:
            now_ns = time.monotonic_ns()
            frame = replace(frames[number % len(frames)], stamp_ns=now_ns, arrived_ns=now_ns, index=number)
            result = _with_blendshapes(pipeline.step(frame))
            accepted_ns.append(time.monotonic_ns())
            used_ns = time.thread_time_ns()
            sink.accept(result)
            taken_ms.append((time.thread_time_ns() - used_ns) / 1e6)
            number += 1
            time.sleep(max(0.0, begun + number / RATE - time.monotonic()))
        sender.close()
        reports = dict(zip(FORMATS, sender.reports(), strict=True))
        return StreamSpeedReport(
            seconds=seconds,
            rate=RATE,
            accept_ms=_times(taken_ms[_WARM_UP:] or taken_ms),
            formats={
                kind: StreamedFormatReport(
                    sent=reports[kind].sent,
                    dropped=reports[kind].dropped,
                    received=len(arrived := _arrived(receivers[kind][0])),
                    added_ms=_added(accepted_ns, arrived, whole=kind != "lsl"),
                )
                for kind in FORMATS
            },
        )


def stream_targets(found: StreamSpeedReport | None) -> list[tuple[str, float | None, float, str]]:
    """Name, measured, limit and side."""
    if found is None:
        return []
    rows: list[tuple[str, float | None, float, str]] = []
    for kind, one in found.formats.items():
        p95 = None if one.added_ms is None else one.added_ms.p95
        rows.append((f"streams, {kind}: added latency, p95 ms", p95, 2.0, "at most"))
    dropped = float(sum(one.dropped for one in found.formats.values()))
    return [
        *rows,
        ("streams, all on: the computing thread, p95 ms", found.accept_ms.p95, 0.3, "at most"),
        ("streams, all on: results dropped", dropped, 0.0, "at most"),
    ]


def _with_blendshapes(result: FrameResult) -> FrameResult:
    face = result.face
    if face is None or face.landmarks.blendshapes is not None:
        return result
    shapes = dict.fromkeys(MEASURED, 0.5)
    return replace(result, faces=(replace(face, landmarks=replace(face.landmarks, blendshapes=shapes)),))


@contextmanager
def _receiver(kind: str, name: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that receives a format, and its port."""
    process = subprocess.Popen(
        module_command("realtime.app.bench.stream_receiver"), env=module_environment(os.environ),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps({"format": kind, "name": name}) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise SourceError(f"The receiver of {kind}, realtime.app.bench.stream_receiver, did not start.")
        yield process, json.loads(line)["port"]
    finally:
        process.kill()
        process.communicate()


def _arrived(process: subprocess.Popen[str]) -> list[int]:
    said, _ = process.communicate(timeout=60)
    found: dict[str, Any] = json.loads(said)
    return list(found["arrived_ns"])


def _added(accepted_ns: Sequence[int], arrived_ns: Sequence[int], *, whole: bool) -> TimesReport | None:
    """Times between; a receiver of LSL joins later, so the last ones are those that belong together.

    None where any was lost between the first and the last.
    """
    if not arrived_ns or (whole and len(arrived_ns) != len(accepted_ns)) or len(arrived_ns) > len(accepted_ns):
        return None
    pairs = zip(accepted_ns[-len(arrived_ns) :], arrived_ns, strict=True)
    added = [(arrived - accepted) / 1e6 for accepted, arrived in pairs]
    return None if min(added) < 0 else _times(added[_WARM_UP:] or added)


def _times(values: Sequence[float]) -> TimesReport:
    found = quantiles(values)
    assert found is not None
    return TimesReport(median=found.median, p95=found.p95, max=round(max(values), 3))
