"""The last sections: what was excluded, what went wrong, and texts to paste."""

from __future__ import annotations

from realtime.core.compare_report import CompareReport
from realtime.export.report.compare.common import scored, skill_name, subtitle
from realtime.export.report.markup import Markup, tag
from realtime.export.report.number_text import count, decimal, percent, score, with_minus
from realtime.export.report.page import Section, copied
from realtime.export.report.table import Cell, Column, table


def excluded_section(report: CompareReport) -> Section:
    """Frames that are in no score, and what keeping them would have made of it."""
    used, total = report.overall.frames, max(report.frames, 1)
    among = scored(report)
    rows = [
        [
            one.reason, Cell(f"{one.frames:,}", one.frames),
            Cell(decimal(100 * one.frames / total, 1), one.frames / total), Cell(str(one.recordings), one.recordings),
            Cell(score(one.skill), one.skill) if one.skill is not None else "",
        ]
        for one in sorted(report.excluded, key=lambda one: -one.frames)
    ]  # fmt: skip
    skill, recordings = report.overall.skill, len(among)
    totals: list[list[Cell | str]] = [[
        "In the scores", Cell(f"{used:,}", used), Cell(decimal(100 * used / total, 1), used / total),
        Cell(str(recordings), recordings), Cell(score(skill), skill),
    ]]  # fmt: skip
    columns = (
        Column("Reason"), Column("Frames", "", True), Column("Share", "%", True), Column("Recordings", "", True),
        Column("Skill of these frames", skill_name(report.overall).lower(), True),
    )  # fmt: skip
    left = report.frames - used
    finding = f"{left:,} of {count(report.frames, 'frame')} ({percent(left / total)}) are not in the scores."
    if report.excluded:
        finding += " A frame may have several reasons."
    return Section("excluded", "What was excluded", finding, [table("Excluded frames", columns, rows, totals=totals)])


def errors_section(report: CompareReport) -> Section:
    """What could not be compared, and what the numbers cannot show; always there."""
    blocks: list[Markup] = []
    if report.errors:
        rows = [(one.recording, Cell(with_minus(one.reason), style="bad")) for one in report.errors]
        blocks.append(table("Errors", (Column("What"), Column("What happened, and what to do")), rows, sortable=False))
    if report.remarks:
        blocks.append(subtitle("What these numbers cannot show"))
        blocks.append(tag("ul", (tag("li", with_minus(text)) for text in report.remarks), class_="notes"))
    finding = (
        f"{count(len(report.errors), 'error')}, {count(len(report.remarks), 'remark')}."
        if report.errors
        else f"Nothing went wrong; {count(len(report.remarks), 'remark')}."
    )
    finding += " This section is here also when it is empty."
    return Section("errors", "Errors", finding, blocks, warnings=len(report.remarks), errors=len(report.errors))


def methods_section(report: CompareReport, methods: str, references: str) -> Section:
    """Texts to paste, the settings and versions, and the command that makes all of it again."""
    blocks: list[Markup] = [
        copied("methods", methods.strip(), "Text"),
        copied("references", references.strip(), "references.bib", code=True),
        copied("command", report.command, "The command that makes this report again", code=True),
    ]
    for title, head, value, known in (
        ("Settings", "Setting (--set)", "Value", report.settings),
        ("Versions", "Package", "Version", report.versions),
    ):
        if known:
            columns = (Column(head), Column(value))
            blocks += [subtitle(title), table(title, columns, list(known.items()), sortable=False, facts=True)]
    return Section("texts", "Methods, to paste", "Every number is filled in from this run.", blocks)
