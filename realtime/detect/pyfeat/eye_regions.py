"""The eye regions of newer gaze heads, cropped by two small matrices instead of torchvision's ROI align.

Used only where torch converts: OpenVINO 2026.4 crashes in its own ROIAlign at the first inference. The numbers are the
same (1e-6): bilinear sampling is one matrix for the rows and one for the columns.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def separable_eye_regions(multitask: Any) -> Iterator[None]:
    """py-feat's gaze head uses the matrices inside this context; a checkpoint without eye regions is not changed."""
    from feat.multitask import heads_v26

    encoder = getattr(multitask.model, "gaze_eye_enc", None)
    if encoder is None:
        yield
        return
    # torchvision takes this many samples a bin of its own accord (sampling_ratio = -1).
    side = encoder.box_frac * encoder.image_size * encoder.spatial_scale
    samples = math.ceil(side / encoder.roi_size)

    def separable(features: Any, boxes: Any, output_size: int, spatial_scale: float, aligned: bool) -> Any:
        return eye_region(features, boxes, output_size, spatial_scale, samples)

    original = heads_v26.roi_align
    heads_v26.roi_align = separable
    try:
        yield
    finally:
        heads_v26.roi_align = original


def eye_region(features: Any, boxes: Any, bins: int, spatial_scale: float, samples: int) -> Any:
    """torchvision's `roi_align(..., aligned=True)` of square boxes, one for each row of a batch.

    features (n, channels, height, width); boxes (n, 5): a row's number, then x1, y1, x2, y2 in pixels, of which
    `spatial_scale` makes cells. Gives (n, channels, bins, bins).
    """
    import torch

    corners = boxes[:, 1:] * spatial_scale - 0.5
    height, width = features.shape[-2:]
    down = _bins(corners[:, 1], corners[:, 3], bins, samples, height)
    across = _bins(corners[:, 0], corners[:, 2], bins, samples, width)
    return torch.matmul(torch.matmul(down[:, None], features), across[:, None].transpose(-1, -2))


def _bins(first: Any, last: Any, bins: int, samples: int, cells: int) -> Any:
    """(n, bins, cells): how much each cell of a row (or column) counts for each bin between `first` and `last`."""
    import torch

    steps = (torch.arange(bins * samples, dtype=first.dtype) + 0.5) / (bins * samples)
    at = first[:, None] + (last - first)[:, None] * steps
    inside = ((at >= -1) & (at <= cells)).to(first.dtype)  # a sample further out counts as zero
    at = at.clamp(0, cells - 1)
    distance = (at[..., None] - torch.arange(cells, dtype=first.dtype)).abs()
    weights = (1 - distance).clamp_min(0) * inside[..., None]
    return weights.reshape(weights.shape[0], bins, samples, cells).mean(2)
