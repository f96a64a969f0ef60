"""Streams of a program: checked before anything is opened, opened for as long as it runs, fed by each of its runs."""

from __future__ import annotations

from realtime.core.config import StreamConfig
from realtime.core.process import Notify
from realtime.geometry import REGION_NAMES
from realtime.pipeline.run import PipelineRun
from realtime.stream.address import parse_addresses
from realtime.stream.outputs import check_packages
from realtime.stream.sample import StreamLayout
from realtime.stream.sender import StreamSender, StreamSink

READY_S = 2.0  # that a run waits for its outputs to be open at most


def check_streams(config: StreamConfig) -> None:
    """Raises UsageError for an address that is none, and for a package that is not installed."""
    for address in parse_addresses(config.outputs):
        check_packages(address)


def open_streams(config: StreamConfig, notify: Notify) -> StreamSender:
    """Open all outputs, in the background. What goes beyond this machine is said."""
    addresses = parse_addresses(config.outputs)
    for address in addresses:
        if not address.local:
            notify(f"Streaming beyond this machine while it runs: {address.title}.")
    if config.share_face and addresses:
        notify("Streaming all vertices of the face (--share-face): they identify a person.")
    return StreamSender(config, addresses)


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
