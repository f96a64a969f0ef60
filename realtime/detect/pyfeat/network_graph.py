"""py-feat's network as a graph of OpenVINO's operations: (1, 3, 224, 224) to one row of all heads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from realtime.core.types import N_LANDMARKS
from realtime.detect.openvino_import import import_openvino_without_telemetry
from realtime.detect.pyfeat.architecture import DEPTHS, EYE_CORNERS, WIDTHS, Architecture
from realtime.detect.pyfeat.crop import INPUT
from realtime.detect.pyfeat.graph_layers import LAYER_EPSILON, GraphLayers, after_norm, after_shift
from realtime.detect.pyfeat.tensors import Tensors

BACKBONE_EPSILON = 1e-6  # timm's own, of the backbone's norms
_EXPANSION = 4  # of the channels within a block
_STRIDE = 16  # of the map from which the eyes are cropped
_EYE_CHANNELS, _EYE_GROUPS = 256, 8
_GRID = INPUT // _STRIDE  # cells a side of that map


def build_graph(tensors: Tensors, architecture: Architecture) -> Any:
    """OpenVINO's model. Raises ModelFileError for a tensor that is missing, has another shape, or has no use."""
    model = _Network(tensors, architecture).model()
    tensors.check_all_taken()
    return model


class _Network:
    def __init__(self, tensors: Tensors, architecture: Architecture) -> None:
        self.layers = GraphLayers(tensors)
        self.ops = self.layers.ops
        self.take = tensors.take
        self.of = architecture

    def model(self) -> Any:
        picture = self.ops.parameter([1, 3, INPUT, INPUT], np.float32)
        fine, coarse = self._backbone(picture)
        features = self._projected(coarse)
        pooled = self.layers.pooled(features)
        mesh = self.layers.perceptron(pooled, "lmk.mlp", self.of.afg_channels, 1024, 1024, 3 * N_LANDMARKS)
        pose = self.layers.perceptron(pooled, "pose.mlp", self.of.afg_channels, 256, 256, 6)
        units = self._action_units(features)
        outline = self._outline(mesh)
        seen = self._beside_outline(self.layers.pooled(coarse), WIDTHS[-1], outline, "unified")
        emotions, affect = self._emotions(seen, units)
        parts = [emotions, units, affect, self._gaze(seen, fine, mesh, pose), pose]
        if self.of.n_blendshape:
            parts.append(self._blendshapes(pooled, outline))
        row = self.ops.concat([*parts, mesh], 1)
        return import_openvino_without_telemetry().Model([self.ops.result(row)], [picture], "py-feat")

    def _backbone(self, picture: Any) -> tuple[Any, Any]:
        """ConvNeXt V2: its maps (1, 384, 14, 14) and (1, 768, 7, 7)."""
        name = "backbone.stem_0"
        weight, bias = self.take(f"{name}.weight", WIDTHS[0], 3, 4, 4), self.take(f"{name}.bias", WIDTHS[0])
        x = self.layers.convolved(picture, weight, bias, stride=4)
        x = self.layers.layer_norm(x, "backbone.stem_1", WIDTHS[0], BACKBONE_EPSILON)
        maps = []
        for stage, (depth, width) in enumerate(zip(DEPTHS, WIDTHS, strict=True)):
            name = f"backbone.stages_{stage}"
            if stage:
                x = self._downsampled(x, f"{name}.downsample", WIDTHS[stage - 1], width)
            for index in range(depth):
                x = self._block(x, f"{name}.blocks.{index}", width)
            maps.append(x)
        return maps[-2], maps[-1]

    def _downsampled(self, x: Any, name: str, width: int, out: int) -> Any:
        weight, bias = after_norm(
            self.take(f"{name}.1.weight", out, width, 2, 2),
            self.take(f"{name}.1.bias", out),
            self.take(f"{name}.0.weight", width),
            self.take(f"{name}.0.bias", width),
        )
        return self.layers.convolved(self.layers.standardized(x, BACKBONE_EPSILON), weight, bias, stride=2)

    def _block(self, x: Any, name: str, width: int) -> Any:
        """A block of ConvNeXt V2 (Woo et al. 2023), with its global response normalization."""
        inner = _EXPANSION * width
        weight, bias = after_norm(
            self.take(f"{name}.mlp.fc1.weight", inner, width),
            self.take(f"{name}.mlp.fc1.bias", inner),
            self.take(f"{name}.norm.weight", width),
            self.take(f"{name}.norm.bias", width),
        )
        h = self.layers.depthwise(x, f"{name}.conv_dw", width, 7)
        h = self.layers.gelu(self.layers.pixelwise(self.layers.standardized(h, BACKBONE_EPSILON), weight, bias))
        # x + weight * x * n + bias is x * (1 + weight * n), and the bias goes into the product that follows.
        length = self.ops.reduce_l2(h, self.layers.indices(2, 3), True)
        mean = self.ops.reduce_mean(length, self.layers.indices(1), True)
        relative = self.ops.divide(length, self.ops.add(mean, self.layers.numbers(BACKBONE_EPSILON)))
        gain = self.layers.numbers(self.take(f"{name}.mlp.grn.weight", inner)[:, None, None])
        h = self.ops.multiply(h, self.ops.add(self.ops.multiply(relative, gain), self.layers.numbers(1)))
        weight, bias = self.take(f"{name}.mlp.fc2.weight", width, inner), self.take(f"{name}.mlp.fc2.bias", width)
        bias = after_shift(weight, bias, self.take(f"{name}.mlp.grn.bias", inner))
        return self.ops.add(x, self.layers.pixelwise(h, weight, bias))

    def _projected(self, x: Any) -> Any:
        channels = self.of.afg_channels
        if channels == WIDTHS[-1]:
            return x
        return self.layers.convolved(x, self.take("proj.weight", channels, WIDTHS[-1], 1, 1), None)

    def _action_units(self, features: Any) -> Any:
        """(1, action units): graph of action units (ANFL), then the cosine to what each was trained for."""
        ops, layers, channels, units = self.ops, self.layers, self.of.afg_channels, self.of.n_au
        weights, biases = zip(*(self._unit_weights(f"afg.heads.{index}") for index in range(units)), strict=True)
        maps = ops.relu(layers.pixelwise(features, np.concatenate(weights), np.concatenate(biases)))
        nodes = layers.reshaped(layers.pooled(maps), 1, units, channels)
        direction = layers.unit(nodes)
        likeness = ops.matmul(direction, direction, False, True)
        nearest = ops.topk(likeness, ops.constant(np.int64(self.of.knn_k + 1)), 2, "max", "value").output(1)
        one, zero = layers.numbers(1), layers.numbers(0)
        chosen = ops.one_hot(nearest, ops.constant(np.int64(units)), one, zero, 3)
        linked = ops.reduce_sum(chosen, layers.indices(2), False)
        linked = ops.multiply(linked, layers.numbers(1 - np.eye(units)))
        count = ops.maximum(ops.reduce_sum(linked, layers.indices(2), True), one)
        message = ops.matmul(nodes, layers.numbers(self.take("fgg.W.weight", channels, channels)), False, True)
        own = ops.matmul(nodes, layers.numbers(self.take("fgg.W_self.weight", channels, channels)), False, True)
        nodes = ops.relu(ops.add(own, ops.matmul(ops.divide(linked, count), message, False, False)))
        trained = layers.unit(layers.numbers(np.maximum(self.take("sc.s", units, channels), 0)))
        cosine = ops.reduce_sum(ops.multiply(layers.unit(nodes), trained), layers.indices(2), False)
        return ops.clamp(cosine, 0.0, 1.0)

    def _unit_weights(self, name: str) -> tuple[Any, Any]:
        """One action unit's product (out, in) and bias (out,), with its batch norm in both."""
        channels = self.of.afg_channels
        scale, shift, mean, variance = (
            self.take(f"{name}.1.{part}", channels) for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = scale / np.sqrt(variance + np.float32(LAYER_EPSILON))
        weight = self.take(f"{name}.0.weight", channels, channels, 1, 1)[:, :, 0, 0]
        return weight * scale[:, None], shift - mean * scale

    def _outline(self, mesh: Any) -> Any:
        """(1, 956): x and y of the mesh, in sides of the chip."""
        points = self.layers.reshaped(mesh, 1, N_LANDMARKS, 3)
        flat = self.ops.gather(points, self.layers.indices(0, 1), self.ops.constant(np.int64(2)))
        outline = self.layers.reshaped(flat, 1, 2 * N_LANDMARKS)
        if self.of.mesh_normalized:
            return outline
        return self.ops.divide(outline, self.layers.numbers(INPUT))

    def _beside_outline(self, pooled: Any, width: int, outline: Any, name: str) -> Any:
        """Pooled features beside features of the mesh, each normed."""
        lmk = self.layers.linear(outline, f"{name}.proj_lmk", 2 * N_LANDMARKS, self.of.unified_lmk_dim)
        parts = [
            self.layers.layer_norm(pooled, f"{name}.norm_bb", width),
            self.layers.layer_norm(lmk, f"{name}.norm_lmk", self.of.unified_lmk_dim),
        ]
        return self.ops.concat(parts, 1)

    def _emotions(self, seen: Any, units: Any) -> tuple[Any, Any]:
        """(1, emotions) probabilities, and valence with arousal (1, 2)."""
        width = WIDTHS[-1] + self.of.unified_lmk_dim
        if self.of.emotion_use_au_prob:
            seen, width = self.ops.concat([seen, units], 1), width + self.of.n_au
        logits = self.layers.linear(seen, "emotion.cls_head", width, self.of.n_emotion)
        return self.ops.softmax(logits, 1), self.ops.tanh(self.layers.linear(seen, "emotion.va_head", width, 2))

    def _blendshapes(self, pooled: Any, outline: Any) -> Any:
        width, seen = self.of.afg_channels, pooled
        if self.of.bs_use_mesh:
            seen = self._beside_outline(pooled, width, outline, "blendshape")
            width += self.of.unified_lmk_dim
        return self.ops.sigmoid(self.layers.perceptron(seen, "blendshape.mlp", width, 512, self.of.n_blendshape))

    def _gaze(self, seen: Any, fine: Any, mesh: Any, pose: Any) -> Any:
        """(1, 2): yaw and pitch, the mean of what the two eyes say."""
        sides = [[seen], [seen]]
        if self.of.gaze_eye_roi:
            eyes = self._eyes(fine, mesh)
            for index, side in enumerate(sides):
                side.append(self.ops.gather(eyes, self.layers.indices(index), self.ops.constant(np.int64(0))))
        if self.of.gaze_pose_6d:
            columns = self._rotation_columns(pose)
            for side in sides:
                side.append(columns)
        left, right = (
            self._gaze_of(self.ops.concat(side, 1), name) for side, name in zip(sides, ("left", "right"), strict=True)
        )
        mean = self.ops.multiply(self.ops.add(left, right), self.layers.numbers(0.5))
        if not self.of.gaze_bins:
            return mean
        likely = self.ops.softmax(self.layers.reshaped(mean, 1, 2, self.of.gaze_bins), 2)
        weighted = self.ops.multiply(likely, self.layers.numbers(self.of.bin_centers))
        return self.ops.reduce_sum(weighted, self.layers.indices(2), False)

    def _gaze_of(self, x: Any, side: str) -> Any:
        """What one eye says: (1, 2), or (1, 2 * bins)."""
        out = 2 * self.of.gaze_bins or 2
        if self.of.gaze_hidden:
            return self.layers.perceptron(x, f"gaze.{side}", self.of.gaze_inputs, self.of.gaze_hidden, out)
        if self.of.gaze_bins:
            return self.layers.linear(x, f"gaze.{side}", self.of.gaze_inputs, out)
        angles = [self.layers.linear(x, f"gaze.{side}_{angle}", self.of.gaze_inputs, 1) for angle in ("yaw", "pitch")]
        return self.ops.concat(angles, 1)

    def _eyes(self, fine: Any, mesh: Any) -> Any:
        """(2, eye features) of the left and the right eye."""
        layers, ops, bins, out = self.layers, self.ops, self.of.gaze_eye_roi_size, self.of.gaze_eye_dim
        x = self._eye_regions(fine, mesh)
        for index, width in ((0, WIDTHS[-2]), (3, _EYE_CHANNELS)):
            weight = self.take(f"gaze_eye_enc.enc.{index}.weight", _EYE_CHANNELS, width, 3, 3)
            x = layers.convolved(x, weight, None, padding=1)
            x = layers.gelu(layers.group_norm(x, f"gaze_eye_enc.enc.{index + 1}", _EYE_CHANNELS, _EYE_GROUPS))
        inputs = _EYE_CHANNELS * bins * bins
        x = layers.linear(ops.reshape(x, layers.indices(2, inputs), False), "gaze_eye_enc.proj", inputs, out)
        return layers.layer_norm(x, "gaze_eye_enc.norm", out)

    def _eye_regions(self, fine: Any, mesh: Any) -> Any:
        """(2, 384, bins, bins): torchvision's `roi_align(..., aligned=True)` around each eye's middle.

        Bilinear sampling is one matrix for the rows and one for the columns; OpenVINO 2026.4 crashes in its ROIAlign.
        """
        layers, ops = self.layers, self.ops
        points = layers.reshaped(mesh, N_LANDMARKS, 3)
        corners = ops.gather(points, ops.constant(np.array(EYE_CORNERS, dtype=np.int64)), ops.constant(np.int64(0)))
        middle = ops.reduce_mean(corners, layers.indices(1), False)  # (2, 3)
        cells = _GRID if self.of.mesh_normalized else 1 / _STRIDE  # in one unit of the mesh
        side, bins = self.of.gaze_eye_box_frac * _GRID, self.of.gaze_eye_roi_size
        samples = math.ceil(side / bins)  # torchvision's own choice
        steps = (np.arange(bins * samples) + 0.5) / (bins * samples) * side - side / 2 - 0.5
        middle = layers.reshaped(ops.multiply(middle, layers.numbers(cells)), 2, 3, 1)
        at = ops.add(middle, layers.numbers(steps))  # (2, 3, bins * samples), in cells
        low, high = layers.numbers(-1), layers.numbers(_GRID)
        inside = ops.logical_and(ops.greater_equal(at, low), ops.less_equal(at, high))  # what is further out is zero
        nearest = layers.reshaped(ops.clamp(at, 0.0, _GRID - 1.0), 2, 3, -1, 1)
        distance = ops.abs(ops.subtract(nearest, layers.numbers(np.arange(_GRID))))
        weights = ops.maximum(ops.subtract(layers.numbers(1), distance), layers.numbers(0))
        weights = ops.multiply(weights, layers.reshaped(ops.convert(inside, np.float32), 2, 3, -1, 1))
        weights = ops.reduce_mean(layers.reshaped(weights, 2, 3, bins, samples, _GRID), layers.indices(3), False)
        axis = ops.constant(np.int64(1))
        across, down = (ops.gather(weights, layers.indices(index), axis) for index in (0, 1))  # (2, 1, bins, cells)
        return ops.matmul(ops.matmul(down, fine, False, False), across, False, True)

    def _rotation_columns(self, pose: Any) -> Any:
        """(1, 6): the first two columns of the rotation whose vector the pose begins with (Zhou et al. 2019)."""
        layers, ops = self.layers, self.ops
        vector = ops.gather(pose, layers.indices(0, 1, 2), ops.constant(np.int64(1)))
        angle = ops.maximum(ops.reduce_l2(vector, layers.indices(1), True), layers.numbers(1e-8))
        crossing = np.zeros((3, 3, 3), dtype=np.float32)  # axis, row, column of the matrix of its cross product
        for axis, row, column in ((0, 2, 1), (1, 0, 2), (2, 1, 0)):
            crossing[axis, row, column], crossing[axis, column, row] = 1, -1
        cross = ops.matmul(ops.divide(vector, angle), layers.numbers(crossing.reshape(3, 9)), False, False)
        cross = layers.reshaped(cross, 3, 3)
        bent = ops.multiply(ops.subtract(layers.numbers(1), ops.cos(angle)), ops.matmul(cross, cross, False, False))
        rotation = ops.add(ops.add(layers.numbers(np.eye(3)), ops.multiply(ops.sin(angle), cross)), bent)
        return layers.reshaped(ops.gather(rotation, layers.indices(0, 1), ops.constant(np.int64(1))), 1, 6)
