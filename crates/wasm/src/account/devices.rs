//! A person's devices and sessions.

use super::credentials::Ceremony;
use super::login::enrol;
use crate::engine::Engine;
use crate::http::Auth;
use crate::platform::{Http, Storage};
use crate::{CoreError, Result};
use serde::Serialize;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::passphrase::Passphrase;
use strongroom_vault::person;
use strongroom_wire::{SessionList, SessionRow};

/// A device in a list.
#[derive(Serialize)]
pub(crate) struct DeviceView {
    device: DeviceId,
    name: String,
    current: bool,
    revoked: bool,
    /// When a session of a device of this name last asked the server, where only one device in
    /// use has the name: sessions know names only.
    last_seen_ms: Option<u64>,
    #[serde(skip)]
    since_index: u64,
}

fn conflict() -> CoreError {
    CoreError::conflict("conflict", "the directory changed meanwhile").with_hint("try again")
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// A person's devices, newest last.
    fn devices_of(&self, identity: IdentityId) -> Vec<DeviceView> {
        let mut devices: Vec<DeviceView> = self
            .open
            .directory
            .devices_of(identity)
            .map(|(device, known)| DeviceView {
                device,
                name: known.name.clone(),
                current: device == self.open.facts.device,
                revoked: known.revoked_index.is_some(),
                last_seen_ms: None,
                since_index: known.since_index,
            })
            .collect();
        devices.sort_by_key(|device| device.since_index);
        devices
    }

    /// The person's devices, newest last.
    pub(crate) async fn devices(&mut self) -> Result<Vec<DeviceView>> {
        self.sync_directory(None).await?;
        let sessions = self.sessions().await?;
        let mut devices = self.devices_of(self.me());
        for index in 0..devices.len() {
            let Some(device) = devices.get(index).filter(|device| !device.revoked) else {
                continue;
            };
            let alike = devices
                .iter()
                .filter(|other| !other.revoked && other.name == device.name);
            let seen = sessions
                .iter()
                .filter(|session| match device.current {
                    true => session.current,
                    false => session.device_name == device.name,
                })
                .map(|session| session.last_seen_ms)
                .max();
            let sure = device.current || alike.count() == 1;
            if let Some(device) = devices.get_mut(index).filter(|_| sure) {
                device.last_seen_ms = seen;
            }
        }
        Ok(devices)
    }

    /// Revokes another device of the person's: it can write no more, the wrap key is renewed,
    /// the wallet gets a new key, and every vault in which the person is manager or owner new
    /// keys. (Managers of the other vaults renew theirs when they next read.)
    ///
    /// # Errors
    /// `wrong_credentials`; usage for the device itself; `not_found`; `revoked_already`.
    pub(crate) async fn revoke_device(
        &mut self,
        device: DeviceId,
        passphrase: &Passphrase,
    ) -> Result<()> {
        if device == self.open.facts.device {
            return Err(CoreError::usage(
                "a device cannot revoke itself: do it on another one, or sign out",
            ));
        }
        self.refresh().await?;
        let me = self.me();
        self.check_revocable(device, |identity| identity == me)?;
        let Ceremony {
            keys, mut wallet, ..
        } = self.ceremony(passphrase).await?;
        let identity = wallet.open_identity(SlotKind::Passphrase, keys.identity_key())?;
        wallet.rekey(&mut self.platform.rng())?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut state = self.open.directory.clone();
            let (entry, generation, secret) = person::revoke_own_device(
                &state,
                &identity,
                &self.open.device,
                device,
                &mut self.platform.rng(),
            )?;
            // The new wrap key is in the stored wallet before anybody wraps for it.
            wallet.add_wrap_seed(generation, &secret);
            self.store_wallet(&mut wallet, None, None, Some(&keys))
                .await?;
            let mut entry = Some(entry);
            let auth = Auth::Session(&self.open.token);
            let sent = enrol(self.platform, auth, &mut state, &mut |_| {
                entry.take().ok_or_else(conflict)
            })
            .await;
            self.set_directory(state).await?;
            match sent {
                Err(error) if error.code() == "conflict" && attempt < 5 => {}
                result => break result?,
            }
        }
        // New keys for the vaults: the duty of managers and owners, done at once.
        self.refresh().await
    }

    fn check_revocable(&self, device: DeviceId, whose: impl Fn(IdentityId) -> bool) -> Result<()> {
        let known = self.open.directory.device(device);
        let known = known
            .filter(|known| whose(known.identity))
            .ok_or_else(|| CoreError::not_found("there is no such device"))?;
        match known.revoked_index {
            None => Ok(()),
            Some(_) => Err(CoreError::conflict(
                "revoked_already",
                "the device is revoked already",
            )),
        }
    }

    /// Another person's devices, for administrators.
    pub(crate) async fn person_devices(&mut self, identity: IdentityId) -> Result<Vec<DeviceView>> {
        self.sync_directory(None).await?;
        match self.open.directory.identity(identity) {
            Some(_) => Ok(self.devices_of(identity)),
            None => Err(CoreError::not_found("there is no such person")),
        }
    }

    /// Revokes a device of somebody else, as an administrator. They renew their own keys when
    /// they next sign in.
    ///
    /// # Errors
    /// `forbidden` for who is no administrator; `not_found`; `revoked_already`.
    pub(crate) async fn revoke_person_device(&mut self, device: DeviceId) -> Result<()> {
        self.sync_directory(None).await?;
        let me = self.me();
        self.check_revocable(device, |identity| identity != me)?;
        let mut state = self.open.directory.clone();
        let auth = Auth::Session(&self.open.token);
        let author = &self.open.device;
        let sent = enrol(self.platform, auth, &mut state, &mut |directory| {
            Ok(person::revoke_device_as_admin(directory, author, device)?)
        })
        .await;
        self.set_directory(state).await?;
        sent
    }

    /// The person's sessions, newest first.
    pub(crate) async fn sessions(&self) -> Result<Vec<SessionRow>> {
        let auth = Auth::Session(&self.open.token);
        let list: SessionList = self.platform.get_json("/v1/sessions", auth).await?;
        Ok(list.sessions)
    }

    /// Ends a session of the person's.
    ///
    /// # Errors
    /// `not_found`.
    pub(crate) async fn end_session(&self, session: SessionId) -> Result<()> {
        let auth = Auth::Session(&self.open.token);
        let path = format!("/v1/sessions/{session}");
        self.platform.send_empty("DELETE", &path, auth).await
    }

    /// Ends every session of the person's but this page's. Gives their number.
    pub(crate) async fn end_other_sessions(&self) -> Result<usize> {
        let others: Vec<SessionId> = self
            .sessions()
            .await?
            .into_iter()
            .filter(|row| !row.current)
            .map(|row| row.session)
            .collect();
        for session in &others {
            match self.end_session(*session).await {
                // It ended by itself meanwhile.
                Err(error) if error.code() == "not_found" => {}
                result => result?,
            }
        }
        Ok(others.len())
    }
}
