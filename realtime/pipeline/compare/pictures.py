"""Pictures of the camera for the page, where they were asked for: of each recording the best and the least predicted.

They are read from the recordings once all is computed. Parts have no pictures, only where the landmarks were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from realtime.capture import turned_clockwise
from realtime.core.compare_view import ShownPicture
from realtime.core.config import Config
from realtime.core.errors import SessionError, SourceError
from realtime.core.types import ByteArray
from realtime.pipeline.compare.merged_recording import MergedRecording
from realtime.pipeline.compare.part_on_disk import PartOnDisk
from realtime.pipeline.compare.setups import F64
from realtime.pipeline.compare.tracking import frames_of, pictures_of
from realtime.session import open as open_session

_MARGIN = 0.35  # of the face's size, around it


def shown_pictures(
    used: Sequence[MergedRecording], parts: Mapping[str, PartOnDisk], config: Config, *, recompute: bool
) -> tuple[tuple[ShownPicture, ...], dict[str, str]]:
    """The pictures by recording, the best predicted frame first, and why some recordings have none.

    Raises OSError and ValueError where a part cannot be read.
    """
    found: list[ShownPicture] = []
    missing = {}
    for one in used:
        kept = parts[one.recording.name].group("shown|0")
        if kept is None:
            continue
        numbers = kept["numbers"].astype(np.int64)
        ends = list(dict.fromkeys((0, len(numbers) - 1)))
        try:
            images = _images(one.recording.path, {int(numbers[at]) for at in ends}, config, recompute=recompute)
        except (SourceError, SessionError) as error:
            missing[one.recording.name] = str(error)
            continue
        for at in ends:
            image = images.get(int(numbers[at]))
            if image is None:
                missing[one.recording.name] = "its pictures were not recorded"
                continue
            upright = turned_clockwise(image, int(kept["rotations"][at]))  # type: ignore[arg-type]
            crop, points = _cut(upright, kept["points"][at])
            found.append(
                ShownPicture(
                    one.recording.name, float(kept["seconds"][at]), float(kept["nme"][at]), at == 0, crop, points
                )
            )
    return tuple(found), missing


def _images(path: Path, wanted: set[int], config: Config, *, recompute: bool) -> dict[int, ByteArray]:
    """(height, width, 3) RGB by the number of the frame, as far as they are there. Raises what sources raise."""
    if path.is_dir() and not recompute:
        with open_session(path) as session:
            pictures = {row: session.picture(row) for row in wanted}
        return {row: picture for row, picture in pictures.items() if picture is not None}
    found = {}
    with ExitStack() as stack:
        for number, image in _numbered(path, config, stack):
            if number in wanted:
                found[number] = image.copy()
                if len(found) == len(wanted):
                    break
    return found


def _numbered(path: Path, config: Config, stack: ExitStack) -> Iterator[tuple[int, ByteArray]]:
    for frame in frames_of(pictures_of(path, config, stack)):
        yield frame.index, frame.image


def _cut(image: ByteArray, points: F64) -> tuple[ByteArray, F64]:
    """The picture about a face, and its landmarks (478, 2) there, pixels."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    room = _MARGIN * float((high - low).max())
    size = image.shape[1], image.shape[0]
    x0, y0 = (int(max(0, np.floor(low[axis] - room))) for axis in (0, 1))
    x1, y1 = (int(min(size[axis], np.ceil(high[axis] + room))) for axis in (0, 1))
    if x1 - x0 < 2 or y1 - y0 < 2:  # the face is outside
        x0, y0, (x1, y1) = 0, 0, size
    return np.ascontiguousarray(image[y0:y1, x0:x1]), points[:, :2] - (x0, y0)
