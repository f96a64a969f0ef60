"""Neutrals that are kept for people: whole and private, or refused with the reason; names lead nowhere else."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime.core.errors import UsageError
from realtime.core.neutral import Finding, NeutralInfo, person_name
from realtime.core.types import Identity, Pose, PoseResponse
from realtime.geometry.model_frame import ModelFrame
from realtime.model import load_model
from realtime.session.neutral_file import (
    NeutralFileError,
    SavedNeutral,
    UnreadableNeutral,
    load_neutral,
    neutral_path,
    neutrals_folder,
    remove_neutral,
    save_neutral,
    saved_neutrals,
)

FOUND = Finding("smile", "smile: 0.9 of a full one, limit 0.5", 0.9, 0.5, "full smiles")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def frame() -> ModelFrame:
    model = load_model("emotion@built-in")
    return ModelFrame(model.anchors, model.anchor_indices)


def identity(person: str = "Anna", seed: int = 1) -> Identity:
    mesh = np.random.default_rng(seed).normal(size=(478, 3)).astype(np.float32)
    info = NeutralInfo("2026-11-28T20:58:04.864+00:00", "bundled", person, (FOUND,), repeatability_nme=0.30)
    return Identity(np.zeros_like(mesh), mesh, 0.27, 90, 1.1, 3.0, Pose(-0.1, 0.05, 0.01), info=info)


def test_what_is_kept_is_read_as_it_was(frame: ModelFrame) -> None:
    assert load_neutral("Anna") is None
    mine = identity()
    path = save_neutral(mine, frame, "emotion@built-in")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    found = load_neutral("anna ")
    assert found is not None
    np.testing.assert_array_equal(found.identity.neutral_canon, mine.neutral_canon)
    assert found.info == replace(mine.info, saved=True) and found.identity.rest == mine.rest  # type: ignore[type-var]
    assert (found.identity.frames, found.identity.seconds, found.identity.noise_nme) == (90, 3.0, 0.27)
    assert found.frame.key == frame.key and found.frame.same_as(frame) and found.model == "emotion@built-in"
    assert len(list(neutrals_folder().iterdir())) == 1, "nothing of the write is left"


def test_a_pose_response_is_kept_with_its_neutral(frame: ModelFrame) -> None:
    slopes = np.random.default_rng(2).normal(size=(3, 478, 3)).astype(np.float32)
    rest, low, high = Pose(-0.1, 0.05, 0.01), Pose(-0.3, -0.2, 0.01), Pose(0.2, 0.3, 0.01)
    response = PoseResponse(slopes, rest, (True, True, False), low, high, 0.01, 34.2, 8.4, 150, 5.0)
    save_neutral(replace(identity(), response=response), frame, "m")
    found = load_neutral("Anna")
    assert found is not None and found.identity.response is not None
    np.testing.assert_array_equal(found.identity.response.slopes_canon, slopes)
    for name in ("rest", "known", "low", "high", "ridge", "held_out_percent", "held_out_error", "frames", "seconds"):
        assert getattr(found.identity.response, name) == getattr(response, name), name


NAMES = [
    "../../etc/passwd", "a/b\\c", "..", "CON", "con.json", "Björn Ångström", "名前", ".hidden", "a" * 100, "%s{}$(x)",
]  # fmt: skip


def test_no_name_leads_out_of_the_folder_and_no_two_share_a_file(frame: ModelFrame) -> None:
    for name in NAMES:
        path = save_neutral(identity(name), frame, "m")
        assert path.parent == neutrals_folder() and path.name.isascii() and len(path.name) < 64
        assert not path.name.startswith(".") and path.name.split("-")[0].isalnum()
    kept = [one.info.person for one in saved_neutrals() if isinstance(one, SavedNeutral)]
    assert sorted(kept) == sorted(NAMES) and len(set(map(neutral_path, NAMES))) == len(NAMES)
    for name in NAMES:
        assert remove_neutral(name) == neutral_path(name)
    assert saved_neutrals() == []


@pytest.mark.parametrize("name", ["", "   ", "a\x1b[2Jb", "a\nb", "a\u202eb", "x" * 101, "a\x00"])
def test_names_that_are_none_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a name"):
        person_name(name)
    with pytest.raises(UsageError):
        remove_neutral(name)


def test_who_is_not_there_cannot_be_removed_and_those_who_are_are_named(frame: ModelFrame) -> None:
    save_neutral(identity("Anna"), frame, "m")
    with pytest.raises(UsageError, match=r"No neutral of 'Ben' is kept\. Known: Anna"):
        remove_neutral("Ben")


def damaged(change: Any) -> Any:
    return lambda tree: tree.update(change) if isinstance(change, dict) else change(tree)


BAD: dict[str, tuple[Any, str]] = {
    "newer": (damaged({"version": 2}), "version 2 of a newer program"),
    "another file": (damaged({"format": "something"}), "damaged: format"),
    "wrong shape": (lambda tree: tree["neutral"].pop(), "damaged: neutral"),
    "two coordinates": (lambda tree: tree["neutral"][7].pop(), "damaged: neutral"),
    "beyond float32": (lambda tree: tree["neutral"][7].__setitem__(0, 1e39), "not finite"),
    "text for a number": (lambda tree: tree["neutral"][7].__setitem__(0, "1"), "damaged: neutral"),
    "another frame": (lambda tree: tree["frame"]["anchors"][0].__setitem__(0, 1.0), "does not have the key"),
    "anchors without landmarks": (lambda tree: tree["frame"]["indices"].pop(), "as many anchors"),
    "an unknown finding": (damaged({"findings": [{"kind": "bad"}]}), "a finding"),
    "control characters": (damaged({"tracker": "a\x1b[2J"}), "control characters"),
    "one more key": (damaged({"more": 1}), "damaged: more"),
    "no frames": (damaged({"frames": 0}), "damaged: frames"),
}


@pytest.mark.parametrize("which", BAD)
def test_a_file_that_is_not_acceptable_is_refused_with_the_reason(which: str, frame: ModelFrame) -> None:
    change, reason = BAD[which]
    path = save_neutral(identity(), frame, "m")
    tree = json.loads(path.read_bytes())
    change(tree)
    path.write_text(json.dumps(tree))
    with pytest.raises(NeutralFileError, match=reason) as caught:
        load_neutral("Anna")
    assert str(path) in str(caught.value) and caught.value.exit_code == 4
    (listed,) = saved_neutrals()
    assert isinstance(listed, UnreadableNeutral) and listed.path == path
    save_neutral(identity(), frame, "m")
    assert load_neutral("Anna") is not None, "a new one replaces it"


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 10_000, b"\xff\xfe", b'{"neutral": NaN}', b" " * (1 << 21)])
def test_bytes_that_are_no_neutral_are_refused(content: bytes, frame: ModelFrame) -> None:
    path = save_neutral(identity(), frame, "m")
    path.write_bytes(content)
    with pytest.raises(NeutralFileError):
        load_neutral("Anna")


def test_every_truncation_is_refused(frame: ModelFrame) -> None:
    path = save_neutral(identity(), frame, "m")
    content = path.read_bytes()
    for length in range(0, len(content), 997):
        path.write_bytes(content[:length])
        with pytest.raises(NeutralFileError):
            load_neutral("Anna")


def test_a_file_under_the_name_of_another_person_is_not_used(frame: ModelFrame) -> None:
    path = save_neutral(identity("Anna"), frame, "m")
    path.rename(neutral_path("Ben"))
    with pytest.raises(NeutralFileError, match="not of Ben"):
        load_neutral("Ben")
    (listed,) = saved_neutrals()
    assert isinstance(listed, UnreadableNeutral)
