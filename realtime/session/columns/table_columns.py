"""The columns of one part's table, as Arrow has them."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from realtime.core.errors import DamagedError, SessionError
from realtime.core.types import Array
from realtime.session.columns.frame_columns import FRAME_COLUMNS, LAST_COLUMNS
from realtime.session.columns.model_columns import MODEL_COLUMNS
from realtime.session.columns.session_row import SessionRow
from realtime.session.columns.spec import ColumnSpec
from realtime.session.schema import METADATA, MOST_NS, MOST_STAMP_NS, PartInfo, check_version, named
from realtime.session.strict_json import parse_as, parse_json

if TYPE_CHECKING:
    import pyarrow as pa

# Columns without nulls, and as "column.field" the fields that a structure has wherever it is itself there.
NEVER_NULL = tuple(
    name
    for spec in (*FRAME_COLUMNS, *LAST_COLUMNS)
    for name in (
        *([spec.name] if spec.never_null else []),
        *(f"{spec.name}.{field.name}" for field in spec.fields if field.never_null),
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class TableColumn:
    """A declared column in the table of a part."""

    spec: ColumnSpec[Any]
    name: str  # with the ending of a second or third model
    model: int | None  # number of the model, from 0; None for a column of the frame
    entries: tuple[str, ...]  # names of an array's numbers
    type: Any  # pyarrow.DataType

    def cell(self, row: SessionRow) -> Any:
        """What the row has there."""
        if self.name in row.cells:
            return row.cells[self.name]
        if self.model is None:
            return self.spec.cell(self.spec.read(row), self.entries)
        return self.spec.cell(self.spec.read(row.models[self.model]), self.entries) if row.models else None


def table_columns(part: PartInfo) -> tuple[TableColumn, ...]:
    """The columns of a part's table, in order.

    A file of an earlier program lacks those that are not `required`, one of an earlier version those that are younger.
    """

    def columns(specs: Sequence[ColumnSpec[Any]], model: int | None) -> list[TableColumn]:
        number = model or 0
        return [
            TableColumn(
                spec, named(spec.name, number), model, spec.entry_names(part, number),
                arrow_type(spec, spec.cell_shape(part, number)),
            )
            for spec in specs
            if spec.present(part)
        ]  # fmt: skip

    found = columns(FRAME_COLUMNS, None)
    for model in range(len(part.models)):
        found += columns(MODEL_COLUMNS, model)
    return (*found, *columns(LAST_COLUMNS, None))


def time_limits(part: PartInfo) -> dict[str, int]:
    """The columns of times, and fields of structures as "column.field", with the largest valid magnitude in ns."""
    found = {"time_ns": MOST_NS, "stamp_ns": MOST_STAMP_NS}
    for column in table_columns(part):
        if column.spec.stamp:
            found[column.name] = MOST_STAMP_NS
        if column.spec.kind == "struct":
            found |= {f"{column.name}.{field.name}": MOST_STAMP_NS for field in column.spec.fields if field.stamp}
    return found


def list_lengths(part: PartInfo) -> dict[str, int]:
    """The lists in structures, as "column.field", with their lengths; format 1 has them as lists of any length."""
    return {
        f"{column.name}.{field.name}": prod(field.shape)
        for column in table_columns(part)
        if column.spec.kind == "struct"
        for field in column.spec.fields
        if field.shape
    }


def arrow_type(spec: ColumnSpec[Any], shape: tuple[int, ...]) -> pa.DataType:
    """The type of a column whose cells have this shape."""
    import pyarrow as pa

    if spec.fields:
        structure = pa.struct({field.name: _field_type(field) for field in spec.fields})
        return structure if spec.kind == "struct" else pa.list_(structure)
    single = pa.type_for_alias(spec.kind)
    return pa.list_(single, prod(shape)) if shape or spec.entries else single


def _field_type(field: ColumnSpec[Any]) -> pa.DataType:
    """The type of a field of a structure; format 1 has its arrays as lists of any length."""
    import pyarrow as pa

    if field.kind == "map":
        return pa.map_(pa.string(), pa.float64())
    single = pa.type_for_alias(field.kind)
    return pa.list_(single) if field.shape else single


def table_schema(part: PartInfo, without: Container[str] = ()) -> pa.Schema:
    """The schema of a part's table, with its description; columns `without` are left out."""
    import pyarrow as pa

    fields = [pa.field(column.name, column.type) for column in table_columns(part) if column.name not in without]
    return pa.schema(fields, metadata={METADATA: part.model_dump_json().encode()})


def read_part_info(schema: pa.Schema, path: Path) -> PartInfo:
    """A part's description, from its table's schema.

    Raises SessionError where there is none, NewerFormatError, and DamagedError where the columns do not fit it.
    """
    text = (schema.metadata or {}).get(METADATA)
    if text is None:
        raise SessionError(f"{path}: this is no table of a session.")
    try:
        tree = parse_json(text)
        check_version(tree.get("version") if isinstance(tree, dict) else None, path)
        part = parse_as(PartInfo, tree)
    except ValueError as error:
        raise DamagedError(f"{path}: damaged: the description of its columns cannot be read: {error}.") from error
    for column in table_columns(part):
        found = schema.get_all_field_indices(column.name)  # by name: other names of a damaged file may be no text
        if not found and (not column.spec.required or column.spec.since > part.version):
            continue
        if len(found) != 1 or schema.field(found[0]).type != column.type:
            raise DamagedError(f"{path}: damaged: column '{column.name}' is missing, there twice or of another type.")
    for names in (part.blendshapes, *(model.features for model in part.models)):
        if len(set(names)) < len(names):
            raise DamagedError(f"{path}: damaged: a feature or blendshape of its description occurs twice.")
    return part


def _dtype(number: pa.DataType) -> np.dtype[Any]:
    """numpy's type of a number of Arrow's. Not `to_pandas_dtype`, which fails where pandas is not installed."""
    import pyarrow as pa

    kind = "f" if pa.types.is_floating(number) else "i" if pa.types.is_signed_integer(number) else "u"
    return np.dtype(f"{kind}{number.bit_width // 8}")


def arrow_array(cells: Sequence[Any], type_: pa.DataType) -> pa.Array:
    """The cells of a column; those of an array type are arrays of its size in any shape, or None."""
    import pyarrow as pa

    if not pa.types.is_fixed_size_list(type_):
        return pa.array(cells, type_)
    numbers: Array = np.zeros((len(cells), type_.list_size), _dtype(type_.value_type))
    missing = np.array([cell is None for cell in cells])
    for row, cell in zip(numbers, cells, strict=True):
        if cell is not None:
            row[:] = np.ravel(cell)
    mask = pa.array(missing) if missing.any() else None
    return pa.FixedSizeListArray.from_arrays(pa.array(numbers.ravel()), type=type_, mask=mask)
