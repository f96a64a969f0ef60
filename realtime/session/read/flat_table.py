"""The table of a session as statistics programs like it: a number a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from realtime.core.types import N_LANDMARKS, Array
from realtime.session.read.arrow_nested import by_name, several
from realtime.session.schema import PARTS, PartInfo, columns, named

if TYPE_CHECKING:
    import pyarrow as pa

    from realtime.session.read.streams import StreamPart

_XYZ = ("x", "y", "z")
_POSE = ("pitch", "yaw", "roll")
_NAMED = ("emotions", "action_units", "blendshapes")
_SEVERAL = {"pose": _POSE, "translation": _XYZ}


def flat_table(parts: Sequence[StreamPart], excluded: Array, meshes: bool) -> pa.Table:
    """All rows of all parts; lists become columns of the list's name, a dot, and the entry's: "features.anger".

    `timestamp` is in seconds. `excluded` (rows,) bool is handed through. With `meshes`, those columns that are meshes
    stay lists of 478 * 3 numbers. What a part has no column for is null there.
    """
    import pyarrow as pa

    found, first = [], 0
    for part in parts:
        rows = slice(first, first := first + len(part))
        found.append(_of_part(part, excluded[rows], meshes))
    return pa.concat_tables(found, promote_options="default")


def _of_part(part: StreamPart, excluded: Array, meshes: bool) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    info, rows = part.info, len(part)
    names = _names(info)
    found: dict[str, pa.Array | pa.ChunkedArray] = {
        "timestamp": pa.array(part.times / 1e9),
        "part": pa.array([info.part] * rows, pa.int32()),
        "excluded": pa.array(excluded),
    }
    for at, model in enumerate(info.models):
        found[named("model", at)] = pa.array([model.name] * rows)
    for column in columns(info):
        type_ = column.type
        if column.name == "network":
            found |= _network(part, meshes)
        elif column.name == "identities" or (_is_mesh(type_) and not meshes):
            continue
        elif column.name in names:
            values = part.table.table.column(column.name).combine_chunks()
            for at, name in enumerate(names[column.name]):
                found[f"{column.name}.{name}"] = pc.list_element(values, at)
        else:
            found[column.name] = part.table.table.column(column.name)
    return pa.table(found)


def _names(info: PartInfo) -> Mapping[str, Sequence[str]]:
    """What the numbers of a list are called, by column."""
    found: dict[str, Sequence[str]] = {"blendshapes": info.blendshapes}
    for at, model in enumerate(info.models):
        of_model: dict[str, Sequence[str]] = {
            "rotation": [f"{row}{column}" for row in _XYZ for column in _XYZ],
            "translation": _XYZ, "given_pose": _POSE, "parts": PARTS, "features": model.features,
            "regions": model.regions, "regions_adjusted": model.regions,
        }  # fmt: skip
        found |= {named(name, at): entries for name, entries in of_model.items()}
    return found


def _network(part: StreamPart, meshes: bool) -> dict[str, pa.Array]:
    import pyarrow as pa

    found: dict[str, pa.Array] = {}
    for field in part.table.schema.field("network").type:
        name = field.name
        if name == "mesh" and not meshes:
            continue
        values = part.table.inside("network", name)
        if name in _NAMED:
            names, numbers = by_name(values)
        elif name in _SEVERAL:
            names, numbers = _SEVERAL[name], several(values, len(_SEVERAL[name]))
        else:
            found[f"network.{name}"] = values
            continue
        found |= {f"network.{name}.{one}": pa.array(numbers[:, at], from_pandas=True) for at, one in enumerate(names)}
    return found


def _is_mesh(type_: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_fixed_size_list(type_)) and type_.list_size == 3 * N_LANDMARKS
