//! What people have in vaults: records of the table of cases, and files.

use super::World;
use std::path::Path;
use strongroom_client::{
    Client, NoProgress, PutDone, PutOptions, Query, RecordList, Result, Source, Value,
};
use strongroom_types::{FileId, RecordId, Role, VaultId};

/// The name of the vault that a world's people have.
pub const VAULT: &str = "Cases";

impl World {
    /// Alice alone, with a vault.
    pub async fn own_vault(&self) -> Result<(Client, VaultId)> {
        let alice = self.founder("alice").await?;
        let vault = alice.vault_create(VAULT).await?.vault;
        Ok((alice, vault))
    }

    /// Alice, Bob, and a vault that she owns and he has `role` in; he has seen it.
    pub async fn shared_vault(&self, role: Role) -> Result<(Client, Client, VaultId)> {
        let (alice, bob) = self.two_people().await?;
        let vault = alice.vault_create(VAULT).await?.vault;
        alice.vault_invite(vault, "bob", role).await?;
        bob.sync().await?;
        Ok((alice, bob, vault))
    }
}

/// Text fields as the CLI would type them.
pub fn set(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Adds a case with nothing but a title.
pub async fn add(client: &Client, vault: VaultId, title: &str) -> Result<RecordId> {
    let fields = set(&[("title", title)]);
    Ok(client.record_add(vault, "case", &fields).await?.record)
}

/// All cases of a vault that are not in the trash.
pub async fn cases(client: &Client, vault: VaultId) -> Result<RecordList> {
    client.record_list(vault, "case", &Query::default()).await
}

/// Their titles, sorted; one without a title is empty here.
pub async fn titles(client: &Client, vault: VaultId) -> Result<Vec<String>> {
    let list = cases(client, vault).await?;
    let mut titles: Vec<String> = list
        .records
        .iter()
        .map(|line| match line.fields.get("title") {
            Some(Value::Text(title)) => title.clone(),
            _ => String::new(),
        })
        .collect();
    titles.sort();
    Ok(titles)
}

/// Puts a file of the disk into a record.
pub async fn put(client: &Client, record: RecordId, path: &Path) -> Result<PutDone> {
    let options = PutOptions::default();
    client
        .file_put(record, Source::Path(path), &options, &NoProgress)
        .await
}

/// The whole content of a file.
pub async fn cat(client: &Client, file: FileId) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    client.file_cat(file, None, None, &mut out).await?;
    Ok(out)
}

/// Its bytes from `first` to `last`, both counted in.
pub async fn cat_range(client: &Client, file: FileId, first: u64, last: u64) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let range = Some((first, Some(last)));
    client.file_cat(file, None, range, &mut out).await?;
    Ok(out)
}

/// Bytes that no packing makes smaller, the same ones for the same seed.
pub fn noise(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_add(1);
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}
