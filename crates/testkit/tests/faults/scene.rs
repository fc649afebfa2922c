//! What the faults have in common: somebody at a server process, and what the vault holds.

use std::collections::BTreeSet;
use std::path::Path;
use strongroom_client::{Admission, Client, Passphrase, Query, SignupRequest};
use strongroom_testkit::process::ServerProcess;
use strongroom_testkit::world::PASSPHRASE;
use strongroom_types::VaultId;

/// Alice, who signs up with the server's setup code.
pub async fn founder(folder: &Path, server: &ServerProcess) -> Client {
    let request = SignupRequest {
        home: folder.join("alice"),
        admission: Admission::read(
            &server.url,
            server.setup_code.as_deref(),
            Some(&server.ca_file),
        )
        .unwrap(),
        name: "alice".to_owned(),
        passphrase: Passphrase::new(PASSPHRASE).unwrap(),
        device_name: "test".to_owned(),
        kit_out: Some(folder.join("alice.kit")),
    };
    Client::signup(request).await.unwrap().0
}

/// The titles of all cases in the vault.
pub async fn all_titles(client: &Client, vault: VaultId) -> BTreeSet<String> {
    let query = Query {
        limit: Some(1_000_000),
        ..Query::default()
    };
    client
        .record_list(vault, "case", &query)
        .await
        .unwrap()
        .records
        .iter()
        .map(|line| match line.fields.get("title").unwrap() {
            strongroom_client::Value::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        })
        .collect()
}
