"""A summary of a session in a few lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from realtime.session.folder import SessionInfo
from realtime.session.read.streams import StreamPart
from realtime.session.schema import named

_MOST_FEATURES = 8
_MOST_NOTES = 10
_MOST_LETTERS = 300  # of a line


def describe_session(
    folder: Path, info: SessionInfo | None, parts: Sequence[StreamPart], seconds: float, notes: Sequence[str]
) -> str:
    """Name, length, rows, source, models, origin of the features, recorded streams, faults.

    `seconds` is the length of the session; `notes` lists what is missing or wrong.
    """
    minutes, seconds = divmod(seconds, 60)
    length = f"{minutes:.0f} min {seconds:.0f} s" if minutes else f"{seconds:.1f} s"
    lines = [
        f"Session {folder.absolute().name!r}: {length}, {sum(map(len, parts))} rows"
        + (f" in {len(parts)} parts" if len(parts) > 1 else ""),
        f"  source    {'; '.join(dict.fromkeys(map(_source, parts)))}",
        f"  tracker   {'; '.join(dict.fromkeys(part.info.tracker or 'unknown' for part in parts))}",
        f"  models    {'; '.join(dict.fromkeys(', '.join(m.name for m in part.info.models) for part in parts))}",
        f"  features  {'; '.join(dict.fromkeys(map(_features, parts)))}",
        f"  range     {_range(parts)}",
        f"  kept      {_kept(parts)}",
    ]
    if info is not None and info.created:
        state = {"closed": "", "recording": ", not closed", "recovered": ", recovered"}[info.state]
        lines.insert(1, f"  recorded  {info.created[:16].replace('T', ' ')}{state}")
    all_notes = [*(info.notes if info is not None else ()), *notes]
    lines += [f"  note      {note}" for note in all_notes[:_MOST_NOTES]]
    if len(all_notes) > _MOST_NOTES:
        lines.append(f"            and {len(all_notes) - _MOST_NOTES} more")
    return "\n".join(map(_shown, lines))


def _shown(line: str) -> str:
    """A line without control characters, which a terminal would interpret: names come from an untrusted file."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in line[:_MOST_LETTERS])
    return plain + ("..." if len(line) > _MOST_LETTERS else "")


def _source(part: StreamPart) -> str:
    width, height = part.info.image_size
    return f"{part.info.source}, {width}x{height}"


def _features(part: StreamPart) -> str:
    """Features of the first model, and their sources."""
    names = part.info.models[0].features
    more = f" and {len(names) - _MOST_FEATURES} more" if len(names) > _MOST_FEATURES else ""
    sources = part.table.table.column(named("feature_source", 0)).unique().drop_null().to_pylist()
    return f"{', '.join(names[:_MOST_FEATURES])}{more} (from {', '.join(sources) or 'nowhere'})"


def _range(parts: Sequence[StreamPart]) -> str:
    """Rows in the models' range, and amber ones among them."""

    def count(name: str) -> int:
        return sum(part.table.table.column(name).to_pylist().count(True) for part in parts if part.table.has(name))

    known = any(part.table.has("amber") for part in parts)
    amber = f"{count('amber')} of them amber (head turned: pose and expression are not told apart)"
    return f"{count('valid')} rows in the models' range, {amber if known else 'which are amber was not recorded'}"


def _kept(parts: Sequence[StreamPart]) -> str:
    names = {"camera": "camera's pictures", "view": "window's pictures"}
    kept = [
        text
        for name, text in names.items()
        if any((part.camera if name == "camera" else part.view) is not None for part in parts)
    ]
    return ", ".join(["table", *kept])
