"""Images in S3 when things go wrong, against a real S3 server."""

import asyncio
import hashlib
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from ocr_server.adapters.production.s3_blobs import MULTIPART_FROM_BYTES, PART_BYTES, S3Blobs
from ocr_server.bootstrap import open_app
from ocr_server.domain.document import RecognizeOptions
from ocr_server.domain.errors import DeadlineExceeded, DependencyUnavailable, NotFound
from ocr_server.ports import deadline_s
from ocr_server.settings import Settings
from ocr_server.stack.swift_process import SwiftProcess, run_swift
from tests.integration.processes import eventually
from tests.swift_fixture import ENVIRONMENT, open_bucket

LARGE = os.urandom(MULTIPART_FROM_BYTES + PART_BYTES + 1)


@pytest.fixture
async def own_swift(tmp_path: Path) -> AsyncIterator[SwiftProcess]:
    """One to kill."""
    async with run_swift(ENVIRONMENT, data_dir=tmp_path) as process:
        yield process


async def parts_left(blobs: S3Blobs) -> int:
    """How many parts of unfinished uploads S3 still keeps."""
    bucket = blobs._bucket
    uploads = await bucket.client.list_multipart_uploads(Bucket=bucket.name)
    return len(uploads.get("Uploads", ()))


async def test_a_large_image_is_sent_in_parts(s3_blobs: S3Blobs) -> None:
    digest = await s3_blobs.put("shop-a", LARGE)
    head = await s3_blobs._client.head_object(**s3_blobs._where("shop-a", digest))
    assert head["ETag"].endswith('-4"')  # S3 tells so how many parts it was put together from
    assert await s3_blobs.get("shop-a", digest) == LARGE
    assert (await s3_blobs.stat("shop-a", digest)).size_bytes == len(LARGE)
    assert await parts_left(s3_blobs) == 0


def kept_bytes(data_dir: Path) -> int:
    """What lies on the disk of Swift: objects, parts, and whatever else."""
    return sum(path.stat().st_size for path in (data_dir / "disk/objects").rglob("*.data"))


@pytest.mark.parametrize("size_bytes", [MULTIPART_FROM_BYTES - 1, len(LARGE)], ids=["in one", "in parts"])
async def test_a_cancelled_put_leaves_nothing(own_swift: SwiftProcess, tmp_path: Path, size_bytes: int) -> None:
    content = LARGE[:size_bytes]
    digest = hashlib.sha256(content).hexdigest()
    cancelled = 0
    async with open_bucket(own_swift) as blobs:
        for after_s in (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3):
            putting = asyncio.create_task(blobs.put("shop-a", content))
            await asyncio.sleep(after_s)
            putting.cancel()
            await asyncio.wait([putting])
            assert await parts_left(blobs) == 0
            with suppress(NotFound):
                assert await blobs.get("shop-a", digest) == content, "an image is whole or not there"
                break  # that was too late, and so would be the next
            cancelled += 1
            await eventually(lambda: kept_bytes(tmp_path) < PART_BYTES, within_s=2)
    assert cancelled >= 3


async def test_a_large_image_that_is_there_is_not_sent_again(s3_blobs: S3Blobs) -> None:
    digest = await s3_blobs.put("shop-a", LARGE)
    before = await s3_blobs.stat("shop-a", digest)
    await asyncio.sleep(1.1)
    await s3_blobs.put("shop-a", LARGE)
    assert await s3_blobs.stat("shop-a", digest) == before


async def test_a_large_image_soon_to_be_deleted_for_its_age_is_sent_again(swift: SwiftProcess) -> None:
    async with open_bucket(swift, retention_days=1) as blobs:
        digest = await blobs.put("shop-a", LARGE)
        before = await blobs.stat("shop-a", digest)
        await asyncio.sleep(1.1)
        await blobs.put("shop-a", LARGE)
        assert (await blobs.stat("shop-a", digest)).stored_at > before.stored_at


async def test_bytes_that_are_not_what_their_name_says_are_not_given_out(s3_blobs: S3Blobs) -> None:
    digest = await s3_blobs.put("shop-a", b"image")
    await s3_blobs._client.put_object(**s3_blobs._where("shop-a", digest), Body=b"IMAGE")
    with capture_logs() as logs, pytest.raises(NotFound):
        await s3_blobs.get("shop-a", digest)
    assert [entry["event"] for entry in logs] == ["s3.damaged"]


async def test_s3_killed_is_unavailable_at_once_and_comes_back_without_a_restart(own_swift: SwiftProcess) -> None:
    async with open_bucket(own_swift) as blobs:
        digest = await blobs.put("shop-a", b"image")
        await own_swift.kill()
        for ask in (blobs.get("shop-a", digest), blobs.put("shop-a", b"other"), blobs.stat("shop-a", digest)):
            with pytest.raises(DependencyUnavailable, match="image store cannot be reached") as error:
                await ask
            assert error.value.retry_after_s > 0
        await own_swift.start()
        async with asyncio.timeout(10):
            while True:
                try:
                    assert await blobs.get("shop-a", digest) == b"image"
                    break
                except DependencyUnavailable as unavailable:
                    await asyncio.sleep(unavailable.retry_after_s)
        assert await blobs.get("shop-a", await blobs.put("shop-a", b"other")) == b"other"


async def test_s3_killed_within_an_upload_leaves_no_torn_image(own_swift: SwiftProcess) -> None:
    async with open_bucket(own_swift) as blobs:
        putting = asyncio.create_task(blobs.put("shop-a", LARGE))
        while not await parts_left(blobs):  # noqa: ASYNC110 - only S3 knows
            await asyncio.sleep(0.005)
        await own_swift.kill()
        with pytest.raises(DependencyUnavailable):
            await putting
        await own_swift.start()
        with pytest.raises((NotFound, DependencyUnavailable)):
            await blobs.get("shop-a", hashlib.sha256(LARGE).hexdigest())


async def test_who_waits_for_a_hanging_s3_waits_until_the_deadline(own_swift: SwiftProcess) -> None:
    async with open_bucket(own_swift) as blobs:
        digest = await blobs.put("shop-a", b"image")
        assert own_swift.pid
        os.kill(own_swift.pid, signal.SIGSTOP)
        now_s = asyncio.get_running_loop().time
        deadline_s.set(now_s() + 0.3)
        with pytest.raises(DeadlineExceeded):
            await blobs.get("shop-a", digest)
        assert now_s() < deadline_s.get() + 1.0  # type: ignore[operator]
        deadline_s.set(None)
        os.kill(own_swift.pid, signal.SIGCONT)
        assert await blobs.get("shop-a", digest) == b"image"


async def test_a_server_waits_for_an_s3_that_starts_late(own_swift: SwiftProcess) -> None:
    await own_swift.kill()

    async def open_and_put() -> str:
        async with open_bucket(own_swift) as blobs:
            return await blobs.put("shop-a", b"image")

    opening = asyncio.create_task(open_and_put())
    await asyncio.sleep(0.5)
    assert not opening.done()
    await own_swift.start()
    assert await opening == hashlib.sha256(b"image").hexdigest()


async def test_a_wrong_secret_is_an_error_that_says_so(swift: SwiftProcess) -> None:
    with pytest.raises(DependencyUnavailable, match=r"refuses this server's access key \(SignatureDoesNotMatch\)"):
        async with open_bucket(swift, secret_key="wrong"):
            pass


async def test_a_store_without_lifecycles_is_a_warning_once(swift: SwiftProcess) -> None:
    with capture_logs() as logs:
        async with open_bucket(swift, retention_days=30) as blobs:
            await blobs.put("shop-a", b"image")
            await blobs.put("shop-a", b"other")
    assert [(entry["log_level"], entry["retention_days"]) for entry in logs if entry["event"] == "s3.no_lifecycle"] == [
        ("warning", 30)
    ]


async def test_the_secret_is_in_no_log_and_no_repr(swift: SwiftProcess, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        async with open_bucket(swift) as blobs:
            digest = await blobs.put("shop-a", b"image")
            with pytest.raises(NotFound):
                await blobs.get("shop-b", digest)
            told = [repr(blobs), repr(blobs._bucket), repr(blobs._client)]
        with pytest.raises(DependencyUnavailable) as refused:
            async with open_bucket(swift, secret_key=swift.secret_key[:-1]):
                pass
    told += [caplog.text, repr(logs), str(refused.value), repr(refused.value.__cause__)]
    assert "SignatureDoesNotMatch" in repr(logs)
    assert "botocore" in caplog.text, "it must have had the chance to log"
    assert not [text for text in told if swift.secret_key[:-1] in text]


async def test_settings_alone_move_images_from_the_folder_to_s3(
    swift: SwiftProcess, tmp_path: Path, samples: Path
) -> None:
    image = (samples / "receipt.png").read_bytes()
    settings = Settings(
        data_dir=tmp_path,
        s3_bucket="images-of-the-server",
        s3_endpoint=swift.url,
        s3_access_key=swift.access_key,
        s3_secret_key=SecretStr(swift.secret_key),
    )
    async with open_app(settings) as app:
        job = await app.jobs.submit("shop-a", image, RecognizeOptions())
    async with open_bucket(swift, settings.s3_bucket) as blobs:
        assert await blobs.get("shop-a", job.image_digest) == image
    assert not (tmp_path / "images").exists()
