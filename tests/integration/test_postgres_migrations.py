"""Migrations against a real PostgreSQL."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from urllib.parse import urlsplit

import asyncpg
import pytest

from ocr_server.adapters.production.postgres_database import PostgresDatabase
from ocr_server.adapters.production.postgres_migrations import Migration, known_migrations, migrate

NAMES = [migration.name for migration in known_migrations()]
NEXT = Migration(len(NAMES) + 1, "next_one", "CREATE TABLE next_one (a int)")


async def fetch(url: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(sql)
    finally:
        await connection.close()


async def test_migrating_twice_does_the_work_once(empty_database: str) -> None:
    assert await migrate(empty_database) == NAMES
    assert await migrate(empty_database) == []
    applied = await fetch(empty_database, "SELECT version, checksum FROM schema_migrations ORDER BY version")
    assert [tuple(row) for row in applied] == [(m.version, m.checksum) for m in known_migrations()]


async def test_of_several_at_once_one_does_the_work(empty_database: str) -> None:
    done = await asyncio.gather(*(migrate(empty_database) for _ in range(6)))
    assert sorted(done) == [[]] * 5 + [NAMES]


async def test_a_step_that_fails_leaves_nothing_and_the_ones_before_it_stay(empty_database: str) -> None:
    broken = replace(NEXT, sql="CREATE TABLE half (a int); CREATE TABLE half (a int)")
    with pytest.raises(asyncpg.DuplicateTableError):
        await migrate(empty_database, [*known_migrations(), broken])
    tables = {row["tablename"] for row in await fetch(empty_database, "SELECT tablename FROM pg_tables")}
    assert "jobs" in tables
    assert "half" not in tables
    assert await migrate(empty_database, [*known_migrations(), NEXT]) == ["next_one"]


async def test_a_database_of_a_newer_server_is_left_alone(empty_database: str) -> None:
    await migrate(empty_database, [*known_migrations(), NEXT])
    for attempt in (migrate(empty_database), PostgresDatabase.open(empty_database)):
        with pytest.raises(RuntimeError, match="newer server"):
            await attempt


async def test_a_step_whose_text_has_changed_is_refused(empty_database: str) -> None:
    await migrate(empty_database)
    first, *others = known_migrations()
    with pytest.raises(RuntimeError, match=f"{first.name} was applied .* another text"):
        await migrate(empty_database, [replace(first, sql="SELECT 1"), *others])


async def test_a_server_does_not_start_on_an_older_schema_and_says_what_to_do(empty_database: str) -> None:
    with pytest.raises(RuntimeError, match=r"0001_jobs.*ocr-server migrate"):
        await PostgresDatabase.open(empty_database)
    await migrate(empty_database)
    await (await PostgresDatabase.open(empty_database)).close()


async def test_the_command_migrates_and_shows_no_password(empty_database: str) -> None:
    environment = {**os.environ, "OCR_DATABASE_URL": empty_database}
    command = [sys.executable, "-m", "ocr_server", "migrate"]
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert "applied 0001_jobs" in done.stderr
    password = urlsplit(empty_database).password
    assert password
    assert password not in done.stdout + done.stderr
