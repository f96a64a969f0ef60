"""The memory of a process."""

from __future__ import annotations

from pathlib import Path


def peak_mb(process: int | None) -> float | None:
    """Peak memory of a process, MB; None where the system does not report it (Linux does)."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next(round(int(line.split()[1]) / 1024, 1) for line in lines if line.startswith("VmHWM"))
