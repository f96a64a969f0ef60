"""The error by what the frames are like: head pose, size of the face, part of the recording."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.core.compare_scores import ComparedScores, Slice
from realtime.export.report.compare.common import LOWEST_SKILL, percent_nme, skill_axis, skill_name, words
from realtime.export.report.compare.lines_section import values_of
from realtime.export.report.dot_chart import Axis, DotMark, DotRow, axis_over, dot_chart
from realtime.export.report.figure import Caption, Figure
from realtime.export.report.legend import legend
from realtime.export.report.number_text import percent, score


def slices_figure(scores: ComparedScores) -> Figure | None:
    """None where no frames were sliced, or no slice has a skill."""
    found = [one for one in scores.slices if one.skill is not None and one.frames > 0]
    if len(found) < 2:
        return None
    rows = [_row(one) for one in found]
    low, high = axis_over(values_of(rows), 1.0, LOWEST_SKILL)
    return Figure(
        "slices-figure", "By head pose, size of the face and part of the recording",
        dot_chart("Skill: " + "; ".join(f"{row.group}, {row.label}: {row.text}" for row in rows),
                  Axis(skill_axis(scores), skill_name(scores), low, high, columns=("frames",)), rows),
        Caption(
            "The frames divided three times: by the larger angle of the head, by the size of the face in the picture, "
            "by the part of their recording.",
            "Rows of one group beside each other: the score holds for all of these frames.",
            "Turned or small faces far to the left: the score is one of the others. Later parts worse: the neutral "
            "drifts.",
            words(_advice(found)),
        ),
        legend(("dot", "as delivered"), ("open gain", "with gain"), ("diamond floor", "floor")),
    )  # fmt: skip


def _row(one: Slice) -> DotRow:
    marks = [DotMark(one.skill_with_gain, "gain", "open")] if one.skill_with_gain is not None else []
    marks += [DotMark(one.floor_skill, "floor", "diamond")] if one.floor_skill is not None else []
    nme = one.nme_adjusted if one.nme_adjusted is not None else one.nme
    return DotRow(one.name, one.skill, score(one.skill), note=f"NME {percent_nme(nme)} %", marks=tuple(marks),
                  group=one.by.capitalize(), columns=(f"{one.frames:,}",))  # fmt: skip


def _advice(found: Sequence[Slice]) -> str:
    """About the slice that is farthest below the others of its kind."""
    gaps = []
    for one in found:
        best = max(other.skill or 0.0 for other in found if other.by == one.by)
        gaps.append((best - (one.skill or 0.0), one))
    gap, worst = max(gaps, key=lambda pair: pair[0])
    if gap < 0.1:
        return "Nothing: no slice is more than 0.10 below the best of its kind."
    total = sum(one.frames for one in found if one.by == worst.by)
    share = percent(worst.frames / max(total, 1), 0)
    which = f"'{worst.name}' ({worst.by}, {share} of the frames)"
    return f"Say that {which} scores {score(gap)} less than the best of its kind."
