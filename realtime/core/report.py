"""The base of what a command reports: a frozen value whose every field has a type, a description and a unit."""

from __future__ import annotations

from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, model_validator

from realtime.core.printable import valid_tree

FRAMES = "frames"
PERCENT = "% of the outer-canthal distance"  # the unit of distances between meshes


class HasJson(Protocol):
    """Anything that `--json` can print."""

    def to_json(self) -> dict[str, Any]:
        """The JSON object: numbers, texts, lists and objects only."""
        ...


class Report(BaseModel):
    """A report; the fields are the keys of its JSON object, in their order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _valid_texts(cls, values: Any) -> Any:
        """Names of files may be no Unicode; a report and its JSON are."""
        return valid_tree(values)

    def to_json(self) -> dict[str, Any]:
        """The JSON object: numbers, texts, lists and objects only."""
        return self.model_dump(mode="json")


class SparseReport(Report):
    """A report whose JSON object has the keys of those fields only that were given."""

    def to_json(self) -> dict[str, Any]:
        """The JSON object, without the fields that were not given."""
        return self.model_dump(mode="json", exclude_unset=True)


def described(text: str, unit: str | None = None) -> Any:
    """Description and unit of a field, for `Annotated`; both are in the JSON schema. Without a unit it has none."""
    return Field(description=text, json_schema_extra=None if unit is None else {"unit": unit})
