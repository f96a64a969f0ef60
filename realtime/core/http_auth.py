"""Answers to a server that asks for a user name and a password: Basic (RFC 7617) and Digest (RFC 7616)."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable

from realtime.core.addresses import Credentials

_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_HASHES = {"md5": hashlib.md5, "sha-256": hashlib.sha256, "sha-512-256": lambda data: hashlib.new("sha512_256", data)}


def basic(credentials: Credentials) -> str:
    """The header of Basic authentication."""
    return "Basic " + base64.b64encode(f"{credentials.user}:{credentials.password}".encode()).decode()


def answer_to(challenges: Iterable[str], credentials: Credentials, method: str, target: str) -> str:
    """The Authorization header for `WWW-Authenticate` headers; "" where none of them is known.

    `target` is the path with its query as requested, of RTSP the whole address. Digest is preferred, since it sends no
    password.
    """
    schemes = [(scheme, rest) for text in challenges for scheme, rest in _split(text)]
    for scheme, rest in schemes:
        if scheme == "digest" and (header := _digest(rest, credentials, method, target)):
            return header
    return basic(credentials) if any(scheme == "basic" for scheme, _ in schemes) else ""


def _split(text: str) -> list[tuple[str, str]]:
    """The challenges of one header, which may hold several."""
    starts = list(re.finditer(r"(?:^|,)\s*(basic|digest)\b", text, re.IGNORECASE))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return [(match[1].lower(), text[match.end() : end]) for match, end in zip(starts, ends, strict=True)]


def _digest(challenge: str, credentials: Credentials, method: str, target: str) -> str:
    given = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(challenge)}
    named = given.get("algorithm", "MD5")
    session = named.lower().endswith("-sess")
    algorithm = _HASHES.get(named.lower().removesuffix("-sess"))
    offered = [each.strip().lower() for each in given.get("qop", "").split(",") if each.strip()]
    if algorithm is None or "nonce" not in given or (offered and "auth" not in offered):
        return ""

    def digest(*parts: str) -> str:
        return str(algorithm(":".join(parts).encode()).hexdigest())

    realm, nonce, own = given.get("realm", ""), given["nonce"], secrets.token_hex(8)
    user = digest(credentials.user, realm, credentials.password)
    if session:
        user = digest(user, nonce, own)
    request = digest(method, target)
    fields = {"username": credentials.user, "realm": realm, "nonce": nonce, "uri": target}
    if offered:
        fields |= {"response": digest(user, nonce, "00000001", own, "auth", request)}
    else:
        fields |= {"response": digest(user, nonce, request)}
    if offered or session:
        fields |= {"cnonce": own}
    if "opaque" in given:
        fields |= {"opaque": given["opaque"]}
    text = ", ".join(f'{name}="{value}"' for name, value in fields.items())
    text += f", algorithm={named}" if "algorithm" in given else ""
    return "Digest " + text + (", qop=auth, nc=00000001" if offered else "")
