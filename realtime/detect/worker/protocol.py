"""The messages between the program and its worker: a fixed header, then a body by its kind. No pickle."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from realtime.core.types import FloatArray
from realtime.detect.pyfeat.crop import Crop
from realtime.detect.pyfeat.output_layout import OutputLayout

_HEAD = struct.Struct("<4sBI")  # mark, kind, length of what follows
_MARK = b"MMw1"  # its last sign is the version of all that is below
_LONGEST = 1 << 20  # bytes of a message; a row of numbers has about 6,000
_REQUEST = struct.Struct("<QIIIdddII")
_ANSWER = struct.Struct("<Qdd")


class MessageKind(IntEnum):
    """What a message is."""

    HELLO = 1  # to the worker, once: where the pictures are
    REQUEST = 2  # to the worker: a picture is there
    PROGRESS = 3  # from the worker, before it is ready: what it is doing, a line for the user
    READY = 4  # once: from here on it answers
    HEARTBEAT = 5  # it is alive
    ANSWER = 6  # a row of numbers
    START_FAILED = 7  # it cannot start, and why


_KINDS = frozenset(MessageKind)


class ProtocolError(Exception):
    """The stream does not follow the protocol."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message to the worker: where the shared memory is."""

    memory: str  # handle of the shared memory
    slots: int
    live: bool
    parent: int  # process id


@dataclass(frozen=True, slots=True)
class Request:
    """A picture in a slot."""

    serial: int  # strictly increasing
    slot: int
    shape: tuple[int, int]  # (height, width) of the patch
    crop: Crop


@dataclass(frozen=True, slots=True)
class Ready:
    """What the worker reports once it can answer."""

    runtime: str
    layout: OutputLayout
    longest_s: float  # its longest step so far
    times_ms: dict[str, float]  # of its start, by stage


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """The network's output for a picture."""

    serial: int
    step_s: float  # how long the step took in which it was computed
    picture_s: float  # the picture's share of it
    row: FloatArray  # (layout.width,) float32, read-only


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the worker cannot start, whenever it is tried."""

    code: int  # exit code of the error
    text: str


def message(kind: MessageKind, body: bytes = b"") -> bytes:
    """A complete message."""
    return _HEAD.pack(_MARK, kind, len(body)) + body


class Parser:
    """Messages out of a stream that comes in pieces."""

    def __init__(self) -> None:
        self._held = bytearray()

    def parse(self, piece: bytes) -> Iterator[tuple[MessageKind, bytes]]:
        """The messages that are complete by now. Raises ProtocolError where the stream holds something else."""
        self._held += piece
        while len(self._held) >= _HEAD.size:
            mark, kind, length = _HEAD.unpack_from(self._held)
            if mark != _MARK or kind not in _KINDS or length > _LONGEST:
                raise ProtocolError(f"bytes that are no message: {bytes(self._held[:16])!r}")
            if len(self._held) < _HEAD.size + length:
                return
            body = bytes(self._held[_HEAD.size : _HEAD.size + length])
            del self._held[: _HEAD.size + length]
            yield MessageKind(kind), body


def hello_message(hello: Hello) -> bytes:
    """Where the pictures are."""
    return message(MessageKind.HELLO, json.dumps(asdict(hello)).encode())


def read_hello(body: bytes) -> Hello:
    """Raises ProtocolError where it is none."""
    return Hello(**_object(body, {"memory": str, "slots": int, "live": bool, "parent": int}))


def request_message(request: Request) -> bytes:
    """A picture is there."""
    crop = request.crop
    numbers = (crop.origin_x, crop.origin_y, crop.side, crop.width, crop.height)
    return message(MessageKind.REQUEST, _REQUEST.pack(request.serial, request.slot, *request.shape, *numbers))


def read_request(body: bytes) -> Request:
    """Raises ProtocolError where it is none."""
    if len(body) != _REQUEST.size:
        raise ProtocolError(f"a request of {len(body)} bytes")
    serial, slot, height, width, x, y, side, picture_width, picture_height = _REQUEST.unpack(body)
    return Request(serial, slot, (height, width), Crop(x, y, side, picture_width, picture_height))


def ready_message(ready: Ready) -> bytes:
    """From here on it answers."""
    return message(MessageKind.READY, json.dumps(asdict(ready)).encode())


def read_ready(body: bytes) -> Ready:
    """Raises ProtocolError where it is none."""
    fields = _object(body, {"runtime": str, "layout": dict, "longest_s": float, "times_ms": dict})
    try:
        return Ready(
            fields["runtime"], OutputLayout.from_json(**fields["layout"]), fields["longest_s"], fields["times_ms"]
        )
    except (TypeError, ValueError) as error:
        raise ProtocolError(f"an invalid message of a worker that is ready: {error}") from error


def answer_message(result: Result) -> bytes:
    """A row of numbers."""
    row = np.ascontiguousarray(result.row, dtype="<f4")
    return message(MessageKind.ANSWER, _ANSWER.pack(result.serial, result.step_s, result.picture_s) + row.tobytes())


def read_answer(body: bytes, width: int) -> Result:
    """A row of `width` numbers. Raises ProtocolError where it is none."""
    if len(body) != _ANSWER.size + 4 * width:
        raise ProtocolError(f"an answer of {len(body)} bytes where a row has {width} numbers")
    serial, step_s, picture_s = _ANSWER.unpack_from(body)
    return Result(serial, step_s, picture_s, np.frombuffer(body, "<f4", width, _ANSWER.size))


def start_failed_message(refusal: Refusal) -> bytes:
    """The worker cannot start, and why."""
    return message(MessageKind.START_FAILED, json.dumps(asdict(refusal)).encode())


def read_start_failed(body: bytes) -> Refusal:
    """Raises ProtocolError where it is none."""
    return Refusal(**_object(body, {"code": int, "text": str}))


def _object(body: bytes, kinds: dict[str, type]) -> dict[str, Any]:
    """A JSON object of exactly these fields."""
    try:
        fields = json.loads(body)
    except ValueError as error:
        raise ProtocolError(f"no JSON: {body[:40]!r}") from error
    if not isinstance(fields, dict) or {name: type(value) for name, value in fields.items()} != kinds:
        raise ProtocolError(f"other fields than {', '.join(kinds)}: {body[:80]!r}")
    return fields
