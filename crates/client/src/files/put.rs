mod begun;
mod source;
mod target;

use crate::client::{Client, Engine};
use crate::files::check_not_in_trash;
use crate::transfer::{Plan, Progress, Source, Uploaded, copy_name, upload};
use crate::views::PutDone;
use crate::{ClientError, Result};
use begun::Begun;
use serde::{Deserialize, Serialize};
use source::Ready;
use strongroom_format::transport::Append;
use strongroom_format::vault_payload::VaultPayload;
use strongroom_types::*;
use strongroom_vault::file::FileDetails;
use strongroom_wire::ProblemCode;
use target::Target;

/// How a file is put.
#[derive(Clone, Debug, Default)]
pub struct PutOptions {
    /// Another name than the source's.
    pub name: Option<String>,
    /// Images stay as they are, whatever the organisation's policy says.
    pub keep_original: bool,
    /// The file of which this becomes a new revision.
    pub replace: Option<FileId>,
    /// Another media type than the one that the name's ending hints at.
    pub media_type: Option<String>,
    /// What to do where the record has a file of that name already.
    pub same_name: SameName,
}

/// What a put does where the record has a file of the same name, however composed and in
/// whatever case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameName {
    /// Nothing: the conflict `name_taken`.
    #[default]
    Refuse,
    /// The next revision of that file.
    NewRevision,
    /// Another file of the same name.
    KeepBoth,
}

/// What the profile keeps of an upload besides its key.
#[derive(Serialize, Deserialize)]
struct State {
    name: String,
    true_length: u64,
    parents: Vec<RevisionId>,
    created_ms: u64,
    fence: u64,
}

impl Client {
    /// Puts a file to a record, or a new revision of a file. Run again after an interruption,
    /// it goes on where it was; nothing is sent twice.
    ///
    /// # Errors
    /// `quota_exceeded` before the first byte travels; `name_taken` where the record has a file
    /// of that name and the options do not say what is meant; `locked`, `protected`, `in_trash`; the
    /// conflict `conflict_copy` where the lock under which it was written is over: then it was
    /// stored beside the newer state; `busy` where another command puts the same.
    pub async fn file_put(
        &self,
        record: RecordId,
        source: Source<'_>,
        options: &PutOptions,
        progress: &dyn Progress,
    ) -> Result<PutDone> {
        let retry = match &source {
            Source::Path(path) => Some(path.to_path_buf()),
            Source::Reader { .. } => None,
        };
        let name = source::name_of(&source, options)?;
        let target = self
            .target(record, options, &name, retry.as_deref())
            .await?;
        let ready = self.prepare(source, options).await?;
        let name = ready.name.clone();
        progress.start(&name, Some(ready.length));
        let put = self.put(target.clone(), ready, progress).await;
        let put = match (put, &retry) {
            (Err(error), Some(path)) if error.code() == "source_changed" => {
                // What was sent belongs to another content: a new key, from the beginning.
                let ready = self.prepare(Source::Path(path), options).await?;
                self.put(target, ready, progress).await
            }
            (Err(error), Some(path)) if error.code() == "locked_by_other" => {
                // Someone else holds the file by now: a file of its own beside it.
                let mut ready = self.prepare(Source::Path(path), options).await?;
                ready.name = copy_name(&ready.name);
                let aside = Target {
                    file: FileId::make(&mut self.shared.rng()),
                    parents: Vec::new(),
                    fence: 0,
                    conflict: true,
                    replaces: false,
                    alone: false,
                    ..target
                };
                self.put(aside, ready, progress).await
            }
            (put, _) => put,
        };
        progress.finish();
        let done = put?;
        if done.conflict {
            return Err(ClientError::conflict(
                "conflict_copy",
                format!(
                    "{:?} was changed or locked by someone else meanwhile: yours is kept beside it as a conflict copy (file {}, revision {})",
                    done.name,
                    done.file.short(),
                    done.revision.short()
                ),
            )
            .with_hint("compare the two with file revisions and file get --revision"));
        }
        Ok(done)
    }

    async fn put(&self, target: Target, ready: Ready, progress: &dyn Progress) -> Result<PutDone> {
        let about = ready.about();
        let begun = {
            let mut engine = self.engine().await?;
            match self.begin(&mut engine, &target, &about).await? {
                Begun::Arrived(done) => return Ok(done),
                Begun::Under(begun) => begun,
            }
        };
        let details = FileDetails {
            name: ready.name.clone(),
            media_type: ready.media_type,
            thumbnail: ready.thumbnail,
            conflict: target.conflict,
            created_ms: begun.state.created_ms,
        };
        let state = begun.state;
        let (file, revision) = {
            let new = begun.sealer.revision();
            (new.file, new.revision)
        };
        let plan = Plan {
            vault: target.vault,
            sealer: begun.sealer,
            details: details.clone(),
            source: ready.reader,
            unchanged: ready.unchanged,
        };
        let folder = self.shared.profile.uploads()?;
        let uploaded = upload(&self.shared, begun.journal, &folder, plan, progress).await;
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        let uploaded = match uploaded {
            Ok(uploaded) => uploaded,
            Err(error) => {
                // A source that changed is of no use any more; so is one that is refused.
                let over = error.code() == "source_changed"
                    || matches!(
                        error.class(),
                        crate::ErrorClass::Refused | crate::ErrorClass::NotFound
                    );
                if over {
                    self.abandon(engine, target.vault, revision).await?;
                }
                return Err(error);
            }
        };
        if target.alone {
            // Another command may have put a file of that name meanwhile.
            let others = self.named_alike(engine, target.record, &ready.name, file)?;
            if !others.is_empty() {
                self.abandon(engine, target.vault, revision).await?;
                return Err(target::name_taken(&ready.name));
            }
        }
        if target.replaces {
            // Somebody may have removed it meanwhile. The upload stays for the next try.
            check_not_in_trash(&self.file_row(engine, file)?)?;
        }
        let fence = if target.replaces { state.fence } else { 0 };
        let conflict = self
            .append_file(engine, &target, &uploaded, details, fence, revision)
            .await?;
        engine.cache.drop_upload(revision)?;
        if let Some(row) = engine.cache.file(file)? {
            self.rewrap(engine, &row).await?;
            if let Some(held) = engine.cache.held(file)? {
                let heads = engine.cache.head_revisions(row.n)?;
                engine.cache.set_held(file, held.fence, &heads)?;
            }
        }
        self.after_write(engine, target.vault).await?;
        if target.replaces && self.file_row(engine, file)?.deleted {
            return Err(ClientError::conflict(
                "in_trash",
                format!(
                    "{:?} was removed meanwhile: yours is its newest revision, in the trash",
                    ready.name
                ),
            )
            .with_hint("take it out: strongroom file restore FILE"));
        }
        let manifest = uploaded.sealed.manifest();
        Ok(PutDone {
            file,
            revision,
            record: target.record,
            vault: target.vault,
            name: ready.name,
            bytes: manifest.true_length,
            sealed_bytes: manifest.sealed_length,
            parts_resumed: uploaded.parts_resumed,
            shrunk: ready.shrunk,
            conflict,
        })
    }

    /// Gives an upload up, here and at the server.
    pub(super) async fn abandon(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        revision: RevisionId,
    ) -> Result<()> {
        engine.cache.drop_upload(revision)?;
        let path = format!("/v1/vaults/{vault}/uploads/{revision}");
        let ended = self
            .shared
            .http
            .send_empty(reqwest::Method::DELETE, &path, crate::http::Auth::Session)
            .await;
        if let Err(error) = ended {
            tracing::debug!(
                code = error.code(),
                "the upload is cleared away by the server later"
            );
        }
        Ok(())
    }

    /// Sends the entry of an upload. Returns whether it became a conflict copy.
    async fn append_file(
        &self,
        engine: &mut Engine,
        target: &Target,
        uploaded: &Uploaded,
        details: FileDetails,
        fence: u64,
        revision: RevisionId,
    ) -> Result<bool> {
        let sent = self
            .try_append_file(engine, target.vault, uploaded, fence)
            .await;
        let locked = |error: &ClientError| error.problem() == Some(ProblemCode::Locked);
        match sent {
            Ok(()) if target.conflict => Ok(true),
            Ok(()) => self.is_sibling(engine, target, revision),
            Err(error) if locked(&error) && target.replaces => {
                let copy = uploaded.as_conflict_copy(details)?;
                match self.try_append_file(engine, target.vault, &copy, 0).await {
                    Ok(()) => Ok(true),
                    Err(error) if locked(&error) => {
                        self.abandon(engine, target.vault, revision).await?;
                        Err(ClientError::conflict(
                            "locked_by_other",
                            "someone else holds the file by now",
                        ))
                    }
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Whether others have put a revision beside ours meanwhile.
    fn is_sibling(&self, engine: &Engine, target: &Target, revision: RevisionId) -> Result<bool> {
        if !target.replaces {
            return Ok(false);
        }
        let row = self.file_row(engine, target.file)?;
        let heads = engine.cache.revisions(row.n)?;
        Ok(heads
            .iter()
            .any(|head| head.is_head && head.revision != revision))
    }

    async fn try_append_file(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        uploaded: &Uploaded,
        fence: u64,
    ) -> Result<()> {
        self.commit(engine, vault, &mut |making| {
            let mut author = making.author()?;
            let payload = uploaded.sealed.payload(
                making.machine.keyring(),
                author.place(),
                fence,
                making.rng,
            )?;
            let entry = author.append(&VaultPayload::File(payload));
            Ok(Some(Append::of(vec![entry])))
        })
        .await
        .map(drop)
    }
}
