"""Whether the files of a recording agree, by ordinary tools and by the program."""

from __future__ import annotations

import re
from pathlib import Path

import av
from found import Read, read_part

from realtime.session import open as open_session


def agree(folder: Path, number: int = 1) -> Read:
    """Every picture is that of the row of its time, as far as there is a row; what ordinary tools find."""
    read = read_part(folder, number)
    assert read.rows == list(range(read.rows[0], read.rows[-1] + 1))
    with open_session(folder) as opened:
        # A part that had just begun has nothing in it yet.
        assert [
            note for note in opened.notes if not re.search(r"has no rows|no (video|table) that can be read", note)
        ] == []
        at = next(p for p in opened.parts if p.info.part == number)
        frames = at.table.numbers("frame").tolist()
        for name, video in (("camera", at.camera), ("view", at.view)):
            if read.videos.get(name):  # none before its first fragment
                assert video is not None
                ticks = {round((int(t) - at.info.start_ns) * 9e-5): n for t, n in zip(at.times, frames, strict=True)}
                with av.open(str(folder / video.path.name)) as container:
                    times = [round(f.time * 90_000) for f in container.decode(video=0)]
                last = max(ticks) + 1
                found = [next(ticks[t + d] for d in (0, 1, -1) if t + d in ticks) for t in times if t <= last]
                assert found == [number for number in read.videos[name] if number <= read.rows[-1]]
    return read
