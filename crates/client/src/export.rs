//! Writes logs, keys and sealed files into a folder from which a stranger can prove them
//! without this program (`spec/export.md`). Everything is fetched from the server again and
//! verified before it is called done.

use crate::client::{Client, Engine};
use crate::http::Auth;
use crate::views::fields_to_json;
use crate::{ClientError, Result};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use strongroom_format::file::{FileManifest, PartGeometry};
use strongroom_format::transport::Page;
use strongroom_types::limits::PAGE_MAX_ENTRIES;
use strongroom_types::*;
use strongroom_wire::WalletView;

/// Bytes of one range request.
const PIECE_BYTES: u64 = 4 << 20;

/// What to write.
#[derive(Clone, Debug, Default)]
pub struct ExportOptions {
    pub vaults: Vec<VaultId>,
    /// The sealed content of every readable file too.
    pub files: bool,
    /// The wallet, and the seeds of the wrap keys in it.
    pub wallet: bool,
}

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct ExportDone {
    pub path: String,
    pub vaults: u64,
    pub entries: u64,
    pub files: u64,
}

impl Client {
    /// Writes an export to `out`, which must not exist yet. The folder (mode 0700) holds keys.
    ///
    /// # Errors
    /// `usage` if the folder exists, integrity if what the server gives does not verify.
    pub async fn export(&self, out: &Path, options: &ExportOptions) -> Result<ExportDone> {
        if out.exists() {
            return Err(
                ClientError::usage(format!("{} exists already", out.display()))
                    .with_hint("name a folder that does not exist yet"),
            );
        }
        for vault in &options.vaults {
            self.vault_verify(*vault).await?;
        }
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        folder(out)?;
        let entries = self
            .export_log("/v1/directory/entries", &out.join("directory.cbor"))
            .await?;
        let mut done = ExportDone {
            path: out.display().to_string(),
            vaults: 0,
            entries,
            files: 0,
        };
        let (mut heads, mut expected, mut secrets) = (Map::new(), Map::new(), Map::new());
        for vault in &options.vaults {
            let place = out.join("vaults").join(vault.to_string());
            folder(&place)?;
            let path = format!("/v1/vaults/{vault}/entries");
            done.entries += self.export_log(&path, &place.join("log.cbor")).await?;
            done.vaults += 1;
            self.export_wraps(engine, *vault, &place, &mut secrets)
                .await?;
            let head = engine.machine(*vault)?.state().head();
            if let Some(head) = head {
                heads.insert(
                    vault.to_string(),
                    json!({"index": head.index, "hash": head.hash}),
                );
            }
            let files = self
                .export_files(engine, *vault, &place, options.files)
                .await?;
            done.files += files.len() as u64;
            let records = self.expected_records(engine, *vault)?;
            let name = engine
                .cache
                .vault(*vault)?
                .map(|row| row.name)
                .unwrap_or_default();
            expected.insert(
                vault.to_string(),
                json!({"name": name, "records": records, "files": files}),
            );
        }
        let mut keys = json!({"epoch_secrets": secrets});
        if options.wallet {
            let view: WalletView = self
                .shared
                .http
                .get_json("/v1/wallet", Auth::Session)
                .await?;
            write(&out.join("wallet.cbor"), &view.wallet.0)?;
            let seeds = engine.wallet()?.wrap_seeds();
            let newest = seeds.newest().unwrap_or(0);
            let seeds: Vec<Value> = (1..=newest)
                .filter_map(|generation| {
                    Some(json!([
                        generation,
                        hex(seeds.get(generation)?.danger_seed())
                    ]))
                })
                .collect();
            keys.as_object_mut()
                .and_then(|keys| keys.insert("wrap_seeds".to_owned(), seeds.into()));
        }
        let facts = &self.shared.facts;
        let directory = engine.directory()?.head();
        let about = json!({
            "format": "strongroom-export/1",
            "tenant": facts.tenant,
            "identity": facts.identity,
            "device": facts.device,
            "made_ms": self.shared.now_ms(),
            "directory": directory.map(|head| json!({"index": head.index, "hash": head.hash})),
            "vaults": heads,
        });
        write_json(&out.join("keys.json"), &keys)?;
        write_json(&out.join("expected.json"), &json!({"vaults": expected}))?;
        write_json(&out.join("export.json"), &about)?;
        Ok(done)
    }

    async fn export_log(&self, path: &str, to: &Path) -> Result<u64> {
        let mut file = create(to)?;
        let mut after: Option<u64> = None;
        loop {
            let from = after
                .map(|after| format!("after={after}&"))
                .unwrap_or_default();
            let bytes = self
                .shared
                .http
                .get_cbor(
                    &format!("{path}?{from}limit={PAGE_MAX_ENTRIES}"),
                    Auth::Session,
                )
                .await?;
            let page = Page::from_bytes(&bytes).map_err(crate::sync::malformed)?;
            if let Some(last) = page.entries.last() {
                file.write_all(&bytes).map_err(|error| disk(to, error))?;
                after = Some(last.index);
            }
            if page.entries.is_empty() || after.is_some_and(|after| after >= page.head.index) {
                file.sync_all().map_err(|error| disk(to, error))?;
                return Ok(after.map_or(0, |after| after + 1));
            }
        }
    }

    async fn export_wraps(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        place: &Path,
        secrets: &mut Map<String, Value>,
    ) -> Result<()> {
        let newest = engine.machine(vault)?.state().epoch();
        let mut list = Vec::new();
        for number in 1..=newest.0 {
            let path = format!("/v1/vaults/{vault}/wraps/{number}");
            match self.shared.http.get_cbor(&path, Auth::Session).await {
                Ok(wraps) => write(&place.join(format!("wraps-{number}.cbor")), &wraps)?,
                // Epochs from before the own membership have no wrap of one's own.
                Err(error) if error.exit_code() == 3 || error.exit_code() == 4 => {}
                Err(error) => return Err(error),
            }
            if let Ok(secret) = engine
                .machine(vault)?
                .keyring()
                .danger_secret(Epoch(number))
            {
                list.push(json!([number, hex(secret.danger_bytes())]));
            }
        }
        secrets.insert(vault.to_string(), list.into());
        Ok(())
    }

    async fn export_files(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        place: &Path,
        content: bool,
    ) -> Result<Map<String, Value>> {
        let mut expected = Map::new();
        let Some(row) = engine.cache.vault(vault)? else {
            return Ok(expected);
        };
        if content {
            folder(&place.join("files"))?;
        }
        for file in engine.cache.files_in(row.n)? {
            for revision in engine.cache.revisions(file.n)? {
                let Some(manifest) = revision.manifest else {
                    continue;
                };
                expected.insert(
                    revision.revision.to_string(),
                    json!({
                        "file": manifest.file,
                        "record": manifest.record,
                        "name": manifest.name,
                        "true_length": manifest.true_length,
                    }),
                );
                if content {
                    self.export_revision(vault, &manifest, &place.join("files"))
                        .await?;
                }
            }
        }
        Ok(expected)
    }

    async fn export_revision(
        &self,
        vault: VaultId,
        manifest: &FileManifest,
        place: &Path,
    ) -> Result<()> {
        let geometry = PartGeometry::of(manifest.sealed_length)?;
        let base = format!(
            "/v1/vaults/{vault}/files/{}/revisions/{}",
            manifest.file, manifest.revision
        );
        let sealed = place.join(format!("{}.sealed", manifest.revision));
        let mut file = create(&sealed)?;
        file.write_all(&manifest.header[..])
            .map_err(|error| disk(&sealed, error))?;
        self.fetch(
            &format!("{base}/content"),
            geometry.content_bytes,
            &mut file,
            &sealed,
        )
        .await?;
        let leaves = place.join(format!("{}.leaves", manifest.revision));
        let mut file = create(&leaves)?;
        self.fetch(
            &format!("{base}/tree"),
            geometry.tree_bytes,
            &mut file,
            &leaves,
        )
        .await
    }

    async fn fetch(&self, path: &str, total: u64, file: &mut File, to: &Path) -> Result<()> {
        let mut at = 0;
        while at < total {
            let end = total.min(at + PIECE_BYTES);
            let response = self
                .shared
                .http
                .get_raw(path, Auth::Session, Some((at, end)))
                .await?;
            let bytes = response.bytes().await.map_err(|error| {
                ClientError::offline("the connection was cut").with_source(error)
            })?;
            if bytes.len() as u64 != end - at {
                return Err(ClientError::integrity(
                    "withheld",
                    "the server cut a file short",
                ));
            }
            file.write_all(&bytes).map_err(|error| disk(to, error))?;
            at = end;
        }
        file.sync_all().map_err(|error| disk(to, error))
    }

    fn expected_records(&self, engine: &mut Engine, vault: VaultId) -> Result<Map<String, Value>> {
        let mut expected = Map::new();
        let Some(row) = engine.cache.vault(vault)? else {
            return Ok(expected);
        };
        let ids: Vec<i64> = {
            let mut statement = engine
                .cache
                .connection()
                .prepare("SELECT n FROM records WHERE vault_n = ?1 ORDER BY n")?;
            let rows = statement.query_map([row.n], |row| row.get(0))?;
            rows.collect::<std::result::Result<_, _>>()?
        };
        for n in ids {
            let Some(record) = engine.cache.record_by_n(n)? else {
                continue;
            };
            let mut heads: Vec<Value> = Vec::new();
            for version in engine.cache.versions(n)? {
                if let (true, Some(fields)) = (version.is_head, &version.fields) {
                    heads.push(json!({
                        "version": version.version,
                        "deleted": version.deleted,
                        "fields": fields_to_json(fields),
                    }));
                }
            }
            heads.sort_by_key(|head| head.get("version").map(Value::to_string));
            expected.insert(
                record.record.to_string(),
                json!({"table": record.table, "heads": heads}),
            );
        }
        Ok(expected)
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn folder(path: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| disk(path, error))
}

fn create(path: &Path) -> Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| disk(path, error))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = create(path)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|error| disk(path, error))
}

fn write_json(path: &Path, value: &Value) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| {
        ClientError::failed("internal", "JSON cannot be written").with_source(error)
    })?;
    text.push('\n');
    write(path, text.as_bytes())
}

fn disk(path: &Path, error: std::io::Error) -> ClientError {
    ClientError::failed(
        "disk",
        format!("{} cannot be written: {error}", path.display()),
    )
    .with_hint("check the disk's space and rights")
}
