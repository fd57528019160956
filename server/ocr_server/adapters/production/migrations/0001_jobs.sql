-- Every job belongs to a tenant, and what hangs on a job to the tenant of that job.
CREATE TABLE jobs (
    job_id         uuid PRIMARY KEY,
    tenant         text NOT NULL,
    request_id     text,                                -- NULL where the caller gave none
    state          text NOT NULL DEFAULT 'queued'
                   CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    priority       smallint NOT NULL,                   -- the least is the most urgent
    turn           bigint NOT NULL,                     -- by which tenants take turns; it never changes
    not_before     timestamptz NOT NULL DEFAULT '-infinity',  -- until then it may not be started
    image_digest   text NOT NULL CHECK (image_digest ~ '^[0-9a-f]{64}$'),
    options        jsonb NOT NULL,
    attempt        integer NOT NULL DEFAULT 0,          -- who works on it: the fencing token
    faults         integer NOT NULL DEFAULT 0,
    last_seq       integer NOT NULL DEFAULT 1,          -- of its events: whoever counts it up holds the row
    created_at     timestamptz NOT NULL,
    alive_at       timestamptz,                         -- when its worker last answered
    started_at     timestamptz,
    ended_at       timestamptz,
    error_reason   text,
    error_message  text,
    is_dead_letter boolean NOT NULL DEFAULT false,
    replayed_as    uuid,                                -- the job that took the place of this dead letter
    recognition    jsonb,
    CHECK (state <> 'running' OR alive_at IS NOT NULL),
    CHECK ((state = 'succeeded') = (recognition IS NOT NULL)),
    CHECK ((state = 'failed') = (error_reason IS NOT NULL)),
    CHECK ((state IN ('succeeded', 'failed', 'cancelled')) = (ended_at IS NOT NULL)),
    CHECK (NOT is_dead_letter OR state = 'failed')
);
CREATE UNIQUE INDEX jobs_request ON jobs (tenant, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX jobs_newest_first ON jobs (tenant, created_at DESC, job_id DESC);
CREATE INDEX jobs_newest_first_by_state ON jobs (tenant, state, created_at DESC, job_id DESC);
CREATE INDEX jobs_next ON jobs (priority, turn, created_at) INCLUDE (not_before) WHERE state = 'queued';
CREATE INDEX jobs_queued_of_tenant ON jobs (tenant, priority, turn) WHERE state = 'queued';
-- By a column that heartbeats do not change, which spares them all indexes; few jobs run at a time.
CREATE INDEX jobs_running ON jobs (started_at) WHERE state = 'running';
CREATE INDEX jobs_ended ON jobs (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX jobs_dead ON jobs (ended_at DESC) WHERE is_dead_letter AND replayed_as IS NULL;

CREATE TABLE job_events (
    job_id   uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    seq      integer NOT NULL,
    at       timestamptz NOT NULL,
    state    text NOT NULL,
    progress jsonb,                                     -- NULL for a change of state
    PRIMARY KEY (job_id, seq)
);

-- The turn of a tenant's next job (start-time fair queueing; Goyal, Vin, Cheng 1996): behind its own jobs that wait, and
-- for the first of them beside the others' next ones. Until the transaction ends no other job of this tenant gets one,
-- or jobs submitted side by side would share a turn, and who does so would be served more often. VOLATILE, which is
-- the default, so that each query sees what was there once the lock was had.
CREATE FUNCTION next_turn(of_tenant text, of_priority smallint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(of_priority, hashtext(of_tenant));
    RETURN greatest(
        (SELECT max(turn) + 1 FROM jobs WHERE state = 'queued' AND tenant = of_tenant AND priority = of_priority),
        -- Not of jobs that wait for their next try: whoever took their old turns would go before all the others.
        (SELECT min(turn) FROM jobs WHERE state = 'queued' AND priority = of_priority AND not_before <= now()),
        0
    );
END
$$;
