"""What the terminal shows: notes on stderr, results on stdout. Whatever a command prints goes through here."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shlex
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any, cast

from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.segment import Segment
from rich.text import Text

from realtime.cli.streams import StyledStream, silence_stdout
from realtime.core.addresses import text_without_secrets
from realtime.core.errors import RecordError
from realtime.core.printable import bounded, printable, valid_tree

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import ProgressColumn

    from realtime.core.progress import JobProgress, JobState, Progress
    from realtime.core.report import HasJson

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


def command_line(args: tuple[str, ...]) -> str:
    """The command line with these arguments, as a shell of this system takes it; no secrets of addresses."""
    words = ["meshmirror", *args]
    return text_without_secrets(subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words), *args)


@contextlib.contextmanager
def show_progress(label: str, *, in_bytes: bool = False) -> Iterator[Progress]:
    """A bar on stderr from the first call on, where that is a terminal; gone at the end."""
    from rich import progress as bars

    counts: tuple[bars.ProgressColumn, ...] = (bars.MofNCompleteColumn(), bars.TimeRemainingColumn())
    if in_bytes:
        counts = bars.DownloadColumn(), bars.TransferSpeedColumn()
    with _bar(*counts, window_s=30.0 if in_bytes else 3600.0) as shown:  # a recording may take minutes
        task = shown.add_task(label, total=None, visible=False)
        yield lambda done, total: shown.update(task, completed=done, total=total, visible=True)


@contextlib.contextmanager
def show_job() -> Iterator[JobProgress]:
    """The same for a job in phases: the phase, what is done of it, and the time that remains of the whole job."""
    from rich import progress as bars

    from realtime.core.progress import JobProgress

    with _bar(bars.TextColumn("{task.fields[count]}", markup=False), bars.TimeRemainingColumn()) as shown:
        task = shown.add_task("", total=1.0, visible=False, count="")

        def show(state: JobState) -> None:
            count = f"{state.done:,}/{state.units:,}" if state.units > 1 else ""
            shown.update(task, description=state.phase, completed=state.share, count=count, visible=True)

        yield JobProgress(show)


def _bar(*counts: ProgressColumn, window_s: float = 30.0) -> Bars:
    """`window_s`: of how many seconds the remaining time is estimated."""
    from rich import progress as bars

    return bars.Progress(
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(),
        *counts,
        console=stderr(),
        transient=True,
        redirect_stdout=False,  # rich would take the escapes in what others print for styles
        redirect_stderr=False,
        speed_estimate_period=window_s,
        disable=not stderr().is_terminal,
    )


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
