//! Another device of the person, with a profile: the client as people use it.

use crate::team::{NAME, PASSPHRASE, Team};
use anyhow::{Context, Result};
use strongroom_client::{Client, LoginRequest, Passphrase};

/// Logs a new device in; it has not synced the vault yet.
pub async fn reader(team: &Team) -> Result<Client> {
    let place = team.place();
    Client::login(LoginRequest {
        home: place.folder.join("reader"),
        url: place.url.clone(),
        name: NAME.to_owned(),
        ca_file: place.ca_file.clone(),
        passphrase: Passphrase::new(PASSPHRASE)?,
        kit_text: Some(team.kit.clone()),
        device_name: "reader".to_owned(),
    })
    .await
    .context("cannot log in")
}
