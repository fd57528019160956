"""A folder as the S3 bucket that Tansu keeps everything in: the part of S3 that it uses. Run as a program of its own.

Tansu wants writes on a condition (``If-Match``), which Swift does not have, and the wheel's other storage is memory.
What was acknowledged outlives any process, but need not outlive a power cut.
"""

import hashlib
import os
import sys
import threading
from datetime import UTC, datetime
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

HOST = "127.0.0.1"
KEY_VARIABLE = "TANSU_STORE_KEY"
BUCKET = "tansu"


class Store(ThreadingHTTPServer):
    """The bucket's objects, a file each, in one folder under their percent-encoded names."""

    request_queue_size = 64

    def __init__(self, folder: Path, port: int, access_key: str) -> None:
        super().__init__((HOST, port), StoreHandler)
        self.access_key = access_key
        self._folder = folder
        self._one_write = threading.Lock()

    def get(self, name: str) -> bytes | None:
        """Return the content, None if there is no such object."""
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, name: str, content: bytes, *, if_match: str | None, if_none_match: str | None) -> bool:
        """Write all of the content; False, and nothing written, if the object is not as the conditions say."""
        with self._one_write:
            old = self.get(name)
            if (if_none_match and old is not None) or (if_match and (old is None or etag(old) != if_match)):
                return False
            unfinished = self._folder / ".unfinished"
            unfinished.write_bytes(content)
            unfinished.replace(self._path(name))
            return True

    def list(self, prefix: str) -> list[tuple[str, os.stat_result]]:
        """Return the names that start like this, sorted, and what is known of each."""
        found = [(unquote(file.name), file) for file in os.scandir(self._folder) if not file.name.startswith(".")]
        return sorted((name, file.stat()) for name, file in found if name.startswith(prefix))

    def _path(self, name: str) -> Path:
        return self._folder / quote(name, safe="")


def etag(content: bytes) -> str:
    """What tells one content from another, as the header has it."""
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


class StoreHandler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer is one write
    server: Store

    def do_GET(self) -> None:
        """Answer with an object, or with a list of them."""
        if not self._allowed():
            return
        name, query = self._target()
        if not name:
            self._answer(HTTPStatus.OK, self._listing(query.get("prefix", [""])[0]))
        elif (content := self.server.get(name)) is None:
            self._answer(HTTPStatus.NOT_FOUND, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self._answer(HTTPStatus.OK, content, etag(content))

    def do_PUT(self) -> None:
        """Write an object."""
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._allowed():
            return
        conditions = {"if_match": self.headers["If-Match"], "if_none_match": self.headers["If-None-Match"]}
        if self.server.put(self._target()[0], content, **conditions):
            self._answer(HTTPStatus.OK, b"", etag(content))
        else:
            self._answer(HTTPStatus.PRECONDITION_FAILED, b"<Error><Code>PreconditionFailed</Code></Error>")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each request."""

    def _allowed(self) -> bool:
        """The key is a random one: who knows it is who started us, and its signature proves no more."""
        if f"Credential={self.server.access_key}/" in self.headers.get("Authorization", ""):
            return True
        self._answer(HTTPStatus.FORBIDDEN, b"<Error><Code>AccessDenied</Code></Error>")
        return False

    def _target(self) -> tuple[str, dict[str, list[str]]]:
        url = urlsplit(self.path)
        return unquote(url.path).removeprefix(f"/{BUCKET}").removeprefix("/"), parse_qs(url.query)

    def _listing(self, prefix: str) -> bytes:
        entries = (
            f"<Contents><Key>{escape(name)}</Key><Size>{known.st_size}</Size>"
            f"<LastModified>{datetime.fromtimestamp(known.st_mtime, UTC):%Y-%m-%dT%H:%M:%SZ}</LastModified></Contents>"
            for name, known in self.server.list(prefix)
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{''.join(entries)}</ListBucketResult>".encode()

    def _answer(self, status: HTTPStatus, body: bytes, tag: str = "") -> None:
        self.send_response(status)
        if tag:
            self.send_header("ETag", tag)
            self.send_header("Last-Modified", formatdate(usegmt=True))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    Store(Path(sys.argv[1]), int(sys.argv[2]), os.environ[KEY_VARIABLE]).serve_forever()
