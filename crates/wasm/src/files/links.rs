//! Link shares: one revision of a file for whoever has the address.

use super::kept::name_of_thumbnail;
use crate::core::Core;
use crate::engine::Engine;
use crate::http::Auth;
use crate::platform::{Http, Storage};
use crate::{CoreError, Result};
use serde::Serialize;
use strongroom_crypto::{Secret16, SymmetricKey};
use strongroom_format::file::FileManifest;
use strongroom_format::transport::Append;
use strongroom_types::*;
use strongroom_vault::link::{self, LinkAddress, LinkLimits, LinkTarget};
use strongroom_vault::passphrase::Passphrase;
use strongroom_wire::{LinkInfo, LinkView};

/// How a link is made.
pub(crate) struct LinkOptions {
    pub expires_ms: Option<u64>,
    pub max_count: Option<u64>,
    pub passphrase: Option<Passphrase>,
}

/// A link that was made. The address holds the secret: it is shown once.
#[derive(Serialize)]
pub(crate) struct LinkMade {
    url: String,
    link: LinkId,
}

/// A link in a list.
#[derive(Serialize)]
pub(crate) struct LinkLine {
    link: LinkId,
    revision: RevisionId,
    creator: String,
    created_ms: u64,
    expires_ms: Option<u64>,
    max_downloads: Option<u64>,
    passphrase: bool,
    ended: bool,
}

/// What a link asks of its holder.
#[derive(Serialize)]
pub(crate) struct LinkNeeds {
    passphrase: bool,
    expires_ms: Option<u64>,
    uses_left: Option<u64>,
}

/// What a link has opened.
pub(crate) struct LinkOpened {
    pub link: LinkId,
    pub grant: String,
    pub key: SymmetricKey,
    pub manifest: FileManifest,
}

fn some(value: u64) -> Option<u64> {
    (value != 0).then_some(value)
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Makes a link to a file's current revision.
    pub async fn create_link(
        &mut self,
        vault: VaultId,
        file: FileId,
        options: &LinkOptions,
    ) -> Result<LinkMade> {
        self.refresh().await?;
        let mut readable = self.readable(vault, file, None).await?;
        let now_ms = self.platform.now_ms();
        if options.expires_ms.is_some_and(|expires| expires <= now_ms) {
            return Err(CoreError::usage("the link would have ended already"));
        }
        if options.max_count == Some(0) {
            return Err(CoreError::usage("a link is used at least once"));
        }
        let vault = readable.vault;
        if self.shared(vault).await?.machine.role() < Some(Role::Manager) {
            return Err(CoreError::refused(
                "forbidden",
                "only managers and owners of the vault make links",
            ));
        }
        let server_url = self.platform.address_for_others().await?;
        let thumbnail = name_of_thumbnail(vault, readable.revision);
        let thumbnail = self.open.keeper.get(self.platform, &thumbnail).await?;
        readable.manifest.thumbnail = thumbnail.map(|bytes| bytes.to_vec().into());
        let limits = LinkLimits {
            expires_ms: options.expires_ms.unwrap_or(0),
            max_count: options.max_count.unwrap_or(0),
        };
        let new = link::make(
            &readable.key,
            &readable.manifest,
            limits,
            options.passphrase.as_ref().map(Passphrase::danger_bytes),
            &mut self.platform.rng(),
        );
        self.commit(vault, &mut |making| {
            let mut author = making.author()?;
            let entry = author.append(&new.payload);
            Ok(Some(Append {
                entries: vec![entry],
                wraps: Vec::new(),
                link_boxes: vec![new.link_box.clone()],
            }))
        })
        .await?;
        self.after_write(vault).await?;
        let address = LinkAddress {
            server_url,
            link: new.link,
            fragment: new.fragment,
        };
        Ok(LinkMade {
            url: address.to_text().to_string(),
            link: new.link,
        })
    }

    /// The links to a file, newest first.
    pub async fn links(&mut self, vault: VaultId, file: FileId) -> Result<Vec<LinkLine>> {
        self.refresh().await?;
        let (vault, _) = self.file(vault, file).await?;
        let now_ms = self.platform.now_ms();
        let links = self.shared(vault).await?.files.links();
        Ok(links
            .into_iter()
            .filter(|link| link.created.file == file)
            .map(|link| LinkLine {
                link: link.created.link,
                revision: link.created.revision,
                creator: self.name_of(link.origin.identity),
                created_ms: link.origin.appended_ms,
                expires_ms: some(link.created.expires_ms),
                max_downloads: some(link.created.max_count),
                passphrase: link.created.passphrase,
                ended: link.revoked
                    || some(link.created.expires_ms).is_some_and(|end| end <= now_ms),
            })
            .collect())
    }

    /// Ends a link: its maker, or a manager.
    pub async fn end_link(&mut self, vault: VaultId, link: LinkId) -> Result<()> {
        self.refresh().await?;
        let links = self.shared(vault).await?.files.links();
        let known = links.iter().find(|known| known.created.link == link);
        let known = known.ok_or_else(|| CoreError::not_found("there is no such link"))?;
        if known.revoked {
            return Ok(());
        }
        self.commit(vault, &mut |making| {
            let mut author = making.author()?;
            let entry = author.append(&link::revoke(&known.created));
            Ok(Some(Append::of(vec![entry])))
        })
        .await?;
        self.after_write(vault).await
    }
}

impl<H: Http, S: Storage> Core<H, S> {
    fn address(&self, link: LinkId, secret: &str) -> Result<LinkAddress> {
        let fragment = Secret16::from_code(secret)
            .map_err(|_| CoreError::usage("the link has a typing error after the # sign"))?;
        Ok(LinkAddress {
            server_url: self.platform.origin.clone(),
            link,
            fragment,
        })
    }

    /// What a link asks of its holder. Does not count as a use; nobody needs to be signed in.
    pub(crate) async fn link_needs(&self, link: LinkId, secret: &str) -> Result<LinkNeeds> {
        let address = self.address(link, secret)?;
        let token = link::token(address.link, &address.fragment);
        let path = format!("/v1/links/{link}/info");
        let info: LinkInfo = self.platform.get_json(&path, Auth::Link(token)).await?;
        Ok(LinkNeeds {
            passphrase: info.passphrase,
            // Links without an end have one that is very far.
            expires_ms: some(info.expires_ms).filter(|end| *end < u64::from(u32::MAX) * 1_000_000),
            uses_left: info.uses_left,
        })
    }

    /// Opens a link. Counts as one use; nobody needs to be signed in. What the server gave for
    /// a use is held until the passphrase opens it: mistyping costs no other use.
    pub(crate) async fn open_link(
        &self,
        link: LinkId,
        secret: &str,
        passphrase: Option<&Passphrase>,
    ) -> Result<LinkOpened> {
        let address = self.address(link, secret)?;
        let token = link::token(address.link, &address.fragment);
        let held = self.held_link.take().filter(|(of, _)| *of == token);
        let view = match held {
            Some((_, view)) => view,
            None => {
                if self.link_needs(link, secret).await?.passphrase && passphrase.is_none() {
                    return Err(passphrase_needed());
                }
                let path = format!("/v1/links/{link}");
                self.platform.get_json(&path, Auth::Link(token)).await?
            }
        };
        match open_view(&address, &view, passphrase) {
            Ok((key, manifest)) => Ok(LinkOpened {
                link,
                grant: view.grant,
                key,
                manifest,
            }),
            Err(error) => {
                if view.passphrase {
                    self.held_link.replace(Some((token, view)));
                }
                Err(error)
            }
        }
    }
}

fn passphrase_needed() -> CoreError {
    CoreError::refused("passphrase_needed", "the link needs a passphrase")
}

fn open_view(
    address: &LinkAddress,
    view: &LinkView,
    passphrase: Option<&Passphrase>,
) -> Result<(SymmetricKey, FileManifest)> {
    if view.passphrase && passphrase.is_none() {
        return Err(passphrase_needed());
    }
    let target = LinkTarget {
        tenant: view.tenant,
        vault: view.vault,
        file: view.file,
        revision: view.revision,
    };
    let passphrase = passphrase
        .filter(|_| view.passphrase)
        .map(Passphrase::danger_bytes);
    match link::open(address, target, passphrase, &view.link_box.0) {
        Err(_) if view.passphrase => Err(CoreError::refused(
            "wrong_credentials",
            "the passphrase of the link is wrong, or the link was altered",
        )),
        opened => Ok(opened?),
    }
}
