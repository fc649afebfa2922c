//! People, their accounts, keys and machines; and who is refused.

use crate::stage::{Person, Stage, pattern};
use serde_json::Value;

pub fn who_they_are(anna: &Person, ben: &Person) {
    let who = anna.json(&["whoami"]);
    assert_eq!(who["name"], "anna");
    assert_eq!(who["account_role"], "admin");
    assert_eq!(ben.json(&["whoami"])["account_role"], "member");
    assert!(anna.text(&["whoami"]).contains("recovery kit"));
    assert_eq!(anna.json(&["device", "list"]).as_array().unwrap().len(), 1);
    assert_eq!(anna.json(&["session", "list"]).as_array().unwrap().len(), 1);
    assert_eq!(anna.json(&["account", "list"]).as_array().unwrap().len(), 2);
    let hers = anna.json(&["safety", "ben"]);
    let his = ben.json(&["safety", "anna"]);
    assert_eq!(hers["number"], his["number"]);
    assert_eq!(
        anna.json(&["safety", "ben", "--compared"])["compared"],
        true
    );
    assert_eq!(anna.json(&["tables"]).as_array().unwrap().len(), 3);
}

pub fn administration(stage: &Stage, anna: &Person, ben: &Person, vault: &str) {
    assert_eq!(ben.code(&["account", "invite"]), 4);
    let carla = stage.joiner(anna, "carla", "admin");
    anna.json(&["vault", "invite", vault, "carla", "--role", "reader"]);
    carla.json(&["record", "list", vault, "--table", "case"]);
    assert_eq!(
        carla.code(&[
            "record", "add", vault, "--table", "case", "--set", "title=x"
        ]),
        4
    );
    anna.json(&["vault", "remove", vault, "carla"]);
    let gone = carla.json(&["sync"]);
    assert_eq!(gone["vaults_gone"][0], vault);
    assert_eq!(carla.code(&["record", "list", vault, "--table", "case"]), 4);
    anna.json(&["account", "role", "carla", "admin"]);
    anna.json(&["account", "quota", "carla", "--file-max", "1MiB"]);
    // For a role: what is not named stays, what is not set is the server's.
    let before = anna.json(&["account", "quota", "--role", "member"]);
    assert_eq!(before["total_max_bytes"], Value::Null);
    anna.json(&[
        "account",
        "quota",
        "--role",
        "member",
        "--total-max",
        "5GiB",
    ]);
    anna.json(&["account", "quota", "--role", "member", "--parts", "3"]);
    let after = anna.json(&["account", "quota", "--role", "member"]);
    let five_gib: u64 = 5 << 30;
    assert_eq!(after["total_max_bytes"], five_gib);
    assert_eq!(after["file_max_bytes"], Value::Null);
    assert_eq!(after["in_force"]["parts_in_flight_max"], 3);
    assert_eq!(
        after["in_force"]["file_max_bytes"],
        before["in_force"]["file_max_bytes"]
    );
    // A person's own limit comes before the role's.
    let hers = anna.json(&["account", "quota", "carla"]);
    assert_eq!(hers["file_max_bytes"], 1 << 20);
    assert_eq!(hers["in_force"]["file_max_bytes"], 1 << 20);
    let his = anna.json(&["account", "quota", "ben"]);
    assert_eq!(his["file_max_bytes"], Value::Null);
    assert_eq!(his["in_force"]["total_max_bytes"], five_gib);
    let limits = ["account", "quota", "--role", "member"];
    anna.json(&[&limits[..], &["--total-max", "none"]].concat());
    assert_eq!(anna.json(&limits)["total_max_bytes"], Value::Null);
    let own = carla.json(&["vault", "create", "own"]);
    let record = carla.json(&[
        "record",
        "add",
        own["vault"].as_str().unwrap(),
        "--table",
        "case",
        "--set",
        "title=x",
    ]);
    let large = stage.path("large.bin");
    std::fs::write(&large, pattern(3_000_000)).unwrap();
    let (code, _, error) = carla.run(&[
        "--json",
        "file",
        "put",
        record["record"].as_str().unwrap(),
        &large,
    ]);
    assert_eq!(code, 4);
    let error: Value = serde_json::from_slice(&error).unwrap();
    assert_eq!(error["error"]["code"], "quota_exceeded");
    anna.json(&["account", "policy", "--image-max-pixels", "2000"]);
    let open = anna.json(&["account", "invite"]);
    anna.json(&[
        "account",
        "withdraw",
        &open["invite"].as_str().unwrap()[..8],
    ]);
    assert!(
        anna.json(&["account", "invitations"])
            .as_array()
            .unwrap()
            .len()
            >= 3
    );
    anna.json(&["account", "retire", "carla"]);
    assert_ne!(carla.code(&["sync"]), 0);
}

pub fn keys(stage: &Stage, anna: &Person) {
    let old = anna.passphrase.path().to_str().unwrap().to_owned();
    let new = stage.path("new-passphrase");
    std::fs::write(&new, "another good passphrase\n").unwrap();
    anna.json(&["passphrase", "change", "--new-passphrase-file", &new]);
    anna.json(&["logout"]);
    assert_eq!(anna.code(&["vault", "list"]), 4);
    let login = ["login", &stage.url, "--name", "anna", "--ca", &stage.ca];
    assert_eq!(anna.code(&login), 4);
    std::fs::copy(&new, &old).unwrap();
    anna.json(&login);
    let kit = stage.path("kit-2.txt");
    anna.json(&["kit", "new", &kit]);
    anna.json(&["kit", "confirm", &kit]);

    // a second machine with nothing but the kit
    let elsewhere = Person::new(stage, "anna-elsewhere");
    let kit_3 = stage.path("kit-3.txt");
    elsewhere.json(&[
        "recover",
        &stage.url,
        "--name",
        "anna",
        "--ca",
        &stage.ca,
        "--kit",
        &kit,
        "--recovery-kit",
        &kit_3,
    ]);
    assert!(elsewhere.json(&["vault", "list"]).as_array().unwrap().len() >= 2);
    let devices = elsewhere.json(&["device", "list"]);
    let first = devices
        .as_array()
        .unwrap()
        .iter()
        .find(|device| device["current"] == false)
        .unwrap();
    let first = first["device"].as_str().unwrap();
    elsewhere.json(&["device", "revoke", first]);
    assert_ne!(
        anna.code(&[
            "record",
            "add",
            "customers",
            "--table",
            "case",
            "--set",
            "title=late"
        ]),
        0
    );
    // the first machine comes back as a new device
    std::fs::remove_dir_all(&anna.home).unwrap();
    std::fs::copy(elsewhere.passphrase.path(), &old).unwrap();
    anna.json(&[
        "login", &stage.url, "--name", "anna", "--ca", &stage.ca, "--kit", &kit_3,
    ]);
    for session in elsewhere.json(&["session", "list"]).as_array().unwrap() {
        if session["current"] == false {
            elsewhere.json(&["session", "revoke", session["session"].as_str().unwrap()]);
        }
    }
    anna.json(&["login", &stage.url, "--name", "anna", "--ca", &stage.ca]);
}

pub fn refused_to_strangers(stage: &Stage, anna: &Person, vault: &str) {
    let nobody = stage.nobody();
    assert_eq!(nobody.code(&["vault", "list"]), 3);
    let dora = stage.joiner(anna, "dora", "member");
    assert_eq!(dora.code(&["vault", "show", vault]), 3);
    let made = anna.json(&["account", "invite"]);
    let code = made["code"].as_str().unwrap();
    let eve = Person::new(stage, "eve");
    let signup = |code: &str, url: &str, ca: &str| {
        eve.code(&["signup", url, "--code", code, "--name", "eve", "--ca", ca])
    };
    assert_eq!(signup("SR-INVITE-nonsense", &stage.url, &stage.ca), 2);
    assert_eq!(signup(code, "https://localhost:1", &stage.ca), 1);
    let wrong = stage.other_ca();
    assert_ne!(signup(code, &stage.url, &wrong), 0);
    assert_eq!(signup(code, &stage.url, &stage.path("no-ca")), 2);
    assert_eq!(signup(code, &stage.url, &stage.ca), 0);
    // used up
    let late = Person::new(stage, "late");
    let again = [
        "signup", &stage.url, "--code", code, "--name", "late", "--ca", &stage.ca,
    ];
    assert_eq!(late.code(&again), 4);
}

/// A link names the server that it is for; another one gets nothing, and the invitation is good
/// afterwards.
pub fn links_that_lie(stage: &Stage, anna: &Person) {
    let made = anna.json(&["account", "invite"]);
    let link = made["link"].as_str().unwrap();
    let fred = Person::new(stage, "fred");
    let signup = |rest: &[&str]| fred.run(&[&["signup", "--name", "fred"], rest].concat());
    let (_, fingerprint) = link.split_once("&ca=").unwrap();
    let turned: String = fingerprint.chars().rev().collect();
    let (code, out, told) = signup(&[&link.replace(fingerprint, &turned)]);
    let told = String::from_utf8(told).unwrap();
    assert_eq!((code, out.as_slice()), (5, &[][..]), "{told}");
    assert!(told.contains("another certificate authority"), "{told}");
    assert!(!fred.home.exists());
    // the link before the shell's &, and a file or a code that contradicts it
    let (cut, _) = link.split_once('&').unwrap();
    let ca = stage.other_ca();
    let setup = ["--code", "SR-INVITE-nonsense"];
    for wrong in [
        &[cut][..],
        &[link, "--ca", &ca],
        &[&[link], &setup[..]].concat(),
    ] {
        let (code, _, told) = signup(wrong);
        assert_eq!(code, 2, "{wrong:?}: {}", String::from_utf8_lossy(&told));
    }
    // an address alone says too little
    assert_eq!(signup(&[&stage.url, "--ca", &stage.ca]).0, 2);
    // from standard input no other process can read it
    let line = format!("{link}\n");
    let made = fred.json_with_input(&["signup", "-", "--name", "fred"], line.as_bytes());
    assert_eq!(made["url"], stage.url);
    assert_eq!(fred.json(&["whoami"])["account_role"], "member");
}
