"""Numbers in words, the same in the window and on the terminal."""

from __future__ import annotations


def skill_sentence(skill: float, baseline_name: str | None) -> tuple[tuple[str, ...], bool]:
    """What a skill says, the longest wording first, and whether it is good news."""
    own = baseline_name == "own_neutral"
    if skill > 0:
        share = f"{100 * skill:.0f} %" if skill >= 0.01 else "less than 1 %"
        rest = "of the expression" if own else "of what the mean face leaves"
        return (f"The model explains {share} {rest}", f"explains {share} {rest}", f"explains {share}"), True
    than = "the subject's own neutral" if own else "the mean face"
    told = f"(skill {signed(skill, 2)})"
    short = "own neutral" if own else "the mean face"
    return (f"does no better than {than} {told}", f"no better than {short} {told}", f"skill {signed(skill, 2)}"), False


def signed(value: float, digits: int) -> str:
    """With its sign, a true minus, and no minus before a zero."""
    text = f"{value:+.{digits}f}"
    return f"{0:.{digits}f}" if float(text) == 0 else text.replace("-", "−")
