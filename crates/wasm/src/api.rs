//! The calls of the page: a method's name and its arguments in JSON, an answer in JSON.

mod account;
mod administration;
mod batch;
mod files;
mod rows;
mod sharing;
mod waiting;

use crate::core::Core;
use crate::platform::{Http, Storage};
use crate::{CoreError, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::rc::Rc;
use strongroom_types::*;
use strongroom_vault::passphrase::Passphrase;
use strongroom_vault::tables::builtin_tables;
use strongroom_wire::ProblemCode;
use zeroize::Zeroizing;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignUp {
    code: String,
    name: String,
    passphrase: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogIn {
    name: String,
    passphrase: String,
    kit: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfVault {
    vault: VaultId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfTable {
    vault: VaultId,
    table: String,
    #[serde(default)]
    trash: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    vault: VaultId,
    table: String,
    fields: Map<String, Json>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    vault: VaultId,
    record: RecordId,
    version: VersionId,
    fields: Map<String, Json>,
    #[serde(default)]
    merge: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfVersion {
    vault: VaultId,
    record: RecordId,
    version: VersionId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfRecord {
    vault: VaultId,
    record: RecordId,
}

fn read<T: DeserializeOwned>(arguments: &str) -> Result<T> {
    Ok(serde_json::from_str(arguments)?)
}

fn write<T: Serialize>(answer: &T) -> Result<String> {
    serde_json::to_string(answer)
        .map_err(|_| CoreError::failed("internal", "an answer could not be written"))
}

impl<H: Http, S: Storage> Core<H, S> {
    /// Does one call, while no other page of this browser does any. See
    /// `docs/adr/0014-browser-core.md` for what it keeps.
    ///
    /// # Errors
    /// [`CoreError`], which serialises to what the page gets.
    pub async fn call(&mut self, method: &str, arguments: &str) -> Result<String> {
        let platform = Rc::clone(&self.platform);
        let _alone = platform.storage.alone().await;
        let answer = self.answer(method, arguments).await;
        match answer {
            Err(error) if error.problem() == Some(ProblemCode::Unauthenticated) => {
                Err(self.session_ended(error).await)
            }
            answer => answer,
        }
    }

    async fn answer(&mut self, method: &str, arguments: &str) -> Result<String> {
        match method {
            "status" => {
                read::<Nothing>(arguments)?;
                write(&self.status().await?)
            }
            "sign_up" => {
                let SignUp {
                    code,
                    name,
                    passphrase,
                } = read(arguments)?;
                let passphrase = Passphrase::new(passphrase)?;
                write(&self.sign_up(&code, &name, &passphrase).await?)
            }
            "pending_kit" => {
                read::<Nothing>(arguments)?;
                write(&self.pending_kit()?)
            }
            "confirm_kit" => {
                let Text { text } = read(arguments)?;
                let text = Zeroizing::new(text);
                self.confirm_kit(&text).await?;
                write(&json!({}))
            }
            "log_in" => {
                let LogIn {
                    name,
                    passphrase,
                    kit,
                } = read(arguments)?;
                let passphrase = Passphrase::new(passphrase)?;
                let kit = kit.map(Zeroizing::new);
                let kit = kit.as_ref().map(|text| text.as_str());
                let name = self.log_in(name.trim(), &passphrase, kit).await?;
                write(&json!({ "name": name }))
            }
            "lock" => {
                read::<Nothing>(arguments)?;
                self.lock().await?;
                write(&json!({}))
            }
            "sign_out" => {
                read::<Nothing>(arguments)?;
                self.sign_out().await?;
                write(&json!({}))
            }
            "link_needs" => self.call_link_needs(arguments).await,
            "tables" => {
                read::<Nothing>(arguments)?;
                write(&json!({ "tables": builtin_tables() }))
            }
            _ => match account::call_outside(self, method, arguments).await {
                Some(answer) => answer,
                None => self.call_signed_in(method, arguments).await,
            },
        }
    }

    async fn call_signed_in(&mut self, method: &str, arguments: &str) -> Result<String> {
        let mut engine = match method {
            "keep_drafts" => self.engine_until_lock()?,
            _ => self.engine()?,
        };
        engine.check_time_away()?;
        match method {
            "vaults" => {
                read::<Nothing>(arguments)?;
                let vaults = engine.vaults().await?;
                if !engine.open.offline {
                    engine.attest_all_daily().await?;
                    engine.save_wallet_daily().await?;
                }
                write(&json!({ "vaults": vaults }))
            }
            "create_vault" => {
                let Named { name } = read(arguments)?;
                let vault = engine.create_vault(&name).await?;
                write(&json!({ "vault": vault }))
            }
            "records" => {
                let OfTable {
                    vault,
                    table,
                    trash,
                } = read(arguments)?;
                let records = engine.records(vault, &table, trash).await?;
                write(&json!({ "records": records }))
            }
            "add_record" => {
                let Add {
                    vault,
                    table,
                    fields,
                } = read(arguments)?;
                let record = engine.add_record(vault, &table, &fields).await?;
                write(&json!({ "record": record }))
            }
            "edit_record" => {
                let Edit {
                    vault,
                    record,
                    version,
                    fields,
                    merge,
                } = read(arguments)?;
                let version = engine
                    .edit_record(vault, record, version, &fields, merge)
                    .await?;
                write(&json!({ "version": version }))
            }
            "delete_record" | "restore_record" => {
                let OfVersion {
                    vault,
                    record,
                    version,
                } = read(arguments)?;
                let deleted = method == "delete_record";
                engine.set_deleted(vault, record, version, deleted).await?;
                write(&json!({}))
            }
            "history" => {
                let OfRecord { vault, record } = read(arguments)?;
                let versions = engine.history(vault, record).await?;
                write(&json!({ "versions": versions }))
            }
            _ => {
                if let Some(answer) = account::call(&mut engine, method, arguments).await {
                    return answer;
                }
                if let Some(answer) = waiting::call(&mut engine, method, arguments).await {
                    return answer;
                }
                if let Some(answer) = batch::call(&mut engine, method, arguments).await {
                    return answer;
                }
                if let Some(answer) = files::call(&mut engine, method, arguments).await {
                    return answer;
                }
                if let Some(answer) = rows::call(&mut engine, method, arguments).await {
                    return answer;
                }
                if let Some(answer) = administration::call(&mut engine, method, arguments).await {
                    return answer;
                }
                if let Some(answer) = sharing::call(&mut engine, method, arguments).await {
                    return answer;
                }
                Err(CoreError::usage("there is no such call"))
            }
        }
    }
}
