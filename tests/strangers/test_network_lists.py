"""Play lists and descriptions that name other files and addresses: only the host and port that were named are asked."""

from __future__ import annotations

import io
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import av
import pytest
from mjpeg_server import number_of, numbered_picture
from scripted_server import Answer, Asked, ScriptedServer, http

from realtime.capture import SourceOptions, open_source
from realtime.core.errors import MeshmirrorError

FRAMES = 8  # in each segment


def segment(number: int, container: str = "mpegts") -> bytes:
    """Eight numbered pictures in H.264, whose times follow those of the segment before."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream("libx264", rate=25, options={"preset": "ultrafast", "tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for at in range(number * FRAMES, (number + 1) * FRAMES):
            frame = av.VideoFrame.from_ndarray(numbered_picture(at, 320, 180), format="bgr24")
            frame.pts = at
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


@pytest.fixture(scope="module")
def segments() -> list[bytes]:
    return [segment(number) for number in range(3)]


@pytest.fixture
def other() -> Iterator[ScriptedServer]:
    """Another host, as far as addresses go; nothing may ask it."""
    with ScriptedServer(http("200 OK", b"\x47" * 188)) as server:
        yield server
        assert server.connections == 0, server.asked


def serving(files: dict[str, bytes]) -> Answer:
    def answer(asked: Asked, client: socket.socket) -> None:
        path = asked.path.partition("?")[0]
        if path in files and files[path].startswith(b"HTTP/"):
            client.sendall(files[path])
        else:
            client.sendall(http("200 OK", files[path]) if path in files else http("404 Not Found"))

    return answer


def media_list(*names: str, before: str = "") -> bytes:
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1", "#EXT-X-MEDIA-SEQUENCE:0", before]
    for name in names:
        lines += ["#EXTINF:0.32,", name]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""]).encode()


def read_some(address: str, count: int) -> list[int]:
    with open_source(address, SourceOptions(stall_s=5)) as source:
        return [number_of(frame.image) for _, frame in zip(range(count), source, strict=False)]


def in_order(numbers: list[int], segments: int) -> bool:
    """Whether they grow. What is at an address is opened again after its last frame; a busy machine, which misses some
    of its frames, comes to that before it has read as many as were asked for."""
    last = segments * FRAMES - 1
    return all(before < after or before == last for before, after in pairwise(numbers))


def test_a_list_of_segments_on_its_own_host_is_read_with_the_password(segments: list[bytes]) -> None:
    files = {f"/live/{n}.ts": data for n, data in enumerate(segments)}
    files["/live/list.m3u8"] = media_list("0.ts", "/live/1.ts", "HOST/live/2.ts")
    files["/master.m3u8"] = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\nlive/list.m3u8\n"
    with ScriptedServer() as server:
        files["/live/list.m3u8"] = files["/live/list.m3u8"].replace(b"HOST", server.url.encode())

        def answer(asked: Asked, client: socket.socket) -> None:
            if "authorization" not in asked.headers:
                client.sendall(http("401 Unauthorized", www_authenticate='Basic realm="x"'))
            else:
                serving(files)(asked, client)

        server.answer = answer
        for name in ("/live/list.m3u8", "/master.m3u8?token=1"):
            numbers = read_some(server.url.replace("//", "//anna:pw@") + name, 20)
            assert in_order(numbers, 3) and max(numbers) >= 2 * FRAMES, numbers


ELSEWHERE = "on another host or port"
LIST = "a play list that names other files"
VARIANT = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nOTHER/b.m3u8\n"
SOUND = (
    b'#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",DEFAULT=YES,URI="OTHER/s.m3u8"\n'
    b'#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\nb.m3u8\n'
)
SDP = b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"
REFERENCE = b"\0\0\0\x08wide" + b"\0\0\0\x30moov\0\0\0\x28rmra" + b"OTHER/0.mov".ljust(600)


def keyed(key: str) -> bytes:
    return media_list("0.ts", before=f'#EXT-X-KEY:METHOD=AES-128,URI="{key}"')


# The reason, and the list; OTHER is the other server. A list may name /b.m3u8, /0.ts, /r.ts and /key of its own host.
HOSTILE = {
    "a segment elsewhere": (ELSEWHERE, media_list("OTHER/0.ts")),
    "a later segment elsewhere": (ELSEWHERE, media_list("0.ts", "OTHER/1.ts")),
    "a segment on another port, by name": (ELSEWHERE, media_list("//HOST/0.ts")),
    "a variant elsewhere": (ELSEWHERE, VARIANT),
    "sound elsewhere": (ELSEWHERE, SOUND),
    "a key elsewhere": ("its segments are encrypted", keyed("OTHER/key")),
    "a key of its own": ("its segments are encrypted", keyed("key")),
    "a map elsewhere": (ELSEWHERE, media_list("0.ts", before='#EXT-X-MAP:URI="OTHER/init.mp4"')),
    "a segment that redirects": ("it redirects to http://127", media_list("r.ts")),
    "a variant that redirects": ("it redirects to http://127", VARIANT.replace(b"OTHER/b.m3u8", b"r.ts")),
    "a list that redirects": ("it redirects to http://127", http("302 Found", location="OTHER/a.m3u8")),
    "a file": ("its list names file:///etc/passwd", media_list("file:///etc/passwd", "file:/etc/passwd")),
    "a later variant's segment": (ELSEWHERE, VARIANT.replace(b"OTHER/b.m3u8", b"c.m3u8")),
    "a concat": (
        "its list names concat:http://127.0.0.1",
        media_list("concat:OTHER/0.ts|OTHER/1.ts", "subfile,,start,0,end,9,,:OTHER/a"),
    ),
    "other protocols": (
        "its list names tcp://127.0.0.1",
        media_list("tcp://HOST", "udp://HOST", "ftp://HOST/a", "gopher://HOST/a"),
    ),
    "data": ("its list names data:video/mp2t;base64,R0dHRw==,", media_list("data:video/mp2t;base64,R0dHRw==")),
    "dash": (LIST, b'<?xml version="1.0"?><MPD><BaseURL>OTHER/</BaseURL></MPD>'),
    "sdp": (LIST, SDP),
    "ffconcat": (LIST, b"ffconcat version 1.0\nfile 'OTHER/0.ts'\n"),
    "quicktime": ("has no picture track", REFERENCE),
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_nothing_of_another_host_is_asked(name: str, segments: list[bytes], other: ScriptedServer) -> None:
    reason, content = HOSTILE[name]

    def addressed(data: bytes) -> bytes:
        return data.replace(b"OTHER", other.url.encode()).replace(b"HOST", other.host.encode())

    files = {
        "/a.m3u8": addressed(content),
        "/b.m3u8": media_list("0.ts"),
        "/c.m3u8": addressed(media_list("0.ts", "OTHER/1.ts")),
        "/0.ts": segments[0],
        "/r.ts": addressed(http("302 Found", location="OTHER/0.ts")),
        "/key": b"k" * 16,
    }
    with ScriptedServer(serving(files)) as server:
        with pytest.raises(MeshmirrorError) as no:
            open_source(f"{server.url}/a.m3u8", SourceOptions(open_timeout_s=3))
        assert reason in str(no.value)
        assert str(no.value).count(server.host) == 1, "said once"
        assert {request.path for request in server.asked} <= set(files)


LISTS = {
    "hls.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{there}/a.ts\n#EXTINF:1,\n{file}\n#EXT-X-ENDLIST\n",
    "hls.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{there}/a.ts\n#EXTINF:1,\n{file}\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile '{there}/a.ts'\nfile '{file}'\n",
    "list.txt": "ffconcat version 1.0\nfile '{file}'\n",
    "dash.mpd": '<?xml version="1.0"?><MPD type="static"><BaseURL>{there}/</BaseURL><Period><AdaptationSet>'
    '<Representation id="1"><SegmentList><SegmentURL media="a.ts"/></SegmentList></Representation></AdaptationSet>'
    "</Period></MPD>",
    "stream.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 26\n",
    "list.pls": "[playlist]\nFile1={there}/a.ts\nNumberOfEntries=1\n",
    "list.asx": '<asx version="3.0"><entry><ref href="{there}/a.ts"/></entry></asx>',
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("through_a_pipe", [False, pytest.param(True, marks=pytest.mark.skipif(
    not hasattr(os, "mkfifo"), reason="the system has no named pipes"))])  # fmt: skip
def test_a_list_given_as_a_file_opens_nothing(
    name: str, through_a_pipe: bool, tmp_path: Path, segments: list[bytes], other: ScriptedServer
) -> None:
    video = tmp_path / "video.ts"
    video.write_bytes(segments[0])
    content = LISTS[name].format(there=other.url, file=video).encode()
    path = tmp_path / name
    if through_a_pipe:
        os.mkfifo(path)

        def write() -> None:
            with suppress(OSError), path.open("wb") as pipe:
                pipe.write(content)

        threading.Thread(target=write, daemon=True).start()
    else:
        path.write_bytes(content)
    with pytest.raises(MeshmirrorError) as no:
        open_source(f"fifo:{path}" if through_a_pipe else path, SourceOptions(open_timeout_s=3))
    assert ("no video that can be read" if through_a_pipe else "a play list that names other files") in str(no.value)


def test_a_video_at_an_address_is_read_whether_its_index_is_first_or_last() -> None:
    """With ranges the index at the end is read first; nothing is requested but the one address."""
    content = segment(0, "mp4")
    at = content.index(b"moov")
    assert at > content.index(b"mdat"), "this writer puts the index last"

    def answer(asked: Asked, client: socket.socket) -> None:
        start = int(asked.headers.get("range", "bytes=0-")[6:].partition("-")[0])
        status = "206 Partial Content" if start else "200 OK"
        client.sendall(http(status, content[start:], accept_ranges="bytes", content_type="video/mp4"))

    with ScriptedServer(answer) as server:
        numbers = read_some(f"{server.url}/a.mp4", 6)
        assert in_order(numbers, 1), numbers
        assert {asked.path for asked in server.asked} == {"/a.mp4"}


def test_a_transport_stream_over_http_is_read_as_it_comes(segments: list[bytes]) -> None:
    def answer(_: Asked, client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n")
        for data in segments:
            client.sendall(data)

    with ScriptedServer(answer) as server:
        numbers = read_some(server.url, 6)
        assert in_order(numbers, 3), numbers
