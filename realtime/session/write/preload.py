"""Loads the libraries that the first row and the first picture of a recording need."""

from __future__ import annotations


def warm_up() -> None:
    """Import them now: it takes half a second, in which a running recording could drop frames."""
    import av  # noqa: F401
    import pyarrow as pa

    pa.array([0.0])  # imports pandas where that is installed
