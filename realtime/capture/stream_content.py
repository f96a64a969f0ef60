"""What the body of an http answer is, by its first bytes; the declared type decides only where they say nothing."""

from __future__ import annotations

import re
from typing import Literal

from realtime.capture.jpeg_stream import SOI

Content = Literal["jpeg", "hls", "page", "list", "text", "picture", "container"]
NEEDED = 512  # bytes, unless the body ends before or shows its kind earlier
_PARTS = 1 << 16  # bytes of a stream without a picture, which is then left to the device

_JPEG = re.compile(rb"\s*(?:--[^\r\n]*\r?\n)?(?:[A-Za-z-]+:[^\r\n]*\r?\n)*\s*" + re.escape(SOI))
_PAGE = re.compile(rb"<!doctype html|<html|<head|<body", re.IGNORECASE)
_DASH = re.compile(rb"<(?:\w+:)?MPD[\s>]")
_LIST = re.compile(rb"ffconcat|\[playlist\]|v=0[\r\n]|\[reference\]|<smil|<asx", re.IGNORECASE)
_PICTURES = (b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"\0\0\0\x0cjP  ")


def content_of(begun: bytes, declared: str, ended: bool) -> Content | None:
    """The content of a body that begins with these bytes; None while more of it is needed.

    `declared` is the answer's media type in lower case, such as "multipart/x-mixed-replace"; "" where it has none.
    """
    if _JPEG.match(begun):
        return "jpeg"
    if declared.startswith("multipart/") and not ended:  # a camera may take a while to its first picture
        return "jpeg" if SOI in begun or len(begun) > _PARTS else None
    if len(begun) < NEEDED and not ended:
        return None
    text = begun.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"#EXTM3U"):
        return "hls"
    if _PAGE.match(text) or _PAGE.search(text[:NEEDED]):
        return "page"
    if _DASH.search(text) or _LIST.match(text):
        return "list"
    if begun.startswith(_PICTURES) or (begun[:4] == b"RIFF" and begun[8:12] == b"WEBP"):
        return "picture"
    if declared in ("text/html", "application/xhtml+xml"):
        return "page"
    printable = bool(text) and all(byte >= 32 or byte in b"\t\r\n" for byte in text[:NEEDED])
    return "text" if printable or not text else "container"
