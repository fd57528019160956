"""A real S3 server for tests (OpenStack Swift), started by the very launcher that the stack uses."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest_asyncio
from pydantic import SecretStr

from ocr_server.adapters.production.s3_blobs import S3Blobs, open_s3_blobs
from ocr_server.stack.swift_process import SwiftProcess, run_swift

ENVIRONMENT = Path(__file__).resolve().parent.parent / ".venv-servers"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def swift() -> AsyncIterator[SwiftProcess]:
    """The server that tests share which do no harm to it; each uses a bucket of its own."""
    async with run_swift(ENVIRONMENT) as process:
        yield process


@pytest_asyncio.fixture
async def s3_blobs(swift: SwiftProcess) -> AsyncIterator[S3Blobs]:
    async with open_bucket(swift) as blobs:
        yield blobs


def open_bucket(
    swift: SwiftProcess, name: str = "", *, secret_key: str = "", retention_days: int = 0
) -> AbstractAsyncContextManager[S3Blobs]:
    """Open a bucket as a starting server does; a new one if it has no name."""
    return open_s3_blobs(
        name or f"test-{uuid.uuid4()}",
        endpoint=swift.url,
        region=swift.region,
        access_key=swift.access_key,
        secret_key=SecretStr(secret_key or swift.secret_key),
        retention_days=retention_days,
    )


def images_in(swift: SwiftProcess, bucket: str = "images") -> dict[str, str]:
    """The settings of a process that keeps images there."""
    return {
        "OCR_S3_BUCKET": bucket,
        "OCR_S3_ENDPOINT": swift.url,
        "OCR_S3_REGION": swift.region,
        "OCR_S3_ACCESS_KEY": swift.access_key,
        "OCR_S3_SECRET_KEY": swift.secret_key,
    }
