//! Where an upload goes: a new file, or the next revision of one.

use super::source::origin_of;
use super::{PutOptions, SameName};
use crate::cache::FileRow;
use crate::client::{Client, Engine};
use crate::file_names::same_name_key;
use crate::files::{check_not_in_trash, check_unprotected};
use crate::{ClientError, Result};
use std::path::Path;
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
    /// No other file of the record may have its name.
    pub alone: bool,
}

impl Client {
    pub(super) async fn target(
        &self,
        record: RecordId,
        options: &PutOptions,
        name: &str,
        source: Option<&Path>,
    ) -> Result<Target> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        let row = self.record_row(engine, record)?;
        let vault = self.vault_of(engine, row.vault_n)?;
        engine.check_confirmed(vault)?;
        engine.machine(vault)?.check_can_write()?;
        let Some(file) = self.replaced(engine, record, options, name, source)? else {
            return Ok(Target {
                vault,
                record,
                file: FileId::make(&mut self.shared.rng()),
                parents: Vec::new(),
                fence: 0,
                conflict: false,
                replaces: false,
                alone: options.same_name != SameName::KeepBoth,
            });
        };
        let known = self.file_row(engine, file)?;
        if known.vault_n != row.vault_n || known.record != record {
            return Err(ClientError::usage("the file belongs to another record"));
        }
        check_not_in_trash(&known)?;
        check_unprotected(&known)?;
        let heads = engine.cache.head_revisions(known.n)?;
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
            alone: false,
        })
    }

    /// The file of which this becomes a new revision; `None` for a file of its own.
    fn replaced(
        &self,
        engine: &mut Engine,
        record: RecordId,
        options: &PutOptions,
        name: &str,
        source: Option<&Path>,
    ) -> Result<Option<FileId>> {
        if let Some(file) = options.replace {
            let kept = self.file_row(engine, file)?.name;
            let renamed = same_name_key(&kept) != same_name_key(name);
            let others = self.named_alike(engine, record, name, file)?;
            if renamed && !others.is_empty() && options.same_name != SameName::KeepBoth {
                return Err(name_taken(name));
            }
            return Ok(Some(file));
        }
        let alike = match options.same_name {
            SameName::KeepBoth => return Ok(None),
            _ => self.named_alike(engine, record, name, FileId::from_bytes([0; 16]))?,
        };
        match (options.same_name, alike.as_slice()) {
            (_, []) => Ok(None),
            (SameName::NewRevision, [only]) => Ok(Some(only.file)),
            (SameName::NewRevision, many) => Err(ClientError::conflict(
                "name_taken",
                format!("the record has {} files named {name:?}", many.len()),
            )
            .with_hint("say which one it replaces: file put … --replace FILE")),
            (_, [only]) if self.is_own(engine, record, only, source)? => Ok(None),
            _ => Err(name_taken(name)),
        }
    }

    /// Files of a record, the trash aside, whose name a person takes for `name`.
    pub(super) fn named_alike(
        &self,
        engine: &Engine,
        record: RecordId,
        name: &str,
        except: FileId,
    ) -> Result<Vec<FileRow>> {
        let key = same_name_key(name);
        let vault_n = self.record_row(engine, record)?.vault_n;
        let mut files = engine.cache.files_of(vault_n, record)?;
        files.retain(|row| !row.deleted && row.file != except && same_name_key(&row.name) == key);
        Ok(files)
    }

    /// Whether a file is what an earlier run of this very put made, of which only the answer
    /// was lost.
    fn is_own(
        &self,
        engine: &Engine,
        record: RecordId,
        file: &FileRow,
        source: Option<&Path>,
    ) -> Result<bool> {
        let Some(origin) = source.and_then(|path| origin_of(path).ok()) else {
            return Ok(false);
        };
        let uploads = engine.cache.uploads_of(record, &origin.0)?;
        Ok(uploads.iter().any(|row| {
            // A shrunk image's identity has the limit behind it.
            let shrunk = row.identity.strip_prefix(&origin.1);
            row.file == file.file
                && shrunk.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        }))
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

/// The record has a file of that name.
pub(super) fn name_taken(name: &str) -> ClientError {
    ClientError::conflict("name_taken", format!("the record has a file named {name:?} already"))
        .with_hint("make it the next revision of that file with --new-revision, put it beside with --keep-both, or give another --name")
}
