"""Number of OpenGL objects, queried from OpenGL."""

from __future__ import annotations

import ctypes

import moderngl

from realtime.view.gl.functions import function

_KINDS = ("Buffer", "Texture", "Framebuffer", "Renderbuffer", "VertexArray", "Program", "Shader", "Sampler", "Query")
NAMES = 1 << 15  # drivers reuse the lowest free name, so names stay small while objects are released


def living_objects(ctx: moderngl.Context, names: int = NAMES) -> dict[str, int]:
    """The number of objects of each kind with names up to `names`, in the context that is current; some 100 ms.

    Neither ModernGL nor OpenGL counts them, but OpenGL answers for every name whether it is that of an object.
    """
    found = {}
    for kind in _KINDS:
        exists = function(ctx, f"glIs{kind}", ctypes.c_ubyte, ctypes.c_uint)
        found[kind.lower()] = sum(map(exists, range(1, names + 1)))
    return found
