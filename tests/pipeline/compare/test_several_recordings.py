"""Scores of several recordings against plain numpy on their frames: pooled, by person, with intervals over people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from realtime import load_model
from realtime.geometry import regions
from realtime.geometry.alignment import AlignedMany
from realtime.geometry.bootstrap import percentile_interval, resample_blocks, resample_people
from realtime.geometry.error_distribution import ErrorDistribution
from realtime.geometry.identity import identity_of
from realtime.geometry.oracles import CAUSES, OracleSums
from realtime.geometry.shift_null import ShiftSums, null_of_recordings
from realtime.pipeline.compare.cell_sums import CellSums
from realtime.pipeline.compare.frame_series import FrameSeries
from realtime.pipeline.compare.merge import differences, excluded, groups_scores, people_scores
from realtime.pipeline.compare.merged_recording import MergedRecording
from realtime.pipeline.compare.recording_numbers import FRAME_SUMS, RecordingNumbers, SharedOffset, _slices
from realtime.pipeline.compare.recordings import Entry, Recording
from realtime.pipeline.compare.scoring import Floors, Scored, Scorer, features_named
from realtime.pipeline.compare.setups import Setup
from realtime.pipeline.compare.whole_scores import emotion_scores, whole_scores

F64 = npt.NDArray[np.float64]
PEOPLE = ("e", "a", "b", "c", "c", "d")
BLOCKS = 4
SETUP = Setup(load_model("emotion@built-in"), "appearance", ("zero", "live"))


@dataclass(frozen=True)
class Made:
    """A recording: what is kept of it, and the meshes that this is made of."""

    numbers: RecordingNumbers
    scored: Scored
    block: npt.NDArray[np.int64]
    floor: F64  # errors of the nearer of what is delivered and what was sought

    @property
    def predicted(self) -> F64:
        return self.scored.own - self.scored.error


def _happy(at: int, frames: int) -> npt.NDArray[np.bool_]:
    """The frames that show happiness; of the third recording none."""
    found: npt.NDArray[np.bool_] = (np.arange(frames) % 5 < 2) & (at != 2)
    return found


def _made(at: int, person: str | None, gain: float, frames: int) -> Made:
    """A face that moves `gain` times as far as is predicted."""
    rng, model = np.random.default_rng(60 + at), SETUP.model
    rest = model.predict_neutral().astype(np.float64)
    own_face = 2.0 * np.random.default_rng(ord(person or "z")).normal(size=(478, 3))
    features = rng.dirichlet(np.full(7, 0.5), frames)
    moved = model.predict(features) - rest
    faces = rest + own_face + gain * moved + 0.3 * rng.normal(size=moved.shape) + rng.normal(size=3)
    at_rest = np.repeat((rest + own_face)[None], 12, axis=0) + 0.01 * rng.normal(size=(12, 478, 3))
    identity = identity_of(at_rest, np.repeat(rest[None], 12, axis=0), np.zeros((12, 3)), np.ones(12, bool),
                           unit=SETUP.canonical.unit, seconds=1.0)  # fmt: skip
    some = AlignedMany(faces.astype(np.float32), np.zeros((frames, 3)), np.zeros(frames), np.ones(frames, bool))
    # The floor: features of the amplitude that the face has, but of every other frame any.
    sought = SETUP.neutral_inputs + gain * (features - SETUP.neutral_inputs)
    sought[::2] = rng.dirichlet(np.full(7, 0.5), len(sought[::2]))
    scored = Scorer(SETUP, "zero", identity).score(some, features, Floors(sought, sought))
    columns, block = scored.columns, np.arange(frames) * BLOCKS // frames
    rows = np.stack([
        np.ones(frames),
        *(columns[name] for name in ("nme", "nme_adjusted", "sse_adjusted", "own_neutral_sse", "floor_sse_adjusted",
                                     "rest", "along", "displaced", "noise")),
    ], axis=1)  # fmt: skip
    assert rows.shape[1] == len(FRAME_SUMS)
    amber = np.arange(frames) % 3 == 0
    happy = _happy(at, frames)
    mean = model.mean_mesh
    numbers = RecordingNumbers(
        name=f"r{at}", person=person, setup=SETUP, mode="zero",
        cells={(name, flag): CellSums.of(scored, (amber == flag) & (happy == (name == "happiness")), mean, 0.3)
               for name in ("happiness", "none") for flag in (False, True)},
        poses={"live": CellSums.of(scored, block == 0, mean, 0.3)},
        distributions={"delivered": ErrorDistribution.of(columns["nme_adjusted"])},
        slices={("pose", "0 to 5°"): rows.sum(axis=0)},
        blocks=np.stack([rows[block == one].sum(axis=0) for one in range(BLOCKS)]),
        excluded={}, emotions={"happiness": ErrorDistribution.of(columns["nme_adjusted"][happy])},
        emotion_blocks={"happiness": np.stack([rows[happy & (block == one)].sum(axis=0) for one in range(BLOCKS)])},
        effective={"": frames / 4.0, "happiness": happy.sum() / 3.0}, lag=None, lag_blocks=(), shifts=None,
        oracles=None, chance={}, labels=None, frame_seconds=0.04, shared=SharedOffset(),
    )  # fmt: skip
    floor = scored.own - SETUP.model.predict(sought)
    worse = (floor**2).sum(axis=(1, 2)) > (scored.error**2).sum(axis=(1, 2))
    assert 0 < worse.sum() < frames
    return Made(numbers, scored, block, np.where(worse[:, None, None], scored.error, floor))


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return [_made(at, person, 0.4 + 0.2 * at, 12 + 3 * at) for at, person in enumerate(PEOPLE)]


def _sums(some: list[Made]) -> dict[str, F64]:
    """(n,) or (n, 1434) sums of each recording, from its meshes."""
    found: dict[str, list[F64]] = {}
    for one in some:
        scored, moved = one.scored, one.predicted - SETUP.model.predict_neutral()
        own = scored.own - SETUP.model.mean_mesh.astype(np.float64)
        for name, value in {
            "frames": len(own), "sse": (scored.error**2).sum(), "baseline": (scored.baseline**2).sum(),
            "rest": (scored.moved**2).sum(), "along": (scored.moved * moved).sum(), "displaced": (moved**2).sum(),
            "squares": (own**2).sum(), "own": own.sum(axis=0).ravel(), "error": scored.error.sum(axis=0).ravel(),
            "nme_adjusted": np.linalg.norm(scored.error, axis=2).mean(axis=1).sum() * 100 / SETUP.canonical.unit,
        }.items():  # fmt: skip
            found.setdefault(name, []).append(np.asarray(value, np.float64))
    return {name: np.stack(values) for name, values in found.items()}


def _left_with_gain(sums: dict[str, F64]) -> F64:
    """Squared error of each recording with a gain of its own."""
    left: F64 = sums["rest"] - sums["along"] ** 2 / sums["displaced"]
    return left


def _about_means(sums: dict[str, F64], name: str, often: F64, groups: list[list[int]]) -> F64:
    """Squared lengths of the summed meshes of each group, over its frames; by draw."""
    found = np.zeros(len(often))
    for group in groups:
        frames = often[:, group] @ sums["frames"][group]
        found += ((often[:, group] @ sums[name][group]) ** 2).sum(axis=1) / np.maximum(frames, 1)
    return found


def test_pooled_scores_are_those_of_all_frames(made: list[Made]) -> None:
    found, sums = whole_scores(SETUP, [one.numbers for one in made]), _sums(made)
    baseline = sums["baseline"].sum()
    own, error = (np.concatenate([getattr(one.scored, name) for one in made]) for name in ("own", "error"))
    variation = ((own - own.mean(axis=0)) ** 2).sum()
    assert found["frames"] == len(own) and found["effective_n"] == len(own) / 4
    assert found["skill"] == pytest.approx(1 - (error**2).sum() / baseline)
    assert found["r2"] == pytest.approx(1 - (error**2).sum() / variation)
    left = _left_with_gain(sums).sum()
    assert found["with_gain"].skill == pytest.approx(1 - left / baseline)
    assert found["with_gain"].r2 == pytest.approx(1 - left / variation)
    assert found["gain"] == pytest.approx(sums["along"].sum() / sums["displaced"].sum())
    constant = sum(((one.scored.own - one.scored.own.mean(axis=0)) ** 2).sum() for one in made)
    assert found["constant_face"].skill == pytest.approx(1 - constant / baseline)
    within = np.zeros(2)
    for person in set(PEOPLE):
        here = [one.scored for one, whose in zip(made, PEOPLE, strict=True) if whose == person]
        for at, name in enumerate(("error", "own")):
            meshes = np.concatenate([getattr(one, name) for one in here])
            within[at] += ((meshes - meshes.mean(axis=0)) ** 2).sum()
    assert found["r2_within"] == pytest.approx(1 - within[0] / within[1])
    nobody = whole_scores(SETUP, [replace(one.numbers, person=None) for one in made])
    left = sum(((one.scored.error - one.scored.error.mean(axis=0)) ** 2).sum() for one in made)
    assert nobody["r2_within"] == pytest.approx(1 - left / constant) and nobody["interval"].over == "recordings"
    by_region = {one.region: one for one in found["regions"]}
    at_rest = np.concatenate([one.scored.baseline for one in made])
    floor = np.concatenate([one.floor for one in made])
    assert found["floor"].skill == pytest.approx(1 - (floor**2).sum() / baseline)
    whole = [np.linalg.norm(one, axis=2).mean() * 100 / SETUP.canonical.unit for one in (error, at_rest, floor)]
    assert found["floor"].nme_adjusted == pytest.approx(whole[2])
    for value, key in zip(whole, ("nme", "nme_baseline", "nme_floor"), strict=True):
        mean = sum(len(at) * getattr(by_region[name], key) for name, at in regions().items()) / 478
        assert mean == pytest.approx(value)
    for name, at in regions().items():
        varied = ((own - own.mean(axis=0))[:, list(at)] ** 2).sum()
        assert by_region[name].r2 == pytest.approx(1 - (error[:, list(at)] ** 2).sum() / varied)
    steady = np.concatenate([np.arange(len(one.scored.own)) % 3 > 0 for one in made])
    assert found["without_amber"].frames == steady.sum()
    assert found["pose_live"].frames == sum((one.block == 0).sum() for one in made)
    (part,) = found["slices"]
    gain = sums["along"].sum() / sums["displaced"].sum()
    left = (sums["rest"] - 2 * gain * sums["along"] + gain**2 * sums["displaced"]).sum()
    assert part.skill == pytest.approx(found["skill"]) and part.skill_with_gain == pytest.approx(1 - left / baseline)


def test_intervals_are_those_of_draws_of_people(made: list[Made]) -> None:
    found, sums = whole_scores(SETUP, [one.numbers for one in made]), _sums(made)
    draw = resample_people(PEOPLE)
    assert draw.over == "people" and draw.units == 5
    often = draw.counts.astype(np.float64)
    total = {name: often @ values for name, values in sums.items() if values.ndim == 1}
    every = [list(range(len(PEOPLE)))]
    groups = [[0], [1], [2], [3, 4], [5]]
    varied = total["squares"] - _about_means(sums, "own", often, every)
    within = total["squares"] - _about_means(sums, "own", often, groups)
    left = total["sse"] - _about_means(sums, "error", often, groups)
    expected = {
        "interval": 1 - total["sse"] / total["baseline"],
        "with_gain": 1 - often @ _left_with_gain(sums) / total["baseline"],
        "gain": total["along"] / total["displaced"],
        "nme_adjusted": total["nme_adjusted"] / total["frames"],
        "r2": 1 - total["sse"] / varied,
        "r2_within": 1 - left / within,
    }
    given = {"interval": found["interval"], "with_gain": found["with_gain"].interval, **found["intervals"]}
    for name, values in expected.items():
        assert given[name].over == "people" and given[name].level == 0.95, name
        assert (given[name].low, given[name].high) == pytest.approx(percentile_interval(values, 5)), name


def test_an_emotion_has_the_intervals_of_its_own_frames_over_the_people_who_show_it(made: list[Made]) -> None:
    """One of the five people does not: with four, recordings are drawn, and nothing is said about people."""
    found = emotion_scores(SETUP, [one.numbers for one in made], "happiness")
    showing = [(one, _happy(at, len(one.block))) for at, one in enumerate(made) if at != 2]
    sse, baseline, rest, along, displaced, frames, nme = (
        np.array([values[happy].sum() for values, happy in several])
        for several in zip(*(
            [((one.scored.error**2).sum(axis=(1, 2)), happy), ((one.scored.baseline**2).sum(axis=(1, 2)), happy),
             ((one.scored.moved**2).sum(axis=(1, 2)), happy),
             ((one.scored.moved * (one.predicted - SETUP.model.predict_neutral())).sum(axis=(1, 2)), happy),
             (((one.predicted - SETUP.model.predict_neutral()) ** 2).sum(axis=(1, 2)), happy),
             (np.ones(len(happy)), happy), (one.scored.columns["nme_adjusted"], happy)]
            for one, happy in showing
        ), strict=True)
    )  # fmt: skip
    assert found["frames"] == frames.sum() and found["skill"] == pytest.approx(1 - sse.sum() / baseline.sum())
    draw = resample_people([person for at, person in enumerate(PEOPLE) if at != 2])
    often = draw.counts.astype(np.float64)
    expected = {
        "skill": (found["interval"], 1 - often @ sse / (often @ baseline)),
        "with gain": (found["with_gain"].interval, 1 - often @ (rest - along**2 / displaced) / (often @ baseline)),
        "gain": (found["intervals"]["gain"], often @ along / (often @ displaced)),
        "nme": (found["intervals"]["nme_adjusted"], often @ nme / (often @ frames)),
    }
    for name, (interval, values) in expected.items():
        assert interval.over == draw.over == "recordings", name
        assert (interval.low, interval.high) == pytest.approx(
            percentile_interval(values, draw.units, interval.level)
        ), name
    alone = emotion_scores(SETUP, [made[3].numbers], "happiness")
    assert alone["interval"].over == "blocks"
    assert emotion_scores(SETUP, [made[2].numbers], "happiness")["interval"] is None


def test_of_one_recording_blocks_are_drawn_at_the_gain_of_all(made: list[Made]) -> None:
    one = made[3]
    found, rows = whole_scores(SETUP, [one.numbers]), one.numbers.blocks
    often = resample_blocks([0] * BLOCKS).counts @ rows
    baseline, rest, along, displaced = (often[:, FRAME_SUMS.index(name)]
                                        for name in ("baseline", "rest", "along", "displaced"))  # fmt: skip
    gain = found["gain"]
    values = 1 - (rest - 2 * gain * along + gain**2 * displaced) / baseline
    interval = found["with_gain"].interval
    assert interval.over == "blocks" and (interval.low, interval.high) == pytest.approx(
        percentile_interval(values, BLOCKS, interval.level)
    )


def _merged(one: Made, group: str | None, *beside: RecordingNumbers) -> MergedRecording:
    entry = Entry(person=one.numbers.person, group=group)
    recording = Recording(Path(one.numbers.name), one.numbers.name, entry)
    return MergedRecording(recording, {"neutral": {"kind": "first"}}, entry.person, (one.numbers, *beside), {}, None,
                           (np.zeros((0, 3)), np.zeros((0, 3))))  # fmt: skip


def test_differences_are_of_the_first_minus_the_other_in_the_same_draws(made: list[Made]) -> None:
    others = [_made(at, person, 0.3 + 0.2 * at, 12 + 3 * at) for at, person in enumerate(PEOPLE)]
    used = [_merged(one, None, other.numbers) for one, other in zip(made, others, strict=True)]
    (found,) = differences([SETUP, replace(SETUP, source="pyfeat")], used)
    one, other = ([whole_scores(SETUP, [single.numbers])["skill"] for single in some] for some in (made, others))
    assert found.differ_by == "source" and found.frames == sum(len(one.scored.own) for one in made)
    assert found.recordings == {
        f"r{at}": pytest.approx(a - b) for at, (a, b) in enumerate(zip(one, other, strict=True))
    }
    often = resample_people(PEOPLE).counts.astype(np.float64)
    skills = [1 - often @ sums["sse"] / (often @ sums["baseline"]) for sums in (_sums(made), _sums(others))]
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx(percentile_interval(skills[0] - skills[1], 5))
    whole = [whole_scores(SETUP, [single.numbers for single in some])["skill"] for some in (made, others)]
    assert found.skill == pytest.approx(whole[0] - whole[1])


def test_people_and_groups_have_their_own_recordings(made: list[Made]) -> None:
    used = [_merged(one, "xy"[at % 2]) for at, one in enumerate(made)]
    people = people_scores([SETUP], used)
    assert [one.name for one in people] == sorted(set(PEOPLE)) and people[2].recordings == ("r3", "r4")
    assert people[2].skill == whole_scores(SETUP, [made[3].numbers, made[4].numbers])["skill"]
    groups = groups_scores([SETUP], used)
    for group, at in zip(groups, ([0, 2, 4], [1, 3, 5]), strict=True):
        whole = whole_scores(SETUP, [made[number].numbers for number in at])
        assert (group.recordings, group.people) == (tuple(f"r{number}" for number in at), 3)
        assert (group.skill, group.interval) == (whole["skill"], whole["interval"])


def test_frames_in_no_score_are_counted_by_their_reason(made: list[Made]) -> None:
    reasons = ({"amber": 2, "no face": 5}, {"no face": 4}, {})
    used = [
        _merged(replace(one, numbers=replace(one.numbers, excluded={
            reason: np.array([frames, *one.numbers.row[1:]]) for reason, frames in some.items()
        })), None)
        for one, some in zip(made, reasons, strict=False)
    ]  # fmt: skip
    found = excluded(used, used)
    assert [(one.reason, one.frames, one.recordings) for one in found] == [("no face", 9, 2), ("amber", 2, 1)]
    two = whole_scores(SETUP, [made[0].numbers, made[1].numbers])["skill"]
    assert [one.skill for one in found] == pytest.approx([two, whole_scores(SETUP, [made[0].numbers])["skill"]])


def test_features_are_shifted_and_exchanged_about_those_of_a_face_at_rest() -> None:
    given = np.random.default_rng(62).dirichlet(np.ones(7), 5)
    table = pa.table({f"feature_{name}": given[:, at] for at, name in enumerate(features_named(SETUP))})
    rest = np.array([name == "neutral" for name in features_named(SETUP)])
    assert rest.sum() == 1 and FrameSeries(table, 0, SETUP, "zero").displacements == pytest.approx(given - rest)


def test_slices_are_by_the_larger_of_pitch_and_yaw_by_size_and_by_quarters_of_the_time() -> None:
    pitch, yaw = [0.0, -3.0, 12.0, -4.0, 31.0, 5.0], [4.9, -7.0, 1.0, 25.0, -2.0, 0.0]
    numbers = {"pitch_deg": pitch, "yaw_deg": yaw, "face_px": [39.0, 40.0, 79.0, 80.0, 179.0, 500.0],
               "time_s": [0.0, 1.0, 2.0, 3.9, 6.0, 8.0], "nme": range(6)}  # fmt: skip
    names = ("nme_adjusted", "sse_adjusted", "own_neutral_sse", "floor_sse_adjusted", "rest", "along", "displaced")
    columns = {**numbers, **dict.fromkeys((*names, "noise"), np.arange(6.0))}
    series = FrameSeries(
        pa.table({name: np.asarray(values, float) for name, values in columns.items()}), 0, SETUP, "zero"
    )
    found = _slices(series, np.array([True] * 5 + [False]))
    frames = {key: (int(row[0]), row[1]) for key, row in found.items()}  # how many, and the sum of their places
    assert frames == {
        ("pose", "0 to 5°"): (1, 0.0), ("pose", "5 to 10°"): (1, 1.0), ("pose", "10 to 20°"): (1, 2.0),
        ("pose", "20 to 30°"): (1, 3.0), ("pose", "30 to 90°"): (1, 4.0),
        ("face size", "0 to 40 px"): (1, 0.0), ("face size", "40 to 60 px"): (1, 1.0),
        ("face size", "60 to 80 px"): (1, 2.0), ("face size", "80 to 120 px"): (1, 3.0),
        ("face size", "120 to 180 px"): (1, 4.0),
        ("part of the recording", "first quarter"): (2, 1.0), ("part of the recording", "second quarter"): (2, 5.0),
        ("part of the recording", "last quarter"): (1, 4.0),
    }  # fmt: skip


def test_the_level_of_chance_is_of_the_shifts_of_all(made: list[Made]) -> None:
    rng, some = np.random.default_rng(61), []
    for one in made[:3]:
        total, shape = _sums([one]), 41
        along = total["along"] * np.where(np.arange(shape) == 0, 1.0, rng.uniform(0.0, 0.6, shape))
        some.append(ShiftSums(along, np.full(shape, total["displaced"][0]), np.full(shape, total["rest"][0]),
                              np.full(shape, 20), float(total["rest"][0]), 125))  # fmt: skip
    numbers = [replace(one.numbers, shifts=shifts) for one, shifts in zip(made, [*some, None, None, None], strict=True)]
    found = whole_scores(SETUP, numbers)["null"]
    own = np.concatenate([one.scored.own for one in made[:3]])
    null = null_of_recordings(some, float(((own - own.mean(axis=0)) ** 2).sum()))
    assert null.r2_shifted is not None and found.p == null.p and found.shortest_s == pytest.approx(5.0)
    assert (found.r2, found.mean) == (pytest.approx(null.r2), pytest.approx(null.r2_shifted.mean()))
    assert found.high == pytest.approx(np.quantile(null.r2_shifted, 0.95)) and found.high > found.mean
    assert found.skill_high == pytest.approx(np.quantile(null.skill_shifted, 0.95))
    assert found.skill == pytest.approx(null.skill_shifted.mean()) and found.pose_mode == "zero"
    mixed = [replace(numbers[0], mode="live"), *numbers[1:]]
    assert whole_scores(SETUP, mixed)["null"].pose_mode == "both"


def test_causes_are_added_over_recordings_and_unknown_ones_are_left_out(made: list[Made]) -> None:
    known = (False, True, False, True, True, True)  # pose: too few blocks
    numbers = []
    for at, one in enumerate(made):
        sums = _sums([one])
        sse, baseline = float(sums["sse"][0]), float(sums["baseline"][0])
        shares = np.array([1.0, 0.9, 0.8, 0.5, 0.3, 0.2]) ** (1 + 0.1 * at)
        numbers.append(replace(one.numbers, oracles=OracleSums(baseline, sse, sse * (0.4 + 0.6 * shares), sse * shares,
                                                               known)))  # fmt: skip
    found = whole_scores(SETUP, numbers)
    steps = {step.cause: step for step in found["waterfall"] if not step.removed}
    total = sum(one.oracles.row for one in numbers if one.oracles is not None)
    baseline, delivered, alone, in_order = total[0], total[1], total[2:8], total[8:]
    before = delivered
    for at, cause in enumerate(CAUSES[1:], start=1):  # the neutral has removed the tracker's offset
        assert steps[cause].adds == (pytest.approx((before - in_order[at]) / baseline) if known[at] else None)
        assert steps[cause].alone == pytest.approx((delivered - alone[at]) / baseline)
        assert found["oracles"].get(cause) == (pytest.approx(1 - alone[at] / baseline) if known[at] else None)
        before = in_order[at]
    assert "tracker" not in steps and "tracker" not in found["oracles"]
    interval = steps["gain"].interval
    assert interval.over == "people" and interval.low < steps["gain"].adds < interval.high
    removed = {step.cause: step for step in found["waterfall"] if step.removed}
    raw = np.array([(one.scored.error_raw**2).sum() for one in made])
    identity = raw - _sums(made)["sse"]
    often = resample_people(PEOPLE).counts.astype(np.float64)
    assert removed["tracker"].adds is None and removed["identity"].adds == pytest.approx(identity.sum() / raw.sum())
    interval = removed["identity"].interval
    expected = percentile_interval(often @ identity / (often @ raw), 5)
    assert (interval.low, interval.high) == pytest.approx(expected)


def test_what_only_some_frames_have_is_known_of_none() -> None:
    both = CellSums.total([CellSums(2, {"a": np.array(1.0), "b": np.array(3.0)}), CellSums(0),
                           CellSums(3, {"a": np.array(5.0)})])  # fmt: skip
    assert both.frames == 5 and both.number("a") == 6.0 and "b" not in both and both.mean("a") == 1.2
