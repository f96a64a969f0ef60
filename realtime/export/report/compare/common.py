"""What the sections of the page share: names of the lines and baselines, intervals, people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from realtime.core.compare_report import CompareReport, RecordingScores
from realtime.core.compare_scores import BriefScores, ComparedScores, Interval
from realtime.export.report.dot_chart import DotRow
from realtime.export.report.markup import Markup, tag
from realtime.export.report.number_text import count, decimal, score

LEAST_EFFECTIVE = 20  # independent frames below which no score should be read
FEW_PEOPLE = 5  # below it nothing can be said of people in general
LINES = (("delivered", "as delivered"), ("gain", "with gain"), ("floor", "floor"))  # colour, name
LOWEST_SKILL = -1.0  # of an axis; what lies below is an arrow
NO_SCORE = "no score"
LEAST_LEVEL = 0.9  # of an interval from which a difference is said to be shown
NOTHING = 0.005  # of skill: what rounds to 0.00
_USUAL = 0.95  # level of an interval that is not named


def own_neutral(scores: BriefScores) -> bool:
    """Whether the skill is against the subject's own neutral."""
    return scores.baseline == "own_neutral"


def skill_name(scores: BriefScores) -> str:
    """What a skill is measured against, as the label of an axis."""
    return "Skill against own neutral" if own_neutral(scores) else "Skill against the mean face"


def skill_axis(scores: BriefScores) -> str:
    """The same with what its ends mean."""
    if own_neutral(scores):
        return "Skill against own neutral (0 = own neutral face, 1 = every movement predicted)"
    return "Skill against the mean face (0 = mean face, 1 = every difference predicted)"


def baseline_name(scores: BriefScores) -> str:
    """The baseline in a sentence."""
    return "own neutral" if own_neutral(scores) else "mean face"


def skill_of(scores: BriefScores, line: str) -> float | None:
    """The skill of a line: "delivered", "gain" or "floor"."""
    if line == "delivered":
        return scores.skill
    one = scores.with_gain if line == "gain" else scores.floor
    return None if one is None else one.skill


def interval_of(scores: ComparedScores, line: str) -> Interval | None:
    """The interval of that skill."""
    if line == "delivered":
        return scores.interval
    one = scores.with_gain if line == "gain" else scores.floor
    return None if one is None else one.interval


def line_label(scores: BriefScores, line: str) -> str:
    """The name of a line; that with the gain of one recording has its value."""
    if line != "gain" or scores.gain is None:
        return dict(LINES)[line]
    return "with its own gain each" if one_gain(scores) is not None else f"with gain {score(scores.gain)}"


def one_gain(scores: BriefScores) -> float | None:
    """The skill with one gain for all recordings; None where that is the one with the gain of each."""
    each, all_of_them = scores.with_gain, scores.with_one_gain
    if each is None or all_of_them is None or each.skill is None or all_of_them.skill is None:
        return None
    return all_of_them.skill if abs(each.skill - all_of_them.skill) >= NOTHING else None


def one_gain_text(scores: BriefScores) -> str:
    """The same in a sentence: "0.31 for all gives 0.14"; "" where it is None."""
    found = one_gain(scores)
    return "" if found is None else f"{score(scores.gain)} for all gives {score(found)}"


def interval_text(interval: Interval | None, digits: int = 2) -> str:
    """ "0.05 to 0.22", with its level where that is not 95 %; "" where there is none."""
    if interval is None:
        return ""
    level = "" if interval.level >= _USUAL else f" ({level_of(interval)})"
    return f"{score(interval.low, digits)} to {score(interval.high, digits)}{level}"


def interval_row(label: str, value: float, interval: Interval | None, *, sign: bool = False, **more: Any) -> DotRow:
    """A row of a chart with the interval of its value; `more` are further fields of it."""
    low, high = (None, None) if interval is None else (interval.low, interval.high)
    return DotRow(label, value, score(value, sign=sign), low, high, note=interval_text(interval), **more)


def level_of(interval: Interval) -> str:
    """The level of an interval: 95 %, less with fewer than five people or recordings."""
    return f"{100.0 * interval.level:.0f} %"


def above(interval: Interval | None) -> bool:
    """Whether an interval lies above 0, at a level that lets this be said."""
    return interval is not None and interval.level >= LEAST_LEVEL and interval.low > 0


def below(interval: Interval | None) -> bool:
    """Whether it lies below 0, likewise."""
    return interval is not None and interval.level >= LEAST_LEVEL and interval.high < 0


def drawn_over(interval: Interval | None) -> str:
    """Over what an interval was drawn, in words."""
    if interval is None:
        return ""
    return {"people": "people", "recordings": "recordings", "blocks": "parts of one recording"}[interval.over]


def people_text(report: CompareReport) -> str:
    """How many people there are, where that is known."""
    return count(len(report.people), "person", "people") if report.people else "people unknown"


def scored(report: CompareReport) -> list[RecordingScores]:
    """The recordings in the scores over several: skills of others are against another baseline, if they have any."""
    baseline = report.overall.baseline
    return [one for one in report.recordings if one.frames and one.skill is not None and one.baseline == baseline]


def not_compared(report: CompareReport) -> str:
    """What is listed under Errors, by name; "" where nothing is."""
    return f"Not compared, see Errors: {named([one.recording for one in report.errors])}." if report.errors else ""


def few_people(report: CompareReport) -> bool:
    """Whether nothing can be said of people in general."""
    return len(report.people) < FEW_PEOPLE


def percent_nme(value: float | None, digits: int = 2) -> str:
    """A distance in % canthi, as a number."""
    return "" if value is None else decimal(value, digits)


def points(value: float) -> str:
    """A difference in skill as points of 100."""
    return count(round(abs(100 * value)), "point")


def cut(text: str, most: int = 26) -> str:
    """A name that fits beside a row."""
    return text if len(text) <= most else text[: most - 1] + "…"


def words(text: str, most: int = 34) -> str:
    """A part of a caption that quotes names, whose length is not known."""
    parts = text.split()
    return text if len(parts) <= most else " ".join([*parts[:most], "…"])


def named(names: Sequence[str], most: int = 3) -> str:
    """ "a, b and c", "a, b, c and 4 more"."""
    shown = [cut(name, 40) for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]])) if shown else ""


def subtitle(text: str) -> Markup:
    """A heading within a section."""
    return tag("h3", text, class_="subtitle")


def under(name: str, note: str) -> Markup:
    """A name with a note under it."""
    return tag("span", name, tag("small", note, class_="under") if note else None)
