"""How long a folder keeps images: from when they were put last, and whoever puts one keeps it."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from ocr_server.adapters.embedded.folder_blobs import FolderBlobs
from ocr_server.domain.errors import NotFound

DAY_S = 86_400.0


def make_older(root: Path, digest: str, by_s: float) -> None:
    at_s = time.time() - by_s
    for file in root.rglob(digest):
        os.utime(file, (at_s, at_s))


async def test_only_what_is_older_than_that_is_deleted(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    young = await blobs.put("shop-a", b"young")
    olds = [await blobs.put(tenant, content) for tenant in ("shop-a", "shop-b") for content in (b"1", b"2")]
    for digest in set(olds):
        make_older(tmp_path, digest, 3 * DAY_S)
    assert await blobs.delete_older(4 * DAY_S) == 0
    assert await blobs.delete_older(2 * DAY_S) == 4
    assert await blobs.delete_older(2 * DAY_S) == 0
    assert await blobs.get("shop-a", young) == b"young"
    with pytest.raises(NotFound):
        await blobs.get("shop-b", olds[0])
    assert await blobs.put("shop-b", b"1") == olds[0]
    assert await blobs.get("shop-b", olds[0]) == b"1"


async def test_an_image_that_is_put_again_is_young_again(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    digest = await blobs.put("shop-a", b"image")
    make_older(tmp_path, digest, 3 * DAY_S)
    before = await blobs.stat("shop-a", digest)
    await blobs.put("shop-a", b"image")
    assert (await blobs.stat("shop-a", digest)).stored_at > before.stored_at
    assert await blobs.delete_older(2 * DAY_S) == 0
    assert await blobs.get("shop-a", digest) == b"image"


async def test_what_has_just_been_put_is_there_however_old_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = Path.unlink

    def unlink_late(path: Path, missing_ok: bool = False) -> None:
        time.sleep(0.1)  # while somebody puts the same image
        unlink(path, missing_ok)

    blobs = FolderBlobs(tmp_path)
    digest = await blobs.put("shop-a", b"image")
    monkeypatch.setattr(Path, "unlink", unlink_late)
    for delay_s in (0.0, 0.03, 0.06):
        make_older(tmp_path, digest, 3 * DAY_S)
        deleting = asyncio.create_task(blobs.delete_older(DAY_S))
        await asyncio.sleep(delay_s)
        await blobs.put("shop-a", b"image")
        await deleting
        assert await blobs.get("shop-a", digest) == b"image"


async def test_what_is_being_written_is_left_alone(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    torn = tmp_path / "incoming" / "half"
    torn.write_bytes(b"ha")
    os.utime(torn, (0, 0))
    assert await blobs.delete_older(DAY_S) == 0
    assert torn.exists()
