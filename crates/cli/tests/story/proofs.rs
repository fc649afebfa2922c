//! What anybody can check: that a vault's log holds, and that the server is blind.

use crate::SECRET_TITLE;
use crate::stage::{Person, Stage};

pub fn export_and_verify(stage: &Stage, anna: &Person, vault: &str) {
    let report = anna.json(&["vault", "verify", vault]);
    assert!(report["entries"].as_u64().unwrap() > 20);
    assert!(
        anna.text(&["vault", "verify", vault])
            .contains("Everything holds")
    );
    assert!(
        anna.json(&["vault", "log", vault, "--limit", "5"])
            .as_array()
            .unwrap()
            .len()
            == 5
    );
    let out = stage.path("proof");
    let done = anna.json(&["export", &out, "--vault", vault, "--files", "--wallet"]);
    assert_eq!(done["vaults"], 1);
}

pub fn blind(stage: &Stage, anna: &Person) {
    let data = stage.data();
    let canaries = [
        SECRET_TITLE,
        "second revision",
        "contract.bin",
        "Lease.bin",
        "customers",
        "from a pipe",
        "another good passphrase",
    ];
    let mut audit = vec!["audit", "blindness", "--data", &data, "--canary"];
    audit.extend(canaries);
    let report = anna.json(&audit);
    assert_eq!(report["blind"], true, "{report:#}");
    assert!(report["fields"].as_array().unwrap().len() > 40);
    // what is public is found: the search works
    assert_eq!(
        anna.code(&[
            "audit",
            "blindness",
            "--data",
            &data,
            "--canary",
            "anna's machine"
        ]),
        5
    );
}
