"""`meshmirror export` as it is typed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from common import Runner, environment, needs_bundled

from realtime.core.errors import UsageError
from realtime.export.exporter import ExportOptions, export, parse_size
from realtime.export.video import VideoLook

pytestmark = needs_bundled
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
from realtime.cli import main
main(sys.argv[1:])
"""


def test_the_name_is_found_and_nothing_is_written_over(
    meshmirror: Runner, inverse_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(inverse_folder, tmp_path / "anna")
    for wanted in ("anna-openface.csv", "anna-openface_2.csv"):
        done = meshmirror("export", "anna", "--to", "csv", "--start", "1", "--json")
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert Path(report["path"]).name == wanted
        assert (report["rows"], report["emotion_sources"]) == (42, {"inverse": 42})
        assert len((tmp_path / wanted).read_text(encoding="utf-8").splitlines()) == 43
    done = meshmirror("export", "anna", "--to", "session", "--anonymous", "--out", "new/made")
    assert done.returncode == 0 and (tmp_path / "new" / "made" / "frames.arrow").is_file()
    assert sorted(path.name for path in (tmp_path / "anna").iterdir()) == sorted(
        path.name for path in inverse_folder.iterdir()
    )


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["nobody", "--to", "fex"], 4, "no such session"),
        (["anna", "--to", "xml"], 2, "livelink"),
        (["anna", "--to", "mp4", "--views", "camera,gost"], 2, "Did you mean 'ghost'?"),
        (["anna", "--to", "fex", "--out", "file/a.csv"], 3, "nothing can be written there"),
    ],
)
def test_bad_input_is_one_sentence(
    args: list[str], code: int, told: str, meshmirror: Runner, inverse_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "anna").symlink_to(inverse_folder)
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = meshmirror("export", *args)
    assert done.returncode == code and told in " ".join(done.stderr.split()), done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["anna", "file"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"kind": "fex", "look": VideoLook(fps=5)}, "--fps is for mp4, gif, glb and rrd"),
        ({"kind": "glb", "look": VideoLook(size=(640, 360))}, "are for mp4 and gif"),
        ({"kind": "fex", "model": 2}, "recorded with 1 model"),
        ({"kind": "fex", "start_s": 77.0}, "No frame between"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], told: str, inverse_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=told):
        export(inverse_folder, ExportOptions(**options, out=tmp_path / "a"), print)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", ["1x1", "wide", "640", "640x", "1e3x400", "9999x9999", "٣x٣", "-640x-360"])
def test_a_size_that_is_none_is_refused(size: str) -> None:
    with pytest.raises(UsageError, match="--size"):
        parse_size(size)
    assert parse_size("640X360") == (640, 360)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of a file's size")
@pytest.mark.parametrize("kind", ["fex", "parquet", "session", "mp4", "gif", "glb"])
def test_a_full_disk_is_told_and_leaves_nothing(kind: str, inverse_folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIMITED, "export", str(inverse_folder), "--to", kind, "--out", str(tmp_path / "a")]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 3 and "Traceback" not in done.stderr, done.stderr
    assert "too large" in done.stderr and list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals")
def test_ctrl_c_leaves_nothing(inverse_folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "realtime", "export", str(inverse_folder), "--to", "mp4", "--fps", "120"]
    command += ["--size", "1920x1080"]  # long enough that no load makes the signal come too late
    with subprocess.Popen(
        [*command, "--out", str(tmp_path / "a.mp4")], env=environment(), stderr=subprocess.PIPE, text=True
    ) as program:
        began = time.monotonic()
        while not (tmp_path / "a.mp4").exists():
            assert program.poll() is None and time.monotonic() - began < 60
            time.sleep(0.01)
        while program.poll() is None:  # an interrupt may meet a library that forgets it; a user presses again
            os.kill(program.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                _, told = program.communicate(timeout=5)
    assert program.returncode == 130 and "Traceback" not in told, told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["fex", "csv", "parquet", "session"])
@pytest.mark.parametrize("anonymous", [False, True])
def test_each_kind_has_a_name_of_its_own(
    kind: str, anonymous: bool, meshmirror: Runner, inverse_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "anna-1"
    shutil.copytree(inverse_folder, folder)
    options = ["--anonymous"] if anonymous else []
    done = meshmirror("export", str(folder), "--to", kind, "--end", "0.5", "--json", *options)
    assert done.returncode == 0, done.stderr
    path = Path(json.loads(done.stdout)["path"])
    assert path.parent == tmp_path and path.exists()
    assert path.name.startswith("anonymous" if anonymous else "anna-1-")


def test_nothing_is_written_into_a_session(meshmirror: Runner, inverse_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "anna-1"
    shutil.copytree(inverse_folder, folder)
    before = sorted(path.name for path in folder.iterdir())
    done = meshmirror("export", str(folder), "--to", "csv", "--out", str(folder / "frames.arrow"))
    assert done.returncode == 2 and "inside the session" in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == before
