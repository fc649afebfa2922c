//! One profile: used by several commands at once, and by an older and a newer program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use strongroom_client::{Client, Query};
use strongroom_testkit::process::program;
use strongroom_testkit::world::{VAULT, World, add, cases, cat, noise};

fn cli(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program().unwrap());
    command
        .env("STRONGROOM_HOME", home)
        .env("STRONGROOM_CAUSES", "1")
        .args(arguments)
        .arg("--json")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn finish(child: Child) -> Output {
    child.wait_with_output().unwrap()
}

fn answer(output: &Output) -> Value {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Eight shells with one `STRONGROOM_HOME`: everyone gets their answer, nothing is lost, and
/// nothing is there twice.
#[tokio::test(flavor = "multi_thread")]
async fn many_commands_at_once_on_one_profile() {
    let world = World::start().await.unwrap();
    let (alice, vault) = world.own_vault().await.unwrap();
    let record = add(&alice, vault, "files").await.unwrap();
    drop(alice);
    let home = world.home("alice");
    let (vault_text, record_text) = (vault.to_string(), record.to_string());
    let mut sources = Vec::new();
    for number in 0..3_u32 {
        let content = noise(20_000_000 + number as usize, number);
        let path = world.write(&format!("file {number}.bin"), &content);
        sources.push(path.unwrap());
    }
    let mut running = Vec::new();
    for round in 0..3 {
        for path in sources.iter().skip(round).take(1) {
            let put = ["file", "put", &record_text, path.to_str().unwrap()];
            running.push(cli(&home, &put).spawn().unwrap());
        }
        for number in 0..4 {
            let title = format!("title=case {round}.{number}");
            let add = [
                "record",
                "add",
                &vault_text,
                "--table",
                "case",
                "--set",
                &title,
            ];
            running.push(cli(&home, &add).spawn().unwrap());
        }
        let list = ["record", "list", &vault_text, "--table", "case"];
        running.push(cli(&home, &list).spawn().unwrap());
    }
    for child in running {
        answer(&finish(child));
    }
    let alice = Client::open(&home).unwrap();
    let done = alice.sync().await.unwrap();
    assert_eq!(done.edits_sent, 0, "nothing was left in the queue");
    let list = cases(&alice, vault).await.unwrap();
    let titles: BTreeSet<String> = list
        .records
        .iter()
        .map(|line| format!("{:?}", line.fields["title"]))
        .collect();
    assert_eq!((list.total, titles.len()), (13, 13));
    alice.vault_verify(vault).await.unwrap();
    let files = alice.files(record, true, false).await.unwrap();
    assert_eq!(files.len(), 3);
    for line in files {
        let content = cat(&alice, line.file).await.unwrap();
        let source = world.folder.path().join(&line.name);
        assert!(content == std::fs::read(source).unwrap(), "{}", line.name);
    }
}

/// The very same put in two shells: one puts, the other says why it does not; never two files.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_put_twice_at_once_is_one_file() {
    let world = World::start().await.unwrap();
    let (alice, vault) = world.own_vault().await.unwrap();
    let record = add(&alice, vault, "files").await.unwrap();
    let home = world.home("alice");
    let content = noise(30_000_000, 9);
    let path = world.write("same.bin", &content).unwrap();
    let record_text = record.to_string();
    let put = ["file", "put", &record_text, path.to_str().unwrap()];
    let running: Vec<Child> = (0..3).map(|_| cli(&home, &put).spawn().unwrap()).collect();
    let outputs: Vec<Output> = running.into_iter().map(finish).collect();
    let mut well = 0;
    for output in &outputs {
        if output.status.success() {
            well += 1;
            continue;
        }
        let said: Value = String::from_utf8_lossy(&output.stderr)
            .lines()
            .next()
            .and_then(|line| serde_json::from_str(line).ok())
            .unwrap();
        let code = said["error"]["code"].as_str().unwrap();
        // Held by the one that puts, or it was faster.
        assert!(["busy", "name_taken"].contains(&code), "{said}");
    }
    assert!(well >= 1);
    let files = alice.files(record, true, false).await.unwrap();
    assert_eq!(files.len(), 1);
    assert!(cat(&alice, files[0].file).await.unwrap() == content);
    let left = std::fs::read_dir(home.join("uploads")).unwrap().count();
    assert_eq!(left, 0, "no lock stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_cache_is_made_anew_and_a_newer_one_refused() {
    let world = World::start().await.unwrap();
    let (alice, vault) = world.own_vault().await.unwrap();
    let record = add(&alice, vault, "kept").await.unwrap();
    alice.danger_set_cache_version(1).await.unwrap();
    drop(alice);
    let home = world.home("alice");
    let alice = Client::open(&home).unwrap();
    // What an older program derived is not used; what was shown is remembered here alone.
    assert_eq!(alice.danger_traces(vault).await.unwrap(), ["shown"]);
    let unread = alice
        .record_list_cached(vault, "case", &Query::default())
        .await
        .unwrap_err();
    assert_eq!((unread.exit_code(), unread.code()), (1, "not_synced"));
    let list = cases(&alice, vault).await.unwrap();
    assert_eq!(list.records[0].record, record);
    assert_eq!(alice.vaults().await.unwrap()[0].name, VAULT);
    add(&alice, vault, "more").await.unwrap();
    alice.danger_set_cache_version(1_000).await.unwrap();
    drop(alice);
    let refused = Client::open(&home).err().unwrap();
    assert_eq!((refused.exit_code(), refused.code()), (1, "cache_newer"));
    assert!(refused.hint().unwrap().contains("log out"));
}
