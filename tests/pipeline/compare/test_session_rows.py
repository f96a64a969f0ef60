"""What a comparison takes from the rows of a session: the frames, their times, what is left out, and the neutral."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from altered_sessions import Table, alter_table, cells_of, shifted, with_column
from remade import copied

from realtime.pipeline.compare.session_rows import StoredSession, stored_session
from realtime.pipeline.compare.spool import Chunk, Spool
from realtime.session import open as open_session

CALIBRATED, LAST = 19, 30  # rows from which on identities are in force; the second one is made here
ROWS = 40
FACELESS = [34, 35]


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return copied(tmp_path / "session")


def read(session: Path, tmp_path: Path) -> tuple[StoredSession, Chunk, list[list[str]]]:
    """What is stored, its frames, and the reasons of each."""
    (tmp_path / "faces").mkdir()
    spool = Spool(tmp_path / "faces")
    stored = stored_session(session, spool)
    spool.flush()
    (chunk,) = spool
    return (
        stored,
        chunk,
        [[name for bit, name in enumerate(spool.reasons) if bits >> bit & 1] for bits in chunk.reasons.tolist()],
    )


def test_rows_excluded_by_hand_are_not_valid_and_no_others(session: Path, tmp_path: Path) -> None:
    (session / "annotations.csv").write_text("kind,start_frame,end_frame\nexclude,10,14\nexclude,31,31\nevent,20,20\n")
    _, chunk, reasons = read(session, tmp_path)
    out = [*range(10, 15), 31]
    assert np.flatnonzero(~chunk.valid).tolist() == sorted(out + FACELESS)
    assert [row for row, why in enumerate(reasons) if why == ["excluded by hand"]] == out
    assert np.flatnonzero(~chunk.seen).tolist() == FACELESS  # the others have faces all the same


@pytest.mark.parametrize("ahead_ns", [0, 7_000_000_000])
def test_times_are_those_of_the_sessions_clock_whatever_the_sources_says(
    session: Path, tmp_path: Path, ahead_ns: int
) -> None:
    """A source's clock may begin anywhere; marks, neutrals and the other parts are on that of the session."""
    times = [1_000_000_000 + 50_000_000 * row for row in range(ROWS)]

    def change(table: Table) -> Table:
        return with_column(shifted(table, ahead_ns), "time_ns", times)

    (session / "annotations.csv").write_text("kind,start_frame,end_frame,label\nevent,25,25,joke\n")
    stored, chunk, _ = read(alter_table(session, change), tmp_path)
    assert chunk.stamps_ns.tolist() == times
    assert chunk.numbers.tolist() == list(range(ROWS))
    assert stored.marks == (("joke", times[25]),)
    assert stored.neutral is not None and stored.neutral.first_ns == times[CALIBRATED]


def test_a_face_of_an_older_frame_has_the_time_and_the_mesh_of_that_frame(session: Path, tmp_path: Path) -> None:
    """Live, with emotions that come at their own rate, a row shows an estimate of some frames before it."""
    with open_session(session) as opened:
        stamp_ns = opened[24].time_ns
        own, older = (np.array(opened[at].landmarks.points_px, np.float64) for at in (27, 24))

    def change(table: Table) -> Table:
        for name in ("face_ns", "canonical", "scale", "rotation", "translation", "pitch", "yaw", "roll"):
            cells = cells_of(table, name)
            cells[27] = cells[24]
            table = with_column(table, name, cells)
        stamps = cells_of(table, "time_ns")
        return with_column(table, "time_ns", [stamp + 3_000_000_000 for stamp in stamps])

    _, chunk, reasons = read(alter_table(session, change), tmp_path)
    assert chunk.stamps_ns[27] == stamp_ns + 3_000_000_000
    assert np.abs(own - older).max() > 0.1
    np.testing.assert_allclose(chunk.points_px[27], older, atol=1e-3)
    assert reasons[27] == ["shown before"] and reasons[24] == []


def test_a_face_that_is_shown_again_counts_once(session: Path, tmp_path: Path) -> None:
    def change(table: Table) -> Table:
        cells = cells_of(table, "face_ns")
        cells[21] = cells[22] = cells[20]
        return with_column(table, "face_ns", cells)

    _, chunk, reasons = read(alter_table(session, change), tmp_path)
    assert np.flatnonzero(~chunk.valid).tolist() == [21, 22, *FACELESS]
    assert [row for row, why in enumerate(reasons) if why == ["shown before"]] == [21, 22]


def test_the_neutral_is_the_last_one_from_where_it_began(session: Path, tmp_path: Path) -> None:
    """Frames before it are in no score: their identity was another one."""

    def change(table: Table) -> Table:
        cells = cells_of(table, "identities")
        (first,) = cells[CALIBRATED]
        moved = np.asarray(first["neutral"]) + 2.5
        cells[LAST] = [first | {"neutral": moved.tolist()}]
        return with_column(table, "identities", cells)

    before, _, _ = read(session, tmp_path)
    (tmp_path / "faces" / "chunk-000000.npz").unlink()
    (tmp_path / "faces").rmdir()
    stored, chunk, _ = read(alter_table(session, change), tmp_path)
    assert before.neutral is not None and stored.neutral is not None
    assert before.neutral.first_ns == chunk.stamps_ns[CALIBRATED]
    assert stored.neutral.first_ns == chunk.stamps_ns[LAST]
    apart = stored.neutral.identity.neutral_canon - before.neutral.identity.neutral_canon
    np.testing.assert_allclose(apart, 2.5, atol=1e-4)
