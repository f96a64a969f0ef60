"""A model as a GLB file: its face at rest, and each of its features as a morph target to drag."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from realtime.core.config import Config
from realtime.core.errors import UsageError
from realtime.core.version import __version__
from realtime.export.figures.atlas_options import AtlasOptions, check_options, feature_report, model_report
from realtime.export.figures.atlas_report import AtlasReport
from realtime.export.gltf.glb_file import GlbFile
from realtime.export.gltf.head_mesh import add_head, add_materials, plain_skin
from realtime.export.gltf.head_shape import CANTHAL_M, HeadShape
from realtime.geometry import CanonicalFrame
from realtime.model import Effect, LinearMeshModel, effects, load_model


def write_atlas_head(model: LinearMeshModel, shown: Sequence[Effect], out: Path) -> tuple[Path, tuple[str, ...]]:
    """Write the head; its path and the names of its targets, in their order.

    A target is the displacement of a feature at full intensity, as the atlas draws it; neutral is the base and no
    target. Raises UsageError without a feature that moves, RecordError.
    """
    targets = {effect.feature: effect.displacement_canon for effect in shown if not effect.reference}
    if not targets:
        raise UsageError(f"--out {out}: neutral is the face that others start from; name other --features as well.")
    shape = HeadShape(model.mean_mesh)
    glb = GlbFile(
        extras={
            "model": model.name,
            "sha256": model.sha256 or "",
            "family": model.feature_name,
            "metres_per_canthal_distance": CANTHAL_M,
            "feature_at_weight_1": {effect.feature: effect.full for effect in shown if not effect.reference},
            "made_by": f"meshmirror {__version__}",
        }
    )
    add_materials(glb, shape)
    neutral = model.predict_neutral(clip=False)
    mesh = add_head(glb, model.name, shape, neutral, targets, plain_skin(shape))
    glb.nodes.append({"name": model.name, "mesh": mesh})
    return glb.write(out), tuple(targets)


def make_atlas_head(settings: Config, options: AtlasOptions, notify: Callable[[str], None]) -> AtlasReport:
    """The head of the model of `settings`, with all features or those of the options; needs no OpenGL.

    `notify` is called if the file gets another name than `options.out`. Raises UsageError, ModelFileError, RecordError.
    """
    check_options(options)
    model = load_model(settings.model.names[0], settings.model.labels, settings.model.frame)
    shown = effects(model, options.features)
    path, targets = write_atlas_head(model, shown, options.out)
    if path != options.out:
        notify(f"{options.out} exists and is kept; written to {path}.")
    return AtlasReport(
        outputs=(str(path),),
        **model_report(model),
        intensities=(1.0,),
        features=tuple(feature_report(effect, 1.0) for effect in shown),
        targets=targets,
        metres_per_unit=CANTHAL_M / CanonicalFrame.of(model.mean_mesh).unit,
    )
