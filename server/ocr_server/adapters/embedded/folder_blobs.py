"""Blobs as files, named by their content: ``<tenant>/<first two digits>/<digest>``."""

import asyncio
import hashlib
import os
import tempfile
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ocr_server.adapters.blob_names import blob_name, not_stored
from ocr_server.adapters.embedded.private_folder import ONLY_OWNER, make_private
from ocr_server.domain.errors import NotFound
from ocr_server.ports import StoredBlob


class FolderBlobs:
    """Port ``BlobStore``. A file under its final name is always complete and on the disk; one process a folder.

    A file's time is when its bytes were last put.
    """

    def __init__(self, root: Path) -> None:
        self._root = make_private(root)
        self._incoming = make_private(root / "incoming")
        for torn in self._incoming.iterdir():  # what a crash left half written; nobody was told of it
            torn.unlink()
        self._renewing = threading.Lock()

    async def put(self, tenant: str, content: bytes) -> str:
        """See the port."""
        return await asyncio.to_thread(self._write, tenant, content)

    async def get(self, tenant: str, digest: str) -> bytes:
        """See the port."""
        try:
            return await asyncio.to_thread(self._path(tenant, digest).read_bytes)
        except FileNotFoundError:
            raise not_stored(digest) from None

    async def stat(self, tenant: str, digest: str) -> StoredBlob:
        """See the port."""
        try:
            status = await asyncio.to_thread(self._path(tenant, digest).stat)
        except FileNotFoundError:
            raise not_stored(digest) from None
        return StoredBlob(status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    async def delete(self, tenant: str, digest: str) -> None:
        """See the port."""
        try:
            await asyncio.to_thread(self._path(tenant, digest).unlink, missing_ok=True)
        except NotFound:
            return

    async def delete_older(self, than_s: float) -> int:
        """Forget the blobs that were last put longer ago than that; tell how many."""
        return await asyncio.to_thread(self._delete_older, time.time() - than_s)

    def _path(self, tenant: str, digest: str) -> Path:
        return self._root / blob_name(tenant, digest)

    def _write(self, tenant: str, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(tenant, digest)
        if self._renew(path):
            return digest
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=ONLY_OWNER, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._incoming, delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except OSError:  # a full disk, say
                Path(file.name).unlink(missing_ok=True)
                raise
        # The names must outlive a power cut as well: the file's in its folder, the folders' in theirs.
        for folder in (path.parent, path.parent.parent, self._root):
            _sync(folder)
        return digest

    def _renew(self, path: Path) -> bool:
        """Make the file as young as if it were written now; False if there is none."""
        try:
            with self._renewing:  # or it could be found too old just before this, and be deleted after it
                os.utime(path)
            _sync(path)
        except FileNotFoundError:
            return False
        return True

    def _delete_older(self, than: float) -> int:
        deleted = 0
        for path in self._root.glob("*/??/*"):
            with self._renewing, suppress(FileNotFoundError):
                if path.stat().st_mtime < than:
                    path.unlink()
                    deleted += 1
        return deleted


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
