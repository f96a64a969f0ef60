"""The section on causes: what the error is made of, and what would be won if one cause were fixed."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.core.compare_report import CompareReport
from realtime.core.compare_scores import ComparedScores, Lag, WaterfallStep
from realtime.core.wording import signed
from realtime.export.report.compare.common import (
    NOTHING,
    interval_text,
    one_gain,
    own_neutral,
    percent_nme,
    points,
    skill_axis,
    skill_name,
    skill_of,
    words,
)
from realtime.export.report.figure import Caption, Figure
from realtime.export.report.legend import legend
from realtime.export.report.markup import Markup, tag
from realtime.export.report.number_text import decimal, percent, score
from realtime.export.report.page import Section, folded
from realtime.export.report.series_chart import Plane, Series, series_chart
from realtime.export.report.strip_chart import Share, strip_chart
from realtime.export.report.table import Cell, Column, table
from realtime.export.report.waterfall_chart import WaterfallBar, waterfall_chart

NAMES = {
    "tracker": "tracker or sample offset", "identity": "identity: who this is", "pose": "head pose",
    "gain": "amplitude", "source": "source of the features", "noise": "landmark noise", "model": "not in this model",
}  # fmt: skip
# In what pose a shift in time is scored: a face keeps its own, the features alone are shifted.
POSES = {
    "live": "each face in its measured pose", "zero": "all faces at pose 0", "both": "in the pose of the scores",
}  # fmt: skip
_LEAST_SKILL = 0.04  # with gain, below which shifts say nothing
_IN_STEP = 0.5  # frames of lag up to which features and faces are of the same frame
_SOLVABLE = ("tracker", "identity", "pose", "gain", "source")  # what comes before the floor
_SHARES = {
    "tracker": ("tracker or sample offset", "f-neutral"), "identity": ("identity: who this is", "f-bar"),
    "pose": ("head pose", "f-warn"), "emotion": ("predicted by the model", "f-delivered"),
    "noise": ("landmark noise", "f-noise"), "unexplained": ("not predicted", "f-ink"),
}  # fmt: skip


def short_name(cause: str) -> str:
    """The name of a cause in a sentence."""
    return NAMES[cause].partition(":")[0]


def causes_section(report: CompareReport) -> Section:
    """The shares of the raw error, the waterfall, and the lag."""
    scores = report.overall
    blocks: list[Markup | Figure] = []
    shares = None if scores.decomposition is None else _shares(scores)
    if shares is not None:
        blocks.append(shares)
    steps = [one for one in scores.waterfall if not one.removed and one.skill is not None and one.adds is not None]
    if steps and scores.skill is not None:
        blocks += [_waterfall(scores, steps), *_remarks(scores, steps)]
        blocks.append(folded("Numbers of the waterfall", _steps_table(scores)))
    if scores.lag is not None and len(scores.lag.curve) > 2:
        blocks.append(_lag(scores, scores.lag))
    if not blocks:
        return Section("causes", "Where the error comes from", "The causes could not be told apart.")
    late = scores.lag is not None and _lags(scores.lag)
    return Section("causes", "Where the error comes from", _finding(scores, steps), blocks, warnings=int(late))


def most_to_win(steps: Sequence[WaterfallStep]) -> tuple[WaterfallStep, WaterfallStep] | None:
    """Of the causes that could be fixed, the one that adds most in order and the one that adds most alone; None where
    nothing could be won.
    """
    known = [one for one in steps if not one.removed and one.cause in _SOLVABLE]
    known = [one for one in known if max(one.adds or 0.0, one.alone or 0.0) > NOTHING]
    if not known:
        return None
    return max(known, key=lambda one: one.adds or 0.0), max(known, key=lambda one: one.alone or 0.0)


def _finding(scores: ComparedScores, steps: Sequence[WaterfallStep]) -> str:
    parts = []
    if scores.decomposition is not None:
        known = scores.decomposition.shares
        own = known.get("identity", 0.0) + known.get("tracker", 0.0)
        if own > 0.01:
            parts.append(f"Identity and tracker are {percent(own, 0)} of the squared distance from the mean face.")
    wins = [one for one in steps if one.cause in _SOLVABLE and (one.adds or 0.0) > 0]
    wins.sort(key=lambda one: -(one.adds or 0.0))
    if wins:
        of = "Of the movement that is left" if own_neutral(scores) else "Of the distance from the mean face"
        told = ", ".join(f"{_cause(scores, one).partition(':')[0]} costs {points(one.adds or 0.0)}" for one in wins[:2])
        rest = next((one for one in steps if one.cause == "model"), None)
        last = (
            f"; {points(rest.adds)} are not in this model, with all of this fixed"
            if rest is not None and rest.adds is not None
            else ""
        )
        parts.append(f"{of}, {told}{last}.")
    return " ".join(parts) or "The causes of the error, one after the other."


def _shares(scores: ComparedScores) -> Figure | None:
    if scores.decomposition is None:
        return None
    known = [(name, value) for name, value in scores.decomposition.shares.items() if abs(value) > 5e-4]
    drawn = [
        Share(_SHARES.get(name, (name, "f-neutral"))[0], max(value, 0.0), _share_text(value),
              _SHARES.get(name, (name, "f-neutral"))[1])
        for name, value in sorted(known, key=lambda pair: [*_SHARES, pair[0]].index(pair[0]))
    ]  # fmt: skip
    if sum(one.value for one in drawn) <= 0:
        return None
    largest = max(known, key=lambda pair: pair[1])
    own = "identity" in largest[0] or largest[0] == "tracker"
    filled = sum(one.value for one in drawn)
    undrawn = ", ".join(f"{one.label.partition(':')[0]} {one.text}" for one in drawn if not one.value)
    shown = "Share of the mean squared distance of a frame, %; the parts sum to 100 %."
    if undrawn:
        shown = f"Share of the mean squared distance of a frame, %. Not drawn is what makes it worse ({undrawn}): the "
        shown += f"others, {100 * filled:.0f} % together, fill the bar."
    do = (
        "Take the identity out (a neutral of each person) before anything is said of expression."
        if own and not own_neutral(scores)
        else f"Nothing about {_SHARES[largest[0]][0].split(':')[0]}: it is taken out before the scores below."
        if own
        else f"Read on: what is {_SHARES.get(largest[0], (largest[0], ''))[0]}, the largest part, is split below."
    )
    return Figure(
        "shares-figure", "The whole squared distance between the faces and the mean face",
        strip_chart("Shares: " + ", ".join(f"{one.label} {one.text}" for one in drawn), drawn),
        Caption(
            shown,
            "What is predicted and the noise fill what identity leaves.",
            "Not predicted ahead of identity: the faces do what the model does not know. A large pose share: heads "
            "turn.",
            words(do),
        ),
    )  # fmt: skip


def _share_text(value: float) -> str:
    return f"{signed(100 * value, 1).lstrip('+')} %"


def waterfall_bars(scores: ComparedScores, steps: Sequence[WaterfallStep]) -> list[WaterfallBar]:
    """From what is delivered over the causes one after the other up to 1."""
    start = scores.skill or 0.0
    bars = [WaterfallBar("as delivered", 0.0, start, "f-delivered", score(start), strong=True)]
    floor_drawn = False
    for step in steps:
        end = step.skill if step.skill is not None else start
        if step.cause not in _SOLVABLE and not floor_drawn:
            alone = skill_of(scores, "floor")
            name = "= floor of this model" if alone is not None and not _apart(alone, start) else "= floor, above fixed"
            bars.append(WaterfallBar(name, 0.0, start, "f-floor", score(start), strong=True))
            floor_drawn = True
        label = _cause(scores, step)
        if step.cause == "gain" and scores.gain is not None:
            label += " (own gain each)" if one_gain(scores) is not None else f" (gain {score(scores.gain)})"
        solvable = step.cause in _SOLVABLE
        bars.append(
            WaterfallBar(
                label, start, end, "f-gain" if solvable else "f-bar", score(step.adds, sign=True),
                step.alone if solvable else None, score(step.alone, sign=True) if solvable else "",
            )
        )  # fmt: skip
        start = end
    return bars


def _waterfall(scores: ComparedScores, steps: Sequence[WaterfallStep]) -> Figure:
    bars = waterfall_bars(scores, steps)
    low = min(0.0, *(value for bar in bars for value in (bar.start, bar.end)))
    low = -0.25 * (-low // 0.25) - (0.25 if low < 0 else 0.0)
    best = most_to_win(steps)
    advice = {
        "gain": "apply the gain first, which is free", "source": "look for a better source of the features",
        "pose": "measure each person's response to the head pose, or take turned frames out",
        "identity": "calibrate each person's neutral",
        "tracker": "measure the tracker's offset over people",
    }  # fmt: skip
    rest = next((one.adds for one in steps if one.cause == "model" and one.adds is not None), 0.0)
    do = "Here no fix helps."
    if best is not None:
        in_order, alone = best
        do = f"Here: {advice[in_order.cause]}."
        if alone is not in_order:
            do += f" Alone, most is at the {short_name(alone.cause)} ({points(alone.alone or 0.0)})."
    if rest > 0.3:
        do += f" {points(rest).capitalize()} need another model, with other features."
    return Figure(
        "causes-figure", "What would be won if this cause were fixed",
        waterfall_chart("Skill: " + "; ".join(f"{bar.label} {bar.text}" for bar in bars), bars, (max(low, -1.0), 1.0),
                        (skill_axis(scores), skill_name(scores)), scores.skill or 0.0),
        Caption(
            "Each bar begins where the one before it ends, up to 1. Brackets and “alone”: the cause fixed by itself, "
            "from “as delivered” on.",
            "Most of the way to 1 is covered before the floor; bars and brackets of one length.",
            "A large grey bar: no features, however good, would help. Bracket and bar unlike: causes overlap, and "
            "their order matters.",
            do,
        ),
        legend(("block delivered", "as delivered"), ("block gain", "can be won"),
               ("block floor", "floor: fitted to these very faces"), ("block bar", "cannot be won with this model")),
    )  # fmt: skip


def _remarks(scores: ComparedScores, steps: Sequence[WaterfallStep]) -> list[Markup]:
    """What the words of the waterfall mean here, and how its first step is known, or why it has no number."""
    told = []
    offset = next((one for one in scores.waterfall if one.cause == "tracker" and one.note), None)
    if offset is not None and offset.adds is None:
        told.append(f"Tracker or sample offset has no number: {offset.note}.")
    elif offset is not None and offset.adds is not None:
        taken = f"{percent(offset.adds)} of the raw squared error, taken out by the neutral" if offset.removed else ""
        told.append(f"Tracker or sample offset is {offset.note}{': ' if taken else ''}{taken}.")
    alone, fixed = skill_of(scores, "floor"), _fixed_floor(steps)
    if alone is not None and fixed is not None and _apart(alone, fixed):
        told.append(
            f"“Floor, above fixed” ({score(fixed)}) has all causes above it fixed as well, and the best features; the "
            f"floor of the three lines ({score(alone)}) has the best features alone."
        )
    return [tag("ul", (tag("li", text) for text in told), class_="notes")] if told else []


def _fixed_floor(steps: Sequence[WaterfallStep]) -> float | None:
    """The skill once everything before the floor is fixed."""
    found = [one.skill for one in steps if one.cause in _SOLVABLE and one.skill is not None]
    return found[-1] if found else None


def _apart(alone: float, fixed: float) -> bool:
    return abs(alone - fixed) >= NOTHING


def _cause(scores: ComparedScores, step: WaterfallStep) -> str:
    """The name of a cause; of one that the baseline has taken out in part, of what is left of it."""
    if not step.removed and any(one.removed and one.cause == step.cause for one in scores.waterfall):
        return f"{short_name(step.cause)} that is left"
    return NAMES.get(step.cause, step.cause)


def _steps_table(scores: ComparedScores) -> Markup:
    columns = [
        Column("If this were fixed"), Column("Skill after", "in order", True), Column("Won", "in order", True),
        Column("Won", "alone", True), Column("Interval", "of “in order”", True),
    ]  # fmt: skip
    rms = scores.rms
    if rms is not None and scores.skill is not None and scores.skill < 1:
        columns.append(Column("RMS after", "% canthi", True))
    rows: list[list[Cell | str]] = [["as delivered", Cell(score(scores.skill), scores.skill), "", "", ""]]
    for one in scores.waterfall:
        name = _cause(scores, one)
        if one.removed:
            share = "" if one.adds is None else f"{percent(one.adds)} of the raw error, "
            why = "no number: see above" if one.adds is None and one.note else f"{share}taken out by the neutral"
            rows.append([name, "", "", "", Cell(why, style="muted")])
            continue
        adds, alone = score(one.adds, sign=True), score(one.alone, sign=True)
        rows.append([name, Cell(score(one.skill), one.skill), Cell(adds, one.adds), Cell(alone, one.alone),
                     interval_text(one.interval)])  # fmt: skip
    if len(columns) > 5 and rms is not None and scores.skill is not None:
        skills = [scores.skill, *(None if one.removed else one.skill for one in scores.waterfall)]
        for row, skill in zip(rows, skills, strict=True):
            after = None if skill is None else rms * (max(1 - skill, 0.0) / (1 - scores.skill)) ** 0.5
            row.append(Cell(percent_nme(after), after))
    return table("Causes", columns, rows, sortable=False)


def lag_seen(lag: Lag) -> bool:
    """Whether the skill depends on the shift, and there is any."""
    known = [one.skill for one in lag.curve if one.skill is not None]
    return lag.peak is not None and max(known) > _LEAST_SKILL


def _lags(lag: Lag) -> bool:
    away = lag_seen(lag) and abs(lag.peak or 0.0) > _IN_STEP
    return away and (lag.interval is None or not lag.interval.low <= 0 <= lag.interval.high)


def _lag(scores: ComparedScores, lag: Lag) -> Figure:
    known = [(one.frames, one.skill) for one in lag.curve if one.skill is not None]
    values = [value for _, value in known]
    low, high = min(values), max(values)
    room = max(0.1 * (high - low), 0.01)
    peak = lag.peak or 0
    at = f"{decimal(abs(peak), 1)} frames" + (f" ({abs(lag.peak_ms):.0f} ms)" if lag.peak_ms is not None else "")
    do = (
        f"Shift the features by {at} and compare again: they are {'late' if peak > 0 else 'early'}."
        if _lags(lag)
        else f"Nothing: the skill with gain is {score(max(values))} at most at any shift, so no lag could be seen."
        if not lag_seen(lag)
        else "Nothing: the highest skill is where the features and the faces are of the same frame."
        if abs(peak) <= _IN_STEP
        else f"Nothing yet: the peak at {at} is not told apart from 0."
    )
    return Figure(
        "lag-figure", "Do the features lag the faces?",
        series_chart(
            "Skill with gain by shift" + ("" if lag.peak is None else f"; highest at {decimal(lag.peak, 1)} frames"),
            Plane((float(known[0][0]), float(known[-1][0])), (low - room, high + room),
                  "Shift of the features, frames (right: taken from later frames)", f"{skill_name(scores)}, with gain",
                  x_short="Shift, frames (right: later)", height=180,
                  x_line=(float(peak), f"peak {decimal(peak, 1)}") if lag_seen(lag) else None,
                  x_ticks=tuple(float(at) for at in range(known[0][0], known[-1][0] + 1) if at % 5 == 0)),
            [Series("with gain", "gain", [float(x) for x, _ in known], values)],
        ),
        Caption(
            f"Skill with the gain refitted, the features taken from frames up to 10 earlier or later, "
            f"{POSES[lag.pose_mode]}."
            + (f" Interval of the peak: {interval_text(lag.interval, 1)}." if lag.interval and lag_seen(lag) else ""),
            "A peak at 0 that falls off to both sides.",
            "A peak to the right: features come late, and part of the error is time. A flat line: they do not follow "
            "the face at all.",
            do,
        ),
        legend(("line gain", "with gain")),
    )  # fmt: skip
