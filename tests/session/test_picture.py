"""Pictures as PNG, with texts inside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from realtime.session.picture import write_picture


def test_a_picture_comes_back_with_its_colours_and_its_texts(tmp_path: Path) -> None:
    picture = np.random.default_rng(3).integers(0, 256, (5, 7, 3), np.uint8)
    texts = {"Title": "модель", "Model": "modèle"}  # beyond Latin-1, and within
    path = write_picture(tmp_path / "a.png", picture, texts)
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), picture)
        assert image.text == texts
    with Image.open(write_picture(tmp_path / "b.png", picture)) as image:
        np.testing.assert_array_equal(np.asarray(image), picture)
        assert not image.text
