"""face_landmarker.task: pinned, verified, and put into place only when it is whole. The server is on loopback."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from common import needs_task, task_file

from realtime.detect import weights
from realtime.errors import ModelFileError, SourceError


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        source = task_file()
        content = source.read_bytes() if source else b"x" * weights.TASK_BYTES
        if self.path == "/404":
            self.send_error(404)
            return
        if self.path == "/slow":
            time.sleep(5)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.path == "/flipped":
            content = content[:1000] + bytes([content[1000] ^ 1]) + content[1001:]
        self.wfile.write(content[:5000] if self.path == "/short" else content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}"
    httpd.shutdown()


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(weights, "task_path", lambda: tmp_path / "cache" / weights.TASK_NAME)
    return tmp_path / "cache"


@needs_task
def test_the_right_file_arrives_and_is_found(server: str, empty_cache: Path) -> None:
    assert weights.find_task() is None
    seen: list[int] = []
    path = weights.fetch_task(server + "/right", seen.append)
    assert weights.find_task() == path
    assert seen[-1] == weights.TASK_BYTES
    assert [p.name for p in empty_cache.iterdir()] == [weights.TASK_NAME]


@pytest.mark.parametrize("way", ["/flipped", "/short"])
def test_a_wrong_file_never_gets_into_place(server: str, empty_cache: Path, way: str) -> None:
    with pytest.raises((ModelFileError, SourceError)):
        weights.fetch_task(server + way)
    assert list(empty_cache.iterdir()) == []
    assert weights.find_task() is None


@pytest.mark.parametrize("way", ["/404", "/slow"])
def test_a_dead_address_costs_three_seconds_at_most_and_names_the_way_out(server: str, way: str) -> None:
    start = time.monotonic()
    with pytest.raises(SourceError, match="bundled"):
        weights.fetch_task(server + way)
    assert time.monotonic() - start < 4.5


def test_one_flipped_bit_is_caught_before_mediapipe_sees_it(tmp_path: Path) -> None:
    source = task_file()
    content = bytearray(source.read_bytes() if source else bytes(weights.TASK_BYTES))
    for place in range(0, len(content), len(content) // 10):
        content[place] ^= 1
        path = tmp_path / "bad.task"
        path.write_bytes(content)
        with pytest.raises(ModelFileError, match="models fetch"):
            weights.find_task(path)
        content[place] ^= 1


@pytest.mark.parametrize("content", [b"", b"text", b"\x80\x04."])
def test_another_file_is_refused_by_its_size(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.task"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="bytes"):
        weights.find_task(path)
