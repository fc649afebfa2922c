//! Files, and links to them.

use crate::stage::{self, Person, Stage, pattern};

pub fn files(stage: &Stage, anna: &Person, ben: &Person, record: &str) -> String {
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

pub fn links(stage: &Stage, anna: &Person, file: &str) {
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
