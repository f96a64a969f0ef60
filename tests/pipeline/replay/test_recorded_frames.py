"""Frames that are made of a session's rows."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from remade import copied

from realtime.pipeline.replay.recorded_frames import RecordedRows, ReplayFrames
from realtime.session import open as open_session


class TwoSizes:
    """A session whose pictures have another size from row 2 on; row 3 has one."""

    folder = Path("two-sizes")

    def __init__(self, rows: Any) -> None:
        self._rows = rows

    def __getitem__(self, row: int) -> Any:
        return self._rows[row]

    def place(self, row: int) -> tuple[Any, int]:
        return SimpleNamespace(info=SimpleNamespace(image_size=(64, 48) if row < 2 else (32, 24), rotation=0)), row

    def picture(self, row: int) -> Any:
        return np.zeros((24, 32, 3), np.uint8) if row == 3 else None


def test_a_frame_without_a_picture_stays_one_when_the_size_changes(tmp_path: Path) -> None:
    with open_session(copied(tmp_path / "session")) as session:
        rows: Any = TwoSizes(session)
        frames = ReplayFrames(rows, RecordedRows(rows))
        made = [frames[row] for row in range(4)]
        assert [frames.has_picture(frame) for frame in made] == [False, False, False, True]
        assert [frame.size for frame in made] == [(64, 48), (64, 48), (32, 24), (32, 24)]
