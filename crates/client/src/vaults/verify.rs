//! Reading a vault from its first entry again, trusting nothing but the places seen.

use crate::Result;
use crate::client::Client;
use crate::http::Auth;
use crate::sync::malformed;
use crate::views::*;
use strongroom_format::directory::DirectoryState;
use strongroom_format::transport::Page;
use strongroom_format::vault_payload::VaultPayload;
use strongroom_types::limits::PAGE_MAX_ENTRIES;
use strongroom_types::*;
use strongroom_vault::machine::needed_directory_index;
use strongroom_vault::{IntegrityError, VaultMachine, record};

impl Client {
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
}
