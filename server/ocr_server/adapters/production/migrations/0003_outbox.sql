-- What ended jobs have to tell, until it has been published. No job is deleted while it has a row here.
CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id   uuid NOT NULL REFERENCES jobs,
    type     text NOT NULL,
    UNIQUE (job_id, type)
);
