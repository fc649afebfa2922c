//! Where an upload goes: a new file, or the next revision of one.

use super::PutOptions;
use crate::cache::FileRow;
use crate::client::{Client, Engine};
use crate::files::check_unprotected;
use crate::{ClientError, Result};
use strongroom_types::*;

/// Where an upload goes.
#[derive(Clone)]
pub(super) struct Target {
    pub vault: VaultId,
    pub record: RecordId,
    pub file: FileId,
    pub parents: Vec<RevisionId>,
    pub fence: u64,
    /// A conflict copy from the start.
    pub conflict: bool,
    pub replaces: bool,
}

impl Client {
    pub(crate) async fn target(&self, record: RecordId, options: &PutOptions) -> Result<Target> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        let row = self.record_row(engine, record)?;
        let vault = self.vault_of(engine, row.vault_n)?;
        engine.machine(vault)?.check_can_write()?;
        let Some(file) = options.replace else {
            return Ok(Target {
                vault,
                record,
                file: FileId::make(&mut self.shared.rng()),
                parents: Vec::new(),
                fence: 0,
                conflict: false,
                replaces: false,
            });
        };
        let known = self.file_row(engine, file)?;
        if known.vault_n != row.vault_n || known.record != record {
            return Err(ClientError::usage("the file belongs to another record"));
        }
        check_unprotected(&known)?;
        let heads: Vec<RevisionId> = engine
            .cache
            .revisions(known.n)?
            .into_iter()
            .filter(|revision| revision.is_head)
            .map(|revision| revision.revision)
            .take(16)
            .collect();
        let (fence, parents) = match engine.cache.held(file)? {
            // The lock under which this was written is over and others wrote since: the server
            // refuses the old fence, and the revision becomes a conflict copy.
            Some(held) if held.heads != heads => {
                engine.cache.drop_held(file)?;
                (held.fence, held.heads)
            }
            _ => (self.fence(engine, &known)?, heads),
        };
        Ok(Target {
            vault,
            record,
            file,
            parents,
            fence,
            conflict: false,
            replaces: true,
        })
    }

    /// The fence of the caller's own lock, 0 without one.
    fn fence(&self, engine: &mut Engine, row: &FileRow) -> Result<u64> {
        match self.lease_view(engine, row)? {
            None => Ok(0),
            Some(lease) if lease.mine => Ok(lease.fence),
            Some(lease) => Err(ClientError::conflict(
                "locked",
                format!("{:?} is locked by {}", row.name, lease.holder),
            )
            .with_hint("wait for them, or ask a manager to break the lock")),
        }
    }
}
