"""Selects the rows of a session to export, and reads them in blocks of arrays."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from realtime.core.errors import UsageError
from realtime.core.types import EMOTIONS, N_LANDMARKS, Array
from realtime.model.names import canonical_name, is_feature_name
from realtime.session.read.flat_table import Faces, merged_order
from realtime.session.read.part import SessionPart
from realtime.session.read.session import Session
from realtime.session.schema import MOST_S, PartInfo, named

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_ROWS = 256


class Block:
    """Rows of neighbouring frames of one part as arrays; `model` counts from 0.

    With all `faces` a row is a face; a frame without any has one as well. Missing values are NaN, or None in lists.
    """

    def __init__(self, part: SessionPart, first: int, count: int, model: int, faces: Faces = "chosen") -> None:
        self.part = part
        self.model = model
        self._frames = np.arange(first, first + count, dtype=np.int64)
        self._table = part.table.table.slice(first, count)
        if faces == "all" and len(others := part.rows.others.between(first, first + count)):
            import pyarrow as pa

            order, self._frames = _with_others(part, first, count, others)
            self._table = pa.concat_tables([self._table, part.table.others.table.take(others)]).take(order)

    def __len__(self) -> int:
        return int(self._table.num_rows)

    @property
    def info(self) -> PartInfo:
        """The description of their part."""
        return self.part.info

    @property
    def rows(self) -> Array:
        """(n,) int64 number of the frame of each row: its row in the session."""
        found: Array = self._frames + self.part.first
        return found

    @property
    def has_model(self) -> bool:
        """Whether the part has this model."""
        return self.model < len(self.info.models)

    @property
    def names(self) -> list[str]:
        """The columns that the part has."""
        found: list[str] = self._table.column_names
        return found

    def column(self, name: str) -> Any:
        """A column as one pyarrow.Array."""
        found = self._table.column(name).combine_chunks()
        return found.chunk(0) if hasattr(found, "num_chunks") else found

    def numbers(self, name: str) -> Array:
        """(n,) float64; integers beyond 2^53 are rounded. Times are read by `seconds`."""
        numbers: Array = self.column(name).cast("float64", safe=False).to_numpy(zero_copy_only=False)
        return numbers

    def lists(self, name: str) -> Array:
        """(n, k) of a column of lists of k numbers, in their own type."""
        array = self.column(name)
        size = array.type.list_size
        values = array.values.to_numpy(zero_copy_only=False)[array.offset * size : (array.offset + len(array)) * size]
        found: Array = values.reshape(len(array), size)
        missing = array.is_null().to_numpy(zero_copy_only=False)
        if missing.any():
            found = found.copy()
            found[missing] = np.nan
        return found

    @cached_property
    def landmarks(self) -> Array:
        """(n, 478, 3) float32 pixels."""
        return self.lists("landmarks").reshape(-1, N_LANDMARKS, 3)

    @cached_property
    def times(self) -> Array:
        """(n,) float64 seconds on the session's clock."""
        found: Array = self.column("time_ns").to_numpy() / 1e9
        return found

    def seconds(self, stamps_ns: pa.Array) -> Array:
        """(n,) float64 seconds on the session's clock, of int64 times (n,) of the source's clock; NaN where null.

        Subtracted as integers: after 104 days a monotonic clock is beyond what a float64 holds to the nanosecond.
        """
        import pyarrow.compute as pc

        present = stamps_ns.is_valid().to_numpy(zero_copy_only=False)
        numbers = pc.fill_null(stamps_ns, 0).to_numpy(zero_copy_only=False)
        since = numbers - self.column("stamp_ns").to_numpy() + self.column("time_ns").to_numpy()
        return np.where(present, since / 1e9, np.nan)

    def seconds_of(self, name: str) -> Array:
        """The same of a column; NaN where the part does not have it."""
        return self.seconds(self.column(name)) if name in self.names else np.full(len(self), np.nan)

    def of_model(self, name: str) -> Array:
        """(n,) float64, a column of the block's model; NaN where the part has no such model."""
        return self.numbers(named(name, self.model)) if self.has_model else np.full(len(self), np.nan)

    @cached_property
    def network(self) -> dict[str, list[Any]]:
        """Outputs of py-feat's network by field, without its mesh; a value or None per row. Empty without it."""
        if not self.info.network:
            return {}
        import pyarrow.compute as pc

        array = self.column("network")
        fields = [field.name for field in array.type if field.name != "mesh"]
        return {name: pc.struct_field(array, name).to_pylist() for name in fields}

    @cached_property
    def blendshapes(self) -> tuple[list[dict[str, float]], list[str | None]]:
        """Blendshapes of each row by name, and their source: the tracker, else the network."""
        given: list[dict[str, float]] = [{} for _ in range(len(self))]
        sources: list[str | None] = [None] * len(self)
        for at, output in enumerate(self.network.get("blendshapes", ())):
            if output is not None:
                given[at], sources[at] = dict(output), "pyfeat"
        if self.info.blendshapes:
            for at, row in enumerate(self.lists("blendshapes").tolist()):
                if not math.isnan(row[0]):
                    given[at], sources[at] = dict(zip(self.info.blendshapes, row, strict=True)), "mediapipe"
        return given, sources

    @cached_property
    def emotions(self) -> tuple[Array, list[str | None], Array]:
        """(n, 7) in the order of EMOTIONS, their sources, and their times in seconds; the features of the model where
        those are emotions, else the network's outputs.
        """
        import pyarrow as pa

        features = self.info.models[self.model].features if self.has_model else ()
        if set(EMOTIONS) <= set(features):
            values = self.lists(named("features", self.model))[:, [features.index(name) for name in EMOTIONS]]
            sources: list[str | None] = self.column(named("feature_source", self.model)).to_pylist()
            return values, sources, self.seconds_of(named("feature_ns", self.model))
        values, sources = np.full((len(self), len(EMOTIONS)), np.nan), [None] * len(self)
        stamps: list[int | None] = [None] * len(self)
        for at, output in enumerate(self.network.get("emotions", ())):
            if output is not None:
                by_name = {canonical_name(name): value for name, value in output}
                values[at] = [by_name.get(name, np.nan) for name in EMOTIONS]
                sources[at], stamps[at] = "pyfeat", self.network["stamp_ns"][at]
        return values, sources, self.seconds(pa.array(stamps, pa.int64()))


class Selection:
    """An interval of a session, with the results of one of its models."""

    def __init__(
        self,
        session: Session,
        start_s: float | None = None,
        end_s: float | None = None,
        model: int = 1,
        faces: Faces = "chosen",
    ) -> None:
        """`start_s` is included, `end_s` is not; None: unlimited. `model` counts from 1. `faces`: those of a frame.

        Raises UsageError for an empty selection, or a model that no part has.
        """
        self.session = session
        self.model = model - 1
        self.faces = faces
        most = max(len(part.info.models) for part in session.parts)
        if not 1 <= model <= most:
            raise UsageError(f"--model {model}: the session was recorded with {most} model{'s' * (most > 1)}.")
        last = float(session.times.max()) / 1e9
        for name, seconds in (("--start", start_s), ("--end", end_s)):
            if seconds is not None and not 0 <= seconds <= MOST_S:
                raise UsageError(f"{name} {seconds:g}: not a time in a session, in seconds.")
        if start_s is not None and end_s is not None and end_s <= start_s:
            raise UsageError(f"--end {end_s:g}: must be after --start {start_s:g}.")
        self.start_ns: int | None = None if start_s is None else round(start_s * 1e9)
        self.end_ns: int | None = None if end_s is None else round(end_s * 1e9)
        cuts = ((part, *self._cut(part)) for part in session.parts)
        self.parts = tuple((part, first, count) for part, first, count in cuts if count)
        if not self.parts:
            raise UsageError(f"No frame between --start and --end: the session ends at {last:.3f} s.")
        self.excluded = session.excluded  # (rows of the session,) bool

    def __len__(self) -> int:
        """Frames."""
        return sum(count for _, _, count in self.parts)

    @cached_property
    def rows(self) -> int:
        """Rows of all blocks: frames, with all faces more where there are several in one."""
        if self.faces == "chosen":
            return len(self)
        others = [part.rows.others.between(first, first + count) for part, first, count in self.parts]
        return sum(len(_with_others(*cut, rows)[0]) for cut, rows in zip(self.parts, others, strict=True))

    def blocks(self, frames: int = BLOCK_ROWS) -> Iterator[Block]:
        """All rows in order, of so many frames at a time."""
        for part, first, count in self.parts:
            for at in range(first, first + count, frames):
                yield Block(part, at, min(frames, first + count - at), self.model, self.faces)

    @cached_property
    def action_units(self) -> tuple[str, ...]:
        """Names of the network's action units; empty without the network."""
        return self.named_outputs("action_units")

    @cached_property
    def network(self) -> bool:
        """Whether there are outputs of py-feat's network."""
        return bool(self.named_outputs("emotions"))

    @cached_property
    def blendshapes(self) -> tuple[str, ...]:
        """Names of the blendshapes of the tracker and the network; empty where neither has any."""
        names = [name for part, _, _ in self.parts for name in part.info.blendshapes]
        return tuple(
            name for name in dict.fromkeys([*names, *self.named_outputs("blendshapes")]) if is_feature_name(name)
        )

    @cached_property
    def emotion_sources(self) -> dict[str, int]:
        """Number of rows by source of the emotions."""
        counts = Counter(source for block in self.blocks() for source in block.emotions[1] if source is not None)
        return dict(counts.most_common())

    def named_outputs(self, field: str) -> tuple[str, ...]:
        """Names in a field of the network's outputs, of all parts."""
        names: dict[str, None] = {}
        for part, first, count in self.parts:
            if not part.info.network:
                continue
            others = part.rows.others.between(first, first + count) if self.faces == "all" else ()
            rows = chain(
                ((part.table, row) for row in range(first, first + count)),
                ((part.table.others, int(row)) for row in others),
            )
            for table, row in rows:  # the first output of a part has all names
                output = table.cell("network", row)
                if output is not None:
                    names |= dict.fromkeys(name for name, _ in output[field] or () if is_feature_name(name))
                    break
        return tuple(names)

    def _cut(self, part: SessionPart) -> tuple[int, int]:
        """First row and number of rows of a part in the interval; times of a damaged table may not increase."""
        times = np.maximum.accumulate(part.times)
        first = 0 if self.start_ns is None else int(np.searchsorted(times, self.start_ns))
        last = len(part) if self.end_ns is None else int(np.searchsorted(times, self.end_ns))
        return first, max(0, last - first)


def _with_others(part: SessionPart, first: int, count: int, others: Array) -> tuple[Array, Array]:
    """(n,) the order of the rows of these frames and, counted on behind them, those of `others` of a part: behind the
    chosen face, which is left out where it is not in the frame; and (n,) the frames of the rows in this order.
    """
    frames = np.arange(first, first + count, dtype=np.int64)
    other_frames = part.rows.others.frames[others]
    order = merged_order(frames, other_frames)
    absent = part.table.table.column("landmarks").slice(first, count).is_null().to_numpy()
    order = order[~np.isin(order, np.flatnonzero(absent & np.isin(frames, other_frames)))]
    return order, np.concatenate([frames, other_frames])[order]
