//! What people type for an id: all of it, its beginning, or a vault's name.

use crate::client::Client;
use crate::{ClientError, Result};
use strongroom_types::*;

/// Fewer digits are too likely to be typed by mistake.
const PREFIX_MIN: usize = 6;
const SHOWN_MAX: usize = 8;

/// One of `found`, or an error that says why not.
fn one<T: Copy + ToString>(what: &str, text: &str, found: &[T]) -> Result<T> {
    match found {
        [only] => Ok(*only),
        [] => Err(ClientError::not_found(format!(
            "there is no {what} {:?}",
            text.chars().take(80).collect::<String>()
        ))),
        many => {
            let shown: Vec<String> = many.iter().take(SHOWN_MAX).map(T::to_string).collect();
            let more = if many.len() > SHOWN_MAX { ", …" } else { "" };
            Err(ClientError::usage(format!(
                "{text:?} fits more than one {what}: {}{more}",
                shown.join(", ")
            ))
            .with_hint("type more of its id"))
        }
    }
}

/// The digits of an id or of its beginning, if the text is one.
fn digits(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let fits = (PREFIX_MIN..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then_some(text)
}

fn need_digits(what: &str, text: &str) -> Result<String> {
    digits(text).ok_or_else(|| {
        ClientError::usage(format!(
            "{:?} is not the id of a {what}, nor at least its first {PREFIX_MIN} digits",
            text.chars().take(80).collect::<String>()
        ))
    })
}

impl Client {
    async fn by_prefix<T: Copy + ToString>(
        &self,
        what: &str,
        text: &str,
        (table, column): (&'static str, &'static str),
        from: fn(&[u8]) -> Option<T>,
    ) -> Result<T> {
        let prefix = need_digits(what, text)?;
        let mut engine = self.engine().await?;
        let find = |engine: &crate::client::Engine| -> Result<Vec<T>> {
            let found = engine.cache.ids_with_prefix(table, column, &prefix, 20)?;
            Ok(found.iter().filter_map(|bytes| from(bytes)).collect())
        };
        let mut found = engine.with_queued(|engine| find(engine))?;
        if found.is_empty() && self.refresh_if_online(&mut engine).await? {
            found = engine.with_queued(|engine| find(engine))?;
        }
        one(what, text, &found)
    }

    /// A vault by id, beginning of its id, or name.
    ///
    /// # Errors
    /// `not_found`; usage where more than one fits.
    pub async fn resolve_vault(&self, text: &str) -> Result<VaultId> {
        let mut engine = self.engine().await?;
        let find = |engine: &crate::client::Engine| -> Result<Vec<VaultId>> {
            let rows = engine.cache.vaults()?;
            let shown = || rows.iter().filter(|row| !row.gone);
            let named: Vec<VaultId> = shown()
                .filter(|row| row.name == text.trim())
                .map(|row| row.vault)
                .collect();
            if !named.is_empty() {
                return Ok(named);
            }
            let Some(prefix) = digits(text) else {
                return Ok(Vec::new());
            };
            // One that is no longer shared is found too, so that it can be said.
            Ok(rows
                .iter()
                .map(|row| row.vault)
                .filter(|vault| vault.to_string().starts_with(&prefix))
                .collect())
        };
        let mut found = find(&engine)?;
        if found.is_empty() && self.refresh_if_online(&mut engine).await? {
            found = find(&engine)?;
        }
        one("vault", text, &found)
    }

    /// A record by id or beginning of its id.
    ///
    /// # Errors
    /// `not_found`; usage where more than one fits.
    pub async fn resolve_record(&self, text: &str) -> Result<RecordId> {
        let place = ("records", "record");
        self.by_prefix("record", text, place, RecordId::from_slice)
            .await
    }

    /// A file by id or beginning of its id.
    ///
    /// # Errors
    /// `not_found`; usage where more than one fits.
    pub async fn resolve_file(&self, text: &str) -> Result<FileId> {
        let place = ("files", "file");
        self.by_prefix("file", text, place, FileId::from_slice)
            .await
    }

    /// A revision of a file by id or beginning of its id.
    ///
    /// # Errors
    /// `not_found`; usage where more than one fits.
    pub async fn resolve_revision(&self, file: FileId, text: &str) -> Result<RevisionId> {
        let prefix = need_digits("revision", text)?;
        let found: Vec<RevisionId> = self
            .file_revisions(file)
            .await?
            .into_iter()
            .map(|row| row.revision)
            .filter(|revision| revision.to_string().starts_with(&prefix))
            .collect();
        one("revision", text, &found)
    }

    /// A link by its address, id or beginning of its id.
    ///
    /// # Errors
    /// `not_found`; usage where more than one fits.
    pub async fn resolve_link(&self, text: &str) -> Result<LinkId> {
        let text = match text.rsplit_once("/l/") {
            Some((_, rest)) => rest.split('#').next().unwrap_or(rest),
            None => text,
        };
        let place = ("links", "link");
        self.by_prefix("link", text, place, LinkId::from_slice)
            .await
    }

    /// A device of the caller's by id, beginning of its id, or name.
    ///
    /// # Errors
    /// `not_found`; usage where more than one fits.
    pub async fn resolve_device(&self, text: &str) -> Result<DeviceId> {
        let devices = self.devices().await?;
        let named: Vec<DeviceId> = devices
            .iter()
            .filter(|device| device.name == text.trim() && !device.revoked)
            .map(|device| device.device)
            .collect();
        if !named.is_empty() {
            return one("device", text, &named);
        }
        let prefix = need_digits("device", text)?;
        let found: Vec<DeviceId> = devices
            .iter()
            .map(|device| device.device)
            .filter(|device| device.to_string().starts_with(&prefix))
            .collect();
        one("device", text, &found)
    }

    /// A session of the caller's by id or beginning of its id.
    ///
    /// # Errors
    /// `not_found`; usage where more than one fits.
    pub async fn resolve_session(&self, text: &str) -> Result<SessionId> {
        let prefix = need_digits("session", text)?;
        let found: Vec<SessionId> = self
            .sessions()
            .await?
            .iter()
            .map(|row| row.session)
            .filter(|session| session.to_string().starts_with(&prefix))
            .collect();
        one("session", text, &found)
    }

    /// An invitation by id or beginning of its id.
    ///
    /// # Errors
    /// `not_found`; usage where more than one fits.
    pub async fn resolve_invite(&self, text: &str) -> Result<InviteId> {
        let prefix = need_digits("invitation", text)?;
        let found: Vec<InviteId> = self
            .invitations()
            .await?
            .iter()
            .map(|line| line.invite)
            .filter(|invite| invite.to_string().starts_with(&prefix))
            .collect();
        one("invitation", text, &found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_or_a_reason() {
        let a = RecordId::from_bytes([1; 16]);
        let b = RecordId::from_bytes([2; 16]);
        assert_eq!(one("record", "01", &[a]).unwrap(), a);
        assert_eq!(
            one::<RecordId>("record", "x", &[]).unwrap_err().exit_code(),
            3
        );
        let error = one("record", "0", &[a, b]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains(&a.to_string()));
        assert_eq!(digits(" ABCDEF "), Some("abcdef".into()));
        assert_eq!(digits("abcde"), None);
        assert_eq!(digits("abcdeg"), None);
    }
}
