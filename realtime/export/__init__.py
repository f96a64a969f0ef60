"""A recorded session as other programs' files.

import realtime.export, realtime.session

with realtime.session.open("anna-1") as session:
    realtime.export.to_fex(session, "anna-1-fex.csv")
"""

from realtime.export.cut import to_session
from realtime.export.tables import to_csv, to_fex, to_livelink, to_parquet

__all__ = ["to_csv", "to_fex", "to_livelink", "to_parquet", "to_session"]
