"""Model files with something wrong: changed as a file of this format can be, and packed again with right checksums.

Flipped bytes alone would be a poor trial: the zip's checksums catch nearly all of them before the reader's own checks
come into play. So a case takes a good file apart into members, headers and payloads, changes one to three things, and
writes the archive anew; what the zip directory says is changed by name of its field.
"""

from __future__ import annotations

import json
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from realtime.core.resources import pyfeat_file
from realtime.geometry import ANCHORS

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_LOCAL_FIELDS = {
    "need": 1,
    "flags": 2,
    "method": 3,
    "time": 4,
    "crc": 6,
    "packed": 7,
    "size": 8,
    "names": 9,
    "extras": 10,
}
_CENTRAL_FIELDS = {
    "made": 1, "need": 2, "flags": 3, "method": 4, "time": 5, "crc": 7, "packed": 8, "size": 9, "names": 10,
    "extras": 11, "comments": 12, "disk": 13, "place": 16,
}  # fmt: skip
_END_FIELDS = {"disk": 1, "here": 3, "count": 4, "size": 5, "place": 6, "comment": 7}
_WIDTH = {"crc": 32, "packed": 32, "size": 32, "place": 32}


@dataclass
class Member:
    """One array of the archive, as bytes."""

    name: bytes
    head: bytes  # numpy's magic, version, length and header
    payload: bytes
    method: int = 0
    extra: bytes = b""
    local: dict[str, int] = field(default_factory=dict)  # fields of its local header that lie
    central: dict[str, int] = field(default_factory=dict)  # the same in the directory

    @property
    def array(self) -> str:
        return self.name.decode("latin-1").removesuffix(".npy")


@dataclass
class Archive:
    members: list[Member]
    end: dict[str, int] = field(default_factory=dict)  # fields of the end record that lie
    between: bytes = b""  # before the end record
    after: bytes = b""

    def pack(self) -> bytes:
        out, directory = bytearray(), bytearray()
        places: dict[bytes, int] = {}
        for member in self.members:
            raw = member.head + member.payload
            crc = zlib.crc32(raw)
            stored = raw
            if member.method == 8:
                deflate = zlib.compressobj(1, zlib.DEFLATED, -15)
                stored = deflate.compress(raw) + deflate.flush()
            sizes = (crc, len(stored), len(raw), len(member.name), len(member.extra))
            places[member.name] = place = len(out)
            out += _packed(_LOCAL, [b"PK\3\4", 20, 0, member.method, 0, 33, *sizes], _LOCAL_FIELDS, member.local)
            out += member.name + member.extra + stored
            fields = [b"PK\1\2", 20, 20, 0, member.method, 0, 33, *sizes, 0, 0, 0, 0, place]
            directory += _packed(_CENTRAL, fields, _CENTRAL_FIELDS, member.central) + member.name + member.extra
        count = len(self.members)
        fields = [b"PK\5\6", 0, 0, count, count, len(directory), len(out), 0]
        return bytes(out + directory + self.between + _packed(_END, fields, _END_FIELDS, self.end) + self.after)


def _packed(record: struct.Struct, values: list[Any], fields: dict[str, int], lies: dict[str, int]) -> bytes:
    for name, value in lies.items():
        if name in fields:
            values[fields[name]] = value & (2 ** _WIDTH.get(name, 16) - 1)
    return record.pack(*values)


def npy_head(descr: str, fortran: bool, shape: str) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}".encode("latin-1", "replace")
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text) & 0xFFFF) + text


def member(name: str, values: Any) -> Member:
    array = np.asarray(values)
    head = npy_head(repr(array.dtype.str), False, repr(array.shape))
    return Member(f"{name}.npy".encode(), head, array.tobytes())


EMOTIONS = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]
POSE = ["Pitch", "Yaw", "Roll"]


def good_files() -> list[list[Member]]:
    """Three published forms: action units v4, emotions v5 with every key, a v6 with limits and little else."""
    with np.load(pyfeat_file("resources/au_to_mesh_pls_v4.npz"), allow_pickle=False) as file:
        units = {key: file[key] for key in file.files}
    mean, rng = units["mean_aligned_mesh"], np.random.default_rng(0)
    v5 = {
        "coef": rng.normal(size=(10, 1434)).astype(np.float32),
        "intercept": units["intercept"],
        "input_columns": np.array(EMOTIONS + POSE),
        "feature_columns": np.array(EMOTIONS),
        "feature_name": np.array("emotion"),
        "pose_columns": np.array(POSE),
        "mean_aligned_mesh": mean,
        "mean_neutral_mesh": mean + np.float32(0.25),
        "reference_anchors": mean[list(ANCHORS)],
        "anchor_indices": np.array(ANCHORS),
        "n_components": np.array(10),
        "model_card": np.array("a card"),
        "training_metadata": np.array(json.dumps({"frames": 633207, "folds": [0.2, 0.3]})),
    }
    names = ["_neutral", "jawOpen", "mouthSmileLeft", "tongueOut"]
    v6 = {
        "coef": rng.normal(size=(7, 1434)).astype(np.float32),
        "intercept": units["intercept"],
        "feature_columns": np.array(names),
        "pose_columns": np.array(POSE),
        "mean_aligned_mesh": mean,
        "feature_p99": np.linspace(0.5, 1, 4).astype(np.float32),
        "unsupported_features": np.array(["tongueOut"]),
        "coef_full": rng.normal(size=(5, 1434)).astype(np.float32),
    }
    return [[member(name, values) for name, values in arrays.items()] for arrays in (v5, v6, units)]


Change = Callable[[random.Random, Archive], None]
NASTY = (0, 1, 2, 3, 9, 20, 21, 45, 46, 99, 255, 2**15, 2**16 - 1, 2**16, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
NAMES = (
    b"../coef.npy", b"/etc/passwd", b"coef.npy\0.txt", b"a/b.npy", b"C:\\x.npy", b"", b".npy", b"coef", b"COEF.npy",
    b"coef.npy.npy", b"co ef.npy", "coéf.npy".encode(), "coef\u202e.npy".encode(), b"\xff\xfe.npy", b"x" * 65535,
    b"x" * 300 + b".npy", b"1coef.npy", b"class.npy", b"au_columns.npy", b"feature_p99.npy", b"coef_full.npy",
)  # fmt: skip
DTYPES = (
    "'<f4'", "'>f4'", "'<f8'", "'<f2'", "'<f16'", "'=f4'", "'f4'", "'<c8'", "'|O'", "'O'", "'|b1'", "'<i4'", "'<i8'",
    "'<u8'", "'|S4'", "'|S0'", "'<U0'", "'<U1'", "'<U9'", "'>U9'", "'|V4'", "'<M8[ns]'", "'<m8'", "'<U999999999'",
    "'|S2147483647'", "'<f3'", "'f4,f4'", "'(2,)f4'", "[('a', '<f4')]", "None", "1", "''", "'<f4", "'{'", "b'<f4'",
)  # fmt: skip
SHAPES = (
    "()", "(0,)", "(1,)", "(-1,)", "(10, 1434)", "(1434, 10)", "(14340,)", "(10, 1434, 1)", "(10, 717, 2)", "(7, 1434)",
    "(478, 3)", "(3, 478)", "(1434,)", "(0, 1434)", "(4611686018427387904, 4)", "(1000000000000,)", "(1, 1, 1, 1, 1)",
    "(1,) * 9", "(" + "1, " * 40 + ")", "(0, 99999999999999999)", "(True, 1434)", "(10.0, 1434)", "(1e3,)",
    "[10, 1434]", "10", "(10 1434)", "None",
    "(" + "9" * 5000 + ",)", "(" * 200 + ")" * 200, "(10L, 1434L)", "(0x10,)", "(1_0, 1434)",
)  # fmt: skip
FLOATS = (float("nan"), float("inf"), -float("inf"), 3.4e38, -3.4e38, 1e9, 1.1e9, 1e-45, -0.0, 0.0, 1e30, 1.0)
WORDS = (
    "", " ", "anger", "Anger", "Happy", "happiness", "sad", "AU1", "au01", "AU_12", "Pitch", "yaw", "Roll", "jawOpen",
    "a b",
    "x" * 64, "x" * 65, "x" * 5000, "1st", "né", "İ", "ß", "\x1b[2J", "a\nb", "\u202eroll", "\ud800", "\ud800\udc00",
    "\U0010ffff", "\ufeff", "'; DROP", "{0}", "%s", "neutral\0", "ﬁ", "AU99", "AU100", "class", "None",
)  # fmt: skip
TEXTS = (
    "", "{}", "[]", "null", "{'a': 1}", '{"a": NaN}', '{"a": Infinity}', '{"a": 1e999}', '{"a": ' + "9" * 5000 + "}",
    "[" * 100_000, '{"a": ' + "[" * 900 + "]" * 900 + "}", '{"a":' * 400 + "1" + "}" * 400, '{"a": 1, "a": 2}',
    '{"a": "\\ud800"}', '{"a": "\\u0000"}', '{"default_pose": []}', '{"default_pose": "zero"}',
    "[" + "{}," * 20_000 + "{}]",
    "\x1b]0;title\x07", "\x00", "{" * 3000, '"' + "\\" * 3001, "a" * 200_000, "\ud800", "{\"a\": -0.0, \"\": {}}",
)  # fmt: skip


def _any(rng: random.Random, archive: Archive) -> Member:
    return rng.choice(archive.members)


def _floats(rng: random.Random, archive: Archive) -> Member:
    found = [each for each in archive.members if b"<f4" in each.head] or archive.members
    return rng.choice(found)


def _texts(rng: random.Random, archive: Archive) -> Member:
    found = [each for each in archive.members if b"<U" in each.head] or archive.members
    return rng.choice(found)


def _put(archive: Archive, name: str, values: Any) -> None:
    """Replace the member of this name, or add it."""
    made = member(name, values)
    for at, each in enumerate(archive.members):
        if each.array == name:
            archive.members[at] = made
            return
    archive.members.append(made)


def one_number(rng: random.Random, archive: Archive) -> None:
    one = _floats(rng, archive)
    payload = bytearray(one.payload)
    for _ in range(rng.choice((1, 1, 3, 50))):
        if len(payload) >= 4:
            struct.pack_into("<f", payload, rng.randrange(len(payload) // 4) * 4, rng.choice(FLOATS))
    one.payload = bytes(payload)


def all_numbers(rng: random.Random, archive: Archive) -> None:
    one = _floats(rng, archive)
    one.payload = struct.pack("<f", rng.choice(FLOATS)) * (len(one.payload) // 4)


def integers(rng: random.Random, archive: Archive) -> None:
    values = [
        rng.choice((*range(-2, 20), 477, 478, 2**31, -(2**63), 2**63 - 1)) for _ in range(rng.choice((12, 12, 11)))
    ]
    kind = rng.choice(("i8", "i8", "u8", "i2", "f8", ">i4", "?"))
    _put(archive, rng.choice(("anchor_indices", "n_components")), np.array(values).astype(kind))


def other_type(rng: random.Random, archive: Archive) -> None:
    """The same numbers in another type or order, as another program may write them."""
    one = _floats(rng, archive)
    if len(one.payload) % 4 or b"<f4" not in one.head:
        return
    with np.errstate(all="ignore"):
        values = np.frombuffer(one.payload, "<f4").astype(
            rng.choice(("f8", ">f4", "f2", "i4", "g", ">f8", "c8", "?", "S9"))
        )
    one.head = one.head.replace(b"'<f4'", repr(values.dtype.str).encode())
    one.payload = values.tobytes()


def lying_type(rng: random.Random, archive: Archive) -> None:
    one = _any(rng, archive)
    shape = one.head[one.head.find(b"'shape': ") + 9 : one.head.rfind(b", }")].decode("latin-1")
    one.head = npy_head(rng.choice(DTYPES), rng.random() < 0.2, shape)


def lying_shape(rng: random.Random, archive: Archive) -> None:
    one = _any(rng, archive)
    kind = one.head[one.head.find(b"'descr': ") + 9 : one.head.find(b", 'fortran")].decode("latin-1")
    one.head = npy_head(kind, rng.random() < 0.2, rng.choice(SHAPES))
    if rng.random() < 0.3:
        one.payload = one.payload[: rng.choice((0, 0, 4, 5736, len(one.payload) // 2))]


def rebuilt(rng: random.Random, archive: Archive) -> None:
    """A header that tells the truth about another array."""
    one = _any(rng, archive)
    shape = tuple(
        rng.choice((0, 1, 2, 3, 7, 10, 12, 23, 478, 1434, 5000)) for _ in range(rng.choice((0, 1, 1, 2, 2, 3)))
    )
    kind = rng.choice(("<f4", "<f8", "<f2", "<i8", "<U3", "|S3", "|b1", "<c8"))
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    if size < 2**20:
        filling = rng.choice((b"\0", b"\x01", b"a", b"\xff"))
        one.head, one.payload = npy_head(repr(kind), rng.random() < 0.3, repr(shape)), filling * size


def fortran(rng: random.Random, archive: Archive) -> None:
    one = _any(rng, archive)
    one.head = one.head.replace(b"False", rng.choice((b"True ", b"None ", b"False", b"1    ", b"'no' ")))


def rows(rng: random.Random, archive: Archive) -> None:
    """Rows too many or too few, truly told."""
    one = _floats(rng, archive)
    many = max(0, len(one.payload) // 5736 + rng.choice((-2, -1, 1, 2, 300)))
    one.head, one.payload = (
        npy_head("'<f4'", False, f"({many}, 1434)"),
        (one.payload + bytes(5736 * 302))[: 5736 * many],
    )


def payload(rng: random.Random, archive: Archive) -> None:
    one = _any(rng, archive)
    kind = rng.randrange(4)
    at = rng.randrange(len(one.payload) + 1)
    if kind == 0:
        one.payload = one.payload[:at]
    elif kind == 1:
        one.payload += rng.randbytes(rng.choice((1, 4, 64, 4096)))
    elif kind == 2:
        one.payload = rng.randbytes(len(one.payload)) if len(one.payload) < 10_000 else one.payload[::-1]
    else:
        some = rng.randbytes(rng.choice((1, 2, 4, 16)))
        one.payload = (one.payload[:at] + some + one.payload[at + len(some) :])[: len(one.payload)]


def header_bytes(rng: random.Random, archive: Archive) -> None:
    """Magic, version, length and text of numpy's own header, byte by byte."""
    one = _any(rng, archive)
    head = bytearray(one.head)
    for _ in range(rng.choice((1, 1, 2, 6))):
        at = rng.choice((*range(10), rng.randrange(len(head)), rng.randrange(10, max(11, len(head) - 1)))) % len(head)
        kind = rng.randrange(4)
        if kind == 0:
            head[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            head[at : at + 1] = rng.choice((b"", b" ", b"'", b"(", b"9", b"\0", b"\n", b"-", b"#", b"\\", b"{}"))
        elif kind == 2:
            head[8:10] = struct.pack("<H", rng.choice(NASTY) & 0xFFFF)
        else:
            head[6:8] = rng.choice((b"\1\0", b"\2\0", b"\3\0", b"\0\0", b"\xff\xff"))
    one.head = bytes(head)


def header_form(rng: random.Random, archive: Archive) -> None:
    """Forms of the header that other writers use, and some that none does."""
    one = _any(rng, archive)
    text = one.head[10:].rstrip(b" \n")
    kind = rng.randrange(7)
    if kind == 0:
        text = text.replace(b", }", b"}")
    elif kind == 1:
        text = text.replace(b": ", b":").replace(b", ", b",")
    elif kind == 2:
        text = text.replace(b"}", b"'more': 1}")
    elif kind == 3:
        text = text.replace(b"'", b'"')
    elif kind == 4:
        text = rng.choice((b"(", b"[", b"{", b"-", b"{'a':")) * rng.choice((50, 5000, 60_000))
    elif kind == 5:
        text = b"__import__('os').abort()"
    else:
        text += b" " * rng.choice((1, 5000, 50_000))
    text += b"\n"
    if rng.random() < 0.5:
        one.head = b"\x93NUMPY\1\0" + struct.pack("<H", len(text) & 0xFFFF) + text
    else:
        one.head = b"\x93NUMPY\2\0" + struct.pack("<I", len(text)) + text


def one_word(rng: random.Random, archive: Archive) -> None:
    """A name in a list becomes another."""
    key = rng.choice(("feature_columns", "pose_columns", "input_columns", "unsupported_features", "au_columns"))
    words = {"pose_columns": POSE, "input_columns": EMOTIONS + POSE}.get(key, EMOTIONS)[:]
    for _ in range(rng.choice((1, 1, 1, 3))):
        kind = rng.randrange(5)
        if kind == 0:
            words[rng.randrange(len(words))] = rng.choice(WORDS)
        elif kind == 1:
            rng.shuffle(words)
        elif kind == 2:
            words.append(rng.choice(WORDS))
        elif kind == 3 and len(words) > 1:
            words.pop(rng.randrange(len(words)))
        else:
            words = [str.upper, str.title, str.swapcase][rng.randrange(3)]("\n".join(words)).split("\n")
    values = np.array(words) if words else np.array([], dtype="<U1")
    if rng.random() < 0.15:
        values = np.char.encode(values, "utf-8", "surrogatepass")
    if rng.random() < 0.5:  # and nothing else that says otherwise
        archive.members = [each for each in archive.members if each.array != "input_columns" or key == "input_columns"]
    _put(archive, key, values)


def letters(rng: random.Random, archive: Archive) -> None:
    """Code points that no text has: beyond Unicode, halves of pairs, NUL, control."""
    one = _texts(rng, archive)
    changed = bytearray(one.payload)
    for _ in range(rng.choice((1, 1, 4))):
        if len(changed) >= 4:
            point = rng.choice(
                (0, 1, 0x1B, 0x7F, 0x85, 0xD800, 0xDFFF, 0x202E, 0xFFFF, 0x110000, 2**31, 2**32 - 1, 0x41)
            )
            struct.pack_into("<I", changed, rng.randrange(len(changed) // 4) * 4, point)
    one.payload = bytes(changed)


def long_text(rng: random.Random, archive: Archive) -> None:
    key = rng.choice(("model_card", "training_metadata", "training_metadata", "feature_name"))
    text = rng.choice(TEXTS + WORDS)
    encoded = np.frombuffer(text.encode("utf-32-le", "surrogatepass") or bytes(4), f"<U{max(1, len(text))}")
    values: Any = encoded.reshape(()) if rng.random() < 0.8 else encoded
    if rng.random() < 0.15:
        values = np.array(text.encode("utf-8", "surrogatepass") + rng.choice((b"", b"\xff", b"\xc3")))
    _put(archive, key, values)


def limits(rng: random.Random, archive: Archive) -> None:
    values = [rng.choice((0.0, 0.5, 1.0, 1.0, -1e-9, *FLOATS)) for _ in range(rng.choice((4, 7, 7, 20, 3)))]
    with np.errstate(all="ignore"):
        _put(archive, "feature_p99", np.array(values).astype(rng.choice(("f4", "f8", "f2", "i4"))))


def members(rng: random.Random, archive: Archive) -> None:
    """Missing, doubled, renamed, exchanged, unknown."""
    one, other = _any(rng, archive), _any(rng, archive)
    kind = rng.randrange(7)
    if kind == 0 and len(archive.members) > 1:
        archive.members.remove(one)
    elif kind == 1:
        archive.members.insert(rng.randrange(len(archive.members) + 1), replace(one))
    elif kind == 2:
        one.name = rng.choice(NAMES)
    elif kind == 3:
        one.name, other.name = other.name, one.name
    elif kind == 4:
        archive.members.append(replace(one, name=b"unknown.npy"))
    elif kind == 5:
        small = member("small", 1)
        archive.members += [replace(small, name=b"m%d.npy" % at) for at in range(rng.choice((3, 60, 2000)))]
    else:
        rng.shuffle(archive.members)


def deflated(rng: random.Random, archive: Archive) -> None:
    for one in archive.members if rng.random() < 0.3 else [_any(rng, archive)]:
        one.method = 8


def bomb(rng: random.Random, archive: Archive) -> None:
    """Zeros that pack well, and say how many they are or something less."""
    count = rng.choice((2**18, 2**20, 3 * 2**20))
    one = Member(
        rng.choice((b"coef.npy", b"unused.npy")), npy_head("'|S1'", False, f"({count},)"), bytes(count), method=8
    )
    lie = rng.choice(({}, {}, {"size": 1000}, {"size": 2**31}, {"packed": 2**31}))
    one.local, one.central = dict(lie), dict(lie)
    archive.members = [each for each in archive.members if each.name != one.name] + [one]


def directory(rng: random.Random, archive: Archive) -> None:
    """A field of the directory, of the local header, or of both."""
    one = _any(rng, archive)
    name = rng.choice(list(_CENTRAL_FIELDS))
    size = len(one.head) + len(one.payload)
    value = rng.choice((*NASTY, size - 1, size + 1, size * 2, rng.getrandbits(32), rng.getrandbits(8)))
    which = rng.randrange(3)
    if which != 1:
        one.central[name] = value
    if which != 0:
        one.local[name] = value


def flags(rng: random.Random, archive: Archive) -> None:
    one = _any(rng, archive)
    name, value = rng.choice((("flags", 1 << rng.randrange(16)), ("method", rng.choice((1, 8, 9, 12, 14, 93, 99)))))
    one.central[name] = value
    if rng.random() < 0.7:
        one.local[name] = value


def extra(rng: random.Random, archive: Archive) -> None:
    """Extra fields: zip64 sizes, a Unicode name, ones cut short."""
    one = _any(rng, archive)
    kind = rng.choice((1, 1, 0x7075, 0x7075, 0x9901, rng.getrandbits(16)))
    body = rng.choice((b"", rng.randbytes(rng.randrange(40)), struct.pack("<QQ", rng.choice(NASTY), rng.choice(NASTY))))
    if kind == 0x7075:
        body = b"\1" + struct.pack("<I", zlib.crc32(one.name)) + rng.choice((b"other.npy", one.name, b"\xff", body))
    one.extra = struct.pack("<HH", kind, len(body) + rng.choice((0, 0, 0, 1, -1, 400)) & 0xFFFF) + body
    if kind == 1 and rng.random() < 0.7:
        one.central |= dict.fromkeys(rng.sample(("size", "packed", "place"), 2), 2**32 - 1)


def end(rng: random.Random, archive: Archive) -> None:
    kind = rng.randrange(4)
    if kind == 0:
        archive.end[rng.choice(list(_END_FIELDS))] = rng.choice((*NASTY, rng.getrandbits(16)))
    elif kind == 1:
        archive.after = rng.choice((b"\0", b"junk", b"PK\5\6", archive.members[0].payload, rng.randbytes(22)))
        if rng.random() < 0.5:
            archive.end["comment"] = len(archive.after)
    elif kind == 2:
        archive.between = b"PK\x06\x07" + struct.pack("<LQL", 0, rng.choice(NASTY), 1)
        archive.end |= {"size": 2**32 - 1, "place": 2**32 - 1} if rng.random() < 0.5 else {}
    else:
        archive.between = rng.randbytes(rng.choice((1, 20, 56)))


def overlapping(rng: random.Random, archive: Archive) -> None:
    """Two names for the same bytes."""
    archive.members.append(replace(_any(rng, archive), name=b"twin.npy"))
    archive.members[-1].central = {"place": rng.choice((0, 1, 30, 2**20))}


CHANGES: dict[Change, int] = {
    one_number: 6, all_numbers: 3, integers: 3, other_type: 4, lying_type: 5, lying_shape: 5, rebuilt: 6, fortran: 2,
    rows: 3, payload: 4, header_bytes: 6, header_form: 4, one_word: 10, letters: 6, long_text: 6, limits: 4, members: 8,
    deflated: 2, bomb: 1, directory: 4, flags: 2, extra: 3, end: 2, overlapping: 1,
}  # fmt: skip
RAW_SHARE = 0.08


def _raw(rng: random.Random, data: bytes) -> tuple[str, bytes]:
    """The whole file as bytes, whatever they mean."""
    changed = bytearray(data)
    kind = rng.choice(("flip", "flip", "insert", "delete", "overwrite", "cut", "splice"))
    # Half of them in the last 2 kB: there lies the directory, and the rest is under its checksums.
    at = rng.randrange(max(0, len(data) - 2048), len(data)) if rng.random() < 0.5 else rng.randrange(len(data))
    some = rng.randbytes(rng.choice((1, 2, 4, 30)))
    if kind == "flip":
        for _ in range(rng.choice((1, 1, 8))):
            changed[rng.randrange(len(data)) if rng.random() < 0.3 else at] ^= 1 << rng.randrange(8)
    elif kind == "insert":
        changed[at:at] = some
    elif kind == "delete":
        del changed[at : at + len(some)]
    elif kind == "overwrite":
        changed[at : at + len(some)] = some
    elif kind == "cut":
        del changed[at:]
    else:
        start = rng.randrange(len(data))
        changed[at:] = data[start : start + rng.choice((22, 500, 5000))]
    return f"raw {kind}", bytes(changed)


def mutant(files: list[list[Member]], seed: int, number: int) -> tuple[int, list[str], bytes]:
    """Case `number` of a seed: which file it was made from, what was done to it, and its bytes."""
    rng = random.Random(f"{seed}:{number}")
    which = rng.choice((0, 0, 1, 1, 2)) % len(files)  # the third is twice as large
    archive = Archive([replace(each, local={}, central={}) for each in files[which]])
    done: list[str] = []
    raw = rng.random() < RAW_SHARE
    if not raw or rng.random() < 0.3:
        for change in rng.choices(list(CHANGES), list(CHANGES.values()), k=rng.choice((1, 1, 1, 2, 3))):
            if archive.members:
                change(rng, archive)
                done.append(change.__name__)
    data = archive.pack()
    if raw:
        name, data = _raw(rng, data)
        done.append(name)
    return which, done, data
