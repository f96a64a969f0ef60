"""What a linear fit leaves on the table: a small neural network beside it, on a sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from realtime.core.study_reports import Ceiling
from realtime.core.types import Array
from realtime.dataset.design import inputs
from realtime.dataset.evaluator import summary
from realtime.dataset.frames import Frames
from realtime.dataset.t_interval import t_interval

if TYPE_CHECKING:
    from sklearn.neural_network import MLPRegressor

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

CEILING_FRAMES = 4000
_COMPONENTS = 20
_HIDDEN = (64, 64)
_VALIDATION = 0.2  # of the groups of a training set; they say when to stop
_MOST_EPOCHS, _PATIENCE = 100, 8
_SEED = 20251


def ceiling_of(
    frames: Frames, folds: Array, groups: Array, rows: Array, meshes: F32, after_fold: Callable[[], None] = lambda: None
) -> Ceiling | None:
    """Fit the sample by folds, linearly and by a multilayer perceptron; `after_fold` is called after each.

    rows
        (m,) the sample; `folds` (n,) and `groups` (n,) are the fold and the person or recording of every row.
    meshes
        (m, 478, 3) aligned, about a center.

    None where a fold has too little of the sample.
    """
    from sklearn.decomposition import PCA

    fold, group = folds[rows], groups[rows]
    count = int(fold.max(initial=-1)) + 1
    features, pose = frames.features[rows], frames.pose[rows]
    full = inputs(features, pose, probabilities=frames.probabilities)
    plain = full[:, : features.shape[1] + pose.shape[1]]
    flat = meshes.reshape(len(meshes), -1)
    linear, network, shares = [], [], []
    for number in range(count):
        test, train = fold == number, (fold != number) & (fold >= 0)
        if min(test.sum(), train.sum()) < 4 * full.shape[1] or len(np.unique(group[train])) < 5:
            return None
        axes = PCA(_COMPONENTS, svd_solver="randomized", random_state=_SEED).fit(flat[train])
        y = axes.transform(flat).astype(np.float64)
        shares.append(float(axes.explained_variance_ratio_.sum()))
        linear.append(_r2(y[test], _linear(full[train], y[train], full[test])))
        network.append(_r2(y[test], _by_network(plain[train], y[train], group[train], plain[test])))
        after_fold()
    scored_linear, scored_network = summary(linear), summary(network)
    if scored_linear is None or scored_network is None:
        return None
    differences = np.subtract(network, linear)
    return Ceiling(
        frames=len(rows),
        recordings=len(np.unique(frames.recording[rows])),
        components=_COMPONENTS,
        share=float(np.mean(shares)),
        linear=scored_linear,
        network=scored_network,
        difference=float(differences.mean()),
        interval=t_interval(differences),
    )


def _linear(x: F64, y: F64, test: F64) -> F64:
    """Least squares of minimum norm, as the seed's recipe."""
    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread[spread == 0] = 1.0
    coef = np.linalg.lstsq((x - mean) / spread, y - y.mean(axis=0), rcond=1e-6)[0]
    predicted: F64 = (test - mean) / spread @ coef + y.mean(axis=0)
    return predicted


def _by_network(x: F64, y: F64, groups: Array, test: F64) -> F64:
    """A perceptron with two hidden layers, stopped where it predicts held-out groups of the training set best."""
    from sklearn.neural_network import MLPRegressor
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(x)
    mean, size = y.mean(axis=0), float(y.std(axis=0).max())
    inner = np.random.default_rng(_SEED).permutation(np.unique(groups))
    judging = np.isin(groups, inner[: max(1, round(_VALIDATION * len(inner)))])
    own, targets = scaler.transform(x), (y - mean) / size
    model = MLPRegressor(hidden_layer_sizes=_HIDDEN, alpha=1e-3, learning_rate_init=2e-3, random_state=_SEED)
    best, left, kept = np.inf, _PATIENCE, None
    for _ in range(_MOST_EPOCHS):
        model.partial_fit(own[~judging], targets[~judging])
        error = float(((model.predict(own[judging]) - targets[judging]) ** 2).mean())
        left -= 1
        if error < best:
            best, left, kept = error, _PATIENCE, _weights(model)
        if not left:
            break
    assert kept is not None
    model.coefs_, model.intercepts_ = kept
    predicted: F64 = model.predict(scaler.transform(test)) * size + mean
    return predicted


def _weights(model: MLPRegressor) -> tuple[list[F64], list[F64]]:
    return [one.copy() for one in model.coefs_], [one.copy() for one in model.intercepts_]


def _r2(y: F64, predicted: F64) -> float:
    return float(1.0 - ((y - predicted) ** 2).sum() / ((y - y.mean(axis=0)) ** 2).sum())
