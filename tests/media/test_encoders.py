"""Which encoder a video gets, and that none of them holds pictures back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from numbered_videos import SECOND, frames_of, number_in, picture, probe

from realtime.media import encoders as chooser
from realtime.media.encoders import HARDWARE, PRESETS, TRIAL_PICTURES, Encoder, EncoderRequest, seconds_of
from realtime.media.video_writer import VideoWriter
from realtime.media.yuv import yuv_frame

SIZE = (128, 96)


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    """What this process has found out so far is no part of a test."""
    chosen, refused = dict(chooser._chosen), set(chooser._unavailable)
    chooser._chosen.clear()
    chooser._unavailable.clear()
    yield
    chooser._chosen.clear()
    chooser._chosen.update(chosen)
    chooser._unavailable.clear()
    chooser._unavailable.update(refused)


def moving(size: tuple[int, int] = SIZE, count: int = TRIAL_PICTURES) -> list[av.VideoFrame]:
    return [yuv_frame(picture(number, size)) for number in range(count)]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_picture_comes_out_before_the_next_one_goes_in(preset: str) -> None:
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, av.VideoCodecContext)
    context.time_base, context.framerate = chooser.TIME_BASE, 30
    Encoder(preset=preset).set_up(context, SIZE, crf=20, key_every=15)
    for number, frame in enumerate(moving(count=40)):
        frame.pts, frame.time_base = number * 3000, chooser.TIME_BASE
        packets = context.encode(frame)
        assert [packet.pts for packet in packets] == [packet.dts for packet in packets] == [number * 3000]
        assert packets[0].is_keyframe == (number % 15 == 0)


def test_an_encoder_that_holds_pictures_back_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = moving()
    assert seconds_of(Encoder(), frames, 20)
    monkeypatch.setattr(Encoder, "_options", lambda *_: {"preset": "veryfast"})  # with x264's look-ahead
    assert seconds_of(Encoder(), frames, 20) is None
    assert seconds_of(Encoder("h264_of_nobody"), frames, 20) is None


@pytest.mark.parametrize("codec", ["libx264", *HARDWARE.values()])
def test_an_encoder_knows_the_options_that_it_gets(codec: str) -> None:
    """FFmpeg passes over what an encoder does not know, and it would hold pictures back."""
    try:
        context = av.CodecContext.create(codec, "w")
    except av.codec.codec.UnknownCodecError:
        pytest.skip(f"this build of FFmpeg has no {codec}")
    known = context.supported_options
    names = {option.name for option in (*known.generic, *known.private)}
    assert "b" in names and "held_back" not in names
    assert Encoder(codec)._options(SIZE, 20).keys() <= names


def test_the_best_preset_for_which_there_is_time() -> None:
    said: list[str] = []
    frames = moving()
    assert EncoderRequest(crf=1).choose(frames, None, said.append) == Encoder(preset=PRESETS[0]), "nobody waits"
    assert EncoderRequest(crf=2).choose(frames, 60.0, said.append) == Encoder(preset=PRESETS[0])
    assert said == []
    fastest = EncoderRequest(crf=3).choose(frames, 1e-9, said.append)
    assert fastest.codec in HARDWARE.values() or (fastest == Encoder(preset=PRESETS[-1]) and len(said) == 1)
    assert all("128x96" in text for text in said)


@pytest.mark.parametrize("taken", [(0.1, 0.2, 0.9), (0.3, 0.2, 0.1), (0.3, 0.3, 0.1), (0.3, 0.3, 0.3)])
def test_a_preset_has_a_quarter_of_the_time_between_pictures(
    taken: tuple[float, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = dict(zip(PRESETS, taken, strict=True))
    monkeypatch.setattr(
        chooser, "seconds_of", lambda encoder, *_: times[encoder.preset] if encoder.codec == "libx264" else None
    )
    wanted = next((preset for preset in PRESETS if times[preset] <= 0.25), PRESETS[-1])
    assert EncoderRequest().choose(moving(), 1.0, pytest.fail).preset == wanted


def test_hardware_takes_over_where_x264_has_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"libx264": 0.5, "h264_qsv": 0.9, "h264_amf": 0.1}
    monkeypatch.setattr(chooser, "seconds_of", lambda encoder, *_: times.get(encoder.codec))
    assert EncoderRequest().choose(moving(), 1.0, pytest.fail) == Encoder("h264_amf")
    assert EncoderRequest(encoder="x264").choose(moving(), 1.0, pytest.fail) == Encoder(preset="ultrafast")
    assert EncoderRequest(encoder="qsv").choose(moving(), 1.0, pytest.fail) == Encoder("h264_qsv")


def test_an_answer_holds_for_its_size_and_settings() -> None:
    asked = EncoderRequest(crf=5)
    assert asked.settled(SIZE) is None
    first = asked.choose(moving(), 60.0, pytest.fail)
    assert asked.settled(SIZE) is first
    assert asked.choose(moving(), 1e-9, pytest.fail) is first, "measured once"
    assert asked.settled((64, 64)) is None and EncoderRequest(crf=6).settled(SIZE) is None
    assert EncoderRequest(preset="medium").settled(SIZE) == Encoder(preset="medium")
    assert EncoderRequest("nvenc", "medium").settled(SIZE) is None


@pytest.mark.parametrize("name", HARDWARE)
def test_hardware_that_is_not_there_is_said_once_and_replaced(tmp_path: Path, name: str) -> None:
    if seconds_of(Encoder(HARDWARE[name]), moving(), 20) is not None:
        pytest.skip(f"this machine has {name}")
    said: list[str] = []
    for size in (SIZE, SIZE, (256, 96)):
        with VideoWriter(tmp_path / "a.mp4", size, encoder=name, notify=said.append) as writer:
            writer.put(picture(7, size), 0, wait=True)
        assert writer.encoder == "libx264 veryfast"
        assert [number_in(frame) for frame in frames_of(writer.path)] == [7]
    assert len(said) == 1 and name in said[0]


@pytest.mark.parametrize("size", [(16, 16), (63, 65), (641, 361)])
@pytest.mark.parametrize("count", [1, TRIAL_PICTURES - 1, TRIAL_PICTURES, 40])
def test_the_pictures_by_which_it_is_chosen_are_in_the_video(tmp_path: Path, size: tuple[int, int], count: int) -> None:
    with VideoWriter(tmp_path / "a.mp4", size, preset="auto", encoder="auto", live=True) as writer:
        for number in range(count):
            assert writer.put(picture(number, size), 9 * SECOND + number * SECOND // 30, wait=True)
    assert (writer.captured, writer.written, writer.dropped) == (count, count, 0)
    assert writer.encoder is not None
    stream = probe(writer.path)
    assert int(stream["nb_read_frames"]) == count
    assert (stream["width"], stream["height"]) == (size[0] // 2 * 2, size[1] // 2 * 2)
    assert stream["has_b_frames"] == 0
    if size[0] > 100:
        assert [number_in(frame) for frame in frames_of(writer.path)] == list(range(count))


def test_a_slow_source_is_not_waited_for(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", SIZE, preset="auto", encoder="auto", live=True) as writer:
        writer.put(picture(1), 0)
        for _ in range(400):
            if writer.written:
                break
            writer._thread.join(0.05)
        assert writer.written == 1, "it waits for pictures that do not come"


def test_a_video_without_a_picture_has_no_encoder(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", SIZE, preset="auto", live=True) as writer:
        pass
    assert (writer.captured, writer.written, writer.encoder, writer.error) == (0, 0, None, None)


@pytest.mark.parametrize("size", [(2, 2), (16, 16), (62, 46), (1278, 718)])
def test_colours_are_those_of_ffmpegs_scaler(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    plain = [np.full_like(noise, color) for color in np.array(np.meshgrid(*[[0, 90, 255]] * 3)).reshape(3, -1).T]
    for image in (noise, *plain):
        here = yuv_frame(image)
        there = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(
            format="yuv420p", dst_colorspace=1, dst_color_range=1
        )
        assert (here.format.name, here.colorspace, here.color_range) == ("yuv420p", 1, 1)
        apart = np.abs(here.to_ndarray().astype(int) - there.to_ndarray())
        assert apart[: size[1]].max() <= 1, "luma"
        assert image is noise or apart.max() <= 1  # the scaler takes the mean of other pixels for the colour
    assert np.abs(yuv_frame(noise[..., ::-1].copy()).to_ndarray().astype(int) - yuv_frame(noise).to_ndarray()).max() > 9
