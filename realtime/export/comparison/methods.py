"""The methods of a comparison and its references, as texts to paste into a paper."""

from __future__ import annotations

from collections.abc import Iterator

from realtime.core.compare_report import CompareReport
from realtime.core.compare_scores import FAILURE_PERCENT

_REFERENCES = {
    "umeyama1991": (
        "article",
        {
            "author": "Umeyama, Shinji",
            "title": "Least-squares estimation of transformation parameters between two point patterns",
            "journal": "IEEE Transactions on Pattern Analysis and Machine Intelligence",
            "year": "1991", "volume": "13", "number": "4", "pages": "376--380",
        },
    ),
    "lugaresi2019": (
        "article",
        {
            "author": "Lugaresi, Camillo and Tang, Jiuqiang and Nash, Hadon and others",
            "title": "{MediaPipe}: A Framework for Building Perception Pipelines",
            "journal": "arXiv:1906.08172",
            "year": "2019",
        },
    ),
    "kartynnik2019": (
        "article",
        {
            "author": "Kartynnik, Yury and Ablavatski, Artsiom and Grishchenko, Ivan and Grundmann, Matthias",
            "title": "Real-time Facial Surface Geometry from Monocular Video on Mobile {GPUs}",
            "journal": "arXiv:1907.06724",
            "year": "2019",
        },
    ),
    "cheong2023": (
        "article",
        {
            "author": "Cheong, Jin Hyun and Jolly, Eshin and Xie, Tiankang and others",
            "title": "{Py-Feat}: Python Facial Expression Analysis Toolbox",
            "journal": "Affective Science",
            "year": "2023", "volume": "4", "pages": "781--796",
        },
    ),
    "efron1993": (
        "book",
        {
            "author": "Efron, Bradley and Tibshirani, Robert J.",
            "title": "An Introduction to the Bootstrap",
            "publisher": "Chapman and Hall",
            "year": "1993",
        },
    ),
    "hesterberg2015": (
        "article",
        {
            "author": "Hesterberg, Tim C.",
            "title": "What Teachers Should Know About the Bootstrap",
            "journal": "The American Statistician",
            "year": "2015", "volume": "69", "number": "4", "pages": "371--386",
        },
    ),
    "geyer1992": (
        "article",
        {
            "author": "Geyer, Charles J.",
            "title": "Practical {Markov} Chain {Monte} {Carlo}",
            "journal": "Statistical Science",
            "year": "1992", "volume": "7", "number": "4", "pages": "473--483",
        },
    ),
    "sagonas2016": (
        "article",
        {
            "author": "Sagonas, Christos and Antonakos, Epameinondas and Tzimiropoulos, Georgios and Zafeiriou, "
            "Stefanos and Pantic, Maja",
            "title": "300 Faces In-The-Wild Challenge: database and results",
            "journal": "Image and Vision Computing",
            "year": "2016", "volume": "47", "pages": "3--18",
        },
    ),
}  # fmt: skip


def methods_text(report: CompareReport) -> str:
    """The method section, with the numbers of this comparison (Markdown, references as [@key])."""
    return "\n\n".join(["# Methods", *_paragraphs(report)]) + "\n"


def references_text(report: CompareReport) -> str:
    """The references of the method section that this comparison uses, as BibTeX."""
    text = methods_text(report)
    return "\n".join(_entry(key) for key in _REFERENCES if f"@{key}" in text)


def _entry(key: str) -> str:
    kind, fields = _REFERENCES[key]
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@{kind}{{{key},", *lines, "}", ""])


def _paragraphs(report: CompareReport) -> Iterator[str]:
    overall = report.overall
    trackers = sorted({one.tracker for one in report.recordings if one.tracker})
    setups = "; ".join(f"{_plain(one.model)} driven by {one.source} (pose {one.pose_mode})" for one in report.models)
    yield (
        f"Recordings: {len(report.recordings)} ({overall.frames:,} of {report.frames:,} frames in the scores). Every "
        "frame was processed once, in order. Faces were found by MediaPipe's Face Mesh [@lugaresi2019; @kartynnik2019] "
        f"(tracker {', '.join(trackers) or 'none'}; 478 vertices) and aligned to the model's canonical frame by the "
        "least-squares similarity of 12 anchors [@umeyama1991]. Frames beyond the models' range of head pose, with "
        "anchors that do not fit, or with small faces were left out; so were the frames of the neutral."
    )
    yield (
        f"Models: {setups}. They are linear maps from features and head pose to the 478 vertices, of the family that "
        "is distributed with Py-Feat [@cheong2023]."
    )
    kinds = sorted({one.neutral.kind for one in report.recordings})
    yield (
        f"Neutral: {', '.join(kinds) or 'none'}. Where there is one, the subject's identity, the interquartile mean of "
        "the observed minus the predicted face at rest, was added to every prediction (adjusted scores)."
    )
    yield (
        "Scores: NME is the mean distance of the vertices in % of the outer-canthal distance; MAE is per coordinate; "
        "R2 is variance-weighted over the 1,434 coordinates about the mean of the scored frames; skill is 1 - SSE / "
        f"SSE of the baseline ({overall.baseline or 'none'}). With gain, the predicted displacements from rest were "
        "scaled by one least-squares factor a recording. The floor is the constrained least-squares fit of the "
        "features to each face: what the model could do at best, not a measurement. The cumulative error curve has "
        f"bins of 0.01 % and counts an NME of {FAILURE_PERCENT:g} % or more as a failure [@sagonas2016]."
    )
    if overall.null is not None:
        null = overall.null
        yield (
            f"Chance level: the features were shifted in time against the faces of their recording, circularly, by at "
            f"least {null.shortest_s:.1f} s ({null.shifts:,} shifts or draws of shifts), the gain refitted at each; "
            f"p = (1 + count) / (1 + N) = {null.p:.4f}."
        )
    yield (
        f"Uncertainty: {report.population} Intervals are expanded percentiles of 2,000 bootstrap draws [@efron1993; "
        "@hesterberg2015]; frames were never resampled. The effective number of frames is that of Geyer's initial "
        "positive sequence of the per-frame difference in squared error to the baseline [@geyer1992]."
    )
    software = ", ".join(f"{name} {number}" for name, number in report.versions.items())
    yield f"Software: {software}."
    if report.command:
        yield f"Command:\n\n    {report.command}"


def _plain(text: str) -> str:
    """A name of a file in Markdown, without what would be markup."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|" else sign for sign in text).replace("\n", " ")
