"""Which number the headline is: as delivered and with the session's gain, tried on every clip at hand.

PYTHONPATH=. python tests/support/headline_docs.py                    the table
PYTHONPATH=. python tests/support/headline_docs.py CLIP ... --write   with further clips, into the docs
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from truth_docs import PAGE, with_table

from realtime.capture import open_source
from realtime.core.config import load_config
from realtime.core.frame_result import GainLine, ModelResult
from realtime.core.resources import pyfeat_file
from realtime.geometry import GainSums
from realtime.pipeline.build import Pipeline
from realtime.view.mirror.headline import FIRST_S
from realtime.view.mirror.movement_shares import MovementPool, MovementShares
from realtime.view.mirror.verdicts import MOST_NOISE, SteadyVerdict, Verdict

BEGIN, END = "<!-- headline: begin -->\n", "<!-- headline: end -->\n"
CLIPS = ("single_face.mp4", "WolfgangLanger_Pexels.mp4", "face_noface.mov", "noface_face.mov")  # the wheel's with faces
SOURCES = ("appearance", "inverse")
NEUTRAL_S = 0.8  # as the demo and `bench --only truth` take it
MINUTE_S = 60.0  # shorter clips are played again and again
_PAUSE_S = 0.04


@dataclass(frozen=True, slots=True)
class Tried:
    """One number over a minute of a clip."""

    below_zero: float  # share of the time
    lowest: float
    highest: float
    sign_flips: float  # a minute, of the pooled number's sign
    said_flips: float  # a minute, of the verdict that is said
    said_worse: float  # share of the time


def measured(path: str, source: str) -> list[tuple[float, ModelResult]]:
    """The calibrated frames in range of a clip, with their times in seconds."""
    config = load_config(None, [f"detect.emotion={source}"], {})
    found = []
    with open_source(path) as clip, Pipeline.from_config(config) as pipeline:
        pipeline.calibrate(NEUTRAL_S)
        for frame in clip:
            result = pipeline.step(frame)
            if result.validity.ok and result.models and result.models[0].gain_terms is not None:
                found.append((frame.stamp_ns / 1e9, result.models[0]))
    return found


def for_a_minute(frames: Sequence[tuple[float, ModelResult]]) -> Iterator[tuple[float, ModelResult]]:
    """The frames played again for a minute, each with the gain of all frames before it."""
    span = frames[-1][0] - frames[0][0] + _PAUSE_S
    gains, turn = GainSums(), 0
    while True:
        for time_s, model in frames:
            at_s = time_s - frames[0][0] + turn * span
            if at_s > MINUTE_S:
                return
            yield at_s, replace(model, gain_line=GainLine(gains.gain, None))
            assert model.gain_terms is not None
            gains.add(model.gain_terms)
        turn += 1


def pooled(frames: Sequence[tuple[float, ModelResult]]) -> list[tuple[float, MovementShares]]:
    """The pooled shares of that minute from when the first is said, while the face moves."""
    pool, found = MovementPool(), []
    for time_s, model in for_a_minute(frames):
        pool.add(time_s, model)
        shares = pool.shares()
        if shares is not None and time_s >= FIRST_S and shares.noise <= MOST_NOISE:
            found.append((time_s, shares))
    return found


def tried(shares: Sequence[tuple[float, MovementShares]], numbers: Sequence[float]) -> Tried:
    """One number of these shares, with the verdicts that are said of it."""
    verdict = SteadyVerdict()
    said = [verdict.update(time_s, number, one.noise) for (time_s, one), number in zip(shares, numbers, strict=True)]
    minutes = (shares[-1][0] - shares[0][0]) / 60
    signs = [number < 0 for number in numbers]
    return Tried(
        below_zero=float(np.mean(signs)),
        lowest=min(numbers),
        highest=max(numbers),
        sign_flips=sum(one != other for one, other in pairwise(signs)) / minutes,
        said_flips=sum(one is not other for one, other in pairwise(said)) / minutes,
        said_worse=float(np.mean([one is Verdict.WORSE for one in said])),
    )


def both(shares: Sequence[tuple[float, MovementShares]]) -> dict[str, Tried]:
    """The two candidates; while no gain is known, both are as delivered."""
    delivered = [one.delivered for _, one in shares]
    gained = [one.delivered if one.with_gain is None else one.with_gain for _, one in shares]
    return {"as delivered": tried(shares, delivered), "with session gain": tried(shares, gained)}


def table(clips: Sequence[str]) -> str:
    """A row for each clip, source and number."""
    lines = [
        "| clip | emotions from | number | below zero | lowest | highest | sign changes a minute | verdicts a minute | "
        "says worse than rest |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for path in clips:
        for source in SOURCES:
            for name, found in both(pooled(measured(path, source))).items():
                shares = found.below_zero, found.lowest, found.highest, found.said_worse
                *percents, worse = (f"{100 * share:.0f} %" for share in shares)
                flips = (f"{count:.1f}" for count in (found.sign_flips, found.said_flips))
                cells = (f"`{Path(path).name}`", f"`{source}`", name, *percents, *flips, worse)
                lines.append(f"| {' | '.join(cells)} |".replace("| -", "| −"))
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="*")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    text = table([*(str(pyfeat_file(f"tests/data/{name}")) for name in CLIPS), *given.clips])
    if given.write:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), text, BEGIN, END), encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
