"""The last sections: what went wrong and what to remember, and texts to paste."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from realtime.core.study_reports import FitReport
from realtime.core.version import __version__
from realtime.export.report.fit.data_sections import people_of
from realtime.export.report.fit.verdict import by_person, held_out, within
from realtime.export.report.markup import Markup
from realtime.export.report.number_text import count, score
from realtime.export.report.page import Section, copied
from realtime.export.report.table import Cell, Column, table
from realtime.model.linear import LinearMeshModel

_REFERENCES = """@article{cheong2023pyfeat,
  title   = {{Py-Feat}: {Python} Facial Expression Analysis Toolbox},
  author  = {Cheong, Jin Hyun and Jolly, Eshin and Xie, Tiankang and Byrne, Sophie and Kenney, Matthew and
             Chang, Luke J.},
  journal = {Affective Science}, volume = {4}, pages = {781--796}, year = {2023}
}
@inproceedings{kartynnik2019facemesh,
  title     = {Real-time Facial Surface Geometry from Monocular Video on Mobile {GPUs}},
  author    = {Kartynnik, Yury and Ablavatski, Artsiom and Grishchenko, Ivan and Grundmann, Matthias},
  booktitle = {CVPR Workshop on Computer Vision for Augmented and Virtual Reality}, year = {2019}
}
@article{gower1975procrustes,
  title   = {Generalized {Procrustes} analysis}, author = {Gower, John C.},
  journal = {Psychometrika}, volume = {40}, number = {1}, pages = {33--51}, year = {1975}
}
@article{umeyama1991,
  title   = {Least-squares estimation of transformation parameters between two point patterns},
  author  = {Umeyama, Shinji},
  journal = {IEEE Transactions on Pattern Analysis and Machine Intelligence},
  volume  = {13}, number = {4}, pages = {376--380}, year = {1991}
}
@article{kabsch1976,
  title   = {A solution for the best rotation to relate two sets of vectors}, author = {Kabsch, Wolfgang},
  journal = {Acta Crystallographica Section A}, volume = {32}, number = {5}, pages = {922--923}, year = {1976}
}
@article{pedregosa2011scikit,
  title   = {Scikit-learn: Machine Learning in {Python}},
  author  = {Pedregosa, Fabian and Varoquaux, Ga{\\"e}l and Gramfort, Alexandre and others},
  journal = {Journal of Machine Learning Research}, volume = {12}, pages = {2825--2830}, year = {2011}
}"""


def errors_section(report: FitReport) -> Section:
    """What was left out, what the scores cannot show, and what the checks ask to look at; always there."""
    rows: list[tuple[Cell, str, str]] = []
    if report.atlas is None:
        rows.append((Cell("error", style="bad"), "The atlas could not be drawn: no OpenGL on this machine.",
                     "meshmirror atlas --model NAME.npz, where there is one; this page lacks nothing."))  # fmt: skip
    rows += [
        (Cell("remark", style="warn"), text, "Say so wherever a number of this page is quoted.")
        for text in report.remarks
    ]
    if held_out(report) is None and not report.remarks:
        rows.append((Cell("remark", style="warn"), "The fit was not evaluated, as --no-evaluate asked.",
                     "Run it once more without --no-evaluate before anybody relies on it."))  # fmt: skip
    for what, known in (("tracker", report.tracker), ("mesh", report.mesh), ("source of the features", report.sources)):
        if known == "unknown":
            rows.append((Cell("remark", style="muted"), f"The data set does not name its {what}.",
                         "Write it into the metadata of the shards: numbers of two are not compared."))  # fmt: skip
    errors = int(report.atlas is None)
    finding = "Nothing went wrong, and there is nothing to remark." if not rows else (
        f"{count(errors, 'error')}, {count(len(rows) - errors, 'remark')}. This section is here also when it is empty."
    )  # fmt: skip
    columns = (Column("Kind"), Column("What"), Column("What to do"))
    blocks = [table("Errors and remarks", columns, rows, sortable=False)] if rows else []
    return Section("errors", "Errors and remarks", finding, blocks, warnings=len(rows) - errors, errors=errors)


def methods_section(model: LinearMeshModel, report: FitReport, command: str) -> Section:
    """Text, references and command line, ready to paste."""
    blocks: list[Markup] = [
        copied("methods", _methods(model, report), "Text"),
        copied("references", _REFERENCES, "references.bib", code=True),
    ]
    if command:
        blocks.append(copied("command", command, "The command that makes this again", code=True))
    return Section("texts", "Methods, to paste", "Every number is filled in from this fit.", blocks)


def _methods(model: LinearMeshModel, report: FitReport) -> str:
    data: Any = model.metadata
    limits, steps = data.get("filter", {}), data.get("alignment", {})
    parts = [
        f"A linear model of the face was fit with meshmirror {__version__} to {count(report.frames, 'frame')} of "
        f"{count(report.recordings, 'recording')} ({people_of(report)}; tracker {report.tracker}, mesh {report.mesh}, "
        f"features from {report.sources}; {report.versions}).",
        f"Frames beyond {limits.get('yaw_deg', 40):g} degrees of yaw or {limits.get('pitch_deg', 30):g} of pitch were "
        "left out.",
        "Faces were aligned by similarities of twelve anchors (generalised Procrustes analysis, Gower, 1975; Umeyama, "
        f"1991; {report.alignment}, {count(report.alignment_rounds, 'round')}), the "
        f"{steps.get('dropped_worst_percent', 0):g} % of frames with the worst anchors were dropped, and the frame was "
        "turned to MediaPipe's canonical face (Kabsch, 1976).",
        f"Coordinates of the 478 vertices were regressed by {report.method}.",
        *_evaluated(report),
    ]
    return " ".join(parts)


def _evaluated(report: FitReport) -> list[str]:
    if held_out(report) is None:
        return ["Nothing was held out."]
    known = [
        f"{_pm(one)} {what}"
        for one, what in (
            (report.r2.full, "by recording"),
            (by_person(report), "by person"),
            (report.r2_within.full, f"with each {within(report)}'s mean taken out of both sides"),
        )
        if one is not None
    ]
    text = (
        "R² (variance-weighted over 1,434 coordinates, GroupKFold, mean and population standard deviation over "
        f"{report.folds or report.person_folds} folds; Pedregosa et al., 2011) was {', '.join(known)}."
    )
    if report.mae is not None and report.mae_percent is not None:
        text += (f" The mean absolute error of a coordinate was {report.mae:.4f} model units "
                 f"({report.mae_percent:.2f} % of the outer-canthal distance).")  # fmt: skip
    null = report.null
    if null is not None:
        text += (
            f" With the features of another recording at the same relative time ({null.draws} draws on "
            f"{null.frames:,} frames of {null.recordings:,} recordings) R² was {score(null.mean, 4)}, at most "
            f"{score(null.highest, 4)}; with the own features {score(null.r2, 4)} on the same frames "
            f"(p = {null.p:.3g})."
        )
    return [text]


def _pm(one: Any) -> str:
    return f"{score(one.mean, 4)} ± {score(one.sd, 4)}"


def names_of(report: FitReport) -> str:
    """The files of the fit, by their names."""
    paths = (report.model, report.card, report.atlas)
    return ", ".join(Path(path).name for path in paths if path)
