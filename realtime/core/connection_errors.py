"""Why a server cannot be reached, as a clause: the same for a camera and for a download."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
import urllib.error

from realtime.core.addresses import AddressError, text_without_secrets

_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}


def connection_problem(error: BaseException, host: str = "") -> str:
    """A clause such as "nothing listens there (connection refused)" for what opening a connection raised.

    Nothing that a server sent is in it, and no secret of an address.
    """
    error = _innermost(error)
    if isinstance(error, socket.gaierror):
        return f"the name {host} is not known here" if host else "its name is not known here"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there (connection refused)"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its TLS certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        plain = error.reason in ("WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING", "RECORD_LAYER_FAILURE")
        return "it does not speak TLS there" if plain else f"no TLS connection can be made ({error.reason or 'TLS'})"
    if isinstance(error, AddressError):
        return f"this is no address: {error}"
    if isinstance(error, ValueError) or type(error).__name__ == "InvalidURL":  # its text may hold half a password
        return "its address, or that of a proxy, is none"
    if isinstance(error, http.client.RemoteDisconnected | ConnectionError):
        return "the connection was closed without an answer"
    if isinstance(error, http.client.BadStatusLine | http.client.UnknownProtocol | http.client.LineTooLong):
        return "what answers there does not speak HTTP"
    if isinstance(error, TimeoutError):
        return text_without_secrets(str(error)) or "no answer in time"
    if isinstance(error, OSError) and error.errno in _NO_ROUTE:
        return "there is no route to it (is this machine in the same network?)"
    reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or str(error) or type(error).__name__
    return text_without_secrets(str(reason))


def _innermost(error: BaseException) -> BaseException:
    """What the system or TLS raised, under the errors of the libraries that passed it on."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, urllib.error.URLError) and isinstance(at.reason, BaseException):
            return at.reason
        if isinstance(at, OSError | http.client.HTTPException):
            return at
        at = at.__cause__ or at.__context__
    return error
