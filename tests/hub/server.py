"""The hub's two HTTP servers: one for the API and small files, one ("content network") for large ones.

As at huggingface.co, a large file is named by its SHA-256 and a request for it is redirected to another origin, while
a small one is named by its git hash and served at once. `Fault` makes chosen requests fail; `requests` records all.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

LARGE = (".safetensors", ".onnx", ".bin", ".gguf", ".pt")
PAGE = 2  # models of a page of the list: real hubs have a thousand
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
Answer = tuple[int, dict[str, str], bytes]


@dataclass(slots=True)
class Repo:
    """One model repository; its commit is the hash of its files, so that a change makes a new one."""

    files: dict[str, bytes]
    revisions: tuple[str, ...] = ("main",)
    gated: bool = False

    @property
    def commit(self) -> str:
        """Forty hexadecimal digits."""
        return hashlib.sha1(
            repr(sorted((name, etag(name, data)) for name, data in self.files.items())).encode()
        ).hexdigest()


def etag(name: str, data: bytes) -> str:
    """Return the hash that names a file's content: SHA-256 for large files, git's for others."""
    if name.endswith(LARGE):
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()


@dataclass(slots=True)
class Fault:
    """What happens, `times` times, to requests whose "METHOD /path" contains `where`.

    Either an answer of `status` with `headers` and `body`, or silence for `hang` seconds, or, after `cut` bytes of the
    body, a closed connection. `stall` seconds of silence follow the cut. `ignore_range`: the whole file, whatever was
    asked.
    """

    where: str
    times: int = 1_000_000
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang: float = 0.0
    cut: int | None = None
    stall: float = 0.0
    ignore_range: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    range: str
    authorization: str
    content_network: bool


class LocalHub:
    """See the module's text. Use `running()`."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.listed: list[dict[str, Any]] = []  # what /api/models tells, the most downloaded first
        self.faults: list[Fault] = []
        self.requests: list[Seen] = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._api = _serve(self, content_network=False)
        self._content = _serve(self, content_network=True)
        self.endpoint = f"http://127.0.0.1:{self._api.server_port}"
        # Another host, too: some versions of the library compare nothing but names.
        self.content_endpoint = f"http://localhost:{self._content.server_port}"

    @contextmanager
    def running(self) -> Iterator[LocalHub]:
        """Serve for the length of the block."""
        servers = (self._api, self._content)
        for server in servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield self
        finally:
            self.closing.set()
            for server in servers:
                server.shutdown()
                server.server_close()

    def body_requests(self, name: str) -> list[Seen]:
        """Return the GET requests for the content of a file of any repository."""
        hashes = [etag(name, repo.files[name]) for repo in self.repos.values() if name in repo.files]
        return [
            one
            for one in self.requests
            if one.method == "GET" and (one.path.endswith(f"/{name}") or any(digest in one.path for digest in hashes))
        ]

    def fault(self, method: str, path: str) -> Fault | None:
        """Return the fault that strikes this request, if any, and count it."""
        with self._lock:
            for one in self.faults:
                if one.times > 0 and one.where in f"{method} {path}":
                    one.times -= 1
                    return one
        return None

    def answer(self, path: str, authorization: str, query: str = "") -> Answer:
        """Return what the hub says to a request for `path`."""
        if path == "/api/models":
            return self._page(parse_qs(query))
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(revision|tree)/([^/]+))?", path):
            return self._listing(match[1], match[2] or "revision", unquote(match[3] or "main"), authorization)
        if match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            return self._file(match[1], unquote(match[2]), unquote(match[3]), authorization)
        return _error(404, "", "Not found")

    def content(self, path: str) -> Answer:
        """Return what the content network says."""
        for repo in self.repos.values():
            for name, data in repo.files.items():
                if path == f"/content/{etag(name, data)}":
                    return 200, {"ETag": f'"{etag(name, data)}"', "Accept-Ranges": "bytes"}, data
        return _error(404, "", "Not found")

    def _page(self, asked: Mapping[str, list[str]]) -> Answer:
        """A page of at most PAGE models of a task, and the address of the next one."""
        task, start = asked["pipeline_tag"][0], int(asked.get("cursor", ["0"])[0])
        found = [one for one in self.listed if one["pipeline_tag"] == task][: int(asked["limit"][0])]
        status, headers, body = _json(found[start : start + PAGE])
        if start + PAGE < len(found):
            query = urlencode({**asked, "cursor": [start + PAGE]}, doseq=True)
            headers |= {"Link": f'<{self.endpoint}/api/models?{query}>; rel="next"'}
        return status, headers, body

    def _listing(self, name: str, kind: str, revision: str, authorization: str) -> Answer:
        repo = self.repos.get(name)
        if repo is None:
            # Strangers are not told whether a repository exists.
            return _error(404, "RepoNotFound") if authorization else _error(401, "", "Invalid username or password.")
        if revision not in (*repo.revisions, repo.commit):
            return _error(404, "RevisionNotFound")
        if kind == "tree":
            return _json([{"type": "file", "path": one, **_size(one, data)} for one, data in repo.files.items()])
        siblings = [{"rfilename": one, **_size(one, data)} for one, data in repo.files.items()]
        return _json({"id": name, "modelId": name, "sha": repo.commit, "private": False, "siblings": siblings})

    def _file(self, name: str, revision: str, file: str, authorization: str) -> Answer:
        repo = self.repos.get(name)
        if repo is None:
            return _error(404, "RepoNotFound") if authorization else _error(401, "", "Invalid username or password.")
        if revision not in (*repo.revisions, repo.commit):
            return _error(404, "RevisionNotFound")
        if repo.gated:
            return _error(403 if authorization else 401, "GatedRepo", f"Access to model {name} is restricted.")
        if file not in repo.files:
            return _error(404, "EntryNotFound")
        data = repo.files[file]
        headers = {"X-Repo-Commit": repo.commit, "ETag": f'"{etag(file, data)}"', "Accept-Ranges": "bytes"}
        if not file.endswith(LARGE):
            return 200, headers, data
        headers["ETag"] = '"of-the-redirect"'
        headers |= {"X-Linked-Etag": f'"{etag(file, data)}"', "X-Linked-Size": str(len(data))}
        return 302, {**headers, "Location": f"{self.content_endpoint}/content/{etag(file, data)}"}, b""


def _serve(hub: LocalHub, content_network: bool) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            _handle(self, hub, content_network)

        def do_HEAD(self) -> None:
            _handle(self, hub, content_network)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    return server


def _handle(handler: BaseHTTPRequestHandler, hub: LocalHub, content_network: bool) -> None:
    address = urlsplit(handler.path)
    path = address.path
    asked, authorization = handler.headers.get("Range", ""), handler.headers.get("Authorization", "")
    hub.requests.append(Seen(handler.command, path, asked, authorization, content_network))
    fault = hub.fault(handler.command, path) or Fault("")
    if fault.hang:
        hub.closing.wait(fault.hang)
        _close(handler)
        return
    if fault.status:
        answer: Answer = fault.status, dict(fault.headers), fault.body
    elif content_network:
        answer = hub.content(path)
    else:
        answer = hub.answer(path, authorization, address.query)
    status, headers, body = answer
    if status == 200 and not fault.ignore_range and (match := _RANGE.fullmatch(asked)):
        first, last = int(match[1]), int(match[2] or len(body) - 1)
        headers = {**headers, "Content-Range": f"bytes {first}-{min(last, len(body) - 1)}/{len(body)}"}
        status, body = 206, body[first : last + 1]
    handler.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    if handler.command == "HEAD":
        return
    try:
        handler.wfile.write(body[: fault.cut])
        if fault.cut is not None:
            handler.wfile.flush()
            hub.closing.wait(fault.stall)
            _close(handler)
    except OSError:  # the other side has had enough
        handler.close_connection = True


def _close(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    try:
        handler.connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        time.sleep(0)


def _size(name: str, data: bytes) -> dict[str, Any]:
    digest = etag(name, data)
    oid = {"blobId": digest[:40], "oid": digest[:40], "size": len(data)}
    large = {"sha256": digest, "oid": digest, "size": len(data), "pointerSize": 134}
    return {**oid, "lfs": large} if name.endswith(LARGE) else oid


def _json(value: Any) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


def _error(status: int, code: str, message: str = "") -> Answer:
    return status, {"X-Error-Code": code, "X-Error-Message": message or code}, b""
