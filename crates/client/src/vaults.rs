//! Vaults: make, list, members and roles, log, verification.

use crate::client::{Client, Engine};
use crate::commit::absorb_new;
use crate::http::Auth;
use crate::sync::malformed;
use crate::views::*;
use crate::{ClientError, Result};
use bytes::Bytes;
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::Kind;
use strongroom_format::transport::{Append, Page};
use strongroom_format::vault_payload::{VaultKind, VaultPayload};
use strongroom_types::limits::{NAME_MAX_BYTES, PAGE_MAX_ENTRIES};
use strongroom_types::*;
use strongroom_vault::machine::needed_directory_index;
use strongroom_vault::{IntegrityError, VaultMachine, record, safety};
use strongroom_wire::VaultRow as WireVaultRow;

/// Name of everybody's own vault.
const PERSONAL: &str = "personal";

impl Client {
    /// Makes a shared vault.
    ///
    /// # Errors
    /// Usage for the name; conflict where the caller has a vault of that name.
    pub async fn vault_create(&self, name: &str) -> Result<VaultLine> {
        let name = vault_name(name)?;
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        let taken = engine
            .cache
            .vaults()?
            .iter()
            .any(|row| !row.gone && row.name == name);
        if taken {
            return Err(ClientError::conflict(
                "name_taken",
                format!("you have a vault named {name:?} already"),
            )
            .with_hint("choose another name"));
        }
        let vault = self.create(engine, VaultKind::Shared, &name).await?;
        self.line(engine, vault)
    }

    async fn create(&self, engine: &mut Engine, kind: VaultKind, name: &str) -> Result<VaultId> {
        let mut attempt = 0;
        let (vault, append, appended) = loop {
            attempt += 1;
            let directory = engine.directory()?;
            let (vault, append) = VaultMachine::create_vault(
                kind,
                name,
                &directory,
                &self.shared.device,
                &mut self.shared.rng(),
            )?;
            let body = Bytes::from(append.to_bytes());
            match self.shared.http.append("/v1/vaults", body).await {
                Ok(appended) => break (vault, append, appended),
                Err(error) if error.exit_code() == 6 && attempt < 3 => {
                    self.refresh(engine).await?;
                }
                Err(error) => return Err(error),
            }
        };
        absorb_new(self, engine, vault, &append.entries, &appended)?;
        let mut done = SyncDone::default();
        self.sync_vault(engine, vault, &mut done).await?;
        self.save_wallet(engine, &mut |wallet| {
            wallet.set_vault_name(vault, name);
            Ok(())
        })
        .await
        .or_else(|error| {
            if error.class() == crate::ErrorClass::Integrity {
                return Err(error);
            }
            tracing::debug!(code = error.code(), "the wallet is saved another time");
            Ok(())
        })?;
        Ok(vault)
    }

    /// The caller's own vault, which nobody else can be let into; made on first use.
    ///
    /// # Errors
    /// `offline` where it has to be made.
    pub async fn personal_vault(&self) -> Result<VaultId> {
        let mut engine = self.engine().await?;
        self.personal(&mut engine).await
    }

    pub(crate) async fn personal(&self, engine: &mut Engine) -> Result<VaultId> {
        if let Some(vault) = self.find_personal(engine)? {
            return Ok(vault);
        }
        self.refresh(engine).await?;
        if let Some(vault) = self.find_personal(engine)? {
            return Ok(vault);
        }
        self.create(engine, VaultKind::Personal, PERSONAL).await
    }

    pub(crate) fn find_personal(&self, engine: &mut Engine) -> Result<Option<VaultId>> {
        for row in engine.cache.vaults()? {
            if !row.gone && engine.machine(row.vault)?.state().kind() == VaultKind::Personal {
                return Ok(Some(row.vault));
            }
        }
        Ok(None)
    }

    /// The caller's vaults.
    ///
    /// # Errors
    /// Integrity; offline, the cache answers.
    pub async fn vaults(&self) -> Result<Vec<VaultLine>> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh_if_online(engine).await?;
        let rows = engine.cache.vaults()?;
        rows.iter()
            .filter(|row| !row.gone)
            .map(|row| self.line(engine, row.vault))
            .collect()
    }

    pub(crate) fn line(&self, engine: &mut Engine, vault: VaultId) -> Result<VaultLine> {
        engine.check_trouble(Some(vault))?;
        let row = engine
            .cache
            .vault(vault)?
            .filter(|row| !row.gone)
            .ok_or_else(|| ClientError::not_found("there is no such vault"))?;
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
        engine.check_trouble(Some(vault))?;
        engine
            .cache
            .vault(vault)?
            .filter(|row| !row.gone)
            .map(drop)
            .ok_or_else(|| ClientError::not_found(format!("there is no vault {}", vault.short())))
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
        let pins: Vec<IdentityId> = engine.wallet()?.pins().iter().map(|(id, _)| *id).collect();
        let me = engine.me();
        let members: Vec<_> = engine.machine(vault)?.state().members().collect();
        let mut members_list: Vec<MemberLine> = members
            .into_iter()
            .map(|(identity, member)| MemberLine {
                identity,
                name: directory
                    .identity(identity)
                    .map(|known| known.name.clone())
                    .unwrap_or_else(|| identity.short()),
                role: member.role,
                since_index: member.since_index,
                compared: pins.contains(&identity),
                you: identity == me,
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

    async fn control(
        &self,
        vault: VaultId,
        make: &mut (dyn FnMut(&mut crate::commit::Making<'_>) -> Result<Append> + Send),
    ) -> Result<()> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        self.line(engine, vault)?;
        self.commit(engine, vault, &mut |making| make(making).map(Some))
            .await?;
        self.after_write(engine, vault).await
    }

    /// Names a vault anew.
    ///
    /// # Errors
    /// `refused` below manager.
    pub async fn vault_rename(&self, vault: VaultId, name: &str) -> Result<()> {
        let name = vault_name(name)?;
        self.control(vault, &mut |making| {
            Ok(making
                .machine
                .rename(&name, making.directory, making.device, making.rng)?)
        })
        .await
    }

    /// Lets a person in. They can read everything from the vault's beginning.
    ///
    /// # Errors
    /// `not_found` for an unknown name; `refused` where the caller's role does not allow it.
    pub async fn vault_invite(&self, vault: VaultId, name: &str, role: Role) -> Result<()> {
        self.control(vault, &mut |making| {
            let identity = person(making.directory, name)?;
            if making.machine.state().member(identity).is_some() {
                return Err(ClientError::conflict(
                    "already_member",
                    format!("{name} is a member of this vault already"),
                )
                .with_hint("change the role with: strongroom vault role"));
            }
            Ok(making.machine.add_member(
                identity,
                role,
                making.directory,
                making.device,
                making.rng,
            )?)
        })
        .await
    }

    /// Changes a member's role.
    ///
    /// # Errors
    /// `not_found`, `refused` (the last owner stays owner).
    pub async fn vault_role(&self, vault: VaultId, name: &str, role: Role) -> Result<()> {
        self.control(vault, &mut |making| {
            let identity = member(making, name)?;
            Ok(making
                .machine
                .set_role(identity, role, making.directory, making.device)?)
        })
        .await
    }

    /// Removes a member and renews the vault's keys in the same entry.
    ///
    /// # Errors
    /// `not_found`, `refused`.
    pub async fn vault_remove(&self, vault: VaultId, name: &str) -> Result<()> {
        self.control(vault, &mut |making| {
            let identity = member(making, name)?;
            Ok(making.machine.remove_member(
                identity,
                making.directory,
                making.device,
                making.rng,
            )?)
        })
        .await
    }

    /// Renews a vault's keys.
    ///
    /// # Errors
    /// `refused` below manager.
    pub async fn vault_rekey(&self, vault: VaultId) -> Result<Epoch> {
        self.control(vault, &mut |making| {
            Ok(making
                .machine
                .renew_keys(making.directory, making.device, making.rng)?)
        })
        .await?;
        let mut engine = self.engine().await?;
        Ok(engine.machine(vault)?.state().epoch())
    }

    /// Leaves a vault. Its keys are renewed by a manager or owner who stays.
    ///
    /// # Errors
    /// `refused` for the last owner.
    pub async fn vault_leave(&self, vault: VaultId) -> Result<()> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        self.line(engine, vault)?;
        let left = self
            .commit(engine, vault, &mut |making| {
                Ok(Some(making.machine.leave(making.directory, making.device)?))
            })
            .await;
        let still = self.shows(vault).await?;
        // Having left, this member cannot read the entry back: that the server no longer
        // shows the vault is the answer.
        if !still {
            engine.cache.set_gone(vault, true)?;
            let waiting = engine.cache.outbox()?;
            for row in waiting.iter().filter(|row| row.vault == vault) {
                engine.cache.drop_outbox(row.n)?;
            }
            engine.forget();
            return Ok(());
        }
        left.map(drop)
    }

    async fn shows(&self, vault: VaultId) -> Result<bool> {
        let list: strongroom_wire::VaultList = self
            .shared
            .http
            .get_json("/v1/vaults", Auth::Session)
            .await?;
        Ok(list
            .vaults
            .iter()
            .any(|row: &WireVaultRow| row.vault == vault))
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

    /// Reads directory and vault from their first entries again, trusting nothing that is in
    /// the cache but the places it has seen, and opens every record.
    ///
    /// # Errors
    /// Integrity, saying what is wrong where.
    pub async fn vault_verify(&self, vault: VaultId) -> Result<VerifyReport> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        self.line(engine, vault)?;
        let known = engine.directory()?.head();
        let tenant = self.shared.facts.tenant;
        let mut directory = DirectoryState::new(Some(tenant));
        crate::sync::read_directory(&self.shared, Auth::Session, &mut directory, known).await?;
        let n = engine.cache.vault(vault)?.map_or(0, |row| row.n);
        let keys = engine.take_machine(vault)?;
        let replay = self.replay(vault, &directory, &keys).await;
        let head = keys.state().head();
        engine.put_machine(keys)?;
        let (machine, report, hashes) = replay?;
        // What was known before must be part of what was read now.
        if let Some(head) = head {
            machine.check_known(head, &|index| {
                hashes.get(usize::try_from(index).ok()?).copied()
            })?;
        }
        for (index, hash) in (0..).zip(&hashes) {
            if engine
                .cache
                .hash_at(n, index)
                .is_some_and(|known| known != *hash)
            {
                return Err(IntegrityError::Fork { index }.into());
            }
        }
        Ok(report)
    }

    async fn replay(
        &self,
        vault: VaultId,
        directory: &DirectoryState,
        keys: &VaultMachine,
    ) -> Result<(VaultMachine, VerifyReport, Vec<Digest>)> {
        let tenant = self.shared.facts.tenant;
        let mut machine = VaultMachine::new(tenant, vault, self.shared.facts.identity);
        let mut hashes: Vec<Digest> = Vec::new();
        let (mut erased, mut opened) = (0, 0);
        loop {
            let path = match machine.state().head() {
                None => format!("/v1/vaults/{vault}/entries?limit={PAGE_MAX_ENTRIES}"),
                Some(head) => format!(
                    "/v1/vaults/{vault}/entries?after={}&limit={PAGE_MAX_ENTRIES}",
                    head.index
                ),
            };
            let bytes = self.shared.http.get_cbor(&path, Auth::Session).await?;
            let page = Page::from_bytes(&bytes).map_err(malformed)?;
            let needed = needed_directory_index(&page.entries);
            if directory.head().is_none_or(|head| head.index < needed) {
                return Err(IntegrityError::DirectoryBehind {
                    needed_index: needed,
                }
                .into());
            }
            let empty = page.entries.is_empty();
            let signed = crate::sync::verify(page.entries, tenant, vault, directory)?;
            let verified = machine.apply_verified(signed, directory, &|index| {
                hashes.get(usize::try_from(index).ok()?).copied()
            })?;
            for entry in &verified {
                hashes.push(entry.hash);
                erased += u64::from(entry.payload.is_none());
                if let Some(VaultPayload::Record(payload)) = &entry.payload {
                    match record::open_version(keys.keyring(), entry.place(), payload) {
                        Ok(_) => opened += 1,
                        Err(strongroom_vault::VaultError::NoKey(_)) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
            let reached = machine
                .state()
                .head()
                .is_some_and(|head| head.index >= page.head.index);
            if reached || empty {
                machine.finish_sync(page.head)?;
                break;
            }
        }
        let state = machine.state();
        let head = state.head().ok_or(IntegrityError::Withheld { index: 0 })?;
        let report = VerifyReport {
            vault,
            entries: head.index + 1,
            directory_entries: directory.head().map_or(0, |head| head.index + 1),
            members: state.members().count(),
            epoch: state.epoch(),
            erased,
            records_opened: opened,
            head_index: head.index,
            head_hash: head.hash,
            state_root: state.state_root(),
        };
        Ok((machine, report, hashes))
    }

    /// The digits that two people compare to be sure that nobody stands between them.
    ///
    /// # Errors
    /// `not_found` for an unknown name.
    pub async fn safety_number(&self, name: &str) -> Result<SafetyNumber> {
        let mut engine = self.engine().await?;
        self.refresh_if_online(&mut engine).await?;
        self.safety(&mut engine, name)
    }

    fn safety(&self, engine: &mut Engine, name: &str) -> Result<SafetyNumber> {
        let directory = engine.directory()?;
        let identity = person(&directory, name)?;
        let compared = engine
            .wallet()?
            .pins()
            .iter()
            .any(|(pinned, _)| *pinned == identity);
        Ok(SafetyNumber {
            identity,
            name: engine.name_of(identity),
            number: safety::safety_number(engine.tenant(), engine.me(), identity),
            compared,
        })
    }

    /// Remembers in the wallet that the digits were compared.
    ///
    /// # Errors
    /// As [`Client::safety_number`].
    pub async fn safety_compared(&self, name: &str) -> Result<SafetyNumber> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        let found = self.safety(engine, name)?;
        self.save_wallet(engine, &mut |wallet| {
            wallet.pin(found.identity, &found.name);
            Ok(())
        })
        .await?;
        Ok(SafetyNumber {
            compared: true,
            ..found
        })
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

fn member(making: &crate::commit::Making<'_>, name: &str) -> Result<IdentityId> {
    let identity = person(making.directory, name)?;
    if making.machine.state().member(identity).is_none() {
        return Err(ClientError::not_found(format!(
            "{name} is not a member of this vault"
        )));
    }
    Ok(identity)
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
