"""Where frames come from: cameras, files, addresses, pictures, all read the same way. No GL, no mediapipe.

    with open_source("clip.mp4") as source:
        for frame in source:
            ...

A live source delivers its newest frame, the others every frame. cv2 and av are imported when a source needs them.
"""

from realtime.capture.camera import CameraListing, list_cameras, reconfigure
from realtime.capture.live_source import LiveReader
from realtime.capture.open_source import check_source, open_source, source_label
from realtime.capture.orientation import turned_clockwise
from realtime.capture.source import OpenSource, Source, SourceOptions, StampClock, check_frame

__all__ = [
    "CameraListing",
    "LiveReader",
    "OpenSource",
    "Source",
    "SourceOptions",
    "StampClock",
    "check_frame",
    "check_source",
    "list_cameras",
    "open_source",
    "reconfigure",
    "source_label",
    "turned_clockwise",
]
