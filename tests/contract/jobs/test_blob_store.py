"""What every BlobStore does."""

import asyncio
import hashlib
import os
from datetime import UTC, datetime, timedelta

import pytest

from ocr_server.domain.errors import NotFound
from ocr_server.ports import BlobStore

NOBODYS = "ab" * 32


@pytest.mark.parametrize("content", [b"", b"\0\xff" * 500, os.urandom(32 * 2**20)], ids=["empty", "small", "32 MiB"])
async def test_bytes_come_back_under_their_digest(blob_store: BlobStore, content: bytes) -> None:
    digest = await blob_store.put("shop-a", content)
    assert digest == hashlib.sha256(content).hexdigest()
    assert await blob_store.get("shop-a", digest) == content


async def test_its_size_and_age_are_known(blob_store: BlobStore) -> None:
    digest = await blob_store.put("shop-a", b"image")
    blob = await blob_store.stat("shop-a", digest)
    assert blob.size_bytes == 5
    assert abs(datetime.now(UTC) - blob.stored_at) < timedelta(minutes=1)
    assert blob.stored_at.tzinfo is UTC
    with pytest.raises(NotFound):
        await blob_store.stat("shop-b", digest)


async def test_the_same_bytes_are_one_blob(blob_store: BlobStore) -> None:
    digests = await asyncio.gather(*(blob_store.put("shop-a", b"image") for _ in range(20)))
    assert len(set(digests)) == 1
    await blob_store.delete("shop-a", digests[0])
    with pytest.raises(NotFound):
        await blob_store.get("shop-a", digests[0])


async def test_tenants_neither_see_nor_delete_each_others_blobs(blob_store: BlobStore) -> None:
    digest = await blob_store.put("shop-a", b"image")
    with pytest.raises(NotFound):
        await blob_store.get("shop-b", digest)
    await blob_store.delete("shop-b", digest)
    assert await blob_store.get("shop-a", digest) == b"image"


@pytest.mark.parametrize(
    "tenant", ["", ".", "..", "../..", "/", "/etc", "a/b", "a\\b", "a\0b", "Shop-A", "x" * 5000, "ü"]
)
async def test_any_name_of_a_tenant_is_just_a_name(blob_store: BlobStore, tenant: str) -> None:
    digest = await blob_store.put(tenant, b"image")
    assert await blob_store.get(tenant, digest) == b"image"
    with pytest.raises(NotFound):
        await blob_store.get("shop-a", digest)


@pytest.mark.parametrize("digest", [NOBODYS, "", ".", "../../jobs.sqlite3", "/etc/passwd", "AB" * 32, "ab" * 33, "\0"])
async def test_what_is_not_stored_is_not_found_and_deleting_it_is_no_error(blob_store: BlobStore, digest: str) -> None:
    with pytest.raises(NotFound):
        await blob_store.get("shop-a", digest)
    with pytest.raises(NotFound):
        await blob_store.stat("shop-a", digest)
    await blob_store.delete("shop-a", digest)
