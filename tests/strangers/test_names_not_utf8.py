"""Names of files that are not UTF-8, such as an unpacked archive of another system leaves: they work everywhere."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from common import Runner, clip, needs_bundled
from hypothesis import given
from hypothesis import strategies as st
from remade import copied

from realtime.core.config import Config, load_config
from realtime.core.errors import ConfigError
from realtime.core.resources import pyfeat_file
from realtime.core.types import SourceInfo
from realtime.session import open as open_session

LATIN = os.fsdecode(b"caf\xe9")
SHOWN = r"caf\xe9"
LIVE = ("live", "--headless", "--frames", "3", "--set", "detect.tracker=bundled")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with such a name, in the folder in which commands run."""
    made = tmp_path / LATIN
    try:
        made.mkdir()
    except OSError:
        pytest.skip("the file system takes no such names")
    return made


@needs_bundled
def test_recorded_replayed_and_exported(folder: Path, meshmirror: Runner) -> None:
    shutil.copy(clip("single_face.mp4"), folder / f"{LATIN}.mp4")
    shutil.copy(pyfeat_file("resources/au_to_mesh_pls_v4.npz"), folder / f"{LATIN}.npz")
    (folder / f"{LATIN}.toml").write_text('[view]\nstyle = "points"\n', encoding="utf-8")
    given = ("--source", f"{LATIN}/{LATIN}.mp4", "--model", f"{LATIN}/{LATIN}.npz", "--config", f"{LATIN}/{LATIN}.toml")
    done = meshmirror(*LIVE, *given, "--record", f"{LATIN}/anna", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["source"] == f"{SHOWN}.mp4" and report["models"][0]["name"] == SHOWN
    assert report["outputs"] == [f"{SHOWN}/anna"]

    session = open_session(folder / "anna")
    info = session.parts[0].info
    assert info.source == f"{SHOWN}.mp4" and info.models[0].given == f"{SHOWN}.npz"
    info.model_dump_json().encode()
    json.loads((folder / "anna" / "session.json").read_text(encoding="utf-8"))
    session.close()

    assert meshmirror("replay", f"{LATIN}/anna", "--headless").returncode == 0  # with the model of that name
    for kind, suffix in (("csv", ".csv"), ("fex", ".fex"), ("parquet", ".parquet")):
        out = f"{LATIN}/{LATIN}{suffix}"
        done = meshmirror("export", f"{LATIN}/anna", "--to", kind, "--out", out, "--json")
        assert done.returncode == 0 and "exists" not in done.stderr, done.stderr
        assert json.loads(done.stdout)["outputs"][0] == f"{SHOWN}/{SHOWN}{suffix}"
        assert (folder / f"{LATIN}{suffix}").stat().st_size


@pytest.mark.parametrize(
    "args",
    [
        ("replay", f"{LATIN}/anna", "--headless", "--json"),
        ("recover", f"{LATIN}/anna", "--json"),
        ("export", f"{LATIN}/anna", "--to", "session", "--out", f"{LATIN}/part", "--json"),
        ("export", f"{LATIN}/anna", "--to", "csv", "--anonymous", "--out", f"{LATIN}/{LATIN}.csv", "--json"),
        ("models", "show", f"{LATIN}/{LATIN}.npz", "--json"),
        ("models", "check", f"{LATIN}/{LATIN}.npz", "--out", f"{LATIN}/{LATIN}.png", "--json"),
        ("atlas", "--model", f"{LATIN}/{LATIN}.npz", "--features", "AU12", "--out", f"{LATIN}/{LATIN}.png", "--json"),
        ("whatif", "--headless", "--model", f"{LATIN}/{LATIN}.npz", "--json"),
    ],
    ids=lambda args: " ".join(args[:1]) if isinstance(args, tuple) else "",
)
def test_sessions_and_models_below_such_a_folder(args: tuple[str, ...], folder: Path, meshmirror: Runner) -> None:
    copied(folder / "anna")
    shutil.copy(pyfeat_file("resources/au_to_mesh_pls_v4.npz"), folder / f"{LATIN}.npz")
    done = meshmirror(*args)
    assert done.returncode == 0, done.stderr
    assert "exists" not in done.stderr
    assert json.dumps(SHOWN).strip('"') in done.stdout or '"anna"' in done.stdout
    json.loads(done.stdout)
    done.stdout.encode()


@pytest.mark.parametrize(
    ("code", "args"),
    [
        (3, (*LIVE, "--source", f"{LATIN}.mp4")),
        (2, (*LIVE, "--source", f"http://127.0.0.1:1/{LATIN}")),
        (2, (*LIVE, "--source", "x.mp4", "--record", LATIN)),
        (2, (*LIVE, "--config", f"{LATIN}.toml")),
        (2, (*LIVE, "--set", f"view.style={LATIN}")),
        (2, (*LIVE, "--set", f"{LATIN}.style=1")),
        (2, (*LIVE, f"--{LATIN}")),
        (4, (*LIVE, "--source", "x.mp4", "--set", "detect.tracker=task", "--set", f"detect.task_file={LATIN}")),
        (4, (*LIVE, "--source", "x.mp4", "--emotion", "pyfeat", "--set", f"detect.pyfeat_weights={LATIN}")),
        (4, ("whatif", "--headless", "--model", f"{LATIN}.npz")),
        (4, ("whatif", "--headless", "--set-from", f"{LATIN}.toml")),
        (4, ("replay", LATIN, "--headless")),
        (4, ("export", LATIN, "--to", "csv")),
        (4, ("recover", LATIN)),
        (2, ("models", "show", LATIN)),
        (2, ("models", "fetch", LATIN)),
        (2, ("atlas", "--features", LATIN)),
    ],
)
def test_what_is_not_there_or_refused_is_named(
    code: int, args: tuple[str, ...], tmp_path: Path, meshmirror: Runner
) -> None:
    if "x.mp4" in args:
        shutil.copy(clip("single_face.mp4"), tmp_path / "x.mp4")
    done = meshmirror(*args, "--json")
    assert done.returncode == code, done.stderr
    assert r"\xe9" in done.stderr and done.stderr.count("error") == 1
    if done.stdout:
        json.loads(done.stdout)


@given(st.text(st.characters(exclude_categories=()), min_size=1).filter(str.strip))
def test_a_setting_holds_any_path_and_is_stored_as_valid_text(name: str) -> None:
    config = load_config(options={"source.path": name, "model.names": [name], "record.path": Path(f"./{name}")})
    assert config.source.path == name and config.model.names == (name,)
    config.model_dump_json().encode()
    stored = config.model_dump(mode="json")
    json.dumps(stored, ensure_ascii=False).encode()
    assert Config.model_validate(stored)
    SourceInfo(name, False, None, None, None).name.encode()


@pytest.mark.parametrize("value", [3.5, [], {"a": 1}, True])
@pytest.mark.parametrize("key", ["record.path", "detect.task_file"])
def test_a_path_in_the_settings_is_a_text(key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=key):
        load_config(options={key: value})
