"""What the embedded adapters do beyond their ports: the data folder, its privacy, its versions."""

import asyncio
import logging
import os
import sqlite3
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.adapters.embedded.folder_blobs import FolderBlobs
from ocr_server.adapters.embedded.sqlite_database import SqliteDatabase
from ocr_server.adapters.embedded.sqlite_jobs import SqliteJobs
from ocr_server.domain.document import RecognizeOptions
from ocr_server.domain.job import Job, JobError, JobState

JOB = Job("a-job", "shop-a", JobState.QUEUED, RecognizeOptions(), "0" * 64, datetime(2026, 1, 2, tzinfo=UTC))


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _folders(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_dir()]


async def test_folders_are_for_their_owner_only(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        await FolderBlobs(tmp_path / "data" / "blobs").put("shop-a", b"image")
        await (await SqliteDatabase.open(tmp_path / "data" / "jobs.sqlite3")).close()
    finally:
        os.umask(previous)
    assert _mode(tmp_path / "data") == 0o700
    folders = _folders(tmp_path / "data")
    assert len(folders) == 4  # blobs, incoming, the tenant, the first digits
    assert {_mode(folder) for folder in folders} == {0o700}
    assert {_mode(file) for file in _files(tmp_path / "data" / "blobs")} == {0o600}


async def test_a_folder_made_readable_by_others_is_closed_again(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    await (await SqliteDatabase.open(tmp_path / "data" / "jobs.sqlite3")).close()
    assert _mode(tmp_path / "data") == 0o700


async def test_blobs_stay_inside_their_folder_and_name_no_tenant(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    for tenant in ("../../escaped", "/escaped", "..", "shop-secret"):
        await blobs.put(tenant, b"image")
    stored = _files(tmp_path)
    assert len(stored) == 4
    assert all(path.is_relative_to(tmp_path / "blobs") for path in stored)
    assert not any("escaped" in str(path) or "secret" in str(path) for path in stored)


async def test_what_a_crash_left_half_written_is_swept_at_the_next_start(tmp_path: Path) -> None:
    digest = await FolderBlobs(tmp_path).put("shop-a", b"whole")
    (tmp_path / "incoming" / "tmp123").write_bytes(b"ha")
    blobs = FolderBlobs(tmp_path)
    assert [file.name for file in _files(tmp_path)] == [digest]
    assert await blobs.get("shop-a", digest) == b"whole"


async def test_a_write_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    blobs = FolderBlobs(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        await blobs.put("shop-a", b"image")
    assert _files(tmp_path) == []


async def test_a_second_server_cannot_take_the_same_file(tmp_path: Path) -> None:
    database = await SqliteDatabase.open(tmp_path / "jobs.sqlite3")
    with pytest.raises(RuntimeError, match="OCR_DATA_DIR"):
        await SqliteDatabase.open(tmp_path / "jobs.sqlite3")
    await database.close()
    await (await SqliteDatabase.open(tmp_path / "jobs.sqlite3")).close()


@pytest.mark.parametrize("version", [2, 1000])
async def test_a_file_of_an_early_or_a_newer_server_is_left_alone(tmp_path: Path, version: int) -> None:
    path = tmp_path / "jobs.sqlite3"
    await (await SqliteDatabase.open(path)).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    with pytest.raises(RuntimeError, match=f"schema {version}"):
        await SqliteDatabase.open(path)


async def test_the_store_is_durable_and_keeps_its_references(tmp_path: Path) -> None:
    database = await SqliteDatabase.open(tmp_path / "jobs.sqlite3")
    pragmas = {}
    for name in ("journal_mode", "synchronous", "foreign_keys"):
        ((pragmas[name],),) = await database.write(f"PRAGMA {name}")
    await database.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


async def test_nothing_of_a_job_reaches_the_log_even_at_debug(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    database = await SqliteDatabase.open(tmp_path / "jobs.sqlite3")
    store = SqliteJobs(database)
    await store.create(replace(JOB, request_id="a secret"))
    await store.finish("a-job", JobState.FAILED, error=JobError("X", "a secret"))
    await database.close()
    assert "secret" not in caplog.text


async def test_closing_the_pool_waits_for_what_was_handed_in() -> None:
    pool = CpuPool(workers=1)
    done: list[int] = []

    def work(number: int) -> None:
        time.sleep(0.02)
        done.append(number)

    working = [asyncio.create_task(pool.run(work, number)) for number in range(3)]
    await asyncio.sleep(0)
    await pool.close()
    assert done == [0, 1, 2]
    await asyncio.gather(*working)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("cpu")]
