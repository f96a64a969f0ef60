"""py-feat's network: fetched, prepared, shown, and examined by `doctor`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from box import NETWORK, Box
from hub_stand_in import COMMIT, Hub
from pyfeat_network import Network

Serve = Callable[..., Hub]


def installed(box: Box, network: Network) -> None:
    """As after a fetch, in the user's folders; the file lies in the cache of the Hugging Face client."""
    path = box.snapshot(NETWORK)
    path.parent.mkdir(parents=True)
    path.symlink_to(network.weights.path)
    owner, repo, file = NETWORK.split("/")
    record = {"repo": f"{owner}/{repo}", "file": file, "revision": COMMIT, "sha256": network.weights.sha256,
              "bytes": path.stat().st_size, "date": "2026-01-01"}  # fmt: skip
    box.manifest.parent.mkdir()
    box.manifest.write_text(json.dumps({"format": 1, "files": {"pyfeat": record}}))


def prepared(box: Box, network: Network) -> Path:
    folder = box.folder / "cache" / "pyfeat" / network.converted.folder.name
    shutil.copytree(network.converted.folder, folder)
    return folder


def examined(box: Box) -> dict[str, Any]:
    return {finding["name"]: finding for finding in box.command("doctor", "--json").report["findings"]}


def test_what_is_no_network_is_not_kept(box: Box, serve: Serve) -> None:
    for content, reason in ((bytes(1_000_000), "not a safetensors file"), (None, "cut off")):
        hub = serve()
        hub.files[NETWORK] = hub.files[NETWORK][:-5] if content is None else content
        done = box.run("fetch", "pyfeat", "--json")
        assert done.code == 4
        assert "was not kept" in done.report["error"] and reason in done.report["error"]
        assert not box.snapshot(NETWORK).exists() and list(box.blobs(NETWORK).iterdir()) == []
        assert box.records() == {}


def test_one_that_cannot_be_prepared_is_kept_and_told(box: Box, serve: Serve) -> None:
    serve()
    done = box.run("fetch", "pyfeat", "--json")
    assert (done.code, done.report["downloaded"], done.report["prepared"]) == (0, True, None)
    assert "building py-feat's network" in done.stderr
    assert "The conversion for this machine failed" in done.stderr and "the tensor 'padding'" in done.stderr
    assert set(box.records()) == {"pyfeat"}
    told = box.run("show", "pyfeat", "--json").report
    assert (told["prepared"], told["names"], told["measured"]) == (None, None, None)
    assert told["heads"] == {"emotion": 7, "au": 20, "va": 2, "gaze": 2, "pose": 6, "blendshapes": 52, "mesh": 1434}
    assert "not yet" in box.run("show", "pyfeat").stdout
    finding = examined(box)["pyfeat, prepared"]
    assert finding["state"] == "note" and finding["mend"] == "meshmirror models fetch pyfeat"


def test_one_that_is_prepared_is_shown_with_its_names(box: Box, serve: Serve, prepared_network: Network) -> None:
    hub = serve()
    installed(box, prepared_network)
    folder = prepared(box, prepared_network)
    done = box.run("fetch", "pyfeat", "--json")
    assert (done.code, done.report["downloaded"], done.report["prepared"]) == (0, False, str(folder)), done.stderr
    assert "building" not in done.stderr and hub.asked == []
    told = box.run("show", "pyfeat", "--json").report
    assert told["prepared"] == str(folder) and told["path"] == str(box.snapshot(NETWORK))
    assert told["sha256"] == prepared_network.weights.sha256 and "not cleared for commercial use" in told["licence"]
    assert told["names"]["emotion"] == ["Neutral", "Happy", "Sad", "Surprise", "Fear", "Disgust", "Anger"]
    assert {head: len(names) for head, names in told["names"].items()} == {"emotion": 7, "au": 20, "blendshapes": 52}
    assert told["measured"]["f32"]["difference"]["emotion"] < 1e-4
    shown = box.run("show", "pyfeat").stdout
    assert "Neutral, Happy, Sad" in shown and "AU43" in shown and "f32" in shown
    assert examined(box)["pyfeat, prepared"] == {
        "group": "models", "name": "pyfeat, prepared", "state": "ok", "found": str(folder), "mend": "",
    }  # fmt: skip


def test_a_changed_file_is_refused(box: Box, serve: Serve) -> None:
    serve()
    assert box.run("fetch", "pyfeat").code == 0
    path = box.snapshot(NETWORK)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    done = box.run("show", "pyfeat", "--json")
    assert done.code == 4 and "the file was changed" in done.report["error"]
    assert "pyfeat, prepared" not in examined(box) and examined(box)["pyfeat"]["state"] == "bad"
