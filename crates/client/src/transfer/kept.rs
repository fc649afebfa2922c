//! What an earlier run of a download left on disk. Nothing of it is believed: it is sealed again
//! under the file's own key, which gives the very bytes that the author sealed, and counts as
//! far as their hashes are the leaves of the signed tree. The sealed bytes go nowhere.

use super::spool::fill;
use crate::Result;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use strongroom_crypto::SymmetricKey;
use strongroom_format::file::FileManifest;
use strongroom_types::limits::*;
use strongroom_vault::file::{FileSealer, NewRevision, Piece};

/// A leaf's length, bytes.
const LEAF: u64 = 32;

/// Plaintext on disk, compared with the leaves as they come.
pub(super) struct Kept<'a> {
    file: &'a mut File,
    sealer: FileSealer,
    /// Whole parts that are there; the last part of a file is always fetched again.
    parts: u64,
    buffer: Vec<u8>,
    /// Leaves of the piece sealed last, and how many bytes of them were compared.
    computed: Vec<u8>,
    compared: usize,
    agreed_bytes: u64,
    over: bool,
}

impl<'a> Kept<'a> {
    /// Begins; `None` where there is nothing to keep.
    pub fn begin(
        file: &'a mut File,
        key: &SymmetricKey,
        manifest: &FileManifest,
    ) -> Result<Option<Self>> {
        let there = file.metadata()?.len().min(manifest.true_length);
        let whole = there / PART_PLAIN_BYTES as u64;
        if whole == 0 {
            return Ok(None);
        }
        let revision = NewRevision {
            file: manifest.file,
            revision: manifest.revision,
            record: manifest.record,
            parents: manifest.parents.clone(),
            true_length: manifest.true_length,
        };
        let sealer = FileSealer::resume(
            manifest.tenant,
            manifest.vault,
            revision,
            key.danger_duplicate(),
            &manifest.header,
        )?;
        if sealer.sealed_length() != manifest.sealed_length {
            return Ok(None);
        }
        file.seek(SeekFrom::Start(0))?;
        let last = sealer.geometry().part_count.saturating_sub(1);
        Ok(Some(Self {
            file,
            parts: whole.min(last),
            sealer,
            buffer: Vec::with_capacity(Piece::MAX_BYTES),
            computed: Vec::new(),
            compared: 0,
            agreed_bytes: 0,
            over: false,
        }))
    }

    /// Compares the next leaves, in pieces of any size.
    ///
    /// # Errors
    /// As the file system gives them.
    pub fn compare(&mut self, mut leaves: &[u8]) -> Result<()> {
        while !self.over && !leaves.is_empty() {
            let ready = self.computed.get(self.compared..).unwrap_or_default();
            if ready.is_empty() {
                self.seal_next()?;
                continue;
            }
            let same = ready
                .iter()
                .zip(leaves)
                .take_while(|(ours, theirs)| ours == theirs)
                .count();
            self.over = same < ready.len().min(leaves.len());
            self.compared += same;
            self.agreed_bytes += same as u64;
            leaves = leaves.get(same..).unwrap_or_default();
        }
        Ok(())
    }

    fn seal_next(&mut self) -> Result<()> {
        let piece = self.sealer.next_piece();
        let Some(piece) = piece.filter(|piece| piece.part < self.parts) else {
            self.over = true;
            return Ok(());
        };
        self.buffer.resize(piece.sealed_bytes, 0);
        let room = self.buffer.get_mut(piece.room()).unwrap_or_default();
        if fill(self.file, room)? != piece.plain_bytes {
            self.over = true;
            return Ok(());
        }
        self.computed.clear();
        self.compared = 0;
        self.sealer
            .seal_piece(&mut self.buffer, &mut self.computed)?;
        Ok(())
    }

    /// How much plaintext from the beginning is right, if the leaves that were compared are:
    /// the chunks that lie wholly in groups whose leaves agreed.
    pub fn verified(&self) -> u64 {
        let groups = self.agreed_bytes / LEAF;
        let sealed = (groups * TREE_GROUP_BYTES as u64).saturating_sub(BOX_HEADER_BYTES as u64);
        sealed / CHUNK_SEALED_BYTES as u64 * CHUNK_PLAIN_BYTES as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use strongroom_crypto::DangerSeededRng;
    use strongroom_types::*;
    use strongroom_vault::file::FileDetails;

    fn sealed(data: &[u8]) -> (SymmetricKey, FileManifest, Vec<u8>) {
        let mut rng = DangerSeededRng::new(4);
        let new = NewRevision {
            file: FileId::make(&mut rng),
            revision: RevisionId::make(&mut rng),
            record: RecordId::make(&mut rng),
            parents: Vec::new(),
            true_length: data.len() as u64,
        };
        let (tenant, vault) = (TenantId::from_bytes([1; 32]), VaultId::from_bytes([2; 32]));
        let mut sealer = FileSealer::begin(tenant, vault, new, &mut rng).unwrap();
        let mut leaves = Vec::new();
        for number in 0..sealer.geometry().part_count {
            let start = (number as usize * PART_PLAIN_BYTES).min(data.len());
            let length = sealer.part_plain_len(number).unwrap();
            let mut buffer = data[start..start + length].to_vec();
            sealer.seal_part(number, &mut buffer, &mut leaves).unwrap();
        }
        let details = FileDetails {
            name: "x".into(),
            media_type: "a/b".into(),
            thumbnail: None,
            conflict: false,
            created_ms: 0,
        };
        let done = sealer.finish(details, &mut leaves).unwrap();
        (
            done.key().danger_duplicate(),
            done.manifest().clone(),
            leaves,
        )
    }

    fn verified(on_disk: &[u8], key: &SymmetricKey, manifest: &FileManifest, leaves: &[u8]) -> u64 {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(on_disk).unwrap();
        let Some(mut kept) = Kept::begin(&mut file, key, manifest).unwrap() else {
            return 0;
        };
        // in pieces that end anywhere
        for piece in leaves.chunks(1_001) {
            kept.compare(piece).unwrap();
        }
        kept.verified()
    }

    #[test]
    fn only_what_agrees_with_the_tree_is_kept() {
        let part = PART_PLAIN_BYTES;
        let data: Vec<u8> = (0..3 * part + 70_000)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        let (key, manifest, leaves) = sealed(&data);
        let kept = |bytes: &[u8]| verified(bytes, &key, &manifest, &leaves) as usize;
        assert_eq!(kept(&[]), 0);
        assert_eq!(kept(&data[..part - 1]), 0);
        // All but the chunk that reaches into a group of the next part.
        let near = |kept: usize, whole: usize| kept <= whole && kept + 2 * 16_384 > whole;
        assert!(near(kept(&data[..2 * part + 5]), 2 * part));
        assert!(near(kept(&data), 3 * part), "the last part never counts");
        let mut longer = data.clone();
        longer.extend([0; 100_000]);
        assert!(near(kept(&longer), 3 * part));
        for place in [
            0,
            1,
            16_383,
            16_384,
            part - 1,
            part,
            part + 9_000_000 % part,
        ] {
            let mut wrong = data.clone();
            wrong[place] ^= 1;
            let kept = kept(&wrong);
            assert!(kept <= place, "{place}: {kept}");
            assert!(kept + 3 * 16_384 > place.min(3 * part), "{place}: {kept}");
        }
        // Another revision's bytes are worth nothing.
        let other: Vec<u8> = data.iter().map(|byte| byte ^ 0x55).collect();
        assert_eq!(kept(&other), 0);
    }
}
