"""When an upload is handed out: signed by the real store, over a folder whose files can be made older."""

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.adapters.embedded.folder_blobs import FolderBlobs
from ocr_server.adapters.production.s3_blobs import S3Blobs
from ocr_server.images import Images
from ocr_server.settings import Limits
from tests.unit.pipeline.image_files import small_file

CONTENT = small_file("PNG")
DAY_S = 86_400.0


@pytest.fixture
async def compute() -> AsyncIterator[CpuPool]:
    pool = CpuPool(1)
    yield pool
    await pool.close()


@pytest.mark.parametrize(
    ("retention_days", "age_days", "size_bytes", "is_to_be_sent"),
    [
        (0, 1000.0, len(CONTENT), False),
        (30, 28.9, len(CONTENT), False),
        (30, 29.1, len(CONTENT), True),
        (0, 0.0, len(CONTENT) + 1, True),
    ],
    ids=["kept for ever", "kept for days", "deleted tomorrow", "of another size"],
)
async def test_an_image_is_sent_again_if_it_is_not_whole_or_not_there_for_long(
    s3_blobs: S3Blobs,
    compute: CpuPool,
    tmp_path: Path,
    retention_days: int,
    age_days: float,
    size_bytes: int,
    is_to_be_sent: bool,
) -> None:
    blobs = FolderBlobs(tmp_path)
    images = Images(blobs, s3_blobs, compute, Limits(), retention_days=retention_days)
    digest = await blobs.put("shop-a", CONTENT)
    made_at_s = time.time() - age_days * DAY_S
    (file,) = tmp_path.rglob(digest)  # noqa: ASYNC240
    os.utime(file, (made_at_s, made_at_s))
    upload = await images.create_upload("shop-a", digest, size_bytes=size_bytes, media_type="image/png")
    assert (upload is not None) == is_to_be_sent
