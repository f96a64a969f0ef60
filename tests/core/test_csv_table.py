"""Tables of spreadsheets: with commas, semicolons and tabs, and what is no table."""

import csv
import io
import os

import pytest

from realtime.core.csv_table import csv_text, read_csv

CELLS = ["a\rb", "a\nb", "a\r\nb", '"', ",", "'", "", " x ", "\u2028", "=1+1", "\t", "1.5"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_the_separator_is_that_of_the_first_line(tmp_path, separator, start):
    path = tmp_path / "people.csv"
    lines = ["recording| person|group", '"a;b, c"|Ada|x', "", "two|Bob"]
    path.write_text(start + "\r\n".join(lines).replace("|", separator), encoding="utf-8")
    table = read_csv(path)
    assert table.columns == ("recording", "person", "group")
    assert table.rows == (
        (2, {"recording": "a;b, c", "person": "Ada", "group": "x"}),
        (4, {"recording": "two", "person": "Bob", "group": ""}),
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"recording;person\nclip;Ada;more\n", "line 2 has more fields"),
        ("recording,person\nclip,J\u00f6rg\n".encode("latin-1"), "not in UTF-8"),
        (b'recording,person\n"clip,Ada\n', "unexpected end"),
        (b"recording,person,person\none,Ada,Bob\n", "column 'person' is there twice"),
        ("recording,person\n".encode("utf-16"), "not in UTF-8"),
        (None, "No such file"),
    ],
)
def test_what_is_no_table_has_a_reason(tmp_path, content, reason):
    path = tmp_path / "people.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=reason):
        read_csv(path)


def test_an_empty_file_has_no_columns(tmp_path):
    (tmp_path / "people.csv").write_text("")
    assert read_csv(tmp_path / "people.csv").columns == ()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes among the files")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "people.csv")
    with pytest.raises(ValueError, match="a named pipe"):
        read_csv(tmp_path / "people.csv")


def test_every_text_that_is_written_comes_back_as_one_cell():
    text = csv_text([CELLS, CELLS])
    assert list(csv.reader(io.StringIO(text, newline=""))) == [CELLS, CELLS]
    assert csv_text([["a", 1.5, None]]) == "a,1.5,\n"
