-- What the server keeps. Every row belongs to a tenant: tenant_no stands first in every key.
-- Boxes, bodies, payloads, wallets and records of credentials are opaque bytes.

CREATE TABLE setup_code (
    code_hash BLOB NOT NULL PRIMARY KEY,
    created_ms INTEGER NOT NULL,
    used_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE tenant (
    tenant_no INTEGER PRIMARY KEY,
    tenant_id BLOB NOT NULL UNIQUE,
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
    tenant_no INTEGER NOT NULL REFERENCES tenant (tenant_no),
    account_id BLOB NOT NULL,
    identity_id BLOB NOT NULL,
    account_name TEXT NOT NULL,
    name_skeleton TEXT NOT NULL,
    account_role INTEGER NOT NULL,
    retired INTEGER NOT NULL DEFAULT 0,
    recovery_confirmed INTEGER NOT NULL DEFAULT 0,
    recover_auth_hash BLOB NOT NULL,
    quota_file_max_bytes INTEGER,
    quota_total_max_bytes INTEGER,
    quota_parts_in_flight_max INTEGER,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_no, account_id),
    UNIQUE (tenant_no, identity_id),
    UNIQUE (tenant_no, name_skeleton)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_by_name ON account (name_skeleton);

-- Apart from the account, because it changes often and should touch one small page.
CREATE TABLE account_activity (
    tenant_no INTEGER NOT NULL,
    account_id BLOB NOT NULL,
    used_bytes INTEGER NOT NULL DEFAULT 0,
    last_seen_ms INTEGER,
    PRIMARY KEY (tenant_no, account_id),
    FOREIGN KEY (tenant_no, account_id) REFERENCES account (tenant_no, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE role_quota (
    tenant_no INTEGER NOT NULL REFERENCES tenant (tenant_no),
    account_role INTEGER NOT NULL,
    quota_file_max_bytes INTEGER,
    quota_total_max_bytes INTEGER,
    quota_parts_in_flight_max INTEGER,
    PRIMARY KEY (tenant_no, account_role)
) STRICT, WITHOUT ROWID;

-- credential_status: 1 current, 2 pending
CREATE TABLE credential (
    tenant_no INTEGER NOT NULL,
    account_id BLOB NOT NULL,
    credential_status INTEGER NOT NULL,
    credential_id BLOB NOT NULL,
    proven INTEGER NOT NULL,
    opaque_record BLOB NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_no, account_id, credential_status),
    UNIQUE (tenant_no, credential_id),
    FOREIGN KEY (tenant_no, account_id) REFERENCES account (tenant_no, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE wallet (
    tenant_no INTEGER NOT NULL,
    account_id BLOB NOT NULL,
    wallet_version INTEGER NOT NULL,
    wallet BLOB NOT NULL,
    PRIMARY KEY (tenant_no, account_id),
    FOREIGN KEY (tenant_no, account_id) REFERENCES account (tenant_no, account_id)
) STRICT;

-- session_scope: 1 full, 2 recovery
CREATE TABLE session (
    tenant_no INTEGER NOT NULL,
    account_id BLOB NOT NULL,
    session_id BLOB NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    session_scope INTEGER NOT NULL,
    device_name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_no, account_id, session_id),
    FOREIGN KEY (tenant_no, account_id) REFERENCES account (tenant_no, account_id)
) STRICT, WITHOUT ROWID;

-- invite_state: 1 open, 2 used, 3 withdrawn
CREATE TABLE invite (
    tenant_no INTEGER NOT NULL REFERENCES tenant (tenant_no),
    invite_id BLOB NOT NULL,
    auth_hash BLOB NOT NULL,
    account_role INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    root_box BLOB NOT NULL,
    invite_state INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_no, invite_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX invite_by_id ON invite (invite_id);

-- A vault's log, or a directory (personal, epoch and rekey_required are NULL there).
-- tail_rows: entry_row of the newest entries, those of the 64 that do not fill a block yet,
-- 8 bytes each, big-endian.
CREATE TABLE log (
    log_no INTEGER PRIMARY KEY,
    tenant_no INTEGER NOT NULL REFERENCES tenant (tenant_no),
    log_id BLOB NOT NULL,
    head_index INTEGER NOT NULL,
    head_hash BLOB NOT NULL,
    tail_rows BLOB NOT NULL,
    personal INTEGER,
    epoch INTEGER,
    rekey_required INTEGER,
    UNIQUE (tenant_no, log_id),
    UNIQUE (tenant_no, log_no)
) STRICT;

-- Entries of all logs in the order in which they came, so that a group of appends to many logs
-- touches few pages (each page costs an encryption). entry_block and tail_rows find them again.
CREATE TABLE entry (
    entry_row INTEGER PRIMARY KEY,
    tenant_no INTEGER NOT NULL,
    log_no INTEGER NOT NULL,
    entry_index INTEGER NOT NULL,
    device_no INTEGER NOT NULL,
    device_seq INTEGER NOT NULL,
    entry_kind INTEGER NOT NULL,
    control INTEGER NOT NULL,
    appended_ms INTEGER NOT NULL,
    chain_hash BLOB NOT NULL,
    body BLOB NOT NULL,
    signatures BLOB NOT NULL,
    payload BLOB,
    FOREIGN KEY (tenant_no, log_no) REFERENCES log (tenant_no, log_no)
) STRICT;
CREATE INDEX entry_control ON entry (tenant_no, log_no, entry_index) WHERE control = 1;

-- entry_row of 64 entries of a log, 8 bytes each, big-endian; first_index is a multiple of 64.
CREATE TABLE entry_block (
    tenant_no INTEGER NOT NULL,
    log_no INTEGER NOT NULL,
    first_index INTEGER NOT NULL,
    entry_rows BLOB NOT NULL,
    PRIMARY KEY (tenant_no, log_no, first_index),
    FOREIGN KEY (tenant_no, log_no) REFERENCES log (tenant_no, log_no)
) STRICT, WITHOUT ROWID;

-- The newest entry of each device in each log. recent_runs: where the last runs of the device
-- began, as pairs (device_seq, entry_index), oldest first: the first pair, 8 bytes each, then
-- the step from each to the next in 8 bytes (device_seq shifted by 28 bits), big-endian.
CREATE TABLE device_tip (
    device_no INTEGER PRIMARY KEY,
    tenant_no INTEGER NOT NULL,
    log_no INTEGER NOT NULL,
    device_id BLOB NOT NULL,
    device_seq INTEGER NOT NULL,
    body_hash BLOB NOT NULL,
    entry_index INTEGER NOT NULL,
    recent_runs BLOB NOT NULL,
    UNIQUE (tenant_no, log_no, device_id),
    FOREIGN KEY (tenant_no, log_no) REFERENCES log (tenant_no, log_no)
) STRICT;

CREATE TABLE member (
    tenant_no INTEGER NOT NULL,
    log_no INTEGER NOT NULL,
    identity_id BLOB NOT NULL,
    member_role INTEGER NOT NULL,
    PRIMARY KEY (tenant_no, log_no, identity_id),
    FOREIGN KEY (tenant_no, log_no) REFERENCES log (tenant_no, log_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_by_identity ON member (tenant_no, identity_id);

CREATE TABLE wrap (
    tenant_no INTEGER NOT NULL,
    log_no INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    identity_id BLOB NOT NULL,
    wrap_generation INTEGER NOT NULL,
    wrap_hash BLOB NOT NULL,
    carrier_index INTEGER NOT NULL,
    in_tree INTEGER NOT NULL,
    wrap BLOB NOT NULL,
    PRIMARY KEY (tenant_no, log_no, epoch, identity_id),
    FOREIGN KEY (tenant_no, log_no) REFERENCES log (tenant_no, log_no)
) STRICT;

CREATE TABLE file (
    tenant_no INTEGER NOT NULL,
    log_no INTEGER NOT NULL,
    file_id BLOB NOT NULL,
    record_id BLOB NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,
    protected INTEGER NOT NULL DEFAULT 0,
    lease_id BLOB,
    lease_fence INTEGER,
    lease_identity_id BLOB,
    lease_expires_ms INTEGER,
    PRIMARY KEY (tenant_no, log_no, file_id),
    FOREIGN KEY (tenant_no, log_no) REFERENCES log (tenant_no, log_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE file_revision (
    tenant_no INTEGER NOT NULL,
    log_no INTEGER NOT NULL,
    revision_id BLOB NOT NULL,
    file_id BLOB NOT NULL,
    record_id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    sealed_length INTEGER NOT NULL,
    part_count INTEGER NOT NULL,
    tree_part_count INTEGER NOT NULL,
    entry_index INTEGER NOT NULL,
    key_entry_index INTEGER,
    erased INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_no, log_no, revision_id),
    FOREIGN KEY (tenant_no, log_no, file_id) REFERENCES file (tenant_no, log_no, file_id),
    FOREIGN KEY (tenant_no, account_id) REFERENCES account (tenant_no, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_revision_by_entry ON file_revision (tenant_no, log_no, entry_index);
CREATE INDEX file_revision_by_key_entry ON file_revision (tenant_no, log_no, key_entry_index)
    WHERE key_entry_index IS NOT NULL;

CREATE TABLE upload (
    tenant_no INTEGER NOT NULL,
    log_no INTEGER NOT NULL,
    revision_id BLOB NOT NULL,
    file_id BLOB NOT NULL,
    record_id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    sealed_length INTEGER NOT NULL,
    part_count INTEGER NOT NULL,
    tree_part_count INTEGER NOT NULL,
    started_ms INTEGER NOT NULL,
    touched_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_no, log_no, revision_id),
    FOREIGN KEY (tenant_no, log_no) REFERENCES log (tenant_no, log_no),
    FOREIGN KEY (tenant_no, account_id) REFERENCES account (tenant_no, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_by_age ON upload (touched_ms);

CREATE TABLE upload_part (
    tenant_no INTEGER NOT NULL,
    log_no INTEGER NOT NULL,
    revision_id BLOB NOT NULL,
    tree INTEGER NOT NULL,
    part_number INTEGER NOT NULL,
    part_length INTEGER NOT NULL,
    crc32c INTEGER NOT NULL,
    PRIMARY KEY (tenant_no, log_no, revision_id, tree, part_number),
    FOREIGN KEY (tenant_no, log_no, revision_id)
        REFERENCES upload (tenant_no, log_no, revision_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Revisions whose blobs are still to be deleted.
CREATE TABLE blob_garbage (
    tenant_no INTEGER NOT NULL,
    log_no INTEGER NOT NULL,
    revision_id BLOB NOT NULL,
    PRIMARY KEY (tenant_no, log_no, revision_id),
    FOREIGN KEY (tenant_no, log_no) REFERENCES log (tenant_no, log_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE link (
    tenant_no INTEGER NOT NULL,
    link_id BLOB NOT NULL,
    log_no INTEGER NOT NULL,
    file_id BLOB NOT NULL,
    revision_id BLOB NOT NULL,
    link_box BLOB NOT NULL,
    token_hash BLOB NOT NULL,
    expires_ms INTEGER NOT NULL,
    max_count INTEGER,
    used_count INTEGER NOT NULL DEFAULT 0,
    passphrase INTEGER NOT NULL,
    creator_identity_id BLOB NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_no, link_id),
    FOREIGN KEY (tenant_no, log_no, revision_id)
        REFERENCES file_revision (tenant_no, log_no, revision_id)
) STRICT;
CREATE INDEX link_by_id ON link (link_id);

CREATE TABLE link_grant (
    tenant_no INTEGER NOT NULL,
    grant_hash BLOB NOT NULL,
    link_id BLOB NOT NULL,
    expires_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_no, grant_hash),
    FOREIGN KEY (tenant_no, link_id) REFERENCES link (tenant_no, link_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_grant_by_hash ON link_grant (grant_hash);

-- Stored answers of writes. No foreign keys: there may be no tenant or account yet.
CREATE TABLE answer (
    tenant_id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    idempotency_key BLOB NOT NULL,
    request_hash BLOB NOT NULL,
    http_status INTEGER NOT NULL,
    answer_body BLOB NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, account_id, idempotency_key)
) STRICT;
CREATE INDEX answer_by_age ON answer (created_ms);

-- Failed attempts under the hash of a name or an address; before login there is no tenant.
CREATE TABLE attempt (
    attempt_key BLOB NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE health_probe (
    probe_no INTEGER PRIMARY KEY,
    probe_count INTEGER NOT NULL
) STRICT;
