//! Vaults: the list, making one, members, and what happens when access ends.

use crate::engine::Engine;
use crate::http::Auth;
use crate::platform::{Http, Storage};
use crate::trust::code_of;
use crate::vault::Vault;
use crate::vault_kept;
use crate::{CoreError, Result};
use serde::Serialize;
use strongroom_format::names;
use strongroom_format::transport::PageEntry;
use strongroom_format::vault_payload::VaultKind;
use strongroom_types::*;
use strongroom_vault::{IntegrityError, VaultMachine};

/// Name of everybody's own vault.
const PERSONAL: &str = "personal";

/// A vault in a list.
#[derive(Serialize)]
pub(crate) struct VaultView {
    vault: VaultId,
    name: String,
    kind: &'static str,
    role: Option<Role>,
    members: usize,
    records: usize,
    /// Records that others changed since this browser showed the vault.
    unread: usize,
    /// Grows with every change: what was read before may be old.
    head: u64,
    read_only: Option<&'static str>,
    trouble: Option<Trouble>,
}

/// Why a vault did not prove itself.
#[derive(Serialize)]
struct Trouble {
    code: String,
    message: String,
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    pub async fn vaults(&mut self) -> Result<Vec<VaultView>> {
        self.refresh_if_possible().await?;
        let mut views = Vec::new();
        let (me, seen) = (self.me(), self.seen_places().await?);
        for id in self.known_vaults().await? {
            let trouble = self.open.troubles.get(&id).map(|error| Trouble {
                code: error.code().to_owned(),
                message: error.message().to_owned(),
            });
            let vault = self.vault(id).await?;
            if vault.gone || (vault.synced_ms == 0 && trouble.is_none()) {
                continue;
            }
            let records = vault.count_records();
            let unread = vault.count_unread(seen.get(&id).copied().unwrap_or(0), me);
            let state = vault.machine.state();
            views.push(VaultView {
                vault: id,
                name: vault.name.clone(),
                kind: match state.kind() {
                    VaultKind::Shared => "shared",
                    VaultKind::Personal => "personal",
                },
                role: vault.machine.role(),
                members: state.members().count(),
                records,
                unread,
                head: state.next_index(),
                read_only: vault.doubt.map(code_of),
                trouble,
            });
        }
        views.sort_by(|a, b| a.name.cmp(&b.name).then(a.vault.cmp(&b.vault)));
        Ok(views)
    }

    /// Makes a shared vault.
    pub async fn create_vault(&mut self, name: &str) -> Result<VaultId> {
        let name = names::normalise(name.trim())?;
        self.refresh().await?;
        for id in self.known_vaults().await? {
            let vault = self.vault(id).await?;
            if !vault.gone && vault.name == name {
                return Err(CoreError::conflict(
                    "name_taken",
                    format!("you have a vault named {name:?} already"),
                ));
            }
        }
        self.create(VaultKind::Shared, &name).await
    }

    /// The person's own vault, which nobody else can be let into; made on first use.
    pub async fn personal_vault(&mut self) -> Result<VaultId> {
        match self.find_personal().await? {
            Some(vault) => Ok(vault),
            None => self.create(VaultKind::Personal, PERSONAL).await,
        }
    }

    /// The person's own vault, if it was made.
    pub async fn find_personal(&mut self) -> Result<Option<VaultId>> {
        for id in self.known_vaults().await? {
            let vault = self.vault(id).await?;
            if is_personal(vault) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    async fn create(&mut self, kind: VaultKind, name: &str) -> Result<VaultId> {
        let mut attempt = 0;
        let (vault, append, appended) = loop {
            attempt += 1;
            let (vault, append) = VaultMachine::create_vault(
                kind,
                name,
                &self.open.directory,
                &self.open.device,
                &mut self.platform.rng(),
            )?;
            let auth = Auth::Session(&self.open.token);
            match self
                .platform
                .append("/v1/vaults", append.to_bytes(), auth)
                .await
            {
                Ok(appended) => break (vault, append, appended),
                Err(error) if error.class() == ErrorClass::Conflict && attempt < 3 => {
                    self.refresh().await?;
                }
                Err(error) => return Err(error),
            }
        };
        // What the server shows of it must be what was made here.
        let placed = (appended.first_index..)
            .zip(append.entries)
            .map(|(index, entry)| PageEntry {
                index,
                appended_ms: appended.appended_ms,
                entry,
            })
            .collect();
        self.take_page(vault, placed).await?;
        let head = self.vault(vault).await?.machine.state().head();
        if head.map(|head| head.hash) != Some(appended.last_hash) {
            self.forget(vault);
            return Err(IntegrityError::Fork {
                index: appended.first_index,
            }
            .into());
        }
        self.sync_vault(vault).await?;
        self.save_wallet_if_possible(&mut |wallet| wallet.set_vault_name(vault, name))
            .await?;
        Ok(vault)
    }

    /// A vault that the server no longer lists: what was read of it goes, its keys with it; the
    /// place that was seen stays, so that a rollback is noticed by who comes back.
    pub async fn end_access(&mut self, id: VaultId) -> Result<()> {
        let (tenant, me) = (self.tenant(), self.me());
        let known = self.vault(id).await?;
        if known.gone {
            return Ok(());
        }
        let mut emptied = Vault::new(tenant, id, me);
        emptied.seen = known.seen;
        emptied.doubt = known.doubt;
        emptied.gone = true;
        vault_kept::keep_emptied(self.platform, &self.open.keeper, &mut emptied).await?;
        self.open.vaults.insert(id, emptied);
        Ok(())
    }

    /// A payload that was withheld may come when the server is asked again from the start: what
    /// was read is dropped, only the place that was seen stays.
    pub async fn forget_withheld(&mut self, id: VaultId) -> Result<()> {
        let (tenant, me) = (self.tenant(), self.me());
        let known = self.vault(id).await?;
        if known.machine.state().withheld().next().is_none() {
            return Ok(());
        }
        let mut emptied = Vault::new(tenant, id, me);
        emptied.seen = known.seen;
        emptied.doubt = known.doubt;
        emptied.name = known.name.clone();
        vault_kept::keep_emptied(self.platform, &self.open.keeper, &mut emptied).await
    }
}

fn is_personal(vault: &Vault) -> bool {
    let state = vault.machine.state();
    !vault.gone && state.head().is_some() && state.kind() == VaultKind::Personal
}
