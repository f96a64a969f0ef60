"""A comparison in the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from realtime.cli.output import MUTED
from realtime.cli.study_tables import facts_table, grid
from realtime.core.compare_report import CompareReport, RecordingScores
from realtime.core.compare_scores import BriefScores, ComparedScores, Interval
from realtime.core.training_notes import training_notes
from realtime.export.report.compare.common import LEAST_EFFECTIVE, level_of, line_label, one_gain, scored
from realtime.export.report.compare.verdict import verdict
from realtime.export.report.markup import plain_text

_MOST = 12  # rows of a table; --json and the files have all


def compare_table(report: CompareReport) -> RenderableType:
    """The result first, then by setup, recording, person and emotion, then what was left out."""
    parts: list[RenderableType] = [*_verdict(report), _facts(report), "", _lines(report)]
    for part in (_setups(report), _recordings(report), _people(report), _emotions(report), _causes(report.overall)):
        if part is not None:
            parts += ["", part]
    parts += list(_notes(report))
    return Group(*parts)


def _verdict(report: CompareReport) -> Iterator[RenderableType]:
    """The sentences of the page, the first one in bold."""
    for at, sentence in enumerate(verdict(report)):
        yield Text(plain_text(sentence), style="" if at else "bold")
        yield ""


def _facts(report: CompareReport) -> RenderableType:
    first = report.models[0] if report.models else None
    among, known = len(scored(report)), len(report.recordings)
    kept = f"{report.overall.frames:,} of {report.frames:,} frames, {among} of {_count(known, 'recording')}"
    kinds = Counter(one.neutral.kind for one in report.recordings)
    neutrals = ", ".join(f"{kind} ({many:,})" if len(kinds) > 1 else kind for kind, many in sorted(kinds.items()))
    return facts_table(
        ("compared", kept),
        ("model", "none" if first is None else f"{first.model}, driven by {first.source}, pose {first.pose_mode}"),
        ("neutral", neutrals or "none"),
        ("baseline", _BASELINES.get(report.overall.baseline or "", "none")),
        ("files", report.out),
    )


_BASELINES = {
    "own_neutral": "the subject's own neutral face: skill 0 is a face that never moves",
    "mean_mesh": "the model's mean face, since there is no neutral",
}


def _lines(report: CompareReport) -> RenderableType:
    """Delivered, with gain and floor, with chance and the constant face beside them."""
    overall = report.overall
    table = grid("all frames", "skill", _level(report.overall), "R2", "NME, %")
    nme = overall.nme_adjusted if overall.nme_adjusted is not None else overall.nme
    if overall.null is not None:
        table.add_row("chance, with gain", _number(overall.null.skill), "", _number(overall.null.mean), "")
    if overall.constant_face is not None:
        table.add_row(
            "a constant face", _number(overall.constant_face.skill), "", _number(overall.constant_face.r2), ""
        )
    table.add_row(
        Text("delivered", style="bold"),
        _bold(overall.skill),
        _range(overall.interval),
        _bold(overall.r2),
        _percent(nme),
    )
    if overall.with_gain is not None:
        line = overall.with_gain
        table.add_row(line_label(overall, "gain"), _number(line.skill), _range(line.interval), _number(line.r2), "")
    if overall.with_one_gain is not None and one_gain(overall) is not None:
        line = overall.with_one_gain
        table.add_row(f"one gain for all, {overall.gain:.2f}", _number(line.skill), "", _number(line.r2), "")
    if overall.floor is not None:
        floor = overall.floor
        nme = floor.nme_adjusted if floor.nme_adjusted is not None else floor.nme
        table.add_row("floor, at best", _number(floor.skill), _range(floor.interval), _number(floor.r2), _percent(nme))
    return table


def _setups(report: CompareReport) -> RenderableType | None:
    if len(report.models) < 2:
        return None
    levels = sorted({level_of(one.interval) for one in report.differences if one.interval is not None})
    table = grid("setup", "skill", "with gain", "floor", "NME, %", ", ".join(["first minus this", *levels]))
    apart = {one.other: one for one in report.differences}
    for one in report.models:
        other = apart.get(one.name)
        text = "" if other is None or other.skill is None else f"{_signed(other.skill)} {_range(other.interval)}"
        table.add_row(one.name, *_four(one), text)
    return table


def _recordings(report: CompareReport) -> RenderableType | None:
    if len(report.recordings) < 2:
        return None
    table = grid("recording", "frames", "effective", "skill", "with gain", "floor", "NME, %", "neutral")
    for one in report.recordings[:_MOST]:
        table.add_row(one.name, f"{one.frames:,}", _effective(one), *_four(one), _neutral(one))
    return _cut(table, len(report.recordings))


def _people(report: CompareReport) -> RenderableType | None:
    if not report.people:
        return None
    table = grid("person", "frames", "effective", "skill", "with gain", "floor", "NME, %")
    for one in report.people[:_MOST]:
        table.add_row(one.name, f"{one.frames:,}", _effective(one), *_four(one))
    return _cut(table, len(report.people))


def _emotions(report: CompareReport) -> RenderableType | None:
    if not report.emotions:
        return None
    table = grid(
        f"as {report.emotions[0].source} calls it", "frames", "effective", "skill", "with gain", "floor", "NME, %"
    )
    for one in report.emotions:
        row = _four(one)
        few = one.effective_n is not None and one.effective_n < LEAST_EFFECTIVE
        table.add_row(one.name, f"{one.frames:,}", _effective(one), *(("too few", "", "", row[3]) if few else row))
    return table


def _causes(overall: ComparedScores) -> RenderableType | None:
    steps = [step for step in overall.waterfall if not step.removed and step.adds is not None]
    if not steps:
        return None
    table = grid("cause of the error", "adds, in this order", _level(overall), "alone", "skill then")
    for step in steps:
        table.add_row(
            _CAUSES.get(step.cause, step.cause),
            _signed(step.adds),
            _range(step.interval),
            _signed(step.alone),
            _number(step.skill),
        )
    return table


_CAUSES = {"source": "emotion source", "model": "not in the model"}


def _notes(report: CompareReport) -> Iterator[RenderableType]:
    if report.pictures:
        yield ""
        yield Text(
            f"report.html shows people: {_count(report.pictures, 'picture')} of the camera (--pictures). Pass it on "
            "only as far as they have agreed.",
            style="yellow",
        )
    notes = training_notes(report.models, len(scored(report)))
    for note in notes:
        yield ""
        yield Text(note, style="red")
    bad = [one for one in report.checks if one.state in ("bad", "warning")]
    if bad:
        yield ""
        for check in bad:
            yield Text(
                f"{check.name}: {check.found}; expected {check.expected}",
                style="red" if check.state == "bad" else "yellow",
            )
    if report.excluded:
        yield ""
        yield Text(
            "Not in the scores: " + "; ".join(f"{one.frames:,} {one.reason}" for one in report.excluded), style=MUTED
        )
    if report.errors:
        yield ""
        yield Text(f"Not compared ({len(report.errors):,}):", style="yellow")
        for error in report.errors[:_MOST]:
            yield Text(f"  {error.recording}: {error.reason}", style=MUTED)
        if len(report.errors) > _MOST:
            yield Text(f"  and {len(report.errors) - _MOST:,} more; summary.json has all", style=MUTED)
    reasons: dict[str, list[str]] = {}
    for name, reason in report.figures_left_out.items():
        reasons.setdefault(reason, []).append(name)
    if reasons:
        yield ""
    for reason, names in reasons.items():
        yield Text(f"Not drawn: {', '.join(names)}: {reason}", style=MUTED)
    yield ""
    for text in (report.population, *(text for text in report.remarks if text not in notes)):
        yield Text(f"· {text}", style=MUTED)


def _four(scores: BriefScores) -> tuple[RenderableType, ...]:
    """Skill, skill with gain, that of the floor, NME."""
    nme = scores.nme_adjusted if scores.nme_adjusted is not None else scores.nme
    gain = None if scores.with_gain is None else scores.with_gain.skill
    floor = None if scores.floor is None else scores.floor.skill
    return _number(scores.skill), _number(gain), _number(floor), _percent(nme)


def _neutral(one: RecordingScores) -> Text:
    """From where the neutral is; what is wrong with it is below the tables."""
    if one.neutral.findings:
        return Text(f"{one.neutral.kind}, not at rest", style="yellow")
    return Text(one.neutral.kind, style="yellow" if one.neutral.kind == "none" else "")


def _effective(scores: ComparedScores) -> Text:
    """So few that the scores are not dependable stand out."""
    if scores.effective_n is None:
        return Text("-")
    return Text(f"{scores.effective_n:,.0f}", style="yellow" if scores.effective_n < LEAST_EFFECTIVE else "")


def _level(scores: ComparedScores) -> str:
    """What the intervals of a table cover; few recordings cannot have one of 95 %."""
    return "95 %" if scores.interval is None else level_of(scores.interval)


def _range(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.low:.2f} to {interval.high:.2f}".replace("-", "−")


def _number(value: float | None) -> Text:
    return Text("-" if value is None else f"{value:.2f}".replace("-", "−"))


def _bold(value: float | None) -> Text:
    found = _number(value)
    found.stylize("bold")
    return found


def _signed(value: float | None) -> Text:
    return Text("" if value is None else f"{value:+.2f}".replace("-", "−"))


def _percent(value: float | None) -> Text:
    return Text("-" if value is None else f"{value:.2f}")


def _cut(table: RenderableType, rows: int) -> RenderableType:
    if rows <= _MOST:
        return table
    return Group(table, Text(f"and {rows - _MOST:,} more; recordings.csv and summary.json have all", style=MUTED))


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s'[: number != 1]}"
