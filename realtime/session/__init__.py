"""The recorded session: format, writing, reading, recovery. Knows results, not who computed them; no GL, no device.

import realtime.session

with realtime.session.open("anna-1") as session:
    for row in range(len(session)):
        session[row].landmarks, session.picture(row)
"""

from realtime.session.read.session import Session
from realtime.session.read.session import open_session as open  # noqa: A004

__all__ = ["Session", "open"]
