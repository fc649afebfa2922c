//! Sending what waits, as soon as the server answers.

use super::Waiting;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::record_batch::batch_size;
use crate::record_write::Named;
use crate::{CoreError, Result};
use std::collections::BTreeSet;
use strongroom_types::*;
use strongroom_wire::ProblemCode;

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

    /// Sends what waits, those of a record in their order. Neighbours of one vault go in one
    /// request; where it is refused, each goes by itself, so that only those wait on that are
    /// meant. `again` tries those too that were refused before.
    pub async fn send_waiting(&mut self, again: bool) -> Result<()> {
        self.load_waiting().await?;
        let mut stuck = BTreeSet::new();
        let mut place = 0;
        // So many of the next ones go by themselves.
        let mut alone = 0_usize;
        while let Some(next) = self.open.waiting.as_ref().and_then(|all| all.get(place)) {
            if may_not_go(next, again, &stuck) {
                // What replaces a version that is not sent waits with it.
                stuck.insert(next.named.record);
                place += 1;
                continue;
            }
            let all = self.open.waiting.as_deref().unwrap_or_default();
            let group = group_from(all, place, again, &stuck, alone > 0);
            match self.send_group(&group).await {
                Ok(()) => alone = alone.saturating_sub(1),
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
                Err(_) if group.len() > 1 => alone = group.len(),
                Err(error) => {
                    alone = alone.saturating_sub(1);
                    stuck.extend(group.iter().map(|named| named.record));
                    self.refused(place, error);
                    place += 1;
                }
            }
        }
        Ok(())
    }

    /// Sends versions of one vault, and lets them wait no longer.
    async fn send_group(&mut self, group: &[Named]) -> Result<()> {
        let Some(vault) = group.first().map(|named| named.edit.vault) else {
            return Ok(());
        };
        self.append_versions(vault, group).await?;
        self.load_waiting().await?;
        let sent: BTreeSet<VersionId> = group.iter().map(|named| named.version).collect();
        let all = self.open.waiting.get_or_insert_default();
        all.retain(|waiting| !sent.contains(&waiting.named.version));
        self.keep_waiting().await?;
        self.show_waiting(vault);
        Ok(())
    }

    fn refused(&mut self, place: usize, error: CoreError) {
        let all = self.open.waiting.get_or_insert_default();
        if let Some(waiting) = all.get_mut(place) {
            waiting.problem = Some(error);
        }
    }
}

/// Whether a version was refused already, or follows one that was.
fn may_not_go(waiting: &Waiting, again: bool, stuck: &BTreeSet<RecordId>) -> bool {
    (waiting.problem.is_some() && !again) || stuck.contains(&waiting.named.record)
}

/// The version at `place`, and those behind it that can go in the same request.
fn group_from(
    all: &[Waiting],
    place: usize,
    again: bool,
    stuck: &BTreeSet<RecordId>,
    alone: bool,
) -> Vec<Named> {
    let rest = all.get(place..).unwrap_or_default();
    let vault = rest.first().map(|first| first.named.edit.vault);
    let together = rest.iter().take_while(|waiting| {
        Some(waiting.named.edit.vault) == vault && !may_not_go(waiting, again, stuck)
    });
    let count = match alone {
        true => 1,
        false => batch_size(together.map(|waiting| &waiting.named.edit)),
    };
    let group = rest.iter().take(count);
    group.map(|waiting| waiting.named.clone()).collect()
}
