"""The recorded session: format, writing, reading, recovery. Knows results, not who computed them; no GL, no device.

import realtime.session

with realtime.session.open("anna-1") as session:
    for row in range(len(session)):
        session[row].landmarks, session.picture(row)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realtime.session.read.session import Session
    from realtime.session.read.session import open_session as open  # noqa: A004
    from realtime.session.read.timeseries import MISSING

__all__ = ["MISSING", "Session", "open"]
_NAMES = {"MISSING": "MISSING", "Session": "Session", "open": "open_session"}


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'realtime.session' has no attribute '{name}'")
    from realtime.session.read import session, timeseries

    return getattr(timeseries if name == "MISSING" else session, _NAMES[name])
