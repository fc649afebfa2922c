//! Who gave access to whom, and when: what a vault's log proves of its members.

use crate::Result;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use serde::Serialize;
use strongroom_format::entry::Kind;
use strongroom_types::*;

/// A vault is made by this many entries: itself, its first keys, its name.
const MAKING_ENTRIES: u64 = 3;

/// A line of the access history.
#[derive(Serialize)]
pub(crate) struct AccessView {
    index: u64,
    /// When, by the server's clock.
    appended_ms: u64,
    what: &'static str,
    author: String,
    /// The author is who asks.
    by_you: bool,
    /// Whose access it is about.
    person: Option<String>,
    role: Option<Role>,
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// What changed a vault's members and keys, newest first.
    ///
    /// # Errors
    /// `not_found`; `access_ended`; integrity.
    pub async fn access_history(&mut self, vault: VaultId) -> Result<Vec<AccessView>> {
        self.refresh().await?;
        let me = self.me();
        let found = self.shared(vault).await?;
        let events: Vec<_> = found
            .access()
            .iter()
            .filter_map(|event| Some((*event, found.line(event.index)?)))
            .map(|(event, line)| (event, line.appended_ms, line.identity))
            .collect();
        let mut views = Vec::new();
        for (event, appended_ms, author) in events {
            let Some(what) = name_of(event.kind, event.subject.is_some()) else {
                continue;
            };
            let making = event.index < MAKING_ENTRIES && event.kind != Kind::Genesis;
            if making {
                continue;
            }
            views.push(AccessView {
                index: event.index,
                appended_ms,
                what,
                author: self.name_of(author),
                by_you: author == me,
                person: event.subject.map(|person| self.name_of(person)),
                role: event.role,
            });
        }
        views.reverse();
        Ok(views)
    }
}

fn name_of(kind: Kind, of_somebody: bool) -> Option<&'static str> {
    Some(match kind {
        Kind::Genesis => "created",
        Kind::Member => "let_in",
        Kind::Role => "role",
        Kind::Remove => "removed",
        Kind::Leave => "left",
        Kind::Epoch if of_somebody => "retired",
        Kind::Epoch => "keys_renewed",
        Kind::VaultMeta => "renamed",
        _ => return None,
    })
}
