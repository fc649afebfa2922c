//! The program as people use it: one server, three people, every command once, and the exit
//! codes that scripts rely on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "story/stage.rs"]
mod stage;

use serde_json::Value;
use stage::{Person, Stage, pattern};

const SECRET_TITLE: &str = "Harbour lease, second floor";

#[test]
fn the_whole_story() {
    let stage = Stage::start();
    let anna = stage.founder("anna");
    let ben = stage.joiner(&anna, "ben", "member");

    who_they_are(&anna, &ben);
    let vault = vaults(&anna, &ben);
    let record = records(&anna, &ben, &vault);
    let file = files(&stage, &anna, &ben, &record);
    links(&stage, &anna, &file);
    administration(&stage, &anna, &ben, &vault);
    keys(&stage, &anna);
    refused_to_strangers(&stage, &anna, &vault);
    export_and_verify(&stage, &anna, &vault);
    blind(&stage, &anna);
}

fn who_they_are(anna: &Person, ben: &Person) {
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

fn vaults(anna: &Person, ben: &Person) -> String {
    assert!(anna.text(&["vault", "list"]).contains("No vaults yet"));
    let made = anna.json(&["vault", "create", "clients"]);
    let vault = made["vault"].as_str().unwrap().to_owned();
    assert_eq!(vault.len(), 64);
    anna.json(&["vault", "invite", "clients", "ben", "--role", "writer"]);
    let shown = ben.json(&["vault", "show", "clients"]);
    assert_eq!(shown["role"], "writer");
    assert_eq!(shown["members_list"].as_array().unwrap().len(), 2);
    // a writer takes nobody in
    assert_eq!(ben.code(&["vault", "role", "clients", "anna", "reader"]), 4);
    anna.json(&["vault", "role", "clients", "ben", "manager"]);
    anna.json(&["vault", "role", "clients", "ben", "writer"]);
    anna.json(&["vault", "rename", "clients", "customers"]);
    ben.json(&["sync"]);
    assert_eq!(
        ben.json(&["vault", "show", "customers"])["vault"],
        vault.as_str()
    );
    assert_eq!(
        ben.json(&["vault", "show", &vault[..8]])["vault"],
        vault.as_str()
    );
    assert_eq!(ben.code(&["vault", "show", "nothing"]), 3);
    assert!(
        !anna
            .json(&["vault", "safety", "customers"])
            .as_array()
            .unwrap()
            .is_empty()
    );
    vault
}

fn records(anna: &Person, ben: &Person, vault: &str) -> String {
    assert!(
        anna.text(&["record", "list", vault, "--table", "case"])
            .contains("No records yet")
    );
    let title = format!("title={SECRET_TITLE}");
    let made = anna.json(&[
        "record",
        "add",
        vault,
        "--table",
        "case",
        "--set",
        &title,
        "--set",
        "amount=1200.50",
    ]);
    let record = made["record"].as_str().unwrap().to_owned();
    assert!(made["version"].is_string());
    ben.json(&[
        "record",
        "add",
        vault,
        "--table",
        "case",
        "--set",
        "title=Roof",
        "--set",
        "status=waiting",
    ]);
    let all = ben.json(&[
        "record", "list", vault, "--table", "case", "--sort", "title",
    ]);
    assert_eq!(all.as_array().unwrap().len(), 2);
    assert_eq!(all[0]["fields"]["title"], SECRET_TITLE);
    let few = ben.json(&[
        "record",
        "list",
        vault,
        "--table",
        "case",
        "--where",
        "status = waiting",
    ]);
    assert_eq!(few.as_array().unwrap().len(), 1);
    assert!(
        ben.text(&["record", "list", vault, "--table", "case"])
            .contains("Roof")
    );
    assert_eq!(
        ben.code(&[
            "record", "list", vault, "--table", "case", "--where", "status ="
        ]),
        2
    );
    assert_eq!(
        ben.code(&[
            "record",
            "add",
            vault,
            "--table",
            "case",
            "--set",
            "amount=much"
        ]),
        2
    );

    ben.json(&["record", "edit", &record[..8], "--set", "status=closed"]);
    let shown = anna.json(&["record", "show", &record]);
    assert_eq!(shown["heads"][0]["fields"]["status"], "closed");
    let history = anna.json(&["record", "history", &record]);
    assert_eq!(history.as_array().unwrap().len(), 2);

    // both change what they saw: both stay, and both are told
    let first = history[1]["version"].as_str().unwrap();
    assert_eq!(
        anna.code(&[
            "record",
            "edit",
            &record,
            "--base",
            first,
            "--set",
            "client=Port"
        ]),
        6
    );
    let shown = anna.json(&["record", "show", &record]);
    assert_eq!(shown["conflict"], true);
    assert_eq!(shown["heads"].as_array().unwrap().len(), 2);
    assert!(anna.text(&["record", "show", &record]).contains("conflict"));
    anna.json(&["record", "edit", &record, "--merge", "--set", "client=Port"]);
    assert_eq!(ben.json(&["record", "show", &record])["conflict"], false);

    anna.json(&["record", "rm", &record]);
    assert_eq!(
        anna.json(&["record", "list", vault, "--table", "case", "--trash"])
            .as_array()
            .unwrap()
            .len(),
        1
    );
    anna.json(&["record", "restore", &record]);
    let many = stage::file_with("{\"title\":\"one\"}\n{\"title\":\"two\",\"amount\":\"5\"}\n");
    let added = anna.json(&[
        "record",
        "add",
        vault,
        "--table",
        "case",
        "--many",
        many.path().to_str().unwrap(),
    ]);
    assert_eq!(added.as_array().unwrap().len(), 2);
    let gone = added[0]["record"].as_str().unwrap();
    anna.json(&["record", "rm", gone]);
    assert_eq!(anna.code(&["record", "erase", gone]), 4);
    anna.json(&["record", "erase", gone, "--now"]);
    record
}

fn files(stage: &Stage, anna: &Person, ben: &Person, record: &str) -> String {
    assert!(anna.text(&["file", "ls", record]).contains("No files yet"));
    let content = pattern(20_000_000);
    let source = stage.path("contract.bin");
    std::fs::write(&source, &content).unwrap();
    let put = anna.json(&["file", "put", record, &source]);
    let file = put[0]["file"].as_str().unwrap().to_owned();
    assert_eq!(put[0]["bytes"], content.len());
    assert_eq!(put[0]["name"], "contract.bin");
    assert!(put[0]["revision"].is_string());

    let target = stage.path("back.bin");
    let got = ben.json(&["file", "get", &file, "-o", &target]);
    assert_eq!(got["bytes"], content.len());
    assert_eq!(std::fs::read(&target).unwrap(), content);
    assert_ne!(ben.code(&["file", "get", &file, "-o", &target]), 0);
    ben.json(&["file", "get", &file, "-o", &target, "--overwrite"]);
    assert_eq!(
        ben.bytes(&["file", "cat", &file, "--range", "16000-17000"]),
        content[16_000..=17_000]
    );
    assert_eq!(
        ben.bytes(&["file", "cat", &file[..8], "--range", "19999990-"]),
        content[19_999_990..]
    );
    for length in [0, 1, 16_383, 16_384, 16_385] {
        std::fs::write(&source, &content[..length]).unwrap();
        let put = anna.json(&[
            "file",
            "put",
            record,
            &source,
            "--name",
            &format!("{length}.bin"),
        ]);
        let id = put[0]["file"].as_str().unwrap();
        assert_eq!(
            ben.bytes(&["file", "cat", id]),
            content[..length],
            "{length}"
        );
    }
    let piped = ben.json_with_input(
        &["file", "put", record, "-", "--name", "piped.txt"],
        b"from a pipe",
    );
    assert_eq!(
        anna.bytes(&["file", "cat", piped[0]["file"].as_str().unwrap()]),
        b"from a pipe"
    );
    assert_eq!(
        anna.code(&["file", "put", record, &stage.path("nothing")]),
        3
    );

    let lease = ben.json(&["file", "lock", &file, "--for", "5m"]);
    assert!(lease["fence"].as_u64().unwrap() > 0);
    assert_eq!(anna.code(&["file", "lock", &file]), 6);
    assert!(anna.text(&["file", "ls", record]).contains("ben"));
    std::fs::write(&source, b"second revision").unwrap();
    ben.json(&["file", "put", record, &source, "--replace", &file]);
    anna.json(&["file", "unlock", &file, "--break"]);
    assert_eq!(
        anna.json(&["file", "revisions", &file])
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(anna.bytes(&["file", "cat", &file]), b"second revision");

    anna.json(&["file", "set", &file, "--protected", "--name", "Lease.bin"]);
    assert_eq!(ben.code(&["file", "rm", &file]), 4);
    anna.json(&["file", "set", &file, "--protected=false"]);
    ben.json(&["file", "rm", &file]);
    ben.json(&["file", "restore", &file]);
    assert_eq!(ben.json(&["file", "show", &file])["name"], "Lease.bin");

    let other = anna.json(&["vault", "create", "archive"]);
    let other = other["vault"].as_str().unwrap();
    let target = anna.json(&[
        "record",
        "add",
        other,
        "--table",
        "case",
        "--set",
        "title=old",
    ]);
    let copy = anna.json(&["file", "cp", &file, target["record"].as_str().unwrap()]);
    assert_eq!(copy["vault"], other);
    assert_eq!(
        anna.bytes(&["file", "cat", copy["file"].as_str().unwrap()]),
        b"second revision"
    );
    let moved = anna.json(&["file", "mv", copy["file"].as_str().unwrap(), record]);
    assert_eq!(moved["record"], record);
    file
}

fn links(stage: &Stage, anna: &Person, file: &str) {
    let made = anna.json(&[
        "file",
        "link",
        "create",
        file,
        "--expires",
        "7d",
        "--count",
        "2",
    ]);
    let url = made["url"].as_str().unwrap();
    let nobody = stage.nobody();
    let target = stage.path("linked.bin");
    let got = nobody.json(&["link", "get", url, "-o", &target, "--ca", &stage.ca]);
    assert_eq!(got["bytes"], 15);
    assert_eq!(std::fs::read(&target).unwrap(), b"second revision");
    assert_eq!(anna.json(&["link", "list"]).as_array().unwrap().len(), 1);
    anna.json(&["link", "revoke", made["link"].as_str().unwrap()]);
    assert_ne!(
        nobody.code(&[
            "link",
            "get",
            url,
            "-o",
            &stage.path("no"),
            "--ca",
            &stage.ca
        ]),
        0
    );

    let word = stage::file_with("open sesame, please\n");
    let word = word.path().to_str().unwrap();
    let made = anna.json(&["link", "create", file, "--passphrase-file", word]);
    let url = made["url"].as_str().unwrap();
    let get = [
        "link",
        "get",
        url,
        "-o",
        &stage.path("p.bin"),
        "--ca",
        &stage.ca,
        "--passphrase-file",
        word,
    ];
    nobody.json(&get);
}

fn administration(stage: &Stage, anna: &Person, ben: &Person, vault: &str) {
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

fn keys(stage: &Stage, anna: &Person) {
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

fn refused_to_strangers(stage: &Stage, anna: &Person, vault: &str) {
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

fn export_and_verify(stage: &Stage, anna: &Person, vault: &str) {
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

fn blind(stage: &Stage, anna: &Person) {
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
