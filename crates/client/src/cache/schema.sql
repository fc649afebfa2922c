-- What a device keeps of its vaults. The file is encrypted as a whole (SQLCipher). Tables made
-- IF NOT EXISTS hold what is nowhere else and outlive a rebuild; all others are read from the
-- server again. Whoever changes anything here counts VERSION in schema.rs up.
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE authors (
    n INTEGER PRIMARY KEY, identity BLOB NOT NULL, device BLOB NOT NULL,
    UNIQUE (identity, device)
);

CREATE TABLE vaults (
    n INTEGER PRIMARY KEY,
    vault BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL DEFAULT '',
    head_index INTEGER NOT NULL,
    head_hash BLOB NOT NULL,
    snapshot BLOB NOT NULL,
    synced_ms INTEGER NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE entries (
    vault_n INTEGER NOT NULL, idx INTEGER NOT NULL,
    hash BLOB NOT NULL, kind INTEGER NOT NULL, author_n INTEGER NOT NULL,
    epoch INTEGER NOT NULL, appended_ms INTEGER NOT NULL,
    subject BLOB, erased INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (vault_n, idx)
) WITHOUT ROWID;

-- Payloads of epochs whose keys are not at hand yet.
CREATE TABLE sealed (
    vault_n INTEGER NOT NULL, idx INTEGER NOT NULL,
    device_seq INTEGER NOT NULL, payload BLOB NOT NULL,
    PRIMARY KEY (vault_n, idx)
) WITHOUT ROWID;

CREATE TABLE tables (n INTEGER PRIMARY KEY, vault_n INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE (vault_n, name));
CREATE TABLE columns (n INTEGER PRIMARY KEY, table_n INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE (table_n, name));

-- Ids of records, files, revisions and links are unique in a vault only: a member of two vaults
-- may write an id of the one into the other.
CREATE TABLE records (
    n INTEGER PRIMARY KEY,
    record BLOB NOT NULL,
    vault_n INTEGER NOT NULL,
    table_n INTEGER NOT NULL,
    head_n INTEGER NOT NULL,
    heads INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    UNIQUE (record, vault_n)
);
CREATE INDEX records_by_table ON records (table_n, deleted);

CREATE TABLE versions (
    n INTEGER PRIMARY KEY,
    vault_n INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    record_n INTEGER NOT NULL,
    version BLOB NOT NULL,
    parents BLOB NOT NULL,
    is_head INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    author_n INTEGER NOT NULL,
    appended_ms INTEGER NOT NULL,
    fields TEXT,
    damage TEXT,
    UNIQUE (vault_n, idx)
);
CREATE INDEX versions_by_record ON versions (record_n);

-- The current versions that this device showed last: what the next edit is based on.
CREATE TABLE IF NOT EXISTS shown (record BLOB PRIMARY KEY, heads BLOB NOT NULL) WITHOUT ROWID;

-- One row for each filled field of a record's shown version, in a form that compares and sorts.
CREATE TABLE cells (
    column_n INTEGER NOT NULL, record_n INTEGER NOT NULL, value NOT NULL,
    PRIMARY KEY (column_n, record_n)
) WITHOUT ROWID;

CREATE TABLE files (
    n INTEGER PRIMARY KEY,
    file BLOB NOT NULL,
    vault_n INTEGER NOT NULL,
    record BLOB NOT NULL,
    revision_n INTEGER NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    hidden INTEGER NOT NULL DEFAULT 0,
    protected INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0,
    attributes_idx INTEGER NOT NULL DEFAULT 0,
    deleted_ms INTEGER NOT NULL DEFAULT 0,
    UNIQUE (file, vault_n)
);
CREATE INDEX files_by_record ON files (record);

CREATE TABLE revisions (
    n INTEGER PRIMARY KEY,
    vault_n INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    file_n INTEGER NOT NULL,
    revision BLOB NOT NULL,
    parents BLOB NOT NULL,
    is_head INTEGER NOT NULL,
    sealed_length INTEGER NOT NULL,
    author_n INTEGER NOT NULL,
    appended_ms INTEGER NOT NULL,
    manifest BLOB,
    key BLOB,
    key_epoch INTEGER NOT NULL,
    damage TEXT,
    UNIQUE (vault_n, idx),
    UNIQUE (revision, vault_n)
);
CREATE INDEX revisions_by_file ON revisions (file_n);

CREATE TABLE leases (
    vault_n INTEGER NOT NULL, file BLOB NOT NULL, lease BLOB NOT NULL,
    fence INTEGER NOT NULL, author_n INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
    PRIMARY KEY (vault_n, file)
) WITHOUT ROWID;

CREATE TABLE links (
    link BLOB NOT NULL, vault_n INTEGER NOT NULL, file BLOB NOT NULL, revision BLOB NOT NULL,
    author_n INTEGER NOT NULL, created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
    max_count INTEGER NOT NULL, passphrase INTEGER NOT NULL, payload BLOB NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (link, vault_n)
) WITHOUT ROWID;

-- Signed entries from before they are sent until the server has answered.
CREATE TABLE IF NOT EXISTS outbox (
    n INTEGER PRIMARY KEY, vault BLOB NOT NULL, request BLOB NOT NULL
);

-- Edits that were made without the server; sealed and signed when they are sent.
CREATE TABLE IF NOT EXISTS edits (
    n INTEGER PRIMARY KEY, vault BLOB NOT NULL, table_name TEXT NOT NULL, record BLOB NOT NULL,
    version BLOB NOT NULL, parents BLOB NOT NULL, deleted INTEGER NOT NULL, fields TEXT NOT NULL,
    made_ms INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS uploads (
    revision BLOB PRIMARY KEY, vault BLOB NOT NULL, file BLOB NOT NULL, record BLOB NOT NULL,
    source TEXT NOT NULL, identity TEXT NOT NULL, state TEXT NOT NULL, key BLOB NOT NULL,
    header BLOB NOT NULL, made_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS upload_parts (
    revision BLOB NOT NULL, part INTEGER NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (revision, part)
) WITHOUT ROWID;
