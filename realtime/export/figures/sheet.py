"""A sheet of faces: cards with a caption and one or more faces each, a heading, one colour scale for all of them.

Drawn by the same passes as the window. A sheet may be larger than what the driver draws at once: it is then drawn in
strips.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import moderngl
import numpy as np

from realtime.core.errors import UsageError
from realtime.core.types import ByteArray, FloatArray
from realtime.export.figures.layout import (
    CardPlace,
    ScalePlace,
    SheetLayout,
    SheetShape,
    TextLines,
    arrange_sheet,
    columns_for,
    text_widths,
    ticks,
)
from realtime.export.figures.sheet_contents import ColorScale, SheetCard, SheetHeading
from realtime.geometry import INNER_LIPS
from realtime.view.gl.backdrop import Backdrop
from realtime.view.gl.imgui_renderer import ImguiRenderer
from realtime.view.gl.lines import LinePass
from realtime.view.gl.meshes import MeshPass
from realtime.view.gl.orbit_camera import OrbitCamera
from realtime.view.gl.styled_face import StyledFace
from realtime.view.paint import colormap, theme
from realtime.view.paint.arrows import Arrows, arrow_segments
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Fonts, Painter
from realtime.view.paint.theme import Ground
from realtime.view.screen import open_offscreen
from realtime.view.screen.offscreen import read_pixels

_SAMPLES = 8  # samples per pixel, if the driver has as many: a sheet is drawn once
_STRIP_PX = 2**23  # pixels of a sheet that are drawn at once
LARGEST = 16384  # pixels a side, whatever the driver could do more: what picture viewers open

_HEADING, _HEADING_SMALLEST, _LINE, _SCALE, _NUMBER, _FOOT = 31.0, 17.0, 17.0, 15.5, 15.5, 13.5
_TITLE, _TITLE_SMALLEST, _NOTE, _LABEL = 24.0, 13.0, 18.5, 17.5
_CORNER, _MARK = 9.0, 2.5  # of a card, as in its shader; the outline of a marked one
_ARROW, _ARROW_RIM, _ARROW_HEAD, _TURNED_AWAY = 1.5, 3.3, 8.0, 0.12


@dataclass(frozen=True, slots=True)
class _WrappedText:
    """The wrapped texts around the cards."""

    title: tuple[str, ...]
    warning: tuple[str, ...]
    heading: tuple[str, ...]
    caption: tuple[str, ...]
    note: tuple[str, ...]
    footer: tuple[str, ...]
    footer_right: str  # at the right of the footer's only line


class SheetView:
    """A sheet of one layout, to be drawn once or frame after frame; a context manager, for one thread.

    `mean_mesh` (478, 3), model units, defines the frame. The faces of `cells`, at least one, fit into the view from all
    of their cameras and from `turned`, those of later cells. Faces are `face_px` pixels wide; without `columns` the
    sheet gets about a screen's shape. `samples` per pixel (None: 8, or as many as the driver has).

    Raises DisplayError where there is no OpenGL, UsageError for a sheet that is too large to draw.
    """

    def __init__(
        self,
        mean_mesh: FloatArray,
        heading: SheetHeading,
        cells: Sequence[SheetCard],
        face_px: int,
        *,
        turned: Sequence[OrbitCamera] = (),
        columns: int | None = None,
        ground: Ground = theme.DARK,
        samples: int | None = None,
    ) -> None:
        self._heading = heading
        self._ground = ground
        faces = [face for cell in cells for face in cell.faces]
        shown = np.concatenate([mean_mesh, *(face.styled.mesh for face in faces)])
        cameras = [*turned, *(face.camera for face in faces)] or [OrbitCamera()]
        samples = _SAMPLES if samples is None else samples
        with ExitStack() as stack:
            screen = open_offscreen((16, 16))
            stack.callback(screen.close)
            self._ctx = screen.ctx
            self._backdrop = Backdrop(self._ctx)
            stack.callback(self._backdrop.close)
            self._meshes = MeshPass(self._ctx, mean_mesh, shown, 1, samples, list(dict.fromkeys(cameras)))
            stack.callback(self._meshes.close)
            self._lines = LinePass(self._ctx)
            stack.callback(self._lines.close)
            self._imgui = ImguiRenderer(self._ctx)
            stack.callback(self._imgui.close)
            self._fonts = Fonts.load()
            shape = self._shape(cells, face_px, columns)
            self._words = self._broken(screen.framebuffer, shape)
            self.layout = self._arrange(shape)
            width, height = self.layout.size
            self._strip_h = min(height, max(1, _STRIP_PX // width))
            color = self._ctx.renderbuffer((width, self._strip_h), 4)
            self._target = self._ctx.framebuffer([color])
            stack.callback(color.release)
            stack.callback(self._target.release)
            self._pixels = np.empty((self._strip_h, width, 4), np.uint8)
            face = self.layout.cards[0].faces[0]
            self._meshes.resize((face.w, face.h))
            self._stack = stack.pop_all()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the sheet in pixels, both even."""
        return self.layout.size

    def draw(self, cells: Sequence[SheetCard]) -> ByteArray:
        """The sheet as (height, width, 3) RGB, top row first; `cells` as many as in the constructor."""
        width, height = self.layout.size
        whole = np.empty((height, width, 3), np.uint8)
        for top in range(0, height, self._strip_h):
            self._draw_strip(self.layout.moved(-top), cells)
            rows = min(self._strip_h, height - top)
            whole[top : top + rows] = read_pixels(self._target, self._pixels)[:rows]
        return whole

    def close(self) -> None:
        """Release everything; may be called twice."""
        self._stack.close()

    def __enter__(self) -> SheetView:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Layout ---------------------------------------------------------------------------------------------------------

    def _shape(self, cells: Sequence[SheetCard], face_px: int, columns: int | None) -> SheetShape:
        shape = SheetShape(
            cards=len(cells),
            faces=max(1, *(max(len(cell.faces), cell.width) for cell in cells)),
            notes=max(len(_notes(cell)) for cell in cells),
            labels=any(face.label for cell in cells for face in cell.faces),
            scale=self._heading.scale is not None,
            face_px=face_px,
            ratio=self._meshes.ratio,
            columns=1,
        )
        return replace(shape, columns=min(columns or columns_for(shape), len(cells)))

    def _broken(self, target: moderngl.Framebuffer, shape: SheetShape) -> _WrappedText:
        """The wrapped texts of heading and footer."""
        room, heading = text_widths(shape), self._heading
        scale = heading.scale or ColorScale(1.0, "")
        target.use()
        self._imgui.begin((16, 16), 1.0)
        p = Painter(self._fonts, room.unit)
        left, right = heading.footer
        together = p.width(left, _FOOT) + p.width(right, _FOOT) + p.px(20) <= room.footer
        texts = _WrappedText(
            p.wrap(heading.title, room.heading, _HEADING, p.fonts.bold) or ("",),
            p.wrap(heading.warning, room.heading, _LINE, p.fonts.bold),
            tuple(part for line in heading.lines for part in p.wrap(line, room.heading, _LINE)),
            p.wrap(scale.caption, room.scale, _SCALE),
            p.wrap(scale.note, room.scale, _FOOT),
            (left,) if together else (*p.wrap(left, room.footer, _FOOT), *p.wrap(right, room.footer, _FOOT)),
            right if together else "",
        )
        self._imgui.end()
        return texts

    def _arrange(self, shape: SheetShape) -> SheetLayout:
        texts = self._words
        heading = len(texts.warning) + len(texts.heading)
        lines = TextLines(len(texts.title), heading, len(texts.caption), len(texts.note), len(texts.footer))
        layout = arrange_sheet(shape, lines)
        most = min(LARGEST, int(self._ctx.info["GL_MAX_TEXTURE_SIZE"]))
        if max(layout.size) > most:
            raise UsageError(
                f"The sheet would have {layout.size[0]} x {layout.size[1]} pixels; the limit is {most} per side. "
                "Choose smaller faces, another number of columns, or fewer features."
            )
        return layout

    # Drawing --------------------------------------------------------------------------------------------------------

    def _draw_strip(self, layout: SheetLayout, cells: Sequence[SheetCard]) -> None:
        size = self._target.size
        strip = Rect(0, 0, *size)
        seen = [
            (card, cell)
            for card, cell in zip(layout.cards, cells, strict=True)
            if card.frame.y < strip.bottom and card.frame.bottom > 0
        ]
        self._target.use()
        self._backdrop.draw_cards(size, layout.unit, [card.frame for card, _ in seen], self._ground)
        self._draw_mouths(seen)
        for card, cell in seen:
            for rect, face in zip(card.faces, cell.faces, strict=False):
                self._meshes.draw(self._target, size, [rect], [face.styled], face.camera)
                if face.arrows is not None:
                    self._draw_arrows(layout.unit, rect, face.styled, face.arrows, face.camera)
        self._imgui.begin(size, 1.0)
        self._draw_heading(layout)
        cards = Painter(self._fonts, layout.unit)
        title = _title_size(cards, layout, cells)
        for card, cell in seen:
            self._draw_card(cards, card, cell, title)
        self._imgui.end()

    def _draw_mouths(self, seen: Sequence[tuple[CardPlace, SheetCard]]) -> None:
        """Darken the inside of open lips: a light background would look like teeth."""
        self._imgui.begin(self._target.size, 1.0)
        p = Painter(self._fonts, 1.0)
        for card, cell in seen:
            for rect, face in zip(card.faces, cell.faces, strict=False):
                lips = face.styled.mesh[list(INNER_LIPS)]
                p.polygon(self._meshes.project(lips, rect, face.camera), theme.INSIDE)
        self._imgui.end()

    def _draw_arrows(self, unit: float, rect: Rect, styled: StyledFace, arrows: Arrows, camera: OrbitCamera) -> None:
        towards_us = self._meshes.facing(styled.mesh, camera)[arrows.vertices] > _TURNED_AWAY
        starts = self._meshes.project(arrows.starts_canon[towards_us], rect, camera)
        ends = self._meshes.project(styled.mesh[arrows.vertices[towards_us]], rect, camera)
        segments = arrow_segments(starts, ends, _ARROW * unit, _ARROW_HEAD * unit)
        for color, width in ((theme.ARROW_RIM, _ARROW_RIM), (theme.ARROW, _ARROW)):
            self._lines.draw(segments, color, width * unit, size_px=self._target.size, clip=rect, round_ends=True)

    def _draw_heading(self, layout: SheetLayout) -> None:
        p, ink = Painter(self._fonts, layout.head_unit), self._ground
        heading = self._heading
        room = layout.title[0].w
        size = min(_fitting(p, text, room, _HEADING, _HEADING_SMALLEST) for text in self._words.title)
        for text, rect in zip(self._words.title, layout.title, strict=True):
            p.text(text, rect, ink.text, size, p.fonts.bold)
        warned = len(self._words.warning)
        for text, rect in zip(self._words.warning, layout.lines, strict=False):
            p.text(text, rect, ink.warn, _LINE, p.fonts.bold)
        for text, rect in zip(self._words.heading, layout.lines[warned:], strict=True):
            p.text(text, rect, ink.soft, _LINE)
        if heading.scale is not None and layout.scale is not None:
            self._draw_scale(p, layout.scale, heading.scale)
        for text, rect in zip(self._words.footer, layout.footer, strict=True):
            p.text(text, rect, ink.faint, _FOOT)
        if self._words.footer_right:
            p.text(self._words.footer_right, layout.footer[0], ink.faint, _FOOT, side="right")

    def _draw_scale(self, p: Painter, place: ScalePlace, scale: ColorScale) -> None:
        ink = self._ground
        for text, rect in zip(self._words.caption, place.caption, strict=True):
            p.text(text, replace(rect, h=rect.h - p.px(5)), ink.soft, _SCALE)
        bar = place.bar
        if scale.beyond:
            tip = round(0.8 * bar.h)
            bar = replace(bar, w=bar.w - tip)
            point = [(bar.right, bar.y), (bar.right + tip, bar.y + bar.h / 2), (bar.right, bar.bottom)]
            p.polygon(np.array(point), colormap.at(1.0))
        p.color_scale(bar)
        p.frame(bar, ink.faint.faded(0.6), width=max(1.0, 0.6 * p.unit))
        for value in ticks(scale.highest):
            x = bar.x + bar.w * value / scale.highest
            text = f"{value:g}"
            width = round(p.width(text, _NUMBER, p.fonts.mono)) + 1
            left = min(max(round(x - width / 2), place.ticks.x), place.ticks.right - width)
            p.rule(x, bar.bottom, x, bar.bottom + p.px(4), ink.faint, max(1.0, p.unit))
            box = Rect(left, place.ticks.y + p.px(4), width, place.ticks.h - p.px(4))
            p.text(text, box, ink.soft, _NUMBER, p.fonts.mono, "center")
        for text, rect in zip(self._words.note, place.note, strict=True):
            p.text(text, rect, ink.faint, _FOOT)

    def _draw_card(self, p: Painter, card: CardPlace, cell: SheetCard, title: float) -> None:
        ink = self._ground
        if cell.marked:
            p.frame(card.frame, ink.warn, _CORNER * p.unit, max(2.0, _MARK * p.unit))
        p.text(cell.title, card.title, ink.text, title, p.fonts.bold)
        for (text, warns), rect in zip(_notes(cell), card.notes, strict=False):
            p.text(text, rect, ink.warn if warns else ink.soft, _NOTE)
        for face, rect in zip(cell.faces, card.labels, strict=False):
            p.text(face.label, rect, ink.soft, _LABEL, side="center")
        if cell.paint is not None:
            first, last = card.faces[0], card.faces[-1]
            cell.paint(p, Rect(first.x, first.y, last.right - first.x, first.h), ink)


def draw_sheet(
    mean_mesh: FloatArray,
    heading: SheetHeading,
    cells: Sequence[SheetCard],
    face_px: int,
    *,
    columns: int | None = None,
    ground: Ground = theme.DARK,
) -> ByteArray:
    """One sheet as (height, width, 3) RGB; see `SheetView`."""
    with SheetView(mean_mesh, heading, cells, face_px, columns=columns, ground=ground) as view:
        return view.draw(cells)


def _notes(cell: SheetCard) -> list[tuple[str, bool]]:
    """The lines under a card's title, and whether each is a warning."""
    return [(text, False) for text in cell.notes] + ([(cell.warning, True)] if cell.warning else [])


def _title_size(p: Painter, layout: SheetLayout, cells: Sequence[SheetCard]) -> float:
    """The one size in which the longest of all titles fits its card."""
    room = layout.cards[0].title.w
    return min(_fitting(p, cell.title, room, _TITLE, _TITLE_SMALLEST) for cell in cells)


def _fitting(p: Painter, text: str, room: float, largest: float, smallest: float) -> float:
    """The largest size between two at which a bold line fits."""
    size = largest
    while size > smallest and p.width(text, size, p.fonts.bold) > room:
        size -= 0.5
    return max(size, smallest)
