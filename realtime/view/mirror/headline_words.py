"""The sentences of the headline, each from long to short. A wording alternates between plain text and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from realtime.core.neutral import Finding, FindingKind
from realtime.core.types import EMOTIONS
from realtime.core.wording import FROM_LANDMARKS
from realtime.view.mirror.movement_shares import MovementShares

Wording = tuple[str, ...]  # plain, number, plain, number ...; a number stands in another colour

NOT_CALIBRATED: tuple[Wording, ...] = (
    ("Much of this difference is simply who you are.",),
    ("Much of this is who you are.",),
    ("Not calibrated.",),
)
REST: tuple[Wording, ...] = (("Rest your face.",), ("Rest.",))
REVIEW: tuple[Wording, ...] = (("Is this your face at rest?",), ("At rest?",))
FAILED: tuple[Wording, ...] = (("That did not work. Once more?",), ("Once more?",))
WORSE: tuple[Wording, ...] = (
    ("Right now your face at rest would be the better guess.",),
    ("Your face at rest would be the better guess.",),
    ("Worse than your face at rest.",),
    ("Worse than rest.",),
)
AT_REST: tuple[Wording, ...] = (
    ("Your face is at rest: there is nothing to predict.",),
    ("Your face is at rest.",),
    ("At rest.",),
)
SETTLING: tuple[Wording, ...] = (("Now move your face.",), ("Now move.",))
WAITING: tuple[Wording, ...] = (("Waiting for your emotions.",), ("Waiting.",))
NO_FACE: tuple[Wording, ...] = (("No face in the picture.",), ("No face.",))
LOST: tuple[Wording, ...] = (("The source is lost.",), ("Lost.",))
OPENING: tuple[Wording, ...] = (("Opening the source.",), ("Opening.",))
ENDED: tuple[Wording, ...] = (("The source has ended.",), ("Ended.",))
TURNED: tuple[Wording, ...] = (("Turned too far to tell.",), ("Turned too far.",), ("Turned.",))

# Of a face among several, where there is room for few words.
BRIEF_NOT_CALIBRATED = ("no neutral yet", "no neutral")
BRIEF_WAITING = ("measuring",)
BRIEF_AT_REST = ("at rest",)
BRIEF_NOTHING = ("next to nothing", "0 %")
BRIEF_WORSE = ("worse than at rest", "worse")

_HIDDEN = "mouth not seen"  # its numbers are a likeness in no unit, which a person cannot act on
# By how a reason of `Validity` begins; the head's angles are turned heads.
_UNUSABLE: tuple[tuple[tuple[str, ...], tuple[Wording, ...]], ...] = (
    (("yaw", "pitch", "roll", "turned"), TURNED),
    (("face too small",), (("Too far away to tell.",), ("Too far away.",))),
    (("face cut off",), (("Partly outside the picture.",), ("Cut off.",))),
    ((_HIDDEN,), (("Something hides your mouth.",), ("Mouth hidden.",))),
)
_NOT_MEASURED: tuple[Wording, ...] = (("This face cannot be measured.",), ("Not measured.",))

_FOUND: dict[FindingKind, str] = {
    "smile": "That looks like a smile.",
    "expression": "That looks like an expression.",
    "open_mouth": "Your mouth was open.",
    "closed_eyes": "Your eyes were closed.",
    "talking": "You were talking.",
    "head_turned": "Your head was turned.",
    "head_turning": "Your head was moving.",
    "mouth_hidden": "Something hid your mouth.",
    "several_faces": "You were not alone.",
}
_SMILE = "With a smile in your rest face, every later smile would measure too small. Try again?"


_NOTHING = 0.005  # a share that rounds to 0 %


def percent(share: float) -> str:
    """A share that is said: never below 0, since what is worse than rest is a sentence of its own."""
    return f"{signed_percent(max(0.0, share))}"


def signed_percent(share: float) -> str:
    """A share on the bar: "31 %", "−14 %"."""
    return f"{round(100 * share)} %".replace("-", "−")


def unusable(reasons: Sequence[str]) -> tuple[Wording, ...]:
    """Why a face that is there cannot be judged, by the first of the reasons."""
    for beginnings, wordings in _UNUSABLE:
        if reasons and reasons[0].startswith(beginnings):
            return wordings
    return _NOT_MEASURED


def failed(outcome: str) -> tuple[str, ...]:
    """ "Calibration failed: KIND: NUMBERS; ADVICE." in ever fewer words; why stays longer than that it failed."""
    what, _, why = outcome.rstrip(".").partition(": ")
    why = why.partition(";")[0]
    shorter = (why, why.partition(":")[0])
    return outcome, *(f"{text[:1].upper()}{text[1:]}." for text in dict.fromkeys(shorter) if text), what


def why_unusable(reason: str) -> str:
    """A reason of `Validity` for a person who is to do something about it."""
    return "the picture shows no mouth where one should be" if reason.startswith(_HIDDEN) else reason


def found(findings: Sequence[Finding]) -> tuple[tuple[Wording, ...], tuple[str, ...]]:
    """Why a neutral may be none: the first finding as a sentence, and what follows from all of them."""
    first = findings[0]
    also = "" if len(findings) == 1 else f" Also: {', '.join(finding.name for finding in findings[1:])}."
    what = _SMILE if first.kind == "smile" else "Whatever your rest face does counts in every later number. Try again?"
    return ((_FOUND[first.kind],), (f"{first.name.capitalize()}.",)), (f"{what}{also}", what, "Try again?")


def _noun(values: Mapping[str, float]) -> str:
    """What the features of a model are called."""
    names = [name for name in values if not name.startswith("_")]
    if any(name in EMOTIONS for name in names):
        return "emotions"
    return "action units" if all(name.startswith("AU") for name in names) else "blendshapes"


def predicted(shares: MovementShares, values: Mapping[str, float]) -> tuple[Wording, ...]:
    """The number of one model; `values` are its features."""
    number = percent(shares.headline)
    if shares.fitted:
        return (
            ("At best ", number, " could be predicted (fitted to this face)."),
            ("At best ", number, " could be predicted (fitted)."),
            ("At best ", number, " (fitted)."),
            ("At best ", number),
            ("", number),
        )
    noun = _noun(values)
    if shares.headline < _NOTHING:  # also below zero, as long as that is not said: a bare 0 % beside a negative bar
        return (
            (f"Your {noun} predict ", "next to nothing", " of how your face moves."),
            (f"Your {noun} predict ", "next to nothing", "."),
            ("", "next to nothing"),
        )
    if shares.source == FROM_LANDMARKS:  # computed from the landmarks of the mesh that is predicted: no second witness
        return (
            (f"The same landmarks' {noun} reproduce ", number, " of how your face moves."),
            (f"{noun.capitalize()} reproduce ", number),
            ("", number),
        )
    return (
        (f"Your {noun} predict ", number, " of how your face moves."),
        (f"Your {noun} predict ", number),
        (f"{noun.capitalize()} predict ", number),
        ("", number),
    )


def predicted_by(models: Sequence[tuple[str, str, MovementShares]]) -> tuple[Wording, ...]:
    """The numbers of several models: of each its name, its name in short, and its shares."""
    fitted = all(shares.fitted for _, _, shares in models)
    begin, of = ("At best ", " of the movement in ") if fitted else ("Emotions predict ", " of the movement in ")
    ends = [*[", "] * (len(models) - 2), ", and ", "."]
    wordings = []
    for which in (0, 1):
        parts: list[str] = [begin]
        for at, (model, end) in enumerate(zip(models, ends, strict=True)):
            parts += [percent(model[2].headline), f"{of if at == 0 else ' in '}{model[which]}{end}"]
        wordings.append(tuple(parts))
    short: list[str] = [""]
    for at, (_, _, shares) in enumerate(models):
        short += [percent(shares.headline), "" if at == len(models) - 1 else " and "]
    return (*wordings, tuple(short))
