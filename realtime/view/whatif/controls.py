"""The panel of sliders: a filter where there are many, features and pose in a list that scrolls, and buttons."""

from __future__ import annotations

from imgui_bundle import imgui

from realtime.core.wording import ACTION_UNITS
from realtime.model import POSE_RANGE_DEG, InputRanges, LinearMeshModel, ManualInput
from realtime.model.manual_input import MAX_POSE_DEG
from realtime.view.paint import theme
from realtime.view.paint.card import title
from realtime.view.paint.layout import Panel, Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color
from realtime.view.paint.widgets import SliderRange, Widgets, borderless_window, scrolling, text_field
from realtime.view.whatif.state import WhatIfAction, WhatIfState

FILTER = "filter"  # key of the text field's rectangle
_FILTER_FROM = 13  # number of features from which a filter is offered
_ROW_MIN, _ROW_MAX, _HEADING = 25, 36, 30
_FAMILIES = {"emotion": "Emotions", "au": "Action units", "blendshape": "Blendshapes"}


class Controls:
    """Draws the panel and applies to the state what is done to it."""

    def __init__(self, model: LinearMeshModel) -> None:
        self.input_ranges = InputRanges(model)
        self.widgets = Widgets()
        self._family = _FAMILIES.get(model.feature_name, "Features")
        self._best_at_zero = model.default_pose == "zero"
        self._rest = self.input_ranges.rest
        self._ranges = {name: SliderRange.up_to(high) for name, high in self.input_ranges.upper.items()}
        self._pose_ranges = {name: SliderRange(-most, most, 1, 0.1) for name, most in POSE_RANGE_DEG.items()}
        self._grabbed: ManualInput = self._rest  # input at the start of a drag: the others keep their proportions

    def draw(self, p: Painter, panel: Panel, state: WhatIfState, *, live: bool) -> None:
        """One frame of the panel; `live` adds the button that sets the sliders to the live features."""
        self.widgets.begin()
        covered = imgui.WindowFlags_.no_inputs if state.view.help else 0
        p = Painter(p.fonts, p.unit, borderless_window("##controls", panel.frame, covered))
        count = len(self.input_ranges.names)
        title(p, panel, "Model input", f"{count} {self._family.lower()}, 3 pose angles", f"{count} + 3")
        y = panel.body.y
        if count >= _FILTER_FROM:
            y = self._filter(p, Rect(panel.body.x, y, panel.body.w, p.px(30)), state) + p.px(8)
        y = self._switches(p, Rect(panel.body.x, y, panel.body.w, p.px(28)), state)
        below = self._buttons(p, panel, state, live=live)
        hint_h = p.px(26)
        hint = Rect(panel.body.x, below - hint_h - p.px(4), panel.body.w, hint_h)
        self._list(p, Rect(panel.frame.x, y + p.px(5), panel.frame.w, max(1, hint.y - y - p.px(5))), panel, state)
        self._hint(p, hint)
        imgui.end()

    def _filter(self, p: Painter, box: Rect, state: WhatIfState) -> int:
        flags = imgui.InputTextFlags_.escape_clears_all
        _, state.filter = text_field(p, "##filter", "Filter by name", state.filter, box, flags)
        self.widgets.places[FILTER] = box
        return box.bottom

    def _switches(self, p: Painter, row: Rect, state: WhatIfState) -> int:
        if self.input_ranges.probabilities:
            what = "amplitudes" if self.input_ranges.amplitudes else "probabilities"
            wordings = (f"{what} sum to 1", "sum to 1")
            if self.widgets.switch(p, "share", wordings, "", row, state.share):
                state.share = not state.share
                if state.share:
                    state.manual_input = self.input_ranges.normalized(state.manual_input)
            row = Rect(row.x, row.bottom, row.w, row.h)
        wordings = ("colour by distance", "colours")
        if self.widgets.switch(p, "colour", wordings, "D", row, state.colored):
            state.colored = not state.colored
        return row.bottom

    def _buttons(self, p: Painter, panel: Panel, state: WhatIfState, *, live: bool) -> int:
        """The buttons at the lower end; returns where they begin."""
        rows: list[list[tuple[WhatIfAction, str, str]]] = [
            [(WhatIfAction.COPY, "Copy", "C"), (WhatIfAction.PASTE, "Paste", "V")],
            [(WhatIfAction.REST, "Neutral", "Z"), (WhatIfAction.RANDOM, "Random", "X")],
        ]
        if live:
            rows[1].append((WhatIfAction.TAKE_OVER, "Use live", "T"))
        height, gap = p.px(30), p.px(8)
        top = panel.frame.bottom - p.px(14) - len(rows) * height - (len(rows) - 1) * gap
        for at, row in enumerate(rows):
            wide = (panel.body.w - (len(row) - 1) * gap) / len(row)
            for column, (action, label, key) in enumerate(row):
                left = panel.body.x + round(column * (wide + gap))
                box = Rect(left, top + at * (height + gap), round(wide), height)
                if self.widgets.button(p, action.name, label, key, box):
                    state.actions.append(action)
        return top

    def _hint(self, p: Painter, line: Rect) -> None:
        """What the slider under the mouse covers, or how sliders are worked."""
        name = self.widgets.hovered
        if name in self._pose_ranges:
            high = self._pose_ranges[name].high
            wordings: tuple[str, ...] = (f"{name}: ±{high:g}°, type for up to ±{MAX_POSE_DEG:g}°", f"±{high:g}°")
        elif name in self._ranges:
            high = self._ranges[name].high
            seen = "" if high == 1 else ", the 99th percentile of the training data"
            what = " ".join(part for part in (name, ACTION_UNITS.get(name, "")) if part)
            if name in self.input_ranges.unsupported:
                wordings = (f"{what}: not in the training data, no effect can be inferred", "not in the training data")
            else:
                wordings = (f"{what}: 0 to {high:.3g}{seen}", f"{what}: 0 to {high:.3g}", f"0 to {high:.3g}")
        else:
            wordings = (
                "Double-click to reset, click a number to edit it",
                "Double-click: reset, click number: edit",
                "Double-click: reset",
            )
        p.rule(line.x, line.y, line.right, line.y, theme.CARD_EDGE, max(1.0, p.unit))
        p.text(p.first_fitting(wordings, line.w, theme.SIZE_SMALL), line, theme.TEXT_FAINT, theme.SIZE_SMALL)

    def _list(self, p: Painter, area: Rect, panel: Panel, state: WhatIfState) -> None:
        wanted = state.filter.strip().lower()
        names = [name for name in self.input_ranges.names if wanted in name.lower()]
        angles = [name for name in self._pose_ranges if wanted in name]
        headings = bool(names) + bool(angles)
        rows = len(names) + len(angles)
        free = (area.h / p.unit - headings * _HEADING) / max(rows, 1)
        row_h = p.px(min(max(free, _ROW_MIN), _ROW_MAX))
        every = (*self.input_ranges.names, *self._pose_ranges)
        if rows * row_h + p.px(headings * _HEADING) > area.h:  # what is scrolled away ends at a line
            p.rule(panel.body.x, area.y, panel.body.right, area.y, theme.CARD_EDGE, max(1.0, p.unit))
        label_w = min(round(max(map(p.width, every))) + 1, round(0.42 * panel.body.w))

        covered = imgui.WindowFlags_.no_inputs if state.view.help else 0  # child windows do not inherit it
        with scrolling(p, "##list", area, covered) as inside:
            start = imgui.get_cursor_screen_pos()
            y = round(start.y)

            def row() -> Rect:
                nonlocal y
                y += row_h
                return Rect(panel.body.x, y - row_h, panel.body.w, row_h)

            def seen(box: Rect) -> bool:
                return box.bottom > area.y and box.y < area.bottom

            if names:
                y = self._heading(inside, panel, y, self._family, ())
            for name in names:
                box = row()
                if seen(box):
                    self._feature(inside, name, box, label_w, state)
            if angles:
                posed = any(state.manual_input.pose_deg.values())
                note = ("recommended for this model: pose = 0", "recommended: 0") if self._best_at_zero else ()
                y = self._heading(
                    inside, panel, y, "Head pose, degrees", note, theme.WARN if posed else theme.TEXT_FAINT
                )
            for name in angles:
                box = row()
                if seen(box):
                    self._angle(inside, name, box, label_w, state)
            if not rows:
                nothing = Rect(panel.body.x, y, panel.body.w, p.px(_HEADING))
                inside.text("no match", nothing, theme.TEXT_FAINT)
            imgui.set_cursor_screen_pos(start)
            imgui.dummy(imgui.ImVec2(1, max(1, y - round(start.y))))

    def _heading(
        self, p: Painter, panel: Panel, y: int, text: str, notes: tuple[str, ...], ink: Color | None = None
    ) -> int:
        line = Rect(panel.body.x, y, panel.body.w, p.px(_HEADING))
        taken = p.text(text, line, theme.TEXT_FAINT, theme.SIZE_SMALL, p.fonts.bold)
        note = p.first_fitting(notes, line.w - taken - p.px(16), theme.SIZE_SMALL)
        p.text(note, line, ink or theme.TEXT_FAINT, theme.SIZE_SMALL, side="right")
        return line.bottom

    def _feature(self, p: Painter, name: str, box: Rect, label_w: int, state: WhatIfState) -> None:
        value = state.manual_input.features[name]
        unsupported = name in self.input_ranges.unsupported
        strongest = value > 0 and value == max(state.manual_input.features.values())
        ink = theme.WARN if unsupported or value > self._ranges[name].high else theme.MUTED_BAR
        ink = theme.ACCENT if strongest and ink is theme.MUTED_BAR else ink
        if unsupported:
            p.dot(box.x + p.px(3), box.y + box.h / 2, 3 * p.unit, theme.WARN)
        change = self.widgets.slider(p, name, box, label_w, self._ranges[name], value, ink)
        share = state.share and self.input_ranges.probabilities
        if change.grabbed:
            self._grabbed = state.manual_input
        if change.reset:
            _apply(state, self.input_ranges.put(state.manual_input, name, self._rest.features[name], share=share))
        elif change.value is not None:
            _apply(state, self.input_ranges.put(self._grabbed, name, change.value, share=share))

    def _angle(self, p: Painter, name: str, box: Rect, label_w: int, state: WhatIfState) -> None:
        value = state.manual_input.pose_deg[name]
        ink = theme.ACCENT if value else theme.MUTED_BAR
        change = self.widgets.slider(p, name, box, label_w, self._pose_ranges[name], value, ink)
        if change.reset:
            _apply(state, state.manual_input.with_pose(name, 0.0))
        elif change.value is not None:
            _apply(state, state.manual_input.with_pose(name, min(max(change.value, -MAX_POSE_DEG), MAX_POSE_DEG)))


def _apply(state: WhatIfState, manual: ManualInput) -> None:
    """Set the input if it differs: a slider that is held still changes nothing."""
    if manual != state.manual_input:
        state.manual_input = manual
