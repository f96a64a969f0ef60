"""MJPEG cameras as they are sold and built: ESP32-CAM, Tasmota, snapshots, and every wrong or missing boundary."""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np
import pytest
from fake_device import until
from mjpeg_server import number_of, numbered_picture
from scripted_server import Answer, Asked, ScriptedServer, http

from realtime.capture import SourceOptions, open_source
from realtime.capture.jpeg_stream import JpegSplitter

PICTURES = [cv2.imencode(".jpg", numbered_picture(n, 320, 180))[1].tobytes() for n in range(40)]
MULTIPART = "Content-Type: multipart/x-mixed-replace"
PACE_S = 0.02


def part(picture: bytes, length: int | None = None) -> bytes:
    length = len(picture) if length is None else length
    return f"Content-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n".encode() + picture


@dataclass
class Kind:
    """A camera: the head of its answer, and what it sends for picture number n."""

    head: str
    send: Callable[[int, bytes], bytes]
    chunked: bool = field(default=False)


KINDS = {
    "boundary first": Kind(f"{MULTIPART}; boundary=frame", lambda _, p: b"--frame\r\n" + part(p) + b"\r\n"),
    # ESP32-CAM of Arduino and Tasmota: the first part has no boundary before it.
    "boundary last": Kind(f"{MULTIPART};boundary=e8b8c539-047d", lambda _, p: part(p) + b"\r\n--e8b8c539-047d\r\n"),
    "picture first": Kind(
        f"{MULTIPART}; boundary=x", lambda n, p: (b"" if n == 0 else b"\r\n--x\r\nContent-Type: image/jpeg\r\n\r\n") + p
    ),
    "another boundary": Kind(f"{MULTIPART}; boundary=frame", lambda _, p: b"--myboundary\r\n" + part(p) + b"\r\n"),
    "no boundary named": Kind(MULTIPART, lambda _, p: b"--frame\r\n" + part(p) + b"\r\n"),
    "no boundary at all": Kind(MULTIPART, lambda _, p: part(p)),
    "dashes in the boundary": Kind(f"{MULTIPART}; boundary=--frame", lambda _, p: b"--frame\r\n" + part(p) + b"\r\n"),
    "quoted": Kind(f'{MULTIPART}; boundary="a b"', lambda _, p: b"--a b\r\n" + part(p) + b"\r\n"),
    "upper case": Kind(
        "CONTENT-TYPE: MULTIPART/X-MIXED-REPLACE; BOUNDARY=F", lambda _, p: b"--F\r\n" + part(p).upper()[:20] + part(p)
    ),
    "no type": Kind("Server: x", lambda _, p: b"--frame\r\n" + part(p) + b"\r\n"),
    "another type": Kind("Content-Type: text/plain", lambda _, p: b"--frame\r\n" + part(p) + b"\r\n"),
    "no lengths": Kind(
        f"{MULTIPART}; boundary=f", lambda _, p: b"--f\r\nContent-Type: image/jpeg\r\n\r\n" + p + b"\r\n"
    ),
    "no headers": Kind(f"{MULTIPART}; boundary=f", lambda _, p: b"--f\r\n\r\n" + p + b"\r\n"),
    "lengths too small": Kind(f"{MULTIPART}; boundary=f", lambda _, p: b"--f\r\n" + part(p, len(p) // 2) + b"\r\n"),
    "lengths too large": Kind(f"{MULTIPART}; boundary=f", lambda _, p: b"--f\r\n" + part(p, 2 * len(p)) + b"\r\n"),
    "bare line feeds": Kind(
        f"{MULTIPART}; boundary=f", lambda _, p: part(p).replace(b"\r\n", b"\n", 3) + b"\n--f\n"
    ),
    "in pieces": Kind(f"{MULTIPART}; boundary=f", lambda _, p: part(p) + b"\r\n--f\r\n", chunked=True),
    "bare pictures": Kind("Content-Type: image/jpeg", lambda _, p: p),
    "bare pictures in pieces": Kind("Content-Type: video/x-motion-jpeg", lambda _, p: p, chunked=True),
}  # fmt: skip


def playing(kind: Kind, server: ScriptedServer, count: int = 10_000) -> Answer:
    """Sends so many pictures to whoever asks, then closes."""

    def answer(_: Asked, client: socket.socket) -> None:
        encoding = "Transfer-Encoding: chunked\r\n" if kind.chunked else ""
        client.sendall(f"HTTP/1.1 200 OK\r\n{kind.head}\r\n{encoding}\r\n".encode())
        for number in range(count):
            data = kind.send(number, PICTURES[number % len(PICTURES)])
            # In two writes, so that the picture's end comes apart from it.
            for piece in (data[:700], data[700:]):
                client.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if kind.chunked else piece)
            if server.closed.wait(PACE_S):
                return

    return answer


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_wrapping_of_pictures_is_read(kind: Kind) -> None:
    with ScriptedServer() as server:
        server.answer = playing(kind, server)
        with open_source(f"{server.url}/stream") as source:
            frames = [frame for _, frame in zip(range(8), source, strict=False)]
            assert source.info.live and source.damaged == 0 and source.corrections == 0
        assert server.connections == 1, "a camera that serves one viewer is asked once"
    numbers = [number_of(frame.image) for frame in frames]
    assert all(after > before for before, after in pairwise(numbers)), numbers
    assert all(after.stamp_ns > before.stamp_ns for before, after in pairwise(frames))
    assert {(frame.size, frame.flags, frame.segment) for frame in frames} == {((320, 180), frozenset(), 0)}


@pytest.mark.parametrize("name", ["boundary last", "in pieces", "bare pictures"])
def test_a_camera_that_goes_away_is_noticed_and_its_picture_comes_back(name: str) -> None:
    with ScriptedServer() as server:
        server.answer = playing(KINDS[name], server, 5)
        with open_source(server.url) as source:
            before = source.read()
            assert until(lambda: source.latest(0.01) is None and source.state == "lost")
            assert "the camera has ended the connection" in source.note or "retry in" in source.note
            server.answer = playing(KINDS[name], server)
            assert until(lambda: source.latest(0.01) is not None and source.state == "live")
            after = source.read()
    assert before is not None and after is not None
    assert after.segment > before.segment and after.stamp_ns > before.stamp_ns


@pytest.mark.parametrize("length", [True, False])
@pytest.mark.parametrize("type_", ["image/jpeg", "application/octet-stream"])
def test_a_snapshot_is_requested_again_for_every_frame(type_: str, length: bool) -> None:
    with ScriptedServer() as server:

        def snapshot(_: Asked, client: socket.socket) -> None:
            picture = PICTURES[len(server.asked) % len(PICTURES)]
            declared = f"Content-Length: {len(picture)}\r\n" if length else ""
            client.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {type_}\r\n{declared}\r\n".encode() + picture)

        server.answer = snapshot
        with open_source(f"{server.url}/capture", SourceOptions(fps=50)) as source:
            numbers = [number_of(frame.image) for _, frame in zip(range(4), source, strict=False)]
            assert numbers == sorted(set(numbers)) and source.state == "live"
            server.answer = lambda _, client: client.sendall(http("500 Oops"))
            assert until(lambda: source.latest(0.01) is None and source.state == "lost")
            assert "an error of its own (500 Internal Server Error)" in source.note
            server.answer = snapshot
            assert until(lambda: source.latest(0.01) is not None and source.state == "live")


def test_a_camera_may_take_longer_to_its_first_picture_than_between_pictures() -> None:
    kind = KINDS["boundary first"]
    with ScriptedServer() as server:

        def answer(asked: Asked, client: socket.socket) -> None:
            client.sendall(f"HTTP/1.1 200 OK\r\n{kind.head}\r\n\r\n--frame\r\n".encode())
            server.closed.wait(0.9)
            for picture in PICTURES:
                client.sendall(kind.send(0, picture))
                server.closed.wait(PACE_S)

        server.answer = answer
        with open_source(server.url, SourceOptions(stall_s=0.3)) as source:
            assert source.read() is not None
        assert server.connections == 1


def test_a_part_that_is_no_picture_is_counted_and_passed_over() -> None:
    kind = Kind(MULTIPART, lambda n, p: b"--f\r\n" + part(p if n % 2 == 0 else b"\x01\x02" * 500) + b"\r\n")
    with ScriptedServer() as server:
        server.answer = playing(kind, server)
        with open_source(server.url) as source:
            numbers = [number_of(frame.image) for _, frame in zip(range(5), source, strict=False)]
            assert source.damaged >= 3
    assert {number % 2 for number in numbers} == {0}


def answers_to_digest(realm: str, password: str, server: ScriptedServer, then: Answer, algorithm: str) -> Answer:
    """Asks for Digest authentication, and checks it by the formulas of RFC 7616."""
    make = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[algorithm]
    ask = f'Digest realm="{realm}", nonce="abc", qop="auth", algorithm={algorithm}, opaque="o"'

    def hashed(*parts: str) -> str:
        return make(":".join(parts).encode()).hexdigest()

    def answer(asked: Asked, client: socket.socket) -> None:
        given = dict(re.findall(r'(\w+)="?([^",]*)"?', asked.headers.get("authorization", "")))
        user, request = hashed("anna", realm, password), hashed(asked.method, asked.path)
        wanted = hashed(user, "abc", given.get("nc", ""), given.get("cnonce", ""), "auth", request)
        if given.get("response") == wanted and given["uri"] == asked.path and given["opaque"] == "o":
            then(asked, client)
        else:
            client.sendall(http("401 Unauthorized", www_authenticate=f'Basic realm="x", {ask}'))

    return answer


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_camera_that_asks_for_digest_gets_no_password(algorithm: str) -> None:
    with ScriptedServer() as server:
        server.answer = answers_to_digest("cam", "s@cr:t", server, playing(KINDS["no type"], server), algorithm)
        address = server.url.replace("//", "//anna:s%40cr%3At@") + "/video?channel=1"
        with open_source(address) as source:
            assert source.read() is not None
        assert [asked.path for asked in server.asked] == ["/video?channel=1"] * 2
        assert not any("s@cr" in str(asked.headers) or "Basic" in str(asked.headers) for asked in server.asked)


def test_a_camera_that_asks_for_basic_gets_it_only_then() -> None:
    with ScriptedServer() as server:

        def answer(asked: Asked, client: socket.socket) -> None:
            if asked.headers.get("authorization") == "Basic YW5uYTpzQGM=":
                playing(KINDS["no type"], server)(asked, client)
            else:
                client.sendall(http("401 Unauthorized", www_authenticate='Basic realm="cam"'))

        server.answer = answer
        with open_source(server.url.replace("//", "//anna:s%40c@")) as source:
            assert source.read() is not None
        assert "authorization" not in server.asked[0].headers


def test_any_cutting_of_the_stream_gives_the_same_pictures() -> None:
    """A naive reader as the truth: every picture of the stream is known."""
    stream = b"".join(b"--f\r\n" + part(picture) + b"\r\n" for picture in PICTURES[:6])
    generator = np.random.default_rng(1)
    for _ in range(20):
        splitter, found, at = JpegSplitter(), [], 0
        while at < len(stream):
            step = int(generator.integers(1, 4000))
            splitter.feed(stream[at : at + step])
            at += step
            while (picture := splitter.take()) is not None:
                found.append(picture)
        assert found == PICTURES[:6]


@pytest.mark.parametrize("mode", [cv2.IMWRITE_JPEG_PROGRESSIVE, cv2.IMWRITE_JPEG_RST_INTERVAL])
def test_progressive_pictures_and_restart_markers_are_cut_rightly(mode: int) -> None:
    picture = cv2.imencode(".jpg", numbered_picture(7), [mode, 1])[1].tobytes()
    thumbnail = b"\xff\xe1" + (len(PICTURES[0]) + 2).to_bytes(2) + PICTURES[0]  # a whole JPEG inside of a segment
    for each in (picture, picture[:2] + thumbnail + picture[2:]):
        splitter = JpegSplitter()
        splitter.feed(each * 3)
        assert [splitter.take() for _ in range(4)] == [each, each, each, None]
