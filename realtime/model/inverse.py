"""The inverse: the features under which a linear model comes nearest to an observed mesh."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import numpy.typing as npt

from realtime.core.types import FloatArray
from realtime.model.linear import LinearMeshModel, PoseInput, flat
from realtime.model.names import is_emotion
from realtime.model.nearest_mixture import NearestMixture

F64 = npt.NDArray[np.float64]
_Projection = Callable[[F64], F64]
_FALLBACK_ROUNDS = 2000
_HEAVY = 1e4


class _Columns:
    """What each feature does to the mesh, in the basis of all that the model can do."""

    def __init__(self, matrix: F64) -> None:
        self.matrix = matrix  # (rank, features)
        self.scale = float(np.linalg.norm(matrix, 2)) if matrix.size else 0.0
        self.scale = self.scale or 1.0  # of a model in which no feature moves anything

    @cached_property
    def mixtures(self) -> NearestMixture:
        """The solver on the simplex."""
        return NearestMixture(self.matrix)


class Inverse:
    """Constrained least squares on one model; prepared once, then one small problem a frame. No state between frames.

    The problem is convex. Emotions are probabilities: they are sought on the unit simplex (none negative, sum 1,
    neutral taking what is left). Features of other families are sought between 0 and their `feature_p99` (1 where the
    model has none); where an emotion model has these limits, its mixture keeps them too, since `predict` would clip it.
    Features that the model calls unsupported stay at 0. Features that move the face alike are confused: with
    ``emotion@built-in`` the fields of fear and surprise have a cosine of 0.86. So this is no classifier of emotions;
    its residual is the floor of the model itself.

    Method. The 1434 outputs are first projected onto the directions that the model can move in, which changes no
    solution. Where the model has interactions with the pose, its features move the face in other directions at each
    pose. On the simplex the sought mixture is the point of the convex hull of the columns nearest to the
    observation (`NearestMixture`); where that goes beyond an upper end, it is bounded-variable least squares (Stark &
    Parker 1995) with a heavy row of ones that keeps the sum. In the box it is non-negative least squares (Lawson &
    Hanson 1974) where no upper end is reached, and bounded-variable least squares where one is.
    """

    def __init__(self, model: LinearMeshModel) -> None:
        """Features that are sought in the box import scipy.optimize here, so that the first frame does not wait for it.

        An emotion model does without (0.3 s at every start), unless a mixture goes beyond an upper end.
        """
        self._model = model
        self._names = model.feature_columns
        count = len(self._names)
        upper = np.ones(count) if model.feature_p99 is None else model.feature_p99.astype(np.float64)
        upper[[self._names.index(name) for name in model.unsupported_features]] = 0.0
        self._free = np.flatnonzero(upper > 0)
        self._upper = upper[self._free]
        columns = model.coef[self._free].T.astype(np.float64)  # (1434, free)
        self._intercept = model.intercept.astype(np.float64)
        self._pose_rows = model.pose_rows.astype(np.float64)
        turned = _turned(model)[:, :, self._free]  # (3, 1434, free)
        self.simplex = all(is_emotion(name) for name in self._names)
        if not self.simplex:
            import scipy.optimize  # noqa: F401
        if self.simplex and not any(name.lower() == "neutral" for name in self._names):
            # The slack that neutral would take.
            columns = np.column_stack([columns, np.zeros(len(columns))])
            turned = np.concatenate([turned, np.zeros((*turned.shape[:2], 1))], axis=2)
            self._upper = np.append(self._upper, 1.0)
        # columns = basis @ reduced; no feature reaches the component of an observation outside the basis.
        basis, values, right = np.linalg.svd(np.hstack([columns, *turned]), full_matrices=False)
        self._project = np.ascontiguousarray(basis.T)  # (rank, 1434)
        reduced = np.split(values[:, None] * right, 1 + len(turned), axis=1)
        self._at_rest = _Columns(reduced[0])
        self._turned = np.stack(reduced[1:]) if len(turned) else None  # (3, rank, free)

    def solve(
        self, mesh_canon: FloatArray, pose: PoseInput | None = None, offset: FloatArray | None = None
    ) -> dict[str, float]:
        """The features of a mesh (478, 3) in the model's canonical frame, by the model's own names.

        pose
            The pose with which the model will predict; its part is taken out first. None: nothing is taken out.
        offset
            (478, 3) identity offset, model units, taken out as well. Without it identity is taken for expression.

        Raises ValueError for a wrong shape or a mesh that is not finite; on finite input it always answers.
        """
        mesh = np.asarray(mesh_canon, dtype=np.float64)
        if mesh.shape != self._model.mean_mesh.shape:
            raise ValueError(f"mesh_canon must be {self._model.mean_mesh.shape}, got {mesh.shape}")
        if offset is not None:
            mesh = mesh - offset
        outputs = flat(mesh) - self._intercept
        columns = self._at_rest
        if pose is not None:
            angles = self._model.pose_vector(pose).astype(np.float64)
            outputs -= angles @ self._pose_rows
            if self._turned is not None:
                columns = _Columns(self._at_rest.matrix + np.tensordot(angles, self._turned, 1))
        target = self._project @ outputs
        if not np.isfinite(target).all():
            raise ValueError("mesh_canon or offset has numbers that are not finite")
        features = np.zeros(len(self._names))
        if len(target):  # the slack of a model without neutral is left out
            features[self._free] = self._nearest(columns, target)[: len(self._free)]
        return dict(zip(self._names, features.tolist(), strict=True))

    @property
    def directions(self) -> F64:
        """(rank, 478, 3) an orthonormal basis of what the features can do to the mesh."""
        basis: F64 = self._project.reshape(len(self._project), 3, -1).swapaxes(1, 2)
        return basis

    def unreached(self, displacements: F64) -> float:
        """The squared distance, within these directions, of a displacement from all that the features can do.

        `displacements` (rank,): of a face from the model's face at rest, pose 0, along `directions`. What lies beside
        the directions no feature reaches.
        """
        target = displacements + self._rest
        apart = target - self._at_rest.matrix @ self._nearest(self._at_rest, target)
        return float(apart @ apart)

    @cached_property
    def _rest(self) -> F64:
        """(rank,) the model's face at rest."""
        rest: F64 = self._project @ (flat(self._model.predict_neutral().astype(np.float64)) - self._intercept)
        return rest

    def _nearest(self, columns: _Columns, target: F64) -> F64:
        return self._on_simplex(columns, target) if self.simplex else self._in_box(columns, target)

    def _on_simplex(self, columns: _Columns, target: F64) -> F64:
        found = columns.mixtures.solve(target)
        mixture = self._by_projection(columns, target, _onto_simplex) if found is None else np.array(found)
        if (mixture <= self._upper).all():
            return mixture
        weight = _HEAVY * max(columns.scale, float(np.abs(target).max()))
        system = np.vstack([columns.matrix, np.full(columns.matrix.shape[1], weight)])
        try:
            return self._within(system, np.append(target, weight))
        except (RuntimeError, np.linalg.LinAlgError):
            return np.minimum(mixture, self._upper)

    def _in_box(self, columns: _Columns, target: F64) -> F64:
        from scipy.optimize import nnls

        try:
            found: F64 = nnls(columns.matrix, target)[0]
        except RuntimeError:
            found = np.full(len(self._upper), np.inf)
        if (found <= self._upper).all():
            return found
        try:
            return self._within(columns.matrix, target)
        except (RuntimeError, np.linalg.LinAlgError):
            return self._by_projection(columns, target, lambda x: np.clip(x, 0.0, self._upper))

    def _within(self, system: F64, right: F64) -> F64:
        """Least squares between 0 and the upper ends."""
        from scipy.optimize import lsq_linear

        found = lsq_linear(system, right, (0.0, self._upper), method="bvls", tol=1e-12).x
        inside: F64 = np.clip(found, 0.0, self._upper)
        return inside

    def _by_projection(self, columns: _Columns, target: F64, onto: _Projection) -> F64:
        """Accelerated projected gradient (Beck & Teboulle 2009): slow, less exact, and it always ends."""
        matrix = columns.matrix
        count = matrix.shape[1]
        step = 1.0 / columns.scale**2
        at = onto(np.full(count, 1.0 / count))
        ahead, momentum = at, 1.0
        for _ in range(_FALLBACK_ROUNDS):
            gradient = matrix.T @ (matrix @ ahead - target)
            following = onto(ahead - step * gradient)
            grown = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * momentum**2))
            ahead = following + (momentum - 1.0) / grown * (following - at)
            at, momentum = following, grown
        return at


def _turned(model: LinearMeshModel) -> F64:
    """(3, 1434, k): what each feature does more per radian of each angle; (0, 1434, k) without interactions."""
    k = len(model.feature_columns)
    if not model.has_interactions or model.coef_full is None:
        return np.zeros((0, model.coef.shape[1], k))
    return model.coef_full[k + 3 :].astype(np.float64).reshape(3, k, -1).swapaxes(1, 2)


def _onto_simplex(point: F64) -> F64:
    """The nearest point of the unit simplex (Held, Wolfe & Crowder 1974)."""
    ordered = np.sort(point)[::-1]
    excess = (np.cumsum(ordered) - 1.0) / np.arange(1, len(point) + 1)
    last = int(np.flatnonzero(ordered > excess)[-1])
    nearest: F64 = np.maximum(point - excess[last], 0.0)
    return nearest
