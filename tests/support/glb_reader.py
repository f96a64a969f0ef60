"""A second, naive reader of GLB files, by the tables of the specification."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

COMPONENTS = {5121: "u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


@dataclass(frozen=True)
class Glb:
    """The JSON object and the buffer."""

    json: dict[str, Any]
    buffer: bytes

    def array(self, number: int) -> np.ndarray:
        accessor = self.json["accessors"][number]
        view = self.json["bufferViews"][accessor["bufferView"]]
        assert "sparse" not in accessor and view["byteOffset"] % 4 == 0
        width = WIDTHS[accessor["type"]]
        found = np.frombuffer(
            self.buffer, COMPONENTS[accessor["componentType"]], accessor["count"] * width, view["byteOffset"]
        ).reshape(accessor["count"], width)
        assert found.nbytes == view["byteLength"]
        if "min" in accessor:
            assert found.min(0).tolist() == accessor["min"] and found.max(0).tolist() == accessor["max"]
        return found if width > 1 else found[:, 0]

    def mesh(self, name: str) -> dict[str, Any]:
        return next(mesh for mesh in self.json["meshes"] if mesh["name"] == name)

    def names(self, mesh: str) -> list[str]:
        names: list[str] = self.mesh(mesh)["extras"]["targetNames"]
        assert all(len(part.get("targets", [])) == len(names) for part in self.mesh(mesh)["primitives"])
        return names

    def landmarks(self, mesh: str, weights: np.ndarray, part: int = 0) -> np.ndarray:
        """(n, 468, 3) metres: base plus weighted targets (n, targets) of the first 468 vertices of the skin."""
        primitive = self.mesh(mesh)["primitives"][part]
        base = self.array(primitive["attributes"]["POSITION"])[:468].astype(float)
        moved = [self.array(target["POSITION"])[:468].astype(float) for target in primitive.get("targets", [])]
        return base + np.tensordot(weights, np.array(moved).reshape(-1, 468, 3), axes=1)

    def track(self, node: str, path: str) -> tuple[np.ndarray, np.ndarray, str] | None:
        """Times, values (n, ...) and interpolation of a channel; None without it."""
        animation = self.json["animations"][0]
        for channel in animation["channels"]:
            if (self.json["nodes"][channel["target"]["node"]]["name"], channel["target"]["path"]) == (node, path):
                sampler = animation["samplers"][channel["sampler"]]
                times = self.array(sampler["input"])
                return times, self.array(sampler["output"]).reshape(len(times), -1), sampler["interpolation"]
        return None


def read_glb(path: Path) -> Glb:
    content = path.read_bytes()
    magic, version, length, json_length, kind = struct.unpack_from("<4sIII4s", content)
    assert (magic, version, length, kind) == (b"glTF", 2, len(content), b"JSON") and json_length % 4 == 0
    size, kind = struct.unpack_from("<I4s", content, 20 + json_length)
    assert kind == b"BIN\0" and 28 + json_length + size == length and size % 4 == 0
    found = json.loads(content[20 : 20 + json_length])
    assert found["buffers"] == [{"byteLength": size}]
    return Glb(found, content[28 + json_length :])
