"""The import of MediaPipe, without what only its drawing and audio functions use."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from types import ModuleType
from typing import Any

# Half of the import's time, and with sounddevice ALSA's complaints on a machine without a sound card. Packages come
# before what is in them.
_UNUSED = ("matplotlib", "matplotlib.pyplot", "sounddevice")


def import_mediapipe() -> Any:
    """The module `mediapipe`; what it imports for drawing and audio is loaded at its first use."""
    for name in _UNUSED:
        with contextlib.suppress(ImportError):  # the import of mediapipe gives the better error
            _load_at_first_use(name)
    import mediapipe

    return mediapipe


class _Deferred(ModuleType):
    """A module whose code runs when an attribute is requested that it does not have yet.

    `importlib.util.LazyLoader` does not work here: up to Python 3.11 the import statement itself, which reads
    `__spec__`, counts as such a use.
    """

    def __getattr__(self, name: str) -> Any:
        self.__class__ = ModuleType  # type: ignore[assignment]  # before its code runs, which may import itself
        spec = self.__spec__
        assert spec is not None and spec.loader is not None
        try:
            spec.loader.exec_module(self)
        except BaseException:
            sys.modules.pop(self.__name__, None)  # as after any import that failed
            raise
        return getattr(self, name)


def _load_at_first_use(name: str) -> None:
    """Import a module as a `_Deferred`, unless it is there already. Raises ImportError where it is not installed."""
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None:
        return
    module = importlib.util.module_from_spec(spec)
    module.__class__ = _Deferred
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:  # as the import statement does
        setattr(sys.modules[parent], child, module)
