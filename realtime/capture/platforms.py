"""Cameras of macOS and Windows: the backend that opens them, and the system's permissions for them."""

from __future__ import annotations

from collections.abc import Mapping

_BY_DEFAULT = {"linux": "V4L2", "win32": "DSHOW", "darwin": "AVFOUNDATION"}
_INSTEAD = {"DSHOW": "MSMF", "MSMF": "DSHOW"}
_TERMINALS = {"Apple_Terminal": "Terminal", "iTerm.app": "iTerm", "vscode": "Visual Studio Code"}


def default_backend(platform: str) -> str:
    """OpenCV's name of the backend that is taken where none is asked for, for a `sys.platform`.

    It is named, because OpenCV's "any" also asks backends for depth cameras, which complain on stderr.

    Windows: DirectShow opens most cameras within a second. Media Foundation, which OpenCV itself prefers, takes 4 to 20
    s to open some, and again for each size that is set (OpenCV's issues 17687, 26495 and 27917), which its variable
    OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS shortens on some machines only. DirectShow in turn gives few pictures a
    second of some cameras at large sizes (26495), so each is the way out of the other's faults.
    """
    return next((name for start, name in _BY_DEFAULT.items() if platform.startswith(start)), "ANY")


def other_backend(backend: str, platform: str) -> str:
    """What to try where a camera cannot be opened through `backend`; "" where there is nothing else."""
    instead = _INSTEAD.get(backend) if platform == "win32" else None
    return f" Another way to open it: --set source.backend={instead.lower()}" if instead else ""


def permission(platform: str, environment: Mapping[str, str]) -> str:
    """Where the system's own permission for cameras is given; "" where there is none to give.

    macOS: OpenCV returns an unopened device until the program from which this one was started is allowed to use
    cameras. It asks for that at the first opening, but waits for the answer in the main thread only, and there for
    0.1 s (CvCaptureCAM::startCaptureDevice in modules/videoio/src/cap_avfoundation_mac.mm); cameras are opened in
    threads here, so the first opening fails whatever the answer is. OPENCV_AVFOUNDATION_SKIP_AUTH=1 would spare a
    line on stderr, but then no one is asked, and a program that never asked is not in the list of System Settings.

    Windows: "Let desktop apps access your camera" concerns every program without a package, such as Python
    (learn.microsoft.com, "Handle the Windows camera privacy setting"); what is denied does not open, or stays black.
    """
    if platform == "darwin":
        name = environment.get("TERM_PROGRAM", "")
        app = _TERMINALS.get(name, name or "the program from which this one was started")
        return (
            f"Or macOS does not let {app} use the camera: allow it in System Settings > Privacy & Security > Camera, "
            f"and restart {app} and meshmirror; the first time macOS asks."
        )
    if platform == "win32":
        return (
            "Or Windows denies it: turn on 'Let desktop apps access your camera' in Settings > Privacy & security > "
            "Camera (start ms-settings:privacy-webcam)."
        )
    return ""
