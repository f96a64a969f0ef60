"""An rtsp camera of a few lines: H.264 in RTP (RFC 6184) on the connection of the dialogue, read from end to end."""

from __future__ import annotations

import hashlib
import re
import socket
import struct
from fractions import Fraction

import av
import pytest
from fake_device import until
from mjpeg_server import number_of, numbered_picture
from scripted_server import Answer, Asked, ScriptedServer

from realtime.capture import open_source

RATE, CLOCK = 25, 90_000
SDP = (
    b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"
    b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:t1\r\n"
)


def coded(count: int) -> list[list[bytes]]:
    """The NAL units of each numbered picture; all are key frames."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.framerate = 320, 180, "yuv420p", RATE
    encoder.time_base = Fraction(1, RATE)
    encoder.options = {"tune": "zerolatency", "preset": "ultrafast", "g": "1", "x264-params": "repeat-headers=1"}
    units = []
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(numbered_picture(number, 320, 180), format="bgr24")
        frame.pts = number
        data = b"".join(bytes(packet) for packet in encoder.encode(frame))
        units.append([unit for unit in re.split(rb"\x00\x00\x00?\x01", data) if unit])
    return units


@pytest.fixture(scope="module")
def pictures() -> list[list[bytes]]:
    return coded(20)


def answering(pictures: list[list[bytes]], server: ScriptedServer, count: int = 10_000) -> Answer:
    """The dialogue, and so many pictures after PLAY."""

    def say(asked: Asked, client: socket.socket, *headers: str, body: bytes = b"") -> None:
        lines = ["RTSP/1.0 200 OK", f"CSeq: {asked.headers['cseq']}", *headers, f"Content-Length: {len(body)}", "", ""]
        client.sendall("\r\n".join(lines).encode() + body)

    def answer(asked: Asked, client: socket.socket) -> None:
        if asked.method == "DESCRIBE":
            say(asked, client, "Content-Type: application/sdp", f"Content-Base: {asked.path}/", body=SDP)
        elif asked.method == "SETUP":
            say(asked, client, "Session: 1", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        elif asked.method == "PLAY":
            say(asked, client, "Session: 1")
            sequence = 0
            for number in range(count):
                units = pictures[number % len(pictures)]
                for unit in units:
                    last = 0x80 if unit is units[-1] else 0
                    time = number * CLOCK // RATE
                    packet = struct.pack(">BBHII", 0x80, last | 96, sequence & 0xFFFF, time, 7) + unit
                    client.sendall(b"$\0" + len(packet).to_bytes(2) + packet)
                    sequence += 1
                if server.closed.wait(1 / RATE):
                    return
            client.shutdown(socket.SHUT_RDWR)
        else:
            say(asked, client, "Public: DESCRIBE, SETUP, PLAY, TEARDOWN")

    return answer


def test_an_rtsp_camera_is_read_and_comes_back_after_it_was_gone(pictures: list[list[bytes]]) -> None:
    with ScriptedServer() as server:
        server.answer = answering(pictures, server, 15)
        with open_source(f"rtsp://{server.host}/stream") as source:
            frames = [frame for _, frame in zip(range(5), source, strict=False)]
            numbers = [number_of(frame.image) for frame in frames]
            assert numbers == sorted(set(numbers)) and source.corrections == 0
            assert {frame.size for frame in frames} == {(320, 180)}
            assert until(lambda: source.latest(0.01) is None and source.state == "lost")
            server.answer = answering(pictures, server)
            assert until(lambda: source.latest(0.01) is not None and source.state == "live")
            after = source.read()
    assert after is not None and after.segment > frames[-1].segment and after.stamp_ns > frames[-1].stamp_ns
    assert {asked.path.partition("/stream")[0] for asked in server.asked} == {f"rtsp://{server.host}"}


def test_an_rtsp_camera_that_asks_for_a_password_gets_it_hashed(pictures: list[list[bytes]]) -> None:
    challenge = 'WWW-Authenticate: Digest realm="cam", nonce="abc"'

    def hashed(*parts: str) -> str:
        return hashlib.md5(":".join(parts).encode()).hexdigest()

    with ScriptedServer() as server:
        play = answering(pictures, server)

        def answer(asked: Asked, client: socket.socket) -> None:
            given = dict(re.findall(r'(\w+)="([^"]*)"', asked.headers.get("authorization", "")))
            wanted = hashed(hashed("anna", "cam", "s@c"), "abc", hashed(asked.method, given.get("uri", "")))
            if asked.method == "OPTIONS" or given.get("response") == wanted:
                play(asked, client)
            else:
                lines = ["RTSP/1.0 401 Unauthorized", f"CSeq: {asked.headers['cseq']}", challenge, "", ""]
                client.sendall("\r\n".join(lines).encode())

        server.answer = answer
        with open_source(f"rtsp://anna:s%40c@{server.host}/stream") as source:
            assert source.read() is not None
        assert not any("s%40c" in str(asked) or "s@c" in str(asked) for asked in server.asked)
