"""The page of a comparison."""

from __future__ import annotations

from pathlib import Path

from realtime.core.compare_report import CompareReport
from realtime.core.compare_view import CompareView
from realtime.core.version import __version__
from realtime.export.report.compare.causes_section import causes_section
from realtime.export.report.compare.closing_sections import errors_section, excluded_section, methods_section
from realtime.export.report.compare.common import named, people_text, scored
from realtime.export.report.compare.emotions_section import emotions_section
from realtime.export.report.compare.face_data import face_data
from realtime.export.report.compare.face_section import face_section
from realtime.export.report.compare.lines_section import lines_section
from realtime.export.report.compare.models_section import groups_section, models_section
from realtime.export.report.compare.people_section import people_section, recordings_section
from realtime.export.report.compare.quality_section import quality_section
from realtime.export.report.compare.spread_section import spread_section
from realtime.export.report.compare.verdict import key_figures, notices, verdict, verdict_ruler
from realtime.export.report.number_text import count
from realtime.export.report.page import Page, render


def compare_page(report: CompareReport, view: CompareView, methods: str, references: str) -> str:
    """The HTML of a comparison; `methods` and `references` are the texts of methods.md and references.bib.

    There is no picture of a person in it, unless `view` has some: the faces are meshes.
    """
    groups = groups_section(report)
    sections = [
        quality_section(report, view),
        face_section(report, view),
        causes_section(report),
        lines_section(report),
        spread_section(report),
        emotions_section(report),
        people_section(report),
        recordings_section(report),
        models_section(report),
        *([groups] if groups is not None else []),
        excluded_section(report),
        errors_section(report),
        methods_section(report, methods, references),
    ]
    setups = [one.name for one in report.models]
    seconds = sum(one.quality.seconds or 0.0 for one in report.recordings)
    minutes = f"{seconds / 60:,.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
    trackers = sorted({one.tracker for one in report.recordings})
    viewer = bool(view.frames)
    page = Page(
        program="meshmirror compare",
        title=f"{Path(report.out).name or 'comparison'} · predicted against observed faces",
        subject=(
            f"{people_text(report)}, {len(scored(report))} of {count(len(report.recordings), 'recording')}, {minutes}, "
            f"{count(report.overall.frames, 'frame')} in the scores · {named(setups)} · tracker {named(trackers)} · "
            f"{report.date}",
            "Unit of every distance: % of the distance between the outer corners of the eyes (outer-canthal distance), "
            "short: % canthi.",
        ),
        verdict=verdict(report),
        keys=key_figures(report),
        ruler=verdict_ruler(report),
        notices=[*_people_shown(view), *notices(report)],
        sections=sections,
        made=f"meshmirror {__version__} · {report.date} · made in {report.seconds:,.0f} s. Nothing on this page is "
        "loaded from elsewhere, and "
        + ("it shows people (--pictures)." if view.pictures else "no picture of a person is in it."),
        data=report.to_json(),
        scripts=("compare/face_viewer.js",) if viewer else (),
        styles=("compare/compare.css",),
        payload={"faces": face_data(view, setups, named(trackers))} if viewer else {},
    )
    return render(page)


def _people_shown(view: CompareView) -> list[str]:
    """What has to be known before the page is passed on."""
    if not view.pictures:
        why = next(iter(view.without_pictures.values()), "")
        return [f"No picture of the camera (--pictures): {why.rstrip('.')}."] if why else []
    return [
        f"This page shows people: {count(len(view.pictures), 'picture')} of the camera in section 2 (--pictures). Pass "
        "it on only as far as they have agreed."
    ]
