"""Anti-aliased line segments in pixels: the landmarks over the picture, and the curves of the plot."""

from __future__ import annotations

import moderngl
import numpy as np

from realtime.core.types import ByteArray, FloatArray
from realtime.view.gl.shader import load_program
from realtime.view.paint.layout import Rect
from realtime.view.paint.theme import Color

_RECORD = np.dtype([("ends", "f4", 4), ("color", "u1", 4)])


class LinePass:
    """Draws segments as quads with soft edges; one buffer, rewritten for every set."""

    def __init__(self, ctx: moderngl.Context, capacity: int = 4096) -> None:
        self._ctx = ctx
        self._program = load_program(ctx, "lines")
        self._capacity = capacity
        # Four vertices per segment rather than instances: software GL restarts for each instance.
        self._records = np.zeros((capacity, 4), _RECORD)
        self._buffer = ctx.buffer(reserve=self._records.nbytes, dynamic=True)
        quads = 4 * np.arange(capacity, dtype=np.uint32)[:, None] + np.array([0, 1, 2, 2, 1, 3], np.uint32)
        self._quads = ctx.buffer(quads.tobytes())
        self._array = ctx.vertex_array(
            self._program, [(self._buffer, "4f 4f1", "in_ends", "in_color")], index_buffer=self._quads
        )

    def draw(
        self,
        segments: FloatArray,
        color: Color | ByteArray,
        width: float,
        *,
        size_px: tuple[int, int],
        clip: Rect | None = None,
        alpha: FloatArray | None = None,
        round_ends: bool = False,
    ) -> None:
        """Draw segments (N, 4): x0, y0, x1, y1 in pixels from the top left; `alpha` (N,) 0..1 fades single ones.

        A colour for each segment is (N, 4) RGBA.

        Round ends join the pieces of a curve; flat ones do not add up to dots where half-transparent lines meet.
        """
        for start in range(0, len(segments), self._capacity):
            part = segments[start : start + self._capacity]
            n = len(part)
            records = self._records[:n]
            records["ends"] = part[:, None]
            rgba = np.array(color.bytes()) if isinstance(color, Color) else color[start : start + n]
            records["color"] = rgba[..., None, :]
            if alpha is not None:
                opacity = np.clip(alpha[start : start + n], 0, 1) * rgba[..., 3]
                records["color"][..., 3] = opacity[:, None]
            self._buffer.orphan()
            self._buffer.write(records)
            self._program["size_px"] = size_px
            self._program["half_width"] = width / 2
            self._program["round_ends"] = float(round_ends)
            self._ctx.enable_only(moderngl.BLEND)
            self._ctx.blend_func = moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA
            if clip is not None:
                self._ctx.scissor = clip.x, size_px[1] - clip.bottom, clip.w, clip.h
            self._array.render(moderngl.TRIANGLES, vertices=6 * n)
            self._ctx.scissor = None

    def close(self) -> None:
        """Release the GL objects."""
        for thing in (self._array, self._buffer, self._quads, self._program):
            thing.release()


def polyline(points: FloatArray) -> FloatArray:
    """Segments (N - 1, 4) through points (N, 2); a point that is NaN breaks the line."""
    segments = np.concatenate([points[:-1], points[1:]], axis=1)
    return np.ascontiguousarray(segments[np.isfinite(segments).all(axis=1)])


def circle(center: FloatArray, radius: float, n: int = 24) -> FloatArray:
    """A circle as n segments (n, 4) around a centre (2,)."""
    turn = np.linspace(0.0, 2 * np.pi, n + 1)
    return polyline(center[:2] + radius * np.stack([np.cos(turn), np.sin(turn)], axis=-1))
