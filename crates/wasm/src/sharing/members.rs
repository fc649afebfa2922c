//! The members of a vault as the page shows them.

use super::colleagues::{Comparison, comparison};
use crate::Result;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use serde::Serialize;
use strongroom_format::entry::Kind;
use strongroom_types::*;

/// A member of a vault.
#[derive(Serialize)]
pub(crate) struct MemberView {
    identity: IdentityId,
    name: String,
    role: Role,
    you: bool,
    /// Who let them in; nobody let in who made the vault.
    let_in_by: Option<String>,
    /// When, by the server's clock.
    since_ms: u64,
    comparison: Comparison,
    /// When their identity key was renewed, by their own clock.
    renewed_ms: Option<u64>,
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    pub async fn members(&mut self, vault: VaultId) -> Result<Vec<MemberView>> {
        self.refresh().await?;
        let me = self.me();
        let found = self.shared(vault).await?;
        let members: Vec<_> = found.machine.state().members().collect();
        let mut views: Vec<MemberView> = Vec::new();
        for (identity, member) in members {
            let found = self.vault(vault).await?;
            let came = found.access().iter().rev().find(|event| {
                event.subject == Some(identity)
                    && matches!(event.kind, Kind::Genesis | Kind::Member)
            });
            let line = came.and_then(|event| Some((event.kind, found.line(event.index)?)));
            let since_ms = line.map_or(0, |(_, line)| line.appended_ms);
            let author =
                line.and_then(|(kind, line)| (kind == Kind::Member).then_some(line.identity));
            let known = self.open.directory.identity(identity);
            views.push(MemberView {
                identity,
                name: self.name_of(identity),
                role: member.role,
                you: identity == me,
                let_in_by: author.map(|author| self.name_of(author)),
                since_ms,
                comparison: comparison(&self.open.wallet, known),
                renewed_ms: known.and_then(|known| known.renewed_ms()),
            });
        }
        views.sort_by(|a, b| b.role.cmp(&a.role).then(a.name.cmp(&b.name)));
        Ok(views)
    }
}
