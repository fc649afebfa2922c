//! Bytes of the wallet (formats, section 11). Keys are handled in `strongroom-vault`.

use crate::FormatError;
use crate::cbor::{Blob, Fixed, bytes, expect_label, from_cbor, to_cbor};
use crate::pad::{pad, unpad};
use std::collections::BTreeSet;
use strongroom_types::limits::{WALLET_MAX_BYTES, WALLET_MAX_SLOTS};
use strongroom_types::*;
use zeroize::Zeroizing;

/// The kind of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotKind {
    Passphrase,
    Recovery,
    Passkey,
}

impl SlotKind {
    /// The number in contexts and bytes.
    pub fn number(self) -> u64 {
        match self {
            SlotKind::Passphrase => 1,
            SlotKind::Recovery => 2,
            SlotKind::Passkey => 3,
        }
    }

    fn from_number(number: u64) -> Result<Self, FormatError> {
        match number {
            1 => Ok(SlotKind::Passphrase),
            2 => Ok(SlotKind::Recovery),
            3 => Ok(SlotKind::Passkey),
            _ => Err(FormatError::Unknown("kind of slot")),
        }
    }
}

/// A way into the wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    pub slot: SlotId,
    pub kind: SlotKind,
    pub sealed: Vec<u8>,
}

/// The wallet as the server stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredWallet {
    pub key_generation: u64,
    pub version: u64,
    pub sealed: Vec<u8>,
    pub slots: Vec<Slot>,
}

impl StoredWallet {
    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let slots: Vec<_> = self
            .slots
            .iter()
            .map(|slot| (slot.slot, slot.kind.number(), bytes(&slot.sealed)))
            .collect();
        to_cbor(&(
            self.key_generation,
            self.version,
            bytes(&self.sealed),
            slots,
        ))
    }

    /// Reads the canonical bytes.
    ///
    /// # Errors
    /// [`FormatError`]; also without a slot or with more than 32.
    pub fn from_bytes(input: &[u8]) -> Result<Self, FormatError> {
        let (key_generation, version, sealed, slots): (u64, u64, Blob, Vec<(SlotId, u64, Blob)>) =
            from_cbor(input, WALLET_MAX_BYTES, "wallet")?;
        if slots.is_empty() || slots.len() > WALLET_MAX_SLOTS {
            return Err(FormatError::Invalid("a wallet has 1 to 32 slots"));
        }
        let ids: BTreeSet<SlotId> = slots.iter().map(|(slot, ..)| *slot).collect();
        if ids.len() != slots.len() {
            return Err(FormatError::Invalid("a slot stands in a wallet once"));
        }
        let slots = slots
            .into_iter()
            .map(|(slot, kind, sealed)| {
                Ok(Slot {
                    slot,
                    kind: SlotKind::from_number(kind)?,
                    sealed: sealed.into(),
                })
            })
            .collect::<Result<_, FormatError>>()?;
        Ok(Self {
            key_generation,
            version,
            sealed: sealed.into(),
            slots,
        })
    }
}

/// What is inside the wallet box. Secret bytes in it are wiped when it is dropped.
pub struct WalletContent {
    /// Seeds of wrap keys by generation.
    pub wrap_seeds: Vec<(u64, Zeroizing<[u8; 32]>)>,
    /// The identity's signing seed in its own box.
    pub identity_box: Vec<u8>,
    /// Inner slots: the identity key in boxes.
    pub inner_slots: Vec<(SlotId, Vec<u8>)>,
    /// Keys of the wallet's own slots.
    pub slot_keys: Vec<(SlotId, Zeroizing<[u8; 32]>)>,
    /// Identities whose safety number the person compared, with the name they had.
    pub pins: Vec<(IdentityId, String)>,
    /// Newest verified place of every log, by log id.
    pub heads: Vec<(Digest, u64, Digest)>,
    /// Vaults of this person, with the name they gave them.
    pub vaults: Vec<(VaultId, String)>,
    /// Day of the last merge, days since 1970-01-01.
    pub day: u64,
}

type ContentTuple = (
    String,
    Vec<(u64, Fixed<32>)>,
    Blob,
    Vec<(SlotId, Blob)>,
    Vec<(SlotId, Fixed<32>)>,
    Vec<(IdentityId, String)>,
    Vec<(Digest, u64, Digest)>,
    Vec<(VaultId, String)>,
    u64,
);

impl WalletContent {
    /// Packs and pads for the wallet box. Lists are brought into their one order here: sorted
    /// by their first element, which stands in them once (the last one put in counts, and the
    /// highest place of a log).
    pub fn pack(&mut self) -> Zeroizing<Vec<u8>> {
        in_order(&mut self.wrap_seeds, |item| item.0);
        in_order(&mut self.inner_slots, |item| item.0);
        in_order(&mut self.slot_keys, |item| item.0);
        in_order(&mut self.pins, |item| item.0);
        self.heads.sort();
        in_order(&mut self.heads, |item| item.0);
        in_order(&mut self.vaults, |item| item.0);
        let seeds: Vec<_> = self
            .wrap_seeds
            .iter()
            .map(|(number, seed)| (*number, bytes(&seed[..])))
            .collect();
        let inner: Vec<_> = self
            .inner_slots
            .iter()
            .map(|(slot, sealed)| (*slot, bytes(sealed)))
            .collect();
        let keys: Vec<_> = self
            .slot_keys
            .iter()
            .map(|(slot, key)| (*slot, bytes(&key[..])))
            .collect();
        let packed = Zeroizing::new(to_cbor(&(
            "walletc/1",
            seeds,
            bytes(&self.identity_box),
            inner,
            keys,
            &self.pins,
            &self.heads,
            &self.vaults,
            self.day,
        )));
        pad(&packed)
    }

    /// Reads the content of a wallet box.
    ///
    /// # Errors
    /// [`FormatError`], also for a list that is not sorted or names something twice.
    pub fn unpack(padded: &[u8]) -> Result<Self, FormatError> {
        let t: ContentTuple = from_cbor(unpad(padded)?, WALLET_MAX_BYTES, "wallet content")?;
        expect_label(&t.0, "walletc/1", "wallet content")?;
        check_order(&t.1, |item| item.0)?;
        check_order(&t.3, |item| item.0)?;
        check_order(&t.4, |item| item.0)?;
        check_order(&t.5, |item| item.0)?;
        check_order(&t.6, |item| item.0)?;
        check_order(&t.7, |item| item.0)?;
        Ok(Self {
            wrap_seeds: t
                .1
                .into_iter()
                .map(|(number, seed)| (number, Zeroizing::new(seed.into())))
                .collect(),
            identity_box: t.2.into(),
            inner_slots: t
                .3
                .into_iter()
                .map(|(slot, sealed)| (slot, sealed.into()))
                .collect(),
            slot_keys: t
                .4
                .into_iter()
                .map(|(slot, key)| (slot, Zeroizing::new(key.into())))
                .collect(),
            pins: t.5,
            heads: t.6,
            vaults: t.7,
            day: t.8,
        })
    }
}

/// Sorts by a key and keeps the last of those that share it.
fn in_order<T, K: Ord>(list: &mut Vec<T>, key: impl Fn(&T) -> K) {
    list.sort_by_key(&key);
    list.dedup_by(|later, kept| {
        let same = key(later) == key(kept);
        if same {
            std::mem::swap(later, kept);
        }
        same
    });
}

fn check_order<T, K: Ord>(list: &[T], key: impl Fn(&T) -> K) -> Result<(), FormatError> {
    if list.is_sorted_by(|a, b| key(a) < key(b)) {
        Ok(())
    } else {
        Err(FormatError::NotCanonical("list in the wallet"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_twice_counts_once() {
        let person = |byte| IdentityId::from_bytes([byte; 32]);
        let log = |byte| Digest::from_bytes([byte; 32]);
        let mut content = WalletContent {
            wrap_seeds: vec![(2, Zeroizing::new([2; 32])), (1, Zeroizing::new([1; 32]))],
            identity_box: Vec::new(),
            inner_slots: Vec::new(),
            slot_keys: Vec::new(),
            pins: vec![
                (person(9), "z".into()),
                (person(3), "old".into()),
                (person(3), "new".into()),
            ],
            heads: vec![
                (log(5), 9, log(1)),
                (log(5), 4, log(2)),
                (log(1), 0, log(3)),
            ],
            vaults: Vec::new(),
            day: 0,
        };
        let read = WalletContent::unpack(&content.pack()).unwrap();
        assert_eq!(read.wrap_seeds[0].0, 1);
        assert_eq!(
            read.pins,
            [(person(3), "new".into()), (person(9), "z".into())]
        );
        assert_eq!(read.heads, [(log(1), 0, log(3)), (log(5), 9, log(1))]);
    }
}
