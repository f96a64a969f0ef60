"""Cameras and videos at http and https addresses: what answers there, and why it is no camera.

Every connection is made here and never by FFmpeg, so that nothing but the address that was named is contacted: an HLS
list may name files of its own host and port only, and a redirect to elsewhere is not followed.
"""

from __future__ import annotations

import http.client
import ssl
import time
import urllib.error
from urllib.parse import urlsplit

from realtime.capture.av_device import AvDevice, open_av
from realtime.capture.container import FORMATS
from realtime.capture.http_media import HttpFile, NothingElse, Segments, read_list, same_place
from realtime.capture.mjpeg_device import POLL_S, MjpegDevice
from realtime.capture.network_camera import GIVE_PASSWORD, NetworkCamera
from realtime.capture.opencv_device import Device
from realtime.capture.stream_content import Content, content_of
from realtime.core.addresses import split_credentials, without_secrets
from realtime.core.connection_errors import connection_problem
from realtime.core.errors import SourceError
from realtime.core.http_auth import answer_to
from realtime.core.http_get import HttpAnswer, RedirectRefusedError, http_get, phrase, within

_STATUS = {
    403: "it forbids this address (403): is this user allowed to watch, and is live view switched on in its settings?",
    404: "there is nothing at this path (404). Look the path of its stream up in its manual: /video, /stream, /mjpg",
    407: "a proxy on the way asks for a password (407); unset HTTP_PROXY, or name the camera in NO_PROXY",
    410: "there is nothing at this path any more (410)",
    429: "it has been asked too often (429); wait a moment",
    503: "it is busy or not ready (503): many cameras serve one viewer at a time. Close other viewers, or wait",
}  # fmt: skip
_NO_STREAM: dict[Content, str] = {
    "page": "a web page answers and no stream: a login, or the camera's start page. Give the address of the stream "
            "itself, with USER:PASSWORD@ before the host where it asks for them",
    "list": "a play list that names other files and addresses; none of them is opened. Give the address of the stream",
    "text": "what answers is text and no stream. Give the address of the stream itself",
    "picture": "a picture that is no JPEG. Cameras whose snapshots or streams are JPEG can be read",
}  # fmt: skip


class HttpCamera(NetworkCamera):
    """Opens the device behind an address; each call is one attempt."""

    def _open(self) -> Device:
        import av  # noqa: F401 - before there are pictures that would wait for it

        deadline = time.monotonic() + self._limit_s
        answer = self.request(self._url)
        try:
            return self._device(answer, deadline)
        except BaseException:
            answer.close()
            raise

    def request(self, url: str, headers: dict[str, str] | None = None) -> HttpAnswer:
        """The answer of this camera, or of another path of it, with its body unread; the password goes along.

        Raises:
            SourceError: there is no good one; why, as a clause.
        """
        bare, credentials = split_credentials(url)
        if credentials is None:
            credentials = split_credentials(self._url)[1]

        def get() -> HttpAnswer:
            try:
                return http_get(bare, self._limit_s, _refuse, headers)
            except urllib.error.HTTPError as error:
                challenges = error.headers.get_all("WWW-Authenticate") or []
                if error.code != 401 or credentials is None:
                    raise
                parts = urlsplit(error.geturl())
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                authorization = answer_to(challenges, credentials, "GET", target)
                if not authorization:
                    raise
                error.close()
                return http_get(error.geturl(), self._limit_s, _refuse, headers, authorization)

        try:
            answer = within(self._limit_s, get)
        except urllib.error.HTTPError as error:
            error.close()
            raise SourceError(_status(error.code, credentials is not None)) from None
        except RedirectRefusedError as error:
            raise SourceError(f"{error}. If that is your camera, give that address") from None
        except TimeoutError:
            raise SourceError(
                f"no answer within {self._limit_s:g} s. Is it switched on, and are address and port right?"
            ) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SourceError(_advised(error, urlsplit(bare).hostname or "")) from None
        answer.set_timeout(self._options.silence_s)
        return answer

    def _device(self, answer: HttpAnswer, deadline: float) -> Device:
        begun, content = self._begin(answer, deadline)
        answer.set_timeout(self._options.silence_s)
        if content == "jpeg":
            poll_s = POLL_S if self._options.fps is None else 1 / self._options.fps
            stream = answer.headers.get_content_maintype() == "multipart"
            again = None if stream else lambda: self.request(self._url)
            return MjpegDevice(answer, begun, self._options.silence_s, again, poll_s)
        if content in _NO_STREAM:
            redirected = answer.url != split_credentials(self._url)[0]
            where = f" (redirected to {without_secrets(answer.url)})" if redirected else ""
            raise SourceError(f"{_NO_STREAM[content]}{where}")
        return self._list(answer, begun) if content == "hls" else self._container(answer, begun)

    def _begin(self, answer: HttpAnswer, deadline: float) -> tuple[bytes, Content]:
        """The first bytes of a body, and what it is by them."""
        begun, ended = b"", False
        declared = answer.headers.get_content_type() if "Content-Type" in answer.headers else ""
        while True:
            content = content_of(begun, declared, ended)
            if content is not None:
                return begun, content
            answer.set_timeout(max(0.05, deadline - time.monotonic()))
            try:
                data = answer.read(1 << 16)
            except TimeoutError:
                data = None
            except (OSError, http.client.HTTPException, ValueError):
                data = b""
            if data is None or time.monotonic() > deadline:
                raise SourceError("it answers, and then sends nothing. Is another viewer connected to it?")
            begun, ended = begun + data, not data

    def _container(self, answer: HttpAnswer, begun: bytes) -> Device:
        file = HttpFile(answer.url, answer, begun, self.request)
        return self._opened(file, {}, NothingElse(file), paced=False)

    def _list(self, answer: HttpAnswer, begun: bytes) -> Device:
        """The pictures of an HLS list, fetched segment by segment."""
        segments = Segments(answer.url, self.request)
        try:
            text = read_list(answer, begun)
        except (OSError, http.client.HTTPException, ValueError):
            raise SourceError("its list does not come to an end") from None
        segments.check_list(text, answer.url)
        # FFmpeg only looks the protocols up by their names: what is opened, `Segments` opens.
        options = {
            "protocol_whitelist": "http,https",
            "format_whitelist": f"hls,{FORMATS}",
            "http_persistent": "0",
            "allowed_extensions": "ALL",
            "extension_picky": "0",
        }
        return self._opened(HttpFile(answer.url, None, text), options, segments, paced=True)

    def _opened(self, file: HttpFile, options: dict[str, str], io_open: Segments | NothingElse, paced: bool) -> Device:
        try:
            container = open_av(file, (self._limit_s, self._options.silence_s), options, io_open)
            return AvDevice(container, paced, file.close, lambda: io_open.failure)
        except SourceError:
            raise
        except Exception as error:  # FFmpeg's, by their class
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise SourceError(
                io_open.failure or f"what answers there is no video that can be read ({reason})"
            ) from None


def _refuse(before: str, after: str) -> str:
    """Why a redirect is not followed: it leads to another host or port."""
    return "" if same_place(before, after) else f"it redirects to {without_secrets(after)}, which was not asked for"


def _status(code: int, with_password: bool) -> str:
    """A sentence for an HTTP status that is no success."""
    if code == 401:
        if with_password:
            return f"it does not accept this user name and password (401). Correct them: {GIVE_PASSWORD}"
        return f"it asks for a user name and a password (401); {GIVE_PASSWORD}"
    if code in _STATUS:
        return _STATUS[code]
    if 300 <= code < 400:
        return f"it redirects in a circle, or to nowhere ({code}). Give the address of the stream itself"
    whose = "it reports an error of its own" if code >= 500 else "it does not accept the request"
    advice = "restart it, and try again" if code >= 500 else "is the address right, and is the port that of its stream?"
    return f"{whose} ({code} {phrase(code)})".replace(" )", ")") + f"; {advice}"


def _advised(error: BaseException, host: str) -> str:
    """Why there is no connection, and what to do."""
    reason = connection_problem(error, host)
    if isinstance(reason_of := getattr(error, "reason", error), ssl.SSLCertVerificationError):
        return (
            f"{reason}. If that certificate is your camera's own, save it as a file and set SSL_CERT_FILE to it; "
            "in a network that you trust, the http address works without one"
        )
    if isinstance(reason_of, ssl.SSLError):
        return f"{reason}. Try the address with http instead of https"
    if "HTTP" in reason:
        return f"{reason}. Is the port right? RTSP cameras have addresses that begin with rtsp://"
    return f"{reason}. Is it switched on and in this network, and are name and port right?"
