"""Files that are on the machine already: in the Hugging Face cache, in py-feat's own, in every form."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from pathlib import Path

import pytest

from realtime.core.errors import ModelFileError
from realtime.core.resources import pyfeat_folder
from realtime.model import load_model
from realtime.model.file import write_model
from realtime.model.hub import KNOWN, HubFile, find, remember, status
from realtime.model.hub import huggingface as hub
from realtime.model.hub.cache import hub_cache
from realtime.model.hub.manifest import manifest_path, recorded

V6 = KNOWN["emotion@v6"]
OLD, NEW = "a" * 40, "b" * 40


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    write_model(load_model("emotion@built-in"), tmp_path / "m.npz")
    return (tmp_path / "m.npz").read_bytes()


def cached(cache: Path, commit: str, content: bytes, blob: str | None = None) -> Path:
    """Put a file into a cache: as a link to a blob, or as it is, as systems without links have it."""
    repo = cache / "models--py-feat--emotion_to_mesh"
    pointer = repo / "snapshots" / commit / "emotion_to_mesh_pls_v6.npz"
    pointer.parent.mkdir(parents=True)
    if blob is None:
        pointer.write_bytes(content)
    else:
        (repo / "blobs").mkdir(exist_ok=True)
        (repo / "blobs" / blob).write_bytes(content)
        pointer.symlink_to(Path("../../blobs") / blob)
    return pointer


def flipped(content: bytes) -> bytes:
    changed = bytearray(content)
    changed[5000] ^= 1
    return bytes(changed)


def test_nothing_is_here_at_first() -> None:
    assert find(V6) is None
    assert status(V6).state == "absent"
    assert not hub_cache().exists() and not manifest_path().exists()


def test_a_file_without_any_hash_is_trusted_at_first_and_compared_ever_after(content: bytes) -> None:
    path = cached(hub_cache(), OLD, content)
    assert status(V6).state == "not verified"
    assert load_model("emotion@v6").path == path
    assert status(V6).state == "verified"
    assert recorded(V6).sha256 == hashlib.sha256(content).hexdigest()
    path.write_bytes(flipped(content))
    assert status(V6).state == "changed"
    for name in ("emotion@v6", "auto"):
        with pytest.raises(ModelFileError, match=r"SHA-256 .*models fetch emotion@v6"):
            load_model(name)


def test_a_file_whose_blob_has_its_hash_is_never_trusted_blindly(content: bytes) -> None:
    cached(hub_cache(), OLD, flipped(content), blob=hashlib.sha256(content).hexdigest())
    assert status(V6).state == "changed"
    with pytest.raises(ModelFileError, match="SHA-256"):
        load_model("emotion@v6")
    assert recorded(V6) is None


def test_only_the_first_link_names_the_content(content: bytes, tmp_path: Path) -> None:
    """The client's shared store has files under another hash, to which the blob is a link."""
    right = hashlib.sha256(content).hexdigest()
    path = cached(hub_cache(), OLD, content, blob=right)
    blob = path.parents[2] / "blobs" / right
    store = tmp_path / ("e" * 64)
    blob.rename(store)
    blob.symlink_to(store)
    assert status(V6).state == "verified"
    assert load_model("emotion@v6").sha256 == right


def test_main_comes_first_then_the_newest_then_the_recorded_one_only(content: bytes) -> None:
    old, new = cached(hub_cache(), OLD, content), cached(hub_cache(), NEW, flipped(content))
    os.utime(old.parent, (1, 1))
    assert find(V6).path == new
    refs = hub_cache() / "models--py-feat--emotion_to_mesh" / "refs"
    refs.mkdir()
    (refs / "main").write_text(OLD)
    assert find(V6).path == old
    load_model("emotion@v6")
    (refs / "main").write_text(NEW)
    assert find(V6).path == old
    old.unlink()
    assert find(V6) is None


def test_what_is_pinned_goes_before_what_is_recorded(content: bytes) -> None:
    old, new = cached(hub_cache(), OLD, content), cached(hub_cache(), NEW, flipped(content))
    assert isinstance(V6, HubFile)
    remember(V6, OLD, hashlib.sha256(content).hexdigest(), len(content))
    assert find(V6).path == old
    pinned = dataclasses.replace(V6, revision=NEW, sha256=hashlib.sha256(content).hexdigest())
    assert find(pinned).path == new
    assert status(pinned).state == "changed"


def test_py_feats_own_cache_is_looked_into(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of that name before the installed one: its folder `resources` is where py-feat downloads to."""
    package = tmp_path / "site" / "feat"
    (package / "resources").mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert pyfeat_folder("resources") == package / "resources"
    path = cached(package / "resources", OLD, content, blob=hashlib.sha256(content).hexdigest())
    assert (status(V6).state, status(V6).place) == ("verified", "py-feat")
    model = load_model("auto")
    assert (model.name, model.path) == ("emotion@v6", path)
    mine = cached(hub_cache(), OLD, content)
    assert load_model("emotion@v6").path == mine


def test_a_folder_that_may_not_be_entered_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from huggingface_hub import constants

    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / ("x" * 300)):
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(place))
        assert find(V6) is None


def test_without_links_the_file_itself_is_put_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a Windows whose user may not make links: the cache's client does the same."""

    def refuse(*_: object) -> None:
        raise OSError("a required privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    part, pointer = tmp_path / "blobs" / "etag.incomplete", tmp_path / "snapshots" / NEW / "m.npz"
    part.parent.mkdir()
    part.write_bytes(b"content")
    hub._put(part, part.with_suffix(""), pointer)
    assert pointer.read_bytes() == b"content" and not pointer.is_symlink()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [pointer]
