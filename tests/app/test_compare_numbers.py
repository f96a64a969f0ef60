"""The numbers of a comparison against plain numpy and scikit-learn, and against a run of the same clip."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from common import PANDAS, STUDY, clip, needs_bundled
from comparing import compared
from remade import RECORDED
from scipy.optimize import nnls

import realtime.session
from realtime.geometry import REGION_NAMES
from realtime.geometry.autocorrelation import effective_size
from realtime.geometry.bootstrap import percentile_interval, resample_blocks
from realtime.geometry.regions import region_of
from realtime.model import load_model
from realtime.pipeline.compare.merge import card_r2

pd = pytest.importorskip("pandas", reason=PANDAS)

CANTHI = [33, 263]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A comparison of the recorded session, and the table of its frames."""
    out = tmp_path_factory.mktemp("compared") / "out"
    report = compared([RECORDED], out)
    return report, pq.read_table(out / "frames.parquet"), out


def umeyama(points, anchors):
    """The similarity of Umeyama 1991, step by step."""
    a, b = points.mean(axis=0), anchors.mean(axis=0)
    u, s, vt = np.linalg.svd((anchors - b).T @ (points - a))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ flip @ vt
    scale = (s * np.diag(flip)).sum() / ((points - a) ** 2).sum()
    return lambda some: scale * (some - a) @ rotation.T + b


@pytest.fixture(scope="module")
def plain(made):
    """Observed and predicted faces of the compared frames, and the neutral, by nothing but numpy."""
    _, table, _ = made
    model = load_model("emotion@built-in")
    compared = table["compared"].to_numpy(zero_copy_only=False)
    features = np.stack([table[f"feature_{name}"].to_numpy() for name in model.feature_columns], axis=1)[compared]
    coef, intercept = model.coef.astype(np.float64), model.intercept.astype(np.float64)

    def as_mesh(rows):
        return np.swapaxes(rows.reshape(-1, 3, 478), 1, 2)

    predicted = as_mesh(features @ coef[: len(features[0])] + intercept)
    at_rest = as_mesh(coef[model.feature_columns.index("neutral")][None] + intercept)[0]
    with realtime.session.open(RECORDED) as session:
        rows = [session[int(row)] for row in table["frame"].to_numpy()[compared]]
        identity = rows[-1].models[0].identity
    anchors = model.anchors.astype(np.float64)
    faces = [row.landmarks.points_px.astype(np.float64) for row in rows]
    at = list(model.anchor_indices)
    # An earlier program has recorded it, in a frame of a little other anchors.
    neutral = identity.neutral_canon.astype(np.float64)
    neutral = umeyama(neutral[at], anchors)(neutral)
    observed = np.stack([umeyama(face[at], anchors)(face) for face in faces])
    unit = np.linalg.norm(np.subtract(*model.mean_mesh.astype(np.float64)[CANTHI]))
    return {
        "observed": observed, "predicted": predicted, "neutral": neutral, "offset": neutral - at_rest,
        "at_rest": at_rest, "mean": model.mean_mesh.astype(np.float64), "percent": 100.0 / unit,
        "columns": coef[: len(features[0])].reshape(-1, 3, 478).swapaxes(1, 2), "intercept": as_mesh(intercept)[0],
    }  # fmt: skip


def flat(meshes):
    return meshes.reshape(len(meshes), -1)


def test_scores_are_those_of_scikit_learn(made, plain):
    metrics = pytest.importorskip("sklearn.metrics", reason=STUDY)
    scores = made[0].overall
    observed, raw, adjusted = plain["observed"], plain["predicted"], plain["predicted"] + plain["offset"]
    assert scores.frames == len(observed) == 19

    def weighted(one, other):
        return metrics.r2_score(flat(one), flat(other), multioutput="variance_weighted")

    assert scores.r2_raw == pytest.approx(weighted(observed, raw), rel=1e-5)
    assert scores.r2 == pytest.approx(weighted(observed, adjusted), rel=1e-5)
    centered = [one - one.mean(axis=0) for one in (observed, adjusted)]
    assert scores.r2_within == pytest.approx(weighted(*centered), abs=1e-5)
    assert scores.mae == pytest.approx(metrics.mean_absolute_error(flat(observed), flat(adjusted)), rel=1e-5)
    assert scores.mae_raw == pytest.approx(metrics.mean_absolute_error(flat(observed), flat(raw)), rel=1e-5)
    assert scores.mae_percent == pytest.approx(scores.mae * plain["percent"], rel=1e-9)


def test_errors_and_skill_are_those_of_plain_numpy(made, plain):
    scores, percent = made[0].overall, plain["percent"]
    observed, adjusted = plain["observed"], plain["predicted"] + plain["offset"]
    distance = np.linalg.norm(observed - adjusted, axis=2)
    sse, baseline = (distance**2).sum(), ((observed - plain["neutral"]) ** 2).sum()
    assert scores.nme_adjusted == pytest.approx(distance.mean() * percent, rel=1e-5)
    assert scores.nme == pytest.approx(np.linalg.norm(observed - plain["predicted"], axis=2).mean() * percent, rel=1e-5)
    assert scores.rms == pytest.approx(np.sqrt((distance**2).mean()) * percent, rel=1e-5)
    assert scores.baseline == "own_neutral" and scores.skill == pytest.approx(1 - sse / baseline, abs=1e-6)
    constant = ((observed - observed.mean(axis=0)) ** 2).sum()
    assert scores.constant_face.skill == pytest.approx(1 - constant / baseline, abs=1e-6)
    assert scores.constant_face.r2 == pytest.approx(0.0, abs=1e-9)
    at_rest = observed - plain["offset"] - plain["at_rest"]
    moved = plain["predicted"] - plain["at_rest"]
    gain = (at_rest * moved).sum() / (moved**2).sum()
    assert scores.gain == pytest.approx(gain, rel=1e-5)
    left = ((at_rest - max(0.0, gain) * moved) ** 2).sum()
    assert scores.with_gain.skill == pytest.approx(1 - left / baseline, abs=1e-6)
    found = {region.region: region for region in scores.regions}
    members = np.array([region_of(vertex) for vertex in range(478)])
    for name in REGION_NAMES:
        at = members == name
        assert found[name].nme == pytest.approx(distance[:, at].mean() * percent, rel=1e-5)
        ratio = (distance[:, at] ** 2).sum() / ((observed - plain["neutral"])[:, at] ** 2).sum()
        assert found[name].skill == pytest.approx(1 - ratio, abs=1e-6)
    assert sum(region.share for region in scores.regions) == pytest.approx(1.0)


def test_the_floor_is_the_best_mixture_of_each_face(made, plain):
    """Non-negative least squares with a heavy row of ones, which is another algorithm."""
    columns = np.vstack([plain["columns"].reshape(7, -1).T, np.full((1, 7), 1e6)])
    left = 0.0
    for face in plain["observed"] - plain["offset"] - plain["intercept"]:
        found, _ = nnls(columns, np.append(face.ravel(), 1e6))
        left += ((face.ravel() - found @ plain["columns"].reshape(7, -1)) ** 2).sum()
    baseline = ((plain["observed"] - plain["neutral"]) ** 2).sum()
    assert made[0].overall.floor.skill == pytest.approx(1 - left / baseline, abs=1e-6)
    assert made[0].overall.skill <= made[0].overall.floor.skill + 1e-12


def test_frames_hold_what_the_scores_are_made_of(made, plain):
    report, table, _ = made
    used = table.filter(table["compared"])
    assert 1 - np.sum(used["sse_adjusted"]) / np.sum(used["own_neutral_sse"]) == pytest.approx(report.overall.skill)
    assert np.mean(used["nme_adjusted"]) == pytest.approx(report.overall.nme_adjusted)
    z = np.stack([used[name].to_numpy() for name in used.column_names if name.startswith("z_")], axis=1)
    moved = plain["observed"] - plain["offset"] - plain["at_rest"]
    assert np.allclose(z, flat(moved) @ plain["columns"].reshape(7, -1).T, rtol=1e-4, atol=1e-2)
    assert np.allclose(used["rest"], (moved**2).sum(axis=(1, 2)), rtol=1e-5)
    percentiles = report.overall.percentiles
    assert percentiles.p50 == pytest.approx(np.percentile(used["nme_adjusted"], 50, method="inverted_cdf"), abs=0.006)
    assert sum(report.overall.curve.frames) == report.overall.frames
    gained = np.where(table["compared"], np.subtract(table["own_neutral_sse"], table["sse_adjusted"]), 0.0)
    size = effective_size(gained, table["compared"].to_numpy(zero_copy_only=False))
    assert size is not None and report.overall.effective_n == pytest.approx(size.effective) and size.effective < 19
    by_quarter = [one for one in report.overall.slices if one.by == "part of the recording"]
    assert sum(one.frames for one in by_quarter) == report.overall.frames
    assert sum(one.skill is not None for one in by_quarter) == len(by_quarter)


def test_slices_and_blocks_are_of_the_frames_that_they_name(made):
    report, table, _ = made
    frames = table.filter(table["compared"]).to_pandas()
    frames["turned"] = frames[["pitch_deg", "yaw_deg"]].abs().max(axis=1)
    named = {(one.by, one.name): one for one in report.overall.slices}
    for kind, column, edges in (("pose", "turned", (0, 5, 10, 20)), ("face size", "face_px", (40, 60, 80, 120, 180))):
        parts = pd.cut(frames[column], edges, right=False)
        for ends, rows in frames.groupby(parts, observed=True):
            one = named[kind, f"{ends.left} to {ends.right}{'°' if kind == 'pose' else ' px'}"]
            skill = 1 - rows.sse_adjusted.sum() / rows.own_neutral_sse.sum()
            assert (one.frames, one.skill) == (len(rows), pytest.approx(skill))
    blocks = frames.groupby("block")[["sse_adjusted", "own_neutral_sse", "frame"]].agg("sum").to_numpy()
    often = resample_blocks([0] * len(blocks)).counts @ blocks
    interval = report.overall.interval
    expected = percentile_interval(1 - often[:, 0] / often[:, 1], len(blocks), interval.level)
    assert len(blocks) > 2 and (interval.low, interval.high) == pytest.approx(expected)


def test_vertices_and_causes_sum_to_the_scores(made):
    report, _, out = made
    lines = (out / "vertices.csv").read_text().splitlines()
    at = lines[0].split(",").index("distance")
    distances = [float(line.split(",")[at]) for line in lines[1:]]
    assert len(distances) == 478 and np.mean(distances) == pytest.approx(report.overall.nme_adjusted)
    steps = [step for step in report.overall.waterfall if not step.removed]
    assert steps[-1].cause == "model" and steps[-1].skill == 1.0
    assert report.overall.skill + sum(step.adds or 0.0 for step in steps) == pytest.approx(1.0)
    shares = report.overall.decomposition.shares
    assert sum(shares.values()) == pytest.approx(1.0)
    assert report.overall.null is None and "fitted to the mesh" in " ".join(report.remarks)


def test_the_tables_have_the_numbers_of_the_frames(made, plain):
    report, _, out = made
    error = plain["observed"] - plain["predicted"] - plain["offset"]
    squares, baseline = (error**2).sum(axis=(0, 2)), ((plain["observed"] - plain["neutral"]) ** 2).sum(axis=(0, 2))
    vertices = pd.read_csv(out / "vertices.csv")
    expected = {
        "rms": np.sqrt(squares / len(error)) * plain["percent"], "skill": 1 - squares / baseline,
        **{f"error_{axis}": error.mean(axis=0)[:, at] * plain["percent"] for at, axis in enumerate("xyz")},
    }  # fmt: skip
    for name, values in expected.items():
        assert vertices[name].to_numpy() == pytest.approx(values, rel=1e-4, abs=1e-4), name
    (row,) = pd.read_csv(out / "recordings.csv", float_precision="round_trip").to_dict("records")
    for line in ("with_gain", "floor"):
        for name in ("skill", "r2"):
            assert row[f"{line}_{name}"] == getattr(getattr(report.overall, line), name), (line, name)


@needs_bundled
def test_a_run_of_the_same_clip_says_the_same(meshmirror, tmp_path):
    """What the two reports name alike is equal, down to the last digit that the run's report has."""
    path = str(clip("single_face.mp4"))
    choice = ["--model", "emotion@built-in", "--emotion", "inverse", "--json"]
    neutral = ["--headless", "--neutral", "0.6", "--set", "detect.tracker=bundled"]
    live = meshmirror("live", "--source", path, *neutral, *choice)
    done = meshmirror(
        "compare", path, "--out", "out", "--neutral", "first:0.6", "--tracker", "bundled", "--no-figures", *choice
    )
    assert live.returncode == 0 and done.returncode == 0, live.stderr + done.stderr
    run, found = json.loads(live.stdout), json.loads(done.stdout)
    scores = found["overall"]
    assert run["averaged"] == scores["frames"] and run["skill_baseline"] == scores["baseline"]
    names = (
        "nme",
        "nme_adjusted",
        "skill",
        "skill_raw",
        "r2",
        "r2_raw",
        "r2_within",
        "mae",
        "mae_raw",
        "mae_percent",
        "gain",
    )
    for name in names:
        assert scores[name] == pytest.approx(run[name], abs=2e-4), name
    for line in ("constant_face", "with_gain", "floor"):
        for name, value in run[line].items():
            assert scores[line][name] == pytest.approx(value, abs=2e-4), (line, name)
    for name, value in run["regions"].items():
        assert next(one for one in scores["regions"] if one["region"] == name)["nme"] == pytest.approx(value, abs=2e-4)
    assert {**run["baselines"], **scores["baselines"]} == pytest.approx(run["baselines"], abs=2e-4)
    written = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert written == found


def test_the_r2_of_a_card_is_read_from_the_cards_of_own_fits():
    model = load_model("emotion@built-in")
    line = "          - {type: r_squared, name: held-out R2 by recording, value: -0.2057}\n"
    assert card_r2(model.replaced(card=f"---\nmetrics:\n{line}---\n")) == -0.2057
    assert card_r2(model.replaced(card="R2 = 0.2057")) is None and card_r2(model) is None
