"""Files that are no models: each is refused in words, in under a second, and nothing in them runs."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import numpy as np
import pytest
from mutations import EMOTIONS

from realtime.core.errors import ModelFileError
from realtime.core.resources import pyfeat_file
from realtime.model.file import read_model, write_model

_CHECKOUT = Path(__file__).resolve().parents[2]


def refused(path, says):
    with pytest.raises(ModelFileError, match=says) as caught:
        read_model(path)
    message = str(caught.value)
    assert Path(path).name in message and message.rstrip()[-1] in ".)'" and len(message) < 1200
    return message


class Canary:
    """Runs code when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def npy(header: bytes, payload: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + payload


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"this is no model\n", "is text"),
        (b"<!DOCTYPE html><html>404</html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "LFS"),
        (b"\x00\x01\x02\xff" * 100, "no zip archive"),
        (b"PK\x03\x04", "damaged"),
        (b"PK\x03\x04" + b"\x00" * 3000, "damaged"),
        (b"PK\x05\x06" + b"\x00" * 18, "no zip archive"),
    ],
)
def test_other_content(content, says, tmp_path):
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    refused(path, says)


def test_missing_folder_and_fifo(tmp_path):
    refused(tmp_path / "none.npz", "no such file")
    refused(tmp_path, "a folder")
    fifo = tmp_path / "fifo.npz"
    os.mkfifo(fifo)
    refused(fifo, "no regular file")
    link = tmp_path / "link.npz"
    link.symlink_to(tmp_path / "none.npz")
    refused(link, "no such file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_no_permission(tmp_path, v5_arrays, write):
    path = write(v5_arrays)
    path.chmod(0)
    refused(path, "permissions")


def test_pickles_never_run(tmp_path, v5_arrays, write):
    canary = tmp_path / "canary"
    bare = tmp_path / "bare.npz"
    bare.write_bytes(pickle.dumps(Canary(canary)))
    refused(bare, "pickle")
    objects = np.empty(1, dtype=object)
    objects[0] = Canary(canary)
    for key in ("coef", "feature_columns", "model_card", "unused"):
        path = tmp_path / f"{key}.npz"
        np.savez(path, **(v5_arrays | {key: objects}))
        refused(path, "Python objects")
    assert not canary.exists()
    np.load(tmp_path / "coef.npz", allow_pickle=True)["coef"]  # the canary works where pickles are allowed
    assert canary.exists()


def test_every_cut_is_refused(v5_arrays, write, tmp_path):
    whole = write(v5_arrays).read_bytes()
    cut = tmp_path / "cut.npz"
    for length in [1, 3, 4, 30, 100, 1000, len(whole) // 2, len(whole) - 30, len(whole) - 1]:
        cut.write_bytes(whole[:length])
        refused(cut, "damaged|text|no zip")


def test_bit_flips_are_refused_or_change_nothing(v5_arrays, write, tmp_path, rng):
    """The archive's checksums cover the arrays; a flip in what a reader ignores (dates) may pass unchanged."""
    path = write(v5_arrays)
    good, whole = read_model(path), path.read_bytes()
    hurt, refusals = tmp_path / "hurt.npz", 0
    for place in rng.integers(0, 8 * len(whole), 100):
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << (place % 8)
        hurt.write_bytes(flipped)
        try:
            found = read_model(hurt)
        except ModelFileError:
            refusals += 1
        else:
            np.testing.assert_array_equal(found.coef, good.coef)
            np.testing.assert_array_equal(found.intercept, good.intercept)
    assert refusals >= 95


def test_trailing_and_leading_bytes(v5_arrays, write, tmp_path):
    whole = write(v5_arrays).read_bytes()
    path = tmp_path / "junk.npz"
    path.write_bytes(whole + b"junk")
    refused(path, "behind the end")
    path.write_bytes(b"#!/bin/sh\n" + whole)
    refused(path, "no zip|text")


def raw_zip(path, members, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def members_of(arrays):
    for key, value in arrays.items():
        stream = io.BytesIO()
        np.lib.format.write_array(stream, np.asarray(value), allow_pickle=False)
        yield f"{key}.npy", stream.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_directory_tricks(tmp_path, v5_arrays):
    good = list(members_of(v5_arrays))
    assert read_model(raw_zip(tmp_path / "good.npz", good)).feature_name == "emotion"
    refused(raw_zip(tmp_path / "double.npz", [*good, good[0]]), "twice")
    for name in ("../coef.npy", "/etc/coef.npy", "a/coef.npy", "..", "a b.npy", "C:\\x.npy"):
        refused(raw_zip(tmp_path / "names.npz", [*good, (name, b"x")]), "member name")
    nul = raw_zip(tmp_path / "nul.npz", [*good, ("coef.npy?.txt", b"x")])
    nul.write_bytes(nul.read_bytes().replace(b"coef.npy?", b"coef.npy\x00"))  # ends there for who reads C strings
    refused(nul, "member name")
    refused(raw_zip(tmp_path / "many.npz", [*good, *((f"x{i}.npy", b"x") for i in range(100))]), "members")
    refused(raw_zip(tmp_path / "lzma.npz", good, compression=zipfile.ZIP_LZMA), "packed")
    refused(raw_zip(tmp_path / "none.npz", []), "no zip")
    encrypted = bytearray((tmp_path / "good.npz").read_bytes())
    at = encrypted.find(b"PK\x01\x02")
    encrypted[at + 8] |= 1
    (tmp_path / "encrypted.npz").write_bytes(encrypted)
    refused(tmp_path / "encrypted.npz", "encrypted")


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 1434), }\n",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (10, 1433), }\n",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (-10, -1434), }\n",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (10, 1434), 'more': 1, }\n",
        b"{'descr': 'O', 'fortran_order': False, 'shape': (1,), }\n",
        b"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (10, 1434), }\n",
        b"{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (7170,), }\n",
        b"{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000000,), }\n",
        b"{'descr': '|S0', 'fortran_order': False, 'shape': (1000000000000,), }\n",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 999999999999999999), }\n",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (10, 1434, %s), }\n" % (b"1, " * 40),
        b"{'descr': '<f3', 'fortran_order': False, 'shape': (10, 1434), }\n",
        b"{'descr': 'f4,f4', 'fortran_order': False, 'shape': (10, 717), }\n",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (10L, 1434L), }\n",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (%s,), }\n" % (b"9" * 5000),
        b"__import__('os').getcwd()\n",
        b"(" * 5000 + b"\n",
        b"\xff\xfe\n",
        b"",
    ],
)
@pytest.mark.parametrize("payload", [0, 4 * 14340])
def test_lying_array_headers(header, payload, tmp_path, v5_arrays):
    members = dict(members_of(v5_arrays)) | {"coef.npy": npy(header, bytes(payload))}
    refused(raw_zip(tmp_path / "header.npz", members.items()), "coef")


def test_headers_as_other_programs_write_them(tmp_path, v5_arrays):
    """Version 2, no padding, no comma behind the last entry: what libraries of other languages write."""
    good = dict(members_of(v5_arrays))
    text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (10, 1434)}\n"
    payload = v5_arrays["coef"].tobytes()
    for coef in (npy(text, payload), b"\x93NUMPY\x02\x00" + struct.pack("<I", len(text)) + text + payload):
        path = raw_zip(tmp_path / "other.npz", (good | {"coef.npy": coef}).items())
        np.testing.assert_array_equal(read_model(path).coef, v5_arrays["coef"])
    for name, head in (
        ("magic", b"\x93NUMPX"),
        ("version", b"\x93NUMPY\x03\x00\x10\x00"),
        ("short", b"\x93NU"),
        ("none", b""),
    ):
        refused(raw_zip(tmp_path / f"{name}.npz", (good | {"coef.npy": head}).items()), "'coef' is no array in numpy")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"coef": None}, "'coef' is missing"),
        ({"intercept": None}, "'intercept' is missing"),
        ({"mean_aligned_mesh": None}, "'mean_aligned_mesh' is missing"),
        ({"feature_columns": None, "input_columns": None}, "neither 'feature_columns' nor 'au_columns'"),
        ({"pose_columns": None}, "'pose_columns' is missing"),
        ({"coef": np.zeros((10, 1433), np.float32)}, r"shape \(10, 1433\), expected \(10, 1434\)"),
        ({"coef": np.zeros((1434, 10), np.float32)}, r"shape \(1434, 10\)"),
        ({"coef": np.zeros((7, 1434), np.float32)}, r"shape \(7, 1434\)"),
        ({"coef": np.zeros((10, 1434), np.int32)}, "type int32"),
        ({"coef": np.full((10, 1434), "x")}, "type <U1"),
        ({"coef": np.full((10, 1434), 1e300)}, "14340 numbers that are not finite"),
        ({"intercept": np.zeros((1434, 1), np.float32)}, "intercept"),
        ({"mean_aligned_mesh": np.zeros((478, 3), np.float32)}, "is no face"),
        ({"mean_aligned_mesh": np.zeros((3, 478), np.float32)}, "mean_aligned_mesh"),
        ({"mean_neutral_mesh": np.zeros((468, 3), np.float32)}, "mean_neutral_mesh"),
        ({"reference_anchors": np.zeros((11, 3), np.float32)}, "reference_anchors"),
        ({"anchor_indices": np.arange(11)}, "anchor_indices"),
        ({"anchor_indices": np.zeros(12, int)}, "12 different landmarks"),
        ({"anchor_indices": np.arange(470, 482)}, "12 different landmarks"),
        ({"anchor_indices": np.arange(12.0)}, "12 integers"),
        ({"pose_columns": np.array(["Pitch", "Yaw", "Rol"]), "input_columns": None}, "Did you mean 'Roll'"),
        ({"pose_columns": np.array(["Pitch", "Yaw", "Yaw"]), "input_columns": None}, "Yaw more than once"),
        ({"pose_columns": np.array(["Pitch", "Yaw"]), "input_columns": None}, "expected Pitch, Yaw, Roll"),
        ({"feature_columns": np.array(["anger"] * 7), "input_columns": None}, "anger more than once"),
        (
            {"feature_columns": np.array(["Happy", "happiness", "a", "b", "c", "d", "e"]), "input_columns": None},
            "happiness more than once",
        ),
        ({"feature_columns": np.array(["a b", *"cdefgh"]), "input_columns": None}, "no name of a feature"),
        ({"feature_columns": np.array(["Yaw", *"cdefgh"]), "input_columns": None}, "no name of a feature"),
        ({"feature_columns": np.array([], dtype="<U1"), "input_columns": None}, "empty"),
        ({"feature_columns": np.arange(7.0), "input_columns": None}, "list of names"),
        ({"feature_columns": np.array([b"\xff\xff"] * 7), "input_columns": None}, "not UTF-8"),
        ({"input_columns": np.array(list("abcdefghij"))}, "in this order"),
        ({"feature_p99": np.ones(6)}, "feature_p99"),
        ({"feature_p99": -np.ones(7)}, "negative"),
        ({"unsupported_features": np.array(["hapiness"])}, "Did you mean 'happiness'"),
        ({"coef_full": np.zeros((31, 1433))}, "coef_full"),
        ({"coef_full": np.zeros((4097, 1434), np.float32)}, "at most 4096"),
        ({"au_columns": np.array(list("abcdefg"))}, "'au_columns' differs"),
        ({"unsupported_features": np.array(["fear", "fear"])}, "fear more than once"),
        ({"unsupported_features": np.array(["fear", "x" * 100_000])}, "'unsupported_features' has 'xxx"),
        ({"unsupported_features": np.array(["x"])}, "'unsupported_features' has 'x'"),
        ({"unsupported_features": np.array(EMOTIONS)}, "has every feature"),
        ({"feature_name": np.array("emo\ntion")}, "expected a word"),
        ({"feature_name": np.array("x" * 65)}, "expected a word"),
        ({"input_columns": np.array(["\x1b[2J" * 1000] * 10)}, r"has '\\x1b\[2J"),
        ({"feature_columns": np.array([*"abcdef", "\ud800"])}, "not UTF-8"),
        ({"model_card": np.array("half \ud800 a pair")}, "not UTF-8"),
        ({"model_card": np.array([0x110000], "<u4").view("<U1")}, "do not exist"),
        ({"model_card": np.array([65, 2**31], ">u4").view(">U2")}, "do not exist"),
        ({"intercept": np.full(1434, 2e9)}, "beyond 1e"),
        ({"model_card": np.arange(3)}, "one text"),
    ],
)
def test_wrong_content(change, says, v5_arrays, write):
    refused(write(v5_arrays, **change), says)


@pytest.mark.parametrize("key", ["coef", "intercept", "mean_aligned_mesh", "mean_neutral_mesh", "reference_anchors"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_not_finite(key, value, v5_arrays, write):
    hurt = v5_arrays[key].copy()
    hurt.flat[hurt.size // 2] = value
    refused(write(v5_arrays, **{key: hurt}), f"'{key}' has 1 numbers that are not finite")


def test_permuted_inputs_are_seen(v5_arrays, write):
    """Columns in another order than their own list says would predict another emotion."""
    columns = v5_arrays["feature_columns"][::-1]
    refused(write(v5_arrays, feature_columns=columns), "in this order")


def test_metadata_that_is_no_json_is_kept(v5_arrays, write):
    assert read_model(write(v5_arrays, training_metadata=np.array("{'a': 1}"))).metadata == {"text": "{'a': 1}"}
    assert read_model(write(v5_arrays, training_metadata=np.array("[" * 100000))).metadata.keys() == {"text"}


def test_numbers_that_are_none_are_none_in_metadata(v5_arrays, write):
    text = '{"loss": [NaN, 0.5, -Infinity, 1e999], "n": 3}'
    model = read_model(write(v5_arrays, training_metadata=np.array(text)))
    assert model.metadata == {"loss": [None, 0.5, None, None], "n": 3}
    json.dumps(dict(model.metadata), allow_nan=False)


def test_metadata_that_could_not_be_written_again_is_kept_as_text(v5_arrays, write, tmp_path):
    for text in (
        '{"a": "\\ud800"}', '{"a": ' + "9" * 5000 + "}", '{"a":' * 60 + "1" + "}" * 60,
        "[1]",
    ):  # fmt: skip
        model = read_model(write(v5_arrays, training_metadata=np.array(text)))
        assert model.metadata == {"text": text}
        write_model(model, tmp_path / "again.npz")
        assert read_model(tmp_path / "again.npz").metadata == model.metadata


def test_a_card_cannot_steer_the_terminal(v5_arrays, write):
    card = read_model(write(v5_arrays, model_card=np.array("a\x1b]0;title\x07\x9b2J\tb\nc é"))).card
    assert card == "a\ufffd]0;title\ufffd\ufffd2J\tb\nc é"


def test_the_end_of_the_archive(v5_arrays, write, tmp_path):
    """A comment, a directory elsewhere, a second end, an end as for 4 GB: `zipfile` would take them all."""
    whole, path = write(v5_arrays).read_bytes(), tmp_path / "end.npz"

    def with_end(end: bytes, says: str) -> None:
        path.write_bytes(whole[:-22] + end)
        refused(path, says)

    end = whole[-22:]
    with_end(end[:-2] + b"\x04\x00junk", "behind the end")
    with_end(end + end, "not where the end")
    with_end(b"junk" + end, "not where the end")
    with_end(b"PK\x06\x07" + bytes(16) + end, "not where the end")
    size, place = struct.unpack_from("<2L", end, 12)
    with_end(b"PK\x06\x07" + bytes(16) + end[:12] + struct.pack("<2L", size + 20, place) + end[20:], "4 GB")
    refused(
        raw_zip(path, [*members_of(v5_arrays), *((f"{'x' * 9000}{i}.npy", b"") for i in range(9))]), "bytes to name"
    )


def test_sizes_count_together(tmp_path):
    """Fifty members of 1.5 MB: none is large, together they are."""
    zeros = (
        npy(b"{'descr': '|S1', 'fortran_order': False, 'shape': (1500000,), }\n")
        + os.urandom(20_000)
        + bytes(1_480_000)
    )
    members = [(f"m{at}.npy", zeros) for at in range(50)]
    path = raw_zip(tmp_path / "many.npz", members, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 2**21
    refused(path, "would unpack to 72 MB, allowed are 64 MB")


def test_a_bomb_does_not_unpack(tmp_path):
    """Each in well under a second, in a process that may have 256 MB more than Python needs.

    Zip that would be 400 MB of zeros; a lying directory; a million directory entries; text of no width in a trillion
    pieces; and the largest file that is read at all, which is no bomb and must fit.
    """
    bomb = tmp_path / "bomb.npz"
    header = npy(b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000,), }".ljust(117) + b"\n")
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("coef.npy", "w", force_zip64=True) as member,
    ):
        member.write(header)
        for _ in range(400):
            member.write(bytes(1_000_000))
    small = tmp_path / "small.npz"  # below the limit on bytes, beyond the one on the ratio
    with zipfile.ZipFile(small, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("coef.npy", bytes(50_000_000))
    # Its directory says 1000 bytes each, its data says 50 MB.
    lying = tmp_path / "lying.npz"
    data = bytearray(small.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.find(signature) + offset
        data[at : at + 4] = struct.pack("<I", 1000)
    lying.write_bytes(data)
    crowd = tmp_path / "crowd.npz"
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0) + b"a.npy"
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, 5, 0) + b"a.npy"
    count = 1_000_000
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, count * len(entry), len(local), 0)
    crowd.write_bytes(local + entry * count + end)
    nothing = raw_zip(
        tmp_path / "nothing.npz",
        [("coef.npy", npy(b"{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000000,), }\n"))],
    )
    full = tmp_path / "full.npz"
    np.savez(full, unused=np.zeros(2**26 - 2**12, np.uint8))
    script = textwrap.dedent(
        """
        import resource, sys, time
        from realtime.core.errors import ModelFileError
        from realtime.model.file import read_model
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 2**28, used + 2**28))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for path in sys.argv[1:]:
            start = time.perf_counter()
            try:
                read_model(path)
            except ModelFileError as refusal:
                grew = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
                print(time.perf_counter() - start, grew, type(refusal.__cause__).__name__, refusal)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, (bomb, small, lying, nothing, crowd, full))],
        capture_output=True, text=True, cwd=_CHECKOUT, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    says = (
        "would unpack to", "allowed is 1:100", "lying.npz", "'coef' has the type", "bytes to name them", "only unused",
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert len(lines) == len(says)
    for line, words in zip(lines, says, strict=True):
        seconds, grew, cause, told = line.split(" ", 3)
        assert words in told
        assert float(seconds) < 5 and cause != "MemoryError"  # a bound against hangs; they take 1 to 100 ms
        # The archive itself is in memory, and what it unpacks to; of a bomb not even that.
        assert int(grew) < (
            30_000 if "bomb" in told or "small" in told or "lying" in told or "nothing" in told else 200_000
        )


def test_a_file_beyond_64_mb_is_not_read(tmp_path):
    path = tmp_path / "large.npz"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(2**33)
    refused(path, "has 8192 MB")


def test_the_real_file_is_accepted():
    assert read_model(pyfeat_file("resources/au_to_mesh_pls_v4.npz")).feature_name == "au"
