"""Writes GLB, the binary container of glTF 2.0: one JSON chunk and one buffer.

After the specification of the Khronos Group, ISO/IEC 12113:2022. Accessors are dense and have a buffer view each: some
importers do not read sparse ones.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from realtime.core.errors import RecordError
from realtime.core.files import new_output
from realtime.core.types import Array
from realtime.core.version import __version__

ElementType = Literal["SCALAR", "VEC3", "VEC4"]
_MAGIC, _VERSION, _JSON, _BIN = 0x46546C67, 2, 0x4E4F534A, 0x004E4942
_COMPONENTS = {np.dtype(np.float32): 5126, np.dtype(np.uint16): 5123}
_VERTICES, _INDICES = 34962, 34963  # targets of buffer views
MOST_BYTES = (1 << 32) - 1  # lengths in the container have 32 bits


@dataclass(slots=True)
class GlbFile:
    """A glTF asset that grows; `write` puts it into a file.

    The lists are those of the glTF JSON object: meshes, nodes and animations refer to accessors by their number.
    """

    nodes: list[dict[str, Any]] = field(default_factory=list)
    meshes: list[dict[str, Any]] = field(default_factory=list)
    materials: list[dict[str, Any]] = field(default_factory=list)
    animations: list[dict[str, Any]] = field(default_factory=list)
    extras: dict[str, Any] = field(default_factory=dict)  # of the scene, which importers keep
    _accessors: list[dict[str, Any]] = field(default_factory=list)
    _views: list[dict[str, Any]] = field(default_factory=list)
    _chunks: list[bytes] = field(default_factory=list)
    _length: int = 0

    def vertices(self, values: Array, *, bounds: bool = False) -> int:
        """The number of a new accessor of vertex attributes (n, 3); `bounds` as positions need them."""
        return self._accessor(np.asarray(values, np.float32), "VEC3", _VERTICES, bounds)

    def indices(self, triangles: Array) -> int:
        """The number of a new accessor of triangles (n, 3), vertices below 65,535."""
        return self._accessor(np.asarray(triangles, np.uint16).reshape(-1), "SCALAR", _INDICES, False)

    def keyframes(self, values: Array, kind: ElementType = "SCALAR", *, bounds: bool = False) -> int:
        """The number of a new accessor of an animation, (n,) or (n, components); `bounds` as times need them."""
        return self._accessor(np.asarray(values, np.float32), kind, None, bounds)

    def _accessor(self, values: Array, kind: ElementType, target: int | None, bounds: bool) -> int:
        content = np.ascontiguousarray(values).tobytes()
        view = {"buffer": 0, "byteOffset": self._length, "byteLength": len(content)}
        self._views.append(view if target is None else view | {"target": target})
        found: dict[str, Any] = {
            "bufferView": len(self._views) - 1,
            "componentType": _COMPONENTS[values.dtype],
            "count": len(values),
            "type": kind,
        }
        if bounds:
            rows = values.reshape(len(values), -1)
            found |= {"min": rows.min(axis=0).tolist(), "max": rows.max(axis=0).tolist()}
        self._accessors.append(found)
        content += b"\0" * (-len(content) % 4)
        self._chunks.append(content)
        self._length += len(content)
        return len(self._accessors) - 1

    def content(self) -> dict[str, Any]:
        """The JSON object."""
        lists = {"meshes": self.meshes, "materials": self.materials, "animations": self.animations}
        return {
            "asset": {"version": "2.0", "generator": f"meshmirror {__version__}"},
            "scene": 0,
            "scenes": [{"nodes": list(range(len(self.nodes))), "extras": self.extras}],
            "nodes": self.nodes,
            **{name: entries for name, entries in lists.items() if entries},
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": self._length}],
        }

    def write(self, wanted: Path, mode: int = 0o666) -> Path:
        """Write it under an unused name, see `unique_path`; that name. Nothing is left where it fails.

        Raises RecordError.
        """
        text = json.dumps(self.content(), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        size = 12 + 8 + len(text) + 8 + self._length
        if size > MOST_BYTES:
            raise RecordError(f"{wanted}: {size >> 20} MB, and a GLB file holds 4096 at most. Export a part of it.")
        with new_output(wanted, mode) as path:
            try:
                with path.open("wb") as file:
                    file.write(struct.pack("<5I", _MAGIC, _VERSION, size, len(text), _JSON))
                    file.write(text)
                    file.write(struct.pack("<2I", self._length, _BIN))
                    file.writelines(self._chunks)
            except OSError as error:
                raise RecordError(f"{path}: could not be written: {error.strerror or error}.") from error
        return path
