//! Where an upload goes: a new file, or the next revision of one; and its beginning.

use super::edit::{check_not_in_trash, check_unprotected, name_with_folders};
use super::job::Job;
use super::leases::Held;
use super::log::Found;
use super::read::no_file;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::{CoreError, Result};
use serde::Deserialize;
use strongroom_format::names::{copy_name, same_name_key};
use strongroom_types::*;
use strongroom_vault::file::{FileSealer, NewRevision};

/// A file that the page wants to put.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUpload {
    /// The page's name for it.
    pub transfer: String,
    pub vault: VaultId,
    pub record: RecordId,
    pub name: String,
    pub media_type: String,
    /// The file of which this becomes the next revision.
    pub replaces: Option<FileId>,
    /// Another file of the same name may be there.
    #[serde(default)]
    pub keep_both: bool,
    #[serde(skip)]
    pub size_bytes: u64,
    #[serde(skip)]
    pub last_modified_ms: u64,
    #[serde(skip)]
    pub thumbnail: Option<Vec<u8>>,
}

/// What there is of an upload.
pub(crate) enum Begun {
    /// It is in the log already: only its answer was lost.
    Arrived(FileId),
    /// To be sealed and sent, as far as it is not.
    Under(Box<Job>, Box<FileSealer>),
}

/// The record has a file of that name.
pub(super) fn name_taken() -> CoreError {
    CoreError::conflict("name_taken", "the record has a file of that name already")
        .with_hint("make it the next revision of that file, keep both, or give another name")
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Begins an upload: its ids and key are kept before the first byte is read.
    pub async fn begin_upload(&mut self, wanted: &NewUpload) -> Result<Begun> {
        if let Some(job) = self.job(&wanted.transfer).await? {
            return self.go_on(job).await;
        }
        self.refresh().await?;
        let vault = self.vault_of_record(wanted.vault, wanted.record).await?;
        self.check_confirmed(vault).await?;
        self.shared(vault).await?.machine.check_can_write()?;
        let name = name_with_folders(&wanted.name)?;
        let mut job = Job {
            transfer: wanted.transfer.clone(),
            vault,
            record: wanted.record,
            file: FileId::make(&mut self.platform.rng()),
            revision: RevisionId::make(&mut self.platform.rng()),
            parents: Vec::new(),
            fence: 0,
            replaces: false,
            alone: !wanted.keep_both,
            conflict: false,
            name,
            media_type: wanted.media_type.clone(),
            size_bytes: wanted.size_bytes,
            last_modified_ms: wanted.last_modified_ms,
            created_ms: self.platform.now_ms(),
            thumbnail: wanted.thumbnail.clone(),
            sealing: None,
        };
        match wanted.replaces {
            Some(file) => self.aim_at(&mut job, file, wanted.keep_both).await?,
            None if job.alone => {
                let known = self.shared(vault).await?;
                if named_alike(known.files.all(), &job).next().is_some() {
                    return Err(name_taken());
                }
            }
            None => {}
        }
        self.begin_sealing(job).await
    }

    async fn aim_at(&mut self, job: &mut Job, file: FileId, keep_both: bool) -> Result<()> {
        let known = self.shared(job.vault).await?;
        let found = known.files.find(file).ok_or_else(no_file)?;
        if found.record != job.record {
            return Err(CoreError::usage("the file belongs to another record"));
        }
        check_not_in_trash(&found)?;
        check_unprotected(&found)?;
        let renamed = same_name_key(&found.name) != same_name_key(&job.name);
        let others = named_alike(known.files.all(), job).any(|other| other.file != file);
        if renamed && others && !keep_both {
            return Err(name_taken());
        }
        let heads = known.files.head_revisions(&found);
        (job.fence, job.parents) = match self.held(file).await? {
            // The lock under which this was written is over and others wrote since: the server
            // refuses the old fence, and the revision becomes a conflict copy.
            Some(Held {
                fence,
                heads: before,
            }) if before != heads => {
                self.drop_held(file).await?;
                (fence, before)
            }
            _ => {
                let own = self.own_lease(job.vault, file)?;
                (own.map_or(0, |lease| lease.fence), heads)
            }
        };
        job.file = file;
        job.replaces = true;
        job.alone = false;
        Ok(())
    }

    /// The same content beside what somebody else holds by now: a file of its own.
    pub async fn begin_aside(&mut self, job: &Job) -> Result<Begun> {
        let aside = Job {
            file: FileId::make(&mut self.platform.rng()),
            parents: Vec::new(),
            fence: 0,
            replaces: false,
            alone: false,
            conflict: true,
            name: copy_name(&job.name),
            ..job.anew(&mut self.platform.rng())
        };
        self.begin_sealing(aside).await
    }

    /// The same upload from the beginning, under a new key: what was sealed under the old one
    /// belongs to another content.
    pub async fn begin_anew(&mut self, job: &Job) -> Result<Begun> {
        self.abandon_upload(&job.transfer).await?;
        let again = job.anew(&mut self.platform.rng());
        self.begin_sealing(again).await
    }

    async fn begin_sealing(&mut self, mut job: Job) -> Result<Begun> {
        let new = job.new_revision();
        let (tenant, vault) = (self.tenant(), job.vault);
        let sealer = FileSealer::begin(tenant, vault, new, &mut self.platform.rng())?;
        job.sealing = Some((sealer.key().danger_duplicate(), *sealer.header()));
        self.keep_job(&job).await?;
        Ok(Begun::Under(Box::new(job), Box::new(sealer)))
    }

    /// Goes on with an upload that was begun.
    pub async fn go_on(&mut self, job: Job) -> Result<Begun> {
        self.refresh().await?;
        let known = self.shared(job.vault).await?;
        if known.files.revision(job.revision).is_some() {
            self.forget_upload(&job.transfer).await?;
            return Ok(Begun::Arrived(job.file));
        }
        known.machine.check_can_write()?;
        if job.replaces {
            let found = known.files.find(job.file).ok_or_else(no_file)?;
            check_not_in_trash(&found)?;
            check_unprotected(&found)?;
        }
        let Some((key, header)) = &job.sealing else {
            return Err(CoreError::failed("internal", "an upload without a key"));
        };
        let new: NewRevision = job.new_revision();
        let key = key.danger_duplicate();
        let sealer = FileSealer::resume(self.tenant(), job.vault, new, key, header)?;
        Ok(Begun::Under(Box::new(job), Box::new(sealer)))
    }
}

/// Files of a job's record, the trash aside, whose name a person takes for the job's.
pub(super) fn named_alike<'a>(
    all: impl Iterator<Item = Found> + 'a,
    job: &'a Job,
) -> impl Iterator<Item = Found> + 'a {
    let key = same_name_key(&job.name);
    all.filter(move |found| {
        found.record == job.record && !found.deleted && same_name_key(&found.name) == key
    })
}
