"""MJPEG over HTTP: real clients see the newest picture, and nobody else gets anything or holds anything up."""

from __future__ import annotations

import socket
import threading
import time
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from chromium import chromium
from mjpeg_reader import MjpegReader, answer, asked, connected, status

from realtime.core.config import StreamConfig
from realtime.core.errors import UsageError
from realtime.stream.address import StreamAddress
from realtime.stream.pictures import http_server
from realtime.stream.pictures.channel import PictureChannel
from realtime.stream.pictures.http_server import MOST_CONNECTIONS, MOST_READERS
from realtime.stream.pictures.outputs import check_pictures
from realtime.stream.pictures.picture import StreamPicture
from realtime.stream.pictures.sender import PictureSender

SHARED = StreamConfig(share_face=True, picture_rate=60)
SIZE = (320, 180)
RED, GREEN = (250, 0, 0), (0, 250, 0)


def until(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def picture(color: tuple[int, int, int] = RED, size: tuple[int, int] = SIZE) -> StreamPicture:
    now = time.monotonic_ns()
    return StreamPicture(np.full((size[1], size[0], 3), color, np.uint8), now, now)


class Channel(PictureChannel):
    """With what it wrote to the terminal."""

    def __init__(self, text: str = "mjpeg", config: StreamConfig = SHARED) -> None:
        self.said: list[str] = []
        super().__init__(StreamAddress.parse(text), config, SIZE, self.said.append)
        until(lambda: self.ready)

    @property
    def link(self) -> str:
        return self.state().link

    @property
    def readers(self) -> int:
        return int(self.state().note.split(" ")[0].replace("no", "0"))


@pytest.fixture
def channel() -> Iterator[Channel]:
    made = Channel()
    yield made
    made.close()


def feed(channel: PictureChannel, ended: threading.Event, color: tuple[int, int, int] = RED) -> threading.Thread:
    def work() -> None:
        while not ended.wait(0.02):
            channel.show(picture(color))

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.fixture
def fed(channel: Channel) -> Iterator[Channel]:
    """Pictures come all the time."""
    ended = threading.Event()
    thread = feed(channel, ended)
    yield channel
    ended.set()
    thread.join()


def test_a_reader_sees_each_picture_that_is_shown_and_the_address_is_told_once(channel: Channel) -> None:
    assert len(channel.said) == 1 and channel.link in channel.said[0]
    assert channel.link.startswith("http://127.0.0.1:") and len(channel.link.rpartition("/")[2]) == 32
    assert channel.link not in repr(channel.state()), "what is logged of it holds no secret"
    assert not channel.wanted, "nobody looks, so nothing need be drawn"
    reader = MjpegReader(channel.link)
    until(lambda: channel.wanted)
    for color in (RED, GREEN, RED):
        channel.show(picture(color))
        found = reader.picture()
        assert found.shape == (180, 320, 3) and np.abs(found.reshape(-1, 3).mean(0) - color).max() < 6
    reader.close()
    until(lambda: not channel.wanted)
    report = channel.report()
    assert (report.sent, report.dropped, report.errors, report.remote) == (3, 0, 0, False)
    assert report.age_ms is not None and channel.link.rpartition("/")[2] not in report.model_dump_json()


def test_the_next_reader_gets_no_picture_of_the_past(channel: Channel) -> None:
    reader = MjpegReader(channel.link)
    until(lambda: channel.wanted)
    channel.show(picture(RED))
    reader.picture()
    reader.close()
    until(lambda: not channel.wanted)
    later = MjpegReader(channel.link)
    until(lambda: channel.wanted)
    time.sleep(0.7)
    channel.show(picture(GREEN))
    assert later.picture()[90, 160, 1] > 200
    later.close()


def test_a_browser_shows_the_newest_picture(channel: Channel, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<!DOCTYPE html><body style="margin:0;width:400px;height:300px">'
        f'<img src="{channel.link}" width=320 height=180>'
    )
    ended = threading.Event()
    with chromium(tmp_path / "profile") as tab:
        tab.open(page, endless=True)
        until(lambda: channel.wanted)
        tab.run("new Promise(laid_out => requestAnimationFrame(() => requestAnimationFrame(laid_out)))")
        for color in (RED, GREEN):
            ended.clear()
            thread = feed(channel, ended, color)
            try:
                until(lambda wanted=color: np.abs(_shown(tab.picture()) - wanted).max() < 8)  # type: ignore[misc]
            finally:
                ended.set()
                thread.join()


def _shown(png: bytes) -> np.ndarray:
    seen = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    return seen[60:120, 100:200, ::-1].reshape(-1, 3).mean(0)


def test_who_has_no_token_gets_404_and_who_comes_by_another_name_nothing(fed: Channel) -> None:
    link = fed.link
    token, port = link.rpartition("/")[2], link.split(":")[2].split("/")[0]
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
    for path in ("/", "", "/" + wrong, "/" + token + "x", f"/{token}/", f"/x/../{token}", "/favicon.ico", "/é"):
        if path:
            assert status(link, asked(link, path=path)) == 404, path
    hosts = (f"rebound.example:{port}", "127.0.0.1", "127.0.0.1:1", f"127.0.0.2:{port}", f"[::1]:{port}", "")
    for host in hosts:
        for path in (f"/{token}", "/"):
            assert status(link, asked(link, path=path, host=host)) == 403, host
    assert status(link, asked(link, more="Host: rebound.example\r\n")) == 403, "two of them"
    assert status(link, f"GET /{token} HTTP/1.1\r\n\r\n".encode()) == 403, "none of them"
    for method in ("HEAD", "POST", "OPTIONS", "DELETE"):
        assert status(link, asked(link, method=method)) == 405
    for garbage in (b"\r\n\r\n", b"\x16\x03\x01\x02\r\n\r\n", f"GET /{token}\r\n\r\n".encode()):
        assert status(link, garbage) == 400
    with pytest.raises(urllib.error.HTTPError, match="404"):
        MjpegReader(link.replace(token, wrong))
    assert token not in answer(link, asked(link, path="/")), "nor is it told in an answer"
    for name in (f"localhost:{port}", f"LOCALHOST:{port}", f"127.0.0.1:{port}"):
        with connected(link) as connection:
            connection.sendall(asked(link, host=name))
            assert connection.recv(15) == b"HTTP/1.1 200 OK"


def test_heads_that_are_long_slow_or_never_end_are_answered_and_closed(
    fed: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.stream.pictures.http_request.HEAD_S", 0.5)
    assert status(fed.link, asked(fed.link, more=f"X: {'x' * 10_000}\r\n")) == 431
    with connected(fed.link) as slow:
        ended = threading.Event()

        def trickle() -> None:
            try:
                for at in asked(fed.link, more="X: " + "y" * 500):
                    slow.sendall(bytes([at]))
                    if ended.wait(0.05):
                        return
            except OSError:  # that it is closed is the point
                pass

        thread = threading.Thread(target=trickle)
        thread.start()
        assert slow.recv(100).split(b" ")[1] == b"408"
        ended.set()
        thread.join()


def test_a_flood_of_connections_keeps_nobody_out_for_long_and_readers_are_few(
    fed: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.stream.pictures.http_request.HEAD_S", 0.5)
    first = MjpegReader(fed.link)
    first.picture()
    flood = [connected(fed.link) for _ in range(60)]
    until(lambda: len(fed._output._server._connections) >= 2)  # type: ignore[union-attr]
    assert len(fed._output._server._connections) <= MOST_CONNECTIONS  # type: ignore[union-attr]
    first.picture()
    for one in flood:
        one.close()
    until(lambda: len(fed._output._server._connections) == 1)  # type: ignore[union-attr]
    others = [MjpegReader(fed.link) for _ in range(MOST_READERS - 1)]
    until(lambda: fed.readers == MOST_READERS)
    with pytest.raises(urllib.error.HTTPError, match="503"):
        MjpegReader(fed.link)
    for reader in (first, *others):
        reader.picture()
        reader.close()
    until(lambda: fed.readers == 0)
    MjpegReader(fed.link).close()


def test_a_reader_that_stops_reading_is_closed_and_slows_nobody(fed: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "STALL_S", 0.5)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        deaf.connect(("127.0.0.1", int(fed.link.split(":")[2].split("/")[0])))
        deaf.sendall(asked(fed.link))
        until(lambda: fed.readers == 1)
        reader = MjpegReader(fed.link)
        until(lambda: fed.readers == 2)
        before = fed.report().sent
        for _ in range(10):
            reader.picture()
        assert fed.report().sent > before
        until(lambda: fed.readers == 1)
        reader.picture()
        reader.close()


def test_pictures_for_which_there_is_no_time_are_dropped_and_counted(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, output = threading.Event(), channel._output
    assert output is not None
    send = output.send
    monkeypatch.setattr(output, "send", lambda one: (free.wait(20), send(one)))
    reader = MjpegReader(channel.link)
    until(lambda: channel.wanted)
    begun = time.monotonic()
    for _ in range(100):
        channel.show(picture(RED))
    channel.show(picture(GREEN))
    assert time.monotonic() - begun < 10, "nothing waits for the one that does not come back for 20 s"
    free.set()
    until(lambda: channel.report().sent + channel.report().dropped == 101)
    assert channel.report().sent <= 2
    until(lambda: reader.picture()[90, 160, 1] > 200)
    reader.close()


def test_pictures_are_sent_with_permission_only() -> None:
    with pytest.raises(UsageError, match=r"--stream mjpeg.*: pictures show the face.*--share-face"):
        check_pictures(StreamAddress.parse("mjpeg"), StreamConfig())
    refused = Channel(config=StreamConfig())
    assert "--share-face" in refused.state().error and not refused.link
    assert refused.said and "http" not in refused.said[0]
    refused.close()


def test_a_port_in_use_is_named_with_the_way_out_and_taken_once_it_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.stream.pictures.channel.RETRY_S", 0.2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        second = Channel(f"mjpeg://127.0.0.1:{port}")
        assert second.state().error == (
            f"port {port} is in use by another program. --stream mjpeg takes a free one, mjpeg://HOST:PORT another one."
        )
        until(lambda: second.report().errors > 1)
        assert second.said == [f"MJPEG 127.0.0.1:{port}: {second.state().error} It is tried again."]
    until(lambda: second.link)
    assert f":{port}/" in second.link and not second.state().error
    other = Channel()
    assert other.link != second.link, "two programs have ports and tokens of their own"
    other.close()
    second.close()
    elsewhere = Channel("mjpeg://192.0.2.1:8090")
    state = elsewhere.state()
    assert state.remote == "MJPEG 192.0.2.1:8090" and "192.0.2.1 is no address of this machine" in state.error
    elsewhere.close()


def test_every_interface_is_listened_on_only_where_that_is_given() -> None:
    everywhere = Channel("mjpeg://0.0.0.0")
    try:
        port = everywhere.link.split(":")[2].split("/")[0]
        token = everywhere.link.rpartition("/")[2]
        assert everywhere.state().remote == f"MJPEG 0.0.0.0:{port}"
        here = f"http://127.0.0.1:{port}/{token}"
        reader = MjpegReader(here)
        reader.close()
        assert status(here, asked(here, host=f"rebound.example:{port}")) == 403
    finally:
        everywhere.close()


def test_it_is_closed_with_its_readers_and_may_be_closed_twice(channel: Channel) -> None:
    reader = MjpegReader(channel.link)
    until(lambda: channel.wanted)
    link = channel.link
    channel.close()
    channel.close()
    with pytest.raises(KeyError):  # the stream has ended
        reader.picture()
    with pytest.raises(OSError, match="refused"):
        connected(link)


def test_a_sender_is_due_at_its_rate_and_while_somebody_looks() -> None:
    sender = PictureSender(StreamConfig(share_face=True, picture_rate=1), SIZE, lambda text: None)
    assert not sender.wanted and not sender.due()
    sender.use([StreamAddress.parse("mjpeg")])
    sender.wait_ready(20)
    assert not sender.due()
    reader = MjpegReader(sender.states()[0].link)
    until(lambda: sender.wanted)
    assert sender.due() and not sender.due()
    sender.show(picture())
    reader.picture()
    reader.close()
    sender.use([])
    assert [(one.sent, one.output.split(":")[0]) for one in sender.reports()] == [(1, "MJPEG 127.0.0.1")]
    sender.close()
