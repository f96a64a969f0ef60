"""One trial of the soak: a seed, what was made of it, and the command lines that are run on it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

Subject = TypeVar("Subject")
Argument = str
CommandLine = list[Argument]
INPUTS = "../in"  # the inputs as the command lines name them, from the folder in which they run


@dataclass
class Trial:
    """What a seed makes: the same seed makes the same inputs and the same command lines.

    `without` are the numbers of changes that are left out, to find the smallest input that still shows a fault.
    """

    seed: int
    inputs: Path  # an empty folder, for what is made
    material: Path  # sound files to start from; never written to
    without: frozenset[int] = frozenset()
    done: list[str] = field(default_factory=list)  # what was changed
    changes: int = 0  # how many there were, those left out included

    def __post_init__(self) -> None:
        self.rng = random.Random(f"trial:{self.seed}")

    def change(
        self, subject: Subject, choices: Mapping[Callable[[random.Random, Subject], object], int], count: int
    ) -> None:
        """Apply `count` of these changes, chosen by their weights. Each has random numbers of its own, so that one can
        be left out without altering the others; one that does not fit its subject changes nothing."""
        for chosen in self.rng.choices(list(choices), list(choices.values()), k=count):
            if self.takes():
                rng = random.Random(f"change:{self.seed}:{self.changes}")
                chosen(rng, subject)
                self.done.append(chosen.__name__)

    def takes(self) -> bool:
        """Count a change; whether it is to be made."""
        self.changes += 1
        return self.changes - 1 not in self.without


Kind = Callable[[Trial], list[CommandLine]]
