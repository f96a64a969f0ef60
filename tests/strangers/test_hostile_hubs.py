"""Hubs and proxies that drip, lie about sizes, redirect elsewhere, or are given with a password."""

from __future__ import annotations

import dataclasses
import socket
from pathlib import Path

import pytest
from common import Runner
from scripted_server import Answer, Asked, ScriptedServer, http

from realtime.core.errors import SourceError
from realtime.model.hub import FACE_LANDMARKER, MODELS
from realtime.model.hub import download as stream

COMMIT = "12" * 20
EMOTION = MODELS[0]
SECRETS = ("hunter2", "hunter%32", "anna")


def fetched(server: ScriptedServer, folder: Path, size: int = 100) -> bytes:
    part = folder / "part"
    stream.download(FACE_LANDMARKER, f"{server.url}/file", part, size, lambda _done, _all: None)
    return part.read_bytes()


def dripping(client: socket.socket, server: ScriptedServer, data: bytes) -> None:
    for byte in data:
        client.sendall(bytes([byte]))
        if server.closed.wait(0.01):
            return


def hub(content: bytes, announced: int) -> Answer:
    """The hub's two answers: what a file is, and the file."""

    def answer(asked: Asked, client: socket.socket) -> None:
        if asked.method == "HEAD":
            head = {"x_repo_commit": COMMIT, "etag": '"0123456789abcdef"', "content_length": str(announced)}
            client.sendall(http("200 OK", **head))
        else:
            client.sendall(http("200 OK", content))

    return answer


def test_a_server_that_drips_is_given_up_and_what_came_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SLOW_S", 0.3)
    with ScriptedServer() as server:

        def drip(_: Asked, client: socket.socket) -> None:
            client.sendall(http("200 OK", content_length="100000"))
            dripping(client, server, bytes(100_000))

        server.answer = drip
        with pytest.raises(
            SourceError, match=r"only [\d,]+ bytes came in 0 s.*models fetch face_landmarker.task"
        ) as no:
            fetched(server, tmp_path, 100_000)
        assert no.value.exit_code == 3
        assert 0 < (tmp_path / "part").stat().st_size < 20_000


def test_a_slow_line_that_is_no_drip_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SLOW_S", 0.05)
    monkeypatch.setattr(stream, "SLOW_BYTES", 10)
    with ScriptedServer() as server:

        def slow(_: Asked, client: socket.socket) -> None:
            client.sendall(http("200 OK", content_length="4000"))
            for _ in range(20):
                client.sendall(b"x" * 200)
                server.closed.wait(0.02)

        server.answer = slow
        assert fetched(server, tmp_path, 4000) == b"x" * 4000


def test_headers_that_drip_are_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CONNECT_S", 0.5)
    with ScriptedServer() as server:
        server.answer = lambda _, client: dripping(client, server, b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 10_000)
        with pytest.raises(SourceError, match=r"no answer within 0\.5 s"):
            fetched(server, tmp_path)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (http("200 OK", bytes(200)), "it sends 200 bytes, and 100 were announced"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"32\r\n" + bytes(50) + b"\r\n" + b"64\r\n"
         + bytes(100) + b"\r\n0\r\n\r\n", "it sends more than the 100 bytes that were announced"),
        (http("302 Found", location="file:///etc/passwd"), "which is no http or https address"),
        (http("302 Found", location="ftp://127.0.0.1/x"), "which is no http or https address"),
        (http("302 Found", location="/file"), "it redirects in a circle"),
        (http("302 Found", location="http://[::1/x"), "it redirects to what is no address"),
        (http("503 Whatever \x1b[31m"), "it answers 503 Service Unavailable"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "what answers there does not speak HTTP"),
        (b"", "the connection was closed without an answer"),
    ],
)  # fmt: skip
def test_what_a_server_may_not_answer(answer: bytes, why: str, tmp_path: Path) -> None:
    with ScriptedServer(answer) as server, pytest.raises(SourceError) as no:
        fetched(server, tmp_path)
    assert why in str(no.value)
    assert (tmp_path / "part").stat().st_size == 0, "nothing of it is taken for the beginning of the file"


def test_a_body_in_pieces_without_a_length_is_taken_when_it_is_as_long_as_announced(tmp_path: Path) -> None:
    pieces = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + b"y" * 100 + b"\r\n0\r\n\r\n"
    with ScriptedServer(pieces) as server:
        assert fetched(server, tmp_path) == b"y" * 100


def test_a_file_of_another_size_altogether_is_refused_before_a_byte_of_it(meshmirror: Runner, tmp_path: Path) -> None:
    with ScriptedServer(hub(b"", 5_000_000_000)) as server:
        done = meshmirror(
            "models",
            "fetch",
            EMOTION.name,
            HF_ENDPOINT=server.url,
            HF_HOME=str(tmp_path / "hf"),
            MESHMIRROR_HOME=str(tmp_path),
        )
        assert done.returncode == 3
        assert "5,000 MB are announced" in done.stderr
        assert [asked.method for asked in server.asked] == ["HEAD"]


def test_the_password_of_a_hub_is_sent_to_it_and_printed_nowhere(meshmirror: Runner, tmp_path: Path) -> None:
    with ScriptedServer(hub(b"no model", 8)) as server:
        address = server.url.replace("//", "//anna:hunter%32@")
        fetch = ("models", "fetch", EMOTION.name, "--json")
        own = {"MESHMIRROR_HOME": str(tmp_path / "home")}  # where no commit is recorded yet
        done = meshmirror(*fetch, HF_ENDPOINT=address, HF_HOME=str(tmp_path / "hf"), **own)
        assert done.returncode == 4, done.stderr  # it came, and is no model
        assert [asked.headers["authorization"] for asked in server.asked] == ["Basic YW5uYTpodW50ZXIy"] * 2
        texts = [done.stdout, done.stderr, meshmirror("doctor", HF_ENDPOINT=address).stdout]
        server.answer = lambda _, client: client.sendall(http("404 Not Found"))
        texts.append(meshmirror(*fetch, HF_ENDPOINT=address, HF_HOME=str(tmp_path / "other"), **own).stdout)
        assert server.host in texts[-1] and "404" in texts[-1]
    assert not [secret for secret in SECRETS for text in texts if secret in text]


@pytest.mark.parametrize(
    "address",
    [
        "http://anna:hunter2@127.0.0.1:9",
        "http://anna:hunter2@127.0.0.1:99999",
        "http://anna:hunter2@[::1",
        "http://anna:hunter2/x@127.0.0.1:9",
        "http://anna:hunter2?x@127.0.0.1:9",
        "http://anna:hunter2#@127.0.0.1:9",
        "http://anna:hunter2 @127.0.0.1:9",
        "http://127.0.0.1:9/?token=hunter2",
        "anna:hunter2@127.0.0.1:9",
    ],
)
@pytest.mark.parametrize("variable", ["HF_ENDPOINT", "HTTP_PROXY", "ALL_PROXY"])
def test_no_error_prints_the_password_of_a_hub_or_proxy(
    meshmirror: Runner, program: Runner, address: str, variable: str, tmp_path: Path
) -> None:
    # The hub's client finds some out while it is imported, which happens once a process.
    run = program if variable == "HF_ENDPOINT" and "[" in address else meshmirror
    around = {"HF_ENDPOINT": "http://127.0.0.2:9", "no_proxy": "", variable: address, variable.lower(): address}
    done = run("models", "fetch", EMOTION.name, "--json", HF_HOME=str(tmp_path / "hf"), **around)
    assert done.returncode == 3
    assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr]


def test_a_password_is_not_handed_on_to_the_host_of_a_redirect(tmp_path: Path) -> None:
    with ScriptedServer(http("200 OK", b"z" * 100)) as other:
        with ScriptedServer(http("302 Found", location=f"{other.url}/there")) as server:
            address = server.url.replace("//", "//anna:hunter2@")
            stream.download(FACE_LANDMARKER, address, tmp_path / "part", 100, lambda _done, _all: None)
        assert "authorization" in server.asked[0].headers
        assert "authorization" not in other.asked[0].headers
    assert dataclasses.asdict(other.asked[0])["path"] == "/there"
