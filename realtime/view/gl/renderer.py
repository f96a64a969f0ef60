"""Whether OpenGL is rendered by a GPU or in software."""

from __future__ import annotations

import moderngl

_SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "software", "gdi generic", "microsoft basic render")


def is_software(ctx: moderngl.Context) -> bool:
    """Whether the processor draws."""
    return any(name in ctx.info["GL_RENDERER"].lower() for name in _SOFTWARE)
