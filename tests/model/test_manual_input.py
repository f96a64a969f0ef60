"""Settings by hand: what setting one feature does to the others, and their TOML."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.core.errors import SettingError
from realtime.core.resources import pyfeat_file
from realtime.core.types import EMOTIONS
from realtime.model import (
    BUILT_IN,
    POSE_RANGE_DEG,
    InputRanges,
    LinearMeshModel,
    ManualInput,
    format_manual_input,
    load_model,
    parse_manual_input,
    read_manual_input,
)
from realtime.model.file import read_model
from realtime.model.manual_input_toml import ModelOrigin

EMOTION = load_model(BUILT_IN)
UNITS = read_model(pyfeat_file("resources/au_to_mesh_pls_v4.npz"))
MODELS = st.sampled_from([EMOTION, UNITS])
SHARE = 1e-4  # shares are whole numbers of it


def without_neutral() -> LinearMeshModel:
    names = tuple(name for name in EMOTIONS if name != "neutral")
    rows = [EMOTION.feature_columns.index(name) for name in names] + [7, 8, 9]
    return EMOTION.replaced(feature_columns=names, coef=EMOTION.coef[rows], neutral_mesh=None)


@given(st.lists(st.tuples(st.sampled_from(EMOTIONS), st.floats(-0.5, 1.5)), min_size=1, max_size=30))
def test_probabilities_sum_to_one_whatever_is_dragged(drags: list[tuple[str, float]]) -> None:
    dials = InputRanges(EMOTION)
    setting = dials.rest
    for name, asked in drags:
        before, setting = setting, dials.put(setting, name, asked, share=True)
        values = setting.features
        assert sum(values.values()) == pytest.approx(1.0, abs=1e-12)
        assert min(values.values()) >= 0.0 and max(values.values()) <= 1.0
        assert values[name] == pytest.approx(min(max(asked, 0.0), 1.0), abs=SHARE)
        others = {other: value for other, value in before.features.items() if other != name}
        if sum(others.values()) > 0:  # the rest keep their proportions
            factor = (1.0 - values[name]) / sum(others.values())
            for other, old in others.items():
                assert values[other] == pytest.approx(old * factor, abs=1.01 * SHARE)


@given(st.lists(st.floats(0, 1), min_size=7, max_size=7))
def test_any_values_can_be_brought_to_a_sum_of_one(values: list[float]) -> None:
    dials = InputRanges(EMOTION)
    given_ = ManualInput(dict(zip(EMOTIONS, values, strict=True)), dials.rest.pose_deg)
    found = dials.normalized(given_)
    assert dials.sums_to_one(found) and min(found.features.values()) >= 0
    total = sum(values)
    if total > 1e-6:
        for name, value in given_.features.items():
            assert found.features[name] == pytest.approx(value / total, abs=1.01 * SHARE)


def test_what_nobody_takes_goes_to_neutral() -> None:
    dials = InputRanges(EMOTION)
    happy = dials.put(dials.rest, "happiness", 1.0, share=True)
    assert dials.put(happy, "happiness", 0.25, share=True).features["neutral"] == 0.75
    lowered = dials.put(dials.rest, "neutral", 0.4, share=True).features  # and neutral's own rest to all alike
    assert {lowered[name] for name in EMOTIONS if name != "neutral"} == {0.1}


def test_a_model_without_neutral_may_leave_something_over() -> None:
    dials = InputRanges(without_neutral())
    assert set(dials.rest.features.values()) == {0.0}
    half = dials.put(dials.rest, "fear", 0.5, share=True)
    assert sum(half.features.values()) == 0.5 and dials.sums_to_one(half)
    over = dials.put(dials.put(half, "anger", 0.4, share=True), "sadness", 0.6, share=True)
    assert sum(over.features.values()) == pytest.approx(1.0)


def test_without_sharing_nothing_else_moves_and_ranges_hold() -> None:
    p99 = np.linspace(0.0, 1.9, 20).astype(np.float32)
    model = UNITS.replaced(feature_p99=p99, unsupported_features=("au12",))
    dials = InputRanges(model)
    assert dials.unsupported == {"AU12"} and not dials.probabilities
    assert dials.upper["AU01"] == 1.0  # no range at all would be no slider
    assert dials.upper["AU02"] == pytest.approx(0.1) and dials.highest("AU02") == 1.0
    assert dials.highest("AU43") == pytest.approx(1.9)
    moved = dials.put(dials.rest, "AU02", 7.0, share=False)
    assert {name for name, value in moved.features.items() if value} == {"AU02"} and moved.features["AU02"] == 1.0


def test_tidied_is_short_and_still_sums_to_one() -> None:
    dials = InputRanges(EMOTION)
    third = ManualInput(dict.fromkeys(EMOTIONS, 1 / 7), {"pitch": 1.23456, "yaw": 0.0, "roll": 1e-17})
    found = dials.tidied(third)
    assert sum(found.features.values()) == pytest.approx(1.0, abs=1e-12) and dials.tidied(found) == found
    assert max(len(repr(value)) for value in found.features.values()) <= 6
    assert found.pose_deg == {"pitch": 1.23, "yaw": 0.0, "roll": 0.0}
    units = InputRanges(UNITS)
    assert units.tidied(units.put(units.rest, "AU12", 5.55e-17, share=False)) == units.rest


@pytest.mark.parametrize("share", [True, False])
def test_random_settings_lie_in_range(share: bool) -> None:
    for model in (EMOTION, UNITS):
        dials = InputRanges(model)
        drawn = [dials.random(dials.rest, np.random.default_rng(seed), share=share) for seed in range(30)]
        for setting in drawn:
            assert all(0 <= value <= dials.upper[name] for name, value in setting.features.items())
            assert not share or sum(setting.features.values()) == pytest.approx(1.0)
        assert len({tuple(setting.features.values()) for setting in drawn}) > 25


@st.composite
def any_setting(draw: st.DrawFn) -> tuple[LinearMeshModel, ManualInput]:
    model = draw(MODELS)
    features = {name: draw(st.floats(0, 1)) for name in model.feature_columns}
    return model, ManualInput(features, {name: draw(st.floats(-90, 90)) for name in POSE_RANGE_DEG})


@given(any_setting(), st.text(max_size=30))
def test_the_document_comes_back_bit_for_bit(made: tuple[LinearMeshModel, ManualInput], name: str) -> None:
    model, setting = made
    model = model.replaced(name=name, sha256="ab" * 32)
    text = format_manual_input(setting, model)
    assert parse_manual_input(text, model, InputRanges(model).rest) == (
        setting,
        ModelOrigin(**{"model": "", "sha256": "", "labels": "", **tomllib.loads(text)["whatif"]}),
    )
    mesh = model.predict(setting.features, setting.pose)
    np.testing.assert_array_equal(
        mesh, model.predict(parse_manual_input(text, model, setting)[0].features, setting.pose)
    )


def test_the_document_is_the_documented_one() -> None:
    text = format_manual_input(InputRanges(EMOTION).rest.with_pose("yaw", -12.5), EMOTION.replaced(sha256="00"))
    assert text == (
        '[whatif]\nmodel = "emotion@built-in"\nsha256 = "00"\n\n[features]\nanger = 0.0\ndisgust = 0.0\nfear = 0.0\n'
        "happiness = 0.0\nsadness = 0.0\nsurprise = 0.0\nneutral = 1.0\n\n[pose_deg]\npitch = 0.0\nyaw = -12.5\n"
        "roll = 0.0\n"
    )


def test_a_part_sets_its_group_and_leaves_the_other() -> None:
    present = InputRanges(EMOTION).rest.with_pose("roll", 5.0)
    for text in ("[features]\nHappy = 0.25", "happiness = 0.25", "  HAPPINESS=0.25 # half way"):
        found, made_with = parse_manual_input(text, EMOTION, present)
        assert found.pose_deg == present.pose_deg and made_with == ModelOrigin("", "", "")
        assert found.features == {**dict.fromkeys(EMOTIONS, 0.0), "happiness": 0.25}
    found, _ = parse_manual_input("[pose_deg]\nPitch = 3", EMOTION, present)
    assert found == ManualInput(present.features, {"pitch": 3.0, "yaw": 0.0, "roll": 0.0})
    both, _ = parse_manual_input("yaw = -4\nau1 = 1", UNITS, InputRanges(UNITS).rest)
    assert both.pose_deg["yaw"] == -4.0 and both.features["AU01"] == 1.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "neither"),
        ("[features]\n[pose_deg]\n", "neither"),
        ("hello", "not readable as TOML"),
        ("happiness = 0.5\nhappiness = 0.6", "not readable"),
        ("fear = 0.5\nanger = x", "line 2"),
        ("[features]\nhappines = 1", "Did you mean 'happiness'"),
        ("[feature]\nhappiness = 1", "Did you mean 'features'"),
        ("[pose_deg]\npich = 1", "Did you mean 'pitch'"),
        ("[whatif]\nmodle = 'x'", "Did you mean 'model'"),
        ("[whatif]\nmodel = 3\n[features]\nfear = 1", "quotes"),
        ("features = 3", "table"),
        ("Happy = 0.1\nhappiness = 0.2", "twice"),
        ("Yaw = 1\nyaw = 2", "twice"),
        ("fear = 1.01", "outside 0 to 1"),
        ("fear = -0.1", "outside 0 to 1"),
        ("yaw = 90.5", "outside -90 to 90"),
        ("fear = nan", "outside"),
        ("fear = inf", "outside"),
        ("fear = 1e999", "outside"),
        ("fear = 1" + 400 * "0", "outside"),
        ("fear = " + 5000 * "1", "not readable"),
        ("fear = true", "number"),
        ("fear = '1'", "number"),
        ("fear = 1979-05-27", "number"),
        ("fear = " + 5000 * "[", "not readable"),
        (70_000 * "#", "characters"),
        ("'a\\u0000\\n b' = 1".replace("'", '"'), "no feature"),
    ],
)
def test_what_is_no_setting_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(SettingError) as caught:
        parse_manual_input(text, EMOTION, InputRanges(EMOTION).rest)
    assert words in str(caught.value)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 160


def in_one_line_or_a_setting(text: str, model: LinearMeshModel) -> None:
    dials = InputRanges(model)
    try:
        found, _ = parse_manual_input(text, model, dials.rest)
    except SettingError as error:
        assert str(error).isprintable()
        return
    assert all(0 <= value <= dials.highest(name) for name, value in found.features.items())
    assert set(found.features) == set(model.feature_columns) and set(found.pose_deg) == set(POSE_RANGE_DEG)
    assert model.predict(found.features, found.pose).shape == (478, 3)


@settings(max_examples=300)
@given(st.text(max_size=200), MODELS)
def test_text_of_any_kind_raises_the_one_error_only(text: str, model: LinearMeshModel) -> None:
    in_one_line_or_a_setting(text, model)


@settings(max_examples=300)
@given(st.data(), MODELS)
def test_so_does_a_document_with_something_in_it_changed(data: st.DataObject, model: LinearMeshModel) -> None:
    text = format_manual_input(InputRanges(model).rest, model)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(st.text('[]="\\.\n019enaif_' + "Aé\x00", max_size=6)) + text[at + length :]
    in_one_line_or_a_setting(text, model)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00" * 100, None, 10_000_000 * b"#"])
def test_a_file_that_is_no_setting_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "s.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingError, match=r"s\.toml: "):
        read_manual_input(path, EMOTION)
    with pytest.raises(SettingError):
        read_manual_input(Path("a\0b"), EMOTION)


def test_a_file_written_by_an_editor_on_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(b"\xef\xbb\xbf[features]\r\nSad = 1\r\n")
    assert read_manual_input(path, EMOTION)[0].features["sadness"] == 1.0


def test_a_setting_says_with_which_model_it_was_made() -> None:
    """Another model, another file of its name, other labels: each is told, since the face is another one."""
    filed = EMOTION.replaced(sha256="a" * 64)
    repaired = filed.replaced(label_repair={"anger": "neutral", "neutral": "anger"})

    def told(made: LinearMeshModel, pasted: LinearMeshModel) -> str:
        setting = InputRanges(made).rest
        return parse_manual_input(format_manual_input(setting, made), pasted, setting)[1].unlike(pasted)

    assert told(filed, filed) == told(repaired, repaired) == told(EMOTION, EMOTION) == ""
    assert "emotion@built-in" in told(filed, filed.replaced(name="another"))
    assert "another file" in told(filed, filed.replaced(sha256="b" * 64))
    assert "as filed" in told(filed, repaired) and "repaired" in told(repaired, filed)
    assert parse_manual_input("happiness = 1", repaired, InputRanges(repaired).rest)[1].unlike(repaired) == ""
