//! Versions that were written without the server. They lie sealed in the storage, are shown like
//! all others, and go to the server in their order as soon as it answers, under the ids that
//! they were given: whether one has arrived already, the log tells.

use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::record_read::visible;
use crate::record_write::Edit;
use crate::vault::Version;
use crate::{CoreError, Result};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use strongroom_format::cbor::{expect_label, from_cbor, to_cbor};
use strongroom_format::record::Value;
use strongroom_types::*;
use strongroom_wire::ProblemCode;
use zeroize::Zeroizing;

const WAITING: &str = "waiting";
const LABEL: &str = "browser-waiting/1";
const KEPT_MAX_BYTES: usize = 64 << 20;
/// More are not taken without the server.
const WAITING_MAX: usize = 1_000;

/// A version that waits.
#[derive(Clone)]
pub(crate) struct Waiting {
    pub edit: Edit,
    pub record: RecordId,
    pub version: VersionId,
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
        } = self.edit.clone();
        let fields = fields.into_iter().collect();
        (
            vault,
            self.record,
            self.version,
            parents,
            table,
            deleted,
            fields,
            self.made_ms,
            record.is_some(),
        )
    }

    fn shown(&self) -> (u64, Version) {
        let version = Version {
            record: self.record,
            version: self.version,
            parents: self.edit.parents.clone(),
            table: self.edit.table.clone(),
            deleted: self.edit.deleted,
            fields: Some(self.edit.fields.clone().into()),
            damage: None,
        };
        (self.made_ms, version)
    }
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Reads what is new and sends what waits. Without the server, what is here stays in use.
    pub async fn refresh_if_possible(&mut self) -> Result<()> {
        match self.refresh().await {
            Ok(()) => {
                self.open.offline = false;
                self.send_waiting(false).await
            }
            // Right after a login nothing here was compared with what the devices attested. What
            // was left for a passkey had been.
            Err(error) if error.is_offline() && (!self.open.fresh || self.open.away) => {
                self.open.offline = true;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Sends what waits, each version by itself and those of a record in their order. `again`
    /// tries those too that were refused before.
    pub async fn send_waiting(&mut self, again: bool) -> Result<()> {
        self.load_waiting().await?;
        let mut stuck = BTreeSet::new();
        let mut place = 0;
        while let Some(next) = self.open.waiting.as_ref().and_then(|all| all.get(place)) {
            let refused = next.problem.is_some() && !again;
            if refused || stuck.contains(&next.record) {
                // What replaces a version that is not sent waits with it.
                stuck.insert(next.record);
                place += 1;
                continue;
            }
            let next = next.clone();
            match self
                .append_version(&next.edit, next.record, next.version)
                .await
            {
                Ok(()) => {
                    self.load_waiting().await?;
                    let all = self.open.waiting.get_or_insert_default();
                    all.retain(|waiting| waiting.version != next.version);
                    self.keep_waiting().await?;
                    self.show_waiting(next.edit.vault);
                }
                Err(error) if error.is_offline() => {
                    self.open.offline = true;
                    return Ok(());
                }
                Err(error)
                    if error.problem() == Some(ProblemCode::Unauthenticated)
                        || self.open.ended.is_some() =>
                {
                    return Err(error);
                }
                Err(error) => {
                    stuck.insert(next.record);
                    if let Some(all) = &mut self.open.waiting
                        && let Some(waiting) = all.get_mut(place)
                    {
                        waiting.problem = Some(error);
                    }
                    place += 1;
                }
            }
        }
        Ok(())
    }

    /// Whether a version of the record waits.
    pub fn waits(&self, record: RecordId) -> bool {
        let all = self.open.waiting.as_deref().unwrap_or_default();
        all.iter().any(|waiting| waiting.record == record)
    }

    /// Keeps a version until the server answers.
    ///
    /// # Errors
    /// `offline` where too many wait already; the storage's.
    pub async fn wait(&mut self, edit: Edit, record: RecordId, version: VersionId) -> Result<()> {
        self.load_waiting().await?;
        let made_ms = self.platform.now_ms();
        let vault = edit.vault;
        let all = self.open.waiting.get_or_insert_default();
        if all.len() >= WAITING_MAX {
            let message = format!("{WAITING_MAX} changes wait for the server already");
            return Err(CoreError::failed("offline", message));
        }
        all.push(Waiting {
            edit,
            record,
            version,
            made_ms,
            problem: None,
        });
        if let Err(error) = self.keep_waiting().await {
            self.open.waiting.get_or_insert_default().pop();
            return Err(error);
        }
        self.show_waiting(vault);
        Ok(())
    }

    /// Gives up what waits of a record.
    pub async fn discard_waiting(&mut self, record: RecordId) -> Result<()> {
        self.load_waiting().await?;
        let all = self.open.waiting.get_or_insert_default();
        let vaults: BTreeSet<VaultId> = all
            .iter()
            .filter(|waiting| waiting.record == record)
            .map(|waiting| waiting.edit.vault)
            .collect();
        all.retain(|waiting| waiting.record != record);
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
            .map(|waiting| WaitingView {
                vault: waiting.edit.vault,
                vault_name: self
                    .open
                    .vaults
                    .get(&waiting.edit.vault)
                    .map(|vault| vault.name.clone())
                    .unwrap_or_default(),
                record: waiting.record,
                table: waiting.edit.table.clone(),
                deleted: waiting.edit.deleted,
                fields: visible(Some(&waiting.edit.fields)),
                made_ms: waiting.made_ms,
                problem: waiting.problem.clone(),
            })
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
            .filter(|waiting| waiting.edit.vault == vault)
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
            .map(|known| known.version)
            .eq(now.iter().map(|read| read.version))
        {
            return Ok(());
        }
        for read in &mut now {
            let known = before.iter().find(|known| known.version == read.version);
            read.problem = known.and_then(|known| known.problem.clone());
        }
        let vaults: BTreeSet<VaultId> = before
            .iter()
            .chain(&now)
            .map(|waiting| waiting.edit.vault)
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
