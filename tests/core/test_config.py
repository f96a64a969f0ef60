"""Every key and every value: accepted where it is right, answered where it is wrong."""

from __future__ import annotations

import contextlib
import inspect
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import realtime
from realtime.core.config import Config, load_config
from realtime.core.errors import ConfigError
from realtime.core.resources import data_dir
from realtime.core.view_state import REMEMBERED

KEYS = [(section, key) for section, field in Config.model_fields.items() for key in field.annotation.model_fields]  # type: ignore[union-attr]
WRONG = {
    "source.width": 3, "source.height": -1, "source.fps": 0, "source.fourcc": "MJPEG", "source.stall_s": 0,
    "detect.tracker": "dlib", "detect.emotion": "guess", "detect.max_faces": 0, "detect.detection_confidence": 2,
    "detect.tracking_confidence": -1, "detect.min_canthal_px": 0, "model.pose": "sideways", "model.max_yaw_deg": 0,
    "model.max_pitch_deg": 91, "model.max_anchor_residual": 0, "model.neutral_s": 0, "view.width": 1,
    "view.height": 1, "view.samples": 3, "view.colour_max": 0, "record.crf": 52, "record.preset": "slowest",
    "source.mirror": "maybe", "source.path": "", "model.names": "",
}  # fmt: skip


def test_the_default_file_spells_out_the_defaults() -> None:
    text = (data_dir("configs") / "default.toml").read_text(encoding="utf-8")
    assert Config.model_validate(tomllib.loads(text)) == Config()
    for section, key in KEYS:
        assert f"{key} = " in text, f"default.toml does not name {section}.{key}"


@pytest.mark.parametrize("name", [path.stem for path in sorted(data_dir("configs").glob("*.toml"))])
def test_every_supplied_file_loads(name: str) -> None:
    load_config(name)


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_a_misspelt_key_is_answered_with_the_right_one(section: str, key: str) -> None:
    with pytest.raises(ConfigError, match=f"'{section}.{key}'"):
        load_config(None, [f"{section}.{key[:-1]}x{key[-1]}=1"])


@pytest.mark.parametrize(("name", "value"), WRONG.items())
def test_a_value_out_of_range_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=name):
        load_config(None, [f"{name}={value!r}" if isinstance(value, str) else f"{name}={value}"])


@pytest.mark.parametrize("text", ["", "model", "model.pose", "=", ".=1", "a.b.c=1", "modl.pose=zero"])
def test_a_malformed_setting_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        load_config(None, [text])


def test_options_win_over_settings_and_settings_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[model]\npose = "zero"\nnames = ["a"]\nneutral_s = 2\n')
    config = load_config(path, ["model.names=b", "model.neutral_s=4"], {"model.names": "c", "model.pose": None})
    assert (config.model.pose, config.model.names, config.model.neutral_s) == ("zero", ("c",), 4)


@pytest.mark.parametrize("content", [b"[model", b"\xff\xfe", b"model = 3"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"broken\.toml"):
        load_config(path)


def test_a_missing_file_tells_what_there_is() -> None:
    with pytest.raises(ConfigError, match="low-power"):
        load_config("lowpower")


def test_a_camera_index_needs_no_quotes() -> None:
    assert load_config(None, ["source.path=1"]).source.path == "1"


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_either_a_setting_or_a_config_error(key: str, value: str) -> None:
    with contextlib.suppress(ConfigError):
        load_config(None, [f"{key}={value}"])


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_every_setting_is_read_by_the_program(section: str, key: str) -> None:
    package = Path(realtime.__file__).parent
    code = "\n".join(p.read_text(encoding="utf-8") for p in package.rglob("*.py") if p.name != "config.py")
    section_itself = inspect.getsource(Config.model_fields[section].annotation)
    if section == "view" and key in REMEMBERED:  # the window's state has them all by their names
        return
    # As `config.section.key`, as `section.key` of a section that was taken out first, or by a method of the section.
    read = re.search(rf"\b{section}\.{key}\b", code) or re.search(rf"\bself\.{key}\b", section_itself)
    assert read or (section in ("record", "stream") and re.search(rf"\bconfig\.{key}\b", code))


def test_settings_survive_the_way_to_another_process() -> None:
    config = load_config(None, ["record.folder=recordings", "detect.task_file=a.task"])
    assert Config.model_validate_json(config.model_dump_json()) == config
