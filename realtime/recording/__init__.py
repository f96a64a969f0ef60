"""What is written while the mirror runs."""

from realtime.recording.clock import Timeline
from realtime.recording.recorder import Recorder, is_video
from realtime.recording.session import Booked

__all__ = ["Booked", "Recorder", "Timeline", "is_video"]
