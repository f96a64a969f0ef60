"""Addresses where no camera answers: each reason has its sentence, and no sentence has a password."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from common import Runner
from mjpeg_server import MjpegServer
from scripted_server import Asked, ScriptedServer, http

from realtime.capture import SourceOptions, open_source
from realtime.core.addresses import split_credentials, text_without_secrets, without_secrets
from realtime.core.errors import MeshmirrorError, SourceError

SECRET = "s3cr?t/1"
ASK = {"www_authenticate": 'Basic realm="cam"'}
HTML = http("200 OK", b"<!DOCTYPE html><html><body>Please log in</body></html>", content_type="text/html")
BANNER = b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"


def rtsp(status: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"RTSP/1.0 {status}", "CSeq: 1", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def refusal(address: str, **options: float) -> str:
    """Why an address is not opened; nothing in it may give the secrets away."""
    with pytest.raises(MeshmirrorError) as no:
        open_source(address, SourceOptions(**options))  # type: ignore[arg-type]
    assert no.value.exit_code == (3 if isinstance(no.value, SourceError) else 2)
    text = str(no.value)
    assert "anna" not in text and SECRET not in text and quote(SECRET, safe="") not in text
    assert text.count("\n") == 0 and "Errno" not in text and "Traceback" not in text
    return text


def with_password(url: str, path: str = "/video?token=t0ken") -> str:
    return url.replace("//", f"//anna:{quote(SECRET, safe='')}@") + path


STATUSES = {
    "401": ("401 Unauthorized", ASK, "asks for a user name and a password (401); give them in the address"),
    "403": ("403 Forbidden", {}, "forbids this address (403)"),
    "404": ("404 Not Found", {}, "nothing at this path (404)"),
    "410": ("410 Gone", {}, "nothing at this path any more (410)"),
    "418": ("418 \x1b[31mpot", {}, "does not accept the request (418 I'm a Teapot)"),
    "500": ("500 x", {}, "an error of its own (500 Internal Server Error)"),
    "503": ("503 x", {}, "busy or not ready (503)"),
    "599": ("599 x", {}, "an error of its own (599)"),
    "circle": ("302 Found", {"location": "/video"}, "redirects in a circle"),
    "elsewhere": ("302 Found", {"location": "http://localhost:9/?x=t0ken"}, "redirects to http://localhost:9/?..."),
    "another port": ("302 Found", {"location": "http://127.0.0.1:9/"}, "redirects to http://127.0.0.1:9/"),
    "a file": ("302 Found", {"location": "file:///etc/passwd"}, "which is no http or https address"),
    "nowhere": ("302 Found", {}, "redirects in a circle, or to nowhere"),
}


@pytest.mark.parametrize(("status", "headers", "why"), STATUSES.values(), ids=list(STATUSES))
def test_every_status_has_its_sentence(status: str, headers: dict[str, str], why: str) -> None:
    with ScriptedServer(http(status, b"<html>error</html>", **headers)) as server:
        text = refusal(f"{server.url}/video")
        assert why in text and server.host in text, text
        if "401" in status:
            assert "does not accept this user name and password (401)" in refusal(with_password(server.url))
        else:
            assert why in refusal(with_password(server.url))


BODIES = {
    "login page": (HTML, "a web page answers and no stream: a login"),
    "page by its type": (http("200 OK", b"<p>hi</p>", content_type="text/html; charset=utf-8"), "a web page answers"),
    "page by its content": (http("200 OK", b"\r\n <HTML><head>", content_type="image/jpeg"), "a web page answers"),
    "json": (http("200 OK", b'{"error": "no"}', content_type="application/json"), "text and no stream"),
    "nothing": (http("200 OK"), "text and no stream"),
    "png": (http("200 OK", b"\x89PNG\r\n\x1a\n" + bytes(600), content_type="image/png"), "a picture that is no JPEG"),
    "bytes": (http("200 OK", bytes(range(256)) * 40), "no video that can be read"),
    "dash": (http("200 OK", b'<?xml version="1.0"?>\n<MPD xmlns="x"></MPD>'), "a play list that names other files"),
    "sdp": (http("200 OK", b"v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\n"), "a play list that names other files"),
    "ffconcat": (http("200 OK", b"ffconcat version 1.0\nfile /etc/passwd\n"), "a play list that names other files"),
    "ssh": (BANNER, "what answers there does not speak HTTP"),
    "closed": (b"", "closed without an answer"),
    "old http": (b"\xff\xd8\xff\xe0" + bytes(500), "does not speak HTTP"),
}


@pytest.mark.parametrize(("answer", "why"), BODIES.values(), ids=list(BODIES))
def test_what_is_no_stream_is_named(answer: bytes, why: str) -> None:
    with ScriptedServer(answer) as server:
        assert why in refusal(with_password(server.url))


def test_a_redirect_to_a_login_page_is_told_as_both() -> None:
    with ScriptedServer() as server:
        login = http("302 Found", location="/login.html?next=t0ken")
        server.answer = lambda asked, client: client.sendall(HTML if "login" in asked.path else login)
        text = refusal(with_password(server.url))
        assert "a login" in text and f"(redirected to {server.url}/login.html?...)" in text
        assert "t0ken" not in text


def test_a_redirect_on_the_same_host_is_followed_with_the_password() -> None:
    with ScriptedServer() as server:

        def answer(asked: Asked, client: socket.socket) -> None:
            if asked.path == "/":
                client.sendall(http("302 Found", location="/there"))
            elif "authorization" not in asked.headers:
                client.sendall(http("401 Unauthorized", **ASK))
            else:
                client.sendall(http("404 Not Found"))

        server.answer = answer
        assert "nothing at this path (404)" in refusal(with_password(server.url, "/"))


def dripping_server() -> ScriptedServer:
    server = ScriptedServer()

    def drip(_: Asked, client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\n")
        while not server.closed.wait(0.02):
            client.sendall(b"X: y\r\n")

    server.answer = drip
    return server


def only_a_head(_: object, client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n")
    client.recv(1)


SILENCES: dict[str, tuple[Callable[[], ScriptedServer], str]] = {
    "silent": (lambda: ScriptedServer(silent=True), "no answer within"),
    "headers that drip": (dripping_server, "no answer within"),
    "a head and nothing more": (lambda: ScriptedServer(only_a_head), "it answers, and then sends nothing"),
}


@pytest.mark.parametrize(("make", "why"), SILENCES.values(), ids=list(SILENCES))
def test_silence_has_a_limit(make: Callable[[], ScriptedServer], why: str) -> None:
    with make() as server:
        assert why in refusal(with_password(server.url), open_timeout_s=1.0)


def test_no_listener_and_no_such_host() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    for scheme in ("http", "https", "rtsp"):
        assert "nothing listens there (connection refused)" in refusal(with_password(f"{scheme}://127.0.0.1:{free}"))
        assert "the name no-such-camera.invalid is not known" in refusal(
            with_password(f"{scheme}://no-such-camera.invalid"), open_timeout_s=20
        )


def test_a_certificate_that_is_not_trusted_and_a_port_without_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    self_signed(key, certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with ScriptedServer(HTML, tls=context) as server:
        text = refusal(with_password(server.url))
        assert "its TLS certificate is not trusted (self-signed certificate)" in text and "SSL_CERT_FILE" in text
        assert server.asked == [], "nothing was sent to it"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert "a web page answers" in refusal(with_password(server.url))
    with ScriptedServer(banner=BANNER) as server:
        assert "does not speak TLS" in refusal(with_password(server.url.replace("http", "https")))


def self_signed(key: Path, certificate: Path) -> None:
    """A certificate for 127.0.0.1, made by openssl."""
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    command += ["-keyout", str(key), "-out", str(certificate), "-subj", "/CN=camera"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl, which makes the camera's certificate, is not installed")


RTSP = {
    "401": (rtsp("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"'), "asks for a user name and a password (401)"),
    "403": (rtsp("403 Forbidden"), "forbids this address (403)"),
    "404": (rtsp("404 Not Found"), "there is no stream at this path (404)"),
    "454": (rtsp("454 Session Not Found"), "there is no stream at this path (454)"),
    "500": (rtsp("500 x"), "RTSP status 500"),
    "elsewhere": (rtsp("302 Found", "Location: rtsp://a:t0ken@10.9.9.9/x"), "redirects to rtsp://10.9.9.9/x"),
    "http": (http("200 OK", HTML), "does not speak RTSP"),
    "ssh": (BANNER, "does not speak RTSP"),
    "nonsense": (rtsp("200 OK", "Content-Type: application/sdp", body=b"hello"), "has no picture track"),
}


@pytest.mark.parametrize(("answer", "why"), RTSP.values(), ids=list(RTSP))
def test_every_answer_of_an_rtsp_server_has_its_sentence(answer: bytes, why: str) -> None:
    with ScriptedServer(answer) as server:
        address = f"rtsp://{server.host}/h264"
        assert why in refusal(address)
        why = "does not accept this user name and password (401)" if "401" in why else why
        text = refusal(with_password(f"rtsp://{server.host}"))
        assert why in text and "t0ken" not in text


def test_an_rtsp_server_that_hangs_up() -> None:
    with ScriptedServer(lambda _, client: client.shutdown(socket.SHUT_RDWR)) as server:
        assert "closed without an answer" in refusal(with_password(f"rtsp://{server.host}"))


def test_an_rtsp_server_that_says_nothing_has_a_limit() -> None:
    with ScriptedServer(silent=True) as server:
        assert "no answer within" in refusal(with_password(f"rtsp://{server.host}"), open_timeout_s=1.0)


# Nothing gives a password away

ADDRESSES = {
    "http://anna:s3cret@10.0.0.2:81/video": "http://10.0.0.2:81/video",
    "http://anna@10.0.0.2/video": "http://10.0.0.2/video",
    "HTTP://anna:s3cret@[fe80::1]:80/": "HTTP://[fe80::1]:80/",
    "http://10.0.0.2/video?token=s3cret": "http://10.0.0.2/video?...",
    "http://10.0.0.2/video?pwd=s3cret&user=anna#s3cret": "http://10.0.0.2/video?...",
    "http://10.0.0.2/video#s3cret": "http://10.0.0.2/video?...",
    "rtsp://10.0.0.2/user=x_password=s3cret_channel=1.sdp": "rtsp://10.0.0.2/user=x_password=...",
    "http://10.0.0.2/video;token=s3cret/1": "http://10.0.0.2/video;token=.../1",
    "http://anna:s3/cret@10.0.0.2/video": "http://...",
    "http://anna:s3?cret@10.0.0.2/video": "http://...",
    "http://anna:s3#cret@10.0.0.2/video": "http://...",
    "http://anna:s3@cret@10.0.0.2/video": "http://10.0.0.2/video",
    "http://anna:s3\\cret@10.0.0.2/video": "http://...",
    "http://anna:s3 cret@10.0.0.2/video": "http://10.0.0.2/video",
    "http://anna:s3@c/ret@10.0.0.2/video": "http://...",
    "http://anna:s3cret@[::1": "http://[::1",
    "anna:s3cret@10.0.0.2/video": "...@10.0.0.2/video",
    "http:/anna:s3cret@10.0.0.2/video": "...@10.0.0.2/video",
    "10.0.0.2/video?token=s3cret": "10.0.0.2/video?token=...",
    "http://10.0.0.2:81/video.mjpg": "http://10.0.0.2:81/video.mjpg",
    "http://10.0.0.2/@anna/live": "http://10.0.0.2/@anna/live",
    "clip 12:30.mp4": "clip 12:30.mp4",
    "C:\\clips\\a@b.mp4": "C:\\clips\\a@b.mp4",
}


@pytest.mark.parametrize(("address", "shown"), ADDRESSES.items())
def test_what_is_shown_of_an_address(address: str, shown: str) -> None:
    assert without_secrets(address) == shown
    if "s3" not in address:
        return
    sentence = f"Cannot open '{address}'."
    for text in (text_without_secrets(sentence, address), refusal_of(address)):
        assert "s3" not in text and "cret" not in text, text


def refusal_of(address: str) -> str:
    try:
        open_source(address, SourceOptions(open_timeout_s=0.3)).close()
    except MeshmirrorError as error:
        return str(error)
    return ""


def test_a_user_name_and_a_password_are_decoded_and_taken_out() -> None:
    bare, credentials = split_credentials("http://an%40na:p%3A%2f:x@Cam:81/a b?c=d#e")
    assert bare == "http://Cam:81/a%20b?c=d"
    assert credentials is not None and (credentials.user, credentials.password) == ("an@na", "p:/:x")
    assert "p:" not in repr(credentials) and "an@na" not in repr(credentials)
    assert split_credentials("https://bücher.example/ü")[0] == "https://xn--bcher-kva.example/%C3%BC"


@pytest.mark.parametrize(
    "words",
    [
        ("{address}",),
        ("--source", "{address}", "--headless"),
        ("--source={address}", "--headless", "--config", "{address}"),
        ("--headless", "{address}"),
        ("replay", "{address}"),
        ("export", "{address}"),
        ("recover", "{address}"),
        ("models", "show", "{address}"),
        ("models", "fetch", "{address}"),
        ("--headless", "--models", "{address}"),
        ("--headless", "--set", "{address}"),
        ("--headless", "--set", "source.fps={address}"),
        ("--headless", "--set", "detect.task_file={address}", "--tracker", "task"),
        ("--headless", "--set", 'source.path=["{address}"]'),
        ("--headless", "--record", "{address}"),
    ],
)
def test_no_command_prints_the_password_of_an_address(meshmirror: Runner, words: tuple[str, ...]) -> None:
    for address in ("http://anna:s3cret@127.0.0.1:9/video?token=t0ken", "http://anna:s3/c ret@127.0.0.1:9/x"):
        done = meshmirror(*(word.format(address=address) for word in words), "--json")
        assert done.returncode in (2, 3, 4), done.stderr
        assert not [each for each in ("s3", "c ret", "t0ken", "anna") if each in done.stdout + done.stderr], done.stderr


def test_a_recording_and_its_report_hold_no_secret_of_the_address(
    meshmirror: Runner, camera: MjpegServer, tmp_path: Path
) -> None:
    address = camera.url.replace("http://", "http://anna:s%33cret@") + "?token=t0ken"
    done = meshmirror("--source", address, "--headless", "--frames", "12", "--record", str(tmp_path / "s"), "--json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)["source"]
    assert shown == f"{camera.url}?..."
    written = b"".join(path.read_bytes() for path in (tmp_path / "s").iterdir())
    for secret in ("s3cret", "s%33cret", "t0ken", "anna"):
        assert secret.encode() not in written and secret not in done.stdout + done.stderr
    assert shown.encode() in written
