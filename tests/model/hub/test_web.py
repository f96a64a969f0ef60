"""face_landmarker.task: pinned, verified, and put into place only when it is whole. The server is on loopback."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from common import needs_task, task_file
from hub_stand_in import Hub, serving

from realtime.core.errors import ModelFileError, SourceError
from realtime.model.hub import FACE_LANDMARKER, Fetched, WebFile, fetch, find, status

KEY = "face_landmarker.task"


@pytest.fixture
def hub() -> Iterator[Hub]:
    source = task_file()
    content = source.read_bytes() if source else bytes(FACE_LANDMARKER.exact_bytes)
    with serving(Hub({KEY: content})) as started:
        yield started


@pytest.fixture
def known(hub: Hub) -> WebFile:
    return dataclasses.replace(FACE_LANDMARKER, url=f"{hub.address}/storage/{KEY}")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path))
    return tmp_path / "cache"


@pytest.fixture
def bring(known: WebFile) -> Callable[[], Fetched]:
    return lambda: fetch(known, lambda *_: None)


def files(cache: Path) -> list[str]:
    return [path.name for path in cache.iterdir() if path.is_file()]


@needs_task
def test_the_right_file_arrives_and_is_found(hub: Hub, known: WebFile, cache: Path) -> None:
    assert find(known) is None
    seen: list[tuple[int, int]] = []
    came = fetch(known, lambda *at: seen.append(at))
    assert came == Fetched(cache / KEY, known.exact_bytes, known.sha256, None, downloaded=True)
    assert seen[-1] == (known.exact_bytes, known.exact_bytes)
    assert files(cache) == [KEY]
    assert not fetch(known, lambda *_: None).downloaded
    assert len(hub.asked) == 1


@needs_task
def test_a_changed_file_is_fetched_anew(known: WebFile, cache: Path, bring: Callable[[], Fetched]) -> None:
    path = bring().path
    path.write_bytes(b"x" + path.read_bytes()[1:])
    assert status(known).state == "changed"
    assert bring().downloaded
    assert status(known).state == "verified"


@needs_task
def test_half_a_download_is_gone_on_with(hub: Hub, cache: Path, bring: Callable[[], Fetched]) -> None:
    hub.cut_at = 2_000_000
    with pytest.raises(SourceError, match=r"2\.00 of 3\.76 MB.*models fetch face_landmarker\.task"):
        bring()
    assert files(cache) == [KEY + ".part"]
    hub.cut_at = None
    assert bring().path == cache / KEY
    assert hub.ranges() == [None, "bytes=2000000-"]


@pytest.mark.parametrize("length", [None, 5000])
def test_a_wrong_file_never_gets_into_place(
    hub: Hub, cache: Path, bring: Callable[[], Fetched], length: int | None
) -> None:
    content = bytearray(hub.files[KEY])
    content[1000] ^= 1
    hub.files[KEY] = bytes(content[:length])
    with pytest.raises((ModelFileError, SourceError)):
        bring()
    assert KEY not in files(cache)


@pytest.mark.parametrize("way", [{"status": 404}, {"silent": True}])
def test_a_dead_address_names_the_way_out(hub: Hub, bring: Callable[[], Fetched], way: dict[str, object]) -> None:
    for name, value in way.items():
        setattr(hub, name, value)
    with pytest.raises(SourceError, match="bundled"):
        bring()
