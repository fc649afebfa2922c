//! Reading files: whole ones, ranges, small pictures, and what a link opens.

use super::control::{Kind, Transfer};
use super::courier::Courier;
use super::download::Download;
use super::opened::{Opened, Remote};
use super::port::Bulk;
use super::start::{Running, Transfers, no_upload};
use crate::files::{LinkOpened, Readable};
use crate::platform::{Http, Storage};
use crate::{CoreError, Result};
use serde::Deserialize;
use std::cell::RefCell;
use std::rc::Rc;
use strongroom_types::*;
use strongroom_vault::passphrase::Passphrase;

/// Files that stay proven, so that the next range of one costs nothing but itself.
const OPENED_MAX: usize = 8;

/// What is read: a file of a vault, or what a link has opened.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum What {
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

/// A file that a link has opened, and whom to ask for its bytes.
pub(super) type Held<H, S, B> = (Rc<Courier<H, S, B>>, Rc<Opened<B>>);

/// What was opened last, newest at the end.
pub(super) type OpenedFiles<H, S, B> = RefCell<Vec<(What, Held<H, S, B>)>>;

impl<H: Http + 'static, S: Storage + 'static, B: Bulk + 'static> Transfers<H, S, B> {
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

    pub(super) async fn open(&self, what: What, transfer: &Transfer) -> Result<Held<H, S, B>> {
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
        self.thumbnail_of(vault, file).await
    }

    pub(super) async fn thumbnail_of(
        &self,
        vault: VaultId,
        file: FileId,
    ) -> Result<Option<Vec<u8>>> {
        let (_alone, mut core) = self.core().await;
        let picture = core.engine()?.file_thumbnail(vault, file).await?;
        Ok(picture.map(|bytes| bytes.to_vec()))
    }
}
