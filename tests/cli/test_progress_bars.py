"""The bars on the terminal, and nothing in a pipe."""

import io

import pytest
from rich.console import Console

from realtime.cli import output
from realtime.core.progress import Phase


@pytest.fixture(params=[True, False], ids=["terminal", "pipe"])
def screen(request, monkeypatch):
    """What is written, and whether it is a terminal."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=request.param, width=100, color_system=None)
    monkeypatch.setattr(output, "stderr", lambda: console)
    return file, request.param


def test_a_job_shows_its_phase_what_is_done_of_it_and_the_time_that_remains(screen):
    file, is_terminal = screen
    with output.show_job() as job:
        job.plan(Phase("reading", 60_000, 3.0), Phase("scoring", 1, 1.0))
        job.begin("reading")
        job.advance(10_000)
        job.advance(10_000)
    shown = file.getvalue()
    assert all((text in shown) == is_terminal for text in ("reading", "20,000/60,000", "0:00:0")), shown
    assert is_terminal or not shown.strip()


def test_progress_shows_its_count(screen):
    file, is_terminal = screen
    with output.show_progress("recordings") as progress:
        progress(2, 30)
        progress(3, 30)
    assert ("3/30" in file.getvalue()) == is_terminal
