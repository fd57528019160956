"""The tables of the embedded stores. Times are microseconds since 1970, UTC."""

import aiosqlite

# Of the document that a job gave; an index finds the job by it, as long as it is written just so.
DOCUMENT_ID = "json_extract(recognition, '$[0].document.document_id')"

# One script a version, the oldest first. A script that has been released never changes: add another one.
# Versions 1 and 2 were of this server's development.
_MIGRATIONS = {
    3: """
    CREATE TABLE batches (
        batch_id      TEXT PRIMARY KEY,
        tenant        TEXT NOT NULL,
        request_id    TEXT,                        -- NULL where the caller gave none
        job_ids       TEXT NOT NULL,               -- JSON, in the order submitted; some may have been forgotten
        created_at_us INTEGER NOT NULL,
        ended_at_us   INTEGER,
        last_seq      INTEGER NOT NULL DEFAULT 0,  -- of its events
        queued        INTEGER NOT NULL,            -- how many of its jobs are in which state
        running       INTEGER NOT NULL,
        succeeded     INTEGER NOT NULL,
        failed        INTEGER NOT NULL,
        cancelled     INTEGER NOT NULL,
        UNIQUE (tenant, request_id)
    ) STRICT;

    CREATE TABLE jobs (
        job_id         TEXT PRIMARY KEY,
        tenant         TEXT NOT NULL,
        request_id     TEXT,                       -- NULL where the caller gave none
        batch_id       TEXT REFERENCES batches,    -- NULL for a job of its own
        state          TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        priority       INTEGER NOT NULL,           -- the least is the most urgent
        turn           INTEGER NOT NULL,           -- by which tenants take turns; it never changes
        not_before_us  INTEGER NOT NULL DEFAULT 0, -- until then it may not be started
        image_digest   TEXT NOT NULL,
        attempt        INTEGER NOT NULL DEFAULT 0, -- who works on it: the fencing token
        faults         INTEGER NOT NULL DEFAULT 0,
        created_at_us  INTEGER NOT NULL,
        alive_at_us    INTEGER NOT NULL DEFAULT 0, -- when its worker last answered
        started_at_us  INTEGER,
        ended_at_us    INTEGER,
        error_reason   TEXT,
        error_message  TEXT,
        is_dead_letter INTEGER NOT NULL DEFAULT 0,
        replayed_as    TEXT,                       -- the job that took the place of this dead letter
        options        TEXT NOT NULL,              -- JSON
        recognition    TEXT,                       -- JSON; last, so that reading the columns before it never touches it
        UNIQUE (tenant, request_id)
    ) STRICT;
    CREATE INDEX jobs_newest_first ON jobs (tenant, created_at_us DESC, job_id DESC);
    CREATE INDEX jobs_next ON jobs (priority, turn, created_at_us, job_id) WHERE state = 'queued';
    CREATE INDEX jobs_queued_of_tenant ON jobs (tenant, priority, turn) WHERE state = 'queued';
    CREATE INDEX jobs_running ON jobs (alive_at_us) WHERE state = 'running';
    CREATE INDEX jobs_ended ON jobs (ended_at_us) WHERE ended_at_us IS NOT NULL;
    CREATE INDEX jobs_of_batch ON jobs (batch_id) WHERE batch_id IS NOT NULL;
    CREATE INDEX dead_letters ON jobs (ended_at_us) WHERE is_dead_letter AND replayed_as IS NULL;

    CREATE TABLE job_events (
        job_id   TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
        seq      INTEGER NOT NULL,
        at_us    INTEGER NOT NULL,
        state    TEXT NOT NULL,
        progress TEXT,                             -- JSON; NULL for a change of state
        PRIMARY KEY (job_id, seq)
    ) STRICT, WITHOUT ROWID;

    -- Whole in themselves, because a job may be forgotten before its batch is.
    CREATE TABLE batch_events (
        batch_id       TEXT NOT NULL REFERENCES batches ON DELETE CASCADE,
        seq            INTEGER NOT NULL,
        job_id         TEXT NOT NULL,
        job_seq        INTEGER NOT NULL,
        at_us          INTEGER NOT NULL,
        state          TEXT NOT NULL,
        error_reason   TEXT,
        error_message  TEXT,
        is_dead_letter INTEGER NOT NULL,
        queued         INTEGER NOT NULL,           -- the whole batch after this event
        running        INTEGER NOT NULL,
        succeeded      INTEGER NOT NULL,
        failed         INTEGER NOT NULL,
        cancelled      INTEGER NOT NULL,
        PRIMARY KEY (batch_id, seq)
    ) STRICT, WITHOUT ROWID;

    -- AUTOINCREMENT: a position is never used again, so the order is that of the commits.
    CREATE TABLE outbox (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        job_id   TEXT NOT NULL REFERENCES jobs,
        type     TEXT NOT NULL,
        UNIQUE (job_id, type)
    ) STRICT;
    """,
    4: f"""
    -- Corrections outlive the documents that they are about, and therefore do not refer to their rows.
    CREATE TABLE corrections (
        correction_id  TEXT PRIMARY KEY,
        tenant         TEXT NOT NULL,
        request_id     TEXT,                       -- NULL where the caller gave none
        created_at_us  INTEGER NOT NULL,
        document_id    TEXT NOT NULL,
        document_type  TEXT NOT NULL,              -- what it really is
        engine         TEXT NOT NULL,              -- the one that read the document
        model_versions TEXT NOT NULL,
        review         TEXT NOT NULL,              -- JSON, as it was sent
        UNIQUE (tenant, request_id)
    ) STRICT;
    CREATE INDEX corrections_by_time ON corrections (tenant, created_at_us);

    CREATE TABLE corrected_fields (
        correction_id   TEXT NOT NULL REFERENCES corrections ON DELETE CASCADE,
        field_path      TEXT NOT NULL,             -- receipt.line_items[2].quantity
        field_name      TEXT NOT NULL,             -- receipt.line_items.quantity
        verdict         TEXT NOT NULL CHECK (verdict IN ('confirmed', 'corrected', 'added', 'removed')),
        recognized_text TEXT NOT NULL,
        corrected_text  TEXT NOT NULL,
        PRIMARY KEY (correction_id, field_path)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE corrected_lines (
        correction_id   TEXT NOT NULL REFERENCES corrections ON DELETE CASCADE,
        position        INTEGER NOT NULL,          -- in the review, from 0
        page_number     INTEGER NOT NULL,
        line_index      INTEGER,                   -- among the recognized lines of its page, from 0; NULL if missed
        engine          TEXT,                      -- the one that read the line; NULL if missed
        recognized_text TEXT NOT NULL,
        corrected_text  TEXT NOT NULL,
        edit_distance   INTEGER NOT NULL,
        PRIMARY KEY (correction_id, position)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX jobs_by_document ON jobs (tenant, {DOCUMENT_ID}) WHERE recognition IS NOT NULL;
    """,
}


async def migrate(connection: aiosqlite.Connection) -> None:
    """Bring the database to the newest schema, each step in one transaction.

    Raises RuntimeError if its version is none that this server knows.
    """
    ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
    if version and version not in _MIGRATIONS:
        raise RuntimeError(
            f"The database of jobs has schema {version}; this server knows {', '.join(map(str, _MIGRATIONS))}. "
            "Use the server that wrote it, or another OCR_DATA_DIR."
        )
    for number, script in _MIGRATIONS.items():
        if number > version:
            await connection.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")
