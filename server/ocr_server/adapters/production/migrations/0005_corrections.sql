-- What people made of documents. Corrections outlive these, and therefore do not refer to their rows.
CREATE TABLE corrections (
    correction_id  uuid PRIMARY KEY,
    tenant         text NOT NULL,
    request_id     text,                               -- NULL where the caller gave none
    created_at     timestamptz NOT NULL,
    document_id    text NOT NULL,
    document_type  text NOT NULL,                      -- what it really is
    engine         text NOT NULL,                      -- the one that read the document
    model_versions text NOT NULL,                      -- name:version, separated by spaces
    review         jsonb NOT NULL                      -- as it was sent
);
CREATE UNIQUE INDEX corrections_request ON corrections (tenant, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX corrections_by_time ON corrections (tenant, created_at);

CREATE TABLE corrected_fields (
    correction_id   uuid NOT NULL REFERENCES corrections ON DELETE CASCADE,
    field_path      text NOT NULL,                     -- receipt.line_items[2].quantity
    field_name      text NOT NULL,                     -- receipt.line_items.quantity
    verdict         text NOT NULL CHECK (verdict IN ('confirmed', 'corrected', 'added', 'removed')),
    recognized_text text NOT NULL,
    corrected_text  text NOT NULL,
    PRIMARY KEY (correction_id, field_path)
);

CREATE TABLE corrected_lines (
    correction_id   uuid NOT NULL REFERENCES corrections ON DELETE CASCADE,
    position        integer NOT NULL,                  -- in the review, from 0
    page_number     integer NOT NULL,                  -- from 1
    line_index      integer,                           -- among the recognized lines of its page, from 0; NULL if missed
    engine          text,                              -- the one that read the line; NULL if missed
    recognized_text text NOT NULL,
    corrected_text  text NOT NULL,
    edit_distance   integer NOT NULL,
    PRIMARY KEY (correction_id, position)
);

CREATE INDEX documents_by_id ON documents (tenant, document_id);
