//! All transfers of a page: beginning them, steering them, and what they come to.

use super::control::{Kind, State, Told, Transfer};
use super::courier::{Courier, Session};
use super::download::Download;
use super::opened::{Opened, Remote};
use super::port::Bulk;
use super::upload::OpenedFile;
pub use super::upload::Source;
use crate::core::Core;
use crate::files::{Begun, Finish, Job, LinkOpened, NewUpload, Readable, keeper_of};
use crate::platform::{Http, Platform, Storage};
use crate::{CoreError, Result};
use futures::lock::{Mutex, MutexGuard};
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use strongroom_types::*;
use strongroom_vault::file::FileSealer;
use strongroom_vault::passphrase::Passphrase;
use strongroom_wire::ProblemCode;

/// Files that stay proven, so that the next range of one costs nothing but itself.
const OPENED_MAX: usize = 8;

/// What is read: a file of a vault, or what a link has opened.
#[derive(Clone, PartialEq, Eq)]
enum What {
    Opened {
        opened: String,
    },
    File {
        vault: VaultId,
        file: FileId,
        revision: Option<RevisionId>,
    },
}

/// Arguments may name more than what is read.
#[derive(Deserialize)]
struct Reading {
    opened: Option<String>,
    vault: Option<VaultId>,
    file: Option<FileId>,
    revision: Option<RevisionId>,
    #[serde(default)]
    transfer: String,
    #[serde(default)]
    offset: u64,
    #[serde(default)]
    length: u64,
}

impl Reading {
    fn what(&self) -> Result<What> {
        match (&self.opened, self.vault, self.file) {
            (Some(opened), None, None) => Ok(What::Opened {
                opened: opened.clone(),
            }),
            (None, Some(vault), Some(file)) => Ok(What::File {
                vault,
                file,
                revision: self.revision,
            }),
            _ => Err(CoreError::usage("what is to be read is not said")),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenLink {
    link: LinkId,
    secret: String,
    passphrase: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Relocate {
    vault: VaultId,
    file: FileId,
    to_vault: Option<VaultId>,
    to_record: RecordId,
}

struct Running<B: Bulk> {
    transfer: Rc<Transfer>,
    /// Of an upload, to go on with after a failure.
    source: Option<Rc<Source<B>>>,
}

/// An upload that was begun: run it.
pub struct Started<B: Bulk> {
    transfer: Rc<Transfer>,
    source: Rc<Source<B>>,
    begun: Begun,
}

/// A file that a link has opened, and whom to ask for its bytes.
type Held<H, S, B> = (Rc<Courier<H, S, B>>, Rc<Opened<B>>);

/// What was opened last, newest at the end.
type OpenedFiles<H, S, B> = RefCell<Vec<(What, Held<H, S, B>)>>;

/// See the module.
pub struct Transfers<H, S, B: Bulk> {
    core: Rc<Mutex<Core<H, S>>>,
    platform: Rc<Platform<H, S>>,
    bulk: Rc<B>,
    tell: Rc<dyn Fn(Told)>,
    running: RefCell<BTreeMap<String, Running<B>>>,
    opened: OpenedFiles<H, S, B>,
}

impl<H: Http + 'static, S: Storage + 'static, B: Bulk + 'static> Transfers<H, S, B> {
    /// Transfers of a core. Nobody may hold it while this is made.
    ///
    /// # Errors
    /// `internal` where somebody does.
    pub fn new(
        core: Rc<Mutex<Core<H, S>>>,
        bulk: B,
        tell: impl Fn(Told) + 'static,
    ) -> Result<Self> {
        let platform = match core.try_lock() {
            Some(core) => Rc::clone(&core.platform),
            None => return Err(CoreError::failed("internal", "the core is in use")),
        };
        Ok(Self {
            core,
            platform,
            bulk: Rc::new(bulk),
            tell: Rc::new(tell),
            running: RefCell::default(),
            opened: RefCell::default(),
        })
    }

    async fn core(&self) -> (B::Alone, MutexGuard<'_, Core<H, S>>) {
        let alone = self.bulk.alone().await;
        (alone, self.core.lock().await)
    }

    fn transfer(&self, id: &str, kind: Kind, total_bytes: u64) -> Rc<Transfer> {
        Rc::new(Transfer::new(id, kind, total_bytes, Rc::clone(&self.tell)))
    }

    /// Of which nobody is told.
    fn silent(&self) -> Rc<Transfer> {
        let nobody: Rc<dyn Fn(Told)> = Rc::new(|_| {});
        Rc::new(Transfer::new("", Kind::Download, 0, nobody))
    }

    async fn courier(&self) -> Result<Rc<Courier<H, S, B>>> {
        let (_alone, mut core) = self.core().await;
        let open = core.engine()?.open;
        Ok(Rc::new(Courier {
            platform: Rc::clone(&self.platform),
            bulk: Rc::clone(&self.bulk),
            session: Some(Session {
                token: open.token.clone(),
                keeper: keeper_of(&open.keeper),
            }),
        }))
    }

    /// Begins an upload: refused here is what needs no byte to be refused.
    ///
    /// # Errors
    /// `name_taken`, `locked`, `protected`, `in_trash`, `quota_exceeded`, …
    pub async fn start_upload(
        &self,
        arguments: &str,
        source: B::Source,
        (size_bytes, last_modified_ms): (u64, u64),
        thumbnail: Option<Vec<u8>>,
    ) -> Result<Started<B>> {
        let mut wanted: NewUpload = serde_json::from_str(arguments)?;
        wanted.size_bytes = size_bytes;
        wanted.last_modified_ms = last_modified_ms;
        wanted.thumbnail = thumbnail;
        let transfer = self.transfer(&wanted.transfer, Kind::Upload, size_bytes);
        self.check_idle(&wanted.transfer)?;
        let begun = {
            let (_alone, mut core) = self.core().await;
            core.engine()?.begin_upload(&wanted).await?
        };
        Ok(self.started(transfer, Rc::new(Source::Chosen(source)), begun))
    }

    fn check_idle(&self, id: &str) -> Result<()> {
        let running = self.running.borrow();
        match running.get(id).filter(|known| !known.transfer.is_over()) {
            None => Ok(()),
            Some(_) => Err(CoreError::failed("busy", "this transfer is under way")),
        }
    }

    fn started(&self, transfer: Rc<Transfer>, source: Rc<Source<B>>, begun: Begun) -> Started<B> {
        let running = Running {
            transfer: Rc::clone(&transfer),
            source: Some(Rc::clone(&source)),
        };
        let id = transfer.id.clone();
        self.running.borrow_mut().insert(id, running);
        Started {
            transfer,
            source,
            begun,
        }
    }

    /// Goes on with an upload after a reload, with the same file chosen again.
    ///
    /// # Errors
    /// `source_changed` for another file, `not_found`.
    pub async fn resume_upload(
        &self,
        id: &str,
        source: B::Source,
        (name, size_bytes, last_modified_ms): (&str, u64, u64),
    ) -> Result<Started<B>> {
        self.check_idle(id)?;
        let begun = {
            let (_alone, mut core) = self.core().await;
            let mut engine = core.engine()?;
            let job = engine.job(id).await?.ok_or_else(no_upload)?;
            let last = |name: &str| name.rsplit('/').next().map(str::to_owned);
            let same_name = name.is_empty() || last(name) == last(&job.name);
            let same = size_bytes == job.size_bytes && last_modified_ms == job.last_modified_ms;
            if !same || !same_name {
                return Err(CoreError::conflict(
                    "source_changed",
                    "this is not the file that was being put",
                ));
            }
            engine.go_on(job).await?
        };
        let transfer = self.transfer(id, Kind::Upload, size_bytes);
        Ok(self.started(transfer, Rc::new(Source::Chosen(source)), begun))
    }

    /// Pauses a transfer: what is on its way arrives, nothing more leaves.
    pub fn pause(&self, id: &str) {
        if let Some(running) = self.running.borrow().get(id) {
            running.transfer.pause();
        }
    }

    /// Goes on with a paused transfer, or with an upload that failed: then there is one to run.
    ///
    /// # Errors
    /// As for a beginning.
    pub async fn resume(&self, id: &str) -> Result<Option<Started<B>>> {
        let (transfer, source) = {
            let running = self.running.borrow();
            let known = running.get(id).ok_or_else(no_upload)?;
            (Rc::clone(&known.transfer), known.source.clone())
        };
        let (true, Some(source)) = (transfer.is_over(), source) else {
            transfer.resume();
            return Ok(None);
        };
        let (begun, size_bytes) = {
            let (_alone, mut core) = self.core().await;
            let mut engine = core.engine()?;
            let job = engine.job(id).await?.ok_or_else(no_upload)?;
            let size_bytes = job.size_bytes;
            (engine.go_on(job).await?, size_bytes)
        };
        let transfer = self.transfer(id, Kind::Upload, size_bytes);
        Ok(Some(self.started(transfer, source, begun)))
    }

    /// Ends a transfer; an upload is forgotten, here and at the server.
    ///
    /// # Errors
    /// Of the storage.
    pub async fn cancel(&self, id: &str) -> Result<()> {
        let known = self.running.borrow_mut().remove(id);
        if let Some(running) = &known {
            running.transfer.stop(true);
            if !running.transfer.is_over() && running.source.is_some() {
                // Whoever runs it clears up.
                return Ok(());
            }
        }
        let (_alone, mut core) = self.core().await;
        match core.engine() {
            Ok(mut engine) => engine.abandon_upload(id).await,
            Err(_) => Ok(()),
        }
    }

    /// Ends everything, as a lock does. Uploads can be gone on with.
    pub fn stop_all(&self) {
        for running in std::mem::take(&mut *self.running.borrow_mut()).into_values() {
            running.transfer.stop(false);
        }
        self.opened.borrow_mut().clear();
    }

    /// Runs an upload to its end, and tells the page how it went.
    pub async fn run(&self, started: Started<B>) {
        let Started {
            transfer,
            source,
            begun,
        } = started;
        transfer.set_state(State::Running);
        match self.put(begun, &source, &transfer).await {
            Ok((file, problem)) => {
                transfer.done(Some(file), problem);
                self.running.borrow_mut().remove(&transfer.id);
            }
            Err(error) => transfer.failed(error),
        }
    }

    async fn put(
        &self,
        mut begun: Begun,
        source: &Source<B>,
        transfer: &Transfer,
    ) -> Result<(FileId, Option<CoreError>)> {
        let mut again = true;
        loop {
            let (job, sealer) = match begun {
                Begun::Arrived(file) => return Ok((file, None)),
                Begun::Under(job, sealer) => (job, sealer),
            };
            transfer.restart();
            match self.put_once(&job, *sealer, source, transfer).await {
                Ok(Finish::Done(put)) => {
                    let problem = put.conflict.then(|| {
                        CoreError::conflict(
                            "conflict_copy",
                            "someone else changed this file meanwhile: yours is kept beside it",
                        )
                    });
                    return Ok((put.file, problem));
                }
                Ok(Finish::Aside) => {
                    let (_alone, mut core) = self.core().await;
                    begun = core.engine()?.begin_aside(&job).await?;
                }
                // What was sent belongs to another content: a new key, from the beginning.
                Err(error) if error.code() == "source_changed" && again => {
                    again = false;
                    let (_alone, mut core) = self.core().await;
                    begun = core.engine()?.begin_anew(&job).await?;
                }
                Err(error) => return Err(self.after_failure(&job, transfer, error).await),
            }
        }
    }

    async fn put_once(
        &self,
        job: &Job,
        sealer: FileSealer,
        source: &Source<B>,
        transfer: &Transfer,
    ) -> Result<Finish> {
        let courier = self.courier().await?;
        let sealed = courier.upload(job, sealer, source, transfer).await?;
        courier
            .patiently(transfer, async || {
                let (_alone, mut core) = self.core().await;
                core.engine()?.finish_upload(job, &sealed).await
            })
            .await
    }

    /// What was refused for good, or given up, is cleared away.
    async fn after_failure(&self, job: &Job, transfer: &Transfer, error: CoreError) -> CoreError {
        let signed_out =
            error.problem() == Some(ProblemCode::Unauthenticated) || error.code() == "logged_out";
        let refused = matches!(error.class(), ErrorClass::Refused | ErrorClass::NotFound);
        let is_file = matches!(error.code(), "in_trash" | "locked" | "protected");
        if transfer.is_given_up() || (refused && !signed_out && !is_file) {
            let (_alone, mut core) = self.core().await;
            if let Ok(mut engine) = core.engine() {
                let _ = engine.abandon_upload(&job.transfer).await;
            }
        }
        error
    }

    /// Opens a link. The answer names what was opened, for [`Transfers::read`] and
    /// [`Transfers::start_download`].
    ///
    /// # Errors
    /// `gone`, `passphrase_needed`, `wrong_credentials`, integrity.
    pub async fn open_link(&self, arguments: &str) -> Result<String> {
        let OpenLink {
            link,
            secret,
            passphrase,
        } = serde_json::from_str(arguments)?;
        let passphrase = passphrase.map(Passphrase::new).transpose()?;
        let LinkOpened {
            link,
            grant,
            key,
            manifest,
        } = {
            let (_alone, core) = self.core().await;
            core.open_link(link, &secret, passphrase.as_ref()).await?
        };
        let courier = Rc::new(Courier {
            platform: Rc::clone(&self.platform),
            bulk: Rc::clone(&self.bulk),
            session: None,
        });
        let remote = Remote {
            base: format!("/v1/links/{link}"),
            query: format!("?grant={grant}"),
        };
        let name = manifest.name.clone();
        let opened = courier
            .open(name, &key, manifest, remote, &self.silent())
            .await?;
        let manifest = opened.manifest();
        let id = IdempotencyKey::make(&mut self.platform.rng()).to_string();
        let answer = serde_json::json!({
            "opened": id,
            "name": manifest.name,
            "media_type": manifest.media_type,
            "size_bytes": manifest.true_length,
        });
        self.hold(What::Opened { opened: id }, (courier, Rc::new(opened)));
        Ok(answer.to_string())
    }

    fn hold(&self, what: What, held: Held<H, S, B>) {
        let mut opened = self.opened.borrow_mut();
        if opened.len() >= OPENED_MAX {
            opened.remove(0);
        }
        opened.push((what, held));
    }

    async fn open(&self, what: What, transfer: &Transfer) -> Result<Held<H, S, B>> {
        let known = self
            .opened
            .borrow()
            .iter()
            .find(|(known, _)| *known == what)
            .map(|(_, (courier, opened))| (Rc::clone(courier), Rc::clone(opened)));
        let What::File {
            vault,
            file,
            revision,
        } = what
        else {
            return known.ok_or_else(|| CoreError::not_found("the link is not open any more"));
        };
        let readable = {
            let (_alone, mut core) = self.core().await;
            core.engine()?.readable(vault, file, revision).await?
        };
        // Without a revision it is the current one, which may be another by now.
        if let Some((_, opened)) = &known
            && opened.manifest().revision == readable.revision
            && opened.name == readable.name
        {
            return known.ok_or_else(no_upload);
        }
        let Readable {
            vault,
            file,
            revision,
            name,
            key,
            manifest,
        } = readable;
        let courier = self.courier().await?;
        let remote = Remote {
            base: format!("/v1/vaults/{vault}/files/{file}/revisions/{revision}"),
            query: String::new(),
        };
        let opened = courier.open(name, &key, manifest, remote, transfer).await?;
        let held = (courier, Rc::new(opened));
        self.opened.borrow_mut().retain(|(known, _)| *known != what);
        self.hold(what, (Rc::clone(&held.0), Rc::clone(&held.1)));
        Ok(held)
    }

    /// Begins to read a whole file.
    ///
    /// # Errors
    /// `not_found`, `no_key`, integrity.
    pub async fn start_download(&self, arguments: &str) -> Result<Download<H, S, B>> {
        let reading: Reading = serde_json::from_str(arguments)?;
        let (courier, opened) = self.open(reading.what()?, &self.silent()).await?;
        let total_bytes = opened.manifest().true_length;
        let transfer = self.transfer(&reading.transfer, Kind::Download, total_bytes);
        let running = Running {
            transfer: Rc::clone(&transfer),
            source: None,
        };
        self.running
            .borrow_mut()
            .insert(reading.transfer.clone(), running);
        Ok(Download::new(courier, opened, transfer))
    }

    /// Reads a range of at most 8 MiB; `None` behind the file's end.
    ///
    /// # Errors
    /// `not_found`, `no_key`, integrity.
    pub async fn read(&self, arguments: &str) -> Result<Option<B::Bytes>> {
        let reading: Reading = serde_json::from_str(arguments)?;
        let silent = self.silent();
        let (courier, opened) = self.open(reading.what()?, &silent).await?;
        courier
            .range(&opened, reading.offset, reading.length, &silent)
            .await
    }

    /// The small picture of a file.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn thumbnail(&self, arguments: &str) -> Result<Option<Vec<u8>>> {
        let reading: Reading = serde_json::from_str(arguments)?;
        let What::File { vault, file, .. } = reading.what()? else {
            return Err(CoreError::usage("a link has no small picture"));
        };
        let (_alone, mut core) = self.core().await;
        let picture = core.engine()?.file_thumbnail(vault, file).await?;
        Ok(picture.map(|bytes| bytes.to_vec()))
    }

    /// Copies a file to a record of any vault under a new key; `moving` takes it away from where
    /// it was. Inside a vault a move is a line in the log.
    ///
    /// # Errors
    /// `not_found`, `protected`, `locked`, `quota_exceeded`, integrity.
    pub async fn relocate(&self, arguments: &str, moving: bool) -> Result<()> {
        let Relocate {
            vault,
            file,
            to_vault,
            to_record,
        } = serde_json::from_str(arguments)?;
        let to_vault = to_vault.unwrap_or(vault);
        if moving {
            let (_alone, mut core) = self.core().await;
            let mut engine = core.engine()?;
            let (from, to) = ((vault, file), (to_vault, to_record));
            if engine.move_within(from, to).await? {
                return Ok(());
            }
        }
        let silent = self.silent();
        let what = What::File {
            vault,
            file,
            revision: None,
        };
        let (_, opened) = self.open(what, &silent).await?;
        let wanted = NewUpload {
            transfer: IdempotencyKey::make(&mut self.platform.rng()).to_string(),
            vault: to_vault,
            record: to_record,
            name: opened.name.clone(),
            media_type: opened.manifest().media_type.clone(),
            replaces: None,
            // The record may have one of that name: both stay.
            keep_both: true,
            size_bytes: opened.manifest().true_length,
            last_modified_ms: 0,
            thumbnail: self.thumbnail_of(vault, file).await?,
        };
        let begun = {
            let (_alone, mut core) = self.core().await;
            core.engine()?.begin_upload(&wanted).await?
        };
        let source = Source::File(OpenedFile(opened));
        let put = self.put(begun, &source, &silent).await;
        let (_alone, mut core) = self.core().await;
        let mut engine = core.engine()?;
        if let Err(error) = put {
            // Nobody could go on with it.
            let _ = engine.abandon_upload(&wanted.transfer).await;
            return Err(error);
        }
        if moving {
            let change = crate::files::Change {
                deleted: Some(true),
                ..Default::default()
            };
            engine.edit_file(vault, file, change).await?;
        }
        Ok(())
    }

    async fn thumbnail_of(&self, vault: VaultId, file: FileId) -> Result<Option<Vec<u8>>> {
        let (_alone, mut core) = self.core().await;
        let picture = core.engine()?.file_thumbnail(vault, file).await?;
        Ok(picture.map(|bytes| bytes.to_vec()))
    }
}

fn no_upload() -> CoreError {
    CoreError::not_found("there is no such transfer")
}
