"""What is known of a calibrated neutral besides its mesh: whose it is, from when, and what the face looked like."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from realtime.core.printable import printable

MOST_NAME = 100  # characters of a person's name

FindingKind = Literal[
    "closed_eyes", "expression", "head_turned", "head_turning", "mouth_hidden", "open_mouth", "several_faces", "smile",
    "talking",
]  # fmt: skip
FINDING_KINDS: tuple[FindingKind, ...] = get_args(FindingKind)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the frames of a calibration for which the face was not at rest, or not alone."""

    kind: FindingKind
    text: str  # a sentence for people, with both numbers and without a full stop
    value: float  # as it was measured
    limit: float  # what it is compared with
    unit: str

    @property
    def name(self) -> str:
        """The kind in words: "open mouth"."""
        return self.kind.replace("_", " ")

    def as_json(self) -> dict[str, Any]:
        """The finding as JSON has it."""
        return {name: getattr(self, name) for name in ("kind", "text", "value", "limit", "unit")}


@dataclass(frozen=True, slots=True)
class NeutralInfo:
    """The origin of a neutral."""

    taken: str  # when it was complete: ISO 8601, "2026-11-28T20:50:00.000+00:00"
    tracker: str  # of its landmarks: "openvino", "task" or "bundled"
    person: str = ""  # empty: not named
    findings: tuple[Finding, ...] = ()
    saved: bool = False  # it was read from the file of the person, and not measured in this run
    repeatability_nme: float | None = None  # of that tracker, % of the outer-canthal distance; None: not known


def not_at_rest(findings: Sequence[Finding]) -> str:
    """What was found, in a few words; empty where nothing was."""
    return f"not at rest: {', '.join(finding.name for finding in findings)}" if findings else ""


def findings_of(tree: Sequence[Any]) -> tuple[Finding, ...]:
    """Findings from JSON. Raises ValueError for what `Finding.as_json` does not give."""
    found = []
    for one in tree:
        if not isinstance(one, dict) or set(one) != {"kind", "text", "value", "limit", "unit"}:
            raise ValueError("a finding has kind, text, value, limit and unit")
        texts, numbers = (one["kind"], one["text"], one["unit"]), (one["value"], one["limit"])
        if not all(isinstance(text, str) for text in texts) or one["kind"] not in FINDING_KINDS:
            raise ValueError("a finding's kind, text or unit is no text that is known")
        if not all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in numbers):
            raise ValueError("a finding's value or limit is no number")
        found.append(Finding(one["kind"], one["text"], float(one["value"]), float(one["limit"]), one["unit"]))
    return tuple(found)


def person_name(text: str) -> str:
    """A person's name as it is kept: composed Unicode, without space around it.

    Raises ValueError, with the reason: empty, too long, control characters.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise ValueError("a name is empty")
    if len(name) > MOST_NAME:
        raise ValueError(f"a name has at most {MOST_NAME} characters, this one has {len(name):,}")
    if printable(name) != name or any(sign in name for sign in "\t\n"):
        raise ValueError("a name has no control characters")
    return name
