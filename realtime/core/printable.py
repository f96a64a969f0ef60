"""Text that may be shown and stored: without control characters for a terminal, and valid Unicode for everything else.

Names of files, keys of settings, metadata of sessions and models and messages of other programs come from strangers,
and a terminal obeys what it is sent.
"""

from __future__ import annotations

from typing import Any

_BIDIRECTIONAL = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))  # they reorder what is read
_SEPARATORS = (0x2028, 0x2029)  # line and paragraph: some terminals begin a line at them
_CONTROL = [code for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A)]  # all but tab and newline
_REPLACED: dict[int, str] = dict.fromkeys((*_CONTROL, *_BIDIRECTIONAL, *_SEPARATORS), "\N{REPLACEMENT CHARACTER}")


def printable(text: str) -> str:
    """The text without what a terminal would obey: its lines and tabs stay, "\\r\\n" becomes "\\n".

    Every other control character and everything that changes the direction of writing becomes U+FFFD, and what is not
    Unicode becomes what `valid_unicode` makes of it.
    """
    if text.isascii() and text.isprintable():
        return text
    return valid_unicode(text.replace("\r\n", "\n").translate(_REPLACED))


def bounded(text: str, most: int = 4000) -> str:
    """The text with at most so many characters and a note of how many were left out, whatever it quotes."""
    if len(text) <= most:
        return text
    head, tail = most * 3 // 4, most // 4
    return f"{text[:head]} ... ({len(text) - head - tail:,} more characters) ... {text[-tail:]}"


def valid_unicode(text: str) -> str:
    r"""The text with every lone surrogate written out, so that it can be encoded.

    A byte of a file's name that is not UTF-8 (PEP 383) becomes \xNN, as `$'caf\xe9.mp4'` has it in a shell; any other
    lone surrogate becomes \uNNNN.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(map(_written_out, text))
    return text


def valid_tree(value: Any) -> Any:
    """The same value of JSON with `valid_unicode` applied to every text in it, keys included; tuples stay tuples."""
    if isinstance(value, str):
        return valid_unicode(value)
    if isinstance(value, dict):
        return {valid_tree(key): valid_tree(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [valid_tree(inner) for inner in value]
    if type(value) is tuple:
        return tuple(valid_tree(inner) for inner in value)
    return value


def _written_out(sign: str) -> str:
    code = ord(sign)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if 0xD800 <= code <= 0xDFFF else sign
