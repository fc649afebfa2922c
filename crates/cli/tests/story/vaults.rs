//! Vaults and their records.

use crate::SECRET_TITLE;
use crate::stage::{self, Person};

pub fn vaults(anna: &Person, ben: &Person) -> String {
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

pub fn records(anna: &Person, ben: &Person, vault: &str) -> String {
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
