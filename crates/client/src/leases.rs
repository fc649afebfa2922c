//! Locks of files: a lease with an expiry and a fence number; the server's clock decides.

use crate::client::Client;
use crate::views::LeaseView;
use crate::{ClientError, Result};
use strongroom_format::transport::Append;
use strongroom_types::*;
use strongroom_vault::lease::{self, Lease};

impl Client {
    /// Locks a file for `ttl_ms` milliseconds (at most a day), or prolongs one's own lock.
    ///
    /// # Errors
    /// Conflict `locked` where someone else holds it, naming them.
    pub async fn file_lock(&self, file: FileId, ttl_ms: u64) -> Result<LeaseView> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        let row = self.file_row(engine, file)?;
        let vault = self.vault_of(engine, row.vault_n)?;
        let held = self.lease_view(engine, &row)?;
        if let Some(held) = held.as_ref().filter(|held| !held.mine) {
            return Err(ClientError::conflict(
                "locked",
                format!("{:?} is locked by {}", row.name, held.holder),
            )
            .with_hint("wait for them, or ask a manager to break the lock"));
        }
        let expires_ms = self.shared.now_ms().saturating_add(ttl_ms);
        let own = held.map(|held| known(&held));
        self.commit(engine, vault, &mut |making| {
            let mut author = making.author()?;
            let payload = match &own {
                Some(own) => lease::renew(own, expires_ms),
                None => lease::take(file, expires_ms, making.rng).1,
            };
            Ok(Some(Append::of(vec![author.append(&payload)])))
        })
        .await?;
        self.after_write(engine, vault).await?;
        let view = self
            .lease_view(engine, &row)?
            .ok_or_else(|| ClientError::conflict("locked", "the lock was lost at once"))?;
        if engine.cache.held(file)?.is_none() {
            let heads = engine.cache.head_revisions(row.n)?;
            engine.cache.set_held(file, view.fence, &heads)?;
        }
        Ok(view)
    }

    /// Gives one's own lock back; with `break_lock`, a manager ends someone else's.
    ///
    /// # Errors
    /// Conflict `not_locked`; `refused` for somebody else's lock without `break_lock`.
    pub async fn file_unlock(&self, file: FileId, break_lock: bool) -> Result<()> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        let row = self.file_row(engine, file)?;
        let vault = self.vault_of(engine, row.vault_n)?;
        engine.cache.drop_held(file)?;
        let Some(held) = self.lease_view(engine, &row)? else {
            return Err(ClientError::conflict(
                "not_locked",
                format!("{:?} is not locked", row.name),
            ));
        };
        if !held.mine && !break_lock {
            return Err(ClientError::refused(
                "locked",
                format!("{:?} is locked by {}", row.name, held.holder),
            )
            .with_hint("a manager can break the lock with --break"));
        }
        let lease = known(&held);
        self.commit(engine, vault, &mut |making| {
            let mut author = making.author()?;
            let payload = if held.mine {
                lease::release(&lease)
            } else {
                lease::break_lease(&lease)
            };
            Ok(Some(Append::of(vec![author.append(&payload)])))
        })
        .await?;
        self.after_write(engine, vault).await
    }
}

fn known(view: &LeaseView) -> Lease {
    Lease {
        file: view.file,
        lease: view.lease,
        fence: view.fence,
        identity: view.identity,
        device: view.device,
        expires_ms: view.expires_ms,
    }
}
