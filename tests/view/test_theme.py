"""The colours of the window: contrasts of the themes, and of every text that is drawn with what it is drawn on."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations, count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hand import OFFERS
from sight import EYES, contrast, linear, oklab

import realtime
from realtime.core.config import load_config
from realtime.core.errors import ConfigError
from realtime.core.frame_result import Chosen, FrameResult
from realtime.core.status import AnnotationView, Notification, Playback, Status
from realtime.core.view_options import Card, Overlay, Theme, View
from realtime.core.view_state import ViewState
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.paint import system_theme, theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color
from realtime.view.screen.offscreen import Offscreen

GROUNDS = ("GROUND_TOP", "GROUND_BOTTOM", "CARD", "CARD_LIT")
TEXTS = ("TEXT", "TEXT_SOFT", "TEXT_FAINT", "ACCENT", "GOOD", "WARN", "BAD", "MARK")
PLOTTED = (
    "ACCENT", "MUTED_BAR", "SERIES_RAW", "SERIES_ADJUSTED", "SERIES_MEAN", "SERIES_NEUTRAL", "MARK", "WARN",
    "PART_TRACKER", "PART_IDENTITY", "PART_POSE", "PART_NOISE",
)  # fmt: skip
SAME = {"SKIN", "UNCOLORED", "DIM_FACE", "SCLERA", "IRIS", "INSIDE", "ARROW", "ARROW_RIM", "DARK", "LIGHT", "GROUNDS",
        "ON_PICTURE", "ON_PICTURE_STRONG", "ON_PICTURE_POINT", "SEVEN_NAMES"}  # fmt: skip


@pytest.fixture(autouse=True)
def _dark_again() -> Iterator[None]:
    yield
    theme.use("dark")


def rgb(name: str) -> np.ndarray:
    return np.array(getattr(theme, name)[:3])


@pytest.mark.parametrize("name", ["dark", "light"])
def test_every_text_is_read_on_every_ground_and_what_is_plotted_is_seen_on_a_card(name: theme.ThemeName) -> None:
    theme.use(name)
    for text in TEXTS:
        for ground in GROUNDS:
            assert contrast(rgb(text), rgb(ground)) >= 4.5, f"{text} on {ground}"
    for plotted in PLOTTED:
        assert contrast(rgb(plotted), rgb("CARD")) >= 3.0, plotted
    for series in (*theme.MODELS, *theme.PINS, *theme.FACES, *theme.SEVEN.values()):
        assert contrast(np.array(series[:3]), rgb("CARD")) >= 3.0, series
    strong = np.array(theme.GROUND_TOP[:3])  # the ink of a filled badge
    assert min(contrast(strong, rgb(text)) for text in ("WARN", "BAD", "GOOD", "ACCENT")) >= 4.5


@pytest.mark.parametrize("name", ["dark", "light"])
def test_colours_of_a_series_are_told_apart_by_all_eyes(name: theme.ThemeName) -> None:
    theme.use(name)
    for series, least in ((theme.SEVEN.values(), 0.09), (theme.PINS, 0.055), (theme.MODELS, 0.09), (theme.FACES, 0.09)):
        for eye in EYES.values():
            seen = [oklab(linear(np.array(color[:3])) @ eye.T) for color in series]
            assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > least


@pytest.mark.parametrize("code", ["#00B140", "#0047BB", "#FF00FF", "#808080", "#FFFFFF", "#000000", "#7A7A00"])
def test_texts_are_read_on_any_even_ground(code: str) -> None:
    theme.use("dark", theme.color(code))
    for text in TEXTS:
        assert contrast(rgb(text), np.array(theme.color(code)[:3])) >= 4.49, text


def test_no_colour_of_a_theme_is_read_before_something_is_drawn() -> None:
    """Where a module, a class or a default is made, the theme that will be drawn with is not known."""
    package = Path(realtime.__file__).parent
    found = []
    for path in sorted(package.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.name != "theme.py" and "theme" in text:
            found += [f"{path.relative_to(package)}:{line} {name}" for line, name in early(ast.parse(text))]
    assert not found, found
    assert early(ast.parse("from x import theme\ndef f(ink=theme.TEXT): ...\n")) == [(2, "TEXT")]
    assert early(ast.parse("def f():\n    return theme.TEXT, theme.SKIN\n")) == []


def early(tree: ast.AST) -> list[tuple[int, str]]:
    """Line and name of the theme's colours that are read when a module is imported."""
    found = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            defaults = [*node.args.defaults, *(default for default in node.args.kw_defaults if default is not None)]
            for part in [*defaults, *getattr(node, "decorator_list", [])]:
                visit(part)
            return
        of_theme = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "theme"
        if of_theme and node.attr.isupper() and not node.attr.startswith("SIZE_") and node.attr not in SAME:
            found.append((node.lineno, node.attr))
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(tree)
    return found


# What is drawn --------------------------------------------------------------------------------------------------------

SIZE = (1280, 720)
STATES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as it begins": ({}, {}),
    "panel": ({"panel": True}, {"offers": OFFERS, "emotion_hint": "meshmirror models fetch appearance"}),
    "recording": ({}, {"recording_s": 12.0, "notifications": (Notification("kind", "A line that was said."),)}),
    "replay": (
        {"cards": (Card.RESIDUAL, Card.EMOTIONS, Card.PINS), "pins": (61, 291)},
        {
            "playback": Playback(3.0, 16.0, 90, 400, True, 1.0, False, 0.0, 16.0),
            "marks": (AnnotationView("event", 3.3, 3.3, "smile"), AnnotationView("exclude", 6.0, 8.0, "looks away")),
        },
    ),
    "help": ({"help": True}, {}),
    "all views": ({"views": tuple(View)[:6], "overlay": Overlay.TINT, "signed": True}, {}),
    "lost": ({}, {"source_state": "lost", "source_note": "retry in 2 s"}),
    "stage": ({"stage": True}, {}),
    "several faces": ({"whole": True, "cards": (Card.RESIDUAL, Card.SKILL)}, {}),
    "several faces in the large": ({}, {}),
    "several faces on the stage": ({"stage": True}, {}),
}


@pytest.fixture(scope="module")
def mirror(model_facts: ModelFacts) -> Iterator[tuple[Offscreen, MirrorView]]:
    with Offscreen(SIZE) as screen:
        view = MirrorView(screen.ctx, SIZE, 1.0, [model_facts], samples=0)
        yield screen, view
        view.close()


@contextmanager
def inks(patch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, Color, Rect]]]:
    """Every text that is drawn meanwhile, with its colour and the box of its line as far as it is seen."""
    found: list[tuple[str, Color, Rect]] = []
    real = Painter.text

    def text(self: Painter, text: str, rect: Rect, color: Color | None = None, *args: Any, **more: Any) -> float:
        width = real(self, text, rect, color, *args, **more)
        side = more.get("side") or (args[2] if len(args) > 2 else "left")
        left = rect.x + {"left": 0.0, "right": rect.w - width, "center": (rect.w - width) / 2}[side]
        low, high = self._list.get_clip_rect_min(), self._list.get_clip_rect_max()
        half = 0.62 * (more.get("size") or (args[0] if args else theme.SIZE_BODY)) * self.unit
        middle = rect.y + rect.h / 2
        box = Rect.between(
            round(max(left - 3, low.x)), round(max(middle - half, low.y)),
            round(min(left + width + 3, high.x)), round(min(middle + half, high.y)),
        )  # fmt: skip
        if width and box.w > 4 and box.h > 4:
            found.append((text, color or theme.TEXT, box))
        return width

    with patch.context() as inner:
        inner.setattr(Painter, "text", text)
        yield found


def ground_under(image: np.ndarray, box: Rect) -> np.ndarray:
    """The colour that most pixels around and between the letters have, 0..1."""
    pixels = image[max(box.y, 0) : box.bottom, max(box.x, 0) : box.right].reshape(-1, 3).astype(int)
    coarse = pixels // 6
    keys, counts = np.unique(coarse @ (1, 64, 4096), return_counts=True)
    ground = pixels[(coarse @ (1, 64, 4096)) == keys[counts.argmax()]]
    found: np.ndarray = ground.mean(axis=0) / 255
    return found


NUMBERS = count(100, 1000)  # of frames: each is another moment


def beside_itself(result: FrameResult) -> FrameResult:
    """The face four times, one of them a still picture."""
    found = []
    for at, place in enumerate((0, -90, 90, 45)):
        face = result.faces[0]
        points = face.landmarks.points_px + np.float32([place, 0, 0])
        found.append(replace(face, track_id=at + 1, landmarks=replace(face.landmarks, points_px=points), still=at == 3))
    return replace(result, faces=tuple(found), chosen=Chosen(1, by_user=True))


@pytest.mark.parametrize("colors", [Theme.DARK, Theme.LIGHT, "green"])
@pytest.mark.parametrize("state", STATES)
def test_every_text_that_is_drawn_has_its_contrast(
    mirror: tuple[Offscreen, MirrorView], faces: Any, monkeypatch: pytest.MonkeyPatch, state: str, colors: Theme | str
) -> None:
    screen, view = mirror
    settings, status = STATES[state]
    look = {"background": "green", "stage": True} if colors == "green" else {"theme": colors}
    ui = ViewState(**{**settings, **look})
    now = Status(source="clip.mp4", calibrated=True, fps=24.0, pose_mode="zero", **status)
    result = faces.result(next(NUMBERS))
    if state.startswith("several faces"):
        result = beside_itself(result)
    view.draw(screen.framebuffer, result, now, ui)
    with inks(monkeypatch) as found:
        view.draw(screen.framebuffer, result, now, ui)
    image = screen.read()
    assert len(found) > 8
    low = []
    for text, ink, box in found:
        ground = ground_under(image, box)
        seen = np.array(ink[:3]) * ink.alpha + ground * (1 - ink.alpha)
        if contrast(seen, ground) < 4.4:  # a tint of the ground, as of a badge, is a pixel's rounding away
            low.append(f"{text!r}: {contrast(seen, ground):.2f} on {np.round(255 * ground)}")
    covered = image.std(axis=(0, 1)).max() < 1
    assert not covered and not low, low


def test_the_themes_are_two_pictures_and_what_lies_on_the_camera_stays(
    mirror: tuple[Offscreen, MirrorView], faces: Any
) -> None:
    screen, view = mirror
    pictures = []
    for colors in (Theme.DARK, Theme.LIGHT, Theme.DARK):
        view.draw(screen.framebuffer, faces.result(), Status(), ViewState(theme=colors, views=(View.CAMERA,)))
        pictures.append(screen.read().astype(int))
    dark, light, again = pictures
    corner = light[-4:, -4:].mean() - dark[-4:, -4:].mean()
    assert corner > 180
    np.testing.assert_array_equal(dark, again)
    body = view.layout.tiles[0].body
    middle = (
        slice(body.y + body.h // 2 - 30, body.y + body.h // 2 + 30),
        slice(body.x + body.w // 2 - 30, body.x + body.w // 2 + 30),
    )
    assert np.abs(dark[middle] - light[middle]).max() <= 1


def test_a_view_that_is_made_while_another_is_light_is_dark(
    mirror: tuple[Offscreen, MirrorView], faces: Any, model_facts: ModelFacts
) -> None:
    screen, view = mirror
    view.draw(screen.framebuffer, faces.result(), Status(), ViewState(theme=Theme.LIGHT))
    other = MirrorView(screen.ctx, SIZE, 1.0, [model_facts], samples=0)
    other.draw(screen.framebuffer, faces.result(), Status(), ViewState())
    assert screen.read()[-4:, -4:].mean() < 30
    other.close()


def test_an_even_ground_is_even_to_the_pixel_and_only_on_a_stage(
    mirror: tuple[Offscreen, MirrorView], faces: Any
) -> None:
    screen, view = mirror
    ui = ViewState(background="#00B140", stage=True, views=(View.PREDICTED,))
    view.draw(screen.framebuffer, faces.result(), Status(), ui)
    image = screen.read()
    exactly = (image == (0x00, 0xB1, 0x40)).all(axis=-1)
    body = view.layout.tiles[0].body
    inside = exactly[body.y : body.bottom, body.x : body.right]
    assert exactly[:, 0].all() and exactly[0].mean() > 0.5
    assert 0.3 < inside.mean() < 0.95, "around a face that is not keyed"
    middle = image[body.y + body.h // 2, body.x + body.w // 2].astype(int)
    assert middle[0] > middle[1], "skin"
    view.draw(screen.framebuffer, faces.result(), Status(), replace(ui, stage=False))
    assert not (screen.read() == (0x00, 0xB1, 0x40)).all(axis=-1).any()


def test_the_settings_take_both_and_name_what_is_wrong() -> None:
    config = load_config(None, ["view.theme=light", "view.background=#12aBcD"])
    assert (config.view.theme, config.view.background) == (Theme.LIGHT, "#12aBcD")
    for wrong in ("#12", "teal", "00B140"):
        with pytest.raises(ConfigError, match="green"):
            load_config(None, [f"view.background={wrong!r}"])


# The desktop's --------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="other systems are asked otherwise")
@pytest.mark.parametrize(
    ("answer", "gtk", "expected"),
    [
        ("'prefer-light'", "", "light"), ("'default'", "", "light"), ("'prefer-dark'", "", "dark"), (None, "", "dark"),
        ("'prefer-dark'", "Adwaita", "light"), ("'prefer-light'", "Adwaita:dark", "dark"),
    ],
)  # fmt: skip
def test_the_desktop_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str | None, gtk: str, expected: str
) -> None:
    """A program of the name that desktops have, which counts how often it is asked."""
    if answer is not None:
        program = tmp_path / "gsettings"
        program.write_text(f'#!/bin/sh\necho x >> {tmp_path}/asked\necho "{answer}"\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin" if answer is not None else str(tmp_path))
    monkeypatch.setenv("GTK_THEME", gtk)
    system_theme._system.cache_clear()
    try:
        assert [system_theme.theme_name(Theme.SYSTEM) for _ in range(3)] == [expected] * 3
    finally:
        system_theme._system.cache_clear()
    asked = tmp_path / "asked"
    assert (len(asked.read_text().split()) if asked.exists() else 0) == int(answer is not None and not gtk)
    assert system_theme.theme_name(Theme.LIGHT) == "light" and system_theme.theme_name(Theme.DARK) == "dark"
