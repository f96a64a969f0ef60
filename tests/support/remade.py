"""Sessions made from the small recorded one: its landmarks through the program's own pipeline once more."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from common import with_estimate

from realtime.core.frame_result import FrameResult
from realtime.core.types import POSE_ZERO, Frame, Landmarks, NetworkOutput, Pose
from realtime.detect.feature_sources import open_feature_source
from realtime.geometry import REGION_NAMES
from realtime.media.video_writer import VideoWriter
from realtime.pipeline.build import Pipeline, load_models
from realtime.pipeline.predictor import Predictor
from realtime.pipeline.replay.recorded_models import recorded_models
from realtime.session import Session
from realtime.session.columns.session_row import SessionRow
from realtime.session.folder import SessionInfo, stream_path, write_info
from realtime.session.read.rows import RecordedFrame
from realtime.session.schema import ModelInfo, PartInfo
from realtime.session.table import TableWriter

RECORDED = Path(__file__).resolve().parent.parent / "data" / "session"
SESSION = "0123456789abcdef" * 2
EMOTIONS = ("Neutral", "Happy", "Sad")
SIZE = (64, 48)
NEUTRAL_S = 0.6  # with which it was recorded


class StoredTracker:
    """Finds what was found when it was recorded."""

    name = "bundled"
    blendshapes: tuple[str, ...] = ()

    def __init__(self, rows: Sequence[RecordedFrame]) -> None:
        self._found = {row.stamp_ns: row.landmarks for row in rows}

    def track_all(self, frame: Frame) -> list[Landmarks]:
        landmarks = self._found[frame.stamp_ns]
        return [] if landmarks is None else [landmarks]

    def close(self) -> None:
        pass


def copied(folder: Path) -> Path:
    """The recorded session, to be damaged."""
    return Path(shutil.copytree(RECORDED, folder))


def recomputed(session: Session, models: Sequence[str] | None = ("emotion@built-in",)) -> list[FrameResult]:
    """What the pipeline makes of the landmarks of a session that was calibrated from its first frame on.

    With models as they are loaded today, or (None) with those of the recording.
    """
    info = session.parts[0].info
    loaded = recorded_models(info, session.folder) if models is None else load_models(models)
    rows = [session[row] for row in range(len(session))]
    tracker = StoredTracker(rows)
    predictors = [Predictor(model, open_feature_source("inverse", model, tracker, network=False)) for model in loaded]
    image = np.zeros((360, 640, 3), np.uint8)
    with Pipeline(tracker, predictors) as pipeline:
        pipeline.calibrate(NEUTRAL_S)
        return [pipeline.step(Frame(image, row.stamp_ns, row.frame, 0, row.segment)) for row in rows]


def network(result: FrameResult, number: int) -> NetworkOutput:
    """Something that py-feat's network might say."""
    emotions = dict(zip(EMOTIONS, np.random.default_rng(number).dirichlet(np.ones(3)).tolist(), strict=True))
    points = np.zeros((478, 3), np.float32) if result.landmarks is None else result.landmarks.points_px + 1
    return NetworkOutput(
        emotions, {"AU01": 0.25, "AU12": number / 100}, 0.5, -0.25, Pose(0.1, 0.2, 0.3), (1.0, 2.0, 3.0), 0.01, 0.02,
        None, points, result.stamp,
    )  # fmt: skip


def written(
    folder: Path,
    parts: Sequence[Sequence[FrameResult]],
    *,
    says: Sequence[int] = (),
    pictures: bool = False,
    config: Mapping[str, Any] | None = None,
) -> Path:
    """A session of these results, one after the other at 20 a second; the network `says` something in these rows.

    With `pictures` row n is of the grey level 5 n.
    """
    folder.mkdir(mode=0o700)
    write_info(folder, SessionInfo(session=SESSION, state="closed", created="2026-01-02T03:04:05+00:00"))
    row = 0
    for number, results in enumerate(parts, 1):
        first = next(result for result in results if result.models)
        part = PartInfo(
            session=SESSION, part=number, start_ns=row * 50_000_000, source="made", image_size=SIZE,
            tracker="bundled", network=bool(says), config=dict(config or {}),
            models=tuple(
                ModelInfo(
                    name=one.model, features=tuple(one.features.values), regions=REGION_NAMES, unit=1.0,
                    pose_zero=POSE_ZERO,
                )
                for one in first.models
            ),
        )  # fmt: skip
        table = TableWriter(stream_path(folder, "frames", number), part)
        video = None
        if pictures:
            video = VideoWriter(
                stream_path(folder, "camera", number), SIZE, 5, start_ns=part.start_ns, private=True,
                comment=f"{SESSION} {number} camera",
            )  # fmt: skip
        known: dict[int, object] = {}
        for result in results:
            said = network(result, row) if row in says else None
            new = [(at, m.identity) for at, m in enumerate(result.models) if m.identity is not known.get(at)]
            known |= dict(new)
            heard = result if said is None else with_estimate(result, network=said)
            table.put(SessionRow(heard, row * 50_000_000, 0, tuple(new)))  # type: ignore[arg-type]
            if video is not None:
                video.put(np.full((SIZE[1], SIZE[0], 3), 5 * row, np.uint8), row * 50_000_000, True)
            row += 1
        table.close()
        assert table.error is None
        if video is not None:
            video.close()
    return folder
