use super::credentials::Ceremony;
use super::enrol;
use crate::client::Client;
use crate::http::Auth;
use crate::views::{DeviceView, SessionView};
use crate::{ClientError, Passphrase, Result};
use reqwest::Method;
use strongroom_format::directory::DirectoryState;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::person;
use strongroom_wire::SessionList;

impl Client {
    /// The caller's devices, newest last.
    ///
    /// # Errors
    /// Integrity; offline, the cache answers.
    pub async fn devices(&self) -> Result<Vec<DeviceView>> {
        let mut engine = self.engine().await?;
        self.refresh_if_online(&mut engine).await?;
        let directory = engine.directory()?;
        let mut devices: Vec<DeviceView> = directory
            .devices_of(engine.me())
            .map(|(device, known)| DeviceView {
                device,
                name: known.name.clone(),
                current: device == self.shared.facts.device,
                revoked: known.revoked_index.is_some(),
                since_index: known.since_index,
            })
            .collect();
        devices.sort_by_key(|device| device.since_index);
        Ok(devices)
    }

    /// Revokes another device of the caller's: it can write no more, the wrap key is renewed,
    /// the wallet gets a new key, and every vault in which the caller is manager or owner new
    /// keys. (Managers of the other vaults renew theirs on their next sync.)
    ///
    /// # Errors
    /// `wrong_credentials`; usage for the device itself; `not_found`.
    pub async fn device_revoke(&self, device: DeviceId, passphrase: &Passphrase) -> Result<()> {
        if device == self.shared.facts.device {
            return Err(ClientError::usage(
                "a device cannot revoke itself; do it on another one, or log out",
            ));
        }
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        let current = engine.directory()?;
        let known = current
            .device(device)
            .filter(|known| known.identity == engine.me())
            .ok_or_else(|| ClientError::not_found("you have no such device"))?;
        if known.revoked_index.is_some() {
            return Err(ClientError::conflict(
                "revoked_already",
                "the device is revoked already",
            ));
        }
        let Ceremony {
            keys, mut wallet, ..
        } = self.ceremony(engine, passphrase).await?;
        let identity = wallet.open_identity(SlotKind::Passphrase, keys.identity_key())?;
        wallet.rekey(&mut self.shared.rng())?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let current = engine.directory()?;
            let (entry, generation, secret) = person::revoke_own_device(
                &current,
                &identity,
                &self.shared.device,
                device,
                &mut self.shared.rng(),
            )?;
            // The new wrap key is in the stored wallet before anybody wraps for it.
            wallet.add_wrap_seed(generation, &secret);
            self.store_wallet(engine, &mut wallet, None, None, None)
                .await?;
            let mut state = DirectoryState::clone(&current);
            let mut entry = Some(entry);
            let sent = enrol(&self.shared.http, Auth::Session, &mut state, &mut |_| {
                entry.take().ok_or_else(|| {
                    ClientError::conflict("conflict", "the directory changed meanwhile")
                        .with_hint("run the command again")
                })
            })
            .await;
            engine.set_directory(state)?;
            match sent {
                Ok(_) => break,
                Err(error) if error.code() == "conflict" && attempt < 5 => {}
                Err(error) => return Err(error),
            }
        }
        // New keys for the vaults: the duty of managers and owners, done at once.
        self.refresh(engine).await.map(drop)
    }

    /// The caller's sessions.
    ///
    /// # Errors
    /// `offline`, `unauthenticated`.
    pub async fn sessions(&self) -> Result<Vec<SessionView>> {
        let list: SessionList = self
            .shared
            .http
            .get_json("/v1/sessions", Auth::Session)
            .await?;
        Ok(list
            .sessions
            .into_iter()
            .map(|row| SessionView {
                session: row.session,
                device_name: row.device_name,
                created_ms: row.created_ms,
                last_seen_ms: row.last_seen_ms,
                expires_ms: row.expires_ms,
                current: row.current,
            })
            .collect())
    }

    /// Ends a session of the caller's.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn session_revoke(&self, session: SessionId) -> Result<()> {
        self.shared
            .http
            .send_empty(
                Method::DELETE,
                &format!("/v1/sessions/{session}"),
                Auth::Session,
            )
            .await
    }
}
