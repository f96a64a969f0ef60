"""The report of a run in the terminal, on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.bar import Bar
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from realtime.cli.output import ACCENT, MUTED, results
from realtime.core.wording import (
    APPEARANCE_ABILITY,
    BASELINE_NAMES,
    CARD_R2,
    feature_source_names,
    pose_response_sentence,
    skill_sentence,
)

if TYPE_CHECKING:
    from realtime.core.mean_reports import ResidualMeans
    from realtime.core.rule_report import RuleReport
    from realtime.core.run_report import (
        NetworkReport,
        PipelineReport,
        RecordedNetworkReport,
        ReplayReport,
        RunReport,
    )
    from realtime.core.stream_report import StreamReport


_MOST_TIMES = 8  # of the events of a rule that are listed


def print_run(report: RunReport) -> None:
    """The report of a run on one screen."""
    parts: list[RenderableType] = [] if report.notice is None else [Text(report.notice, style="bold yellow"), ""]
    parts.append(_head(report))
    if report.faces:
        several = len(report.models) > 1
        parts += ["", *_emotions(report), "", *(_models(report) if several else _residual(report))]
    parts += [_earlier(part) for part in report.earlier]
    if report.outputs:
        parts += ["", _outputs(report.outputs)]
    if report.streams:
        parts += ["", *(_stream(stream) for stream in report.streams)]
    if report.rules:
        parts += ["", _rules(report.rules, calibrated=report.neutral is not None)]
    if report.window.failure:
        parts.append(Text(f"\n{report.window.failure}", style="yellow"))
    parts += [Text(f"\n{failure}", style="bold red") for failure in report.failures]
    name = f"[bold]Meshmirror[/]  [{MUTED}]{escape(report.source)}[/]"
    with results() as console:
        width = min(console.width, 92)
        console.print(
            Panel(Group(*parts), title=name, title_align="left", border_style=MUTED, padding=(1, 2), width=width)
        )


def print_replay(report: ReplayReport) -> None:
    """The report of a replay, and the largest differences to what was recorded."""
    print_run(report)
    found = report.recomputed
    if found is None:
        return
    largest = {"predicted": found.predicted, "nme": found.nme, "features": found.features}
    differences = [f"{name} {value:.1e}" for name, value in largest.items() if value is not None]
    missing = f"; {found.missing} values are missing in one of both" if found.missing else ""
    listed = ", ".join(differences) or "nothing was predicted"
    said = f"Largest differences to the recording, over {found.rows} recomputed frames: {listed}{missing}."
    if differences and not missing and not any(largest.values()):
        said = f"{found.rows} frames were computed again: they are exactly as recorded."
    with results() as console:
        console.print(said, style=MUTED, highlight=False, soft_wrap=True)


def _earlier(part: PipelineReport) -> Text:
    """The run before a change of source or models, on one line."""
    best = part.nme if part.nme_adjusted is None else part.nme_adjusted
    kind = "raw" if part.nme_adjusted is None else "adjusted"
    models = ", ".join(model.name for model in part.models)
    return Text(f"earlier: {part.source}, {models}, {part.frames} frames, {kind} {_number(best, ' %', 2)}", MUTED)


def _number(value: float | None, unit: str = "", digits: int = 1) -> str:
    # + 0.0: a value that is rounded to zero has no sign.
    return "-" if value is None else f"{round(value, digits) + 0.0:.{digits}f}{unit}"


def _head(report: RunReport) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style=MUTED, no_wrap=True)
    table.add_column()
    face = f"{report.faces} with a face, {report.valid} in range"
    amber = f", [yellow]{report.amber} amber[/] (head turned)" if report.amber else ""
    table.add_row("frames", f"[bold]{report.frames}[/]   {face}{amber}")
    if report.several:
        table.add_row("several", f"{report.several} frames with more than one face, {report.followed} faces in all")
    if report.outside:
        reasons = ", ".join(f"{count} x {reason}" for reason, count in report.outside.items())
        table.add_row("outside", escape(reasons))
    for model in report.models:
        repaired = "   [yellow]labels repaired[/]" if model.label_repair else ""
        if model.depth_factor != 1:
            repaired += f"   [{MUTED}]depth corrected[/]"
        source = f"   features {model.feature_source or '-'}" if len(report.models) > 1 else ""
        table.add_row("model", f"{escape(model.name)}   pose {model.pose_mode}{source}{repaired}")
    table.add_row("tracker", report.tracker)
    pose = report.pose_deg
    if pose:
        table.add_row(
            "head pose", "   ".join(f"{name} {value:+.1f}°" for name, value in pose.items()) + f"   [{MUTED}]mean[/]"
        )
    neutral = report.neutral
    if neutral is not None:
        taken = f"{neutral.taken[:16].replace('T', ' ')}, " if neutral.saved and neutral.taken else ""
        who = f"{escape(neutral.person)}, {taken}" if neutral.person else taken
        measured = f"motion {neutral.motion_nme:.1f} %, jitter {neutral.noise_nme:.2f} %"
        facts = f"{who}{neutral.frames} frames in {neutral.seconds:.1f} s, {measured}"
        table.add_row("neutral", facts)
        for finding in neutral.findings or ():
            table.add_row("", f"[yellow]not at rest: {escape(finding.text)}[/]")
    if neutral is not None and neutral.pose_response is not None:
        known = neutral.pose_response
        sentence = pose_response_sentence(tuple(known.axes), known.held_out_percent, known.held_out_error)
        table.add_row("", sentence)
    elif neutral is not None and neutral.pose_response_refused is not None:
        table.add_row("", f"[yellow]no pose response: {escape(neutral.pose_response_refused)}[/]")
    speed = f"[bold]{_number(report.fps)}[/] frames a second"
    if report.prediction_ms:
        ms = report.prediction_ms
        speed += f"   frame to prediction {ms.median:.1f} ms, p95 {ms.p95:.1f} ms"
    table.add_row("speed", speed)
    if report.network is not None:
        table.add_row("network", _network(report.network, report))
    return table


def _network(network: NetworkReport | RecordedNetworkReport, report: RunReport) -> str:
    """What ran py-feat's network, how old its outputs were, and which other sources were used meanwhile."""
    age = report.emotion_age_ms
    facts = [escape(network.runtime or network.state)]
    if age is not None and age.p95 > 0:
        facts.append(f"emotions {age.median:.0f} ms old, p95 {age.p95:.0f} ms")
    if network.restarts:
        facts.append(f"[yellow]restarted {network.restarts} x[/]")
    sources = report.emotion_sources
    if len(sources) > 1:
        facts.append("[yellow]" + ", ".join(f"{count} frames {name}" for name, count in sources.items()) + "[/]")
    elif network.reason:
        facts.append(f"[yellow]{escape(network.reason)}[/]")
    return "   ".join(facts)


def _emotions(report: RunReport) -> list[RenderableType]:
    from realtime.core.types import EMOTIONS  # with numpy, which no note or error waits for

    source = report.emotion_source or "no frame in range"
    origin = feature_source_names(source)[0]
    table = Table.grid(padding=(0, 2))
    table.add_column(style=MUTED, no_wrap=True)
    table.add_column()
    table.add_column(justify="right")
    top = max(report.emotions, key=lambda name: report.emotions[name], default=None)
    shown = report.emotions
    if len(shown) > _MOST_FEATURES:
        shown = dict(sorted(shown.items(), key=lambda item: -item[1])[:_MOST_FEATURES])
    for name, value in shown.items():
        style = ACCENT if name == top else "grey50"
        table.add_row(name, Bar(1.0, 0.0, min(1.0, max(0.0, value)), color=style, width=40), f"{value:.2f}")
    what = "Emotion" if set(shown) & set(EMOTIONS) else "Strongest features"
    of = f" of {escape(report.model)}" if len(report.models) > 1 else ""
    parts: list[RenderableType] = [Text.from_markup(f"[bold]{what}[/]  [{MUTED}]mean{of}; {origin}[/]"), table]
    if source == "appearance":
        parts.append(Text(APPEARANCE_ABILITY[0], style=MUTED))
    return parts


_MOST_FEATURES = 12


def _residual(report: RunReport) -> list[RenderableType]:
    """The residual with its baselines, then the three lines with their scores, then the skill as a sentence."""
    baseline = BASELINE_NAMES.get(report.skill_baseline or "", "no baseline")
    about = (
        f"distance in % of the outer-canthal distance; skill: against the {baseline}; "
        f"{report.averaged} frames, tracker {report.tracker}"
    )
    parts: list[RenderableType] = [Text.from_markup(f"[bold]Residual[/]  [{MUTED}]{about}[/]"), _lines(report)]
    if report.mae is not None:
        raw = f", raw {_number(report.mae_raw, digits=2)}" if report.nme_adjusted is not None else ""
        percent = _number(report.mae_percent, " %", 2)
        mae = f"mean absolute error of a coordinate: {report.mae:.2f} model units ({percent}){raw}"
        parts.append(Text(mae, style=MUTED))
    if report.r2 is not None:
        parts.append(Text(CARD_R2, style=MUTED))
    if report.gain is not None and round(report.gain, 2) > 1:
        parts.append(Text("a gain above 1 is beyond the model's full expression", style=MUTED))
    if report.skill is not None:
        wordings, good = skill_sentence(report.skill, report.skill_baseline, report.emotion_source)
        parts.append(Text(wordings[0], style=f"bold {ACCENT if good else 'yellow'}"))
    return parts


def _lines(report: RunReport) -> Table:
    """A row for each prediction of the same frames, and for each baseline."""
    table = Table(box=None, padding=(0, 2), pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in ("distance", "skill", "R2"):
        table.add_column(name, justify="right", header_style=MUTED, no_wrap=True)

    def row(name: str, nme: float | None, skill: float | None, r2: float | None, style: str = "") -> None:
        numbers = (_number(nme, " %", 2), _number(skill, digits=2), _number(r2, digits=2))
        table.add_row(Text(name, style=style or MUTED), *(Text(number, style=style) for number in numbers))

    calibrated = report.nme_adjusted is not None
    if calibrated:
        row("predicted face, raw", report.nme, report.skill_raw, report.r2_raw)
    name = "predicted face, identity-adjusted" if calibrated else "predicted face, raw"
    row(name, report.nme_adjusted if calibrated else report.nme, report.skill, report.r2, "bold")
    steady = report.without_amber
    if steady is not None and steady.averaged < report.averaged:
        distance = steady.nme_adjusted if calibrated else steady.nme
        row(f"  without amber: {steady.averaged} frames", distance, steady.skill, steady.r2)
    if report.with_gain is not None and report.gain is not None:
        applied = "" if report.gain >= 0 else ", applied as 0"  # none of the expression
        row(f"with gain {report.gain:.2f}{applied}", None, report.with_gain.skill, report.with_gain.r2)
    floor = report.floor
    if floor is not None:
        row("floor, fitted to the face", floor.nme_adjusted if calibrated else floor.nme, floor.skill, floor.r2)
    constant = report.constant_face
    if constant is not None:
        row("one constant face, these frames' mean", None, constant.skill, constant.r2)
    for baseline, value in report.baselines.items():
        row(BASELINE_NAMES.get(baseline, baseline), value, None, None)
    return table


def _models(report: RunReport) -> list[RenderableType]:
    """Several models: a row each, the baselines, then their disagreement."""
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in ("raw", "adjusted", "skill", "at gain", "floor", "R2", "MAE"):
        table.add_column(name, justify="right", header_style=MUTED, no_wrap=True)
    for model in report.models:
        table.add_row(*_model_row(f"[bold]{escape(model.name)}[/]", model))
        steady = model.without_amber
        if steady is not None and report.without_amber is not None and steady.averaged < report.averaged:
            table.add_row(*(f"[{MUTED}]{cell}[/]" for cell in _model_row("  without amber", steady)))
    names = {"mean_mesh": "mean face", "own_neutral": "own neutral"}
    rows = {names.get(key, BASELINE_NAMES.get(key, key)): [f"{nme:.2f} %"] for key, nme in report.baselines.items()}
    constant = report.constant_face
    if constant is not None:
        rows["constant face"] = ["-", "-", _number(constant.skill, digits=2), "", "", _number(constant.r2, digits=2)]
    for name, numbers in rows.items():
        table.add_row(*(f"[{MUTED}]{text}[/]" for text in (name, *numbers)))
    about = f"% of the outer-canthal distance; skill as delivered, at the gain, of the floor; tracker {report.tracker}"
    title = Text.from_markup(f"[bold]Residual[/]  [{MUTED}]{about}[/]")
    apart = [Text(f"disagreement of {pair.replace(' | ', ' and ')}: {value:.2f} %", style=f"bold {ACCENT}")
             for pair, value in (report.disagreement or {}).items()]  # fmt: skip
    notes = [Text(CARD_R2, style=MUTED)] if report.r2 is not None else []
    return [title, table, *notes, *apart]


def _model_row(name: str, means: ResidualMeans) -> tuple[str, ...]:
    """The cells of a model; MAE in %, since model units of different frames cannot be compared."""
    gained = None if means.with_gain is None else means.with_gain.skill
    floor = None if means.floor is None else means.floor.skill
    return (
        name,
        _number(means.nme, " %", 2),
        _number(means.nme_adjusted, " %", 2),
        *(_number(score, digits=2) for score in (means.skill, gained, floor, means.r2)),
        _number(means.mae_percent, " %", 2),
    )


def _stream(stream: StreamReport) -> Text:
    """What became of a stream, and how much older than its frame a value was when it was sent."""
    dropped = f", {stream.dropped:,} dropped" if stream.dropped else ""
    age = "" if stream.age_ms is None else f", {stream.age_ms.median:.1f} ms old (p95 {stream.age_ms.p95:.1f})"
    error = f"; {stream.last_error}" if stream.last_error else ""
    style = "yellow" if stream.dropped or error else MUTED
    return Text(f"Streamed to {stream.output}: {stream.sent:,} results{age}{dropped}{error}", style=style)


def _rules(rules: Sequence[RuleReport], *, calibrated: bool) -> Table:
    """Every event rule, and when it fired; why one could not where there was no neutral."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style=MUTED)
    for rule in rules:
        times = [f"{event.begin_s:.2f}-{event.end_s:.2f}" for event in rule.events[:_MOST_TIMES]]
        more = [f"and {rule.fired - len(times)} more"] if rule.fired > len(times) else []
        seconds = f", {rule.active_s:.1f} s in all: " if rule.fired else ""
        count = "1 event" if rule.fired == 1 else f"{rule.fired} events"
        never = "; without a neutral its value does not exist" if "_adjusted" in rule.of and not calibrated else ""
        table.add_row("rule", Text(f"{rule.name}: {count}{seconds}{', '.join([*times, *more])}{never}"))
    return table


def _outputs(outputs: Sequence[str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style=MUTED)
    table.add_column(overflow="fold")
    for path in outputs:
        table.add_row("written", f"[bold]{escape(path)}[/]")
    return table
