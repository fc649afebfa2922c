//! Ways in: sign-up, new machines, recovery.

use super::{DAY_MS, Server, World};
use std::path::PathBuf;
use strongroom_client::{
    Admission, Client, ClientError, LoginRequest, Passphrase, RecoverRequest, RecoveryKit, Result,
    SignupRequest,
};
use strongroom_types::AccountRole;

/// The passphrase of everybody in a test.
pub const PASSPHRASE: &str = "correct horse battery staple";

/// A passphrase as somebody types it.
///
/// # Errors
/// It is longer than a passphrase may be.
pub fn passphrase(text: &str) -> Result<Passphrase> {
    Ok(Passphrase::new(text)?)
}

impl World {
    /// Signs up with the set-up code: the tenant's first administrator, with a confirmed kit.
    pub async fn founder(&self, name: &str) -> Result<Client> {
        let code = self.server.setup_code.clone();
        let code = code.ok_or_else(|| ClientError::usage("the server has a tenant already"))?;
        Ok(self.signup(name, code).await?.0)
    }

    /// Signs up by an invitation of `administrator`.
    pub async fn join(&self, administrator: &Client, name: &str) -> Result<Client> {
        let invitation = administrator
            .account_invite(AccountRole::Member, DAY_MS)
            .await?;
        Ok(self.signup(name, invitation.code).await?.0)
    }

    /// Alice, who founded the tenant, and Bob.
    pub async fn two_people(&self) -> Result<(Client, Client)> {
        let alice = self.founder("alice").await?;
        let bob = self.join(&alice, "bob").await?;
        Ok((alice, bob))
    }

    /// Signs up with any code; gives the kit too.
    pub async fn signup(&self, name: &str, code: String) -> Result<(Client, RecoveryKit)> {
        let request = self.signup_request(name, code)?;
        Client::signup_with(request, self.environment()).await
    }

    /// What [`World::signup`] sends.
    pub fn signup_request(&self, name: &str, code: String) -> Result<SignupRequest> {
        let Server { url, ca_file, .. } = &self.server;
        Ok(SignupRequest {
            home: self.home(name),
            admission: Admission::read(url, Some(&code), Some(ca_file))?,
            name: name.to_owned(),
            passphrase: passphrase(PASSPHRASE)?,
            device_name: "test".to_owned(),
            kit_out: Some(self.kit_file(name)),
        })
    }

    /// Where a person's recovery kit lies, and one that was made on the machine of this name.
    pub fn kit_file(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.kit"))
    }

    /// The text of that kit.
    pub fn kit_text(&self, name: &str) -> Result<String> {
        std::fs::read_to_string(self.kit_file(name))
            .map_err(|error| ClientError::failed("no_kit", "no kit to read").with_source(error))
    }

    /// Logs in on a machine with this passphrase, and on a new one with a kit's text.
    pub async fn login(
        &self,
        name: &str,
        machine: &str,
        words: &str,
        kit: Option<String>,
    ) -> Result<Client> {
        let request = LoginRequest {
            home: self.home(machine),
            url: self.server.url.clone(),
            name: name.to_owned(),
            ca_file: self.server.ca_file.clone(),
            passphrase: passphrase(words)?,
            kit_text: kit,
            device_name: machine.to_owned(),
        };
        Client::login_with(request, self.environment()).await
    }

    /// Logs in on a new machine with this passphrase and the device secret from the first kit.
    pub async fn login_with_kit(&self, name: &str, machine: &str, words: &str) -> Result<Client> {
        let kit = self.kit_text(name)?;
        self.login(name, machine, words, Some(kit)).await
    }

    /// Logs in on a new machine, with everybody's passphrase and the first kit.
    pub async fn login_elsewhere(&self, name: &str, machine: &str) -> Result<Client> {
        self.login_with_kit(name, machine, PASSPHRASE).await
    }

    /// Recovers with a kit on a new machine. The new kit is the one of the machine's name.
    pub async fn recover(
        &self,
        name: &str,
        machine: &str,
        kit: String,
        words: &str,
    ) -> Result<Client> {
        let request = self.recover_request(name, machine, kit, words)?;
        let (client, _) =
            Client::recover_with(request, self.environment(), &mut |_| Ok(())).await?;
        Ok(client)
    }

    /// What [`World::recover`] sends.
    pub fn recover_request(
        &self,
        name: &str,
        machine: &str,
        kit_text: String,
        words: &str,
    ) -> Result<RecoverRequest> {
        Ok(RecoverRequest {
            home: self.home(machine),
            url: self.server.url.clone(),
            name: name.to_owned(),
            ca_file: self.server.ca_file.clone(),
            kit_text,
            new_passphrase: passphrase(words)?,
            device_name: machine.to_owned(),
            kit_out: Some(self.kit_file(machine)),
        })
    }
}
