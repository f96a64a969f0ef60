"""Comparisons of simulated faces, as the page is given them: a report and a view whose numbers belong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realtime.core.compare_report import (
    Check,
    CompareError,
    CompareReport,
    Difference,
    EmotionScores,
    EventAverage,
    Excluded,
    GroupScores,
    ModelScores,
    NeutralUsed,
    PersonScores,
    Quality,
    RecordingScores,
    SetupScores,
)
from realtime.core.compare_scores import (
    BIN_PERCENT,
    CURVE_PERCENT,
    FAILURE_PERCENT,
    BriefScores,
    ComparedFloor,
    ComparedLine,
    ComparedScores,
    CumulativeCurve,
    Decomposition,
    FloorNull,
    Interval,
    Lag,
    LagPoint,
    NullLevel,
    Percentiles,
    RegionScores,
    Slice,
    WaterfallStep,
)
from realtime.core.compare_view import CompareView, ShownFrame, Timeline, VertexErrors
from realtime.core.types import EMOTIONS
from realtime.geometry import CanonicalFrame
from realtime.geometry.normals import outward_normals
from realtime.geometry.regions import regions as face_regions
from realtime.model import built_in

NOISE = 0.35
SETUPS = ("emotion@v6", "emotion@built-in")


@dataclass
class Faces:
    """Frames of all recordings in % canthi along left, up, forward: displacements about the own neutral."""

    recording: np.ndarray  # (n,)
    person: np.ndarray
    top: np.ndarray  # (n,) the emotion that is named
    observed: np.ndarray  # (n, 478, 3)
    delivered: list  # of each setup (n, 478, 3)
    floor: np.ndarray
    neutral: np.ndarray  # (people, 478, 3) meshes


def simulated(seed=5, frames=90, recordings=6, people=3) -> Faces:
    """Faces that a model knows in part, with emotions that a source sees in part."""
    rng = np.random.default_rng(seed)
    model = built_in()
    frame = CanonicalFrame.of(model.mean_mesh)
    rest = model.predict_neutral(clip=False)
    rows = np.stack([model.predict(row, np.zeros(3, np.float32)) - rest for row in np.eye(7, dtype=np.float32)])
    rows = 100 * rows @ frame.axes.T / frame.unit
    mean = 100 * (rest - frame.origin) @ frame.axes.T / frame.unit
    n = frames * recordings
    recording = np.repeat(np.arange(recordings), frames)
    logits = np.stack([_smooth(rng, n, 25) for _ in range(7)], axis=1) * 2.2
    logits[:, EMOTIONS.index("neutral")] += 1.2
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    seen = np.exp(logits + 1.4 * np.stack([_smooth(rng, n, 9) for _ in range(7)], axis=1))
    seen /= seen.sum(axis=1, keepdims=True)
    jaw = np.clip(-(mean[:, 1] + 10) / 50, 0, 1)[:, None] * [0.0, -9.0, -2.0]
    talk = np.abs(_smooth(rng, n, 4)) * (_smooth(rng, n, 60) > 0)
    known = np.einsum("nk,kvc->nvc", true, rows)
    base = rows[EMOTIONS.index("neutral")]
    observed = 0.6 * (known - base) + talk[:, None, None] * jaw + rng.normal(size=(n, 478, 3)) * NOISE / 2
    delivered = np.einsum("nk,kvc->nvc", seen, rows) - base
    other = delivered + 0.5 * (np.einsum("nk,kvc->nvc", np.roll(seen, 40, axis=0), rows) - base)
    looks = np.stack([_look(rng, mean) for _ in range(people)])
    delivered, other = 0.8 * delivered, 0.8 * other
    floor = 0.6 * (known - base) + 0.2 * talk[:, None, None] * jaw
    floor = 0.95 * floor + 0.15 * (delivered - floor)  # not perfect
    observed, delivered, other, floor = (one.astype(np.float32) for one in (observed, delivered, other, floor))
    return Faces(recording, recording * people // recordings, np.argmax(seen, axis=1), observed, [delivered, other],
                 floor, mean + looks)  # fmt: skip


def _smooth(rng, n, width):
    kernel = np.hanning(width + 2)
    values = np.convolve(rng.normal(size=n + len(kernel)), kernel, "same")[:n]
    return values / values.std()


def _look(rng, mean):
    waves, phases = rng.normal(size=(5, 3)) / 45, rng.uniform(0, 6.3, size=5)
    return 1.6 * np.einsum("wv,wc->vc", np.sin(waves @ mean.T + phases[:, None]), rng.normal(size=(5, 3)))


def _nme(error):
    return np.linalg.norm(error, axis=-1).mean(axis=-1)


def _interval(value, width=0.07, over="people"):
    return Interval(low=value - width, high=value + width, draws=2000, over=over)


def _brief(faces: Faces, rows, setup=0) -> dict:
    y, d, f = faces.observed[rows], faces.delivered[setup][rows], faces.floor[rows]
    base = float((y**2).sum())
    gain = float((y * d).sum() / (d * d).sum())
    skill = 1 - float(((y - d) ** 2).sum()) / base
    gained = 1 - float(((y - max(gain, 0) * d) ** 2).sum()) / base
    floor = 1 - float(((y - f) ** 2).sum()) / base
    spread = float(((y - y.mean(axis=0)) ** 2).sum())
    r2 = 1 - float(((y - d) ** 2).sum()) / spread
    adjusted = float(_nme(y - d).mean())
    return {
        "frames": len(rows), "nme": adjusted + 2.9, "nme_adjusted": adjusted,
        "rms": float(np.sqrt(((y - d) ** 2).sum(axis=2).mean())), "r2": r2, "r2_raw": r2 - 1.4, "r2_within": r2,
        "mae": float(np.abs(y - d).mean()) * 1.1, "mae_raw": 3.1, "mae_percent": float(np.abs(y - d).mean()),
        "skill": skill, "baseline": "own_neutral", "skill_raw": -0.2,
        "baselines": {"mean_mesh": 5.4, "own_neutral": float(_nme(y).mean()), "noise": NOISE},
        "constant_face": ComparedLine(skill=1 - spread / base, r2=0.0), "gain": gain,
        "with_gain": ComparedLine(skill=gained, r2=r2 + 0.1, interval=_interval(gained)),
        "floor": ComparedFloor(skill=floor, r2=r2 + 0.3, interval=_interval(floor, 0.05), nme=4.0,
                               nme_adjusted=float(_nme(y - f).mean()),
                               null=FloorNull(models=19, frames=400, skill=floor, lowest=0.18, median=0.3, highest=0.42,
                                              p=0.05)),
    }  # fmt: skip


def _curve(nme) -> CumulativeCurve:
    bins = np.bincount(np.minimum((nme / BIN_PERCENT).astype(int), round(CURVE_PERCENT / BIN_PERCENT) - 1))
    return CumulativeCurve(bin_percent=BIN_PERCENT, frames=tuple(bins.tolist()), limit=CURVE_PERCENT,
                           area=float(1 - nme.mean() / CURVE_PERCENT), failure_above=FAILURE_PERCENT,
                           failure_rate=float((nme > FAILURE_PERCENT).mean()))  # fmt: skip


def _percentiles(nme) -> Percentiles:
    return Percentiles(**{f"p{p}": float(np.percentile(nme, p)) for p in (50, 75, 90, 95, 99)})


def _scores(faces: Faces, rows, setup=0, over="people") -> dict:
    brief = _brief(faces, rows, setup)
    y, d, f = faces.observed[rows], faces.delivered[setup][rows], faces.floor[rows]
    skill, gained, floor = brief["skill"], brief["with_gain"].skill, brief["floor"].skill
    steps = [("tracker", None, None, True), ("identity", None, None, True), ("pose", skill + 0.02, 0.02, False),
             ("gain", gained + 0.02, gained - skill, False), ("source", floor, floor - skill - 0.05, False),
             ("noise", floor + 0.01, None, False), ("model", 1.0, None, False)]  # fmt: skip
    waterfall, before = [], skill
    for cause, after, alone, removed in steps:
        adds = {"tracker": 0.2, "identity": 0.58}[cause] if removed else after - before
        waterfall.append(WaterfallStep(cause=cause, skill=after, adds=adds, alone=alone, removed=removed,
                                       note="the mean offset of the 11 other people" if cause == "tracker" else None,
                                       interval=_interval(adds, 0.03)))  # fmt: skip
        before = before if after is None else after
    error, best = np.linalg.norm(y - d, axis=2), np.linalg.norm(y - f, axis=2)
    regions = [
        RegionScores(region=name, nme=float(error[:, at].mean()), skill=float(1 - (error[:, at] ** 2).sum()
                     / (y[:, at] ** 2).sum()), r2=skill, share=float((error[:, at] ** 2).sum() / (error**2).sum()),
                     nme_baseline=float(np.linalg.norm(y[:, at], axis=2).mean()), nme_floor=float(best[:, at].mean()))
        for name, at in ((name, list(vertices)) for name, vertices in face_regions().items())
    ]  # fmt: skip
    thirds = [("pose", "ahead, within 10°"), ("pose", "10 to 20°"), ("pose", "beyond 20°"),
              ("face size", "below 80 px"), ("face size", "80 to 160 px"),
              ("part of the recording", "first third"), ("part of the recording", "last third")]  # fmt: skip
    slices = []
    for at, (by, name) in enumerate(thirds):
        part = _brief(faces, rows[at % 3 :: 3], setup)
        slices.append(Slice(by=by, name=name, frames=part["frames"], nme=part["nme"], nme_adjusted=part["nme_adjusted"],
                            skill=part["skill"] - 0.06 * at % 0.2, skill_with_gain=part["with_gain"].skill,
                            floor_skill=part["floor"].skill))  # fmt: skip
    return brief | {
        "null": NullLevel(shifts=1180, shortest_s=5.0, r2=gained, mean=0.02, high=0.05, skill=0.06, skill_high=0.1,
                          p=1 / 1181, pose_mode="zero"),
        "oracles": {one.cause: one.skill for one in waterfall},
        "waterfall": tuple(waterfall),
        "interval": _interval(skill, over=over),
        "effective_n": len(rows) / 4.0,
        "lag": Lag(curve=tuple(LagPoint(frames=at, skill=gained * np.exp(-(at / 9) ** 2)) for at in range(-10, 11)),
                   peak=0.0, peak_ms=0.0, pose_mode="zero",
                   interval=Interval(low=-1.0, high=1.0, draws=2000, over=over)),
        "decomposition": Decomposition(total=31.0, shares={"tracker": 0.19, "identity": 0.55, "pose": 0.01,
                                                           "emotion": 0.11, "unexplained": 0.13, "noise": 0.01}),
        "percentiles": _percentiles(_nme(y - d)),
        "curve": _curve(_nme(y - d)),
        "percentiles_of": {"baseline": _percentiles(_nme(y)), "floor": _percentiles(_nme(y - f))},
        "curves": {"baseline": _curve(_nme(y)), "floor": _curve(_nme(y - f))},
        "regions": tuple(regions),
        "slices": tuple(slices),
        "without_amber": BriefScores(**_brief(faces, rows[::2], setup)),
        "pose_live": BriefScores(**_brief(faces, rows, setup)),
        "pose_zero": BriefScores(**_brief(faces, rows, setup)),
    }  # fmt: skip


def _timeline(name, frames, rng, lines, weak=False) -> Timeline:
    state = np.zeros(frames, np.uint8)
    for kind, many in ((1, 4), (2, 3 if weak else 1), (3, 5 if weak else 1)):
        for start in rng.integers(0, frames - 12, size=many):
            state[start : start + 10] = kind
    missing = state >= 2
    lines = [np.where(missing, np.nan, one).astype(np.float32) for one in lines]
    return Timeline(name, np.arange(frames) * 1.2, state, np.arange(frames) == frames // 3, *lines)


def _recording(faces, rows, name, person, line: Timeline, setups) -> RecordingScores:
    counts = [int((line.state == kind).sum()) for kind in range(5)]
    frames = len(line.state)
    quality = Quality(
        frames=frames, faces=frames - counts[3], valid=frames - counts[3] - counts[2], amber=counts[1], warm_up=2,
        scored=frames - counts[2] - counts[3], compared=frames - counts[2] - counts[3], left_out={},
        seconds=float(line.seconds[-1]), rate=25.0,
        rate_spread=0.01, gaps=0, damaged=0, face_px=142.0, faces_seen=1, face_changes=1, repeatability=NOISE,
    )  # fmt: skip
    neutral = NeutralUsed(kind="segment", description="0:02 to 0:05", frames=30, seconds=3.0, jitter=0.2, motion=0.4)
    return RecordingScores(
        name=name, path=f"{name}.mp4", sha256="0" * 64, kind="video", person=person, group=None, condition=None,
        tracker="task", neutral=neutral, quality=quality, remarks=(),
        setups=tuple(SetupScores(setup=setup, scores=BriefScores(**_brief(faces, rows, at)))
                     for at, setup in enumerate(setups)),
        **_scores(faces, rows, over="blocks"),
    )  # fmt: skip


def _view(faces: Faces, names, lines, setups) -> CompareView:
    nme = _nme(faces.observed - faces.delivered[0])
    used = np.concatenate([np.isfinite(line.delivered) for line in lines])
    order = np.flatnonzero(used)[np.argsort(nme[used])]
    chosen = order[np.unique(np.round(np.linspace(0, len(order) - 1, 24)).astype(int))]
    per = len(faces.recording) // len(names)
    shown = []
    for at in chosen:
        neutral = faces.neutral[faces.person[at]]
        observed = np.stack([neutral + faces.observed[at]] * len(setups))
        predicted = np.stack([neutral + one[at] for one in faces.delivered[: len(setups)]])
        shown.append(ShownFrame(names[faces.recording[at]], 1.2 * (at % per), float(nme[at]),
                                float((nme[used] < nme[at]).mean()), observed.astype(np.float32),
                                predicted.astype(np.float32)))  # fmt: skip
    means = []
    for at, setup in enumerate(setups):
        error = faces.observed - faces.delivered[at]
        normals = outward_normals(faces.neutral[0] + faces.delivered[at].mean(axis=0))
        means.append(VertexErrors(setup, (faces.neutral[0] + faces.observed.mean(axis=0)).astype(np.float32),
                                  np.linalg.norm(error, axis=2).mean(axis=0).astype(np.float32),
                                  (error * normals).sum(axis=2).mean(axis=0).astype(np.float32)))  # fmt: skip
    return CompareView(tuple(lines), tuple(shown), tuple(means))


def compared(
    *, setups=SETUPS, named=True, source="appearance", recordings=6, frames=90, names=None, seed=5, checks=(),
    marks=True, **changes,
) -> tuple[CompareReport, CompareView]:  # fmt: skip
    """A report with its view; `changes` are fields of the report to be other ones."""
    faces = simulated(seed, frames, recordings)
    rng = np.random.default_rng(seed)
    names = names or [f"P{1 + at * 3 // recordings} {('interview', 'reading')[at % 2]}" for at in range(recordings)]
    people = [f"P{1 + at}" for at in range(3)]
    kinds = (faces.observed - faces.delivered[0], faces.observed, faces.observed - faces.floor)
    whole = [np.flatnonzero(faces.recording == at) for at in range(recordings)]
    lines = [_timeline(name, frames, rng, [_nme(one[whole[at]]) for one in kinds], at == recordings - 1)
             for at, name in enumerate(names)]  # fmt: skip
    used = np.concatenate([np.isfinite(line.delivered) for line in lines])
    rows = [one[used[one]] for one in whole]
    every = np.flatnonzero(used)
    parts = [
        _recording(faces, rows[at], name, people[faces.person[rows[at][0]]] if named else None, lines[at], setups)
        for at, name in enumerate(names)
    ]
    over = "people" if named else "recordings"
    models = tuple(
        ModelScores(name=setup, model=setup, family="emotion", sha256="1" * 64, label_repair={}, depth_factor=1.0,
                    source=source, independent=source not in ("inverse", "mediapipe"), pose_mode="zero",
                    card_r2=0.2057 if not at else None, **_scores(faces, every, at, over))
        for at, setup in enumerate(setups)
    )  # fmt: skip
    emotions = []
    for at, name in enumerate(EMOTIONS):
        found = np.flatnonzero(used & (faces.top == at))
        if len(found) > 5:
            scores = _scores(faces, found, over=over)
            if len(found) < 60:
                scores["effective_n"] = 9.0
            emotions.append(EmotionScores(name=name, source="appearance", recordings=4, **scores))
    differences = tuple(
        Difference(one=setups[0], other=setup, differ_by="model", frames=len(every),
                   skill=models[0].skill - models[at].skill, nme=-0.3,
                   interval=_interval(models[0].skill - models[at].skill, 0.06, over),
                   recordings={part.name: part.setups[0].scores.skill - part.setups[at].scores.skill for part in parts})
        for at, setup in enumerate(setups) if at
    )  # fmt: skip
    times = tuple(np.arange(-10, 11) / 5)
    step = tuple(2.0 + 1.2 * (time > 0) + 0.1 * np.sin(9 * time) for time in times)
    event = EventAverage(mark="joke", group=None, recordings=tuple(names[:4]), times_s=times, nme=step,
                         low=tuple(value - 0.3 for value in step), high=tuple(value + 0.4 for value in step),
                         skill=tuple(0.2 for _ in times))  # fmt: skip
    group = [
        GroupScores(group=("patients", "controls")[at], condition=None, recordings=tuple(names[at::2]), people=3,
                    interval=_interval(brief["skill"], 0.1), **brief)
        for at in range(2)
        for brief in [_brief(faces, np.flatnonzero(used & (faces.recording % 2 == at)))]
    ]  # fmt: skip
    fine = [
        Check(name="Pose in radians, axes of the canonical face", found="largest 0.61 rad", expected="below 1.6 rad",
              state="ok"),
        Check(name="Order of axes and vertices", found="r 0.98 with the mean mesh", expected="above 0.95", state="ok"),
        Check(name="Neutral belongs to this person", found="nearest is the own one in 6 of 6", expected="6 of 6",
              state="ok"),
        Check(name="Noise below 0.5 % canthi", found="0.58 % in P3 reading", expected="below 0.5 %", state="warning"),
    ]  # fmt: skip
    total = sum(one.quality.frames for one in parts)
    report = CompareReport(
        overall=ComparedScores(**_scores(faces, every, over=over)), recordings=tuple(parts),
        people=tuple(
            PersonScores(name=name, recordings=tuple(part.name for part in parts if part.person == name),
                         **_scores(faces, np.flatnonzero(used & (faces.person == at)), over="recordings"))
            for at, name in enumerate(people)
        ) if named else (),
        emotions=tuple(emotions), models=models, differences=differences, groups=tuple(group) if marks else (),
        events=(event,) if marks else (), checks=(*checks, *fine),
        excluded=(Excluded(reason="no face", frames=61, recordings=4, skill=None),
                  Excluded(reason="yaw beyond 40°", frames=48, recordings=3, skill=0.05),
                  Excluded(reason="neutral segment", frames=30, recordings=6, skill=0.4)),
        errors=(CompareError(recording="P3_film.mp4", reason="Cannot be decoded: the index (moov atom) is missing. "
                             "Copy it again, then repeat the command; finished recordings are not done again."),),
        remarks=("Intervals are over 3 people.",),
        population="No statement about people in general: 3 people are too few.", frames=total,
        out="/tmp/study1", outputs=("summary.json",), command="meshmirror compare P1_*.mp4 --out study1",
        settings={"pose.mode": "zero"}, versions={"meshmirror": "0.6.0"}, date="2026-11-28", seconds=31.0,
    )  # fmt: skip
    return report.model_copy(update=changes), _view(faces, names, lines, setups)


def frame_off(along, recording="P1 interview") -> ShownFrame:
    """A frame of two setups whose face lies so far (478,) out of the prediction along the normals, % canthi."""
    model = built_in()
    frame = CanonicalFrame.of(model.mean_mesh)
    mesh = 100 * (model.mean_mesh - frame.origin) @ frame.axes.T / frame.unit
    observed = mesh + outward_normals(mesh) * np.asarray(along, np.float64)[:, None]
    both = [np.stack([one] * 2).astype(np.float32) for one in (observed, mesh)]
    return ShownFrame(recording, 0.0, float(np.abs(along).mean()), 0.5, *both)


METHODS = "Faces were tracked with MediaPipe and aligned by twelve anchors (Umeyama, 1991)."
REFERENCES = "@article{umeyama1991,\n  author = {Umeyama, Shinji}\n}"
