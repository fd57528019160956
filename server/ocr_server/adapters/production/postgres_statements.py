"""The statements that change jobs: each change is one of them, so one transaction and one round trip.

What the first part of a statement finds and changes is the row ``job``, whose lock makes the numbers of its events
follow each other, and their times too; the row of its batch is locked next, always in this order and one job a
statement, so that no two of them wait for each other.
"""

from ocr_server.adapters.production.postgres_rows import COUNTS, DOCUMENT_COLUMNS, LISTED_COLUMNS

_CHANGED = """
    event AS (
        INSERT INTO job_events (job_id, seq, at, state)
        SELECT job_id, last_seq, clock_timestamp(), state FROM job
        RETURNING at
    )
"""

_MOVE = ", ".join(
    f"{state} = {state} + (job.state = '{state}')::integer - (job.state_before = '{state}')::integer"
    for state in COUNTS
)
# Takes a job that has a state_before, too.
_CHANGED_IN_BATCH = f"""
    {_CHANGED}, batch AS (
        UPDATE batches SET last_seq = batches.last_seq + 1, {_MOVE}, ended_at = CASE
            WHEN queued + running = 1 AND job.state NOT IN ('queued', 'running') THEN event.at END
        FROM job, event WHERE batches.batch_id = job.batch_id
        RETURNING batches.batch_id AS id, batches.last_seq AS seq, {", ".join(COUNTS)}
    ), batch_event AS (
        INSERT INTO batch_events (batch_id, seq, job_id, job_seq, at, state, error_reason, error_message,
            is_dead_letter, {", ".join(COUNTS)})
        SELECT id, seq, job_id, last_seq, at, state, error_reason, error_message, is_dead_letter, {", ".join(COUNTS)}
        FROM batch, job, event
    )
"""

# $1 to $8 are what ``new_jobs`` makes; once says what must have happened before.
_NEW_JOBS = f"""
    turn AS MATERIALIZED (
        SELECT next_turn($1, $2) AS first {{once}}
    ), job AS (
        INSERT INTO jobs (job_id, tenant, priority, turn, request_id, batch_id, image_digest, created_at, options)
        SELECT job_id, $1, $2, first + position - 1, $3, $4, image_digest, created_at, options
        FROM turn, unnest($5::uuid[], $6::text[], $7::timestamptz[], $8::jsonb[])
            WITH ORDINALITY AS new (job_id, image_digest, created_at, options, position)
        ON CONFLICT (tenant, request_id) WHERE request_id IS NOT NULL DO NOTHING
        RETURNING *
    ), {_CHANGED}
"""
CREATE = f"WITH {_NEW_JOBS.format(once='')} SELECT job_id FROM job"
CREATE_BATCH = f"""
    WITH batch AS (
        INSERT INTO batches (batch_id, tenant, request_id, job_ids, queued, created_at)
        VALUES ($4, $1, $9, $5, cardinality($5::uuid[]), $10)
        ON CONFLICT (tenant, request_id) WHERE request_id IS NOT NULL DO NOTHING
        RETURNING batch_id
    ), {_NEW_JOBS.format(once="FROM batch")}
    SELECT batch_id FROM batch
"""
REPLAY = f"""
    WITH dead AS (
        UPDATE jobs SET replayed_as = ($5::uuid[])[1]
        WHERE job_id = $9 AND is_dead_letter AND replayed_as IS NULL
        RETURNING job_id
    ), {_NEW_JOBS.format(once="FROM dead")}
    SELECT job_id FROM job
"""

START_NEXT = f"""
    WITH next AS (
        SELECT job_id AS id FROM jobs WHERE state = 'queued' AND not_before <= statement_timestamp()
        ORDER BY priority, turn, created_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ), job AS (
        UPDATE jobs SET state = 'running', attempt = attempt + 1, last_seq = last_seq + 1,
            started_at = clock_timestamp(), alive_at = clock_timestamp()
        FROM next WHERE job_id = id
        RETURNING jobs.*, 'queued' AS state_before
    ), {_CHANGED_IN_BATCH}
    SELECT {LISTED_COLUMNS} FROM job
"""
HEARTBEAT = """
    UPDATE jobs SET alive_at = clock_timestamp() WHERE job_id = $1 AND state = 'running' AND attempt = $2
    RETURNING job_id
"""
PROGRESS = """
    WITH job AS (
        UPDATE jobs SET last_seq = last_seq + cardinality($3::jsonb[])
        WHERE job_id = $1 AND state = 'running' AND attempt = $2
        RETURNING job_id, last_seq - cardinality($3::jsonb[]) AS seq_before, state
    ), event AS (
        INSERT INTO job_events (job_id, seq, at, state, progress)
        SELECT job_id, seq_before + position, clock_timestamp(), state, progress
        FROM job, unnest($3::jsonb[]) WITH ORDINALITY AS steps (progress, position)
    )
    SELECT job_id, NULL AS batch_id FROM job
"""
# $5: only if nobody has answered for the job since then.
REQUEUE = f"""
    WITH job AS (
        UPDATE jobs SET state = 'queued', last_seq = last_seq + 1, faults = faults + $4::boolean::integer,
            not_before = clock_timestamp() + make_interval(secs => $3)
        WHERE job_id = $1 AND state = 'running' AND attempt = $2 AND ($5::timestamptz IS NULL OR alive_at = $5)
        RETURNING jobs.*, 'running' AS state_before
    ), {_CHANGED_IN_BATCH}
    SELECT {LISTED_COLUMNS} FROM job
"""
SILENT = """
    SELECT job_id, attempt, alive_at FROM jobs
    WHERE state = 'running' AND alive_at <= statement_timestamp() - make_interval(secs => $1)
    ORDER BY created_at, job_id
"""
FINISH = f"""
    WITH held AS (
        SELECT job_id AS id, state AS state_before FROM jobs
        WHERE job_id = $1 AND state IN ('queued', 'running')
            AND ($2::integer IS NULL OR (state, attempt) = ('running', $2))
        FOR UPDATE
    ), job AS (
        UPDATE jobs SET state = $3, last_seq = last_seq + 1, ended_at = clock_timestamp(), recognition = $4,
            error_reason = $5, error_message = $6, is_dead_letter = $7
        FROM held WHERE job_id = id
        RETURNING job_id, batch_id, tenant, options, last_seq, state, state_before, ended_at,
            error_reason, error_message, is_dead_letter
    ), {_CHANGED_IN_BATCH}, told AS (
        INSERT INTO outbox (job_id, type)
        SELECT job_id, type FROM job, unnest($8::text[]) WITH ORDINALITY AS types (type, position) ORDER BY position
    ), document AS (
        INSERT INTO documents (job_id, tenant, created_at, engine, {DOCUMENT_COLUMNS})
        SELECT job_id, tenant, ended_at, options -> 0 ->> 'engine', {DOCUMENT_COLUMNS}
        FROM (SELECT job_id, tenant, ended_at, options FROM job) AS job, LATERAL (
            SELECT {DOCUMENT_COLUMNS} FROM jsonb_populate_record(NULL::documents, $9)
        ) AS document WHERE $9 IS NOT NULL
    )
    SELECT job_id, batch_id FROM job
"""
FORGET_ENDED = """
    DELETE FROM jobs WHERE job_id IN (
        SELECT job_id FROM jobs WHERE ended_at <= statement_timestamp() - make_interval(secs => $1)
            AND NOT EXISTS (SELECT FROM outbox WHERE outbox.job_id = jobs.job_id)
        ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ) RETURNING job_id
"""
# Not with their last job: of two who delete the halves of a batch at once, each would see the other's half still there.
FORGET_EMPTY_BATCHES = """
    DELETE FROM batches WHERE batch_id IN (
        SELECT batch_id FROM batches WHERE ended_at <= statement_timestamp() - make_interval(secs => $1)
            AND NOT EXISTS (SELECT FROM jobs WHERE jobs.batch_id = batches.batch_id)
        ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
"""
