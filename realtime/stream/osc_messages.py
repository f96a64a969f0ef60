"""OSC messages whose numbers change and whose addresses do not, and the bundles that carry them.

python-osc writes the part of a message that stays; only the numbers are packed for every frame, since building whole
messages takes ten times as long and holds the interpreter that long.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from realtime.stream.udp import MOST_BYTES

_HEAD: bytes = OscBundleBuilder(IMMEDIATELY).build().dgram
_SIZE = struct.Struct(">i")


class MessageTemplate:
    """A message of an address, texts, and after them numbers that change."""

    __slots__ = ("_head", "_pack")

    def __init__(self, address: str, *texts: str, numbers: str = "f") -> None:
        """`numbers`: their types, "f" (float32) and "i" (int32)."""
        builder = OscMessageBuilder(address)
        for text in texts:
            builder.add_arg(text, "s")
        for kind in numbers:
            builder.add_arg(0 if kind == "i" else 0.0, kind)
        whole: bytes = builder.build().dgram
        self._head = whole[: len(whole) - 4 * len(numbers)]
        self._pack = struct.Struct(f">{numbers}").pack

    def __call__(self, *values: float) -> bytes:
        """The message with these numbers."""
        return self._head + self._pack(*values)


def text_message(address: str, text: str) -> bytes:
    """A message with one text."""
    builder = OscMessageBuilder(address)
    builder.add_arg(text, "s")
    message: bytes = builder.build().dgram
    return message


def bundles(messages: Iterable[bytes], most: int = MOST_BYTES) -> Iterator[bytes]:
    """The messages in their order in as few packets as have at most `most` bytes; a longer message has its own."""
    parts, size = [_HEAD], len(_HEAD)
    for message in messages:
        if len(parts) > 1 and size + 4 + len(message) > most:
            yield b"".join(parts)
            parts, size = [_HEAD], len(_HEAD)
        parts += (_SIZE.pack(len(message)), message)
        size += 4 + len(message)
    if len(parts) > 1:
        yield b"".join(parts)
