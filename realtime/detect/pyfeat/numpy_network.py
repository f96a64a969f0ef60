"""py-feat's network in plain numpy, step by step as py-feat computes it: what a converted network is compared with.

One picture takes a second or so. It shares nothing with the graph that OpenVINO runs but the checkpoint and its
settings: no weight is folded into another, and maps are (height, width, channels).
"""

from __future__ import annotations

import numpy as np
from scipy.special import erf

from realtime.core.types import N_LANDMARKS, FloatArray
from realtime.detect.pyfeat.architecture import DEPTHS, EYE_CORNERS, Architecture
from realtime.detect.pyfeat.tensors import Tensors


def numpy_row(tensors: Tensors, architecture: Architecture, picture: FloatArray) -> FloatArray:
    """(width,) float32 in the order of `OutputLayout.widths`, of one input (3, 224, 224)."""
    network = _Network(tensors, architecture)
    with np.errstate(all="ignore"):  # numbers that are not finite are the caller's to refuse
        return network.row(np.ascontiguousarray(picture.transpose(1, 2, 0), dtype=np.float32))


class _Network:
    def __init__(self, tensors: Tensors, architecture: Architecture) -> None:
        self.weights = tensors.arrays
        self.of = architecture

    def row(self, picture: FloatArray) -> FloatArray:
        fine, coarse = self.backbone(picture)
        features = coarse
        if "proj.weight" in self.weights:
            features = coarse @ self.weights["proj.weight"][:, :, 0, 0].T
        pooled = features.mean(axis=(0, 1))
        mesh = self.perceptron(pooled, "lmk.mlp", 3)
        pose = self.perceptron(pooled, "pose.mlp", 3)
        units = self.action_units(features)
        points = mesh.reshape(N_LANDMARKS, 3)
        outline = points[:, :2].ravel() / np.float32(1 if self.of.mesh_normalized else self.of.image_size)
        unified = self.beside_outline(coarse.mean(axis=(0, 1)), outline, "unified")
        seen = np.concatenate([unified, units]) if self.of.emotion_use_au_prob else unified
        parts = [
            softmax(self.linear(seen, "emotion.cls_head")),
            units,
            np.tanh(self.linear(seen, "emotion.va_head")),
            self.gaze(unified, fine, points, pose),
            pose,
        ]
        if self.of.n_blendshape:
            bs = self.beside_outline(pooled, outline, "blendshape") if self.of.bs_use_mesh else pooled
            parts.append(1 / (1 + np.exp(-self.perceptron(bs, "blendshape.mlp", 2))))
        row: FloatArray = np.concatenate([*parts, mesh]).astype(np.float32)
        return row

    def linear(self, x: FloatArray, name: str) -> FloatArray:
        product: FloatArray = x.reshape(-1, x.shape[-1]) @ self.weights[f"{name}.weight"].T  # one call of the library
        product += self.weights[f"{name}.bias"]
        return product.reshape(*x.shape[:-1], -1)

    def perceptron(self, x: FloatArray, name: str, layers: int) -> FloatArray:
        for index in range(layers):
            x = self.linear(gelu(x) if index else x, f"{name}.{2 * index}")
        return x

    def layer_norm(self, x: FloatArray, name: str, epsilon: float = 1e-5) -> FloatArray:
        return standardized(x, -1, epsilon) * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def patches(self, x: FloatArray, name: str) -> FloatArray:
        """A convolution whose stride is its side."""
        weight = self.weights[f"{name}.weight"]
        out, channels, side, _ = weight.shape
        height, width = x.shape[0] // side, x.shape[1] // side
        tiles = x.reshape(height, side, width, side, channels).transpose(0, 2, 4, 1, 3)
        flat = tiles.reshape(height, width, -1)
        product: FloatArray = flat @ weight.reshape(out, -1).T + self.weights[f"{name}.bias"]
        return product

    def backbone(self, picture: FloatArray) -> tuple[FloatArray, FloatArray]:
        x = self.layer_norm(self.patches(picture, "backbone.stem_0"), "backbone.stem_1", 1e-6)
        maps = []
        for stage, depth in enumerate(DEPTHS):
            name = f"backbone.stages_{stage}"
            if stage:
                x = self.patches(self.layer_norm(x, f"{name}.downsample.0", 1e-6), f"{name}.downsample.1")
            for index in range(depth):
                x = x + self.block(x, f"{name}.blocks.{index}")
            maps.append(x)
        return maps[-2], maps[-1]

    def block(self, x: FloatArray, name: str) -> FloatArray:
        weight = self.weights[f"{name}.conv_dw.weight"]
        h = self.layer_norm(depthwise(x, weight) + self.weights[f"{name}.conv_dw.bias"], f"{name}.norm", 1e-6)
        h = gelu(self.linear(h, f"{name}.mlp.fc1"))
        length = np.sqrt(np.square(h).sum(axis=(0, 1)))
        relative = length / (length.mean() + np.float32(1e-6))
        h = h + self.weights[f"{name}.mlp.grn.bias"] + self.weights[f"{name}.mlp.grn.weight"] * h * relative
        return self.linear(h, f"{name}.mlp.fc2")

    def action_units(self, features: FloatArray) -> FloatArray:
        nodes = np.stack([self.node(features, f"afg.heads.{index}") for index in range(self.of.n_au)])
        likeness = unit(nodes) @ unit(nodes).T
        linked = np.zeros_like(likeness)
        for row, values in enumerate(likeness):
            linked[row, np.argsort(-values, kind="stable")[: self.of.knn_k + 1]] = 1
        np.fill_diagonal(linked, 0)
        linked /= np.maximum(linked.sum(axis=1, keepdims=True), 1)
        message = nodes @ self.weights["fgg.W.weight"].T
        nodes = np.maximum(nodes @ self.weights["fgg.W_self.weight"].T + linked @ message, 0)
        cosine = (unit(nodes) * unit(np.maximum(self.weights["sc.s"], 0))).sum(axis=1)
        present: FloatArray = np.clip(cosine, 0, 1)
        return present

    def node(self, features: FloatArray, name: str) -> FloatArray:
        x = features @ self.weights[f"{name}.0.weight"][:, :, 0, 0].T
        spread = np.sqrt(self.weights[f"{name}.1.running_var"] + np.float32(1e-5))
        x = (x - self.weights[f"{name}.1.running_mean"]) / spread
        x = x * self.weights[f"{name}.1.weight"] + self.weights[f"{name}.1.bias"]
        mean: FloatArray = np.maximum(x, 0).mean(axis=(0, 1))
        return mean

    def beside_outline(self, pooled: FloatArray, outline: FloatArray, name: str) -> FloatArray:
        lmk = self.layer_norm(self.linear(outline, f"{name}.proj_lmk"), f"{name}.norm_lmk")
        return np.concatenate([self.layer_norm(pooled, f"{name}.norm_bb"), lmk])

    def gaze(self, unified: FloatArray, fine: FloatArray, points: FloatArray, pose: FloatArray) -> FloatArray:
        said = []
        for side, corners in zip(("left", "right"), EYE_CORNERS, strict=True):
            parts = [unified]
            if self.of.gaze_eye_roi:
                parts.append(self.eye(fine, points[list(corners), :2].mean(axis=0)))
            if self.of.gaze_pose_6d:
                parts.append(rotation(pose[:3])[:, :2].ravel())
            x = np.concatenate(parts)
            if self.of.gaze_hidden:
                said.append(self.perceptron(x, f"gaze.{side}", 2))
            elif self.of.gaze_bins:
                said.append(self.linear(x, f"gaze.{side}"))
            else:
                said.append(np.concatenate([self.linear(x, f"gaze.{side}_{angle}") for angle in ("yaw", "pitch")]))
        mean = (said[0] + said[1]) / 2
        if self.of.gaze_bins:
            mean = softmax(mean.reshape(2, -1)) @ np.array(self.of.bin_centers, dtype=np.float32)
        return mean

    def eye(self, fine: FloatArray, middle: FloatArray) -> FloatArray:
        """Features of the square around an eye; `middle` (2,) is x and y in the mesh's unit."""
        cells = len(fine)
        x, y = middle * (cells if self.of.mesh_normalized else cells / self.of.image_size) - 0.5
        side, bins = self.of.gaze_eye_box_frac * cells, self.of.gaze_eye_roi_size
        samples = int(np.ceil(side / bins))
        steps = ((np.arange(bins * samples) + 0.5) / (bins * samples) - 0.5) * side
        sampled = np.array([[bilinear(fine, y + down, x + across) for across in steps] for down in steps])
        region = sampled.reshape(bins, samples, bins, samples, -1).mean(axis=(1, 3)).astype(np.float32)
        for index in (0, 3):
            region = same_convolution(region, self.weights[f"gaze_eye_enc.enc.{index}.weight"])
            name = f"gaze_eye_enc.enc.{index + 1}"
            region = group_norm(region, 8) * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
            region = gelu(region)
        flat = region.transpose(2, 0, 1).ravel()
        return self.layer_norm(self.linear(flat, "gaze_eye_enc.proj"), "gaze_eye_enc.norm")


def gelu(x: FloatArray) -> FloatArray:
    """With the error function itself."""
    bent: FloatArray = x * (1 + erf(x * np.float32(0.5**0.5))) * np.float32(0.5)
    return bent


def softmax(x: FloatArray) -> FloatArray:
    """Along the last axis."""
    raised = np.exp(x - x.max(axis=-1, keepdims=True))
    likely: FloatArray = raised / raised.sum(axis=-1, keepdims=True)
    return likely


def standardized(x: FloatArray, axis: int, epsilon: float) -> FloatArray:
    """Mean 0 and variance 1 along an axis."""
    centered = x - x.mean(axis=axis, keepdims=True)
    scaled: FloatArray = centered / np.sqrt(np.square(centered).mean(axis=axis, keepdims=True) + np.float32(epsilon))
    return scaled


def group_norm(x: FloatArray, groups: int) -> FloatArray:
    """Of a map (height, width, channels), over each group of channels."""
    height, width, channels = x.shape
    grouped = x.reshape(height * width, groups, -1).transpose(1, 0, 2)
    flat = standardized(grouped.reshape(groups, -1), 1, 1e-5)
    return flat.reshape(groups, height * width, -1).transpose(1, 0, 2).reshape(height, width, channels)


def depthwise(x: FloatArray, weight: FloatArray) -> FloatArray:
    """Every channel convolved with its own (1, side, side); the map keeps its size."""
    height, width, _ = x.shape
    side = weight.shape[-1]
    padded = np.pad(x, ((side // 2, side // 2), (side // 2, side // 2), (0, 0)))
    total = np.zeros_like(x)
    for row in range(side):
        for column in range(side):
            total += padded[row : row + height, column : column + width] * weight[:, 0, row, column]
    return total


def same_convolution(x: FloatArray, weight: FloatArray) -> FloatArray:
    """Convolved with (out, in, side, side); the map keeps its size."""
    height, width, _ = x.shape
    side = weight.shape[-1]
    padded = np.pad(x, ((side // 2, side // 2), (side // 2, side // 2), (0, 0)))
    total = np.zeros((height, width, len(weight)), dtype=np.float32)
    for row in range(side):
        for column in range(side):
            total += padded[row : row + height, column : column + width] @ weight[:, :, row, column].T
    return total


def bilinear(x: FloatArray, row: float, column: float) -> FloatArray:
    """(channels,) of a map at a place in cells: zero more than a cell outside, that of the edge up to there."""
    height, width, channels = x.shape
    if not (-1 <= row <= height and -1 <= column <= width):
        return np.zeros(channels, dtype=np.float32)
    row, column = min(max(row, 0), height - 1), min(max(column, 0), width - 1)
    top, left = int(row), int(column)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    down, across = row - top, column - left
    mixed: FloatArray = (1 - down) * ((1 - across) * x[top, left] + across * x[top, right]) + down * (
        (1 - across) * x[bottom, left] + across * x[bottom, right]
    )
    return mixed


def unit(x: FloatArray) -> FloatArray:
    """Vectors along the last axis, of length 1."""
    shortened: FloatArray = x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), np.float32(1e-12))
    return shortened


def rotation(vector: FloatArray) -> FloatArray:
    """(3, 3) of a rotation vector (Rodrigues)."""
    angle = max(float(np.linalg.norm(vector)), 1e-8)
    x, y, z = (float(value) / angle for value in vector)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turned: FloatArray = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return turned.astype(np.float32)
