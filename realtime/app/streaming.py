"""Streams of a program: checked before anything is opened, opened for as long as it runs, fed by each of its runs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from realtime.core.commands import Action, MarkEvent, NameEvent, Request
from realtime.core.config import StreamConfig
from realtime.core.errors import UsageError
from realtime.core.frame_result import FrameResult
from realtime.core.process import Notify
from realtime.detect.landmarks.landmarker_file import FETCH_COMMAND
from realtime.geometry import REGION_NAMES
from realtime.pipeline.run import PipelineRun
from realtime.session.write import Recorder
from realtime.stream.address import StreamAddress, parse_addresses
from realtime.stream.all_outputs import AllOutputs, check_output
from realtime.stream.outputs import check_packages
from realtime.stream.sample import StreamLayout
from realtime.stream.sender import StreamSender, StreamSink

if TYPE_CHECKING:
    from realtime.stream.lsl_marks import MarkInlet

READY_S = 2.0  # that a run waits for its outputs to be open at most


NO_STAGE = "two replays side by side have no presentation, of which the pictures would be"


def check_streams(config: StreamConfig, no_pictures: str = "") -> None:
    """Raises UsageError for an address that is none, a package that is not installed, and pictures without permission.

    `no_pictures`: why there are none in this program; empty where there are.
    """
    if config.marks_in:
        check_packages(StreamAddress("lsl"))
    for address in parse_addresses(config.outputs):
        if address.pictures and no_pictures:
            raise UsageError(f"--stream {address.text}: {no_pictures}.")
        check_output(address, config)


def open_streams(config: StreamConfig, size: tuple[int, int], notify: Notify, no_pictures: str = "") -> AllOutputs:
    """Open all outputs, in the background; `size` of pictures. What goes beyond this machine is said.

    `notify` writes to the terminal, and to nothing that is kept: it gets the secret address of pictures.
    """
    addresses = parse_addresses(config.outputs)
    for text in dict.fromkeys(text for address in addresses for text in opening_notes(address, config)):
        notify(text)
    return AllOutputs(config, addresses, size, notify, no_pictures)


def opening_notes(address: StreamAddress, config: StreamConfig) -> list[str]:
    """What is to be known before anything is sent there."""
    notes = []
    if address.format == "lsl" and config.lsl_scope == "network":
        notes.append("Streaming beyond this machine while it runs: other machines of the network find the LSL streams.")
    elif not address.local:
        notes.append(f"Streaming beyond this machine while it runs: {address.title}.")
    if address.format == "lsl":
        notes.append("LSL: liblsl listens on all interfaces from port 16572 on; only a firewall keeps others out.")
    if address.pictures:
        notes.append("Sending pictures of the face (--share-face) to other programs.")
    if config.share_face and address.format in ("lsl", "osc"):
        notes.append("Streaming all vertices of the face (--share-face): they identify a person.")
    return notes


def missing_values(address: StreamAddress, run: PipelineRun) -> str:
    """What is asked for and cannot be sent, since nothing here measures it; empty where nothing is missing."""
    pipeline = run.pipeline
    if pipeline.tracker.blendshapes or run.config.detect.emotion == "pyfeat":
        return ""
    mend = f"`{FETCH_COMMAND}` installs a tracker that does"
    if address.format == "livelink":
        return f"Live Link: the tracker '{pipeline.tracker.name}' gives no blendshapes, so nothing is sent. {mend}."
    if address.format == "vmc":
        return f"VMC: the tracker '{pipeline.tracker.name}' gives no blendshapes, only emotions are sent. {mend}."
    return ""


def mark_label(request: Request, own_events: Sequence[str]) -> str | None:
    """The mark that a request of the user is, for a stream of marks; None for all others."""
    if request is Action.EVENT:
        return "event"
    if request is Action.EXCLUDE:
        return "exclude"
    if isinstance(request, MarkEvent):
        return own_events[request.number - 1] if request.number <= len(own_events) else None
    return f"name: {request.name}" if isinstance(request, NameEvent) else None


def open_marks(config: StreamConfig, notify: Notify) -> MarkInlet | None:
    """What receives the marks of another program; None where none are wanted."""
    if not config.marks_in:
        return None
    from realtime.stream.lsl_marks import MarkInlet

    return MarkInlet(config.marks_in, config.lsl_scope, notify)


def record_marks(inlet: MarkInlet, recorder: Recorder, shown: FrameResult | None, *, live: bool) -> str:
    """Make the marks that came events of the recording; the text to show, empty where none came."""
    newest_ns = None if shown is None else shown.stamp if live else time.monotonic_ns()
    texts = [recorder.mark_at(mark.at_ns if live else None, mark.label) for mark in inlet.take(newest_ns)]
    return texts[-1] if texts else ""


def stream_sink(sender: StreamSender, run: PipelineRun) -> StreamSink:
    """The sink of a run, with the names of its values."""
    pipeline = run.pipeline
    layout = StreamLayout(
        features=tuple(pipeline.model.feature_columns),
        blendshapes=tuple(pipeline.tracker.blendshapes),
        regions=REGION_NAMES,
        vertices=sender.config.share_face,
    )
    return StreamSink(sender, layout, live=run.source.info.live)
