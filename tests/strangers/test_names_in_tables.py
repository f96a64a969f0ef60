"""Names and labels with all that a name may hold come out of every exported table as they went in."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pyarrow.csv
import pytest
from altered_sessions import alter_info
from common import PANDAS

import realtime.export
import realtime.session
from realtime.session.folder import MARKS

pd = pytest.importorskip("pandas", reason=PANDAS)

NAMES = (
    "Müller, Anna; \"Take 2\".mp4", "a\nb\r\nc\td.mp4", "'quoted'", '"', ",", " leading and trailing ", "顔 🙂.mp4",
    "=1+1.mp4", "-1.mp4", "NUL\\x.mp4",
)  # fmt: skip


def with_names(folder: Path, source: str, label: str) -> Path:
    """The recorded session with another source, and an event of that label at row 3."""
    shutil.copytree(Path(__file__).parent.parent / "data" / "session", folder)
    with (folder / MARKS).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["annotation_id", "kind", "start_frame", "end_frame", "label"])
        writer.writerow(["a", "event", 3, 3, label])
    return alter_info(folder, lambda info: info.update(source=source))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_the_same_in_every_format(tmp_path: Path, name: str) -> None:
    with realtime.session.open(with_names(tmp_path / "s", name, name)) as session:
        fex = realtime.export.to_fex(session, tmp_path / "fex.csv")
        openface = realtime.export.to_csv(session, tmp_path / "openface.csv")
        parquet = realtime.export.to_parquet(session, tmp_path / "all.parquet")
        rows = len(session)
    for reader in (lambda path: pd.read_csv(path, keep_default_na=False), read_with_csv, read_with_arrow):
        assert list(reader(fex)["input"]) == [name] * rows
        label = list(reader(openface)["event"])[3]
        assert label == (f"'{name}" if name.startswith(("=", "-")) else name)
    assert pd.read_parquet(parquet)["event"][3] == name
    joined = pd.read_csv(fex).merge(pd.DataFrame({"input": [name], "person": ["Anna"]}), on="input")
    assert len(joined) == rows


def read_with_csv(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8", newline="") as file:
        return pd.DataFrame(list(csv.DictReader(file, strict=True)))


def read_with_arrow(path: Path) -> pd.DataFrame:
    options = pyarrow.csv.ParseOptions(newlines_in_values=True)
    return pyarrow.csv.read_csv(path, parse_options=options).to_pandas()


def test_a_column_of_floats_stays_one_where_all_of_it_is_whole(tmp_path: Path) -> None:
    """A reader takes a column of 1 for integers, in which pandas cannot set a missing value."""
    with realtime.session.open(with_names(tmp_path / "s", "a.mp4", "smile")) as session:
        found = pd.read_csv(realtime.export.to_fex(session, tmp_path / "fex.csv"))
    assert set(found["FaceScore"].dropna()) == {1.0}
    assert {found[name].dtype.kind for name in ("FaceScore", "FrameWidth", "FrameHeight", "X", "AU01")} == {"f"}
    assert list(found["events"]) == [int(row == 3) for row in range(len(found))]
    assert [name for name in found if not pd.api.types.is_numeric_dtype(found[name])] == ["input"]
