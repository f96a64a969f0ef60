"""Progress of a long operation, as its caller shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[int, int], None]  # what is done, and all of it: bytes, rows or frames


def no_progress(done: int, total: int) -> None:
    """For a caller that shows nothing."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a job."""

    name: str
    units: int  # rows, draws ...; what is counted in it
    cost: float  # of all of it, in proportion to those of the other phases


@dataclass(frozen=True, slots=True)
class JobState:
    """How far a job has come."""

    phase: str
    done: int  # of the units of the phase
    units: int
    share: float  # of the costs of the whole job, 0 to 1


class JobProgress:
    """Progress of a job in phases of different costs, so that the time that remains can be told from the share done.

    Phases may begin in any order; one that never begins counts as done when the job ends.
    """

    def __init__(self, show: Callable[[JobState], None] = lambda state: None) -> None:
        self._show = show
        self._phases: dict[str, Phase] = {}
        self._cost_done = 0.0
        self._phase: Phase | None = None
        self._units = 0

    def plan(self, *phases: Phase) -> None:
        """Add phases that are to come."""
        self._phases |= {phase.name: phase for phase in phases}

    def begin(self, name: str) -> None:
        """Begin a phase that was planned; the one before it is done."""
        if self._phase is not None:
            self._cost_done += self._phase.cost
        self._phase, self._units = self._phases[name], 0
        self.advance(0)

    def advance(self, units: int = 1) -> None:
        """So many units more of the phase are done."""
        if self._phase is not None:
            self._units = min(self._units + units, self._phase.units)
            self.within_unit(0.0)

    def within_unit(self, share: float) -> None:
        """So much of the next unit is done, 0 to 1, where a unit takes long."""
        phase = self._phase
        if phase is None:
            return
        done = min(self._units + share, phase.units)
        within = phase.cost * done / phase.units if phase.units else 0.0
        total = sum(one.cost for one in self._phases.values())
        self._show(JobState(phase.name, self._units, phase.units, (self._cost_done + within) / total if total else 0.0))
