"""Blobs as files, named by their content: ``<tenant>/<first two digits>/<digest>``."""

import asyncio
import hashlib
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from ocr_server.adapters.blob_names import blob_name, not_stored
from ocr_server.adapters.embedded.private_folder import ONLY_OWNER, make_private
from ocr_server.domain.errors import NotFound
from ocr_server.ports import StoredBlob


class FolderBlobs:
    """Port ``BlobStore``. A file under its final name is always complete and on the disk; one process a folder."""

    def __init__(self, root: Path) -> None:
        self._root = make_private(root)
        self._incoming = make_private(root / "incoming")
        for torn in self._incoming.iterdir():  # what a crash left half written; nobody was told of it
            torn.unlink()

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

    def _path(self, tenant: str, digest: str) -> Path:
        return self._root / blob_name(tenant, digest)

    def _write(self, tenant: str, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(tenant, digest)
        if path.exists():
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
            _sync_folder(folder)
        return digest


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
