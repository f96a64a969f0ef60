"""The picture of a look inside a model: drawn by the same passes as the window, with the verdict that was reached."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from common import Runner

from realtime.check_picture import draw_check, sheet_of
from realtime.errors import UsageError
from realtime.model import LinearMeshModel, load_model
from realtime.model.check import check
from realtime.model.labels import V5, repaired
from realtime.types import EMOTIONS


@pytest.fixture(scope="module")
def v5(tmp_path_factory: pytest.TempPathFactory) -> LinearMeshModel:
    """The built-in model with the labels of v5, from a file of its format."""
    model = load_model("emotion@built-in")
    rows = [EMOTIONS.index(V5[label]) for label in EMOTIONS]
    path = tmp_path_factory.mktemp("models") / "emotion_to_mesh_pls_v5.npz"
    model.replaced(coef=np.vstack([model.coef[rows], model.coef[7:]])).save(path)
    return LinearMeshModel.load(path)


def picture(path: Path) -> np.ndarray:
    image = cv2.imread(str(path))
    assert image is not None
    return image.astype(int)


def test_the_cards_say_what_each_column_is_and_is_taken_for(v5: LinearMeshModel) -> None:
    heading, cells = sheet_of(v5, check(v5))
    assert "wrong" in heading.title and "permuted" in heading.warning
    titles = {cell.title for cell in cells}
    assert {f"{label} moves like {V5[label]}" for label in EMOTIONS} <= titles and "Scores" in titles
    assert sum(cell.marked for cell in cells) == 7
    heading, cells = sheet_of(repaired(v5), check(repaired(v5)))
    assert "right" in heading.title and not heading.warning and not any(cell.marked for cell in cells)
    assert set(EMOTIONS) <= {cell.title for cell in cells}


def test_the_picture_of_wrong_labels_is_another_one(v5: LinearMeshModel, tmp_path: Path) -> None:
    """Marked cards have an outline in the colour of warnings; those of the repaired model have none."""
    wrong, right, again = (
        picture(draw_check(model, check(model), tmp_path / "check.png")) for model in (v5, repaired(v5), repaired(v5))
    )

    def warned(image: np.ndarray) -> float:
        blue, green, red = image[..., 0], image[..., 1], image[..., 2]
        return float(((red > 230) & (abs(green - 181) < 25) & (blue < 110)).mean())

    assert warned(wrong) > 0.003 > 3 * warned(right)
    assert (np.abs(right - again) > 8).mean() == 0, "the same model gives the same picture"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["check.png", "check_2.png", "check_3.png"]


@pytest.mark.parametrize("ground", ["dark", "light"])
def test_every_family_can_be_drawn(ground: str, v5: LinearMeshModel, tmp_path: Path) -> None:
    units = load_model("au@v4")
    rng = np.random.default_rng(5)
    shapes = rng.normal(size=(52, 20)).astype(np.float32) * (rng.random((52, 20)) < 0.1)
    blend = units.replaced(
        name="bs", feature_name="blendshape", feature_columns=tuple(f"shape{at:02d}" for at in range(52)),
        coef=np.vstack([shapes @ units.coef[:20], units.coef[20:]]),
    )  # fmt: skip
    still = v5.replaced(name="still", coef=np.zeros_like(v5.coef))
    noise = v5.replaced(name="noise", coef=rng.normal(size=v5.coef.shape))
    for model in (units, blend, still, noise):
        image = picture(draw_check(model, check(model), tmp_path / f"{model.name}.png", ground))  # type: ignore[arg-type]
        assert image.std() > 10 and (image.mean() > 128) == (ground == "light")


def test_other_files_than_pictures_are_refused(v5: LinearMeshModel) -> None:
    with pytest.raises(UsageError, match=r"\.png"):
        draw_check(v5, check(v5), Path("check.jpg"))


def test_the_command(meshmirror: Runner, v5: LinearMeshModel, tmp_path: Path) -> None:
    done = meshmirror("models", "check", str(v5.path), "--out", "look.png", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["outputs"] == ["look.png"] and report["labels_permuted"] is True
    assert picture(tmp_path / "look.png").shape[0] > 1000
    assert meshmirror("models", "check", "emotion@built-in", "--out", "look.gif").returncode == 2
    assert json.loads(meshmirror("models", "check", "emotion@built-in", "--json").stdout)["outputs"] == []
