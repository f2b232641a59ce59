"""A hub of data sets: as much of its API as the library `datasets` asks for, over HTTP on this machine."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

_PATH = re.compile(r"/(?:api/)?datasets/([^/]+/[^/]+)(?:/(revision|tree|resolve|paths-info)/([^/]+)/?(.*))?")
COMMIT = "0123456789" * 4


@dataclass(slots=True)
class DataHub:
    """files: of each data set, by path. gated: names of those that want a permission. requests: what was asked for."""

    url: str
    files: dict[str, Mapping[str, bytes]] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)


@contextmanager
def serve() -> Iterator[DataHub]:
    """Run a hub for as long as the block takes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    hub = DataHub(f"http://127.0.0.1:{server.server_port}")
    server.hub = hub  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        self._answer(body.get("paths", []))

    def _answer(self, paths: list[str] | None = None) -> None:
        hub: DataHub = self.server.hub  # type: ignore[attr-defined]
        path = unquote(urlsplit(self.path).path)
        hub.requests.append(f"{self.command} {path}")
        match = _PATH.fullmatch(path)
        if match is None:
            return self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
        name, what, _, rest = match.groups()
        if name not in hub.files:
            return self._send(401, b'{"error": "Repository not found"}', {"X-Error-Code": "RepoNotFound"})
        files = hub.files[name]
        if name in hub.gated and what == "resolve":
            return self._send(403, b'{"error": "Access is restricted"}', {"X-Error-Code": "GatedRepo"})
        if what == "resolve":
            if rest not in files:
                return self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return self._send(200, files[rest], {"X-Repo-Commit": COMMIT, "ETag": f'"{_oid(files[rest])}"'})
        if what == "tree":
            found = _children(files, f"{rest}/" if rest else "", "recursive=True" in self.path.replace("true", "True"))
            return self._json(found) if found else self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
        if what == "paths-info":
            return self._json([_entry(one, data) for one, data in files.items() if one in (paths or [])])
        return self._json(
            {
                "id": name,
                "sha": COMMIT,
                "private": False,
                "gated": "manual" if name in hub.gated else False,
                "disabled": False,
                "tags": [],
                "downloads": 0,
                "likes": 0,
                "siblings": [{"rfilename": one} for one in files],
            }
        )

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _oid(data: bytes) -> str:
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()


def _children(files: Mapping[str, bytes], folder: str, recursive: bool) -> list[dict[str, object]]:
    found = {}
    for path, data in files.items():
        parts = path.removeprefix(folder).split("/")
        if path.startswith(folder) and len(parts) > 1:
            found[folder + parts[0]] = {"type": "directory", "path": folder + parts[0], "size": 0, "oid": COMMIT}
        if path.startswith(folder) and (recursive or len(parts) == 1):
            found[path] = _entry(path, data)
    return list(found.values())


def _entry(path: str, data: bytes) -> dict[str, object]:
    return {"type": "file", "path": path, "size": len(data), "oid": _oid(data)}
