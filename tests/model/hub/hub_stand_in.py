"""A Hugging Face hub on loopback: the few requests that a download makes, right and in every wrong way.

A large file (LFS) is answered with a redirect to another host, as the real hub does: its head carries the commit, the
SHA-256 and the size, and offers the Xet way. `localhost` stands for that other host.
"""

from __future__ import annotations

import hashlib
import http.server
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

COMMIT = "1234567890abcdef1234567890abcdef12345678"
_RESOLVE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)")


@dataclass
class Hub:
    """What is served, how, and what was asked."""

    files: dict[str, bytes]  # "repo/file" -> content
    commit: str = COMMIT
    large: bool = True  # as LFS: redirected, SHA-256 in the head
    renamed: tuple[str, str] | None = None  # a repository's old name and its new one
    told_sha256: str | None = None  # in place of the content's own
    status: int | None = None  # in place of every answer
    silent: bool = False  # accepts and says nothing
    cut_at: int | None = None  # byte of the file at which the connection is closed
    stall_at: int | None = None  # byte of the file at which nothing more comes
    pause_s: float = 0.0  # before each 64 kB
    takes_ranges: bool = True
    shift: int = 0  # added to the start of a range
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)  # method, path, headers
    address: str = ""
    released: threading.Event = field(default_factory=threading.Event)  # lets silent answers go at the end

    def ranges(self) -> list[str | None]:
        """What each request for content asked for."""
        return [headers.get("range") for method, path, headers in self.asked if method == "GET" and "/storage/" in path]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub = self.server.hub
        hub.asked.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
        if hub.silent:
            hub.released.wait(30)
            self.close_connection = True
        elif hub.status is not None:
            self._head(hub.status, {"Content-Length": "0"})
        elif hub.renamed is not None and self.path.startswith(f"/{hub.renamed[0]}/"):
            self._head(307, {"Location": self.path.replace(*hub.renamed), "Content-Length": "0"})
        elif self.path.startswith("/storage/"):
            self._content(hub.files[self.path.removeprefix("/storage/")])
        else:
            self._resolve()

    def _resolve(self) -> None:
        hub = self.server.hub
        asked = _RESOLVE.fullmatch(self.path)
        key = f"{asked['repo']}/{asked['file']}" if asked else ""
        if asked is None or key not in hub.files or asked["revision"] not in ("main", hub.commit):
            self._head(404, {"X-Error-Code": "EntryNotFound", "Content-Length": "0", "X-Repo-Commit": hub.commit})
            return
        content = hub.files[key]
        told = hub.told_sha256 or hashlib.sha256(content).hexdigest()
        if hub.large:
            self._head(302, {
                "Location": f"http://localhost:{self.server.server_address[1]}/storage/{key}",
                "X-Repo-Commit": hub.commit,
                "X-Linked-Etag": f'"{told}"',
                "X-Linked-Size": str(len(content)),
                "X-Xet-Hash": hashlib.sha256(told.encode()).hexdigest(),
                "X-Xet-Refresh-Route": f"{hub.address}/api/models/{asked['repo']}/xet-read-token/{hub.commit}",
                "Content-Length": "0",
            })  # fmt: skip
        elif self.command == "HEAD":
            git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            head = {"X-Repo-Commit": hub.commit, "ETag": f'"{git}"', "Content-Length": str(len(content))}
            self._head(200, head)
        else:
            self._content(content)

    def _content(self, content: bytes) -> None:
        hub = self.server.hub
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) + hub.shift if asked and hub.takes_ranges else 0
        head = {"Content-Length": str(len(content) - start)}
        if start:
            head["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._head(206 if start else 200, head)
        for at in range(start, len(content), 1 << 16):
            end = min(at + (1 << 16), len(content))
            for limit in (hub.cut_at, hub.stall_at):
                if limit is not None and at <= limit < end:
                    self.wfile.write(content[at:limit])
                    self.wfile.flush()
                    if limit == hub.stall_at:
                        hub.released.wait(60)
                    self.close_connection = True
                    return
            time.sleep(hub.pause_s)
            self.wfile.write(content[at:end])

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    hub: Hub
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes away is what some tests are about."""


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.hub = hub
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
