"""What the first row and the first picture of a recording load."""

from __future__ import annotations


def warm_up() -> None:
    """Load it now: it takes half a second, and what a recording is given meanwhile could be lost."""
    import av  # noqa: F401
    import pyarrow as pa

    pa.array([0.0])  # looks for pandas
