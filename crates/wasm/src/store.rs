//! What lies in the browser's storage (`docs/adr/0014-browser-core.md`): four small values that
//! make this browser a device, and kept values that only the person's login opens.

use crate::platform::{Platform, Storage};
use crate::{CoreError, Result};
use serde::{Deserialize, Serialize};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{Rng, Secret16, SymmetricKey};
use strongroom_format::names;
use strongroom_format::person::device_id;
use strongroom_types::*;
use strongroom_vault::local::{self, LocalOwner, LocalPurpose};
use zeroize::Zeroizing;

const FACTS: &str = "facts";
const DEVICE_SECRET: &str = "device-secret";
const DEVICE_BOX: &str = "device.box";
const CACHE_BOX: &str = "cache.box";

/// Whose browser this is. Nothing secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facts {
    pub format: u64,
    pub name: String,
    pub tenant: TenantId,
    pub identity: IdentityId,
    pub device: DeviceId,
    pub device_name: String,
    /// False from the first step of a sign-up to its last.
    pub complete: bool,
}

impl Facts {
    pub fn owner(&self) -> LocalOwner {
        LocalOwner {
            tenant: self.tenant,
            identity: self.identity,
            device: self.device,
        }
    }

    /// Whether somebody of this name is meant.
    pub fn is_of(&self, name: &str) -> bool {
        names::look(&self.name) == names::look(name)
    }
}

/// What this browser knows of its person before they log in.
pub(crate) struct Known {
    pub facts: Facts,
    pub device_secret: Secret16,
}

/// The keys that lie here in boxes. Wiped on drop.
pub(crate) struct LocalKeys {
    pub device: SignSecret,
    pub cache_key: SymmetricKey,
}

impl<H, S: Storage> Platform<H, S> {
    /// Whose browser this is, if it is anybody's. What does not read as a profile is none.
    pub(crate) async fn known(&self) -> Result<Option<Known>> {
        let facts = self.storage.get(FACTS).await?;
        let facts = facts
            .and_then(|bytes| serde_json::from_slice::<Facts>(&bytes).ok())
            .filter(|facts| facts.format == 1);
        let secret = self.storage.get(DEVICE_SECRET).await?.map(Zeroizing::new);
        let secret = secret.and_then(|bytes| <[u8; 16]>::try_from(bytes.as_slice()).ok());
        Ok(facts.zip(secret).map(|(facts, secret)| Known {
            facts,
            device_secret: Secret16::from_bytes(secret),
        }))
    }

    /// Makes this browser a person's device; what lay here of others is gone. The facts come
    /// last: without them the rest is nothing.
    pub(crate) async fn begin_profile(
        &self,
        facts: &Facts,
        device_secret: &Secret16,
        local_key: &SymmetricKey,
        keys: &LocalKeys,
    ) -> Result<()> {
        let owner = facts.owner();
        let seal = |purpose, data: &[u8], rng: &mut dyn Rng| {
            local::seal(local_key, owner, purpose, data, rng)
        };
        let device = seal(
            LocalPurpose::Device,
            &keys.device.danger_seed()[..],
            &mut self.rng(),
        );
        let cache = seal(
            LocalPurpose::Cache,
            keys.cache_key.danger_bytes(),
            &mut self.rng(),
        );
        self.storage.clear().await?;
        let secret = device_secret.danger_bytes();
        self.storage.put(DEVICE_SECRET, secret).await?;
        self.storage.put(DEVICE_BOX, &device).await?;
        self.storage.put(CACHE_BOX, &cache).await?;
        self.set_facts(facts).await
    }

    /// Boxes the keys for a login that does not work yet, beside the boxes for the one that does.
    pub(crate) async fn box_beside(
        &self,
        facts: &Facts,
        local_key: &SymmetricKey,
        keys: (&SignSecret, &SymmetricKey),
    ) -> Result<()> {
        let owner = facts.owner();
        let device = local::seal(
            local_key,
            owner,
            LocalPurpose::Device,
            &keys.0.danger_seed()[..],
            &mut self.rng(),
        );
        let cache = local::seal(
            local_key,
            owner,
            LocalPurpose::Cache,
            keys.1.danger_bytes(),
            &mut self.rng(),
        );
        self.storage.put(&next(DEVICE_BOX), &device).await?;
        Ok(self.storage.put(&next(CACHE_BOX), &cache).await?)
    }

    /// Puts the boxes of [`Self::box_beside`] in place, where they open by the login that works.
    pub(crate) async fn settle_boxes(&self, facts: &Facts, local_key: &SymmetricKey) -> Result<()> {
        let boxes = [
            (DEVICE_BOX, LocalPurpose::Device),
            (CACHE_BOX, LocalPurpose::Cache),
        ];
        for (name, purpose) in boxes {
            let Some(sealed) = self.storage.get(&next(name)).await? else {
                continue;
            };
            if local::open(local_key, facts.owner(), purpose, &sealed).is_ok() {
                self.storage.put(name, &sealed).await?;
                self.storage.delete(&next(name)).await?;
            }
        }
        Ok(())
    }

    /// Writes the facts anew.
    pub(crate) async fn set_facts(&self, facts: &Facts) -> Result<()> {
        let bytes = serde_json::to_vec(facts)?;
        Ok(self.storage.put(FACTS, &bytes).await?)
    }

    /// The keys that a login opens; `None` where they are not here or do not open by it, after
    /// a change of passphrase elsewhere for example.
    pub(crate) async fn local_keys(
        &self,
        facts: &Facts,
        local_key: &SymmetricKey,
    ) -> Result<Option<LocalKeys>> {
        let mut found = Vec::new();
        for name in [DEVICE_BOX, CACHE_BOX] {
            for name in [name.to_owned(), next(name)] {
                found.extend(self.storage.get(&name).await?);
            }
        }
        Ok(open_boxes(facts, local_key, &found))
    }
}

/// Where a box lies until the login works that opens it.
fn next(name: &str) -> String {
    format!("{name}.next")
}

/// The keys in a pair of boxes. Which box is which, and whether it is of this device, shows in
/// opening it.
pub(crate) fn open_boxes(
    facts: &Facts,
    key: &SymmetricKey,
    boxes: &[Vec<u8>],
) -> Option<LocalKeys> {
    let open = |purpose, sealed| local::open(key, facts.owner(), purpose, sealed).ok();
    let device = boxes.iter().find_map(|sealed| {
        let seed = open(LocalPurpose::Device, sealed)?;
        let seed = Zeroizing::new(<[u8; 64]>::try_from(seed.as_slice()).ok()?);
        let device = SignSecret::from_seed(&seed);
        (device_id(device.public()) == facts.device).then_some(device)
    })?;
    let cache_key = boxes
        .iter()
        .find_map(|sealed| SymmetricKey::from_slice(&open(LocalPurpose::Cache, sealed)?))?;
    Some(LocalKeys { device, cache_key })
}

/// The key and owner of kept values.
pub(crate) struct Keeper {
    pub cache_key: SymmetricKey,
    pub owner: LocalOwner,
}

impl Keeper {
    /// A kept value. One that does not open is none: whatever lies there is read from the
    /// server again, and must contain what the wallet remembers.
    pub(crate) async fn get<H, S: Storage>(
        &self,
        platform: &Platform<H, S>,
        name: &str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let sealed = platform.storage.get(&place(name)).await?;
        Ok(sealed
            .and_then(|sealed| local::open_kept(&self.cache_key, self.owner, name, &sealed).ok()))
    }

    /// Keeps a value.
    pub(crate) async fn put<H, S: Storage>(
        &self,
        platform: &Platform<H, S>,
        name: &str,
        value: &[u8],
    ) -> Result<()> {
        let sealed = local::seal_kept(
            &self.cache_key,
            self.owner,
            name,
            value,
            &mut platform.rng(),
        );
        Ok(platform.storage.put(&place(name), &sealed).await?)
    }

    /// Forgets a value.
    pub(crate) async fn delete<H, S: Storage>(
        &self,
        platform: &Platform<H, S>,
        name: &str,
    ) -> Result<()> {
        Ok(platform.storage.delete(&place(name)).await?)
    }
}

/// Where a kept value lies.
pub(crate) fn place(name: &str) -> String {
    format!("kept/{name}")
}

/// Nobody is signed in.
pub(crate) fn signed_out() -> CoreError {
    CoreError::refused("logged_out", "nobody is signed in on this page").with_hint("sign in")
}
