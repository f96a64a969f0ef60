"""A GET request whose redirects are decided by the caller: proxies, TLS and time limits, nothing but http and https."""

from __future__ import annotations

import contextlib
import functools
import http
import http.client
import queue
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import IO, Any, TypeVar
from urllib.parse import urljoin, urlsplit

from realtime.core.addresses import split_credentials, without_secrets
from realtime.core.http_auth import basic
from realtime.core.version import __version__

T = TypeVar("T")
Refuse = Callable[[str, str], str]  # of a redirect from one address to another: why it is not followed; "" to follow
_PORTS = {"http": 80, "https": 443}


class RedirectRefusedError(Exception):
    """A redirect that is not followed; its text is a clause without secrets."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """The result of a call, or TimeoutError after so many seconds.

    Not every step of reaching a server has a time-out of its own: a name server that does not answer blocks the call
    for as long as the system likes, and headers may come a byte at a time. The thread is abandoned then.
    """
    outcome: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put((call(), None))
        except BaseException as error:
            outcome.put((None, error))

    threading.Thread(target=run, daemon=True, name="meshmirror-connect").start()
    try:
        result, error = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer within {seconds:g} s") from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]


class HttpAnswer:
    """An answer whose body has not been read."""

    def __init__(self, response: http.client.HTTPResponse, url: str, sockets: list[socket.socket]) -> None:
        self.status, self.headers = response.status, response.headers
        self.url = url  # the last address after redirects, without user name and password
        self._response, self._sockets = response, sockets

    @property
    def length(self) -> int | None:
        """Bytes of the body as declared and not yet read; None where the answer does not declare them."""
        return self._response.length

    def read(self, most: int) -> bytes:
        """The next bytes as they come, at most so many; b"" at the end. Raises OSError and HTTPException."""
        return self._response.read1(most)

    def set_timeout(self, seconds: float) -> None:
        """Limit each wait for bytes."""
        if self._sockets:
            self._sockets[-1].settimeout(seconds)

    def close(self) -> None:
        """Close the connection; may be called twice."""
        self._response.close()


def http_get(
    url: str, timeout_s: float, refuse: Refuse, headers: Mapping[str, str] | None = None, authorization: str = ""
) -> HttpAnswer:
    """Request an address; every wait lasts `timeout_s` at most. `authorization` is sent to no other origin.

    Raises:
        urllib.error.HTTPError: the answer is no 2xx; OSError and HTTPException: there is none; ValueError: no address.
        RedirectRefusedError: `refuse` names a reason.
    """
    bare, credentials = split_credentials(url)
    sockets: list[socket.socket] = []
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        _Http(sockets),
        _Https(sockets),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(refuse),
    ):
        opener.add_handler(handler)
    every = {"User-Agent": f"meshmirror/{__version__}", "Accept-Encoding": "identity", **(headers or {})}
    request = urllib.request.Request(bare, headers=every)
    if not authorization and credentials is not None:
        authorization = basic(credentials)
    if authorization:  # unredirected: urllib would hand other headers on to whatever host it is sent to
        request.add_unredirected_header("Authorization", authorization)
    response: http.client.HTTPResponse = opener.open(request, timeout=timeout_s)
    return HttpAnswer(response, response.geturl(), sockets)


def phrase(status: int) -> str:
    """The usual words for a status, whatever the server wrote; "" for an unknown one."""
    with contextlib.suppress(ValueError):
        return http.HTTPStatus(status).phrase
    return ""


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)


def refuse_unsafe(before: str, after: str) -> str:
    """The least that is refused of a redirect: another scheme than http and https, and from https back to http."""
    scheme = urlsplit(after).scheme
    if scheme not in _PORTS:
        return f"it redirects to {without_secrets(after)}, which is no http or https address"
    if scheme == "http" and urlsplit(before).scheme == "https":
        return f"it redirects from https to {without_secrets(after)}, which is not encrypted"
    return ""


class _Redirects(urllib.request.HTTPRedirectHandler):
    def __init__(self, refuse: Refuse) -> None:
        self._refuse = refuse

    def http_error_302(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage
    ) -> Any:
        try:
            target = urljoin(req.full_url, headers.get("location") or headers.get("uri") or "")
            origin(target)
        except ValueError:
            fp.close()
            raise RedirectRefusedError("it redirects to what is no address") from None
        if reason := refuse_unsafe(req.full_url, target) or self._refuse(req.full_url, target):
            fp.close()
            raise RedirectRefusedError(reason)
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


class _Connection(http.client.HTTPConnection):
    """A connection that adds its socket to a list, for the time limits of later reads."""

    def __init__(self, *args: Any, sockets: list[socket.socket], **others: Any) -> None:
        super().__init__(*args, **others)
        self._sockets = sockets

    def connect(self) -> None:
        super().connect()
        self._sockets.append(self.sock)


class _TlsConnection(_Connection, http.client.HTTPSConnection):
    """The same with TLS."""


class _Http(urllib.request.HTTPHandler):
    def __init__(self, sockets: list[socket.socket]) -> None:
        super().__init__()
        self._sockets = sockets

    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(functools.partial(_Connection, sockets=self._sockets), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, sockets: list[socket.socket]) -> None:
        super().__init__()
        self._sockets = sockets

    def https_open(self, req: urllib.request.Request) -> Any:
        connection = functools.partial(_TlsConnection, sockets=self._sockets, context=ssl.create_default_context())
        return self.do_open(connection, req)
