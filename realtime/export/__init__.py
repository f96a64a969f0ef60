"""What is written for others: tables, videos, figures. Reads sessions and models, never a device.

import realtime.export, realtime.session

with realtime.session.open("anna-1") as session:
    realtime.export.to_fex(session, "anna-1-fex.csv")
"""

from realtime.export.tables.formats import to_csv, to_fex, to_livelink, to_parquet
from realtime.export.trim import to_session

__all__ = ["to_csv", "to_fex", "to_livelink", "to_parquet", "to_session"]
