"""What `meshmirror atlas --json` reports."""

from __future__ import annotations

from typing import Annotated

from realtime.core.report import PERCENT, Report, SparseReport, described


class AtlasScale(Report):
    """The color scale."""

    highest: Annotated[float, described("its upper end", PERCENT)]
    clipped: Annotated[bool, described("whether something moves further")]


class AtlasFeature(Report):
    """A feature, at the highest intensity that is drawn."""

    feature: Annotated[str, described("name of the feature")]
    max_percent: Annotated[float, described("displacement from neutral of the vertex that moves most", PERCENT)]
    mean_percent: Annotated[float, described("mean displacement over the 478 vertices", PERCENT)]
    vertex: Annotated[int | None, described("the vertex that moves most; null where nothing moves")]
    region: Annotated[str | None, described("its region of the face")]
    supported: Annotated[bool, described("whether a source of features gives it")]


class AtlasReport(SparseReport):
    """What was drawn. `frames`, `fps` and `seconds` are those of a turntable; a composed model has no `sha256`.

    A head (.glb) has no `size`, `views` and `scale`; `targets` and `metres_per_unit` are its own.
    """

    outputs: Annotated[tuple[str, ...], described("paths of what was written")]
    size: Annotated[tuple[int, int] | None, described("width and height", "px")] = None
    model: Annotated[str, described("name of the model")]
    label_repair: Annotated[dict[str, str], described("repaired labels of its features: as filed, to as used")]
    depth_factor: Annotated[
        float, described("factor by which the z of its file was scaled; 1: as filed, see docs/methods.md", "1")
    ]
    family: Annotated[str, described("what its features are")]
    sha256: Annotated[str | None, described("SHA-256 of its file")] = None
    views: Annotated[tuple[str, ...] | None, described("directions from which the face is seen")] = None
    intensities: Annotated[tuple[float, ...], described("intensities that are drawn")]
    scale: Annotated[AtlasScale | None, described("the color scale")] = None
    features: Annotated[tuple[AtlasFeature, ...], described("features that are drawn")]
    frames: Annotated[int | None, described("pictures of the turntable")] = None
    fps: Annotated[float | None, described("its pictures a second", "1/s")] = None
    seconds: Annotated[float | None, described("its length", "s")] = None
    targets: Annotated[tuple[str, ...] | None, described("names of the head's morph targets, in their order")] = None
    metres_per_unit: Annotated[float | None, described("scale of the head", "m per model unit")] = None
