"""Addresses (URLs): how they are shown without what is secret in them, and their user name and password apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from urllib.parse import quote, unquote, urlsplit, urlunsplit

HIDDEN = "..."
# Texts of strangers may be megabytes long, so none of these patterns looks twice at a character.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:/[^\s'\"<>`]*")
_SECRET_NAME = re.compile("pass|pwd|psw|token|secret|key|auth|sig|session|credential", re.IGNORECASE)
_BETWEEN_VALUES = re.compile(r"([/;&\s])")
_BETWEEN_WORDS = re.compile(r"([&;\s'\"])")


@dataclass(frozen=True, slots=True)
class Credentials:
    """User name and password, decoded. Neither is in its `repr`."""

    user: str = field(repr=False)
    password: str = field(repr=False)


def holds_secrets(text: str) -> bool:
    """Whether a text that is being typed is, or becomes, an address with something that `without_secrets` hides."""
    begun = re.search(r"://[^/?#@]*:(?!\d*(?:[/?#]|$))", text)  # a ":" that is followed by no port
    return begun is not None or without_secrets(text) != text


class AddressError(ValueError):
    """A text is no address; the message holds nothing of it."""


def without_secrets(address: str) -> str:
    """An address as it may be shown, logged and recorded: without user name, password, query and fragment.

    The one function through which every address goes on its way to a person or a file. A password that was typed with
    its own "/", "?", "#" or "@" cannot be told from host and path; then only the scheme remains. A text that is no
    address loses what stands before an "@" when there is a ":" in it, and values such as "token=...".
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        before, at, after = address.rpartition("@")
        drive = re.match(r"[A-Za-z]:[\\/]", address)  # of a path on Windows
        bare = f"{HIDDEN}@{after}" if at and ":" in before and not drive else address
        return _without_values(bare)
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    beyond = rest[len(authority) :]
    if "@" in beyond and ("@" in authority or ":" in authority):
        return f"{scheme}://{HIDDEN}"
    path, query = re.match(r"([^?#]*)(.*)", beyond, re.DOTALL).groups()  # type: ignore[union-attr]
    path = _without_values(path)
    return f"{scheme}://{authority.rpartition('@')[2]}{path}" + (f"?{HIDDEN}" if len(query) > 1 else "")


def text_without_secrets(text: str, *quoted: str) -> str:
    """A text (of another library, say) in which every address is as `without_secrets` shows it.

    `quoted` are arguments and addresses that may be in it: those are found whatever characters they hold.
    """
    for form in (form for each in quoted for form in _forms(each)):
        if (bare := without_secrets(form)) != form:
            text = text.replace(form, bare)

    def shown(found: re.Match[str]) -> str:
        whole = found[0]
        bare = whole.rstrip(".,:;!)]}")
        return without_secrets(bare) + whole[len(bare) :]

    return _without_query_values(_ADDRESS.sub(shown, text))


def _without_values(path: str) -> str:
    """A path without values as in rtsp://HOST/user=admin_password=1234_channel=1; a value ends with its segment."""
    return "".join(map(_without_value, _BETWEEN_VALUES.split(path)))


def _without_query_values(text: str) -> str:
    """A text without secret values of queries: what follows a "?", "&" or ";" and a name."""
    words = _BETWEEN_WORDS.split(text)
    for at in range(0, len(words), 2):
        begun = words[at - 1] in ("&", ";") if at else False
        before, mark, after = ("", "", words[at]) if begun else words[at].partition("?")
        if begun or mark:
            words[at] = before + mark + _without_value(after)
    return "".join(words)


def _without_value(assignment: str) -> str:
    """An assignment such as "token=1234" without what follows the "=" of a name that announces a secret."""
    names = assignment.split("=")
    for at, name in enumerate(names[:-1]):
        if _SECRET_NAME.search(name) and any(names[at + 1 :]):
            return "=".join([*names[: at + 1], HIDDEN])
    return assignment


def _forms(argument: str) -> Iterator[str]:
    """How an argument occurs in messages: as it is, the address in it, and that as a path."""
    yield argument
    begin = re.search(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:/", argument)
    if begin is not None:
        address = argument[begin.start() :].rstrip("\"')]")
        yield address
        yield str(PurePath(address))


def split_credentials(address: str) -> tuple[str, Credentials | None]:
    """An address without its user name and password, with characters that HTTP does not allow encoded; and the two.

    Raises:
        AddressError: no host, or a port that is no number.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise AddressError("the part between '//' and the next '/' is not HOST or HOST:PORT") from None
    if not host or re.search(r"[\s\x00-\x1f]", parts.netloc):
        raise AddressError("it names no host")
    user, at, bare = parts.netloc.rpartition("@")
    if not bare.isascii():
        try:
            ascii_host = host.encode("idna").decode()
        except UnicodeError:
            raise AddressError("its host has characters that no name has") from None
        bare = ascii_host + (f":{port}" if port is not None else "")
    name, _, password = user.partition(":")
    path, query = (quote(part, safe="%/:=&?~+!$,;'@()*[]-._") for part in (parts.path, parts.query))
    return (
        urlunsplit((parts.scheme.lower(), bare, path, query, "")),
        Credentials(unquote(name), unquote(password)) if at else None,
    )
