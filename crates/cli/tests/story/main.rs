//! The program as people use it: one server, three people, every command once, and the exit
//! codes that scripts rely on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod files;
mod people;
mod proofs;
mod stage;
mod vaults;

use stage::Stage;

const SECRET_TITLE: &str = "Harbour lease, second floor";

#[test]
fn the_whole_story() {
    let stage = Stage::start();
    let anna = stage.founder("anna");
    let ben = stage.joiner(&anna, "ben", "member");

    people::who_they_are(&anna, &ben);
    let vault = vaults::vaults(&anna, &ben);
    let record = vaults::records(&anna, &ben, &vault);
    let file = files::files(&stage, &anna, &ben, &record);
    files::links(&stage, &anna, &file);
    people::administration(&stage, &anna, &ben, &vault);
    people::keys(&stage, &anna);
    people::refused_to_strangers(&stage, &anna, &vault);
    people::links_that_lie(&stage, &anna);
    proofs::export_and_verify(&stage, &anna, &vault);
    proofs::blind(&stage, &anna);
}
