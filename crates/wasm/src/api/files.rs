//! The calls about files that move no bytes.

use super::{Nothing, read, write};
use crate::Result;
use crate::core::Core;
use crate::engine::Engine;
use crate::files::{Change, FileQuery, LinkOptions};
use crate::platform::{Http, Storage};
use serde::Deserialize;
use serde_json::json;
use strongroom_types::{FileId, LinkId, RecordId, VaultId};
use strongroom_vault::passphrase::Passphrase;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Files {
    vault: VaultId,
    record: Option<RecordId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageOfFiles {
    query: FileQuery,
    offset: usize,
    count: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfFile {
    vault: VaultId,
    file: FileId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditFile {
    vault: VaultId,
    file: FileId,
    name: Option<String>,
    hidden: Option<bool>,
    protected: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    vault: VaultId,
    file: FileId,
    /// A manager ends somebody else's lock.
    #[serde(default)]
    break_lock: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateLink {
    vault: VaultId,
    file: FileId,
    expires_ms: Option<u64>,
    max_downloads: Option<u64>,
    passphrase: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndLink {
    vault: VaultId,
    link: LinkId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfLink {
    link: LinkId,
    secret: String,
}

/// Answers the calls of this file; `None` for others.
pub(super) async fn call<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Option<Result<String>> {
    match method {
        "files" | "query_files" | "file_history" | "links" | "unfinished_uploads" => {
            Some(show(engine, method, arguments).await)
        }
        "edit_file" | "delete_file" | "restore_file" | "lease_file" | "release_file"
        | "end_link" => {
            let changed = change(engine, method, arguments).await;
            Some(changed.and_then(|()| write(&json!({}))))
        }
        "create_link" => Some(create_link(engine, arguments).await),
        _ => None,
    }
}

async fn show<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Result<String> {
    match method {
        "files" => {
            let Files { vault, record } = read(arguments)?;
            let files = engine.files(vault, record).await?;
            write(&json!({ "files": files }))
        }
        "query_files" => {
            let PageOfFiles {
                query,
                offset,
                count,
            } = read(arguments)?;
            write(&engine.query_files(&query, offset, count).await?)
        }
        "file_history" => {
            let OfFile { vault, file } = read(arguments)?;
            let revisions = engine.file_history(vault, file).await?;
            write(&json!({ "revisions": revisions }))
        }
        "links" => {
            let OfFile { vault, file } = read(arguments)?;
            let links = engine.links(vault, file).await?;
            write(&json!({ "links": links }))
        }
        _ => {
            read::<Nothing>(arguments)?;
            let uploads = engine.unfinished_uploads().await?;
            write(&json!({ "uploads": uploads }))
        }
    }
}

async fn change<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Result<()> {
    match method {
        "edit_file" => {
            let EditFile {
                vault,
                file,
                name,
                hidden,
                protected,
            } = read(arguments)?;
            let change = Change {
                name,
                hidden,
                protected,
                ..Change::default()
            };
            engine.edit_file(vault, file, change).await
        }
        "lease_file" => {
            let OfFile { vault, file } = read(arguments)?;
            engine.lease_file(vault, file).await
        }
        "release_file" => {
            let Release {
                vault,
                file,
                break_lock,
            } = read(arguments)?;
            engine.release_file(vault, file, break_lock).await
        }
        "end_link" => {
            let EndLink { vault, link } = read(arguments)?;
            engine.end_link(vault, link).await
        }
        _ => {
            let OfFile { vault, file } = read(arguments)?;
            let change = Change {
                deleted: Some(method == "delete_file"),
                ..Change::default()
            };
            engine.edit_file(vault, file, change).await
        }
    }
}

async fn create_link<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    arguments: &str,
) -> Result<String> {
    let CreateLink {
        vault,
        file,
        expires_ms,
        max_downloads,
        passphrase,
    } = read(arguments)?;
    let options = LinkOptions {
        expires_ms,
        max_count: max_downloads,
        passphrase: passphrase.map(Passphrase::new).transpose()?,
    };
    write(&engine.create_link(vault, file, &options).await?)
}

impl<H: Http, S: Storage> Core<H, S> {
    pub(super) async fn call_link_needs(&self, arguments: &str) -> Result<String> {
        let OfLink { link, secret } = read(arguments)?;
        write(&self.link_needs(link, &secret).await?)
    }
}
