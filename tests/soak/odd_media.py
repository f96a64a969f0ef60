"""Videos and pictures: damaged bytes, and odd ones that ffmpeg makes."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

from odd_values import change_bytes
from trial import INPUTS, CommandLine, Trial

# Codec, pixel format and container of the sound files.
FORMATS = {
    "h264.mp4": "-c:v libx264 -preset ultrafast -bf 2 -pix_fmt yuv420p", "h265.mkv": "-c:v libx265 -preset ultrafast",
    "vp9.webm": "-c:v libvpx-vp9 -cpu-used 8", "vp8.webm": "-c:v libvpx", "mjpeg.avi": "-c:v mjpeg -pix_fmt yuvj420p",
    "h264.ts": "-c:v libx264 -preset ultrafast", "mpeg4.avi": "-c:v mpeg4", "xvid.avi": "-c:v libxvid",
    "mpeg2.mpg": "-c:v mpeg2video -r 25", "wmv2.asf": "-c:v wmv2", "h264.flv": "-c:v libx264 -preset ultrafast",
    "theora.ogv": "-c:v libtheora", "ffv1.mkv": "-c:v ffv1", "raw.y4m": "-pix_fmt yuv420p", "anim.gif": "",
    "anim.apng": "-plays 0 -f apng", "anim.webp": "-c:v libwebp_anim", "h264.mov": "-c:v libx264 -preset ultrafast",
    "rgb.avi": "-c:v rawvideo -pix_fmt bgr24", "prores.mov": "-c:v prores", "qtrle.mov": "-c:v qtrle",
    "one.png": "-frames:v 1", "one.jpg": "-frames:v 1", "one.bmp": "-frames:v 1", "one.tiff": "-frames:v 1",
    "one.webp": "-frames:v 1", "one.ppm": "-frames:v 1", "one.tga": "-frames:v 1", "one.jp2": "-frames:v 1",
    "deep.png": "-frames:v 1 -pix_fmt rgb48be", "gray.png": "-frames:v 1 -pix_fmt gray", "pal.png":
    "-frames:v 1 -pix_fmt pal8", "alpha.png": "-frames:v 1 -pix_fmt rgba",
}  # fmt: skip
FILTERS = (
    "setpts=PTS*0.001", "setpts=PTS*1000", "setpts=0", "setpts=PTS-10/TB", "setpts=PTS+3600/TB", "setpts=N*N/TB/10",
    "setpts=floor(N/3)/25/TB", "setpts=random(1)/TB", "setsar=1/100", "setsar=100", "scale=16:16", "scale=17:33",
    "scale=2:2000", "scale=2000:2", "scale=1:1", "transpose=1", "hflip", "vflip", "format=gray", "format=monob",
    "format=yuv444p", "format=yuv420p10le", "format=gbrp", "format=yuva420p", "format=rgb24", "format=gray16le",
    "fps=1/3", "fps=1000", "fps=0.5", "interlace", "tpad=start=3:color=black", "tpad=stop=30", "trim=end_frame=1",
    "trim=end_frame=0", "loop=30:5", "reverse", "negate", "curves=all='0/0 1/0'", "rotate=PI/2", "noise=alls=80",
)  # fmt: skip
OUTPUTS = (
    "-metadata:s:v rotate=90", "-metadata title=\x1b[2J", "-metadata:s:v NUMBER_OF_FRAMES=300", "-output_ts_offset -5",
    "-output_ts_offset 1000000", "-movflags +faststart", "-movflags frag_keyframe+empty_moov", "-g 1", "-g 1000",
    "-flags +ilme", "-color_range pc", "-r 1000", "-r 1/3", "-r 60000/1001", "-frames:v 1", "-shortest", "-vsync 2",
    "-vframes 2", "-metadata creation_time=1904-01-01", "-strict -2 -color_primaries bt2020", "-timecode 00:00:00:00",
)  # fmt: skip
PIECES = ("h264.mp4", "h264.ts", "mjpeg.avi", "mpeg4.avi", "vp9.webm", "h264.mov", "h264.flv", "ffv1.mkv")


def make_sound(folder: Path, face: Path) -> None:
    """Ten small pictures of a face in every format."""
    for name, options in FORMATS.items():
        source = ["-i", face, "-frames:v", "10", "-vf", "scale=256:-2"]
        _ffmpeg(*source, *options.split(), "-an", folder / name)


def make(trial: Trial) -> list[CommandLine]:
    """One file or a folder of files, and commands that open it."""
    rng = trial.rng
    sound = trial.material / "media"
    name = rng.choice(sorted(path.name for path in sound.iterdir()))
    path = trial.inputs / name
    path.write_bytes((sound / name).read_bytes())
    if rng.random() < 0.35:
        trial.change(path, MADE, rng.choice((1, 1, 2)))
    if rng.random() < 0.7:
        trial.change(path, DAMAGED, rng.choice((1, 1, 2, 3)))
    if rng.random() < 0.15:
        path = path.replace(path.with_name(rng.choice((f"x{path.suffix}.jpg", "x", "x.mp4", "x.png", "a\x1bb.avi"))))
    source = f"{INPUTS}/{path.name}"
    if rng.random() < 0.15:
        for other in rng.sample(sorted(sound.iterdir()), 3):
            (trial.inputs / other.name).write_bytes(other.read_bytes())
        source = INPUTS
    line = ["--source", source, "--headless", "--frames", rng.choice(("3", "25", "60"))]
    line += rng.choice(
        (
            [], [], [], ["--set", "source.lenient=true"], ["--set", "source.force=true"], ["--set", "source.loop=true"],
            ["--record", "rec"], ["--record", "rec", "--no-video"], ["--neutral", "0.5"], ["--set", "source.fps=7"],
        )
    )  # fmt: skip
    return [line + rng.choice(([], ["--json"]))]


def _ffmpeg(*arguments: str | Path) -> bool:
    command = ["ffmpeg", "-v", "quiet", "-nostdin", "-y", *map(str, arguments)]
    try:
        done = subprocess.run(command, check=False, timeout=60, capture_output=True)
    except (subprocess.TimeoutExpired, ValueError):  # ValueError: a NUL in an argument
        return False
    return done.returncode == 0 and Path(arguments[-1]).is_file()  # without a frame it writes no picture


def _encoded(path: Path, *options: str, before: tuple[str, ...] = ()) -> None:
    """Encode it again in its own format; what ffmpeg refuses leaves it as it was."""
    own = FORMATS.get(path.name, "").split()
    made = path.with_name(f"made-{path.name}")
    if _ffmpeg(*before, "-i", path, *own, *options, "-fs", "3000000", "-frames:v", "90", made):
        made.replace(path)
    made.unlink(missing_ok=True)


def _filtered(rng: random.Random, path: Path) -> None:
    _encoded(path, "-vf", rng.choice(FILTERS), "-fps_mode", rng.choice(("passthrough", "vfr", "auto")))


def _marked(rng: random.Random, path: Path) -> None:
    _encoded(path, *rng.choice(OUTPUTS).split(" "))


def _turned(rng: random.Random, path: Path) -> None:
    _encoded(path, before=("-display_rotation", rng.choice(("90", "-90", "180", "45", "13.7"))))


def _other_container(rng: random.Random, path: Path) -> None:
    """The same stream in another container under the old name."""
    kind = rng.choice(("avi", "matroska", "mpegts", "asf", "mov", "flv", "ogg", "nut", "mpeg", "ivf", "mjpeg", "h264"))
    made = path.with_name("copied")
    if _ffmpeg("-i", path, "-c", "copy", "-f", kind, made):
        made.replace(path)
    made.unlink(missing_ok=True)


def _with_others(rng: random.Random, path: Path) -> None:
    """Beside the picture: sound, a second video, or a cover."""
    made = path.with_name("with-others.mkv")
    more = rng.choice(
        (
            "-f lavfi -t 3 -i sine", "-f lavfi -t 1 -i testsrc=s=64x48", "-f lavfi -t 0.1 -i sine",
            "-f lavfi -t 1 -i testsrc=s=64x48 -disposition:v:1 attached_pic",
        )
    )  # fmt: skip
    if _ffmpeg("-i", path, *more.split(), "-map", "1", "-map", "0:v", "-c:v", "mjpeg", "-f", "matroska", made):
        made.replace(path)
    made.unlink(missing_ok=True)


def _sound_alone(rng: random.Random, path: Path) -> None:
    made = path.with_name(f"made{rng.choice(('.wav', '.mp3', '.mp4', '.mkv'))}")
    if _ffmpeg("-f", "lavfi", "-t", "1", "-i", "sine", made):
        made.replace(path)
    made.unlink(missing_ok=True)


def _bytes(rng: random.Random, path: Path) -> None:
    path.write_bytes(change_bytes(rng, path.read_bytes()))


def _cut(rng: random.Random, path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: rng.choice((0, 1, 8, 100, len(content) // 2, max(0, len(content) - 10)))])


def _joined(rng: random.Random, path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(rng.choice((content * 2, content + b"\0" * 5000, b"\0" * 512 + content, content[::-1])))


def _numbers(rng: random.Random, path: Path) -> None:
    """Four bytes of the head or tail become a large or small number, as sizes and counts are."""
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 2, 5))):
        at = rng.choice((rng.randrange(200), max(0, len(content) - rng.randrange(4, 1500))))
        value = rng.choice((0, 1, 2**31 - 1, 2**32 - 1, 2**16, rng.getrandbits(32)))
        content[at : at + 4] = value.to_bytes(4, rng.choice(("big", "little")))
    path.write_bytes(content)


MADE = {_filtered: 8, _marked: 5, _turned: 2, _other_container: 4, _with_others: 2, _sound_alone: 1}
DAMAGED = {_bytes: 6, _cut: 2, _joined: 2, _numbers: 5}
