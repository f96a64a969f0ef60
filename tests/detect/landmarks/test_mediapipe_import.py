"""MediaPipe is imported without what it only draws and listens with; what that is comes when it is used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from common import ROOT, environment, needs_bundled, needs_mediapipe

from realtime.detect.landmarks import mediapipe_import

OPEN = "from realtime.detect import open_tracker; open_tracker('bundled').close(); import sys; "


def says(code: str, folder: Path) -> str:
    around = {**environment(path=ROOT), "MPLBACKEND": "Agg", "MPLCONFIGDIR": str(folder)}
    done = subprocess.run([sys.executable, "-c", code], env=around, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@needs_bundled
def test_a_tracker_loads_neither_matplotlib_nor_sounddevice(tmp_path: Path) -> None:
    code = OPEN + "import json; print(json.dumps([name for name in sys.modules if name.startswith('matplotlib.')]))"
    assert json.loads(says(code, tmp_path)) == ["matplotlib.pyplot"]
    # The same watch sees what a plain import loads.
    plain = json.loads(says("import sys, mediapipe; " + code.removeprefix(OPEN), tmp_path))
    assert "matplotlib.figure" in plain


@needs_bundled
def test_matplotlib_is_whole_for_whoever_draws_with_it_afterwards(tmp_path: Path) -> None:
    code = OPEN + (
        "import matplotlib, matplotlib.pyplot as plt; from matplotlib import colors;"
        "plt.plot([0, 1]); plt.savefig('drawn.png');"
        "from mediapipe.python.solutions import drawing_utils;"
        "print(matplotlib.__version__, drawing_utils.plt is plt, colors.to_hex('red'))"
    )
    version, same, red = says(f"import os; os.chdir({str(tmp_path)!r}); " + code, tmp_path).split()
    assert version[0].isdigit() and (same, red) == ("True", "#ff0000")
    assert (tmp_path / "drawn.png").stat().st_size > 1000


@needs_mediapipe
def test_a_module_is_loaded_with_its_first_use_and_a_broken_one_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deferred_whole").mkdir()
    (tmp_path / "deferred_whole" / "__init__.py").write_text("loaded = True\n")
    (tmp_path / "deferred_whole" / "inner.py").write_text("import deferred_whole\nseen = deferred_whole.loaded\n")
    (tmp_path / "deferred_broken.py").write_text("raise OSError('no such library')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    names = ("deferred_whole", "deferred_whole.inner", "deferred_broken", "deferred_absent")
    monkeypatch.setattr(mediapipe_import, "_UNUSED", names)
    try:
        mediapipe_import.import_mediapipe()
        import deferred_broken
        import deferred_whole.inner as inner

        assert "loaded" not in vars(sys.modules["deferred_whole"]) and "seen" not in vars(inner)
        assert inner.seen and sys.modules["deferred_whole"].loaded
        with pytest.raises(OSError, match="no such library"):
            _ = deferred_broken.anything
        assert "deferred_broken" not in sys.modules and "deferred_absent" not in sys.modules
    finally:
        for name in names:
            sys.modules.pop(name, None)
