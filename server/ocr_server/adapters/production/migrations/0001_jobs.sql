-- Every job belongs to a tenant, and what hangs on a job to the tenant of that job.
CREATE TABLE jobs (
    job_id        uuid PRIMARY KEY,
    tenant        text NOT NULL,
    request_id    text,                             -- NULL where the caller gave none
    state         text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    image_digest  text NOT NULL CHECK (image_digest ~ '^[0-9a-f]{64}$'),
    options       jsonb NOT NULL,
    attempt       integer NOT NULL DEFAULT 0,       -- who works on it: the fencing token
    last_seq      integer NOT NULL DEFAULT 1,       -- of its events: whoever counts it up holds the row
    created_at    timestamptz NOT NULL,
    alive_at      timestamptz NOT NULL DEFAULT now(),  -- when its maker, its worker or who queued it again last answered
    started_at    timestamptz,
    ended_at      timestamptz,
    error_reason  text,
    error_message text,
    recognition   jsonb,
    CHECK ((state = 'succeeded') = (recognition IS NOT NULL)),
    CHECK ((state = 'failed') = (error_reason IS NOT NULL)),
    CHECK ((state IN ('succeeded', 'failed', 'cancelled')) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX jobs_request ON jobs (tenant, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX jobs_newest_first ON jobs (tenant, created_at DESC, job_id DESC);
CREATE INDEX jobs_newest_first_by_state ON jobs (tenant, state, created_at DESC, job_id DESC);
CREATE INDEX jobs_unfinished ON jobs (alive_at) WHERE state IN ('queued', 'running');

CREATE TABLE job_events (
    job_id   uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    seq      integer NOT NULL,
    at       timestamptz NOT NULL,
    state    text NOT NULL,
    progress jsonb,                                 -- NULL for a change of state
    PRIMARY KEY (job_id, seq)
);
