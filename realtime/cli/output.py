"""What the terminal shows: notes on stderr, results on stdout. Whatever a command prints goes through here."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any, cast

from rich.bar import Bar
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from realtime.cli.streams import StyledStream, silence_stdout
from realtime.core.addresses import text_without_secrets
from realtime.core.errors import RecordError
from realtime.core.printable import bounded, printable, valid_tree
from realtime.core.wording import APPEARANCE_ABILITY, BASELINE_NAMES, feature_source_names, skill_sentence

if TYPE_CHECKING:
    from realtime.core.progress import Progress
    from realtime.core.report import HasJson
    from realtime.core.run_report import (
        NetworkReport,
        PipelineReport,
        RecordedNetworkReport,
        ReplayReport,
        RunReport,
    )

ACCENT = "#4cc2ff"
MUTED = "grey62"


class CleanConsole(Console):
    """A console whose styles reach the terminal, and no control character of what it prints."""

    def __init__(self, name: str) -> None:
        file = cast(IO[str], StyledStream(name))
        super().__init__(stderr=name == "stderr", file=file, emoji=False, _environ=_environment())

    def render_str(self, text: str, **options: Any) -> Text:
        """A text, cleaned before it is measured."""
        return super().render_str(printable(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is written in the end: everything passes here, whatever it was made of."""
        for segment in super().render(renderable, options):
            text = printable(segment.text)
            yield segment if segment.control or text == segment.text else segment._replace(text=text)

    def on_broken_pipe(self) -> None:
        """rich exits with code 1 when the reader has closed the pipe; `results` handles that instead."""
        raise BrokenPipeError


def _environment() -> dict[str, str]:
    """The variables, without a size that no terminal has."""
    found = dict(os.environ)
    for name in ("COLUMNS", "LINES"):
        size = found.get(name, "")
        if not (size.isdecimal() and len(size) <= 3 and int(size) >= 2):
            found.pop(name, None)
    return found


@lru_cache(maxsize=1)
def stderr() -> Console:
    """The console for notes, errors and progress."""
    return CleanConsole("stderr")


@lru_cache(maxsize=1)
def stdout() -> Console:
    """The console for results."""
    return CleanConsole("stdout")


class _CleanFormatter(logging.Formatter):
    """Cleaned before it is measured, addresses without their passwords; with the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(text_without_secrets(super().format(record)))


def set_up_logging() -> None:
    """Warnings of the program go to stderr, formatted like its notes."""
    from rich.logging import RichHandler

    handler = RichHandler(console=stderr(), show_time=False, show_path=False, markup=False)
    handler.setFormatter(_CleanFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    warnings.showwarning = lambda message, *_, **__: print_note(str(message))  # without the place in the code


def print_note(text: str) -> None:
    """One line for the user, on stderr; ignored where that is closed or full."""
    with contextlib.suppress(OSError, ValueError):
        stderr().print(f"[{MUTED}]·[/] {escape(bounded(text_without_secrets(text)))}", highlight=False, soft_wrap=True)


@contextlib.contextmanager
def show_progress(label: str, *, in_bytes: bool = False) -> Iterator[Progress]:
    """A bar on stderr from the first call on, where that is a terminal; gone at the end."""
    from rich import progress as bars

    counts: tuple[bars.ProgressColumn, ...] = (bars.MofNCompleteColumn(), bars.TimeRemainingColumn())
    if in_bytes:
        counts = bars.DownloadColumn(), bars.TransferSpeedColumn()
    columns = bars.TextColumn("{task.description}", markup=False), bars.BarColumn(), *counts
    shown = bars.Progress(
        *columns,
        console=stderr(),
        transient=True,
        redirect_stdout=False,  # rich would take the escapes in what others print for styles
        redirect_stderr=False,
        disable=not stderr().is_terminal,
    )
    with shown:
        task = shown.add_task(label, total=None, visible=False)
        yield lambda done, total: shown.update(task, completed=done, total=total, visible=True)


def print_error(text: str) -> None:
    """An error, on stderr."""
    with contextlib.suppress(OSError, ValueError):
        stderr().print(
            f"[bold red]error[/] {escape(bounded(text_without_secrets(text)))}", highlight=False, soft_wrap=True
        )


@contextlib.contextmanager
def results() -> Iterator[Console]:
    """stdout for a command's results. A closed pipe (`| head`) is no error; a full disk is a RecordError."""
    try:
        yield stdout()
        sys.stdout.flush()
    except BrokenPipeError:
        silence_stdout()
    except OSError as error:
        silence_stdout()
        raise RecordError(f"The results cannot be written to stdout: {error.strerror}.") from error


def print_json(report: HasJson | Mapping[str, object]) -> None:
    """One object on stdout, and nothing else."""
    with results():
        tree = valid_tree(dict(report) if isinstance(report, Mapping) else report.to_json())
        text = json.dumps(tree, indent=2, allow_nan=False)
        print(text.replace("\x7f", "\\u007f"))  # the one control character that is ASCII and that JSON leaves as it is


def print_text(text: str) -> None:
    """A text for another program, as it is; raises as `results` does."""
    with results():
        print(text, end="")


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
    with results() as console:
        listed = ", ".join(differences) or "nothing was predicted"
        console.print(
            f"Largest differences to the recording, over {found.rows} recomputed frames: {listed}{missing}.",
            style=MUTED, highlight=False, soft_wrap=True,
        )  # fmt: skip


def _earlier(part: PipelineReport) -> Text:
    """The run before a change of source or models, on one line."""
    best = part.nme if part.nme_adjusted is None else part.nme_adjusted
    kind = "raw" if part.nme_adjusted is None else "adjusted"
    models = ", ".join(model.name for model in part.models)
    return Text(f"earlier: {part.source}, {models}, {part.frames} frames, {kind} {_number(best, ' %', 2)}", MUTED)


def _number(value: float | None, unit: str = "", digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}{unit}"


def _head(report: RunReport) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style=MUTED, no_wrap=True)
    table.add_column()
    face = f"{report.faces} with a face, {report.valid} in the model's range"
    table.add_row("frames", f"[bold]{report.frames}[/]   {face}")
    if report.outside:
        reasons = ", ".join(f"{count} x {reason}" for reason, count in report.outside.items())
        table.add_row("outside", escape(reasons))
    for model in report.models:
        repaired = "   [yellow]labels repaired[/]" if model.label_repair else ""
        table.add_row("model", f"{escape(model.name)}   pose {model.pose_mode}{repaired}")
    table.add_row("tracker", report.tracker)
    pose = report.pose_deg
    if pose:
        table.add_row(
            "head pose", "   ".join(f"{name} {value:+.1f}°" for name, value in pose.items()) + f"   [{MUTED}]mean[/]"
        )
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
    about = f"distance in % of the outer-canthal distance; skill: against the {baseline}; {report.averaged} frames"
    parts: list[RenderableType] = [Text.from_markup(f"[bold]Residual[/]  [{MUTED}]{about}[/]"), _lines(report)]
    if report.mae is not None:
        raw = f", raw {_number(report.mae_raw, digits=2)}" if report.nme_adjusted is not None else ""
        percent = _number(report.mae_percent, " %", 2)
        mae = f"mean absolute error of a coordinate: {report.mae:.2f} model units ({percent}){raw}"
        parts.append(Text(mae, style=MUTED))
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
    if report.with_gain is not None and report.gain is not None:
        row(f"with gain {report.gain:.2f}", None, report.with_gain.skill, report.with_gain.r2)
    floor = report.floor
    if floor is not None:
        row("floor, fitted to the face", floor.nme_adjusted if calibrated else floor.nme, floor.skill, floor.r2)
    for baseline, value in report.baselines.items():
        row(BASELINE_NAMES.get(baseline, baseline), value, None, None)
    return table


def _models(report: RunReport) -> list[RenderableType]:
    """Several models: a row each, then their disagreement."""
    table = Table(box=None, padding=(0, 2), pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in ("raw", "adjusted", "skill"):
        table.add_column(name, justify="right", header_style=MUTED)
    table.add_column("features from", header_style=MUTED)
    for model in report.models:
        skill = "-" if model.skill is None else f"{model.skill:+.2f}"
        numbers = (_number(model.nme, " %", 2), _number(model.nme_adjusted, " %", 2), skill)
        table.add_row(f"[bold]{escape(model.name)}[/]", *numbers, model.feature_source or "-")
    for name, value in report.baselines.items():
        table.add_row(f"[{MUTED}]{BASELINE_NAMES.get(name, name)}[/]", f"[{MUTED}]{value:.2f} %[/]")
    title = Text.from_markup(f"[bold]Residual[/]  [{MUTED}]mean distance, % of the outer-canthal distance[/]")
    apart = [Text(f"disagreement of {pair.replace(' | ', ' and ')}: {value:.2f} %", style=f"bold {ACCENT}")
             for pair, value in (report.disagreement or {}).items()]  # fmt: skip
    return [title, table, *apart]


def _outputs(outputs: Sequence[str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style=MUTED)
    table.add_column(overflow="fold")
    for path in outputs:
        table.add_row("written", f"[bold]{escape(path)}[/]")
    return table
