//! Vaults: entries as their members seal them.

use super::*;

impl World {
    /// A vault's state, replayed from pages.
    pub async fn vault(&self, person: &Person, vault: VaultId) -> (VaultState, DirectoryState) {
        let directory = self.directory(person).await;
        let mut state = VaultState::new(person.tenant(), Some(vault));
        for entry in self.entries(person, vault).await {
            let signed =
                SignedEntry::verify(entry.entry, person.tenant(), vault, &directory).unwrap();
            state.apply(&signed, &directory, &|_| None).unwrap();
        }
        (state, directory)
    }

    pub async fn entries(&self, person: &Person, vault: VaultId) -> Vec<PageEntry> {
        let mut entries: Vec<PageEntry> = Vec::new();
        loop {
            let after = entries.last().map(|entry| format!("after={}", entry.index));
            let path = format!("/v1/vaults/{vault}/entries?{}", after.unwrap_or_default());
            let page = Page::from_bytes(&self.get(&path, person.token()).await.ok().body).unwrap();
            if page.entries.is_empty() {
                return entries;
            }
            entries.extend(page.entries);
        }
    }

    /// An entry at the next place of a vault.
    pub fn entry(
        &self,
        state: &VaultState,
        directory: &DirectoryState,
        person: &Person,
        payload: &VaultPayload,
    ) -> UnverifiedEntry {
        let tip = state
            .tip(person.device_id())
            .map(|tip| (tip.device_seq, tip.body_hash));
        self.entry_after(state, directory, person, payload, tip)
    }

    /// An entry that follows another one of the same device, with an older picture of the log.
    pub fn entry_after(
        &self,
        state: &VaultState,
        directory: &DirectoryState,
        person: &Person,
        payload: &VaultPayload,
        tip: Option<(u64, Digest)>,
    ) -> UnverifiedEntry {
        let seen = state.head();
        let head = directory.head().unwrap();
        let body = EntryBody {
            tenant: person.tenant(),
            vault: state.vault(),
            epoch: state.epoch(),
            kind: payload.kind(),
            device: person.device_id(),
            device_seq: tip.map_or(1, |tip| tip.0 + 1),
            previous_own_entry: tip.map_or(Digest::ZERO, |tip| tip.1),
            seen_index: seen.map_or(0, |seen| seen.index),
            seen_hash: seen.map_or(Digest::ZERO, |seen| seen.hash),
            directory_index: head.index,
            directory_hash: head.hash,
            control_hash: state.control_hash(),
            payload_hash: Digest::ZERO,
        };
        let payload = payload.to_bytes(person.tenant(), state.vault());
        UnverifiedEntry::author(body, payload, &person.device)
    }

    pub async fn create_vault(&self, person: &Person) -> VaultId {
        let body = self.new_vault(person, VaultKind::Shared).await;
        let appended: Appended = self.cbor("/v1/vaults", person.token(), body).await.json();
        appended.log.parse().unwrap()
    }

    /// The request that makes a vault.
    pub async fn new_vault(&self, person: &Person, vault_kind: VaultKind) -> Vec<u8> {
        let directory = self.directory(person).await;
        let mut state = VaultState::new(person.tenant(), None);
        let payload = VaultPayload::Genesis {
            nonce: self.random(),
            vault_kind,
            identity: person.identity_id(),
        };
        let genesis = self.entry(&state, &directory, person, &payload);
        self.advance(&mut state, &directory, person, &genesis);
        let (renewal, wraps) = self.renewal(&state, &directory, &[person.identity_id()]);
        let epoch = self.entry(&state, &directory, person, &VaultPayload::Epoch(renewal));
        self.advance(&mut state, &directory, person, &epoch);
        let name = VaultPayload::VaultMeta {
            sealed: vec![9; 328],
        };
        let name = self.entry(&state, &directory, person, &name);
        Append {
            entries: vec![genesis, epoch, name],
            wraps,
            link_boxes: Vec::new(),
        }
        .to_bytes()
    }

    pub fn advance(
        &self,
        state: &mut VaultState,
        directory: &DirectoryState,
        person: &Person,
        entry: &UnverifiedEntry,
    ) {
        let signed =
            SignedEntry::verify(entry.clone(), person.tenant(), state.vault(), directory).unwrap();
        state.apply(&signed, directory, &|_| None).unwrap();
    }

    /// New keys for these members; the wraps are noise, which the server can't tell.
    pub fn renewal(
        &self,
        state: &VaultState,
        directory: &DirectoryState,
        members: &[IdentityId],
    ) -> (Renewal, Vec<WrapFor>) {
        let mut members = members.to_vec();
        members.sort();
        let head = directory.head().unwrap().index;
        let wraps: Vec<WrapFor> = members
            .iter()
            .map(|identity| WrapFor {
                identity: *identity,
                generation: directory.wrap_key_at(*identity, head).unwrap().generation,
                wrap: self.random::<1168>().to_vec(),
            })
            .collect();
        let leaves: Vec<WrapLeaf> = wraps
            .iter()
            .map(|wrap| WrapLeaf {
                identity: wrap.identity,
                generation: wrap.generation,
                wrap_hash: sha256(&wrap.wrap),
            })
            .collect();
        let epoch = state.epoch().next().unwrap();
        let history = if epoch == Epoch(1) {
            Vec::new()
        } else {
            vec![5; 104]
        };
        let renewal = Renewal {
            epoch,
            commitment: Digest::from_bytes(self.random()),
            wraps_root: wraps_root(&leaves).unwrap(),
            history_box: history.into(),
        };
        (renewal, wraps)
    }

    pub async fn post(&self, person: &Person, vault: VaultId, append: &Append) -> Answer {
        let path = format!("/v1/vaults/{vault}/entries");
        self.cbor(&path, person.token(), append.to_bytes()).await
    }

    /// Appends one payload at the newest place.
    pub async fn append(&self, person: &Person, vault: VaultId, payload: &VaultPayload) -> Answer {
        let (state, directory) = self.vault(person, vault).await;
        let entry = self.entry(&state, &directory, person, payload);
        self.post(person, vault, &Append::of(vec![entry])).await
    }

    /// Makes somebody a member.
    pub async fn add_member(
        &self,
        manager: &Person,
        vault: VaultId,
        person: &Person,
        role: Role,
    ) -> Answer {
        let (state, directory) = self.vault(manager, vault).await;
        let wrap = self.random::<1168>().to_vec();
        let payload = VaultPayload::Member {
            identity: person.identity_id(),
            role,
            generation: 1,
            wrap_hash: sha256(&wrap),
        };
        let entry = self.entry(&state, &directory, manager, &payload);
        let wraps = vec![WrapFor {
            identity: person.identity_id(),
            generation: 1,
            wrap,
        }];
        self.post(
            manager,
            vault,
            &Append {
                entries: vec![entry],
                wraps,
                link_boxes: Vec::new(),
            },
        )
        .await
    }

    pub fn record(&self) -> VaultPayload {
        VaultPayload::Record(strongroom_format::vault_payload::RecordPayload {
            table: "case".to_owned(),
            table_definition_hash: Digest::from_bytes([3; 32]),
            record: RecordId::make(&mut self.rng()),
            version: VersionId::make(&mut self.rng()),
            parents: Vec::new(),
            deleted: false,
            clear_fields: vec![0x80],
            sealed: vec![4; 328],
        })
    }
}
