"""What is written around the faces of the what-if window."""

from __future__ import annotations

from realtime.core.commands import Action
from realtime.geometry import REGION_NAMES
from realtime.view.mirror.model_facts import Caption
from realtime.view.paint import colormap, theme
from realtime.view.paint.card import UNIT, scale, sides, title
from realtime.view.paint.help_overlay import Line
from realtime.view.paint.layout import Panel, Rect
from realtime.view.paint.painter import Painter
from realtime.view.whatif.layout import WhatIfLayout
from realtime.view.whatif.state import WhatIfScene, WhatIfState

KEYS: dict[str, tuple[Line, ...]] = {
    "Sliders": (
        (("drag",), "set a feature or an angle"),
        (("double click",), "reset it"),
        (("click its number",), "type a value (also Ctrl+click on the slider)"),
    ),
    "Input": (
        (("C", "V"), "copy / paste the input as TOML"),
        (("Z", "X"), "neutral face / random face"),
        (("T",), "set the sliders to the live features"),
    ),
    "Window": (
        (("D",), "colour the faces by distance, on / off"),
        (("S",), "save a screenshot of the window"),
        (("drag", "wheel"), "orbit and zoom the face"),
        (("0", "Home", "double click"), "reset orbit and zoom"),
        (("F11",), "full screen, on / off"),
        (("H", "?", "F1"), "show / hide this help"),
        (("Q", "Esc"), "quit"),
    ),
}


def header(p: Painter, rect: Rect, model: Caption, scene: WhatIfScene, state: WhatIfState) -> None:
    """The name, the model, the state of the live face, and the sign for help."""
    middle = rect.y + rect.h // 2
    name = p.text("Meshmirror", rect, theme.TEXT, theme.SIZE_NAME, p.fonts.bold)
    left = rect.x + round(name) + p.px(12)
    left += round(p.text("What-if", Rect(left, rect.y, rect.w, rect.h), theme.TEXT_FAINT, theme.SIZE_NAME))
    help_box = Rect(rect.right - p.px(24), middle - p.px(12), p.px(24), p.px(24))
    p.frame(help_box, theme.TEXT_FAINT.faded(0.7), help_box.h / 2, max(1.0, p.unit))
    p.text("?", help_box, theme.TEXT_SOFT, theme.SIZE_BODY, p.fonts.bold, "center")
    if p.clicked(help_box):
        state.view.actions.append(Action.HELP)
    x = left + p.px(18)
    badges = [
        (model.name, theme.ACCENT, False),
        *([(model.note, theme.WARN if model.warns else theme.TEXT_SOFT, False)] if model.note else []),
    ]
    if scene.live is not None:
        shown = scene.live.state or "face detected"
        badges.append((shown, theme.GOOD if not scene.live.state else theme.WARN, True))
    for text, color, dot in badges:
        if x + p.badge_width(text, dot) <= help_box.x - p.px(14):
            x = p.badge(text, x, middle, color, dot=dot).right + p.px(7)


def faces(p: Painter, layout: WhatIfLayout, scene: WhatIfScene, state: WhatIfState, highest: float) -> None:
    """Titles, sides, and what the colours mean."""
    title(p, layout.predicted, "Predicted", *(("displacement from neutral", "displacement") if state.colored else ()))
    sides(p, layout.predicted.body, state.view)
    if state.colored:
        scale(p, layout.predicted.footer, highest)
    else:
        pose = "pose = 0" if not any(state.manual_input.pose_deg.values()) else "pose as set"
        footer = layout.predicted.footer
        given = p.first_fitting(("input: features, " + pose, pose), footer.w, theme.SIZE_SMALL)
        p.text(given, footer, theme.TEXT_FAINT, theme.SIZE_SMALL)
    panel, live = layout.observed, scene.live
    if panel is None or live is None:
        return
    title(p, panel, "Observed", live.source)
    if live.mesh_canon is None:
        p.text(live.state or "waiting for the first frame", panel.body, theme.TEXT_FAINT, side="center")
        return
    sides(p, panel.body, state.view)
    if live.distance is not None:
        _distance(p, panel.footer, live.distance.nme)


def _distance(p: Painter, line: Rect, nme: float) -> None:
    wordings = ("mean distance from the predicted face", "from the predicted face", "distance")
    p.text(p.first_fitting(wordings, 0.7 * line.w, theme.SIZE_SMALL), line, theme.TEXT_SOFT, theme.SIZE_SMALL)
    p.text(f"{nme:.1f} %", line, theme.TEXT, theme.SIZE_MONO, p.fonts.mono, "right")


def numbers(p: Painter, panel: Panel, scene: WhatIfScene, highest: float) -> None:
    """The displacement from neutral: its largest, its mean, and its mean by region."""
    title(p, panel, "Displacement from neutral", UNIT, "%")
    body = panel.body
    column = p.px(62)
    regions_w = min(len(REGION_NAMES) * p.px(92), body.w - p.px(236))
    left = Rect(body.x, body.y, body.w if regions_w < len(REGION_NAMES) * column else p.px(210), body.h)
    where = f"maximum, {scene.region}" if scene.largest >= 0.05 else "maximum"
    for at, (name, value) in enumerate(((where, scene.largest), ("mean of 478 vertices", scene.moved.nme))):
        row = Rect(left.x, left.y + at * (left.h // 2), left.w, left.h // 2)
        p.text(name, row, theme.TEXT if at == 0 else theme.TEXT_SOFT)
        p.text(f"{value:.1f}", row, theme.TEXT if at == 0 else theme.TEXT_SOFT, theme.SIZE_MONO, p.fonts.mono, "right")
    if left.w == body.w:
        return
    for at, (name, value) in enumerate(scene.moved.regions.items()):
        start, end = (body.right - regions_w + round(part * regions_w / len(REGION_NAMES)) for part in (at, at + 1))
        box = Rect(start + p.px(10), body.y, end - start - p.px(10), body.h)
        line, track = box.h * 5 // 12, p.px(7)
        p.text(name, Rect(box.x, box.y, box.w, line), theme.TEXT_SOFT, theme.SIZE_SMALL)
        share = value / max(highest, 1e-6)
        p.bar(Rect(box.x, box.y + line + p.px(2), box.w, track), share, colormap.at(max(0.18, share)))
        below = Rect(box.x, box.bottom - line, box.w, line)
        p.text(f"{value:.1f}", below, theme.TEXT_SOFT, theme.SIZE_MONO, p.fonts.mono)
