//! Versions that were written without the server. They lie sealed in the storage, are shown like
//! all others, and go to the server in their order as soon as it answers, under the ids that
//! they were given: whether one has arrived already, the log tells.

mod send;

use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::record_read::visible;
use crate::record_write::{Edit, Named};
use crate::vault::Version;
use crate::{CoreError, Result};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use strongroom_format::cbor::{expect_label, from_cbor, to_cbor};
use strongroom_format::record::Value;
use strongroom_types::*;
use zeroize::Zeroizing;

const WAITING: &str = "waiting";
const LABEL: &str = "browser-waiting/1";
const KEPT_MAX_BYTES: usize = 64 << 20;
/// More are not taken without the server.
const WAITING_MAX: usize = 1_000;

/// A version that waits.
pub(crate) struct Waiting {
    pub named: Named,
    pub made_ms: u64,
    /// Why the server did not take it.
    pub problem: Option<CoreError>,
}

type WaitingTuple = (
    VaultId,
    RecordId,
    VersionId,
    Vec<VersionId>,
    String,
    bool,
    Vec<(String, Value)>,
    u64,
    bool,
);

/// What waits, for the page.
#[derive(Serialize)]
pub(crate) struct Outbox {
    /// The server did not answer last time.
    offline: bool,
    /// When it confirmed the session last.
    heard_ms: TimestampMs,
    waiting: Vec<WaitingView>,
}

#[derive(Serialize)]
struct WaitingView {
    vault: VaultId,
    /// Empty where it is not known any more.
    vault_name: String,
    record: RecordId,
    table: String,
    deleted: bool,
    /// All of it, so that a person can copy what cannot be sent.
    fields: Map<String, Json>,
    made_ms: u64,
    problem: Option<CoreError>,
}

impl Waiting {
    fn of_tuple(t: WaitingTuple) -> Self {
        Self {
            named: Named {
                edit: Edit {
                    vault: t.0,
                    table: t.4,
                    record: t.8.then_some(t.1),
                    parents: t.3,
                    deleted: t.5,
                    fields: t.6.into_iter().collect(),
                },
                record: t.1,
                version: t.2,
            },
            made_ms: t.7,
            problem: None,
        }
    }

    fn to_tuple(&self) -> WaitingTuple {
        let Edit {
            vault,
            table,
            record,
            parents,
            deleted,
            fields,
        } = self.named.edit.clone();
        let fields = fields.into_iter().collect();
        (
            vault,
            self.named.record,
            self.named.version,
            parents,
            table,
            deleted,
            fields,
            self.made_ms,
            record.is_some(),
        )
    }

    fn shown(&self) -> (u64, Version) {
        let Named {
            edit,
            record,
            version,
        } = &self.named;
        let version = Version {
            record: *record,
            version: *version,
            parents: edit.parents.clone(),
            table: edit.table.clone(),
            deleted: edit.deleted,
            fields: Some(edit.fields.clone().into()),
            damage: None,
        };
        (self.made_ms, version)
    }
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Whether a version of the record waits.
    pub fn waits(&self, record: RecordId) -> bool {
        let all = self.open.waiting.as_deref().unwrap_or_default();
        all.iter().any(|waiting| waiting.named.record == record)
    }

    /// Keeps a version until the server answers.
    ///
    /// # Errors
    /// `too_many_waiting`; the storage's.
    pub async fn wait(&mut self, named: Named) -> Result<()> {
        match self.room_to_wait().await? {
            0 => Err(too_many_waiting()),
            _ => self.wait_all(vec![named]).await,
        }
    }

    /// How many more versions can wait.
    pub async fn room_to_wait(&mut self) -> Result<usize> {
        self.load_waiting().await?;
        let all = self.open.waiting.as_deref().unwrap_or_default();
        Ok(WAITING_MAX.saturating_sub(all.len()))
    }

    /// Keeps versions for which there is room, each to be sent by itself.
    pub async fn wait_all(&mut self, versions: Vec<Named>) -> Result<()> {
        self.load_waiting().await?;
        let made_ms = self.platform.now_ms();
        let vaults: BTreeSet<VaultId> = versions.iter().map(|named| named.edit.vault).collect();
        let all = self.open.waiting.get_or_insert_default();
        let before = all.len();
        all.extend(versions.into_iter().map(|named| Waiting {
            named,
            made_ms,
            problem: None,
        }));
        if let Err(error) = self.keep_waiting().await {
            let all = self.open.waiting.get_or_insert_default();
            all.truncate(before);
            return Err(error);
        }
        for vault in vaults {
            self.show_waiting(vault);
        }
        Ok(())
    }

    /// Gives up what waits of a record.
    pub async fn discard_waiting(&mut self, record: RecordId) -> Result<()> {
        self.load_waiting().await?;
        let all = self.open.waiting.get_or_insert_default();
        let vaults: BTreeSet<VaultId> = all
            .iter()
            .filter(|waiting| waiting.named.record == record)
            .map(|waiting| waiting.named.edit.vault)
            .collect();
        all.retain(|waiting| waiting.named.record != record);
        self.keep_waiting().await?;
        for vault in vaults {
            self.show_waiting(vault);
        }
        Ok(())
    }

    /// What waits.
    pub async fn outbox(&mut self) -> Result<Outbox> {
        self.load_waiting().await?;
        let all = self.open.waiting.as_deref().unwrap_or_default();
        let waiting = all
            .iter()
            .map(
                |Waiting {
                     named,
                     made_ms,
                     problem,
                 }| WaitingView {
                    vault: named.edit.vault,
                    vault_name: self
                        .open
                        .vaults
                        .get(&named.edit.vault)
                        .map(|vault| vault.name.clone())
                        .unwrap_or_default(),
                    record: named.record,
                    table: named.edit.table.clone(),
                    deleted: named.edit.deleted,
                    fields: visible(Some(&named.edit.fields)),
                    made_ms: *made_ms,
                    problem: problem.clone(),
                },
            )
            .collect();
        Ok(Outbox {
            offline: self.open.offline,
            heard_ms: self.open.heard_ms,
            waiting,
        })
    }

    /// Lets a vault in memory show what waits for it.
    pub fn show_waiting(&mut self, vault: VaultId) {
        let me = self.me();
        let all = self.open.waiting.as_deref().unwrap_or_default();
        let versions = all
            .iter()
            .filter(|waiting| waiting.named.edit.vault == vault)
            .map(Waiting::shown)
            .collect();
        if let Some(vault) = self.open.vaults.get_mut(&vault) {
            vault.show_waiting(me, versions);
        }
    }

    /// Reads what waits: other tabs of this browser add to it and send of it. What is in memory
    /// counts only where the browser has cleared its storage.
    pub async fn load_waiting(&mut self) -> Result<()> {
        let kept = self.open.keeper.get(self.platform, WAITING).await?;
        let read = kept.and_then(|kept| {
            let (label, all): (String, Vec<WaitingTuple>) =
                from_cbor(&kept, KEPT_MAX_BYTES, WAITING).ok()?;
            expect_label(&label, LABEL, WAITING).ok()?;
            Some(all.into_iter().map(Waiting::of_tuple).collect::<Vec<_>>())
        });
        let before = self.open.waiting.get_or_insert_default();
        let Some(mut now) = read else {
            return Ok(());
        };
        if before
            .iter()
            .map(|known| known.named.version)
            .eq(now.iter().map(|read| read.named.version))
        {
            return Ok(());
        }
        for read in &mut now {
            let known = before
                .iter()
                .find(|known| known.named.version == read.named.version);
            read.problem = known.and_then(|known| known.problem.clone());
        }
        let vaults: BTreeSet<VaultId> = before
            .iter()
            .chain(&now)
            .map(|waiting| waiting.named.edit.vault)
            .collect();
        *before = now;
        for vault in vaults {
            self.show_waiting(vault);
        }
        Ok(())
    }

    /// An empty list is kept too: none at all is what a cleared storage has.
    async fn keep_waiting(&mut self) -> Result<()> {
        let all = self.open.waiting.as_deref().unwrap_or_default();
        let all: Vec<WaitingTuple> = all.iter().map(Waiting::to_tuple).collect();
        let bytes = Zeroizing::new(to_cbor(&(LABEL, all)));
        self.open.keeper.put(self.platform, WAITING, &bytes).await
    }
}

/// There is no room for more without the server.
pub(crate) fn too_many_waiting() -> CoreError {
    CoreError::refused(
        "too_many_waiting",
        format!("{WAITING_MAX} changes wait for the server already"),
    )
}
