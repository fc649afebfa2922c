//! What is made at `http://localhost`, on the server's own machine, leads others to the server.

use crate::moving::{Page, Source};
use crate::scene::{Browser, Disk};
use serde_json::json;
use strongroom_client::{Admission, Client, RecoverRequest, SignupRequest, link_info};
use strongroom_testkit::world::{DAY_MS, PASSPHRASE, World, passphrase};
use strongroom_vault::RecoveryKit;

const LOCAL: &str = "http://localhost:8080";

#[tokio::test(flavor = "multi_thread")]
async fn links_that_are_made_without_tls_are_taken_on_the_command_line() {
    let world = World::start().await.unwrap();
    let (url, ca) = (&world.server.url, &world.server.ca_file);
    let mut ada = Browser::at(&world, LOCAL, Disk::default());
    ada.found(&world, "ada").await;

    let wanted = json!({ "account_role": "member", "valid_ms": DAY_MS });
    let made = ada.call("invite_colleague", wanted).await;
    let link = made["link"].as_str().unwrap();
    assert!(
        link.starts_with(&format!("{url}/join#SR-INVITE-")),
        "{link}"
    );
    let request = SignupRequest {
        home: world.home("ben"),
        admission: Admission::read(link, None, None).unwrap(),
        name: "ben".to_owned(),
        passphrase: passphrase(PASSPHRASE).unwrap(),
        device_name: "laptop".to_owned(),
        kit_out: Some(world.kit_file("ben")),
    };
    Client::signup_with(request, world.environment())
        .await
        .unwrap();

    let vault = ada.create_vault("Cases").await;
    let record = ada.add(&vault, "Lease").await;
    let page = Page::of(&world, ada);
    let upload = json!({ "transfer": "1", "vault": vault, "record": record,
        "name": "deed.pdf", "media_type": "application/pdf" });
    let file = page.put(upload, &Source::of(b"deed")).await;
    let wanted = json!({ "vault": vault, "file": file });
    let made = page.call("create_link", wanted).await.unwrap();
    let link = made["url"].as_str().unwrap();
    assert!(link.starts_with(&format!("{url}/l/")), "{link}");
    assert!(!link_info(link, Some(ca)).await.unwrap().passphrase);
}

/// The address on a kit.
fn server_of(kit: &str) -> String {
    RecoveryKit::from_text(kit).unwrap().server_url
}

#[tokio::test(flavor = "multi_thread")]
async fn kits_that_are_made_without_tls_lead_back_from_any_machine() {
    let world = World::start().await.unwrap();
    let url = &world.server.url;
    let mut ada = Browser::at(&world, LOCAL, Disk::default());
    let first = ada.found(&world, "ada").await;
    assert_eq!(server_of(&first), *url);

    let passphrase_now = json!({ "passphrase": PASSPHRASE });
    let made = ada.call("new_kit", passphrase_now).await;
    let second = made["kit"].as_str().unwrap().to_owned();
    assert_eq!(server_of(&second), *url);

    let mut other = Browser::at(&world, LOCAL, Disk::default());
    let recover = json!({ "kit": second, "passphrase": PASSPHRASE });
    let made = other.call("recover", recover).await;
    let third = made["kit"].as_str().unwrap().to_owned();
    assert_eq!(server_of(&third), *url);

    let request = RecoverRequest {
        home: world.home("laptop"),
        url: server_of(&third),
        name: "ada".to_owned(),
        ca_file: world.server.ca_file.clone(),
        kit_text: third,
        new_passphrase: passphrase(PASSPHRASE).unwrap(),
        device_name: "laptop".to_owned(),
        kit_out: None,
    };
    let (_, fourth) = Client::recover_with(request, world.environment(), &mut |_| Ok(()))
        .await
        .unwrap();
    assert_eq!(fourth.server_url, *url);
}
