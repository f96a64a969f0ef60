"""The end of every command that runs for a while: its report is printed, and it leaves with the right exit code."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import typer

from realtime.cli.exit_codes import INTERRUPTED, ReportedCode

if TYPE_CHECKING:
    from realtime.app.run_options import RunOptions
    from realtime.core.against_report import AgainstReport
    from realtime.core.config import Config
    from realtime.core.run_report import RunReport
    from realtime.core.whatif_report import WhatIfReport

    AnyRun = TypeVar("AnyRun", bound=RunReport | WhatIfReport | AgainstReport)


def finish_mirror(
    settings: Config,
    options: RunOptions,
    as_json: bool,
    print_more: Callable[[RunReport], None] = lambda report: None,
) -> None:
    """Run the mirror and report, for `live` and `demo`; `print_more` follows the report in the terminal."""
    from realtime.app.live import run_mirror
    from realtime.cli.print_run import print_run

    options.unattended = as_json

    def print_report(report: RunReport) -> None:
        print_run(report)
        print_more(report)

    finish(lambda: run_mirror(settings, options), options, as_json, print_report)


def finish(
    run: Callable[[], AnyRun], options: RunOptions, as_json: bool, print_report: Callable[[AnyRun], None]
) -> None:
    """Run with notes on stderr, print the report, and raise `typer.Exit` with the code of a failure or an interrupt."""
    from realtime.cli.output import print_error, print_json, print_note, set_up_logging
    from realtime.core.errors import RecordError

    set_up_logging()
    options.notify = print_note
    report = run()
    if report.interrupted:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # one more Ctrl-C must not cost the report
    print_json(report) if as_json else print_report(report)
    for failure in report.failures:
        print_error(failure)
    if report.failures:
        raise typer.Exit(RecordError.exit_code)
    if report.interrupted:
        raise typer.Exit(ReportedCode(INTERRUPTED))
