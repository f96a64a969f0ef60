"""A camera that runs is opened again with another size, rate or exposure."""

from __future__ import annotations

import cv2
import pytest
from fake_device import FakeCamera, pictures, until

from realtime.capture import LiveReader, SourceOptions
from realtime.capture.camera import _expose


def test_pictures_of_another_size_come_from_a_device_that_was_released_before() -> None:
    small, large = FakeCamera(lambda: pictures(size=(320, 180))), FakeCamera(lambda: pictures(size=(640, 360)))
    source = LiveReader(small, "camera", SourceOptions(width=320, height=180))
    try:
        before = source.latest(2.0)
        assert before is not None and before.size == (320, 180)
        source.reopen(large, SourceOptions(width=640, height=360))
        assert until(lambda: source.info.size == (640, 360) and source.state == "live")
        frames = [frame for _ in range(5) if (frame := source.latest(2.0)) is not None]
        assert frames[-1].size == (640, 360) and frames[-1].segment > before.segment
        assert all(later.stamp_ns > before.stamp_ns for later in frames)
        assert source.note == "", "it gives what is asked for now"
        assert len(small.devices) == len(large.devices) == 1
        assert until(lambda: small.devices[0].releases == 1)
    finally:
        source.close()
    assert until(lambda: large.devices[0].releases == 1) and small.sound and large.sound


class Asked:
    """What is asked of a camera, in order."""

    def __init__(self) -> None:
        self.properties: list[tuple[int, float]] = []

    def set(self, key: int, value: float) -> bool:
        self.properties.append((key, value))
        return True


@pytest.mark.parametrize(
    ("backend", "exposure_ms", "asked"),
    [
        ("V4L2", None, []),
        ("V4L2", 10.0, [(cv2.CAP_PROP_AUTO_EXPOSURE, 1.0), (cv2.CAP_PROP_EXPOSURE, 100.0)]),
        ("V4L2", 0.0, [(cv2.CAP_PROP_AUTO_EXPOSURE, 3.0)]),
        ("DSHOW", 31.25, [(cv2.CAP_PROP_AUTO_EXPOSURE, 0.25), (cv2.CAP_PROP_EXPOSURE, -5.0)]),
        ("MSMF", 0.0, [(cv2.CAP_PROP_AUTO_EXPOSURE, 0.75)]),
    ],
)
def test_an_exposure_is_asked_for_in_the_units_of_the_system(
    backend: str, exposure_ms: float | None, asked: list[tuple[int, float]]
) -> None:
    capture = Asked()
    _expose(cv2, capture, backend, exposure_ms)
    assert capture.properties == asked
