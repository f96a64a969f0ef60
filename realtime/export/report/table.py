"""Tables that sort in the page, and that become cards on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from realtime.export.report.markup import Child, Markup, tag

_DENSE = 9  # so many columns are set closer


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    unit: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, and by what its column is sorted where that is a number."""

    text: Child
    value: float | None = None
    style: str = ""  # "bad", "warn", "ok", "muted"


def table(
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell | str]],
    *,
    sortable: bool = True,
    strong: Sequence[int] = (),
    facts: bool = False,
    totals: Sequence[Sequence[Cell | str]] = (),
) -> Markup:
    """A table; `title` names it for a screen reader, the rows in `strong` are set apart.

    The first column names the rows. `facts`: two columns that need no names of their own on a phone. `totals` are rows
    of the whole, which stay below the others however these are sorted.
    """
    sorts = sortable and len(rows) > 1
    heads = [_head(column, sorts) for column in columns]
    body = (_row(columns, row, strong=number in strong) for number, row in enumerate(rows))
    foot = tag("tbody", (_row(columns, row, strong=not at) for at, row in enumerate(totals))) if totals else None
    made = tag(
        "table", tag("thead", tag("tr", heads)), tag("tbody", body), foot,
        class_=" ".join(name for name, so in (("cards", sorts), ("plain", not sorts), ("facts", facts),
                                              ("dense", len(columns) >= _DENSE)) if so), aria_label=title,
    )  # fmt: skip
    return tag("div", made, class_="tablewrap")


def _row(columns: Sequence[Column], row: Sequence[Cell | str], *, strong: bool) -> Markup:
    cells = (_cell(column, cell, first=not at) for at, (column, cell) in enumerate(zip(columns, row, strict=True)))
    return tag("tr", cells, class_="strong" if strong else None)


def _head(column: Column, sorts: bool) -> Markup:
    unit = tag("small", column.unit) if column.unit else None
    name = tag("button", column.title, type_="button") if sorts else column.title
    printed = column.title if sorts else None  # on paper there is no button
    return tag(
        "th", name, unit, scope="col", class_="number" if column.numeric else None,
        aria_sort="none" if sorts else None, data_title=printed,
    )  # fmt: skip


def _cell(column: Column, cell: Cell | str, *, first: bool) -> Markup:
    given = cell if isinstance(cell, Cell) else Cell(cell)
    styles = [given.style, "number" if column.numeric else "", "head" if first else "", "" if given.text else "empty"]
    value = given.value if given.value is not None and isfinite(given.value) else None
    return tag(
        "td", given.text, class_=" ".join(filter(None, styles)) or None, data_label=column.title,
        data_value=None if value is None else repr(float(value)),
    )  # fmt: skip
