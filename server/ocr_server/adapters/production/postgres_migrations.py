"""The tables of PostgreSQL: plain SQL files, forward only. ``ocr-server migrate`` applies them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from ocr_server.adapters.production.postgres_client import PostgresClient, connect, errors_translated

_FOLDER = Path(__file__).with_name("migrations")
_TABLE = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version    integer PRIMARY KEY,
        name       text NOT NULL,
        checksum   text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    )
"""
_APPLIED = "SELECT version, name, checksum FROM schema_migrations ORDER BY version"
_LOCK = 7_046_029_254_386_353_131  # any number that nobody else locks this database with


@dataclass(frozen=True, slots=True)
class Migration:
    """One step, named 0001_what_it_does.sql. A file that has been released never changes: add another one."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file, hex."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def known_migrations(folder: Path = _FOLDER) -> list[Migration]:
    """Read the steps that this server knows, the oldest first, numbered 1, 2, 3, …"""
    migrations = [
        Migration(int(path.name.partition("_")[0]), path.stem, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.sql"))
    ]
    if [migration.version for migration in migrations] != list(range(1, len(migrations) + 1)):
        raise RuntimeError(f"The migrations in {folder} are not numbered 1, 2, 3, …")
    return migrations


async def migrate(url: str, migrations: Sequence[Migration] | None = None) -> list[str]:
    """Bring the database to the newest schema and return the names of the steps taken; none if it was there already.

    Each step is one transaction. Of several callers at once one does the work while the others wait. Raises
    DependencyUnavailable, and RuntimeError if the URL cannot be read, a newer server has been here, or a step that
    was applied has another text today.
    """
    known = known_migrations() if migrations is None else migrations
    async with connect(url) as connection:
        with errors_translated():
            await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)  # goes with the connection
            await connection.execute(_TABLE)
            missing = _missing(known, await connection.fetch(_APPLIED))
            for migration in missing:
                async with connection.transaction():
                    await connection.execute(migration.sql)
                    await connection.execute(
                        "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
                        migration.version,
                        migration.name,
                        migration.checksum,
                    )
    return [migration.name for migration in missing]


async def check_schema(client: PostgresClient) -> None:
    """Raise RuntimeError, which says what to do, unless the schema is just the one that this server was made for."""
    try:
        applied = await client.fetch(_APPLIED)
    except asyncpg.UndefinedTableError:
        applied = []
    if missing := _missing(known_migrations(), applied):
        raise RuntimeError(
            f"The database lacks {', '.join(migration.name for migration in missing)}: run `ocr-server migrate`."
        )


def _missing(known: Sequence[Migration], applied: Sequence[asyncpg.Record]) -> list[Migration]:
    if len(applied) > len(known):
        raise RuntimeError(
            f"The database has schema {len(applied)}; this server knows {len(known)}. Use a newer server."
        )
    for migration, row in zip(known, applied, strict=False):
        if migration.checksum != row["checksum"]:
            raise RuntimeError(f"{migration.name} was applied to the database with another text than it has here.")
    return list(known[len(applied) :])
