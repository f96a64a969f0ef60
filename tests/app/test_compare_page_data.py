"""What the page of a comparison shows is what was computed: its faces and errors against the tables beside it."""

from __future__ import annotations

import base64
import csv
import json
import re
from io import BytesIO

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from common import clip, needs_bundled
from comparing import BUILT_IN, compared
from PIL import Image
from remade import RECORDED

from realtime.pipeline.compare.merged_recording import MergedRecording
from realtime.pipeline.compare.neutrals import NeutralWish
from realtime.pipeline.compare.part_on_disk import PartOnDisk
from realtime.pipeline.compare.pictures import shown_pictures
from realtime.pipeline.compare.recordings import Entry, Recording


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


@needs_bundled
def test_pictures_of_people_are_there_where_they_were_asked_for_and_nowhere_else(tmp_path):
    film, out = clip("single_face.mp4"), tmp_path / "out"
    given = {"page": True, "neutral": NeutralWish.parsed("first:0.6")}
    plain = compared([film], out, **given)
    assert plain.pictures == 0 and "image/jpeg" not in (out / "report.html").read_text()
    assert "no picture of a person is in it" in (out / "report.html").read_text()
    report = compared([film], out, pictures=True, **given)
    html = (out / "report.html").read_text()
    found = [base64.b64decode(one) for one in re.findall(r"data:image/jpeg;base64,([^\"]+)", html)]
    assert report.pictures == len(found) == 2 and "This page shows people: 2 pictures" in html
    assert all(max(Image.open(BytesIO(one)).size) == 300 for one in found)
    assert "no picture of a person is in it" not in html
    (part,) = (PartOnDisk(one.parent) for one in (out / "parts").glob("*/part.json"))
    recording = MergedRecording(Recording(film, "single_face", Entry()), {}, None, (), {}, None, ())
    shown, without = shown_pictures([recording], {"single_face": part}, BUILT_IN, recompute=False)
    frames = pq.read_table(out / "frames.parquet").to_pandas()
    errors = frames[frames.compared].nme_adjusted
    assert not without and [one.nme for one in shown] == pytest.approx([errors.min(), errors.max()])
    video = cv2.VideoCapture(str(film))
    pictures = []
    while (read := video.read())[0]:
        pictures.append(read[1])
    for one, row in zip(shown, (errors.idxmin(), errors.idxmax()), strict=True):
        whole = pictures[int(frames.frame[row])][:, :, ::-1].copy()
        match = cv2.matchTemplate(whole, one.image, cv2.TM_SQDIFF)
        assert match.min() < 40 * one.image.size  # other decoders round otherwise
        inside = (one.points > 0).all() and (one.points < one.image.shape[1::-1]).all()
        assert inside and one.best == (row == errors.idxmin())


def test_where_there_are_no_pictures_the_page_says_so(tmp_path):
    report = compared([RECORDED], tmp_path / "out", page=True, pictures=True)
    html = (tmp_path / "out" / "report.html").read_text()
    assert report.pictures == 0 and "image/jpeg" not in html and "No picture of the camera" in html


def test_settings_are_a_table_by_the_names_that_set_takes(made):
    report, _, html, _ = made
    assert report.settings["detect.tracker"] == "bundled" and report.settings["source.rotate"] == "auto"
    assert float(report.settings["model.max_yaw_deg"]) > 0
    shown = re.search(r'aria-label="Settings".*?</table>', html, re.DOTALL).group(0)
    assert all(name in shown for name in report.settings) and "{" not in shown and "True" not in shown
    remark = next(text for text in report.remarks if "fitted to the mesh" in text)
    assert "random models of equal size" in remark and report.overall.floor.null is not None
