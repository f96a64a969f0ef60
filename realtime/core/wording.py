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


def clock(seconds: float) -> str:
    """A moment of a recording, to the hundredth: "0:12.43", "1:02:03.40"."""
    hundredths = round(max(seconds, 0.0) * 100)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    ahead = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{ahead}:{rest // 100:02d}.{rest % 100:02d}"


def times(speed: float) -> str:
    """How many times as fast as it was: "1×", "0.25×"."""
    return f"{speed:.3g}×"


# Facial Action Coding System (Ekman & Friesen); those of py-feat's models.
ACTION_UNITS = {
    "AU01": "inner brow raiser",
    "AU02": "outer brow raiser",
    "AU04": "brow lowerer",
    "AU05": "upper lid raiser",
    "AU06": "cheek raiser",
    "AU07": "lid tightener",
    "AU09": "nose wrinkler",
    "AU10": "upper lip raiser",
    "AU11": "nasolabial deepener",
    "AU12": "lip corner puller",
    "AU14": "dimpler",
    "AU15": "lip corner depressor",
    "AU17": "chin raiser",
    "AU20": "lip stretcher",
    "AU23": "lip tightener",
    "AU24": "lip pressor",
    "AU25": "lips part",
    "AU26": "jaw drop",
    "AU28": "lip suck",
    "AU43": "eyes closed",
}
