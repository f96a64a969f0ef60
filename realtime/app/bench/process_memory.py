"""The memory of a process."""

from __future__ import annotations

from pathlib import Path


def peak_mb(process: int | None) -> float | None:
    """Peak memory of a process, MB; None where the system does not report it (Linux does)."""
    return _status_mb(process, "VmHWM")


def resident_mb(process: int | None) -> float | None:
    """Memory of a process now, MB; None where the system does not report it."""
    return _status_mb(process, "VmRSS")


def _status_mb(process: int | None, key: str) -> float | None:
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next(round(int(line.split()[1]) / 1024, 1) for line in lines if line.startswith(key))
