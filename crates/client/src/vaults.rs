//! Vaults: list, show, log; making, members, verification in their own files.

mod make;
mod members;
mod safety;
mod verify;

use crate::cache::VaultRow;
use crate::client::{Client, Engine};
use crate::views::*;
use crate::{ClientError, Result};
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::Kind;
use strongroom_format::vault_payload::VaultKind;
use strongroom_types::limits::NAME_MAX_BYTES;
use strongroom_types::*;
use strongroom_vault::wallet::Compared;

impl Client {
    /// The caller's vaults.
    ///
    /// # Errors
    /// Integrity; offline, the cache answers.
    pub async fn vaults(&self) -> Result<Vec<VaultLine>> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh_if_online(engine).await?;
        let mut lines = Vec::new();
        for row in engine.cache.vaults()? {
            if row.gone {
                continue;
            }
            engine.check_trouble(Some(row.vault))?;
            // After a rebuild of the cache nothing is known of it before the next sync.
            if row.synced_ms > 0 {
                lines.push(self.line(engine, row.vault)?);
            }
        }
        Ok(lines)
    }

    pub(crate) fn line(&self, engine: &mut Engine, vault: VaultId) -> Result<VaultLine> {
        let row = self.shared_vault(engine, vault)?;
        let machine = engine.machine(vault)?;
        let state = machine.state();
        let kind = match state.kind() {
            VaultKind::Shared => "shared",
            VaultKind::Personal => "personal",
        };
        Ok(VaultLine {
            vault,
            name: row.name,
            kind,
            role: machine.role().unwrap_or(Role::Reader),
            epoch: state.epoch(),
            members: state.members().count(),
            head_index: row.head.index,
            rekey_required: state.rekey_required(),
            synced_ms: row.synced_ms,
        })
    }

    /// Makes sure that a vault is in the cache.
    pub(crate) async fn known_vault(&self, engine: &mut Engine, vault: VaultId) -> Result<()> {
        engine.check_trouble(Some(vault))?;
        let known = engine.cache.vault(vault)?;
        if known.is_some_and(|row| !row.gone) {
            return Ok(());
        }
        self.refresh(engine).await?;
        self.shared_vault(engine, vault).map(drop)
    }

    /// A vault that is shared with the caller and proved itself.
    ///
    /// # Errors
    /// `not_found`; `access_ended` where it was shared with them once; integrity.
    pub(crate) fn shared_vault(&self, engine: &Engine, vault: VaultId) -> Result<VaultRow> {
        engine.check_trouble(Some(vault))?;
        match engine.cache.vault(vault)? {
            None => Err(ClientError::not_found(format!(
                "there is no vault {}",
                vault.short()
            ))),
            Some(row) if row.gone => Err(ClientError::refused(
                "access_ended",
                format!("vault {} is no longer shared with you", vault.short()),
            )
            .with_hint(
                "what this device kept of it is gone; an owner or manager can let you in again",
            )),
            Some(row) if row.synced_ms == 0 => Err(ClientError::failed(
                "not_synced",
                format!(
                    "vault {} has to be read from the server anew",
                    vault.short()
                ),
            )
            .with_hint("connect to the server and sync")),
            Some(row) => Ok(row),
        }
    }

    /// A vault with its members.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn vault_show(&self, vault: VaultId) -> Result<VaultDetails> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh_if_online(engine).await?;
        let line = self.line(engine, vault)?;
        let directory = engine.directory()?;
        let me = engine.me();
        let members: Vec<_> = engine.machine(vault)?.state().members().collect();
        let wallet = engine.wallet()?;
        let mut members_list: Vec<MemberLine> = members
            .into_iter()
            .map(|(identity, member)| {
                let known = directory.identity(identity);
                let compared = known.map_or(Compared::Never, |known| wallet.compared(known));
                MemberLine {
                    identity,
                    name: known.map_or_else(|| identity.short(), |known| known.name.clone()),
                    role: member.role,
                    since_index: member.since_index,
                    compared: compared == Compared::Yes,
                    changed: compared == Compared::FormerKey,
                    renewed_ms: known.and_then(|known| known.renewed_ms()),
                    you: identity == me,
                }
            })
            .collect();
        members_list.sort_by(|a, b| b.role.cmp(&a.role).then(a.name.cmp(&b.name)));
        let row = engine.cache.vault(vault)?;
        let n = row.as_ref().map_or(0, |row| row.n);
        Ok(VaultDetails {
            line,
            members_list,
            records: engine.cache.record_count(n)?,
            files: engine.cache.vault_file_count(n)?,
            head_hash: row.map_or(Digest::ZERO, |row| row.head.hash),
        })
    }

    /// The newest lines of a vault's log, newest first.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn vault_log(&self, vault: VaultId, limit: u64) -> Result<Vec<LogLine>> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh_if_online(engine).await?;
        self.line(engine, vault)?;
        let n = engine.cache.vault(vault)?.map_or(0, |row| row.n);
        let rows = engine.cache.newest_entries(n, limit)?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let kind = Kind::from_number(row.kind).map_or("unknown", Kind::name);
                let subject = match row.subject.as_deref() {
                    None => String::new(),
                    Some(bytes) => match IdentityId::from_slice(bytes) {
                        Some(identity) => engine.name_of(identity),
                        None => data_encoding::HEXLOWER.encode(bytes),
                    },
                };
                LogLine {
                    index: row.index,
                    appended_ms: row.appended_ms,
                    kind,
                    author: engine.name_of(row.identity),
                    identity: row.identity,
                    device: row.device,
                    epoch: Epoch(row.epoch),
                    subject,
                    erased: row.erased,
                    hash: row.hash,
                }
            })
            .collect())
    }
}

/// A person by name.
pub(crate) fn person(directory: &DirectoryState, name: &str) -> Result<IdentityId> {
    directory.identity_by_name(name).ok_or_else(|| {
        ClientError::not_found(format!(
            "nobody in your organisation is named {:?}",
            name.chars().take(80).collect::<String>()
        ))
    })
}

fn vault_name(name: &str) -> Result<String> {
    let name = name.trim();
    let wrong = name.is_empty()
        || name.len() > NAME_MAX_BYTES
        || name.chars().any(strongroom_format::names::is_invisible);
    if wrong {
        return Err(ClientError::usage(
            "a vault's name has 1 to 200 bytes and no control characters",
        ));
    }
    Ok(name.to_owned())
}
