//! What is put: a file on disk or a pipe, made ready to be sealed.

use super::PutOptions;
use crate::client::Client;
use crate::transfer::{Source, media_type, put_name, spool};
use crate::{ClientError, Result};
use std::fs::{File, Metadata};
use std::io::{Cursor, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use strongroom_format::file::THUMBNAIL_MAX_BYTES;
use strongroom_types::limits;
use strongroom_types::limits::FILE_MAX_SEALED_BYTES;

/// A source that is ready to be sealed.
pub(super) struct Ready {
    pub name: String,
    pub media_type: String,
    pub thumbnail: Option<Vec<u8>>,
    pub reader: Box<dyn Read + Send>,
    pub length: u64,
    pub shrunk: bool,
    /// Absolute path, and what tells this content from another under the same path.
    pub origin: (String, String),
    /// Asked when the last byte was read: whether the source is still what it was before the
    /// first.
    pub unchanged: Box<dyn Fn() -> bool + Send>,
}

/// What is known of a source besides its bytes.
#[derive(Clone)]
pub(super) struct About {
    pub name: String,
    pub length: u64,
    pub shrunk: bool,
    /// As in [`Ready`].
    pub origin: (String, String),
}

impl Ready {
    pub fn about(&self) -> About {
        About {
            name: self.name.clone(),
            length: self.length,
            shrunk: self.shrunk,
            origin: self.origin.clone(),
        }
    }
}

/// The name under which a source is put.
///
/// # Errors
/// Usage for one that is no name.
pub(super) fn name_of(source: &Source<'_>, options: &PutOptions) -> Result<String> {
    let typed = match source {
        Source::Path(path) => path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        Source::Reader { name, .. } => name.clone(),
    };
    put_name(options.name.as_deref().unwrap_or(&typed)).ok_or_else(|| {
        ClientError::usage("this is not a name for a file (1 to 1024 bytes)")
            .with_hint("give one with --name")
    })
}

/// Absolute path of a file, and what tells its content from another.
///
/// # Errors
/// As the file system gives them.
pub(super) fn origin_of(path: &Path) -> std::io::Result<(String, String)> {
    let absolute = std::fs::canonicalize(path)?.display().to_string();
    Ok((absolute, identity_of(&std::fs::metadata(path)?)))
}

fn identity_of(metadata: &Metadata) -> String {
    format!(
        "{}:{}.{}:{}",
        metadata.len(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ino()
    )
}

impl Client {
    pub(super) async fn prepare(&self, source: Source<'_>, options: &PutOptions) -> Result<Ready> {
        let name = name_of(&source, options)?;
        let guessed = options
            .media_type
            .clone()
            .unwrap_or_else(|| media_type(&name).to_owned());
        if guessed.len() > limits::NAME_MAX_BYTES || guessed.chars().any(char::is_control) {
            return Err(ClientError::usage("this is not a media type"));
        }
        match source {
            Source::Path(path) => self.prepare_path(path, name, guessed, options).await,
            Source::Reader { mut reader, .. } => {
                let folder = self.shared.profile.uploads()?;
                let mut rng = self.shared.rng();
                let spooled = tokio::task::spawn_blocking(move || {
                    spool(&mut reader, &folder, FILE_MAX_SEALED_BYTES / 2, &mut rng)
                })
                .await
                .map_err(|error| {
                    ClientError::failed("internal", "reading the pipe stopped").with_source(error)
                })?;
                let (reader, length) = spooled?;
                Ok(Ready {
                    name,
                    media_type: guessed,
                    thumbnail: None,
                    reader: Box::new(reader),
                    length,
                    shrunk: false,
                    origin: (String::new(), String::new()),
                    // Nobody else writes to the spool.
                    unchanged: Box::new(|| true),
                })
            }
        }
    }

    async fn prepare_path(
        &self,
        path: &Path,
        name: String,
        guessed: String,
        options: &PutOptions,
    ) -> Result<Ready> {
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        let (metadata, file) = opened.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                ClientError::not_found(format!("there is no file {}", path.display()))
            }
            _ => ClientError::failed("io", format!("cannot read {}: {error}", path.display()))
                .with_source(error),
        })?;
        if !metadata.is_file() {
            return Err(ClientError::usage(format!(
                "{} is not a file",
                path.display()
            )));
        }
        let absolute = std::fs::canonicalize(path)?.display().to_string();
        let identity = identity_of(&metadata);
        let (watched, before) = (file.try_clone()?, identity.clone());
        let unchanged = move || {
            watched
                .metadata()
                .is_ok_and(|after| identity_of(&after) == before)
        };
        let max_pixels = self.policy_cached().await?.image_max_pixels;
        let mut ready = Ready {
            name,
            media_type: guessed,
            thumbnail: None,
            reader: Box::new(file),
            length: metadata.len(),
            shrunk: false,
            origin: (absolute, identity),
            unchanged: Box::new(unchanged),
        };
        if !crate::images::is_candidate(&ready.media_type, ready.length) {
            return Ok(ready);
        }
        let mut bytes = Vec::new();
        ready.reader.read_to_end(&mut bytes)?;
        ready.thumbnail = crate::images::thumbnail(&bytes)
            .filter(|thumbnail| thumbnail.len() <= THUMBNAIL_MAX_BYTES);
        let shrunk = (max_pixels > 0 && !options.keep_original)
            .then(|| crate::images::shrink(&bytes, max_pixels))
            .flatten();
        if let Some(shrunk) = shrunk {
            ready.shrunk = true;
            ready.media_type = shrunk.media_type.to_owned();
            ready.origin.1.push_str(&format!(":{max_pixels}"));
            bytes = shrunk.bytes;
        }
        ready.length = bytes.len() as u64;
        ready.reader = Box::new(Cursor::new(bytes));
        Ok(ready)
    }

    async fn policy_cached(&self) -> Result<crate::DirectoryPolicy> {
        let mut engine = self.engine().await?;
        Ok(engine.directory()?.policy())
    }
}
