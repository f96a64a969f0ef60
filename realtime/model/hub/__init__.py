"""Downloads: the known files, their caches, and their verification. Only `fetch` contacts the network."""

from realtime.model.hub.cache import CachedFile, CacheState, CacheStatus, Place, find, status
from realtime.model.hub.fetch import Fetched, fetch
from realtime.model.hub.huggingface import anything
from realtime.model.hub.manifest import remember
from realtime.model.hub.registry import (
    APPEARANCE,
    FACE_LANDMARKER,
    KNOWN,
    MODELS,
    PYFEAT,
    Download,
    HubFile,
    WebFile,
    WheelFile,
)

__all__ = [
    "APPEARANCE",
    "FACE_LANDMARKER",
    "KNOWN",
    "MODELS",
    "PYFEAT",
    "CacheState",
    "CacheStatus",
    "CachedFile",
    "Download",
    "Fetched",
    "HubFile",
    "Place",
    "WebFile",
    "WheelFile",
    "anything",
    "fetch",
    "find",
    "remember",
    "status",
]
