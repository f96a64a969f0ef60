"""Recording: what is written while the mirror runs."""

from realtime.session.write.recorder import Recorder
from realtime.session.write.recording_clock import Timeline
from realtime.session.write.session_parts import FrameRecord

__all__ = ["FrameRecord", "Recorder", "Timeline"]
