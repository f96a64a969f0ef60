"""Functions of OpenGL that ModernGL does not offer."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import moderngl


def function(ctx: moderngl.Context, name: str, answer: Any, *arguments: Any) -> Callable[..., Any]:
    """A function by its name, with ctypes for its answer and its arguments; for the context that is current."""
    loader: Any = ctx.mglo._context  # type: ignore[attr-defined]  # with which ModernGL finds its own functions
    load: Callable[[str], int] = loader.load if hasattr(loader, "load") else loader.load_opengl_function
    convention: Any = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
    found: Callable[..., Any] = convention(answer, *arguments)(load(name))
    return found
