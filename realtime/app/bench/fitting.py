"""How long a fit takes and what memory it needs, beside scikit-learn; on a simulated data set whose truth is known."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

from realtime.app.bench.child import measured_in_child
from realtime.core.errors import SourceError
from realtime.core.process import Notify, available_cores
from realtime.core.report import Report, described
from realtime.dataset.simulated import Simulation, simulate

SEED_FRAMES, SEED_RECORDINGS = 633_207, 34_854  # of the data that the published models were fit on
SEED_R2 = 0.2057
BY_SKLEARN = 3000  # frames that scikit-learn is given; its time grows with them
LONGEST_S = 3600.0
_FITS = 4  # three folds and the model


class FitSpeedReport(Report):
    """A fit with its evaluation on a simulated data set, each measurement in a process of its own."""

    frames: Annotated[int, described("frames of the data set")]
    cores: Annotated[int, described("processor cores that were used")]
    seconds: Annotated[float, described("from the shards to the model, evaluated on three folds, by the clock", "s")]
    processor_s: Annotated[float, described("the same, of the processor", "s")]
    peak_mb: Annotated[float | None, described("largest resident memory of that process", "MB")]
    seconds_of_all: Annotated[float, described("in proportion, for the 633,207 frames of the published fits", "s")]
    aligned_per_s: Annotated[float, described("frames that are aligned in a second: one similarity and one mesh each")]
    r2: Annotated[float | None, described("R2 by folds of people that was found")]
    r2_possible: Annotated[float, described("R2 that a fit can reach on this data set, known from its making")]
    sklearn_frames: Annotated[int, described("frames that scikit-learn's PLS regression was given")]
    sklearn_s: Annotated[float, described("seconds of one of its fits, aligned and in memory already", "s")]
    sklearn_peak_mb: Annotated[float | None, described("largest resident memory of that process", "MB")]
    sklearn_s_of_all: Annotated[
        float, described("its three folds and the model in proportion to the frames, without any reading", "s")
    ]


def fit_speed(frames: int, notify: Notify) -> FitSpeedReport:
    """Simulate a data set of so many frames and measure fits of it. Raises SourceError where one fails."""
    with tempfile.TemporaryDirectory(prefix="meshmirror-fit-") as made:
        folder = Path(made)
        notify(f"a simulated data set of {frames:,} frames, {5.8e-6 * frames:.1f} GB")
        recordings = max(30, round(frames * SEED_RECORDINGS / SEED_FRAMES))
        truth = simulate(folder, Simulation(frames, recordings, max(12, recordings // 3), r2=SEED_R2))
        notify("the fit, three folds included")
        whole = _measured("fit", folder, 0)
        notify("alignment alone")
        align = _measured("align", folder, 0)
        count = min(BY_SKLEARN, frames)
        notify(f"scikit-learn's PLS regression on {count:,} frames")
        other = _measured("sklearn", folder, count)
    each_s = align["reference_s"] / align["frames"] + 1e-6 * align["mesh_us"]
    return FitSpeedReport(
        frames=frames,
        cores=available_cores(),
        seconds=whole["seconds"],
        processor_s=whole["processor_s"],
        peak_mb=whole["peak_mb"],
        seconds_of_all=whole["seconds"] * SEED_FRAMES / frames,
        aligned_per_s=1.0 / each_s,
        r2=whole["r2"],
        r2_possible=truth.r2,
        sklearn_frames=count,
        sklearn_s=other["fit_s"],
        sklearn_peak_mb=other["peak_mb"],
        sklearn_s_of_all=_FITS * other["fit_s"] * SEED_FRAMES / count,
    )


def fit_targets(found: FitSpeedReport) -> list[tuple[str, float | None, float]]:
    """Name, measured, and the most that it may be."""
    return [
        ("fit of 633,207 frames with its evaluation, s", found.seconds_of_all, 60.0),
        ("resident memory of a fit, MB", found.peak_mb, 512.0),
        ("alignment of 1,000 frames, ms", 1e6 / found.aligned_per_s, 5.0),
    ]


def _measured(what: str, folder: Path, frames: int) -> dict[str, float]:
    given = json.dumps({"folder": str(folder), "frames": frames})
    found: dict[str, float] = measured_in_child("realtime.app.bench.fit_process", what, given, LONGEST_S)
    if "error" in found:
        raise SourceError(f"A fit that was to be measured failed: {found['error']}")
    return found
