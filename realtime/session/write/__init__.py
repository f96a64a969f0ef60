"""What is written while the mirror runs."""

from realtime.session.write.recorder import Recorder, is_video
from realtime.session.write.recording_clock import Timeline
from realtime.session.write.session_recorder import Booked

__all__ = ["Booked", "Recorder", "Timeline", "is_video"]
