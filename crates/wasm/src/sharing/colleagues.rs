//! The people of the organisation, and whether one knows that their keys are theirs.

use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::{CoreError, Result};
use serde::Serialize;
use strongroom_format::directory::Identity;
use strongroom_types::*;
use strongroom_vault::wallet::Compared;
use strongroom_vault::{Unlocked, Wallet, safety};

/// Whether safety numbers were compared.
#[derive(Clone, Copy, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Comparison {
    /// Never.
    Never,
    /// With a key that was renewed since.
    Changed,
    /// With the key in force.
    Compared,
}

/// A person of the organisation.
#[derive(Serialize)]
pub(crate) struct ColleagueView {
    identity: IdentityId,
    name: String,
    account_role: AccountRole,
    you: bool,
    retired: bool,
    comparison: Comparison,
    /// When their identity key was renewed, by their own clock.
    renewed_ms: Option<u64>,
}

/// What two people compare.
#[derive(Serialize)]
pub(crate) struct SafetyView {
    #[serde(flatten)]
    person: ColleagueView,
    /// Twelve groups of five digits.
    number: String,
    /// The same in twenty words.
    words: Vec<&'static str>,
}

pub(super) fn comparison(wallet: &Wallet<Unlocked>, person: Option<&Identity>) -> Comparison {
    match person.map_or(Compared::Never, |person| wallet.compared(person)) {
        Compared::Never => Comparison::Never,
        Compared::FormerKey => Comparison::Changed,
        Compared::Yes => Comparison::Compared,
    }
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Everybody in the organisation, the retired ones too.
    pub async fn colleagues(&mut self) -> Result<Vec<ColleagueView>> {
        self.refresh().await?;
        let mut views: Vec<ColleagueView> = self
            .open
            .directory
            .identities()
            .map(|(identity, known)| self.colleague(identity, known))
            .collect();
        views.sort_by(|a, b| a.retired.cmp(&b.retired).then(a.name.cmp(&b.name)));
        Ok(views)
    }

    fn colleague(&self, identity: IdentityId, known: &Identity) -> ColleagueView {
        ColleagueView {
            identity,
            name: known.name.clone(),
            account_role: known.account_role,
            you: identity == self.me(),
            retired: known.retired_index.is_some(),
            comparison: comparison(&self.open.wallet, Some(known)),
            renewed_ms: known.renewed_ms(),
        }
    }

    /// The number that two people compare to be sure that nobody stands between them.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn safety_number(&mut self, identity: IdentityId) -> Result<SafetyView> {
        self.refresh().await?;
        self.safety(identity)
    }

    fn safety(&self, identity: IdentityId) -> Result<SafetyView> {
        let directory = &self.open.directory;
        let unknown = || CoreError::not_found("there is no such person in your organisation");
        let known = directory.identity(identity).ok_or_else(unknown)?;
        let me = directory.identity(self.me()).ok_or_else(unknown)?;
        let [mine, theirs] = [me, known].map(|person| person.public.key_hash());
        let number = safety::safety_number(self.tenant(), mine, theirs);
        Ok(SafetyView {
            person: self.colleague(identity, known),
            words: safety::in_words(&number),
            number,
        })
    }

    /// Remembers in the wallet that the number was compared, or that it was not after all.
    /// `number` is the one that was looked at: it must be the one in force.
    ///
    /// # Errors
    /// `not_found`; `stale` where the number is another one by now.
    pub async fn set_compared(
        &mut self,
        identity: IdentityId,
        number: &str,
        compared: bool,
    ) -> Result<SafetyView> {
        self.refresh().await?;
        let now = self.safety(identity)?;
        if now.number != number {
            return Err(CoreError::conflict(
                "number_changed",
                "the number has changed since it was shown",
            ));
        }
        let known = self.open.directory.identity(identity);
        let keys: Vec<Digest> = known
            .map(|known| known.keys.iter().map(|key| key.key_hash).collect())
            .unwrap_or_default();
        let newest = known.map(|known| (known.public.key_hash(), known.name.clone()));
        self.save_wallet(&mut |wallet| match &newest {
            Some((key_hash, name)) if compared => wallet.pin(*key_hash, name),
            _ => keys.iter().for_each(|key_hash| wallet.unpin(*key_hash)),
        })
        .await?;
        self.safety(identity)
    }
}
