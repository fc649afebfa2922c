//! What the SDK answers: plain values for screens and scripts. Ids are hexadecimal in JSON,
//! times are milliseconds since the Unix epoch, sizes are bytes.

use serde::Serialize;
use std::collections::BTreeMap;
use strongroom_format::record::{Fields, Value};
use strongroom_types::*;

/// Who a profile belongs to.
#[derive(Clone, Debug, Serialize)]
pub struct WhoAmI {
    pub url: String,
    pub account: AccountId,
    pub tenant: TenantId,
    pub identity: IdentityId,
    pub device: DeviceId,
    pub device_name: String,
    pub name: String,
    pub account_role: AccountRole,
    /// Largest file in sealed bytes, where limited.
    pub file_max_bytes: Option<u64>,
    /// All sealed bytes that the account may put, where limited.
    pub total_max_bytes: Option<u64>,
    pub used_bytes: u64,
    pub recovery_confirmed: bool,
    /// Whether the server answered; if not, the rest is what was known last.
    pub online: bool,
}

/// A device of the caller.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceView {
    pub device: DeviceId,
    pub name: String,
    /// Whether it is the one that asks.
    pub current: bool,
    pub revoked: bool,
    /// Directory index of its enrolment.
    pub since_index: u64,
}

/// A signed-in session of the caller.
#[derive(Clone, Debug, Serialize)]
pub struct SessionView {
    pub session: SessionId,
    pub device_name: String,
    pub created_ms: u64,
    pub last_seen_ms: u64,
    pub expires_ms: u64,
    pub current: bool,
}

/// A person as administrators see them.
#[derive(Clone, Debug, Serialize)]
pub struct AccountLine {
    pub account: AccountId,
    pub identity: IdentityId,
    pub name: String,
    pub account_role: AccountRole,
    pub retired: bool,
    pub file_max_bytes: Option<u64>,
    pub total_max_bytes: Option<u64>,
    pub parts_in_flight_max: Option<u32>,
    pub used_bytes: u64,
    pub recovery_confirmed: bool,
    pub created_ms: u64,
    pub last_seen_ms: Option<u64>,
}

/// Limits to set; `None` falls back to the role's or the server's default.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct QuotaSettings {
    pub file_max_bytes: Option<u64>,
    pub total_max_bytes: Option<u64>,
    pub parts_in_flight_max: Option<u32>,
}

/// The limits of a role.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RoleQuota {
    /// Set for the role.
    pub set: QuotaSettings,
    /// In force for accounts of the role that have none of their own.
    pub in_force: QuotaSettings,
}

/// An invitation to pass on: the code is the secret, the server never sees it.
#[derive(Clone, Serialize)]
pub struct InvitationCode {
    pub invite: InviteId,
    pub code: String,
    pub url: String,
    /// SHA-256 of the server's CA certificate, hexadecimal.
    pub ca_fingerprint: String,
    /// Address, code and fingerprint in one line: opens in a browser.
    pub link: String,
    pub account_role: AccountRole,
    pub expires_ms: u64,
}

/// An invitation in the directory.
#[derive(Clone, Debug, Serialize)]
pub struct InvitationLine {
    pub invite: InviteId,
    pub account_role: AccountRole,
    pub expires_ms: u64,
    pub inviter: String,
    pub closed: bool,
}

/// A vault in a list.
#[derive(Clone, Debug, Serialize)]
pub struct VaultLine {
    pub vault: VaultId,
    pub name: String,
    /// `shared` or `personal`.
    pub kind: &'static str,
    pub role: Role,
    pub epoch: Epoch,
    pub members: usize,
    /// Index of the newest entry.
    pub head_index: u64,
    /// A manager has to renew the keys before anything else is written.
    pub rekey_required: bool,
    /// When this device last heard from the server about it.
    pub synced_ms: u64,
}

/// A member of a vault.
#[derive(Clone, Debug, Serialize)]
pub struct MemberLine {
    pub identity: IdentityId,
    pub name: String,
    pub role: Role,
    pub since_index: u64,
    /// Whether the caller compared safety numbers with them.
    pub compared: bool,
    /// Whether the number that was compared has changed since.
    pub changed: bool,
    /// When they renewed their identity key, by their own clock; signed with the former key.
    pub renewed_ms: Option<u64>,
    pub you: bool,
}

/// A vault with its members.
#[derive(Clone, Debug, Serialize)]
pub struct VaultDetails {
    #[serde(flatten)]
    pub line: VaultLine,
    pub members_list: Vec<MemberLine>,
    pub records: u64,
    pub files: u64,
    pub head_hash: Digest,
}

/// A line of a vault's log.
#[derive(Clone, Debug, Serialize)]
pub struct LogLine {
    pub index: u64,
    pub appended_ms: u64,
    pub kind: &'static str,
    pub author: String,
    pub identity: IdentityId,
    pub device: DeviceId,
    pub epoch: Epoch,
    /// The record, file, link or person that the entry is about.
    pub subject: String,
    /// Whether the payload was erased.
    pub erased: bool,
    pub hash: Digest,
}

/// What a full replay of a vault found. Anything wrong is an error instead.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyReport {
    pub vault: VaultId,
    pub entries: u64,
    pub directory_entries: u64,
    pub members: usize,
    pub epoch: Epoch,
    pub erased: u64,
    pub records_opened: u64,
    pub head_index: u64,
    pub head_hash: Digest,
    pub state_root: Digest,
}

/// A vault's state in digits, to compare with a colleague by another way than the server.
#[derive(Clone, Debug, Serialize)]
pub struct HeadCode {
    pub vault: VaultId,
    /// The entry up to which two people with this code have been shown the same history.
    pub index: u64,
    /// `INDEX: ` and twelve groups of five digits.
    pub code: String,
    /// Whether this device takes the vault's state for confirmed; otherwise it only reads.
    pub confirmed: bool,
}

/// Digits to compare with a person by voice or on paper.
#[derive(Clone, Debug, Serialize)]
pub struct SafetyNumber {
    pub identity: IdentityId,
    pub name: String,
    /// Twelve groups of five digits.
    pub number: String,
    /// The same in twenty words.
    pub words: Vec<&'static str>,
    /// Whether the caller marked it as compared.
    pub compared: bool,
    /// Whether the caller compared a number that is no longer valid, because the key was renewed.
    pub changed: bool,
    /// When they renewed their identity key, by their own clock; signed with the former key.
    pub renewed_ms: Option<u64>,
}

/// What a renewal of everything that an old passphrase opened has done.
#[derive(Clone, Debug, Serialize)]
pub struct RenewalDone {
    /// Devices that can write no more and have to log in anew.
    pub devices_revoked: Vec<String>,
    /// Vaults that have new keys.
    pub vaults_renewed: Vec<String>,
    /// Vaults that wait for a manager or owner to make new keys.
    pub vaults_waiting: Vec<String>,
    /// Whether the recovery kit was written, read back, and confirmed at the server.
    pub kit_confirmed: bool,
    /// Whether the founder's earlier page is to be kept, for the directory recovery key on it.
    pub keep_earlier_page: bool,
    /// Things to know, in plain words.
    pub warnings: Vec<String>,
}

/// A version of a record.
#[derive(Clone, Debug, Serialize)]
pub struct VersionView {
    pub version: VersionId,
    pub parents: Vec<VersionId>,
    #[serde(serialize_with = "fields_as_json")]
    pub fields: Fields,
    pub author: String,
    pub identity: IdentityId,
    pub appended_ms: u64,
    pub index: u64,
    pub deleted: bool,
    /// Whether its content was erased for good.
    pub erased: bool,
    /// Whether it is one of the current versions.
    pub current: bool,
    /// Made without the server and not sent yet: `index` says nothing then.
    pub queued: bool,
}

/// A record with its current versions: more than one is a conflict.
#[derive(Clone, Debug, Serialize)]
pub struct RecordView {
    pub record: RecordId,
    pub vault: VaultId,
    pub table: String,
    /// Newest first.
    pub heads: Vec<VersionView>,
    pub conflict: bool,
    pub deleted: bool,
    pub created_ms: u64,
    pub files: u64,
    /// Edits made offline that wait to be sent; they are shown as if they had been.
    pub queued: u64,
}

/// A record in a list: its newest version.
#[derive(Clone, Debug, Serialize)]
pub struct RecordLine {
    pub record: RecordId,
    pub vault: VaultId,
    pub table: String,
    pub version: VersionId,
    #[serde(serialize_with = "fields_as_json")]
    pub fields: Fields,
    pub conflict: bool,
    pub deleted: bool,
    pub created_ms: u64,
    pub updated_ms: u64,
    /// Shown as edited here without the server: not sent yet.
    pub queued: bool,
}

/// A list of records.
#[derive(Clone, Debug, Serialize)]
pub struct RecordList {
    pub records: Vec<RecordLine>,
    /// Records that fit the filter, before the limit.
    pub total: u64,
}

/// What a write to a record made.
#[derive(Clone, Debug, Serialize)]
pub struct RecordChange {
    pub record: RecordId,
    pub vault: VaultId,
    pub version: VersionId,
    /// The server could not be reached: sent by the next sync.
    pub queued: bool,
}

/// Who holds a file.
#[derive(Clone, Debug, Serialize)]
pub struct LeaseView {
    pub file: FileId,
    pub lease: LeaseId,
    pub fence: u64,
    pub holder: String,
    pub identity: IdentityId,
    pub device: DeviceId,
    pub expires_ms: u64,
    pub mine: bool,
}

/// A file in a list.
#[derive(Clone, Debug, Serialize)]
pub struct FileLine {
    pub file: FileId,
    pub record: RecordId,
    pub vault: VaultId,
    pub revision: RevisionId,
    pub name: String,
    pub media_type: String,
    pub bytes: u64,
    pub sealed_bytes: u64,
    pub author: String,
    pub appended_ms: u64,
    pub revisions: u64,
    /// More than one current revision, or a conflict copy.
    pub conflict: bool,
    pub hidden: bool,
    pub protected: bool,
    pub deleted: bool,
    pub lease: Option<LeaseView>,
}

/// A revision of a file.
#[derive(Clone, Debug, Serialize)]
pub struct RevisionView {
    pub revision: RevisionId,
    pub parents: Vec<RevisionId>,
    pub name: String,
    pub media_type: String,
    pub bytes: u64,
    pub sealed_bytes: u64,
    pub author: String,
    pub appended_ms: u64,
    /// Written although the lock was over: kept beside the others.
    pub conflict: bool,
    pub current: bool,
    pub erased: bool,
}

/// A finished upload.
#[derive(Clone, Debug, Serialize)]
pub struct PutDone {
    pub file: FileId,
    pub revision: RevisionId,
    pub record: RecordId,
    pub vault: VaultId,
    pub name: String,
    pub bytes: u64,
    pub sealed_bytes: u64,
    /// Parts that an interrupted upload had stored before.
    pub parts_resumed: u64,
    /// The image was made smaller, as the organisation's policy says.
    pub shrunk: bool,
    /// It became a conflict copy: the lock under which it was written is over.
    pub conflict: bool,
}

/// A finished download.
#[derive(Clone, Debug, Serialize)]
pub struct GetDone {
    pub file: FileId,
    pub revision: RevisionId,
    pub path: String,
    pub name: String,
    pub bytes: u64,
    /// Of these, how many an interrupted download had left there; verified again.
    pub bytes_resumed: u64,
}

/// A new link: the address holds the secret and is shown once.
#[derive(Clone, Serialize)]
pub struct LinkCreated {
    pub link: LinkId,
    pub url: String,
    pub file: FileId,
    pub revision: RevisionId,
    pub expires_ms: Option<u64>,
    pub max_count: Option<u64>,
    pub passphrase: bool,
}

/// A link in a list.
#[derive(Clone, Debug, Serialize)]
pub struct LinkLine {
    pub link: LinkId,
    pub file: FileId,
    pub file_name: String,
    pub revision: RevisionId,
    pub creator: String,
    pub created_ms: u64,
    pub expires_ms: Option<u64>,
    pub max_count: Option<u64>,
    pub passphrase: bool,
    pub revoked: bool,
}

/// What a sync did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SyncDone {
    pub vaults: u64,
    pub entries: u64,
    pub directory_entries: u64,
    pub edits_sent: u64,
    /// Records that now have more than one current version.
    pub conflicts: Vec<RecordId>,
    /// Vaults that the server no longer shows to this account.
    pub vaults_gone: Vec<VaultId>,
    /// Things to know, in plain words.
    pub warnings: Vec<String>,
}

/// What an erase did or will do.
#[derive(Clone, Debug, Serialize)]
pub struct EraseDone {
    pub record: RecordId,
    /// Log entries whose content is gone for good.
    pub entries: u64,
}

/// A log that grew.
#[derive(Clone, Debug, Serialize)]
pub struct LogGrew {
    /// Vault id, or the tenant id for the directory.
    pub log: String,
    pub index: u64,
}

/// Fields as a JSON object.
pub fn fields_to_json(fields: &Fields) -> BTreeMap<&str, serde_json::Value> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_json()))
        .collect()
}

/// One value as JSON.
pub fn value_to_json(value: &Value) -> serde_json::Value {
    value.to_json()
}

fn fields_as_json<S: serde::Serializer>(fields: &Fields, serializer: S) -> Result<S::Ok, S::Error> {
    fields_to_json(fields).serialize(serializer)
}
