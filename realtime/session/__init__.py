"""Recorded sessions, and the files that they and single pictures are.

import realtime.session

with realtime.session.open("anna-1") as session:
    for row in range(len(session)):
        session[row].landmarks, session.picture(row)
"""

from realtime.session.read.session import Session
from realtime.session.read.session import open_session as open  # noqa: A004

__all__ = ["Session", "open"]
