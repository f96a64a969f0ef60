"""matplotlib, imported and used without the user's settings and without files outside of a temporary folder."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

MISSING = 'matplotlib is not installed (pip install "meshmirror[study]")'
FONT_PT = 8.0
PNG_DPI = 300
_CONFIG_FOLDER = "MPLCONFIGDIR"
_RC: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib, so that a figure is the same on every machine
    "font.size": FONT_PT,
    "axes.labelsize": FONT_PT,
    "xtick.labelsize": FONT_PT,
    "ytick.labelsize": FONT_PT,
    "legend.fontsize": FONT_PT,
    "text.parse_math": False,  # a "$" in the name of a recording is a "$"
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "legend.borderpad": 0.0,
    "legend.borderaxespad": 0.0,
    "legend.columnspacing": 1.2,
    "legend.handletextpad": 0.5,
    "legend.labelspacing": 0.35,
    "savefig.dpi": PNG_DPI,
    "svg.fonttype": "none",  # texts stay texts
    "svg.hashsalt": "meshmirror",  # the same identifiers in every run
}


@contextmanager
def drawing() -> Iterator[None]:
    """A block in which figures are drawn; settings that were made of matplotlib before are in force after it again.

    Raises ImportError where matplotlib cannot be imported.
    """
    _import()
    import matplotlib

    with warnings.catch_warnings(), matplotlib.rc_context():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)  # a sign of a name: drawn as a box
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RC)
        yield


def _import() -> None:
    """Import what is needed of it; a first import reads no settings of the user and leaves no cache in their home."""
    needed = ("matplotlib.figure", "matplotlib.style", "matplotlib.backends.backend_agg",
              "matplotlib.backends.backend_svg")  # fmt: skip
    if "matplotlib" in sys.modules:
        for name in needed:
            import_module(name)
        return
    before = os.environ.get(_CONFIG_FOLDER)
    with tempfile.TemporaryDirectory(prefix="meshmirror-") as folder:
        os.environ[_CONFIG_FOLDER] = folder
        try:
            for name in needed:
                import_module(name)
        finally:
            if before is None:
                del os.environ[_CONFIG_FOLDER]
            else:
                os.environ[_CONFIG_FOLDER] = before
