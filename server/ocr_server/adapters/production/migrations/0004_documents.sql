-- What was read, in columns, for whoever asks the database itself; the whole of it is in jobs.recognition.
CREATE TABLE documents (
    job_id           uuid PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    tenant           text NOT NULL,
    created_at       timestamptz NOT NULL,              -- when its job ended
    engine           text NOT NULL,                     -- the one asked for
    document_id      text NOT NULL,
    document_type    text NOT NULL,
    model_versions   text NOT NULL,                     -- name:version, separated by spaces
    merchant_name    text,
    transaction_date date,
    total            numeric,
    currency         text,                              -- of the total; ISO 4217; NULL where it is not printed
    page_count       integer NOT NULL,
    line_count       integer NOT NULL,
    barcode_count    integer NOT NULL,
    failed_checks    integer NOT NULL,
    processing_s     double precision NOT NULL
);
CREATE INDEX documents_newest_first ON documents (tenant, created_at DESC);
CREATE INDEX documents_by_date ON documents (tenant, transaction_date);

-- Days of UTC; as far back as documents are kept.
CREATE VIEW usage_by_day AS
SELECT
    tenant,
    (created_at AT TIME ZONE 'UTC')::date AS day,
    count(*) AS documents,
    sum(page_count) AS pages,
    sum(line_count) AS lines,
    sum(barcode_count) AS barcodes,
    sum(processing_s) AS processing_s
FROM documents
GROUP BY tenant, day;
