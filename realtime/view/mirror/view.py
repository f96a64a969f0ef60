"""The mirror's view: tiles, cards, header, control panel; in a window or offscreen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import moderngl

from realtime.core.commands import Action
from realtime.core.frame_result import FrameResult
from realtime.core.status import Attract, Status
from realtime.core.view_options import Card, View
from realtime.core.view_state import ViewState
from realtime.model import LinearMeshModel
from realtime.view.gl.backdrop import Backdrop
from realtime.view.gl.imgui_renderer import ImguiRenderer
from realtime.view.gl.lines import LinePass
from realtime.view.mirror import comparison, header, panels, presentation
from realtime.view.mirror.attract import attract_look, draw_attract
from realtime.view.mirror.calibration import draw_calibration
from realtime.view.mirror.controls.input_handler import InputHandler
from realtime.view.mirror.feature_strip import draw_strip
from realtime.view.mirror.first_start import draw_first_start
from realtime.view.mirror.headline import Headline, HeadlineReader, shown_raw
from realtime.view.mirror.help_lines import HELP
from realtime.view.mirror.history import History
from realtime.view.mirror.layout import Layout, Shares, arrange
from realtime.view.mirror.model_facts import Caption, ModelFacts
from realtime.view.mirror.neutral_review import draw_review
from realtime.view.mirror.people.people_view import PeopleView
from realtime.view.mirror.people.roster import FaceRoster
from realtime.view.mirror.people.strip import face_color
from realtime.view.mirror.plots import Plots, PlottedFace
from realtime.view.mirror.question import draw_question
from realtime.view.mirror.recorded_history import RecordedHistory
from realtime.view.mirror.region_labels import draw_region_labels
from realtime.view.mirror.sentence import draw_sentence
from realtime.view.mirror.stage_countdown import draw_countdown
from realtime.view.mirror.tile_labels import TileLabels
from realtime.view.mirror.tiles import Tile, Tiles, tiles_of
from realtime.view.mirror.timed_captions import TimedCaption, caption_at, draw_caption
from realtime.view.mirror.timeline import Timeline
from realtime.view.mirror.timeline.other_faces import OtherFace
from realtime.view.mirror.timeline.recent import Recent
from realtime.view.mirror.timeline.timeline import LiveTime
from realtime.view.mirror.vertex_picking import VertexPicker
from realtime.view.paint.help_overlay import HelpOverlay
from realtime.view.paint.hints import Hints
from realtime.view.paint.imgui_style import apply_style
from realtime.view.paint.layout import Panel, Rect, around
from realtime.view.paint.painter import Fonts, Painter
from realtime.view.paint.theme_of_view import chroma, use_theme
from realtime.view.paint.toasts import draw_toasts, toast_area
from realtime.view.screen import Screen

_HISTORY_S = 120.0  # that the plots keep of everything; the timeline keeps ten minutes of what it shows


class MirrorView:
    """Draws one FrameResult with the program's status into a framebuffer.

    `models` are those of the results, in their order; `samples` is the number of samples a pixel of the faces (None:
    the pass's choice). `captions` are shown at their times of the source.
    """

    layout: Layout  # of the last frame
    _shown_tiles: tuple[Tile, ...]
    captions: tuple[TimedCaption, ...]

    def __init__(
        self,
        ctx: moderngl.Context,
        size_px: tuple[int, int],
        scale: float,
        models: Sequence[ModelFacts],
        samples: int | None = None,
        captions: Sequence[TimedCaption] = (),
    ) -> None:
        self.captions = tuple(captions)
        self._ctx = ctx
        self._models = tuple(models)
        self._captions = tuple(facts.caption for facts in models)
        self._closed = False
        self.history = History(models=len(self._models), seconds=_HISTORY_S)
        self._backdrop = Backdrop(ctx)
        self._lines = LinePass(ctx)
        self._tiles = Tiles(ctx, self._models, self._lines, samples)
        self._picker = VertexPicker(self._models)
        self.plots = Plots(self.history, self._captions)
        self._imgui = ImguiRenderer(ctx)
        self._fonts = Fonts.load()
        self._screen: Screen | None = None
        self.input = InputHandler()
        self.roster = self._new_roster(self._captions)
        self.timeline = Timeline(self.plots.timeline)
        self._people = PeopleView(self._tiles)
        self._help = HelpOverlay(HELP)
        self._hints = Hints()
        self._explaining = False  # an explanation is due
        self._drawn_at = time.monotonic()
        self._arranged: object = None
        self.resize(size_px, scale)
        if min(size_px) > 0:
            self._arrange(ViewState(), replayed=False)

    @classmethod
    def on(
        cls,
        screen: Screen,
        models: Sequence[LinearMeshModel],
        samples: int | None = None,
        captions: Sequence[TimedCaption] = (),
    ) -> MirrorView:
        """The mirror of these models, for a window or an offscreen target; it listens to that one's mouse and keys."""
        view = cls(screen.ctx, screen.size_px, screen.scale, cls.facts_of(models), samples, captions)
        view.listen(screen)
        return view

    @staticmethod
    def facts_of(models: Sequence[LinearMeshModel]) -> list[ModelFacts]:
        """What a view needs of models."""
        return [ModelFacts.of(model) for model in models]

    def listen(self, screen: Screen) -> None:
        """Take the mouse, the keys and the clipboard of a screen."""
        self._screen = screen
        screen.listener = self.input
        self._imgui.use_clipboard(screen.paste, screen.copy)

    @property
    def pending(self) -> bool:
        """Whether another frame is needed for pending input or a tooltip."""
        return self._imgui.pending or self.input.pending or self._explaining

    def resize(self, size_px: tuple[int, int], scale: float) -> None:
        """Draw into framebuffers of this size from now on; a size of 0 draws nothing until the next one."""
        self._size, self._scale = size_px, scale

    def draw(self, target: moderngl.Framebuffer, result: FrameResult | None, status: Status, ui: ViewState) -> None:
        """Draw everything; a result that was drawn before adds nothing to the history."""
        if result is not None:
            self._remember(result, status)
        if self.captions:  # they alone say what is going on; all of the rest is written to the terminal
            status = replace(status, recording_s=None, calibrating=None, calibration_outcome=None, notifications=())
        headline = self.roster.shown.reader.push(result, status)
        if not ui.adjusted:
            headline = shown_raw(headline)
        if min(self._size) < 1:
            return
        if status.attract is not None:
            self._draw_attract(target, status.attract, status, ui)
            return
        self._arrange(ui, replayed=status.playback is not None)
        self._tiles.render(self.layout, self._shown_tiles, result, status, ui)
        self._draw_text(result, headline, status, ui)
        self._copy_backdrop(target)
        self._tiles.composite(target, self.layout, result, ui)
        self._people.composite(self.layout, result, self.roster, ui)
        self._imgui.end()

    @property
    def recent(self) -> Recent:
        """The last minutes of the face that is shown, for the timeline."""
        return self.roster.shown.recent

    def _new_roster(self, captions: Sequence[Caption]) -> FaceRoster:
        """Of no face yet; `captions` are those of the models whose numbers are said."""
        unit = self._models[0].frame.unit
        return FaceRoster(lambda: HeadlineReader(captions), lambda: Recent(unit))

    def _remember(self, result: FrameResult, status: Status) -> None:
        """Add a result to what is known of each face, and to the history: in a replay that of the recording."""
        duration_s = None if status.playback is None else status.playback.duration_s
        known_s = self.history.duration_s if isinstance(self.history, RecordedHistory) else None
        if duration_s != known_s:
            count = len(self.plots.models)
            self.history = History(count, _HISTORY_S) if duration_s is None else RecordedHistory(count, duration_s)
            self.plots.show(self.history, duration_s)
        self.roster.push(result, status, self.history)
        self.plots.others = [PlottedFace(one.key, one.name, face_color(one)) for one in self.roster.others]

    def _draw_attract(self, target: moderngl.Framebuffer, attract: Attract, status: Status, ui: ViewState) -> None:
        """The face of the model alone, as large as it can be, with an invitation."""
        look = attract_look(ui, attract)
        self._arrange_attract(look)
        self._tiles.render(self.layout, self._shown_tiles, attract.face, status, look)
        p = self._begin_text()
        draw_attract(p, self.layout, attract)
        self.input.covered = draw_toasts(p, self._toast_area, status.notifications, look)
        if status.question is not None:
            self.input.covered += (
                draw_question(p, self.layout.tiles[0].body, self.layout.size, status.question, look),
            )
        self.input.draw(p, self.layout, (View.PREDICTED,), status, ui, self._captions)
        self._draw_help(status, ui)
        self._copy_backdrop(target)
        self._tiles.composite(target, self.layout, attract.face, look)
        self._imgui.end()

    def _arrange_attract(self, look: ViewState) -> None:
        use_theme(look)
        key = (self._size, self._scale, look.theme, look.background, "attract")
        if key != self._arranged:
            self._arranged, self._shown_tiles = key, ((View.PREDICTED, 0),)
            stage = arrange(self._size, self._scale, tiles=1, presentation=True, strip=False)
            self.layout = replace(stage, tiles=(Panel.of(stage.faces, stage.unit, footer=0),))
            self._build_cards(self.layout, keyed=chroma(look) is not None)

    def _copy_backdrop(self, target: moderngl.Framebuffer) -> None:
        target.use()
        self._ctx.viewport = (0, 0, *self._size)
        self._ctx.scissor = None
        self._backdrop.copy_to(target)
        target.use()

    def close(self) -> None:
        """Release everything; may be called twice."""
        if self._closed:
            return
        self._closed = True
        if self._screen is not None and self._screen.listener is self.input:
            self._screen.listener = None
        for part in (self._imgui, self._lines, self._tiles, self._backdrop):
            part.close()

    def _arrange(self, ui: ViewState, replayed: bool) -> None:
        """Take the theme, and update the layout if the size or its contents have changed."""
        use_theme(ui)
        key = (
            self._size, self._scale, ui.views, ui.cards, ui.panel, ui.stage, ui.solo, replayed, bool(self.captions),
            ui.theme, ui.background, shares_of(ui), bool(self.roster.strip),
        )  # fmt: skip
        if key == self._arranged:
            return
        self._arranged = key
        self._shown_tiles = tiles_of(ui.views, len(self._models))
        self.layout = layout = arrange(
            self._size,
            self._scale,
            tiles=len(self._shown_tiles),
            cards=0 if ui.solo else len(ui.cards),
            controls=ui.panel,
            presentation=ui.stage,
            strip=_has_strip(self._shown_tiles),
            replayed=replayed,
            timeline=not self.captions,
            solo=ui.solo,
            narrated=bool(self.captions),
            people=bool(self.roster.strip),
            shares=shares_of(ui),
        )
        self._build_cards(layout, keyed=chroma(ui) is not None)

    def _build_cards(self, layout: Layout, *, keyed: bool) -> None:
        """The cards behind everything; where the ground is keyed out, the faces have none."""
        faces = () if keyed else (layout.faces, layout.people)
        below = (layout.sentence, layout.controls, layout.timeline)
        frames = [*(card.frame for card in layout.cards), *(rect for rect in (*faces, *below) if rect is not None)]
        self._backdrop.build_cards(self._size, layout.unit, [(frame, False) for frame in frames], even=keyed)

    def _begin_text(self) -> Painter:
        """From here on all is Dear ImGui's: it becomes lists of what is to be drawn, and nothing is drawn yet."""
        now = time.monotonic()
        self._imgui.begin(self._size, now - self._drawn_at)
        self._drawn_at = now
        apply_style(self.layout.unit)
        return Painter(self._fonts, self.layout.unit)

    def _draw_text(self, result: FrameResult | None, headline: Headline, status: Status, ui: ViewState) -> None:
        p, layout = self._begin_text(), self.layout
        if layout.caption is None:
            shown = header.badges(result, status, said=layout.sentence is not None)
            header.draw_header(p, layout.header, shown, result, status, ui, controls=not self.captions)
        else:
            presentation.draw_presentation(
                p, layout.header, layout.caption, headline, result, self._captions, status, ui,
                narrated=bool(self.captions), emotions_beside=layout.strip is not None,
            )  # fmt: skip
        self._draw_caption(p, result)
        labels = TileLabels(p, result, self._tiles.scene, self._captions, status, ui)
        for tile, panel in zip(self._shown_tiles, layout.tiles, strict=True):
            labels.draw(tile, panel, self._tiles.picture_place(panel.body, result))
        self._draw_beside_faces(p, result, status, ui)
        for card, panel in zip(ui.cards, layout.cards, strict=False):
            self._draw_card(p, card, panel, result, status, ui)
        bodies = [panel.body for panel in layout.tiles]
        self._picker.draw(p, bodies, self._tiles.projected, result, ui, self.input.on_control)
        views = tuple(view for view, _ in self._shown_tiles)
        boxes = self._people.draw(p, layout, result, self.roster, status, ui)
        self._draw_sentence(p, headline, result, status, ui)
        self.input.covered += boxes
        self.input.covered += draw_toasts(p, self._toast_area, status.notifications, ui)
        if status.question is not None:
            self.input.covered += (draw_question(p, around(bodies), layout.size, status.question, ui),)
        self._draw_timeline(p, status, ui)
        self.input.panel.several = bool(self.roster.strip)
        self.input.draw(p, layout, views, status, ui, self._captions)
        self._explain(p, status, ui)
        self._draw_help(status, ui)

    def _draw_help(self, status: Status, ui: ViewState) -> None:
        """Every key; a question, which waits for some seconds only, is not covered by it."""
        if ui.help and status.question is None:
            self._help.draw(self._fonts, self.layout.unit, self._size)

    def _explain(self, p: Painter, status: Status, ui: ViewState) -> None:
        """The notes of the first start, or what the word under the mouse means; nothing beside question and help."""
        if status.question is not None or ui.help:
            return
        if not ui.introduced:
            draw_first_start(p, self.layout, p.hints)
        else:
            scales = [panel.footer for panel in self.layout.tiles]
            ui.explained, self._explaining = self._hints.draw(p, ui.explained, scales, self._drawn_at)

    def _draw_sentence(
        self, p: Painter, headline: Headline, result: FrameResult | None, status: Status, ui: ViewState
    ) -> None:
        """The strip of the one number; what it asks for stands over the faces where there is no room for it.

        The presentation's caption has all of it.
        """
        strip = self.layout.sentence
        self.input.covered, self.input.asked_for = (), None
        if strip is not None:
            places = draw_sentence(p, strip, headline, status, ui, size="full")
            self.input.asked_for = places.get(Action.CALIBRATE.name)
        elif self.captions:
            return
        elif self.layout.caption is not None:
            if result is not None and result.models:  # else the tile says what is missing
                draw_countdown(p, self._faced, headline)
        else:
            draw_calibration(p, self._faced, status)
            review = draw_review(p, around([panel.body for panel in self.layout.tiles]), status, ui)
            self.input.covered = () if review is None else (review,)

    @property
    def _toast_area(self) -> Rect:
        return toast_area(self.layout.header, self.layout.faces, self.layout.tiles)

    @property
    def _faced(self) -> Rect:
        """The tile that a subject looks at."""
        views = [view for view, _ in self._shown_tiles]
        return self.layout.tiles[views.index(View.CAMERA) if View.CAMERA in views else 0].body

    def _draw_beside_faces(self, p: Painter, result: FrameResult | None, status: Status, ui: ViewState) -> None:
        """The features between the first two tiles, and the residual of each region at the difference."""
        if self.layout.strip is not None:
            draw_strip(p, self.layout.strip, self.layout.tiles[1], result, status, self._captions)
        residual, _ = panels.shown_residual(result, ui)
        if residual is None:
            return
        for at, ((view, _), panel) in enumerate(zip(self._shown_tiles, self.layout.tiles, strict=True)):
            if view in (View.HEAT, View.OBSERVED):
                draw_region_labels(p, panel.body, self._tiles.projected(at), residual.regions)

    def _draw_timeline(self, p: Painter, status: Status, ui: ViewState) -> None:
        live = LiveTime(self.history.now_s, self.history.span_s)
        others = [OtherFace(one.key, one.recent.overview, face_color(one)) for one in self.roster.others]
        self.timeline.draw(p, self.layout.timeline, self.recent, live, status, ui, others)

    def _draw_caption(self, p: Painter, result: FrameResult | None) -> None:
        strip = self.layout.narration
        if strip is None or result is None:
            return
        time_s = result.stamp / 1e9
        caption = caption_at(self.captions, time_s)
        if caption is not None:
            shown = zip(self._shown_tiles, self.layout.tiles, strict=True)
            draw_caption(p, strip, [panel.frame for (view, _), panel in shown if view is caption.view], caption, time_s)

    def _draw_card(
        self, p: Painter, card: Card, panel: Panel, result: FrameResult | None, status: Status, ui: ViewState
    ) -> None:
        several = len(self._models) > 1
        if card is Card.FEATURES and several:
            comparison.features(p, panel, result, self._captions)
        elif card is Card.FEATURES:
            panels.emotion(p, panel, result, status)
        elif card is Card.NUMBERS and several:
            comparison.residuals(p, panel, result, self._captions, ui)
        elif card is Card.NUMBERS:
            panels.residual(p, panel, result, ui, self._tiles.scene.highest, self._tiles.scene.flat)
        else:
            self.plots.draw(p, panel, card, ui)


def shares_of(ui: ViewState) -> Shares:
    """Sizes of the parts that the user has chosen."""
    return Shares(ui.timeline_share, ui.cards_share, ui.panel_share)


def _has_strip(tiles: Sequence[Tile]) -> bool:
    """Whether the features have a place between the camera's face and the predicted one."""
    return [view for view, _ in tiles[:2]] == [View.CAMERA, View.PREDICTED]
