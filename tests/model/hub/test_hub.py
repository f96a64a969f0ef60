"""`models fetch` against a hub on loopback, through the real client, as a user types it."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from box import NETWORK, V6, Box, finish, until
from hub_stand_in import COMMIT, Hub

from realtime.core.errors import SourceError
from realtime.model import load_model
from realtime.model.file import write_model
from realtime.model.hub import KNOWN, PYFEAT
from realtime.model.hub import download as stream

Serve = Callable[..., Hub]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def nothing_kept(box: Box, key: str = V6) -> bool:
    """Neither a record nor a file that would be loaded."""
    return not box.records() and not box.snapshot(key).exists()


@pytest.mark.parametrize("large", [True, False])
def test_the_first_fetch_records_what_came_and_the_next_asks_nobody(
    box: Box, serve: Serve, model_bytes: bytes, large: bool
) -> None:
    hub = serve(large=large)
    done = box.run("fetch", "emotion@v6", "--json")
    assert done.code == 0, done.stderr
    assert done.report == {
        "name": "emotion@v6",
        "path": str(box.snapshot(V6)),
        "bytes": len(model_bytes),
        "sha256": sha256(model_bytes),
        "revision": COMMIT,
        "downloaded": True,
        "licence": KNOWN["emotion@v6"].licence.notice,
    }
    assert "not cleared for commercial use" in done.stderr
    assert box.snapshot(V6).read_bytes() == model_bytes
    record = box.records()["emotion@v6"]
    assert (record["revision"], record["sha256"], record["bytes"]) == (COMMIT, sha256(model_bytes), len(model_bytes))
    assert (box.snapshot(V6).parents[2] / "refs" / "main").read_text() == COMMIT
    assert not list(box.blobs().glob("*.incomplete"))
    hub.asked.clear()
    again = box.run("fetch", "emotion@v6", "--json", HF_HUB_OFFLINE="1")
    assert (again.code, again.report["downloaded"]) == (0, False)
    assert hub.asked == []


def test_the_hub_learns_no_more_than_which_file_is_wanted(box: Box, serve: Serve) -> None:
    """No token, no list of installed packages, no look-up of who is calling, no other service."""
    hub = serve()
    assert finish(box.start("fetch", "emotion@v6", HF_TOKEN="hf_secret")).code == 0
    path = "/py-feat/emotion_to_mesh/resolve/{}/emotion_to_mesh_pls_v6.npz"
    asked = [(method, path) for method, path, _ in hub.asked]
    assert asked == [("HEAD", path.format("main")), ("GET", path.format(COMMIT)), ("GET", f"/storage/{V6}")]
    for _, _, headers in hub.asked:
        assert "hf_secret" not in str(headers)
        assert "torch" not in headers["user-agent"] and headers["user-agent"].startswith("meshmirror/")


def test_what_was_fetched_loads_where_a_plain_client_would_find_it(box: Box, serve: Serve) -> None:
    serve()
    assert box.run("fetch", "emotion@v6").code == 0
    script = (
        "from huggingface_hub import hf_hub_download, try_to_load_from_cache\n"
        "repo, file = 'py-feat/emotion_to_mesh', 'emotion_to_mesh_pls_v6.npz'\n"
        "from realtime import load_model\n"
        "model = load_model()\n"
        "assert model.name == 'emotion@v6', model\n"
        "assert str(model.path) == try_to_load_from_cache(repo, file) == hf_hub_download(repo, file)\n"
    )
    done = box.python(script, HF_HUB_OFFLINE="1")
    assert done.code == 0, done.stderr


def test_a_repository_that_was_renamed_is_followed(box: Box, serve: Serve, model_bytes: bytes) -> None:
    new = "elsewhere/emotion_to_mesh_2"
    serve(files={f"{new}/emotion_to_mesh_pls_v6.npz": model_bytes}, renamed=("py-feat/emotion_to_mesh", new))
    assert box.run("fetch", "emotion@v6").code == 0
    assert box.snapshot(V6).read_bytes() == model_bytes


def test_a_file_that_is_not_what_the_hub_says_is_not_kept(box: Box, serve: Serve) -> None:
    serve(told_sha256="ab" * 32)
    done = box.run("fetch", "emotion@v6", "--json")
    assert done.code == 4
    assert "abababababab" in done.report["error"] and "emotion@built-in" in done.report["error"]
    assert nothing_kept(box)
    assert list(box.blobs().iterdir()) == []


def test_a_moved_main_changes_nothing_and_a_changed_commit_is_refused(
    box: Box, serve: Serve, model_bytes: bytes
) -> None:
    """What was recorded is asked for again by its commit, and must have its hash."""
    hub = serve()
    assert box.run("fetch", "emotion@v6").code == 0
    box.snapshot(V6).unlink()
    hub.asked.clear()
    assert box.run("fetch", "emotion@v6").code == 0
    assert "/main/" not in str(hub.asked)
    box.snapshot(V6).unlink()
    serve(files={V6: model_bytes + b"x"})
    done = box.run("fetch", "emotion@v6", "--json")
    assert done.code == 4
    assert box.records()["emotion@v6"]["sha256"] == sha256(model_bytes)
    assert not box.snapshot(V6).exists()


def test_an_update_takes_what_the_hub_has_now(box: Box, serve: Serve, model_bytes: bytes, tmp_path: Path) -> None:
    hub = serve()
    assert box.run("fetch", "emotion@v6").code == 0
    write_model(load_model("emotion@built-in").replaced(card="a new card"), tmp_path / "new.npz")
    hub.files[V6], hub.commit = (tmp_path / "new.npz").read_bytes(), "c" * 40
    assert box.run("fetch", "emotion@v6", "--json").report["revision"] == COMMIT, "nothing changes unasked"
    done = box.run("fetch", "emotion@v6", "--update", "--json")
    assert (done.code, done.report["revision"], done.report["downloaded"]) == (0, "c" * 40, True)
    assert box.records()["emotion@v6"]["sha256"] == sha256(hub.files[V6]) != sha256(model_bytes)
    assert box.run("show", "emotion@v6", "--json").report["card"] == "a new card"
    assert box.run("fetch", "emotion@v6", "--update", "--json").report["downloaded"] is False


@pytest.mark.parametrize("takes_ranges", [True, False])
def test_half_a_download_is_gone_on_with(box: Box, serve: Serve, takes_ranges: bool) -> None:
    hub = serve(cut_at=500_000, takes_ranges=takes_ranges)
    done = box.run("fetch", "pyfeat", "--json")
    assert done.code == 3
    assert "0.50 of 1.05 MB" in done.report["error"] and "models fetch pyfeat" in done.report["error"]
    assert nothing_kept(box, NETWORK)
    (part,) = box.blobs(NETWORK).iterdir()
    assert part.stat().st_size == 500_000
    hub.cut_at = None
    done = box.run("fetch", "pyfeat", "--json")
    assert done.code == 0, done.stderr
    assert hub.ranges() == [None, "bytes=500000-"]
    assert box.snapshot(NETWORK).read_bytes() == hub.files[NETWORK]


def test_another_part_than_was_asked_for_is_not_taken(box: Box, serve: Serve) -> None:
    hub = serve(shift=10)
    part, url, size = box.folder / "part", f"{hub.address}/storage/{NETWORK}", len(hub.files[NETWORK])
    part.write_bytes(hub.files[NETWORK][:1000])
    with pytest.raises(SourceError, match="another range"):
        stream.download(PYFEAT, url, part, size, lambda *_: None)
    stream.download(PYFEAT, url, part, size, lambda *_: None)
    assert part.read_bytes() == hub.files[NETWORK]


def test_a_damaged_half_is_found_out_and_not_kept(box: Box, serve: Serve) -> None:
    hub = serve(cut_at=500_000)
    assert box.run("fetch", "pyfeat").code == 3
    (part,) = box.blobs(NETWORK).iterdir()
    content = bytearray(part.read_bytes())
    content[1000] ^= 1
    part.write_bytes(content)
    hub.cut_at = None
    assert box.run("fetch", "pyfeat").code == 4
    assert nothing_kept(box, NETWORK) and not part.exists()
    assert box.run("fetch", "pyfeat").code == 0


def test_a_program_that_has_the_client_already_tells_no_more(box: Box, serve: Serve) -> None:
    hub = serve()
    script = (
        "import huggingface_hub.constants\n"
        "from realtime.model.hub import KNOWN, fetch\n"
        "assert fetch(KNOWN['emotion@v6'], lambda *_: None).downloaded\n"
    )
    done = box.python(script, HF_TOKEN="hf_secret")
    assert done.code == 0, done.stderr
    assert [method for method, _, _ in hub.asked] == ["HEAD", "GET", "GET"]
    assert "torch" not in str(hub.asked) and "hf_secret" not in str(hub.asked)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_download_is_gone_on_with(box: Box, serve: Serve, how: signal.Signals) -> None:
    hub = serve(pause_s=0.1)
    child = box.start("fetch", "pyfeat")
    until(lambda: any(part.stat().st_size > 200_000 for part in box.blobs(NETWORK).glob("*.incomplete")))
    child.send_signal(how)
    done = finish(child)
    assert done.code == (130 if how == signal.SIGINT else -how)
    if how == signal.SIGINT:
        assert "resumes the download" in done.stderr
    (part,) = box.blobs(NETWORK).iterdir()
    here = part.stat().st_size
    hub.pause_s = 0
    assert box.run("fetch", "pyfeat").code == 0
    assert hub.ranges()[-1] == f"bytes={here}-"
    assert box.snapshot(NETWORK).read_bytes() == hub.files[NETWORK]


def test_two_programs_at_once_download_once(box: Box, serve: Serve) -> None:
    hub = serve(pause_s=0.1)
    both = [box.start("fetch", "pyfeat", "--json") for _ in range(2)]
    done = [finish(child) for child in both]
    assert [each.code for each in done] == [0, 0], [each.stderr for each in done]
    assert len(hub.ranges()) == 1
    assert box.snapshot(NETWORK).read_bytes() == hub.files[NETWORK]
    assert "waiting" in done[0].stderr + done[1].stderr
    assert set(box.records()) == {"pyfeat"}


def test_programs_that_fetch_different_files_at_once_record_both(box: Box, serve: Serve) -> None:
    serve()
    for child in [box.start("fetch", name) for name in ("pyfeat", "emotion@v6")]:
        assert finish(child).code == 0
    assert set(box.records()) == {"pyfeat", "emotion@v6"}


@pytest.mark.parametrize("status", [404, 503])
def test_a_hub_that_refuses_is_named_with_the_way_out(box: Box, serve: Serve, status: int) -> None:
    hub = serve(status=status)
    done = box.run("fetch", "emotion@v6", "--json")
    assert done.code == 3
    assert f"answers {status}" in done.report["error"] and "emotion@built-in" in done.report["error"]
    assert len(hub.asked) == 1
    assert nothing_kept(box)


def full_backlog() -> tuple[socket.socket, list[socket.socket]]:
    """A port at which connections are neither taken nor refused, as behind a firewall that drops."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    door.listen(0)
    waiting = []
    for _ in range(4):
        knock = socket.socket()
        knock.setblocking(False)
        knock.connect_ex(door.getsockname())
        waiting.append(knock)
    return door, waiting


def test_a_dead_network_costs_three_seconds_and_names_the_fallback(box: Box, serve: Serve) -> None:
    """Refused, dropped, accepted in silence, and a name server that says nothing, all at once; the times are told."""
    silent = serve(silent=True).address
    door, waiting = full_backlog()
    dropped = f"http://127.0.0.1:{door.getsockname()[1]}"
    deaf = "import socket, time\nsocket.getaddrinfo = lambda *a, **k: time.sleep(60)\n"
    (box.folder / "deaf").mkdir()
    (box.folder / "deaf" / "sitecustomize.py").write_text(deaf)
    no_names = os.pathsep.join([str(box.folder / "deaf"), box.variables["PYTHONPATH"]])
    start = time.monotonic()
    ways: list[dict[str, str]] = [
        {"HF_ENDPOINT": "http://127.0.0.1:9"},
        {"HF_ENDPOINT": dropped},
        {"HF_ENDPOINT": silent},
        {"HF_ENDPOINT": "http://hub.invalid", "PYTHONPATH": no_names},
    ]
    children = [box.start("fetch", "emotion@v6", "--json", **way) for way in ways]
    for way, child in zip(ways, children, strict=True):
        done = finish(child)
        assert done.code == 3, (way, done.stderr)
        assert "emotion@built-in" in done.report["error"], way
        assert way["HF_ENDPOINT"] in done.report["error"]
    assert time.monotonic() - start < 20, "four starts of the program and 3 s; the client by itself takes 24 s"
    assert nothing_kept(box)
    assert waiting


def test_a_download_that_stands_still_ends(box: Box, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = serve(stall_at=300_000)
    monkeypatch.setattr(stream, "STALL_S", 0.5)
    part, url, size = box.folder / "part", f"{hub.address}/storage/{NETWORK}", len(hub.files[NETWORK])
    seen: list[tuple[int, int]] = []
    with pytest.raises(SourceError, match=r"at 0.30 of 1.05 MB: nothing came for 0.5 s.*models fetch pyfeat"):
        stream.download(PYFEAT, url, part, size, lambda *at: seen.append(at))
    assert seen[0] == (0, size) and seen[-1] == (300_000, size)
    hub.stall_at = None
    stream.download(PYFEAT, url, part, size, lambda *at: seen.append(at))
    assert hub.ranges() == [None, "bytes=300000-"]
    assert seen[-1] == (size, size) and part.read_bytes() == hub.files[NETWORK]


def test_offline_is_obeyed_at_once(box: Box, serve: Serve) -> None:
    hub = serve()
    done = box.run("fetch", "emotion@v6", "--json", HF_HUB_OFFLINE="1")
    assert done.code == 3
    assert "HF_HUB_OFFLINE" in done.report["error"] and "emotion@built-in" in done.report["error"]
    assert hub.asked == []


def test_a_changed_file_is_refused_before_it_is_parsed_and_fetched_anew(
    box: Box, serve: Serve, model_bytes: bytes
) -> None:
    serve()
    assert box.run("fetch", "emotion@v6").code == 0
    changed = bytearray(model_bytes)
    changed[5000] ^= 1
    for content in (bytes(changed), b"\x80\x04."):
        box.snapshot(V6).write_bytes(content)
        done = box.run("show", "emotion@v6", "--json")
        assert done.code == 4
        assert "SHA-256" in done.report["error"] and "models fetch emotion@v6" in done.report["error"]
        assert "pickle" not in done.report["error"] and "archive" not in done.report["error"]
    assert "changed, refused" in box.run("list").stdout
    # Without a network it stays refused; with one it is replaced.
    assert box.run("fetch", "emotion@v6", HF_HUB_OFFLINE="1").code == 3
    done = box.run("fetch", "emotion@v6", "--json")
    assert (done.code, done.report["downloaded"]) == (0, True), done.stderr
    assert box.run("show", "emotion@v6").code == 0


def test_a_file_that_is_no_model_is_said(box: Box, serve: Serve) -> None:
    serve(files={V6: b"<html>a captive portal</html>"})
    done = box.run("fetch", "emotion@v6", "--json")
    assert done.code == 4
    assert "web page" in done.report["error"]


def test_a_cache_that_cannot_be_written_is_named(box: Box, serve: Serve) -> None:
    hub = serve()
    (box.folder / "file").write_text("in the way")
    done = box.run("fetch", "emotion@v6", "--json", HF_HOME=str(box.folder / "file"))
    assert done.code == 3
    assert "cannot be written" in done.report["error"] and "HF_HOME" in done.report["error"]
    assert hub.ranges() == []


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_full_disk_keeps_what_has_come(box: Box, serve: Serve) -> None:
    """A limit on a file's size is what a test can set without a disk of its own."""
    serve()
    script = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))\n"
        "from realtime.cli import main\n"
        "main(['models', 'fetch', 'pyfeat', '--json'])\n"
    )
    done = box.python(script)
    assert done.code == 3, done.stderr
    assert "cannot be written" in done.report["error"] and "Make room" in done.report["error"]
    (part,) = box.blobs(NETWORK).iterdir()
    assert part.stat().st_size == 300_000
    assert box.run("fetch", "pyfeat").code == 0


def test_a_data_folder_that_cannot_be_written_prevents_nothing(box: Box, serve: Serve) -> None:
    serve()
    (box.folder / "file").write_text("in the way")
    for command in (["fetch", "emotion@v6"], ["show", "emotion@v6"]):
        done = box.run(*command, MESHMIRROR_HOME=str(box.folder / "file"))
        assert done.code == 0, done.stderr
        assert "cannot be recorded" in done.stderr


def test_what_answers_must_be_a_hub(box: Box, serve: Serve) -> None:
    hub = serve()
    hub.commit = "not-a-commit"
    done = box.run("fetch", "emotion@v6", "--json")
    assert done.code == 3 and "no Hugging Face hub" in done.report["error"]
    hub.commit = COMMIT
    hub.told_sha256 = "../../../escaped"
    done = box.run("fetch", "emotion@v6", "--json")
    assert done.code == 3 and "no Hugging Face hub" in done.report["error"]
    done = finish(box.start("fetch", "emotion@v6", "--json", HF_ENDPOINT="no address"))
    assert done.code == 3 and "no address" in done.report["error"]
    assert nothing_kept(box)


def test_names_are_answered_with_the_nearest(box: Box) -> None:
    names = {"emotion@6": "emotion@v6", "pyfaet": "pyfeat", "./emotion_v6.npz": "emotion@v6"}
    for name in names:
        done = box.run("fetch", name, "--json")
        assert done.code == 2
        assert f"Did you mean '{names[name]}'?" in done.report["error"]
    assert box.run("fetch", "emotion@built-in", "--json").report["downloaded"] is False


def test_every_known_download_says_what_it_is() -> None:
    for name, known in KNOWN.items():
        assert dataclasses.is_dataclass(known) and known.name == name
        assert known.licence.notice and known.instead and known.about_bytes > 0


def test_what_is_no_model_is_not_kept_and_does_not_stand_in_the_way(box: Box, serve: Serve, model_bytes: bytes) -> None:
    """A hub that gives a web page, however well its hash fits, leaves the machine as it was."""
    hub = serve(files={V6: b"<html>oops</html>"})
    done = box.run("fetch", "emotion@v6", "--json")
    assert done.code == 4 and "web page" in done.report["error"] and "not kept" in done.report["error"]
    assert nothing_kept(box) and not box.records()
    assert box.python("from realtime import load_model; assert load_model().name == 'emotion@built-in'").code == 0
    hub.files[V6] = model_bytes
    assert box.run("fetch", "emotion@v6", "--json").report["downloaded"] is True


@pytest.mark.parametrize("address", ["http://[::1", "http://127.0.0.1:99999"])
@pytest.mark.parametrize("name", ["emotion@v6", "face_landmarker.task"])
def test_an_address_that_is_none_is_named(box: Box, address: str, name: str) -> None:
    """In a process of its own: the hub's client finds it out while it is imported."""
    done = finish(box.start("fetch", name, "--json", HF_ENDPOINT=address))
    assert done.code == 3 and address in done.report["error"], done.stderr


def test_a_changed_file_that_is_no_model_keeps_what_is_on_record(box: Box, serve: Serve) -> None:
    """It is neither parsed nor a reason to forget: the same commit is asked for, and must have the same hash."""
    hub = serve()
    assert box.run("fetch", "emotion@v6").code == 0
    record = box.records()
    box.snapshot(V6).unlink()
    box.snapshot(V6).write_bytes(b"<html>changed</html>")
    hub.asked.clear()
    done = box.run("fetch", "emotion@v6", "--json")
    assert (done.code, done.report["downloaded"]) == (0, True) and "web page" not in done.stderr
    assert box.records() == record and "/main/" not in str(hub.asked)
