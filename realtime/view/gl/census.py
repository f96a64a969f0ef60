"""How many objects OpenGL holds, asked of OpenGL itself."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import moderngl

_KINDS = ("Buffer", "Texture", "Framebuffer", "Renderbuffer", "VertexArray", "Program", "Shader", "Sampler", "Query")
NAMES = 1 << 15  # drivers give the lowest name that is free, so a small one each time that something was let go


def living_objects(ctx: moderngl.Context, names: int = NAMES) -> dict[str, int]:
    """The number of objects of each kind with names up to `names`, in the context that is current; some 100 ms.

    Neither ModernGL nor OpenGL counts them, but OpenGL tells of every name whether it stands for an object.
    """
    loader: Any = ctx.mglo._context  # type: ignore[attr-defined]  # with which ModernGL finds its own functions
    load: Callable[[str], int] = loader.load if hasattr(loader, "load") else loader.load_opengl_function
    convention: Any = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
    found = {}
    for kind in _KINDS:
        exists = convention(ctypes.c_ubyte, ctypes.c_uint)(load(f"glIs{kind}"))
        found[kind.lower()] = sum(map(exists, range(1, names + 1)))
    return found
