//! What of a table belongs to a vault: the records that lie in it, or, of a private table, the
//! person's own that were written for it.

use crate::Result;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::vault::Version;
use strongroom_format::record::Value;
use strongroom_format::table::TableDefinition;
use strongroom_types::VaultId;
use strongroom_vault::tables::VAULT_FIELD;

/// A table's part for a vault.
pub(crate) struct TablePart {
    table: &'static TableDefinition,
    vault: VaultId,
    /// What names the vault in a private record.
    link: Option<Value>,
}

impl TablePart {
    pub fn new(table: &'static TableDefinition, vault: VaultId) -> Self {
        Self {
            table,
            vault,
            link: table.private.then(|| Value::Text(vault.to_string())),
        }
    }

    /// Whether a version belongs to it.
    pub fn has(&self, version: &Version) -> bool {
        version.table == self.table.name
            && self.link.as_ref().is_none_or(|link| {
                let fields = version.fields();
                fields.is_some_and(|fields| fields.get(VAULT_FIELD) == Some(link))
            })
    }
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// The vault in which the records lie; none where nothing private was ever written.
    pub(crate) async fn vault_of_part(&mut self, part: &TablePart) -> Result<Option<VaultId>> {
        match part.link {
            None => Ok(Some(part.vault)),
            Some(_) => self.find_personal().await,
        }
    }
}
