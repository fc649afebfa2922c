//! Writes the test vectors of `spec/formats.md` into `spec/vectors`. The same seed gives the
//! same bytes: `cargo run -p strongroom-format --example make_vectors -- spec/vectors`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod basics;
#[path = "../../tests/vectors/class.rs"]
mod class;
mod content;
#[path = "../../tests/vectors/contexts.rs"]
mod contexts;
mod data_lies;
mod directory;
mod directory_devices;
mod directory_lies;
mod export;
mod json;
mod payloads;
mod renewal;
mod renewal_lies;
mod sealed;
mod story;
mod texts;
mod vault;
mod vault_lies;
mod wallet;
mod world;
mod wraps;

use std::path::PathBuf;
use strongroom_crypto::DangerSeededRng;

fn main() {
    let root = PathBuf::from(
        std::env::args()
            .nth(1)
            .unwrap_or_else(|| "spec/vectors".to_owned()),
    );
    let mut rng = DangerSeededRng::new(2026);
    let formats = [
        ("derivations", basics::derivations(&mut rng)),
        ("boxes", basics::boxes(&mut rng)),
        ("padding", basics::padding()),
        ("codes", basics::codes(&mut rng)),
        ("signatures", basics::signatures(&mut rng)),
        ("names", texts::names()),
        ("structures", texts::structures()),
        ("invites", basics::invites(&mut rng)),
        ("contexts", contexts::contexts()),
    ];
    for (name, value) in &formats {
        json::write(&root, &format!("formats/{name}.json"), value);
    }
    std::fs::write(root.join("formats/confusables.txt"), texts::confusables()).unwrap();
    let (value, log, people) = directory::make(&mut rng);
    json::write(&root, "logs/directory.json", &value);
    json::write(&root, "logs/renewal.json", &renewal::make());
    let story = story::make(&log.state, &people, &mut rng);
    json::write(&root, "logs/vault.json", &story.json);
    json::write(&root, "logs/wraps.json", &story.wraps);
    json::write(
        &root,
        "logs/personal.json",
        &story::personal(&log.state, &people, &mut rng),
    );
    sealed::write_all(&story.vault, &people.anna.devices[0], &mut rng, &root);
    let wallet = wallet::make(log.tenant(), &people.bert, &mut rng);
    json::write(&root, "wallets/wallet.json", &wallet);
    export::write(&root.join("logs/export"), &log, &story, &people, &mut rng);
}
