//! Locks of files: a lease with an expiry and a fence number; the server's clock decides.

use super::read::no_file;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::{CoreError, Result};
use strongroom_format::cbor::{from_cbor, to_cbor};
use strongroom_format::transport::Append;
use strongroom_types::*;
use strongroom_vault::lease;

/// How long a lock lasts unless it is prolonged, milliseconds.
const LEASE_MS: u64 = 60 * 60 * 1000;
const HELD_MAX_BYTES: usize = 4096;

/// A lock that this browser took: its fence, and the revisions that it protected.
pub(super) struct Held {
    pub fence: u64,
    pub heads: Vec<RevisionId>,
}

fn name_of(file: FileId) -> String {
    format!("held/{file}")
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// The lock that this browser believes to hold.
    pub(super) async fn held(&self, file: FileId) -> Result<Option<Held>> {
        let kept = self.open.keeper.get(self.platform, &name_of(file)).await?;
        let read = kept.and_then(|kept| {
            from_cbor::<(u64, Vec<RevisionId>)>(&kept, HELD_MAX_BYTES, "lock").ok()
        });
        Ok(read.map(|(fence, heads)| Held { fence, heads }))
    }

    /// Remembers a lock, or what it protects by now.
    pub(super) async fn set_held(&self, file: FileId, held: &Held) -> Result<()> {
        let value = to_cbor(&(held.fence, &held.heads));
        let name = name_of(file);
        self.open.keeper.put(self.platform, &name, &value).await
    }

    /// Forgets a lock.
    pub(super) async fn drop_held(&self, file: FileId) -> Result<()> {
        self.open.keeper.delete(self.platform, &name_of(file)).await
    }

    /// Locks a file for an hour, or prolongs one's own lock.
    pub async fn lease_file(&mut self, vault: VaultId, file: FileId) -> Result<()> {
        self.refresh().await?;
        let (vault, found) = self.file(vault, file).await?;
        let own = self.own_lease(vault, file)?;
        let expires_ms = self.platform.now_ms().saturating_add(LEASE_MS);
        self.commit(vault, &mut |making| {
            let mut author = making.author()?;
            let payload = match &own {
                Some(own) => lease::renew(own, expires_ms),
                None => lease::take(file, expires_ms, making.rng).1,
            };
            Ok(Some(Append::of(vec![author.append(&payload)])))
        })
        .await?;
        self.after_write(vault).await?;
        let taken = self
            .own_lease(vault, file)?
            .ok_or_else(|| CoreError::conflict("locked", "the lock was lost at once"))?;
        if own.is_none() || self.held(file).await?.is_none() {
            let heads = self.vault(vault).await?.files.head_revisions(&found);
            let fence = taken.fence;
            self.set_held(file, &Held { fence, heads }).await?;
        }
        Ok(())
    }

    /// Gives one's own lock back; a manager ends somebody else's with `break_lock`.
    pub async fn release_file(
        &mut self,
        vault: VaultId,
        file: FileId,
        break_lock: bool,
    ) -> Result<()> {
        self.refresh().await?;
        let (vault, _) = self.file(vault, file).await?;
        self.drop_held(file).await?;
        let me = self.me();
        let known = self.open.vaults.get(&vault).ok_or_else(no_file)?;
        let Some(held) = self.active_lease(known, file).copied() else {
            // It is over: what was asked for is so.
            return Ok(());
        };
        let mine = held.identity == me;
        if !mine && !break_lock {
            return Err(self.locked_by(held.identity));
        }
        self.commit(vault, &mut |making| {
            let mut author = making.author()?;
            let payload = match mine {
                true => lease::release(&held),
                false => lease::break_lease(&held),
            };
            Ok(Some(Append::of(vec![author.append(&payload)])))
        })
        .await?;
        self.after_write(vault).await
    }

    /// The person's own lock; an error where somebody else holds the file.
    pub(super) fn own_lease(&self, vault: VaultId, file: FileId) -> Result<Option<lease::Lease>> {
        let known = self.open.vaults.get(&vault).ok_or_else(no_file)?;
        match self.active_lease(known, file) {
            Some(lease) if lease.identity != self.me() => Err(self.locked_by(lease.identity)),
            lease => Ok(lease.copied()),
        }
    }

    fn locked_by(&self, holder: IdentityId) -> CoreError {
        let holder = self.name_of(holder);
        CoreError::conflict("locked", format!("the file is locked by {holder}"))
            .with_hint("wait for them, or ask a manager to break the lock")
    }
}
