//! Reading records: lists, one with its current versions, history.

use super::{damaged, line_of, view_of};
use crate::Result;
use crate::cache::VersionRow;
use crate::client::{Client, Engine};
use crate::query::{Query, select};
use crate::tables::{VAULT_FIELD, table};
use crate::views::*;
use strongroom_format::table::TableDefinition;
use strongroom_types::*;

impl Client {
    /// Lists records of a table. For a private table: the caller's own ones of this vault.
    ///
    /// # Errors
    /// Usage for a filter or sort field that does not fit the table.
    pub async fn record_list(
        &self,
        vault: VaultId,
        table_name: &str,
        query: &Query,
    ) -> Result<RecordList> {
        let definition = table(table_name)?;
        let mut engine = self.engine().await?;
        self.refresh_if_online(&mut engine).await?;
        self.list_here(&mut engine, vault, definition, query)
    }

    /// Lists records from the cache alone: fast, and possibly behind the server.
    ///
    /// # Errors
    /// As [`Client::record_list`].
    pub async fn record_list_cached(
        &self,
        vault: VaultId,
        table_name: &str,
        query: &Query,
    ) -> Result<RecordList> {
        let definition = table(table_name)?;
        let mut engine = self.engine().await?;
        self.list_here(&mut engine, vault, definition, query)
    }

    fn list_here(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        definition: &TableDefinition,
        query: &Query,
    ) -> Result<RecordList> {
        let list = engine.with_queued(|engine| self.select(engine, vault, definition, query))?;
        // What a list shows is seen too: the next edit is based on it.
        for shown in engine.cache.all_shown()? {
            let listed = list.records.iter().find(|line| line.record == shown);
            if let Some(line) = listed.filter(|line| !line.conflict) {
                engine.cache.set_shown(shown, &[line.version])?;
            }
        }
        Ok(list)
    }

    fn select(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        definition: &TableDefinition,
        query: &Query,
    ) -> Result<RecordList> {
        let link_text = vault.to_string();
        let (target, link) = if definition.private {
            match self.find_personal(engine)? {
                Some(personal) => (personal, Some((VAULT_FIELD, link_text.as_str()))),
                None => (vault, None),
            }
        } else {
            (vault, None)
        };
        let row = self.shared_vault(engine, vault)?;
        let row = match target == vault {
            true => row,
            false => self.shared_vault(engine, target)?,
        };
        let Some(table_n) = engine.cache.table_n(row.n, &definition.name)? else {
            // Nothing to find, but a wrong filter is still wrong.
            if let Some(filter) = &query.filter {
                crate::query::parse(filter)?;
            }
            return Ok(RecordList {
                records: Vec::new(),
                total: 0,
            });
        };
        let (found, total) = select(&engine.cache, table_n, definition, query, link)?;
        let waiting = engine.cache.edited()?;
        let mut records = Vec::with_capacity(found.len());
        for n in found {
            if let Some(row) = engine.cache.record_by_n(n)? {
                let queued = waiting.contains(&row.record);
                records.push(line_of(row, target, queued));
            }
        }
        Ok(RecordList { records, total })
    }

    /// A record with its current versions. What it shows is what the next edit is based on.
    ///
    /// # Errors
    /// `not_found`; integrity where a current version was not what its author signed for.
    pub async fn record_show(&self, record: RecordId) -> Result<RecordView> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh_if_online(engine).await?;
        let view = engine.with_queued(|engine| self.view(engine, record))?;
        let ids: Vec<VersionId> = view.heads.iter().map(|head| head.version).collect();
        engine.cache.set_shown(record, &ids)?;
        Ok(view)
    }

    fn view(&self, engine: &mut Engine, record: RecordId) -> Result<RecordView> {
        let row = self.record_row(engine, record)?;
        let vault = self.vault_of(engine, row.vault_n)?;
        let versions = engine.cache.versions(row.n)?;
        let heads: Vec<&VersionRow> = versions.iter().filter(|version| version.is_head).collect();
        if let Some(damage) = heads.iter().find_map(|head| head.damage.as_deref())
            && damage != "erased"
        {
            return Err(damaged(damage));
        }
        let heads: Vec<VersionView> = heads
            .into_iter()
            .map(|head| view_of(engine, head))
            .collect();
        Ok(RecordView {
            record,
            vault,
            table: row.table,
            conflict: heads.len() > 1,
            deleted: row.deleted,
            created_ms: row.created_ms,
            files: engine.cache.file_count(row.vault_n, record)?,
            heads,
            queued: engine.cache.edit_count(record)?,
        })
    }

    /// All versions of a record, newest first.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn record_history(&self, record: RecordId) -> Result<Vec<VersionView>> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh_if_online(engine).await?;
        engine.with_queued(|engine| {
            let row = self.record_row(engine, record)?;
            self.vault_of(engine, row.vault_n)?;
            let versions = engine.cache.versions(row.n)?;
            Ok(versions
                .iter()
                .map(|version| view_of(engine, version))
                .collect())
        })
    }
}
