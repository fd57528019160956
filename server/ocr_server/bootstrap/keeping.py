"""What is kept, and where: jobs, images, answers; and the ways to workers and to whoever hears of events."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from ocr_server.adapters.embedded.folder_blobs import FolderBlobs
from ocr_server.adapters.embedded.memory_answers import MemoryAnswers
from ocr_server.adapters.embedded.memory_queue import MemoryQueue
from ocr_server.adapters.embedded.sqlite_batches import SqliteBatches
from ocr_server.adapters.embedded.sqlite_corrections import SqliteCorrections
from ocr_server.adapters.embedded.sqlite_database import SqliteDatabase
from ocr_server.adapters.embedded.sqlite_dead_letters import SqliteDeadLetters
from ocr_server.adapters.embedded.sqlite_events import SqliteEvents
from ocr_server.adapters.embedded.sqlite_jobs import SqliteJobs
from ocr_server.adapters.embedded.sqlite_outbox import SqliteOutbox
from ocr_server.ports import (
    Answers,
    BatchStore,
    BlobStore,
    CorrectionStore,
    DeadLetters,
    EventPublisher,
    JobQueue,
    JobStore,
    Outbox,
    PresignedBlobs,
)
from ocr_server.settings import Settings
from ocr_server.wire.events import encode_event

_DAY_S = 86_400.0
# A client that has not got its answer by then has long given up.
_KEEP_ANSWERS_S = 600.0
_OWN_ANSWERS_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Stores:
    """What is remembered of jobs and documents: views of one database."""

    jobs: JobStore
    batches: BatchStore
    dead_letters: DeadLetters
    outbox: Outbox
    corrections: CorrectionStore


@dataclass(frozen=True, slots=True)
class Blobs:
    """Where the images are. presigned: the same store where clients can reach it; None for a folder.

    forget_old: deletes those that are too old; None where the store does that by itself, or nobody shall.
    """

    store: BlobStore
    presigned: PresignedBlobs | None
    forget_old: Callable[[], Awaitable[object]] | None


async def open_stores(settings: Settings, stack: AsyncExitStack) -> Stores:
    """Raises DependencyUnavailable if PostgreSQL is not there, and RuntimeError if it, or a file, is not to be had."""
    if url := settings.database_url.get_secret_value():
        # Imported here because asyncpg is installed where it is used only.
        from ocr_server.adapters.production.postgres_batches import PostgresBatches
        from ocr_server.adapters.production.postgres_corrections import PostgresCorrections
        from ocr_server.adapters.production.postgres_database import PostgresDatabase
        from ocr_server.adapters.production.postgres_dead_letters import PostgresDeadLetters
        from ocr_server.adapters.production.postgres_jobs import PostgresJobs
        from ocr_server.adapters.production.postgres_outbox import PostgresOutbox

        shared = await PostgresDatabase.open(url)
        stack.push_async_callback(shared.close)
        return Stores(
            PostgresJobs(shared),
            PostgresBatches(shared),
            PostgresDeadLetters(shared),
            PostgresOutbox(shared),
            PostgresCorrections(shared),
        )
    own = await SqliteDatabase.open(settings.data_dir / "jobs.db")
    stack.push_async_callback(own.close)
    return Stores(
        SqliteJobs(own), SqliteBatches(own), SqliteDeadLetters(own), SqliteOutbox(own), SqliteCorrections(own)
    )


async def open_blobs(settings: Settings, stack: AsyncExitStack) -> Blobs:
    """Raises DependencyUnavailable if S3 is not there or refuses the key."""
    days = settings.image_retention_days
    if not settings.s3_bucket:
        folder = FolderBlobs(settings.data_dir / "images")
        return Blobs(folder, None, partial(folder.delete_older, days * _DAY_S) if days else None)
    # Imported here because aiobotocore is installed where it is used only.
    from ocr_server.adapters.production.s3_blobs import open_s3_blobs

    opening = open_s3_blobs(
        settings.s3_bucket,
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
        retention_days=days,
    )
    bucket = await stack.enter_async_context(opening)
    return Blobs(bucket, bucket, None)


async def open_queue(settings: Settings, stack: AsyncExitStack) -> JobQueue:
    """Raises RuntimeError if OCR_REDIS_URL is no URL of Redis; that need not be there."""
    capacity = settings.limits.max_queued_jobs
    if not settings.redis_url.get_secret_value():
        return MemoryQueue(capacity)
    # Imported here because redis is installed where it is used only.
    from ocr_server.adapters.production.redis_queue import open_redis_queue

    return await stack.enter_async_context(open_redis_queue(settings.redis_url, capacity=capacity))


async def open_publisher(settings: Settings, stack: AsyncExitStack) -> EventPublisher:
    """Open the way to Kafka, which need not be there, or a log of this process."""
    if settings.kafka_bootstrap:
        # Imported here because aiokafka is installed where it is used only.
        from ocr_server.adapters.production.kafka_events import KafkaEvents

        shared = KafkaEvents(settings.kafka_bootstrap, encode_event)
        stack.push_async_callback(shared.close)
        return shared
    own = await SqliteEvents.open(settings.data_dir / "events.db", encode_event)
    stack.push_async_callback(own.close)
    return own


async def open_answers(settings: Settings, stack: AsyncExitStack) -> Answers:
    """Raises RuntimeError if OCR_REDIS_URL is no URL of Redis; that need not be there."""
    if not settings.redis_url.get_secret_value():
        return MemoryAnswers(keep_s=_KEEP_ANSWERS_S, max_bytes=_OWN_ANSWERS_BYTES)
    # Imported here because redis is installed where it is used only.
    from ocr_server.adapters.production.redis_answers import open_redis_answers

    return await stack.enter_async_context(open_redis_answers(settings.redis_url, keep_s=_KEEP_ANSWERS_S))
