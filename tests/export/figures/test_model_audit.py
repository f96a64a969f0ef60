"""The picture of a look inside a model, from the command to its pixels."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from common import Runner
from PIL import Image

from realtime.core.errors import RecordError, UsageError
from realtime.core.resources import pyfeat_file
from realtime.core.types import EMOTIONS, ByteArray, FloatArray
from realtime.export.figures import sheet
from realtime.export.figures import sheet_charts as charts
from realtime.export.figures.layout import SheetLayout
from realtime.export.figures.model_audit import check_suffix, draw_audit, sheet_of
from realtime.export.figures.sheet import SheetView
from realtime.export.figures.sheet_charts import Matrix, matrix_cells
from realtime.export.figures.sheet_contents import SheetCard
from realtime.model import FIRST_COMPOSITION, built_in
from realtime.model.audit.audit import AuditReport, check
from realtime.model.file import read_model, write_model
from realtime.model.label_repair import V5
from realtime.model.linear import LinearMeshModel
from realtime.view.paint import colormap, theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

FACE = 170


def permuted() -> LinearMeshModel:
    """The built-in model with v5's labels: under each label the row of what v5 holds there.

    In its first composition, from which the prototypes are made.
    """
    model = built_in(FIRST_COMPOSITION)
    coef = model.coef.copy()
    for label, really in V5.items():
        coef[model.feature_columns.index(label)] = model.coef[model.feature_columns.index(really)]
    return model.replaced(name="emotion_v5_format", coef=coef)


@pytest.fixture(scope="module")
def units() -> LinearMeshModel:
    return read_model(pyfeat_file("resources/au_to_mesh_pls_v4.npz"))


def with_exchange(units: LinearMeshModel) -> LinearMeshModel:
    coef = units.coef.copy()
    coef[[3, 9]] = coef[[9, 3]]
    return units.replaced(coef=coef)


def with_blendshapes(units: LinearMeshModel) -> LinearMeshModel:
    names = tuple(f"mouthLowerDown{at}Right" for at in range(52))
    coef = np.concatenate([np.tile(units.coef[:20], (3, 1))[:52], units.coef[20:]])
    return units.replaced(
        name="bs", feature_name="blendshape", feature_columns=names, coef=coef, feature_p99=None,
        unsupported_features=(),
    )  # fmt: skip


def with_random_rows(size: float) -> LinearMeshModel:
    model = built_in()
    rows = np.random.default_rng(3).normal(size=model.coef.shape)
    return model.replaced(name="random", coef=(size * rows).astype(np.float32))


def drawn(model: LinearMeshModel, report: AuditReport | None = None) -> tuple[ByteArray, SheetLayout, list[SheetCard]]:
    heading, cells = sheet_of(model, report or check(model))
    with SheetView(model.mean_mesh, heading, cells, FACE, columns=2) as view:
        return view.draw(cells), view.layout, cells


def warns(image: ByteArray, frame: Rect) -> bool:
    """Whether a card's left edge has the colour of warnings."""
    edge = image[frame.y + frame.h // 2, frame.x - 1 : frame.x + 3].astype(float)
    return bool((np.abs(edge - np.array(theme.WARN.bytes()[:3])).max(axis=1) < 30).any())


def matrix_of(cells: list[SheetCard]) -> Matrix:
    (found,) = [cell.paint.args[0] for cell in cells if getattr(cell.paint, "func", None) is charts.paint_matrix]
    assert isinstance(found, Matrix)
    return found


def shares(image: ByteArray, layout: SheetLayout, matrix: Matrix, at: int) -> FloatArray:
    """The numbers that the colours of a matrix in card `at` stand for: read beside the number in each cell."""
    faces = layout.cards[at].faces
    body = Rect(faces[0].x, faces[0].y, faces[-1].right - faces[0].x, faces[0].h)
    table = colormap.table(256).astype(float)
    found = [
        [
            float(np.abs(table - image[cell.bottom - cell.h // 4, cell.x + cell.w // 8]).sum(axis=1).argmin()) / 255
            for cell in row
        ]
        for row in matrix_cells(matrix, body, layout.unit)
    ]
    return np.array(found)


def test_the_picture_of_v5_differs_from_that_of_the_repaired_one_where_it_must() -> None:
    wrong, layout, cells = drawn(permuted())
    right, repaired, others = drawn(built_in(FIRST_COMPOSITION))
    assert [cell.marked for cell in cells] == [True] * 7 + [False] and not any(cell.marked for cell in others)
    for at in range(7):
        assert warns(wrong, layout.cards[at].frame) and not warns(right, repaired.cards[at].frame)
    assert cells[EMOTIONS.index("disgust")].title == "disgust moves like happiness"
    assert [cell.title for cell in others[:7]] == list(EMOTIONS)
    # The face filed as disgust is the one that the repaired file has under happiness, and no other.
    smile = cells[EMOTIONS.index("disgust")].faces[0].styled
    for at, label in enumerate(EMOTIONS):
        same = np.allclose(smile.mesh, others[at].faces[0].styled.mesh, atol=1e-4)
        assert same is (label == "happiness")
    mean = built_in().mean_mesh
    for cell in (*cells[:7], *others[:7]):  # a composed column does what the face beside it does, as much of it
        done, like = ((face.styled.mesh - mean).ravel() for face in cell.faces)
        assert np.linalg.norm(done - like) <= 0.3 * np.linalg.norm(done)
        assert np.linalg.norm(done) == pytest.approx(np.linalg.norm(like), rel=1e-3)


def test_a_report_of_another_file_gives_another_picture() -> None:
    right = drawn(built_in())[0]
    other = drawn(built_in(), check(permuted()))[0]
    assert right.shape != other.shape or (np.abs(right.astype(int) - other) > 30).any(axis=-1).mean() > 0.02


def test_the_cells_of_the_matrix_have_the_colours_of_their_scores() -> None:
    for model in (permuted(), built_in()):
        report = check(model)
        assert report.labels is not None
        image, layout, cells = drawn(model, report)
        matrix = matrix_of(cells)
        scores = np.array([[column.scores[label] for label in EMOTIONS] for column in report.labels.columns])
        np.testing.assert_allclose(shares(image, layout, matrix, 7), np.clip(scores, 0, 1), atol=0.02)
        assert [EMOTIONS[at] for at in matrix.dotted] == [report.labels.assignment[label] for label in EMOTIONS]
        for wrong in (scores[::-1], scores[:, ::-1], np.roll(scores, 1, axis=0)):  # rows or columns elsewhere are told
            assert np.abs(shares(image, layout, matrix, 7) - np.clip(wrong, 0, 1)).max() > 0.3
        # The outline is on the labels as filed, and nowhere else.
        faces = layout.cards[7].faces
        body = Rect(faces[0].x, faces[0].y, faces[-1].right - faces[0].x, faces[0].h)
        accent = np.array(theme.ACCENT.bytes()[:3])
        for row, line in enumerate(matrix_cells(matrix, body, layout.unit)):
            for column, cell in enumerate(line):
                edge = image[cell.y + cell.h // 2, cell.x : cell.x + 2].astype(float)
                assert bool((np.abs(edge - accent).max(axis=1) < 60).any()) is (row == column)


def test_every_family_is_drawn_on_both_grounds(tmp_path: Path, units: LinearMeshModel) -> None:
    models = {
        "v5": permuted(), "au": units, "exchanged": with_exchange(units), "bs": with_blendshapes(units),
        "random": with_random_rows(1.0), "huge": with_random_rows(1e30), "nothing": with_random_rows(0.0),
    }  # fmt: skip
    for name, model in models.items():
        report, pictures = check(model), []
        for ground in ("dark", "light"):
            done = draw_audit(model, report, tmp_path / f"{name}_{ground}.png", ground, FACE)
            with Image.open(done.path) as image:
                assert image.size == done.size and image.text["Model"] == model.name
                pictures.append(np.asarray(image.convert("RGB")).astype(int))
        dark, light = (picture[2, 2] for picture in pictures)
        assert dark.max() < 40 and light.min() > 240, name


@pytest.mark.parametrize("which", ["v5", "exchanged", "bs", "huge"])
def test_no_word_is_cut(which: str, units: LinearMeshModel, monkeypatch: pytest.MonkeyPatch) -> None:
    cut: list[str] = []
    seen: list[str] = []

    class Listening(Painter):
        def text(self, text, rect, color=theme.TEXT, size=1.0, font=None, side="left"):
            seen.append(text)
            if self.width(text, size, font) > rect.w + 1:
                cut.append(text)
            return super().text(text, rect, color, size, font, side)

    monkeypatch.setattr(sheet, "Painter", Listening)
    models = {
        "v5": permuted, "exchanged": lambda: with_exchange(units), "bs": lambda: with_blendshapes(units),
        "huge": lambda: with_random_rows(1e30),
    }  # fmt: skip
    model = models[which]()
    heading, cells = sheet_of(model, check(model))
    sheet.draw_sheet(model.mean_mesh, heading, cells, 270, columns=2)
    assert len(seen) > 60 and not cut
    cells[0] = replace(cells[0], notes=("far too long " * 40,), warning="")
    sheet.draw_sheet(model.mean_mesh, heading, cells, 270, columns=2)
    assert cut  # what is cut is told


def test_action_units_are_matched_with_the_bundled_columns(units: LinearMeshModel) -> None:
    _, cells = sheet_of(units, check(units))
    assert [cell.title for cell in cells] == ["Effect size", "Asymmetry", "Pose rows", "Findings"]
    heading, cells = sheet_of(with_exchange(units), check(with_exchange(units)))
    one, other = units.feature_columns[3], units.feature_columns[9]
    assert f"{one} moves like {other}" in heading.warning
    match = next(cell for cell in cells if cell.title == "Match")
    assert match.marked
    bars = match.paint.args[0]
    assert [bar.name for bar in bars if bar.warns] == [f"{one}: {other}", f"{other}: {one}"]
    assert matrix_of(cells).dotted[3] == 9


def test_nothing_is_written_over_and_bad_places_are_told(tmp_path: Path) -> None:
    model = built_in()
    report = check(model)
    (tmp_path / "a.png").write_bytes(b"mine")
    assert draw_audit(model, report, tmp_path / "a.png", face_px=FACE).path == tmp_path / "a_2.png"
    assert (tmp_path / "a.png").read_bytes() == b"mine"
    with pytest.raises(RecordError, match="another place"):
        draw_audit(model, report, tmp_path / "a.png" / "b.png", face_px=FACE)
    for name in ("a", "a.jpg", "a.gif"):
        with pytest.raises(UsageError, match=r"\.png"):
            check_suffix(tmp_path / name)


def test_the_command_draws_and_says_where(meshmirror: Runner, tmp_path: Path) -> None:
    write_model(permuted(), tmp_path / "v5.npz")
    done = meshmirror("models", "check", "v5.npz", "--out", "new/c.png", "--ground", "light", "--json")
    assert done.returncode == 0 and not done.stderr.strip(), done.stderr
    answer = json.loads(done.stdout)
    assert answer["outputs"] == ["new/c.png"] and answer["labels_permuted"] is True
    with Image.open(tmp_path / "new" / "c.png") as image:
        assert list(image.size) == answer["size"] and image.getpixel((1, 1)) == (255, 255, 255)
    done = meshmirror("models", "check", "v5.npz", "--out", "new/c.png")
    assert done.returncode == 0 and "new/c_2.png" in done.stdout and "exists and is kept" in done.stderr


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (["emotion@built-in", "--out", "a.jpg"], 2, ".png"),
        (["emotion@built-in", "--ground", "light"], 2, "--out"),
        (["emotion@built-in", "--ground", "pink", "--out", "a.png"], 2, "light"),
        (["emotion@built-in", "--out", "file/a.png"], 3, "another place"),
        (["missing.npz", "--out", "a.png"], 4, "missing.npz"),
    ],
)
def test_what_a_user_gets_wrong_is_answered(
    meshmirror: Runner, tmp_path: Path, args: list[str], code: int, word: str
) -> None:
    (tmp_path / "file").touch()
    done = meshmirror("models", "check", *args, "--json")
    assert done.returncode == code and "Traceback" not in done.stderr
    answer = json.loads(done.stdout)
    assert answer["exit_code"] == code and word in answer["error"]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
