"""The tables of the embedded job store. Times are microseconds since 1970, UTC."""

import aiosqlite

# One script a version, the oldest first. A script that has been released never changes: add another one.
_MIGRATIONS = (
    """
    CREATE TABLE jobs (
        job_id        TEXT PRIMARY KEY,
        tenant        TEXT NOT NULL,
        request_id    TEXT,                -- NULL where the caller gave none
        state         TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        image_digest  TEXT NOT NULL,
        attempt       INTEGER NOT NULL DEFAULT 0,
        created_at_us INTEGER NOT NULL,
        started_at_us INTEGER,
        ended_at_us   INTEGER,
        error_reason  TEXT,
        error_message TEXT,
        options       TEXT NOT NULL,       -- JSON
        recognition   TEXT,                -- JSON; last, so that reading the columns before it never touches it
        UNIQUE (tenant, request_id)
    ) STRICT;
    CREATE INDEX jobs_newest_first ON jobs (tenant, created_at_us DESC, job_id DESC);
    CREATE INDEX jobs_unfinished ON jobs (created_at_us, job_id) WHERE state IN ('queued', 'running');

    CREATE TABLE job_events (
        job_id   TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
        seq      INTEGER NOT NULL,
        at_us    INTEGER NOT NULL,
        state    TEXT NOT NULL,
        progress TEXT,                     -- JSON; NULL for a change of state
        PRIMARY KEY (job_id, seq)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    -- When somebody last answered for the job: its maker, its worker, or who queued it again.
    ALTER TABLE jobs ADD COLUMN alive_at_us INTEGER NOT NULL DEFAULT 0;
    """,
)


async def migrate(connection: aiosqlite.Connection) -> None:
    """Bring the database to the newest schema, each step in one transaction.

    Raises RuntimeError if a newer version of the server has written it.
    """
    ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
    if version > len(_MIGRATIONS):
        raise RuntimeError(
            f"The job database has schema {version}; this server knows {len(_MIGRATIONS)}. Use a newer server."
        )
    for number, script in enumerate(_MIGRATIONS[version:], start=version + 1):
        await connection.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")
