//! Pages of a vault's log: fetched, verified on all cores, taken in.

use crate::Result;
use crate::cache::{Ingest, Origin};
use crate::client::{Engine, Shared};
use crate::http::Auth;
use crate::views::SyncDone;
use strongroom_format::directory::DirectoryState;
use strongroom_format::transport::PageEntry;
use strongroom_types::limits::PAGE_MAX_ENTRIES;
use strongroom_types::*;
use strongroom_vault::{IntegrityError, SignedPlaced, VaultMachine};

/// Fewer entries than this are verified without further threads.
const PARALLEL_MIN_ENTRIES: usize = 32;

pub(crate) async fn fetch_page(
    shared: &Shared,
    vault: VaultId,
    after: Option<u64>,
) -> Result<Vec<u8>> {
    let path = match after {
        Some(after) => {
            format!("/v1/vaults/{vault}/entries?after={after}&limit={PAGE_MAX_ENTRIES}")
        }
        None => format!("/v1/vaults/{vault}/entries?limit={PAGE_MAX_ENTRIES}"),
    };
    shared.http.get_cbor(&path, Auth::Session).await
}

/// Verifies a page and saves what it says.
pub(crate) fn take_page(
    shared: &Shared,
    engine: &mut Engine,
    vault: VaultId,
    entries: Vec<PageEntry>,
    done: &mut SyncDone,
) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let directory = engine.directory()?;
    let signed = verify(entries, shared.facts.tenant, vault, &directory)?;
    let mut machine = engine.take_machine(vault)?;
    let vault_n = engine.cache.vault(vault)?.map_or(0, |row| row.n);
    // On an error the machine is dropped: the snapshot in the cache is what was proven.
    let verified = machine.apply_verified(signed, &directory, &|index| {
        engine.cache.hash_at(vault_n, index)
    })?;
    engine.cache.transaction(|connection| {
        let mut ingest = Ingest::begin(connection, vault, machine.keyring())?;
        for entry in &verified {
            ingest.take(&Origin::of(entry), entry.payload.as_ref())?;
        }
        if let Some(head) = machine.state().head() {
            ingest.finish(head, &machine.snapshot(), shared.now_ms())?;
        }
        for record in &ingest.conflicts {
            if !done.conflicts.contains(record) {
                done.conflicts.push(*record);
            }
        }
        Ok(())
    })?;
    engine.put_machine(machine)
}

/// Checks signatures, on all cores where there are many.
pub(crate) fn verify(
    entries: Vec<PageEntry>,
    tenant: TenantId,
    vault: VaultId,
    directory: &DirectoryState,
) -> Result<Vec<SignedPlaced>, IntegrityError> {
    let check = |entries: Vec<PageEntry>| {
        entries
            .into_iter()
            .map(|entry| VaultMachine::verify_entry(entry, tenant, vault, directory))
            .collect::<Result<Vec<_>, _>>()
    };
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get().min(8));
    if threads < 2 || entries.len() < PARALLEL_MIN_ENTRIES {
        return check(entries);
    }
    let share = entries.len().div_ceil(threads);
    let mut shares = Vec::with_capacity(threads);
    let mut entries = entries.into_iter();
    loop {
        let part: Vec<PageEntry> = entries.by_ref().take(share).collect();
        if part.is_empty() {
            break;
        }
        shares.push(part);
    }
    std::thread::scope(|scope| {
        let check = &check;
        let running: Vec<_> = shares
            .into_iter()
            .map(|part| scope.spawn(move || check(part)))
            .collect();
        let mut signed = Vec::new();
        for thread in running {
            match thread.join() {
                Ok(part) => signed.extend(part?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(signed)
    })
}
