//! Writing records. Without the server a version waits under the ids that it was given, also one
//! of which it is not known whether it arrived: the log tells, and nothing is made twice.

use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::record_read::table;
use crate::vault::Version;
use crate::{CoreError, Result};
use serde_json::{Map, Value as Json};
use strongroom_format::record::{Fields, Value};
use strongroom_format::table::TableDefinition;
use strongroom_format::transport::Append;
use strongroom_format::vault_payload::VaultPayload;
use strongroom_types::*;
use strongroom_vault::record::{self, NewVersion};
use strongroom_vault::tables::{self, VAULT_FIELD};

/// A version to be written.
#[derive(Clone, PartialEq)]
pub(crate) struct Edit {
    pub vault: VaultId,
    pub table: String,
    /// `None` for a new record.
    pub record: Option<RecordId>,
    pub parents: Vec<VersionId>,
    pub deleted: bool,
    pub fields: Fields,
}

/// Which versions a new one replaces.
#[derive(Clone, Copy, PartialEq)]
enum Replaces {
    /// The one that was seen; it must be current.
    Seen,
    /// All current ones; the one that was seen must be among them.
    AllWithSeen,
    /// All current ones.
    All,
}

/// A version with the ids that it keeps over all tries.
#[derive(Clone)]
pub(crate) struct Named {
    pub edit: Edit,
    pub record: RecordId,
    pub version: VersionId,
}

/// Reads field values as the page has them; texts as a person typed them.
pub(crate) fn read_fields(table: &TableDefinition, given: &Map<String, Json>) -> Result<Fields> {
    let mut fields = Fields::new();
    for (name, value) in given {
        let value = match value {
            Json::String(text) => table.parse_field(name, text)?,
            Json::Null => table.parse_field(name, "")?,
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Value::Integer(number),
                None => {
                    return Err(CoreError::usage(
                        "a number is too large, or not a whole one",
                    ));
                }
            },
            _ => return Err(CoreError::usage("a field is a text, number or truth value")),
        };
        fields.insert(name.clone(), value);
    }
    Ok(fields)
}

/// From a table and the version that is replaced: whether the new one is deleted, and its fields.
type Content<'a> = dyn Fn(&TableDefinition, &Version) -> Result<(bool, Fields)> + 'a;

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Adds a record. Records of a private table go to the person's own vault.
    pub async fn add_record(
        &mut self,
        vault: VaultId,
        table_name: &str,
        given: &Map<String, Json>,
    ) -> Result<RecordId> {
        let definition = table(table_name)?;
        let mut fields = read_fields(definition, given)?;
        tables::complete(definition, &mut fields)?;
        if self.shared(vault).await.is_err() {
            self.refresh().await?;
            self.shared(vault).await?;
        }
        let mut target = vault;
        if definition.private {
            fields.insert(VAULT_FIELD.to_owned(), Value::Text(vault.to_string()));
            target = self.personal_vault().await?;
        }
        let edit = Edit {
            vault: target,
            table: definition.name.clone(),
            record: None,
            parents: Vec::new(),
            deleted: false,
            fields,
        };
        Ok(self.write(edit).await?.0)
    }

    /// Changes fields of the version that the editor saw. `merge` replaces all current versions.
    ///
    /// # Errors
    /// `conflict`: another version is current, nothing was written. `conflict_kept`: somebody
    /// else wrote at the same moment, both versions are kept.
    pub async fn edit_record(
        &mut self,
        vault: VaultId,
        record: RecordId,
        seen: VersionId,
        given: &Map<String, Json>,
        merge: bool,
    ) -> Result<VersionId> {
        let make = |table: &TableDefinition, base: &Version| {
            if base.deleted {
                let message = "the record is in the trash";
                return Err(CoreError::refused("in_trash", message).with_hint("restore it first"));
            }
            let mut fields = readable(base)?;
            tables::change(&mut fields, read_fields(table, given)?);
            Ok((false, fields))
        };
        let replaces = match merge {
            true => Replaces::All,
            false => Replaces::Seen,
        };
        let (version, others) = self.replace(vault, record, seen, replaces, &make).await?;
        if others && !merge {
            return Err(CoreError::conflict(
                "conflict_kept",
                "someone else changed this record at the same time: both versions are kept",
            ));
        }
        Ok(version)
    }

    /// Puts a record into the trash, or takes it out; all current versions are replaced.
    pub async fn set_deleted(
        &mut self,
        vault: VaultId,
        record: RecordId,
        seen: VersionId,
        deleted: bool,
    ) -> Result<()> {
        let make = |_: &TableDefinition, base: &Version| Ok((deleted, readable(base)?));
        self.replace(vault, record, seen, Replaces::AllWithSeen, &make)
            .await?;
        Ok(())
    }

    /// Writes a version in place of others. Tells whether others are current beside it.
    async fn replace(
        &mut self,
        vault: VaultId,
        record: RecordId,
        seen: VersionId,
        replaces: Replaces,
        make: &Content<'_>,
    ) -> Result<(VersionId, bool)> {
        self.refresh_if_possible().await?;
        let target = self.vault_of_record(vault, record).await?;
        let unknown = || CoreError::not_found("the record has no such version");
        let found = self.shared(target).await?;
        let base = found.place_of(record, seen).ok_or_else(unknown)?;
        let (_, base) = found.version(base).ok_or_else(unknown)?;
        let definition = table(&base.table)?;
        let (deleted, fields) = make(definition, base)?;
        let mut current: Vec<VersionId> = found
            .record(record)
            .into_iter()
            .flat_map(|record| &record.heads)
            .filter_map(|index| Some(found.version(*index)?.1.version))
            .collect();
        current.sort();
        let stale = replaces != Replaces::All && !current.contains(&seen);
        let edit = Edit {
            vault: target,
            table: definition.name.clone(),
            record: Some(record),
            parents: match replaces {
                Replaces::Seen => vec![seen],
                _ if stale => vec![seen],
                _ => current,
            },
            deleted,
            fields,
        };
        let sent_before = self.open.unanswered.iter().any(|sent| sent.edit == edit);
        if stale && !sent_before {
            return Err(CoreError::conflict(
                "conflict",
                "someone else changed this record meanwhile; nothing was written",
            )
            .with_hint("look at the newer version, then change it again"));
        }
        let (record, version) = self.write(edit).await?;
        let after = self.shared(target).await?;
        let heads = after.record(record).map_or(1, |record| record.heads.len());
        Ok((version, heads > 1))
    }

    /// Seals and sends a version. Where the server does not answer, it waits here.
    async fn write(&mut self, edit: Edit) -> Result<(RecordId, VersionId)> {
        let known = self
            .open
            .unanswered
            .iter()
            .position(|sent| sent.edit == edit);
        let (id, version) = match known {
            Some(place) => {
                // Only a new reading tells whether it arrived.
                self.refresh_if_possible().await?;
                let sent = self.open.unanswered.remove(place);
                (sent.record, sent.version)
            }
            None => {
                let mut rng = self.platform.rng();
                let record = edit.record.unwrap_or_else(|| RecordId::make(&mut rng));
                (record, VersionId::make(&mut rng))
            }
        };
        if self.waits(id) {
            self.send_waiting(false).await?;
        }
        // What it replaces has to be in the log before it.
        if self.waits(id) {
            self.wait(Named {
                edit,
                record: id,
                version,
            })
            .await?;
            return Ok((id, version));
        }
        let vault = edit.vault;
        let named = Named {
            edit,
            record: id,
            version,
        };
        match self.append_versions(vault, [&named]).await {
            Err(error) if error.is_offline() => {
                self.open.offline = true;
                self.wait(named).await?;
            }
            written => written?,
        }
        Ok((id, version))
    }

    /// Gets versions into the log, all or none. One that is there already is left out, whichever
    /// try has brought it there.
    pub async fn append_versions<'a>(
        &mut self,
        vault: VaultId,
        versions: impl IntoIterator<Item = &'a Named>,
    ) -> Result<()> {
        let with_table = |named: &'a Named| Ok((named, table(&named.edit.table)?));
        let versions: Vec<_> = versions
            .into_iter()
            .map(with_table)
            .collect::<Result<_>>()?;
        self.commit(vault, &mut |making| {
            let mut author = making.author()?;
            let mut entries = Vec::with_capacity(versions.len());
            for (named, definition) in &versions {
                if making.vault.has_version(named.record, named.version) {
                    continue;
                }
                let payload = record::seal_named_version(
                    making.vault.machine.keyring(),
                    author.place(),
                    definition,
                    NewVersion {
                        record: named.record,
                        parents: named.edit.parents.clone(),
                        deleted: named.edit.deleted,
                    },
                    named.version,
                    &named.edit.fields,
                    making.rng,
                )?;
                entries.push(author.append(&VaultPayload::Record(payload)));
            }
            Ok((!entries.is_empty()).then(|| Append::of(entries)))
        })
        .await?;
        self.after_write(vault).await
    }
}

pub(crate) fn readable(version: &Version) -> Result<Fields> {
    match (version.fields(), version.damage.as_deref()) {
        (Some(fields), None) => Ok(fields.clone()),
        (_, Some("erased")) => Err(CoreError::not_found("the record was erased")),
        (_, Some(damage)) => Err(CoreError::new(
            ErrorClass::Integrity,
            damage,
            "a version of this record is not what its author may have written",
        )),
        (None, None) => Err(CoreError::refused(
            "no_key",
            "the keys of this record are not at hand",
        )),
    }
}
