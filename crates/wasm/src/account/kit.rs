//! The recovery kit between sign-up and the proof that it is in somebody's hands.

use crate::core::Core;
use crate::http::Auth;
use crate::platform::{Http, Platform, Storage};
use crate::store::{Keeper, signed_out};
use crate::{CoreError, Result};
use serde::Serialize;
use strongroom_crypto::{Rng, Secret16};
use strongroom_format::codes::{CodeKind, kind_of, read_code, write_code};
use strongroom_format::wallet::SlotKind;
use strongroom_types::ErrorClass;
use strongroom_vault::{RecoveryKit, SlotKeys, Unlocked, Wallet, kit};
use strongroom_wire::{RecoveryConfirm, WalletView};
use zeroize::Zeroizing;

/// Name of the kept text, until it is confirmed.
const KIT: &str = "kit";
/// Groups of a code that are asked back, of seven.
const ASKED_GROUPS: usize = 3;
const CODE_GROUPS: usize = 7;

/// A kit, and which groups of its recovery code are asked back. Wiped on drop.
pub(crate) struct PendingKit {
    text: Zeroizing<String>,
    recovery: Secret16,
    asked: Vec<usize>,
}

/// What the page shows. The text goes to the person's printer; it is in the page on purpose.
#[derive(Serialize)]
pub(crate) struct KitView {
    kit: Option<String>,
    check: Vec<usize>,
}

impl PendingKit {
    pub fn new(kit: &RecoveryKit, rng: &mut dyn Rng) -> Self {
        let mut groups: Vec<usize> = (1..=CODE_GROUPS).collect();
        let mut asked = Vec::with_capacity(ASKED_GROUPS);
        while asked.len() < ASKED_GROUPS && !groups.is_empty() {
            let mut byte = [0];
            rng.fill_bytes(&mut byte);
            // Which groups are asked is no secret: a slight bias does no harm.
            asked.push(groups.remove(usize::from(byte[0]) % groups.len()));
        }
        asked.sort_unstable();
        Self {
            text: kit.to_text(),
            recovery: Secret16::from_bytes(*kit.recovery.danger_bytes()),
            asked,
        }
    }

    pub fn view(&self) -> KitView {
        KitView {
            kit: Some(self.text.to_string()),
            check: self.asked.clone(),
        }
    }

    /// Keeps it until it is confirmed: a page that is closed before the kit is printed must not
    /// cost the account.
    pub async fn keep<H, S: Storage>(
        &self,
        platform: &Platform<H, S>,
        keeper: &Keeper,
    ) -> Result<()> {
        keeper.put(platform, KIT, self.text.as_bytes()).await
    }

    /// The kit that was kept, if it is the one in force: one that was kept for a change which
    /// was stopped opens the wallet not at all, or beside the one in force.
    pub async fn kept<H, S: Storage>(
        platform: &Platform<H, S>,
        keeper: &Keeper,
        wallet: &Wallet<Unlocked>,
    ) -> Result<Option<Self>> {
        let kept = keeper.get(platform, KIT).await?;
        let kit = kept.and_then(|text| {
            let text = std::str::from_utf8(&text).ok()?;
            let kit = RecoveryKit::from_text(text).ok()?;
            let keys = SlotKeys::recovery(&kit.recovery);
            let opened = wallet.slots_of_key(SlotKind::Recovery, keys.slot_key());
            let mut slots = wallet.slots().iter();
            let alone =
                slots.all(|slot| slot.kind != SlotKind::Recovery || opened.contains(&slot.slot));
            alone.then_some(kit)
        });
        Ok(kit.map(|kit| Self::new(&kit, &mut platform.rng())))
    }

    /// Whether a text is the groups that were asked for.
    fn is_answered_by(&self, text: &str) -> bool {
        let code = Zeroizing::new(self.recovery.to_code());
        let groups: Vec<&str> = code.split('-').collect();
        let wanted = self
            .asked
            .iter()
            .filter_map(|number| groups.get(number.checked_sub(1)?))
            .flat_map(|group| group.chars());
        let typed = text.chars().filter(char::is_ascii_alphanumeric).map(|c| {
            match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            }
        });
        wanted.eq(typed)
    }
}

fn mismatch() -> CoreError {
    CoreError::new(
        ErrorClass::Usage,
        "kit_mismatch",
        "that is not what stands on your recovery kit",
    )
    .with_hint("look at the page once more, character by character")
}

impl<H: Http, S: Storage> Core<H, S> {
    /// The kit once more, until it is confirmed.
    pub(crate) fn pending_kit(&self) -> Result<KitView> {
        let open = self.open.as_ref().ok_or_else(signed_out)?;
        let none = KitView {
            kit: None,
            check: Vec::new(),
        };
        Ok(open.kit.as_ref().map_or(none, PendingKit::view))
    }

    /// Proves that the kit is in the person's hands: that it opens the wallet, and to the server.
    pub(crate) async fn confirm_kit(&mut self, text: &str) -> Result<()> {
        let recovery = self.recovery_of(text)?;
        let open = self.open.as_mut().ok_or_else(signed_out)?;
        let auth = Auth::Session(&open.token);
        let view: WalletView = self.platform.get_json("/v1/wallet", auth).await?;
        let keys = SlotKeys::recovery(&recovery);
        let (tenant, identity) = (open.facts.tenant, open.facts.identity);
        let wallet = Wallet::from_bytes(tenant, identity, &view.wallet.0)?
            .open(SlotKind::Recovery, keys.slot_key())
            .map_err(|_| mismatch())?;
        wallet.open_identity(SlotKind::Recovery, keys.identity_key())?;
        let body = RecoveryConfirm {
            auth: kit::recover_auth(&recovery),
        };
        let path = "/v1/account/recovery-confirm";
        self.platform.send_quiet("POST", path, auth, &body).await?;
        open.recovery_confirmed = true;
        open.kit = None;
        open.keeper.delete(&self.platform, KIT).await
    }

    /// The recovery code that a person typed: a whole kit, a whole code, or the groups that were
    /// asked for.
    fn recovery_of(&self, text: &str) -> Result<Secret16> {
        let open = self.open.as_ref().ok_or_else(signed_out)?;
        if kind_of(text).is_some() {
            return read_code(CodeKind::Recover, text).map_err(|_| mismatch());
        }
        if let Some(pending) = &open.kit
            && pending.is_answered_by(text)
        {
            let code = Zeroizing::new(write_code(CodeKind::Recover, &pending.recovery));
            return Ok(read_code(CodeKind::Recover, &code)?);
        }
        let kit = RecoveryKit::from_text(text).map_err(|_| mismatch())?;
        if kit.tenant != open.facts.tenant {
            return Err(mismatch());
        }
        Ok(kit.recovery)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_crypto::DangerSeededRng;
    use strongroom_types::{Digest, TenantId};

    #[test]
    fn the_asked_groups_answer_in_any_writing_and_no_others() {
        let mut rng = DangerSeededRng::new(5);
        let kit = RecoveryKit {
            server_url: "https://a.example".into(),
            ca_fingerprint: Digest::ZERO,
            tenant: TenantId::ZERO,
            name: "ada".into(),
            recovery: Secret16::make(&mut rng),
            device_secret: Secret16::make(&mut rng),
            directory_recovery: None,
            keep_earlier_page: false,
        };
        let pending = PendingKit::new(&kit, &mut rng);
        assert_eq!(pending.asked.len(), ASKED_GROUPS);
        assert!(pending.asked.is_sorted());
        let code = kit.recovery.to_code();
        let groups: Vec<&str> = code.split('-').collect();
        let answer: Vec<&str> = pending.asked.iter().map(|n| groups[n - 1]).collect();
        assert!(pending.is_answered_by(&answer.join(" ")));
        let sloppy = answer.join("").to_lowercase().replace('0', "o");
        assert!(pending.is_answered_by(&sloppy));
        assert!(!pending.is_answered_by(&answer[..2].join(" ")));
        let other: Vec<&str> = (1..=CODE_GROUPS)
            .filter(|n| !pending.asked.contains(n))
            .take(3)
            .map(|n| groups[n - 1])
            .collect();
        assert!(!pending.is_answered_by(&other.join(" ")));
        assert!(!pending.is_answered_by(""));
    }
}
