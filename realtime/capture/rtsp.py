"""Cameras at rtsp addresses: asked first what they are, so that each reason has its sentence; then read by FFmpeg."""

from __future__ import annotations

import re
import socket
import time
from urllib.parse import urljoin, urlsplit

from realtime.capture.av_device import AvDevice, open_av
from realtime.capture.network_camera import GIVE_PASSWORD, NetworkCamera
from realtime.capture.opencv_device import Device
from realtime.core.addresses import Credentials, split_credentials, without_secrets
from realtime.core.connection_errors import connection_problem
from realtime.core.errors import SourceError
from realtime.core.http_auth import answer_to
from realtime.core.http_get import within
from realtime.core.version import __version__

_STATUS_LINE = re.compile(rb"RTSP/\d\.\d (\d{3})[ \r\n]")
_MOST = 1 << 16  # bytes of an answer's head
_HEADER = re.compile(r"^([A-Za-z-]+):[ \t]*(.*?)[ \t]*\r?$", re.MULTILINE)


class RtspCamera(NetworkCamera):
    """Opens the device behind an rtsp address, over TCP; each call is one attempt.

    FFmpeg makes the connection that carries the pictures: to the same host and port, which were asked just before and
    did not redirect. A server that redirects only the second time is followed by FFmpeg, and that cannot be prevented.
    """

    def _open(self) -> Device:
        bare, credentials = split_credentials(self._url)
        try:
            within(self._limit_s, lambda: self._ask(bare, credentials))
        except TimeoutError:
            raise SourceError(
                f"no answer within {self._limit_s:g} s. Is it switched on, and are address and port right?"
            ) from None
        except OSError as error:
            reason = connection_problem(error, urlsplit(bare).hostname or "")
            raise SourceError(f"{reason}. Is it switched on and in this network, and is its port right?") from None
        options = {"rtsp_transport": "tcp", "protocol_whitelist": "rtsp,rtp,tcp", "format_whitelist": "rtsp"}
        try:
            return AvDevice(open_av(self._url, (self._limit_s, self._options.silence_s), options))
        except SourceError:
            raise
        except Exception as error:  # FFmpeg's; its text holds the address with the password
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise SourceError(f"it describes a stream that cannot be read ({reason})") from None

    def _ask(self, url: str, credentials: Credentials | None) -> None:
        """Ask for the description of the stream, as FFmpeg will.

        Raises:
            SourceError: the camera gives none.
            OSError: it cannot be reached.
        """
        parts = urlsplit(url)
        deadline = time.monotonic() + self._limit_s
        with socket.create_connection((parts.hostname or "", parts.port or 554), timeout=self._limit_s) as connection:
            status, head = self._request(connection, deadline, "DESCRIBE", url, 1, "")
            challenges = [value for name, value in _HEADER.findall(head) if name.lower() == "www-authenticate"]
            if status == 401 and credentials is not None:
                authorization = answer_to(challenges, credentials, "DESCRIBE", url)
                if authorization:
                    status, head = self._request(connection, deadline, "DESCRIBE", url, 2, authorization)
        if status == 401:
            if credentials is None:
                raise SourceError(
                    f"it asks for a user name and a password (401); {GIVE_PASSWORD}".replace("http", "rtsp")
                )
            raise SourceError("it does not accept this user name and password (401); correct them in the address")
        if 300 <= status < 400:
            there = next((value for name, value in _HEADER.findall(head) if name.lower() == "location"), "")
            raise SourceError(
                f"it redirects to {without_secrets(urljoin(url, there))}, which was not asked for. If that is your "
                "camera, give that address"
            )
        reasons = {
            403: "it forbids this address (403): is this user allowed to watch?",
            404: "there is no stream at this path (404). Look the path up in its manual: /stream1, /h264, /live/ch00_0",
            454: "there is no stream at this path (454). Look the path up in its manual",
            453: "it has not enough bandwidth left (453): close other viewers",
            503: "it is busy or not ready (503): close other viewers, or wait",
        }  # fmt: skip
        if status in reasons:
            raise SourceError(reasons[status])
        if not 200 <= status < 300:
            raise SourceError(f"it does not give its stream (RTSP status {status}). Is the path right?")

    def _request(
        self, connection: socket.socket, deadline: float, method: str, url: str, number: int, authorization: str
    ) -> tuple[int, str]:
        """Status and head of the answer; its body is read and dropped.

        Raises:
            SourceError: it is no RTSP.
        """
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {number}", f"User-Agent: meshmirror/{__version__}"]
        lines += ["Accept: application/sdp"] + ([f"Authorization: {authorization}"] if authorization else [])
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            connection.settimeout(max(0.01, deadline - time.monotonic()))
            more = connection.recv(4096)
            answer += more
            if (answer and not b"RTSP/".startswith(answer[:5]) and answer[:5] != b"RTSP/") or len(answer) > _MOST:
                raise SourceError("what answers there does not speak RTSP. Is the port right? It is usually 554")
            if not more:
                raise ConnectionError
        status = _STATUS_LINE.match(answer)
        if status is None:
            raise SourceError("what answers there does not speak RTSP. Is the port right? It is usually 554")
        head, _, body = answer.partition(b"\r\n\r\n")
        text = head.decode("latin-1")
        length = next((int(v) for n, v in _HEADER.findall(text) if n.lower() == "content-length" and v.isdecimal()), 0)
        while len(body) < min(length, _MOST) and (more := connection.recv(4096)):
            body += more
        return int(status[1]), text
