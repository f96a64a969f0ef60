"""Exported heads before the glTF validator of the Khronos Group, and in three.js."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from chromium import Tab, chromium
from common import Once, needs_bundled
from glb_reader import read_glb
from npm import THREE, VALIDATOR, npm_folder, validated
from three_page import write_page

from realtime.core.config import load_config
from realtime.export.exporter import ExportOptions, export
from realtime.export.figures.atlas_options import AtlasOptions
from realtime.export.gltf.atlas_head import make_atlas_head

Record = Callable[..., Path]


@pytest.fixture(scope="module")
def modules(once: Once) -> Path:
    """`node_modules` with the validator and three.js."""
    return once("npm", lambda folder: npm_folder(folder, VALIDATOR, THREE)) / "node_modules"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with chromium(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def shown(tab: Tab, code: str) -> np.ndarray:
    """The page after some code, (height, width, 3)."""
    tab.run(code)
    return cv2.imdecode(np.frombuffer(tab.picture(), np.uint8), cv2.IMREAD_COLOR).astype(int)


def faults(modules: Path, path: Path) -> list[str]:
    report = validated(modules, path)
    assert report["info"]["version"] == "2.0" and not report["issues"]["truncated"]
    assert report["info"]["totalVertexCount"] > 2000
    return [f"{one['severity']} {one['code']}: {one['message']}" for one in report["issues"]["messages"]]


def atlas(path: Path, model: str = "emotion@built-in") -> Path:
    make_atlas_head(load_config(None, [], {"model.names": model}), AtlasOptions(path), print)
    return path


def test_the_validator_finds_faults_where_there_are_some(modules: Path, tmp_path: Path) -> None:
    content = atlas(tmp_path / "a.glb").read_bytes()
    (tmp_path / "bad.glb").write_bytes(content.replace(b'"type":"VEC3"', b'"type":"VEC2"', 1))
    assert validated(modules, tmp_path / "bad.glb")["issues"]["numErrors"] > 0


@pytest.mark.parametrize("model", ["emotion@built-in", "au@v4"])
def test_a_model_passes_the_validator(model: str, modules: Path, tmp_path: Path) -> None:
    assert faults(modules, atlas(tmp_path / "a.glb", model)) == []


@needs_bundled
def test_sessions_pass_the_validator(modules: Path, inverse_folder: Path, gone_folder: Path, tmp_path: Path) -> None:
    for at, (folder, times) in enumerate(
        ((inverse_folder, (None, None)), (inverse_folder, (1.0, 1.02)), (gone_folder, (None, None)))
    ):
        path = tmp_path / f"{at}.glb"
        export(folder, ExportOptions("glb", path, *times), print)
        assert faults(modules, path) == []


def test_three_js_shows_a_model_and_its_morphs(modules: Path, browser: Tab, tmp_path: Path) -> None:
    write_page(tmp_path / "page.html", modules / "three", atlas(tmp_path / "a.glb"))
    browser.open(tmp_path / "page.html")
    assert browser.run("window.ready") is True and browser.problems == []
    names = read_glb(tmp_path / "a.glb").names("emotion@built-in")
    assert browser.run("faces.map(face => Object.keys(face.morphTargetDictionary))") == [names] * 4
    rest = shown(browser, "turn(0)")
    face = (np.abs(rest - rest[2, 2]).max(axis=-1) > 12).mean()
    assert 0.05 < face < 0.5
    for name in names:
        moved = shown(browser, f"morph('{name}', 1)")
        assert (np.abs(moved - rest).max(axis=-1) > 12).mean() > 0.01, name
        browser.run(f"morph('{name}', 0)")
    assert np.array_equal(shown(browser, "turn(0)"), rest)


@needs_bundled
def test_three_js_plays_a_session_and_hides_who_is_gone(
    modules: Path, browser: Tab, gone_folder: Path, tmp_path: Path
) -> None:
    report = export(gone_folder, ExportOptions("glb", tmp_path / "a.glb"), print).to_json()
    write_page(tmp_path / "page.html", modules / "three", tmp_path / "a.glb")
    browser.open(tmp_path / "page.html")
    assert browser.run("window.ready") is True and browser.problems == []
    assert browser.run("gltf.animations[0].duration") == pytest.approx(report["seconds"], abs=1e-3)
    assert browser.run("gltf.animations.map(one => one.name)") == ["session"]
    assert browser.run("gltf.scene.children.map(one => one.name)") == ["observed", "predicted"]
    empty = shown(browser, "seek(0.1)")
    assert np.abs(empty - empty[2, 2]).max() == 0, "no face yet"
    picture = shown(browser, f"seek({report['seconds']} - 0.5)")
    drawn = np.abs(picture - picture[2, 2]).max(axis=-1) > 12
    left, right = drawn[:700, :450].mean(), drawn[:700, 450:900].mean()
    assert left > 0.05 and right > 0.05 and abs(left / right - 1) < 0.5, "two heads side by side"
