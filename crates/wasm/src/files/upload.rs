//! The end of an upload: its entry in the log, as the next revision, as a file of its own, or as
//! a conflict copy where somebody else was faster.

use super::edit::check_not_in_trash;
use super::job::Job;
use super::leases::Held;
use super::read::no_file;
use super::target::{name_taken, named_alike};
use crate::engine::Engine;
use crate::http::Auth;
use crate::platform::{Http, Storage};
use crate::{CoreError, Result};
use strongroom_format::transport::Append;
use strongroom_format::vault_payload::VaultPayload;
use strongroom_types::*;
use strongroom_vault::file::SealedFile;
use strongroom_wire::ProblemCode;

/// What a finished upload has become.
pub(crate) struct Put {
    pub file: FileId,
    /// It stands beside a newer state.
    pub conflict: bool,
}

/// How the end of an upload went.
pub(crate) enum Finish {
    Done(Put),
    /// Somebody else holds the file by now: it goes beside it as a file of its own.
    Aside,
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Writes the entry of an upload whose parts are all stored.
    pub async fn finish_upload(&mut self, job: &Job, sealed: &SealedFile) -> Result<Finish> {
        self.refresh().await?;
        let known = self.shared(job.vault).await?;
        if job.alone {
            // Somebody may have put a file of that name meanwhile.
            let taken = named_alike(known.files.all(), job).any(|other| other.file != job.file);
            if taken {
                self.abandon_upload(&job.transfer).await?;
                return Err(name_taken());
            }
        }
        if job.replaces {
            // Somebody may have removed it meanwhile. The upload stays for the next try.
            check_not_in_trash(&known.files.find(job.file).ok_or_else(no_file)?)?;
        }
        let fence = if job.replaces { job.fence } else { 0 };
        let locked = |error: &CoreError| error.problem() == Some(ProblemCode::Locked);
        let conflict = match self.append_file(job, sealed, fence).await {
            Ok(()) => job.conflict || (job.replaces && self.has_sibling(job).await?),
            Err(error) if locked(&error) && job.replaces => {
                let copy = sealed.as_conflict_copy(job.details())?;
                match self.append_file(job, &copy, 0).await {
                    Ok(()) => true,
                    Err(error) if locked(&error) => {
                        self.abandon_upload(&job.transfer).await?;
                        return Ok(Finish::Aside);
                    }
                    Err(error) => return Err(error),
                }
            }
            Err(error) => return Err(error),
        };
        self.forget_upload(&job.transfer).await?;
        self.rewrap(job.vault, job.file).await?;
        if let Some(held) = self.held(job.file).await? {
            let log = &self.vault(job.vault).await?.files;
            let heads = log.head_revisions(&log.find(job.file).ok_or_else(no_file)?);
            let fence = held.fence;
            self.set_held(job.file, &Held { fence, heads }).await?;
        }
        self.after_write(job.vault).await?;
        let file = job.file;
        Ok(Finish::Done(Put { file, conflict }))
    }

    /// Whether others have put a revision beside ours meanwhile.
    async fn has_sibling(&mut self, job: &Job) -> Result<bool> {
        let found = self.vault(job.vault).await?.files.find(job.file);
        Ok(found.is_some_and(|found| found.heads.len() > 1))
    }

    async fn append_file(&mut self, job: &Job, sealed: &SealedFile, fence: u64) -> Result<()> {
        self.commit(job.vault, &mut |making| {
            if making.vault.files.revision(job.revision).is_some() {
                return Ok(None);
            }
            let mut author = making.author()?;
            let keyring = making.vault.machine.keyring();
            let payload = sealed.payload(keyring, author.place(), fence, making.rng)?;
            let entry = author.append(&VaultPayload::File(payload));
            Ok(Some(Append::of(vec![entry])))
        })
        .await
    }

    /// Gives an upload up, here and at the server.
    pub async fn abandon_upload(&mut self, transfer: &str) -> Result<()> {
        let Some(job) = self.job(transfer).await? else {
            return self.forget_upload(transfer).await;
        };
        self.forget_upload(transfer).await?;
        let path = format!("/v1/vaults/{}/uploads/{}", job.vault, job.revision);
        let auth = Auth::Session(&self.open.token);
        // Otherwise the server clears it away later.
        let _ = self.platform.send_empty("DELETE", &path, auth).await;
        Ok(())
    }
}
