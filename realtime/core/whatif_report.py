"""What `meshmirror whatif --json` reports: the input that was set, and the face that the model predicts for it."""

from __future__ import annotations

from typing import Annotated

from realtime.core.report import PERCENT, Report, described


class WhatIfSetting(Report):
    """The model's input at the end."""

    features: Annotated[dict[str, float], described("value of each feature", "the feature's own")]
    pose_deg: Annotated[dict[str, float], described("pose that the model is given: pitch, yaw, roll", "degrees")]


class DisplacementReport(Report):
    """Distance of the predicted face from the predicted neutral, by vertex, in the model's canonical frame."""

    mean: Annotated[float, described("mean over the 478 vertices", PERCENT)]
    largest: Annotated[float, described("largest of a vertex", PERCENT)]
    region: Annotated[str | None, described("region of that vertex; null where nothing moves")]
    regions: Annotated[dict[str, float], described("mean by region of the face", PERCENT)]


class WhatIfReport(Report):
    """The input at the end, and its prediction."""

    model: Annotated[str, described("name of the model")]
    label_repair: Annotated[dict[str, str], described("repaired labels of its features: as filed, to as used")]
    depth_factor: Annotated[
        float, described("factor by which the z of its file was scaled; 1: as filed, see docs/methods.md", "1")
    ]
    sha256: Annotated[str | None, described("SHA-256 of its file; null for a composed model")]
    setting: Annotated[WhatIfSetting, described("the model's input at the end")]
    toml: Annotated[str, described("the same as TOML, which `--set-from` reads")]
    displacement: Annotated[DisplacementReport, described("how far the predicted face is from the predicted neutral")]
    source: Annotated[str | None, described("name of the live source; null without one")]
    nme: Annotated[float | None, described("NME between the live face and the predicted one", PERCENT)]
    outputs: Annotated[tuple[str, ...], described("paths of all that was written")]
    failures: Annotated[tuple[str, ...], described("what went wrong; the exit code is 3 where there is anything")]
    error: Annotated[str | None, described("the first of `failures`; null where nothing went wrong")]
    interrupted: Annotated[bool, described("whether a signal ended the run")]
