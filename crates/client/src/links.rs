//! Link shares: one revision of a file for whoever has the address.

use crate::account::read_ca_file;
use crate::client::Client;
use crate::http::{Auth, Http};
use crate::transfer::{Content, Progress, fetch, save_as};
use crate::views::{GetDone, LinkCreated, LinkLine};
use crate::{ClientError, Environment, Passphrase, Result};
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;
use strongroom_format::entry::Kind;
use strongroom_format::transport::Append;
use strongroom_format::vault_payload::VaultPayload;
use strongroom_types::*;
use strongroom_vault::link::{self, LinkAddress, LinkLimits, LinkTarget};
use strongroom_wire::{LinkInfo, LinkView};

/// How a link is made.
#[derive(Default)]
pub struct LinkOptions {
    /// Another revision than the current one.
    pub revision: Option<RevisionId>,
    /// When it ends, milliseconds since the Unix epoch.
    pub expires_ms: Option<u64>,
    /// How often it may be used.
    pub max_count: Option<u64>,
    /// Asked for besides the address.
    pub passphrase: Option<Passphrase>,
}

/// What a link asks of its holder.
#[derive(Clone, Debug, Serialize)]
pub struct LinkNeeds {
    pub passphrase: bool,
    pub expires_ms: Option<u64>,
    pub uses_left: Option<u64>,
}

/// A download by link.
pub struct LinkGetRequest<'a> {
    pub url: &'a str,
    /// The server's CA certificate (PEM).
    pub ca_file: Option<&'a Path>,
    pub passphrase: Option<&'a Passphrase>,
    /// A file or a folder.
    pub dest: &'a Path,
    pub overwrite: bool,
}

impl Client {
    /// Makes a link to one revision. The address holds the secret: it is shown once.
    ///
    /// # Errors
    /// `refused` below manager, `not_found`.
    pub async fn link_create(&self, file: FileId, options: &LinkOptions) -> Result<LinkCreated> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        let readable = self.readable(engine, file, options.revision)?;
        if options
            .expires_ms
            .is_some_and(|expires| expires <= self.shared.now_ms())
        {
            return Err(ClientError::usage("the link would have ended already"));
        }
        if options.max_count == Some(0) {
            return Err(ClientError::usage("a link is used at least once"));
        }
        let limits = LinkLimits {
            expires_ms: options.expires_ms.unwrap_or(0),
            max_count: options.max_count.unwrap_or(0),
        };
        let passphrase = options.passphrase.as_ref().map(Passphrase::danger_bytes);
        let new = link::make(
            &readable.key,
            &readable.manifest,
            limits,
            passphrase,
            &mut self.shared.rng(),
        );
        self.commit(engine, readable.vault, &mut |making| {
            let mut author = making.author()?;
            if making.machine.role() < Some(Role::Manager) {
                return Err(ClientError::refused(
                    "forbidden",
                    "only managers and owners of the vault make links",
                ));
            }
            let entry = author.append(&new.payload);
            Ok(Some(Append {
                entries: vec![entry],
                wraps: Vec::new(),
                link_boxes: vec![new.link_box.clone()],
            }))
        })
        .await?;
        self.after_write(engine, readable.vault).await?;
        let address = LinkAddress {
            server_url: self.shared.facts.url.clone(),
            link: new.link,
            fragment: new.fragment,
        };
        Ok(LinkCreated {
            link: new.link,
            url: address.to_text().to_string(),
            file,
            revision: readable.revision,
            expires_ms: options.expires_ms,
            max_count: options.max_count,
            passphrase: options.passphrase.is_some(),
        })
    }

    /// Revokes a link: its maker or a manager.
    ///
    /// # Errors
    /// `not_found`, `refused`.
    pub async fn link_revoke(&self, link: LinkId) -> Result<()> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        let row = engine
            .cache
            .link(link)?
            .ok_or_else(|| ClientError::not_found("there is no such link"))?;
        let vault = self.vault_of(engine, row.vault_n)?;
        let tenant = self.shared.facts.tenant;
        let payload = VaultPayload::from_bytes(Kind::Link, &row.payload, tenant, vault)?;
        let VaultPayload::Link(created) = payload else {
            return Err(ClientError::failed("internal", "a link of another form"));
        };
        self.commit(engine, vault, &mut |making| {
            let mut author = making.author()?;
            let entry = author.append(&link::revoke(&created));
            Ok(Some(Append::of(vec![entry])))
        })
        .await?;
        self.after_write(engine, vault).await
    }

    /// The links of a record's files, or all; newest first.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn links(&self, record: Option<RecordId>) -> Result<Vec<LinkLine>> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh_if_online(engine).await?;
        if let Some(record) = record {
            self.record_row(engine, record)?;
        }
        let some = |value: u64| (value != 0).then_some(value);
        let mut lines = Vec::new();
        for row in engine.cache.links()? {
            let file = engine.cache.file(row.file)?;
            let belongs =
                record.is_none_or(|record| file.as_ref().is_some_and(|file| file.record == record));
            if !belongs || self.vault_of(engine, row.vault_n).is_err() {
                continue;
            }
            lines.push(LinkLine {
                link: row.link,
                file: row.file,
                file_name: file.map(|file| file.name).unwrap_or_default(),
                revision: row.revision,
                creator: engine.name_of(row.identity),
                created_ms: row.created_ms,
                expires_ms: some(row.expires_ms),
                max_count: some(row.max_count),
                passphrase: row.passphrase,
                revoked: row.revoked,
            });
        }
        Ok(lines)
    }
}

fn visit(url: &str, ca_file: Option<&Path>) -> Result<(LinkAddress, Arc<Http>, Digest)> {
    let address = LinkAddress::parse(url)?;
    let ca_file = ca_file.ok_or_else(|| {
        ClientError::usage("the server's CA certificate is needed")
            .with_hint("pass the CA file that came with the link with --ca")
    })?;
    let ca_pem = read_ca_file(ca_file)?;
    let http = Http::new(&address.server_url, &ca_pem, Environment::default())?;
    let token = link::token(address.link, &address.fragment);
    Ok((address, Arc::new(http), token))
}

/// What a link asks of its holder. Does not count as a use.
///
/// # Errors
/// `gone` for a link that has ended, `not_found`.
pub async fn link_info(url: &str, ca_file: Option<&Path>) -> Result<LinkNeeds> {
    let (address, http, token) = visit(url, ca_file)?;
    let path = format!("/v1/links/{}/info", address.link);
    let info: LinkInfo = http.get_json(&path, Auth::Link(&token)).await?;
    Ok(LinkNeeds {
        passphrase: info.passphrase,
        expires_ms: (info.expires_ms != 0 && info.expires_ms < u64::from(u32::MAX) * 1_000_000)
            .then_some(info.expires_ms),
        uses_left: info.uses_left,
    })
}

/// Fetches what a link leads to; needs no account.
///
/// # Errors
/// `gone`, `passphrase_needed`, integrity for a wrong passphrase or an altered link.
pub async fn link_get(request: LinkGetRequest<'_>, progress: &dyn Progress) -> Result<GetDone> {
    let (address, http, token) = visit(request.url, request.ca_file)?;
    let needs = link_info(request.url, request.ca_file).await?;
    if needs.passphrase && request.passphrase.is_none() {
        return Err(
            ClientError::refused("passphrase_needed", "the link needs a passphrase")
                .with_hint("ask whoever sent it, and pass it with --passphrase-file"),
        );
    }
    let path = format!("/v1/links/{}", address.link);
    let view: LinkView = http.get_json(&path, Auth::Link(&token)).await?;
    let target = LinkTarget {
        tenant: view.tenant,
        vault: view.vault,
        file: view.file,
        revision: view.revision,
    };
    let passphrase = request
        .passphrase
        .filter(|_| view.passphrase)
        .map(Passphrase::danger_bytes);
    let opened = link::open(&address, target, passphrase, &view.link_box.0);
    let (key, manifest) = match opened {
        Err(_) if view.passphrase => {
            return Err(ClientError::refused(
                "wrong_credentials",
                "the passphrase of the link is wrong, or the link was altered",
            ));
        }
        opened => opened?,
    };
    let name = manifest.name.clone();
    let subject = address.link;
    let mut arriving = save_as(request.dest, &name, subject.as_bytes(), request.overwrite)?;
    let content = Content::Link {
        http,
        link: address.link,
        grant: view.grant,
    };
    progress.start(&name, Some(manifest.true_length));
    let fetched = fetch(&content, &key, manifest, &mut arriving, progress).await;
    progress.finish();
    let fetched = fetched?;
    let path = arriving.finish()?;
    Ok(GetDone {
        file: target.file,
        revision: target.revision,
        path: path.display().to_string(),
        name,
        bytes: fetched.bytes,
        bytes_resumed: fetched.resumed,
    })
}
