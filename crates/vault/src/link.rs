//! Link shares: one revision of a file for whoever has the address (formats, section 9). The
//! key is in the fragment, which browsers and clients never send.

use crate::IntegrityError;
use strongroom_crypto::{Rng, Secret16, SymmetricKey, password, sealed_box, sha256};
use strongroom_format::file::FileManifest;
use strongroom_format::link::{pack_shared, unpack_shared};
use strongroom_format::vault_payload::{LinkAction, LinkPayload, VaultPayload};
use strongroom_format::{FormatError, context};
use strongroom_types::*;
use zeroize::Zeroizing;

/// A link that is ready to be appended with its box.
pub struct NewLink {
    /// Its id.
    pub link: LinkId,
    /// The secret of the address.
    pub fragment: Secret16,
    /// The entry's payload.
    pub payload: VaultPayload,
    /// Travels beside the entry.
    pub link_box: Vec<u8>,
}

/// What limits a link. Zero means no expiry, no count. The server keeps the limits: they bind
/// an honest server only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkLimits {
    /// Milliseconds since 1970-01-01.
    pub expires_ms: TimestampMs,
    /// Uses.
    pub max_count: u64,
}

fn box_context(manifest: &FileManifest, link: LinkId) -> Vec<u8> {
    context::link(
        manifest.tenant,
        manifest.vault,
        manifest.file,
        manifest.revision,
        link,
    )
}

fn box_key(link: LinkId, fragment: &Secret16, passphrase: Option<&[u8]>) -> SymmetricKey {
    let context = context::link_key(link, "box");
    let first = fragment.derive(&context);
    match passphrase {
        None => SymmetricKey::mix(&[first.danger_bytes()], &context),
        Some(passphrase) => {
            let salt_key = fragment.derive(&context::link_key(link, "salt"));
            let salt = salt_key
                .danger_bytes()
                .first_chunk::<16>()
                .copied()
                .unwrap_or_default();
            let stretched = password::argon2id(passphrase, &salt);
            SymmetricKey::mix(&[first.danger_bytes(), stretched.danger_bytes()], &context)
        }
    }
}

/// What the holder of an address shows to the server.
pub fn token(link: LinkId, fragment: &Secret16) -> Digest {
    let key = fragment.derive(&context::link_key(link, "auth"));
    Digest::from_bytes(*key.danger_bytes())
}

/// Makes a link to one revision. With a passphrase this takes some hundred milliseconds.
pub fn make(
    key: &SymmetricKey,
    manifest: &FileManifest,
    limits: LinkLimits,
    passphrase: Option<&[u8]>,
    rng: &mut dyn Rng,
) -> NewLink {
    let link = LinkId::make(rng);
    let fragment = Secret16::make(rng);
    let box_key = box_key(link, &fragment, passphrase);
    let content = pack_shared(key, manifest);
    let link_box = sealed_box::seal(&box_key, &box_context(manifest, link), &content, rng);
    let payload = VaultPayload::Link(LinkPayload {
        link,
        file: manifest.file,
        revision: manifest.revision,
        action: LinkAction::Create,
        expires_ms: limits.expires_ms,
        max_count: limits.max_count,
        token_hash: sha256(token(link, &fragment).as_bytes()),
        box_hash: sha256(&link_box),
        passphrase: passphrase.is_some(),
    });
    NewLink {
        link,
        fragment,
        payload,
        link_box,
    }
}

/// Revokes a link; for its maker or a manager.
pub fn revoke(created: &LinkPayload) -> VaultPayload {
    VaultPayload::Link(created.revocation())
}

/// Where the server says a link leads. Nothing of it is believed: the box is bound to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkTarget {
    /// The tenant.
    pub tenant: TenantId,
    /// The vault.
    pub vault: VaultId,
    /// The file.
    pub file: FileId,
    /// The one revision.
    pub revision: RevisionId,
}

/// Opens the box of a link: the file's key, and the manifest to read it by.
///
/// # Errors
/// `AlteredLink` for a wrong fragment or passphrase, another target, or an altered box.
pub fn open(
    address: &LinkAddress,
    target: LinkTarget,
    passphrase: Option<&[u8]>,
    link_box: &[u8],
) -> Result<(SymmetricKey, FileManifest), IntegrityError> {
    let wrong = IntegrityError::AlteredLink;
    let key = box_key(address.link, &address.fragment, passphrase);
    let context = context::link(
        target.tenant,
        target.vault,
        target.file,
        target.revision,
        address.link,
    );
    let padded = sealed_box::open(&key, &context, link_box).map_err(|_| wrong.clone())?;
    let (key, manifest) = unpack_shared(&padded).map_err(|_| wrong.clone())?;
    let named = LinkTarget {
        tenant: manifest.tenant,
        vault: manifest.vault,
        file: manifest.file,
        revision: manifest.revision,
    };
    if named == target {
        Ok((key, manifest))
    } else {
        Err(wrong)
    }
}

/// The address of a link: `https://HOST/l/LINK#CODE`. It is the secret.
pub struct LinkAddress {
    /// `https://HOST`, without a slash at the end.
    pub server_url: String,
    /// The link's id.
    pub link: LinkId,
    /// The secret after `#`.
    pub fragment: Secret16,
}

impl LinkAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// `Invalid` with a sentence for people.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let form = FormatError::Invalid("a link looks like https://HOST/l/LINK#CODE");
        if text.len() > 2_048 {
            return Err(form);
        }
        let (path, code) = text.trim().split_once('#').ok_or(form.clone())?;
        let (server_url, link) = path.rsplit_once("/l/").ok_or(form.clone())?;
        if !server_url.starts_with("https://") || server_url.chars().any(char::is_whitespace) {
            return Err(form);
        }
        Ok(Self {
            server_url: server_url.to_owned(),
            link: link.parse().map_err(|_| form)?,
            fragment: Secret16::from_code(code).map_err(|_| {
                FormatError::Invalid("the link has a typing error after the # sign")
            })?,
        })
    }

    /// Writes the address.
    pub fn to_text(&self) -> Zeroizing<String> {
        let code = Zeroizing::new(self.fragment.to_code());
        Zeroizing::new(format!(
            "{}/l/{}#{}",
            self.server_url,
            self.link,
            code.as_str()
        ))
    }
}

#[cfg(test)]
mod tests;
