"""A real PostgreSQL for tests, started once a session by the launcher of the stack; each test has its own database."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio

from ocr_server.adapters.production.postgres_database import PostgresDatabase
from ocr_server.adapters.production.postgres_migrations import migrate
from ocr_server.stack.postgres_process import PostgresProcess, run_postgres

ENVIRONMENT = Path(__file__).resolve().parent.parent / ".venv-servers"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migrations'"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres() -> AsyncIterator[PostgresProcess]:
    """The server that tests share which do no harm to it."""
    async with run_postgres(ENVIRONMENT) as process:
        yield process


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_database(postgres: PostgresProcess) -> str:
    """The URL of the one database with this server's schema; see ``database``."""
    async with _connected(postgres.url) as connection:
        await connection.execute("CREATE DATABASE migrated")
    url = _named(postgres.url, "migrated")
    await migrate(url)
    return url


@pytest.fixture
async def database(migrated_database: str) -> str:
    """The URL of a database with this server's schema and no rows: emptied, which is quicker than a new one."""
    async with _connected(migrated_database) as connection:
        tables = [row["tablename"] for row in await connection.fetch(_TABLES)]
        await connection.execute(f"TRUNCATE {', '.join(tables)}")
    return migrated_database


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[PostgresDatabase]:
    """The database as a process opens it; opened twice it is that of two processes."""
    database = await PostgresDatabase.open(url)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def mortal_postgres() -> AsyncIterator[PostgresProcess]:
    """A PostgreSQL of this test's own with this server's schema, to be killed."""
    async with run_postgres(ENVIRONMENT) as process:
        await migrate(process.url)
        yield process


@pytest.fixture
async def empty_database(postgres: PostgresProcess) -> AsyncIterator[str]:
    """The URL of a database of this test's own, with nothing in it."""
    name = f"test_{uuid.uuid4().hex}"
    async with _connected(postgres.url) as connection:
        await connection.execute(f"CREATE DATABASE {name}")
        yield _named(postgres.url, name)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _named(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()
