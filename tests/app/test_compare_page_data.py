"""What the page of a comparison shows is what was computed: its faces and errors against the tables beside it."""

from __future__ import annotations

import base64
import csv
import json
import re

import numpy as np
import pyarrow.parquet as pq
import pytest
from comparing import compared
from remade import RECORDED


def decoded(text, step):
    return np.frombuffer(base64.b64decode(text), "<i2").astype(np.float64) * step


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("page") / "out"
    report = compared([RECORDED], out, page=True)
    html = (out / "report.html").read_text(encoding="utf-8")
    return report, out, html, json.loads(re.search(r'id="faces">(.*?)</script>', html).group(1))


def test_the_faces_have_the_errors_of_the_table_from_the_smallest_to_the_largest(made):
    report, out, html, data = made
    frames = pq.read_table(out / "frames.parquet").to_pandas()
    used = frames[frames.compared]
    errors = []
    for one in data["frames"]:
        observed, predicted = (
            decoded(one[kind][0], data["step"]).reshape(478, 3) for kind in ("observed", "predicted")
        )
        errors.append(np.linalg.norm(observed - predicted, axis=1).mean())
        (row,) = used[np.abs(used.time_s - one["seconds"]) < 1e-3].itertuples()
        assert errors[-1] == pytest.approx(row.nme_adjusted, abs=0.01)
        assert f"{row.nme_adjusted:.2f} %" in one["text"]
    assert len(errors) > 5 and (np.diff(errors) > -0.01).all()
    ends = used.nme_adjusted.min(), used.nme_adjusted.max()
    assert (errors[0], errors[-1]) == pytest.approx(ends, abs=0.01)
    assert str(out / "report.html") in report.outputs and f"{report.frames:,} frames" in html


def test_the_errors_by_vertex_are_those_of_the_table(made):
    _, out, _, data = made
    with (out / "vertices.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    (mean,) = data["means"]
    distance, signed = decoded(mean["distance"], data["step"]), decoded(mean["signed"], data["step"])
    assert distance == pytest.approx([float(row["distance"]) for row in rows], abs=0.006)
    length = [np.linalg.norm([float(row[f"error_{axis}"]) for axis in "xyz"]) for row in rows]
    assert (np.abs(signed) <= np.array(length) + 0.01).all() and np.abs(signed).max() > 0.1


def test_settings_are_a_table_by_the_names_that_set_takes(made):
    report, _, html, _ = made
    assert report.settings["detect.tracker"] == "bundled" and report.settings["source.rotate"] == "auto"
    assert float(report.settings["model.max_yaw_deg"]) > 0
    shown = re.search(r'aria-label="Settings".*?</table>', html, re.DOTALL).group(0)
    assert all(name in shown for name in report.settings) and "{" not in shown and "True" not in shown
    remark = next(text for text in report.remarks if "fitted to the mesh" in text)
    assert "random models of equal size" in remark and report.overall.floor.null is not None
