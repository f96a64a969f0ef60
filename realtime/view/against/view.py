"""The window of two replays: the faces of each in the views of the mirror, cards that compare them, one seek bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Self

import moderngl

from realtime.core.against import PairedResult, PairSource, ReplayedSide
from realtime.core.frame_result import FrameResult
from realtime.core.status import Status
from realtime.core.view_options import Card, View
from realtime.core.view_state import ViewState
from realtime.core.wording import time_text
from realtime.model import LinearMeshModel
from realtime.view.against.combined import combined, same_kind
from realtime.view.against.layout import PairLayout, arrange_pair
from realtime.view.against.texts import draw_numbers, draw_strip, pair_badge, state_of
from realtime.view.mirror import comparison, header, presentation
from realtime.view.mirror.headline import Headline
from realtime.view.mirror.history import History
from realtime.view.mirror.layout import arrange
from realtime.view.mirror.model_facts import Caption, ModelFacts
from realtime.view.mirror.question import draw_question
from realtime.view.mirror.tile_labels import TileLabels
from realtime.view.mirror.tiles import Tiles, tiles_of
from realtime.view.mirror.vertex_picking import VertexPicker
from realtime.view.mirror.view import MirrorView, shares_of
from realtime.view.paint.layout import around
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme_of_view import chroma, use_theme
from realtime.view.paint.toasts import draw_toasts, toast_area
from realtime.view.screen import Screen


class AgainstView(MirrorView):
    """Draws the pair that a result of the first replay belongs to.

    Both have the same views, settings, size of the faces and colour range. The cards compare one model of each; what
    the two are called is known with the first pair.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        size_px: tuple[int, int],
        scale: float,
        first: ModelFacts,
        second: Callable[[], LinearMeshModel],
        pairs: PairSource,
        samples: int | None = None,
    ) -> None:
        """`first`: the model of the first replay; `second` gives that of the second, which may change."""
        self._pair_layout: PairLayout | None = None
        super().__init__(ctx, size_px, scale, (first,), samples)
        self._second, self._pairs, self._samples = second, pairs, samples
        self._model_b = second()
        self._last: tuple[FrameResult, PairedResult] | None = None
        self._open_second()
        self.history = History(models=2)
        self.plots.show(self.history, None)
        self._labels = "", ""
        self._name(self._labels)

    @classmethod
    def beside(
        cls,
        screen: Screen,
        first: LinearMeshModel,
        second: Callable[[], LinearMeshModel],
        pairs: PairSource,
        samples: int | None = None,
    ) -> Self:
        """The view of two replays for a window or an offscreen target; it listens to that one's mouse and keys."""
        view = cls(screen.ctx, screen.size_px, screen.scale, ModelFacts.of(first), second, pairs, samples)
        view.listen(screen)
        return view

    def draw(self, target: moderngl.Framebuffer, result: FrameResult | None, status: Status, ui: ViewState) -> None:
        """Draw everything; a pair that was drawn before adds nothing to the history."""
        pair = None if result is None else self._pair_of(result)
        if pair is None:  # before the first pair there is nothing to compare
            self._draw_empty(target, status, ui)
            return
        self._follow(pair)
        both = combined(pair)
        if both is not None:
            self._remember(both, status)
        headline = self.roster.shown.reader.push(both, replace(status, source_state="live"))
        if min(self._size) < 1:
            return
        self._arrange(ui, replayed=status.playback is not None)
        assert self._pair_layout is not None
        alike = replace(same_kind(pair, ui), model=0, disagreement=False)
        sides = list(zip(self._each, pair.sides, self._pair_layout.sides, strict=True))
        scenes = [tiles.scene_of(side.result, alike) for tiles, side, _ in sides]
        widest = max(scenes, key=lambda scene: scene.highest)
        for tiles, side, layout in sides:
            tiles.render(layout, self._shown_tiles, side.result, _status_of(side, status), alike, widest)
        ui.colour_end = widest.highest
        self._draw_pair(self._begin_text(), pair, both, headline, status, ui, alike)
        self._copy_backdrop(target)
        for tiles, side, layout in sides:
            tiles.composite(target, layout, side.result, alike)
        self._imgui.end()

    def _draw_empty(self, target: moderngl.Framebuffer, status: Status, ui: ViewState) -> None:
        if min(self._size) < 1:
            return
        self._arrange(ui, replayed=status.playback is not None)
        p = self._begin_text()
        header.draw_header(p, self.layout.header, header.program_badges(status), None, status, ui)
        if status.question is not None:
            draw_question(p, self.layout.faces, self.layout.size, status.question, ui)
        self._copy_backdrop(target)
        self._imgui.end()

    def close(self) -> None:
        """Release everything; may be called twice."""
        if not self._closed:
            self._tiles_b.close()
        super().close()

    def _pair_of(self, result: FrameResult) -> PairedResult | None:
        """The pair of a result, which is kept as long as it is drawn again."""
        if self._last is None or self._last[0] is not result:
            found = self._pairs.paired(result)
            self._last = None if found is None else (result, found)
        return None if self._last is None else self._last[1]

    @property
    def _each(self) -> tuple[Tiles, Tiles]:
        return self._tiles, self._tiles_b

    def _open_second(self) -> None:
        self._facts_b = ModelFacts.of(self._model_b)
        self._tiles_b = Tiles(self._ctx, (self._facts_b,), self._lines, self._samples)
        self._picker_b = VertexPicker((self._facts_b,))

    def _follow(self, pair: PairedResult) -> None:
        """The second recording may continue with another model."""
        model, labels = self._second(), (pair.sides[0].label, pair.sides[1].label)
        if model is not self._model_b:
            self._tiles_b.close()
            self._model_b = model
            self._open_second()
        elif labels == self._labels:
            return
        self._name(labels)

    def _name(self, labels: tuple[str, str]) -> None:
        """How the two are called in the cards."""
        self._labels = labels
        notes = self._models[0].caption.name, self._facts_b.caption.name
        self._both = tuple(
            Caption(f"{'AB'[at]} {label}", note, warns=False, beside=at == 1)
            for at, (label, note) in enumerate(zip(labels, notes, strict=True))
        )
        self.plots.name(self._both)
        self.roster = self._new_roster(self._both)

    def _arrange(self, ui: ViewState, replayed: bool) -> None:
        """Take the theme, and update the layout if the size or its contents have changed."""
        use_theme(ui)
        shares = shares_of(ui)
        key = (
            self._size, self._scale, ui.views, ui.cards, ui.panel, ui.stage, replayed, ui.theme, ui.background, shares,
        )  # fmt: skip
        if key == self._arranged:
            return
        self._arranged = key
        self._shown_tiles = tiles_of(ui.views, 1)
        around = arrange(
            self._size, self._scale, tiles=1, cards=len(ui.cards), controls=ui.panel, presentation=ui.stage,
            sentence=False, strip=False, replayed=replayed, shares=shares,
        )  # fmt: skip
        self._pair_layout = arrange_pair(around, len(self._shown_tiles))
        self.layout = self._pair_layout.layout
        self._build_cards(self.layout, keyed=chroma(ui) is not None)

    @property
    def _views(self) -> tuple[View, ...]:
        """The views of all tiles."""
        return 2 * tuple(view for view, _ in self._shown_tiles)

    def _draw_pair(
        self,
        p: Painter,
        pair: PairedResult,
        both: FrameResult | None,
        headline: Headline,
        status: Status,
        ui: ViewState,
        alike: ViewState,
    ) -> None:
        layout, pair_layout = self.layout, self._pair_layout
        assert pair_layout is not None
        for_cards = replace(alike, model=min(ui.model, 1))
        if layout.caption is None:
            shown = [*header.program_badges(status), pair_badge(pair)]
            header.draw_header(p, layout.header, shown, None, status, ui)
        else:
            named = [
                replace(caption, missing=next(iter(state_of(side)[0]), caption.missing))
                for caption, side in zip(self._both, pair.sides, strict=True)
            ]
            live = replace(status, source_state="live")
            presentation.draw_presentation(p, layout.header, layout.caption, headline, both, named, live, for_cards)
        captions = self._captions[0], self._facts_b.caption
        pickers = self._picker, self._picker_b
        for at, (tiles, side, of_side) in enumerate(zip(self._each, pair.sides, pair_layout.sides, strict=True)):
            draw_strip(p, pair_layout.strips[at], side, at, self._both[at], alike)
            own = _status_of(side, status)
            labels = TileLabels(p, side.result, tiles.scene, (captions[at],), own, alike)
            for tile, panel in zip(self._shown_tiles, of_side.tiles, strict=True):
                labels.draw(tile, panel, tiles.picture_place(panel.body, side.result))
            bodies = [panel.body for panel in of_side.tiles]
            pickers[at].draw(p, bodies, tiles.projected, side.result, ui, self.input.on_control)
        for card, panel in zip(ui.cards, layout.cards, strict=False):
            if card is Card.FEATURES:
                comparison.features(p, panel, both, self._both)
            elif card is Card.NUMBERS:
                draw_numbers(p, panel, pair, both, self._both, for_cards)
            else:
                self.plots.draw(p, panel, card, for_cards)
        both_tiles = [panel for of_side in pair_layout.sides for panel in of_side.tiles]
        area = toast_area(layout.header, around([panel.frame for panel in both_tiles]), both_tiles)
        self.input.covered = draw_toasts(p, area, status.notifications, ui)
        if status.question is not None:
            faces = around([panel.body for panel in both_tiles])
            self.input.covered += (draw_question(p, faces, self.layout.size, status.question, ui),)
        self._draw_timeline(p, status, ui)
        self.input.draw(p, layout, self._views, status, ui, self._both)
        self._draw_help(status, ui)


def _status_of(side: ReplayedSide, status: Status) -> Status:
    """The status for the tiles of a side, which may have begun or ended alone."""
    if side.state == "before":
        note = f"begins at {time_text(side.begins_s)}"
        return replace(status, source=side.label, source_state="opening", source_note=note)
    state = "ended" if side.state == "ended" else status.source_state
    return replace(status, source=side.label, source_state=state, source_note="")
