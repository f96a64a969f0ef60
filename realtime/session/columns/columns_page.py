"""The tables of columns in docs/sessions.md, made from the declarations.

`python -m realtime.session.columns.columns_page docs/sessions.md` writes them into the page, between its two markers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from realtime.session.columns.frame_columns import FRAME_COLUMNS, LAST_COLUMNS
from realtime.session.columns.identity_fields import IDENTITY_FIELDS, NEUTRAL_FIELDS
from realtime.session.columns.model_columns import MODEL_COLUMNS
from realtime.session.columns.network_fields import NETWORK_FIELDS
from realtime.session.columns.pose_response_fields import POSE_RESPONSE_FIELDS
from realtime.session.columns.spec import NO_UNIT, PYFEAT_FRAME, ColumnSpec, Privacy

BEGIN = "<!-- Columns: made by `python -m realtime.session.columns.columns_page docs/sessions.md` -->"
END = "<!-- End of the columns -->"

_TYPES = {
    "int32": "integer", "int64": "integer", "float": "number", "double": "number", "bool": "yes or no",
    "string": "text", "map": "numbers by name", "struct": "structure", "structs": "list of structures",
}  # fmt: skip
_ANONYMOUS = {Privacy.KEPT: "kept", Privacy.RECOMPUTED: "computed again", Privacy.REMOVED: "removed"}


def columns_page() -> str:
    """Markdown of all columns and of the fields of the structured ones."""
    return "\n\n".join(
        [
            "Of a frame and its face:",
            _table(FRAME_COLUMNS),
            "Of each model:",
            _table(MODEL_COLUMNS),
            "Of the session, behind the columns of the models:",
            _table(LAST_COLUMNS),
            "Fields of `network`, in py-feat's conventions:",
            _table(NETWORK_FIELDS),
            "Fields of each of the `identities`:",
            _table(IDENTITY_FIELDS),
            "Fields of each of the `neutrals`:",
            _table(NEUTRAL_FIELDS),
            "Fields of each of the `pose_responses`:",
            _table(POSE_RESPONSE_FIELDS),
        ]
    )


def with_columns(page: str) -> str:
    """The page with the tables of today between its markers. Raises ValueError where it lacks them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"The page has no '{BEGIN}' followed by '{END}'.")
    return f"{before}{BEGIN}\n\n{columns_page()}\n\n{END}{after}"


def _table(specs: Iterable[ColumnSpec[Any]]) -> str:
    lines = ["| column | type | unit | meaning | `--anonymous` |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| `{spec.name}` | {_type(spec)} | {'-' if spec.unit == NO_UNIT else spec.unit} | {_meaning(spec)} "
        f"| {'by field' if spec.kind == 'struct' else _ANONYMOUS[spec.privacy]} |"
        for spec in specs
    ]
    return "\n".join(lines)


def _type(spec: ColumnSpec[Any]) -> str:
    if spec.is_mesh:
        return "mesh"
    if spec.entries and not spec.shape:
        return "numbers by name"
    if spec.shape:
        return f"{' x '.join(map(str, spec.shape))} numbers"
    return _TYPES[spec.kind]


def _meaning(spec: ColumnSpec[Any]) -> str:
    parts = [spec.description, spec.details]
    if isinstance(spec.entries, tuple) and spec.entries and not spec.shape:
        parts.append(", ".join(spec.entries))
    if spec.frame and spec.frame != PYFEAT_FRAME:  # of all fields of the network, as their heading says
        parts.append(f"({spec.frame})")
    text = "; ".join(part for part in parts if part)
    return text.replace("; (", " (").replace("|", "\\|")


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_columns(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
