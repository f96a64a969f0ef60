"""Cuts a stream of bytes into JPEG pictures, whatever stands between them.

The pictures show where they begin and end; boundaries and lengths, which cameras get wrong or leave out, only help
where a picture is cut off. ESP32-CAM and Tasmota send the first part without a boundary, others send none at all.
"""

from __future__ import annotations

import re

SOI = b"\xff\xd8\xff"
_MOST = 32 * 2**20  # bytes of one picture
_KEPT = 4096  # bytes that may be the head of a part whose picture has not come
_HEAD = re.compile(rb"content-(?:type|length)[^\r\n]*\r?\n(?:[^\r\n]+\r?\n){0,20}\r?\n[\r\n]*", re.IGNORECASE)
_LENGTH = re.compile(rb"content-length:[ \t]*(\d{1,9})[ \t]*\r?\n", re.IGNORECASE)
_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")  # in compressed data: what is neither stuffing nor a restart
# What can follow compressed data: tables, further scans, comments. Anything else is damage inside of it.
_BETWEEN_SCANS = frozenset({0xC4, 0xDA, 0xDB, 0xDC, 0xDD, 0xFE, *range(0xE0, 0xF0)})


class JpegSplitter:
    """Takes bytes as they come and gives pictures."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._inside = False  # whether the buffer begins with a picture
        self._at = 0  # how far the picture is known
        self._compressed = False  # whether that is in compressed data, else before a segment
        self._length: int | None = None  # of the picture, as its part declares it

    def feed(self, data: bytes) -> None:
        """Add the next bytes."""
        self._buffer += data

    def take(self) -> bytes | None:
        """The next picture, complete or cut off; b"" for a part that is none; None while more bytes are needed."""
        if not self._inside:
            found = self._begin()
            if not self._inside:
                return found
        if self._walk():
            return self._emit(self._at)
        buffer, length = self._buffer, self._length
        if not self._inside:  # broken before its compressed data
            return b""
        if length is not None and buffer[length : length + 6].lstrip(b"\r\n").startswith(b"--"):
            return self._emit(length)  # it is cut off there, and the next part has begun
        if self._compressed and buffer[self._at : self._at + 3] == SOI:  # cut off, and the next one has begun
            end = self._at if length is None or length > self._at else length
            boundary = buffer.rfind(b"\r\n--", max(0, end - _KEPT), end)
            return self._emit(boundary if boundary > 0 else end)
        if len(buffer) > _MOST:
            self._drop(len(buffer))
            return b""
        return None

    def _begin(self) -> bytes | None:
        """Put the next picture at the front of the buffer; b"" where a part holds something else, else None."""
        buffer = self._buffer
        start, head = buffer.find(SOI), _HEAD.search(buffer)
        if head is not None and (start < 0 or head.end() <= start):
            if len(buffer) < head.end() + len(SOI):
                return None
            if start != head.end():
                self._drop(head.end())
                return b""
            declared = _LENGTH.search(head[0])
            self._length = int(declared[1]) if declared else None
        if start < 0:
            del buffer[:-_KEPT]
            return None
        del buffer[:start]
        self._inside, self._at, self._compressed = True, 2, False
        return None

    def _walk(self) -> bool:
        """Follow the picture's segments as far as its bytes have come; whether its end has."""
        buffer = self._buffer
        while True:
            if self._compressed:
                marker = _MARKER.search(buffer, self._at)
                if marker is None:
                    self._at = max(self._at, len(buffer) - 1)
                    return False
                code = buffer[marker.end() - 1]
                if code == 0xD8:
                    self._at = marker.end() - 2
                    return False
                self._at = marker.end()
                if code == 0xD9:
                    return True
                if code in _BETWEEN_SCANS:
                    self._at -= 2
                    self._compressed = False
                continue
            if len(buffer) < self._at + 4:
                return False
            code, length = buffer[self._at + 1], int.from_bytes(buffer[self._at + 2 : self._at + 4])
            if buffer[self._at] != 0xFF or (length < 2 and code not in (0xD9, 0xFF)):
                self._drop(2)
                return False
            if code == 0xFF:  # filling
                self._at += 1
                continue
            if code == 0xD9:
                self._at += 2
                return True
            self._at += 2 + length
            self._compressed = code == 0xDA

    def _emit(self, end: int) -> bytes:
        picture = bytes(self._buffer[:end])
        self._drop(end)
        return picture

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._inside, self._length = False, None
