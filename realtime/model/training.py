"""The recordings on which a model was fit, by their content, as its file has them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from realtime.model.linear import LinearMeshModel

TRAINED_ON = "recordings_sha256"  # in the metadata
_DIGITS = 16  # of each SHA-256: 64 bits tell recordings apart, and 20,000 of them fit into the text of a file
_MOST = 20_000
_HEX = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")


def training_contents(hashes: Iterable[str]) -> list[str] | None:
    """What a file keeps of the SHA-256 (hex) of the recordings that a model is fit on, sorted; None of too many."""
    found = sorted({one[:_DIGITS] for one in hashes})
    return found if found and len(found) <= _MOST else None


def trained_on(model: LinearMeshModel) -> frozenset[str] | None:
    """The recordings of a model as `training_contents` gave them; None where its file does not say."""
    found = model.metadata.get(TRAINED_ON)
    if not isinstance(found, list) or not all(isinstance(one, str) and _HEX.fullmatch(one) for one in found):
        return None
    return frozenset(found)


def was_trained_on(model: LinearMeshModel, sha256: str) -> bool | None:
    """Whether the model was fit on a recording of this content; None where its file does not say."""
    known = trained_on(model)
    return None if known is None else sha256[:_DIGITS] in known
