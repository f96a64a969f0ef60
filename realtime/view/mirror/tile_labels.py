"""What is written in the tiles of the upper part: titles, scales, sides, states; faces and pictures are the passes'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.core.frame_result import FrameResult, ModelResult, Residual
from realtime.core.status import Status
from realtime.core.view_options import ColorMap, Overlay, SignedMap, View
from realtime.core.view_state import ViewState
from realtime.core.wording import signed
from realtime.view.mirror.face_styles import DISAGREEMENT, residual_colors
from realtime.view.mirror.model_facts import Caption
from realtime.view.mirror.panels import family, residual_of, shown_model, shown_residual
from realtime.view.mirror.scene import Scene
from realtime.view.mirror.tiles import Tile, wipe_sides
from realtime.view.paint import theme
from realtime.view.paint.card import chip, scale, sides, title
from realtime.view.paint.layout import Panel, Rect
from realtime.view.paint.painter import Painter, Side
from realtime.view.paint.theme import Color

# What the tiles are called, from long to short: read from left to right they say what is seen.
TITLES: dict[View, tuple[str, ...]] = {
    View.CAMERA: ("You",),
    View.OBSERVED: ("Your face, measured", "Measured"),
    View.PREDICTED: ("What your emotions predict", "Predicted from emotions", "Predicted"),
    View.GHOST: ("You over the prediction", "Overlay"),
    View.VECTORS: ("From the prediction to you", "Vectors"),
    View.HEAT: ("The difference", "Difference"),
    View.ON_FACE: ("The prediction on your face", "Prediction on you", "Reprojection"),
    View.WIPE: ("You beside the prediction", "Wipe"),
}
_TERMS = {
    View.CAMERA: "you",
    View.PREDICTED: "predicted",
    View.ON_FACE: "predicted",
    View.HEAT: "difference",
    View.OBSERVED: "difference",
    View.GHOST: "difference",
    View.VECTORS: "difference",
    View.WIPE: "difference",
}
_FLAGS = {
    "black": "black image: is the lens covered?",
    "frozen": "frozen image",
    "torn": "incomplete image",
}


@dataclass(frozen=True, slots=True)
class TileLabels:
    """Draws one frame's text into tiles."""

    p: Painter
    result: FrameResult | None
    scene: Scene
    models: Sequence[Caption]
    status: Status
    ui: ViewState

    def draw(self, tile: Tile, panel: Panel, picture: Rect) -> None:
        """The text of a tile; `picture` is the rectangle of the camera image in it."""
        view, at = tile
        if view is View.CAMERA:
            self._camera(panel, picture)
        elif view is View.PREDICTED:
            self._predicted(panel, at)
        elif view is View.ON_FACE:
            self._on_face(panel, picture)
        else:
            self._compared(view, panel)

    def _has_footer(self, panel: Panel) -> bool:
        """Whether a footer is drawn: a low tile has none."""
        return panel.footer.h > 0

    def _title(self, panel: Panel, view: View, *notes: str, color: Color | None = None) -> None:
        """The longest title of a view that fits; notes where there is room beside it, but not on the first start."""
        p, mark = self.p, self._mark
        room = panel.title.w - (p.width(mark, theme.SIZE_BODY, p.fonts.bold) + p.px(9) if mark else 0)
        text = p.first_fitting(TITLES[view], room, theme.SIZE_TITLE, p.fonts.bold)
        title(p, panel, text, *(notes if self.ui.introduced else ()), color=color, mark=mark, term=_TERMS.get(view, ""))

    @property
    def _mark(self) -> str:
        """What must be known of every face that is drawn; the first start begins without it."""
        return f"× {self.ui.exaggeration:g}" if self.ui.exaggeration > 1 and self.ui.introduced else ""

    # The picture ----------------------------------------------------------------------------------------------------

    def _camera(self, panel: Panel, picture: Rect) -> None:
        """Title, state over the picture, pose below it, or the scale of what it is tinted with."""
        result = self.result
        size = f"{result.frame.size[0]} × {result.frame.size[1]}" if result is not None and self.ui.whole else ""
        looking = "mirrored" if self.ui.mirrored else ""
        if result is not None and len(result.faces) > 1 and result.face is not None:
            size = f"face {result.face.track_id}, one of {len(result.faces)}"
        elif result is not None and result.landmarks is not None and result.landmarks.faces_seen > 1:
            size = f"largest of {result.landmarks.faces_seen} faces"  # must not be overlooked
        notes = [" · ".join(part for part in parts if part) for parts in ((size, looking), (size,))]
        self._title(panel, View.CAMERA, *(() if self.ui.stage else notes))
        self._state(picture)
        if result is None or result.aligned is None or not self._has_footer(panel):
            return
        if self.ui.overlay is Overlay.TINT and self.scene.faces is not None and self.scene.faces.values is not None:
            self._scale(panel.footer, self.ui.colours)
        elif not self.ui.stage and self.ui.whole:
            _pose(self.p, panel.footer, result)

    def _state(self, picture: Rect) -> None:
        """What is the matter with the picture, over it."""
        p, result, status = self.p, self.result, self.status
        note = status.source_note
        if status.source_state == "lost":
            chip(p, picture, (f"lost: {note}", "lost") if note else ("lost",), theme.BAD)
        elif status.source_state == "ended":
            chip(p, picture, ("end of source", "ended"), theme.TEXT_SOFT)
        elif result is None:
            chip(p, picture, (f"opening {status.source}" if status.source else "opening …", "opening"), theme.TEXT_SOFT)
        elif result.frame.flags:
            flags = sorted(result.frame.flags)
            chip(p, picture, ("; ".join(_FLAGS.get(flag, flag) for flag in flags), flags[0]), theme.WARN)
        elif result.landmarks is None:
            chip(p, picture, ("no face detected", "no face"), theme.WARN)
        elif note and status.calibrating is None:
            chip(p, picture, (note,), theme.WARN)

    def _on_face(self, panel: Panel, picture: Rect) -> None:
        """The prediction in the picture: whose it is, and from what."""
        self._title(panel, View.ON_FACE, *self._model_notes("predicted by"))
        self._state(picture)
        model = shown_model(self.result, self.ui.model)
        if model is not None and model.predicted is not None and self._has_footer(panel):
            self._draw_input(panel.footer, model)

    # The faces ------------------------------------------------------------------------------------------------------

    def _compared(self, view: View, panel: Panel) -> None:
        """The views that show how the observed face differs from the predicted one."""
        residual, adjusted = shown_residual(self.result, self.ui)
        kind = "from your resting face" if adjusted else "raw: includes who you are"
        by = "" if self.result is None or self.result.landmarks is None else self.result.landmarks.tracker
        notes = {
            View.OBSERVED: (f"residual, {kind}, tracker {by}", f"residual, {kind}, {by}", f"residual, {kind}", kind),
            View.GHOST: ("observed over predicted", kind),
            View.VECTORS: (f"from predicted to observed, {kind}", "predicted to observed", kind),
            View.HEAT: self._heat_notes(kind),
            View.WIPE: (f"residual, {kind}, {by}", f"residual, {kind}", kind),
        }[view]
        if not panel.footer.h and view is not View.GHOST:  # no colour without its scale
            low = f"−{self.scene.highest:g}" if view is View.HEAT and self.ui.signed else "0"
            scale_text = f"{low} to {self.scene.highest:g} %"
            notes = (f"{kind}, {scale_text}", scale_text)
        several = (
            self._model_notes("residual of" if view is View.OBSERVED else "against") if len(self.models) > 1 else ()
        )
        self._title(panel, view, *(several + notes if residual is not None else ()))
        result, faces = self.result, self.scene.faces
        if result is None or faces is None:
            _draw_placeholder(self.p, panel.body, result)
            return
        sides(self.p, panel.body, self.ui)
        if view is View.WIPE:
            self._draw_wipe_labels(panel.body)
        if residual is None or not self._has_footer(panel):
            return
        if view is View.GHOST:
            self._legend(panel.footer)
        else:
            colors = residual_colors(faces, self.ui, heat_map=view is View.HEAT)
            self._scale(panel.footer, colors)

    def _scale(self, rect: Rect, colors: ColorMap | SignedMap) -> None:
        """The colour scale of the difference."""
        scene = self.scene
        scale(self.p, rect, scene.highest, colors, flat=scene.flat, automatic=scene.automatic)

    def _heat_notes(self, kind: str) -> tuple[str, ...]:
        if not self.ui.signed:
            return f"residual, {kind}", kind
        signs = "− inwards, + outwards"
        return f"along the normal, {kind}: {signs}", f"{kind}: {signs}", signs, "− in, + out"

    def _model_notes(self, what: str) -> tuple[str, ...]:
        """The model whose prediction a view is about."""
        long, short = self.models[self.ui.model].names
        return f"{what} {long}", f"{what} {short}", long, short

    def _draw_wipe_labels(self, body: Rect) -> None:
        """What is left and right of the wipe's line, in the corners; left out where a half is too narrow."""
        p, halves = self.p, wipe_sides(body, self.ui.wipe)
        names: tuple[tuple[str, Rect, Side], ...]
        names = ("observed", halves[0], "left"), ("predicted", halves[1], "right")
        line = Rect(body.x, body.y, body.w, p.px(22))
        for name, half, side in names:
            if p.width(name, theme.SIZE_SMALL, p.fonts.bold) + p.px(10) <= half.w:
                p.text(name, line, theme.TEXT_SOFT, theme.SIZE_SMALL, p.fonts.bold, side)

    def _legend(self, rect: Rect) -> None:
        """Which colour is which face."""
        p = self.p
        x = rect.x
        for name, color in (("observed", theme.ON_PICTURE), ("predicted", theme.SKIN)):
            label_rect = Rect(x + p.px(15), rect.y, max(0, rect.right - x - p.px(15)), rect.h)
            if p.width(name, theme.SIZE_SMALL) > label_rect.w:
                return
            p.dot(x + p.px(5), rect.y + rect.h / 2, 4.5 * p.unit, color)
            x = label_rect.x + round(p.text(name, label_rect, theme.TEXT_SOFT, theme.SIZE_SMALL)) + p.px(18)

    def _predicted(self, panel: Panel, at: int) -> None:
        """Title of a model's predicted face, and what the model was given, or the scale of the models' disagreement."""
        p, result, ui = self.p, self.result, self.ui
        caption, model = self.models[at], shown_model(result, at)
        if len(self.models) == 1:
            noted = (f"{caption.name}, {caption.note}",) if caption.note else ()
            color = theme.WARN if noted and caption.warns else theme.TEXT_FAINT
            self._title(panel, View.PREDICTED, *noted, *caption.names, color=color)
        else:
            residual = None if model is None else residual_of(model, ui)[0]
            _model_title(p, panel, caption, at, residual, at == ui.model, self._mark, ui.introduced)
        if model is None or model.predicted is None:
            _draw_placeholder(p, panel.body, result)
            return
        sides(p, panel.body, ui)
        if not self._has_footer(panel):
            return
        if self.scene.faces is not None and self.scene.faces.disagreement is not None:
            scale(p, panel.footer, self.scene.disagreement_highest, DISAGREEMENT, name="models disagree by")
        else:
            self._draw_input(panel.footer, model)

    def _draw_input(self, rect: Rect, model: ModelResult) -> None:
        """What a model made its prediction from."""
        assert model.predicted is not None
        live = model.predicted.pose is not None
        what = "features" if model.features is None else family(model.features.values)
        given = f"input: {what}, {'live pose' if live else 'pose = 0'}"
        short = f"{what}, {'live pose' if live else 'pose 0'}"
        offset = self.ui.adjusted and model.predicted.adjusted_canon is not None
        wordings = (given + " + your resting face", given + " + rest", short + " + rest") if offset else (given,)
        if offset and model.identity is not None and model.identity.response is not None:
            wordings = (f"input: {what} + your rest at this pose", f"{what} + your rest at this pose", *wordings)
        text = self.p.first_fitting((*wordings, given, short), rect.w, theme.SIZE_SMALL)
        self.p.text(text, rect, theme.TEXT_FAINT, theme.SIZE_SMALL, term="pose input")


def _pose(p: Painter, rect: Rect, result: FrameResult) -> None:
    assert result.aligned is not None
    angles = result.aligned.pose.degrees()
    third = rect.w // 3
    for names, size, mono, digits in (
        (tuple(angles), theme.SIZE_BODY, theme.SIZE_MONO, 1),
        (tuple(angles), theme.SIZE_SMALL, theme.SIZE_SMALL, 0),
        (tuple(name[0].upper() for name in angles), theme.SIZE_SMALL, theme.SIZE_SMALL, 0),
    ):
        # As wide as the widest value, so that nothing moves while the numbers change.
        number = p.width(f"{signed(-90, digits)}°", mono, p.fonts.mono)
        if max(p.width(name + " ", size) for name in names) + number <= third - p.px(6):
            break
    else:
        return  # no room
    for at, (name, degrees) in enumerate(zip(names, angles.values(), strict=True)):
        side = ("left", "center", "right")[at]
        wide = p.width(name + " ", size) + number
        start = {"left": 0.0, "center": (third - wide) / 2, "right": third - wide}[side]
        box = Rect(rect.x + at * third + round(start), rect.y, round(wide) + 2, rect.h)
        p.text(name, box, theme.TEXT_FAINT, size)
        p.text(f"{signed(degrees, digits)}°", box, theme.TEXT_SOFT, mono, p.fonts.mono, "right")


def _model_title(
    p: Painter, panel: Panel, caption: Caption, at: int, residual: Residual | None, chosen: bool, mark: str,
    introduced: bool,
) -> None:  # fmt: skip
    """The name of one of several models in its colour, and its residual."""
    line = panel.title
    number = "" if residual is None or not introduced else f"{residual.nme:.1f} %"
    p.dot(line.x + p.px(5), line.y + line.h / 2, 4.5 * p.unit, theme.MODELS[at])
    marked = round(p.width(mark, theme.SIZE_BODY, p.fonts.bold)) + p.px(8) if mark else 0
    room = max(0, line.w - p.px(16) - marked)
    beside = room - round(p.width(number, theme.SIZE_MONO, p.fonts.mono)) - p.px(10)
    label = p.first_fitting(caption.names, beside, theme.SIZE_BODY, p.fonts.bold)
    if label:
        room = beside
        p.text(number, line, theme.TEXT if chosen else theme.TEXT_SOFT, theme.SIZE_MONO, p.fonts.mono, "right")
    else:  # without a name the number would be meaningless
        short = p.elide_middle(caption.names[-1], room, theme.SIZE_BODY, p.fonts.bold)
        label = p.first_fitting(caption.names, room, theme.SIZE_BODY, p.fonts.bold) or short
    name = Rect(line.x + p.px(16), line.y, room, line.h)
    taken = round(p.text(label, name, theme.TEXT, theme.SIZE_BODY, p.fonts.bold, term="predicted")) + p.px(8)
    p.fitting((mark,), Rect(name.x + taken, line.y, marked, line.h), theme.ACCENT, theme.SIZE_BODY, p.fonts.bold)
    note = Rect(name.x + taken + marked, line.y, max(0, name.right - name.x - taken), line.h)
    if introduced and caption.note and p.width(caption.note, theme.SIZE_SMALL) <= note.w:
        p.text(caption.note, note, theme.WARN if caption.warns else theme.TEXT_FAINT, theme.SIZE_SMALL)


def _draw_placeholder(p: Painter, body: Rect, result: FrameResult | None) -> None:
    variants: tuple[str, ...] = ("no mesh",)
    if result is None:
        variants = ("waiting for the first frame", "waiting")
    elif result.landmarks is None:
        variants = ("no face detected", "no face")
    p.fitting(variants, body, theme.TEXT_FAINT, theme.SIZE_BODY, side="center")
