"""Draws docs/operating-curve.png and prints its table: PYTHONPATH=. python tests/model/operating_curve.py [DRAWS]

About two minutes for 2,000 draws a size; the picture is drawn from 1,000 on. The columns are disturbed by the code
that the tests use.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from disturbance import disturbed, smooth

from realtime.core.types import EMOTIONS
from realtime.geometry import symmetric_part
from realtime.model.emotion_prototypes import prototypes
from realtime.model.label_repair import EVIDENCE, V5, Verdict, judge

SIZES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 1.0, 1.5, 2.0)
SHOWN = (0.5, 0.75, 1.0, 1.5)  # sizes whose operating curves are drawn
PERMUTED = [EMOTIONS.index(V5[label]) for label in EMOTIONS]
FAR, NEAR = (0, 1, 2, 4, 3, 5, 6), (0, 1, 5, 3, 4, 2, 6)  # happiness and sadness exchanged; fear and surprise
BATCH = 300
PICTURE = Path(__file__).resolve().parents[2] / "docs" / "operating-curve.png"


def verdicts(columns: np.ndarray, order: tuple[int, ...] | list[int]) -> list[Verdict]:
    """On columns (n, 7, 478, 3), each filed under the label of its place after this reordering."""
    return [judge(scores) for scores in prototypes().scores(columns[:, list(order)])]


def measure(size: float, draws: int, seed: int) -> dict[str, np.ndarray]:
    """What becomes of `draws` right models of this disturbance, and of the same with labels permuted."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[float]] = {}

    def put(name: str, values: list[float]) -> None:
        found.setdefault(name, []).extend(values)

    for start in range(0, draws, BATCH):
        columns = disturbed(rng, min(BATCH, draws - start), size)
        right, v5 = verdicts(columns, range(7)), verdicts(columns, PERMUTED)
        put("score", [v.as_filed for v in right])
        put("right evidence", [v.evidence for v in right])
        put("v5 evidence", [v.evidence for v in v5])
        put("ratio", [v.ratio for v in right])
        put("accused", [v.permuted for v in right])
        put("repaired", [v.is_v5 for v in right])
        put("v5 found", [v.is_v5 for v in v5])
        put("near found", [v.assignment == NEAR for v in verdicts(columns, NEAR)])
        put("far found", [v.assignment == FAR for v in verdicts(columns, FAR)])
    return {name: np.array(values, float) for name, values in found.items()}


def no_emotions(draws: int) -> None:
    """How many models are accused or repaired whose columns are no emotions at all."""
    rng = np.random.default_rng(99)
    units = prototypes().unit_fields.reshape(20, -1)
    kinds = {
        "normal coefficients": rng.standard_normal((draws, 7, 1434)),
        "smooth random fields": smooth(rng, draws),
        "random faces (20 half-normal action units)": np.maximum(rng.standard_normal((draws, 7, 20)), 0) @ units,
    }
    for kind, columns in kinds.items():
        found = verdicts(columns.reshape(draws, 7, 478, 3), range(7))
        accused, repaired = np.mean([v.permuted for v in found]), np.mean([v.is_v5 for v in found])
        print(f"| {kind} | {accused:.2%} | {repaired:.2%} |")


def plain(columns: np.ndarray) -> np.ndarray:
    """Evidence (n,) from ordinary cosines of centred fields, with which the weighted ones are compared."""
    flat = symmetric_part(columns, prototypes().pairs).reshape(len(columns), 7, -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    wanted = prototypes().fields.reshape(7, -1)
    wanted = wanted - wanted.mean(axis=0)
    scores = flat @ wanted.T / np.linalg.norm(flat, axis=2)[:, :, None] / np.linalg.norm(wanted, axis=1)
    return scores[:, range(7), PERMUTED].mean(axis=1) - scores[:, range(7), range(7)].mean(axis=1)


def weighted(columns: np.ndarray) -> np.ndarray:
    """Evidence (n,) as the program has it."""
    scores = prototypes().scores(columns)
    return scores[:, range(7), PERMUTED].mean(axis=1) - scores[:, range(7), range(7)].mean(axis=1)


def compare(draws: int) -> None:
    """How well either evidence tells right files from v5's: found where 0.1 % of the right would be taken for v5."""
    for size in SHOWN:
        rng = np.random.default_rng(31)
        batches = [disturbed(rng, min(BATCH, draws - start), size) for start in range(0, draws, BATCH)]
        rates = []
        for evidence in (weighted, plain):
            right = np.concatenate([evidence(columns) for columns in batches])
            v5 = np.concatenate([evidence(columns[:, PERMUTED]) for columns in batches])
            rates.append(np.mean(v5 > np.quantile(right, 0.999)))
        print(f"| {size:g} | {rates[0]:.1%} | {rates[1]:.1%} |")


def main(draws: int) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    measured = {size: measure(size, draws, seed=7000 + at) for at, size in enumerate(SIZES)}
    print(f"{draws} draws a size; evidence: largest of the right, smallest of v5's; ratio: largest of the right")
    print("| size | mean score | right accused | v5 found | happiness-sadness found | fear-surprise found | evidence"
          " | ratio |")  # fmt: skip
    print("|---" * 8 + "|")
    for size, m in measured.items():
        rates = " | ".join(f"{m[key].mean():.2%}" for key in ("accused", "v5 found", "far found", "near found"))
        print(f"| {size:g} | {m['score'].mean():.2f} | {rates} | {m['right evidence'].max():+.2f}, "
              f"{m['v5 evidence'].min():+.2f} | {m['ratio'].max():.2f} |")  # fmt: skip
    print("\n| columns | accused | of these repaired |\n|---|---|---|")
    no_emotions(draws)
    print("\n| size | weighted cosine | plain cosine |\n|---|---|---|")
    compare(min(draws, 1500))  # all of them are held in memory

    if draws < 1000:
        return  # too few for a picture that stands in the docs
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
    for key, label, style in (
        ("v5 found", "v5's permutation found", "C0-o"),
        ("far found", "happiness-sadness exchange found", "C2--s"),
        ("near found", "fear-surprise exchange found", "C1--^"),
        ("accused", "right file accused", "C3-x"),
    ):
        left.plot(SIZES, [100 * measured[size][key].mean() for size in SIZES], style, label=label)
    left.axvspan(0, 0.5, color="0.93", zorder=0)
    left.set(xlabel="size of each disturbance (times the column's)", ylabel="% of the draws", xlim=(0, SIZES[-1]))
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncol=2, fontsize=9)
    for at, size in enumerate(SHOWN):
        m = measured[size]
        cuts = np.linspace(-1.5, 1.5, 601)
        wrong = [100 * (m["right evidence"] >= cut).mean() for cut in cuts]
        found = [100 * (m["v5 evidence"] >= cut).mean() for cut in cuts]
        right.plot(wrong, found, f"C{at}", label=f"size {size:g}")
        here = [100 * (m[f"{kind} evidence"] >= EVIDENCE).mean() for kind in ("right", "v5")]
        right.plot(*here, f"C{at}o")
    right.set(xlabel="right files taken for v5, %", ylabel="v5 found, %", xlim=(-1, 40), ylim=(40, 101))
    right.set_title(f"the threshold on the evidence varied; dots: the one in use, {EVIDENCE:g}", fontsize=10)
    right.legend()
    figure.savefig(PICTURE, dpi=110)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
