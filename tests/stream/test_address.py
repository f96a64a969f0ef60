"""Addresses as they are typed: what they mean, what is local, and what is refused with what to type instead."""

from __future__ import annotations

import pytest

from realtime.core.config import load_config
from realtime.core.errors import ConfigError, UsageError
from realtime.stream.address import StreamAddress, parse_addresses


@pytest.mark.parametrize(
    ("text", "host", "port", "title", "local"),
    [
        ("lsl", "", 0, "LSL", True),
        ("LSL", "", 0, "LSL", True),
        ("osc", "127.0.0.1", 9000, "OSC 127.0.0.1:9000", True),
        ("osc://", "127.0.0.1", 9000, "OSC 127.0.0.1:9000", True),
        ("osc://127.0.0.9:57120", "127.0.0.9", 57120, "OSC 127.0.0.9:57120", True),
        ("osc://:9001", "127.0.0.1", 9001, "OSC 127.0.0.1:9001", True),
        ("vmc://localhost", "localhost", 39539, "VMC localhost:39539", True),
        ("vmc://[::1]", "::1", 39539, "VMC [::1]:39539", True),
        ("livelink://192.0.2.7", "192.0.2.7", 11111, "Live Link 192.0.2.7:11111", False),
        ("osc://[fe80::1%eth0]:9000", "fe80::1%eth0", 9000, "OSC [fe80::1%eth0]:9000", False),
        ("osc://render-box:9000", "render-box", 9000, "OSC render-box:9000", False),
    ],
)
def test_an_address_says_where_it_leads(text: str, host: str, port: int, title: str, local: bool) -> None:
    address = StreamAddress.parse(text)
    assert (address.host, address.port, address.title, address.local) == (host, port, title, local)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("ocs://127.0.0.1:9000", "Did you mean 'osc'"),
        ("127.0.0.1:9000", "Formats are lsl, osc"),
        ("", "Formats are"),
        ("lsl://127.0.0.1", "write --stream lsl"),
        ("osc://127.0.0.1:70000", "osc://HOST:PORT"),
        ("osc://127.0.0.1:0", "osc://HOST:PORT"),
        ("osc://127.0.0.1:port", "osc://HOST:PORT"),
        ("osc://::1:9000", r"osc://\[::1\]:9000"),
        ("osc://[::1:9000", "osc://HOST:PORT"),
        ("osc://user@127.0.0.1:9000", "osc://HOST:PORT"),
        ("vmc://127.0.0.1:39539/head", "vmc://HOST:PORT"),
        ("osc://a b:9000", "osc://HOST:PORT"),
    ],
)
def test_what_is_no_address_is_answered_with_one(text: str, answer: str) -> None:
    with pytest.raises(UsageError, match=answer):
        StreamAddress.parse(text)


def test_the_same_address_twice_is_refused_however_it_is_written() -> None:
    with pytest.raises(UsageError, match=r"OSC 127\.0\.0\.1:9000 is given twice"):
        parse_addresses(["osc", "lsl", "osc://127.0.0.1:9000"])


def test_outputs_are_set_as_one_text_or_as_a_list() -> None:
    assert load_config(None, ["stream.outputs=lsl"]).stream.outputs == ("lsl",)
    assert load_config(None, ["stream.outputs=['lsl', 'osc']"]).stream.outputs == ("lsl", "osc")
    with pytest.raises(ConfigError, match="event_off is above event_on"):
        load_config(None, ["stream.event_on=0.3"])
