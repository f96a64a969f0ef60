"""The atlas: each feature of a model activated, coloured by its displacement of each vertex from neutral."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from realtime.core.config import Config
from realtime.core.progress import Progress, no_progress
from realtime.core.types import Array, FloatArray
from realtime.export.figures.atlas_options import (
    VIEWS,
    AtlasOptions,
    check_options,
    feature_report,
    model_report,
)
from realtime.export.figures.atlas_report import AtlasReport, AtlasScale
from realtime.export.figures.common import displacement_scale, footer, write_sheet
from realtime.export.figures.sheet import SheetView
from realtime.export.figures.sheet_contents import ColorScale, SheetCard, SheetFace, SheetHeading
from realtime.export.figures.turntable import FPS, SECONDS, SWING_DEG, Turn, write_turntable
from realtime.geometry import LEFT_IRIS, N_MESH_VERTICES, RIGHT_IRIS, CanonicalFrame, oval_contour, regions
from realtime.model import EMFACS, Effect, LinearMeshModel, effects, load_model
from realtime.view.gl.orbit_camera import MAX_AZIMUTH, OrbitCamera
from realtime.view.gl.styled_face import StyledFace
from realtime.view.paint import theme
from realtime.view.paint.arrows import Arrows
from realtime.view.paint.theme import Ground, GroundName

_FAMILIES = {"emotion": "Emotion", "au": "Action unit", "blendshape": "Blendshape"}
_ARROW_SHARE, _ARROW_SPACING = 0.18, 0.105  # of the feature's largest displacement; in outer-canthal distances
# How many pixels a sheet should have, from which follows how large its faces are; and the limits of that.
_SHEET_PX = {".png": 8.5e6, ".mp4": 1.5e6, ".gif": 0.45e6}
_FACE_PX = {".png": (240, 520), ".mp4": (160, 420), ".gif": (160, 280)}


def make_atlas(
    settings: Config,
    options: AtlasOptions,
    notify: Callable[[str], None],
    progress: Progress = no_progress,
) -> AtlasReport:
    """Draw a model's atlas into a file.

    `notify` is called if the file gets another name than `options.out`; `progress` with the number of finished frames
    of a turntable, and their total.

    Raises UsageError, ModelFileError, DisplayError, RecordError.
    """
    kind = check_options(options)
    model = load_model(settings.model.names[0], settings.model.labels, settings.model.frame)
    shown = effects(model, options.features)
    strongest = max(options.intensities)
    steps = tuple(sorted(options.intensities)) if kind == ".png" else (strongest,)
    scale = _scale(model, shown, strongest, options.highest)
    heading = _heading(model, shown, options, steps, scale)
    faces = _AtlasCards(model, shown, options, steps, scale.highest)
    turntable = None
    with SheetView(
        model.mean_mesh,
        heading,
        faces.cells(Turn()),
        options.face_px or _face_px(kind, len(shown) * len(options.views) * len(steps)),
        turned=faces.turned() if kind != ".png" else (),
        columns=options.columns,
        ground=_ground(options.ground, kind),
        samples=settings.view.samples,
    ) as view:
        if kind == ".png":
            path = write_sheet(options.out, view.draw(faces.cells(Turn())), heading, model)
        else:
            turntable = write_turntable(
                options.out,
                view.size,
                lambda turn: view.draw(faces.cells(turn)),
                options.seconds or SECONDS[kind],
                options.fps or FPS[kind],
                settings.record,
                progress,
            )
            path = turntable.path
    if path != options.out:
        notify(f"{options.out} exists and is kept; written to {path}.")
    given: dict[str, float] = {}
    if turntable is not None:
        given = {"frames": turntable.frames, "fps": turntable.fps, "seconds": turntable.seconds}
    return AtlasReport(
        outputs=(str(path),),
        size=view.size,
        **model_report(model),
        views=tuple(options.views),
        intensities=steps,
        scale=AtlasScale(highest=scale.highest, clipped=scale.beyond),
        features=tuple(feature_report(effect, strongest) for effect in shown),
        **given,
    )


class _AtlasCards:
    """The cells of one sheet, at rest or somewhere in a turn."""

    def __init__(
        self,
        model: LinearMeshModel,
        shown: Sequence[Effect],
        options: AtlasOptions,
        steps: Sequence[float],
        highest: float,
    ) -> None:
        self._shown, self._steps, self._views, self._highest = shown, steps, options.views, highest
        self._neutral = model.predict_neutral(clip=False)
        spacing = _ARROW_SPACING * CanonicalFrame.of(model.mean_mesh).unit
        self._arrows = [
            arrow_vertices(self._neutral, effect.distance, spacing) if options.arrows and not effect.reference else None
            for effect in shown
        ]

    def cells(self, turn: Turn) -> list[SheetCard]:
        """One card a feature; in it a face for every intensity and view."""
        return [self._cell(effect, at, turn) for effect, at in zip(self._shown, self._arrows, strict=True)]

    def turned(self) -> list[OrbitCamera]:
        """The cameras at both ends of the turntable's swing."""
        return [face.camera for swing in (-1.0, 1.0) for face in self.cells(Turn(1.0, swing))[0].faces]

    def _cell(self, effect: Effect, arrows_at: Array | None, turn: Turn) -> SheetCard:
        arrows = None if arrows_at is None else Arrows(arrows_at, self._neutral[arrows_at])
        faces = []
        for step in self._steps:
            intensity = step * turn.blend
            mesh = self._neutral + np.float32(intensity) * effect.displacement_canon
            values = None if effect.reference else np.float32(intensity) * effect.distance
            styled = StyledFace(mesh, values, self._highest)
            for name in self._views:
                azimuth, elevation = VIEWS[name]
                swing = min(SWING_DEG, MAX_AZIMUTH - abs(azimuth))
                camera = OrbitCamera((azimuth + turn.swing * swing, elevation))
                faces.append(SheetFace(styled, camera, arrows, self._label(step, name)))
        warning = "" if effect.supported else "not expressed in the training data"
        return SheetCard(effect.feature, (_note(effect, max(self._steps)),), tuple(faces), warning)

    def _label(self, step: float, view: str) -> str:
        parts = [f"intensity {step:g}"] if len(self._steps) > 1 else []
        return " · ".join([*parts, view] if len(self._views) > 1 else parts)


def arrow_vertices(neutral_canon: FloatArray, distance: FloatArray, spacing: float) -> Array:
    """The vertices that get an arrow: the farthest moved first, none closer than `spacing` model units to another.

    `neutral_canon` (478, 3), `distance` (478,); vertices that move less than 0.18 of the largest distance have none. Of
    an iris only the centre counts. Returns indices (n,).
    """
    allowed = np.ones(len(distance), bool)
    allowed[N_MESH_VERTICES:] = False
    allowed[[RIGHT_IRIS[0], LEFT_IRIS[0]]] = True
    allowed &= (distance > 0) & (distance >= _ARROW_SHARE * distance.max())
    chosen: list[int] = []
    for at in np.argsort(-distance, kind="stable"):
        if allowed[at]:
            chosen.append(int(at))
            allowed &= np.linalg.norm(neutral_canon - neutral_canon[at], axis=1) >= spacing
    return np.array(chosen, np.int64)


def _scale(model: LinearMeshModel, shown: Sequence[Effect], intensity: float, highest: float | None) -> ColorScale:
    distance = intensity * np.array([effect.distance for effect in shown if not effect.reference])
    return displacement_scale(distance, CanonicalFrame.of(model.mean_mesh).unit, highest)


def _heading(
    model: LinearMeshModel, shown: Sequence[Effect], options: AtlasOptions, steps: Sequence[float], scale: ColorScale
) -> SheetHeading:
    family = _FAMILIES.get(model.feature_name, model.feature_name.capitalize())
    count = len(model.feature_columns)
    some = f"{count} feature{'s' * (count > 1)}" if len(shown) == count else f"{len(shown)} of its {count} features"
    at = "full intensity" if steps == (1.0,) else f"intensity {', '.join(f'{step:g}' for step in steps)}"
    each = "each at" if len(shown) > 1 else "at"
    lines = [f"{family} model, {some}: {each} {at}, the others at zero."]
    if any(effect.full != 1 for effect in shown):
        lines.append("Full intensity is a feature's 99th percentile in the training data.")
    if model.label_repair:
        lines.append("Labels repaired: they are permuted in the file.")
    if model.depth_factor != 1:
        lines.append(f"Depth corrected: z of the file is scaled by {model.depth_factor:.3f}.")
    if model.has_amplitudes:
        lines.append("Its features are amplitudes (1 = a posed, full expression), not probabilities.")
    lines += [line for effect in shown if (line := _outline_note(model, effect))]
    if options.arrows:
        lines.append("Arrows point from the neutral to the displaced vertex, to scale.")
    title = model.name + (f", exaggerated {max(steps):g}×" if max(steps) > 1 else "")
    return SheetHeading(title, tuple(lines), scale, footer=footer(model))


def _outline_note(model: LinearMeshModel, effect: Effect) -> str:
    """That AU09's row moves the outline of the face farther than the nose; empty where it does not, and of others."""
    composed = model.has_amplitudes and effect.feature in EMFACS and "AU09" in EMFACS[effect.feature]
    if not composed and effect.feature != "AU09":
        return ""
    outline = float(effect.distance[np.unique(oval_contour())].mean())
    nose = float(effect.distance[regions()["nose"]].mean())
    if outline <= nose:
        return ""
    name = f"{effect.feature} (AU09 in it)" if composed else effect.feature
    return (
        f"{name} moves the outline of the face by {outline:.0f} % and the nose by {nose:.0f} %. A wrinkled nose moves "
        "no outline: AU09's row also holds what went with it in the training data, such as the head's shape and pose."
    )


def _note(effect: Effect, intensity: float) -> str:
    if effect.reference:
        return "reference of the others"
    if intensity * effect.distance.max() < 0.05:
        return "no effect"
    place = "irises" if effect.peak >= N_MESH_VERTICES else effect.region
    return f"max {intensity * effect.distance.max():.1f} % at the {place}"


def _face_px(kind: str, faces: int) -> int:
    low, high = _FACE_PX[kind]
    return int(min(max(math.sqrt(_SHEET_PX[kind] / (1.5 * faces)), low), high))


def _ground(name: GroundName, kind: str) -> Ground:
    ground = theme.GROUNDS[name]
    # A GIF's few colours belong to the faces: a soft light would show as rings.
    return ground._replace(card_lit=ground.card) if kind == ".gif" else ground
