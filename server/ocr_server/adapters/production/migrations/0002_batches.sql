CREATE TABLE batches (
    batch_id   uuid PRIMARY KEY,
    tenant     text NOT NULL,
    request_id text,                                    -- NULL where the caller gave none
    job_ids    uuid[] NOT NULL,                         -- in the order submitted; some may have been forgotten
    last_seq   integer NOT NULL DEFAULT 0,              -- of its events: whoever counts it up holds the row
    queued     integer NOT NULL CHECK (queued >= 0),    -- how many of its jobs are in which state
    running    integer NOT NULL DEFAULT 0 CHECK (running >= 0),
    succeeded  integer NOT NULL DEFAULT 0,
    failed     integer NOT NULL DEFAULT 0,
    cancelled  integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    ended_at   timestamptz,
    CHECK ((queued + running = 0) = (ended_at IS NOT NULL)),
    CHECK (queued + running + succeeded + failed + cancelled = cardinality(job_ids))
);
CREATE UNIQUE INDEX batches_request ON batches (tenant, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX batches_ended ON batches (ended_at) WHERE ended_at IS NOT NULL;

ALTER TABLE jobs ADD COLUMN batch_id uuid REFERENCES batches;  -- NULL for a job of its own
CREATE INDEX jobs_of_batch ON jobs (batch_id) WHERE batch_id IS NOT NULL;

-- Whole in themselves, because a job may be forgotten before its batch is.
CREATE TABLE batch_events (
    batch_id       uuid NOT NULL REFERENCES batches ON DELETE CASCADE,
    seq            integer NOT NULL,
    job_id         uuid NOT NULL,
    job_seq        integer NOT NULL,
    at             timestamptz NOT NULL,
    state          text NOT NULL,
    error_reason   text,
    error_message  text,
    is_dead_letter boolean NOT NULL,
    queued         integer NOT NULL,                    -- the whole batch after this event
    running        integer NOT NULL,
    succeeded      integer NOT NULL,
    failed         integer NOT NULL,
    cancelled      integer NOT NULL,
    PRIMARY KEY (batch_id, seq)
);
