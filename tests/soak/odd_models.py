"""Model files with something wrong; most changes are those of the reader's own trials (`tests/model/mutations.py`)."""

from __future__ import annotations

import random
from functools import cache

import mutations
from odd_values import change_json, json_text
from trial import INPUTS, CommandLine, Trial


@cache
def _good() -> list[list[mutations.Member]]:
    return mutations.good_files()


def _metadata(rng: random.Random, archive: mutations.Archive) -> None:
    """What the file says of its training."""
    tree: object = {"frames": 633207, "folds": [0.2, 0.3], "default_pose": "zero", "name": "x"}
    for _ in range(rng.choice((1, 3))):
        tree = change_json(rng, tree)
    text = json_text(tree)[:100_000].encode("utf-8", "replace").decode()
    archive.members = [one for one in archive.members if one.array != "training_metadata"]
    archive.members.append(mutations.member("training_metadata", text))


CHANGES = {**mutations.CHANGES, _metadata: 8}


def make(trial: Trial) -> list[CommandLine]:
    """A model file, and the commands that take one."""
    rng = trial.rng
    archive = mutations.Archive([mutations.replace(one, local={}, central={}) for one in rng.choice(_good())])
    trial.change(archive, CHANGES, rng.choice((1, 1, 2, 3)))
    name = rng.choice(("m.npz", "m.npz", "m.NPZ", "m", "a b.npz", "m\x1b[2J.npz", "ü.npz"))
    (trial.inputs / name).write_bytes(archive.pack())
    model, picture = f"{INPUTS}/{name}", str(trial.material / "face.png")
    session = str(trial.material / "sessions" / "small")
    return rng.sample(
        [
            ["models", "show", model, *rng.choice(([], ["--json"]))],
            ["models", "check", model, *rng.choice(([], ["--json"], ["--out", "out.png"]))],
            ["--source", picture, "--model", model, "--headless", *rng.choice(([], ["--json"]))],
            ["--source", picture, "--model", model, "--headless", "--record", "rec", "--json"],
            ["whatif", "--model", model, "--headless", *rng.choice(([], ["--json"]))],
            ["replay", session, "--model", model, "--headless", "--json"],
            ["atlas", "--model", model, "--out", "out.png"],
        ],
        2,
    )
