//! A small organisation for tests: people with devices and wallets, and a server that stores
//! what it is given and can be told to lie.

use crate::person::{self, InviteMade};
use crate::wallet::{SlotKeys, Unlocked, Wallet, WrapSeeds};
use crate::{
    DirectoryRecovery, IntegrityError, Invitation, NewPerson, VaultError, VaultMachine, Verified,
    directory,
};
use std::collections::HashMap;
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{DangerSeededRng, Secret16, sha256};
use strongroom_format::LogError;
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::{Head, UnverifiedEntry};
use strongroom_format::transport::{Append, PageEntry, Wraps};
use strongroom_format::vault_log::{SignedEntry, VaultState};
use strongroom_format::vault_payload::{VaultKind, VaultPayload, WrapLeaf};
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;

#[derive(Clone)]
pub struct VaultLog {
    pub state: VaultState,
    pub entries: Vec<PageEntry>,
    pub hashes: Vec<Digest>,
    pub leaves: HashMap<Epoch, Vec<WrapLeaf>>,
    pub wraps: HashMap<(Epoch, IdentityId), (Vec<u8>, u64)>,
}

impl VaultLog {
    pub fn head(&self) -> Head {
        self.state.head().unwrap()
    }

    pub fn wraps_for(&self, epoch: Epoch, identity: IdentityId) -> Wraps {
        let own = self.wraps.get(&(epoch, identity)).cloned();
        Wraps {
            leaves: self.leaves[&epoch].clone(),
            carrier_index: own.as_ref().map_or(0, |(_, index)| *index),
            own: own.map(|(wrap, _)| wrap),
        }
    }

    pub fn append(&mut self, append: Append, directory: &DirectoryState) -> Result<(), LogError> {
        let mut state = self.state.clone();
        let mut done = Vec::new();
        for entry in &append.entries {
            let signed =
                SignedEntry::verify(entry.clone(), state.tenant(), state.vault(), directory)?;
            let hashes = &self.hashes;
            let applied = state.apply(&signed, directory, &|index| {
                hashes.get(index as usize).copied()
            })?;
            done.push((applied.head, signed));
        }
        self.state = state;
        for ((head, signed), entry) in done.into_iter().zip(append.entries) {
            self.hashes.push(head.hash);
            match signed.payload() {
                Some(VaultPayload::Epoch(renewal) | VaultPayload::Remove { renewal, .. }) => {
                    let leaves: Vec<WrapLeaf> = append
                        .wraps
                        .iter()
                        .map(|wrap| WrapLeaf {
                            identity: wrap.identity,
                            generation: wrap.generation,
                            wrap_hash: sha256(&wrap.wrap),
                        })
                        .collect();
                    for wrap in &append.wraps {
                        self.wraps.insert(
                            (renewal.epoch, wrap.identity),
                            (wrap.wrap.clone(), head.index),
                        );
                    }
                    self.leaves.insert(renewal.epoch, leaves);
                }
                Some(VaultPayload::Member { identity, .. }) => {
                    let epoch = self.state.epoch();
                    let wrap = append.wraps[0].wrap.clone();
                    self.wraps.insert((epoch, *identity), (wrap, head.index));
                }
                Some(VaultPayload::Erase { indexes }) => {
                    for index in indexes {
                        let old = &mut self.entries[*index as usize];
                        old.entry = UnverifiedEntry::from_parts(
                            old.entry.body_bytes(),
                            old.entry.signatures_bytes(),
                            None,
                        )
                        .unwrap();
                    }
                }
                _ => {}
            }
            self.entries.push(PageEntry {
                index: head.index,
                appended_ms: 1_000 + head.index,
                entry,
            });
        }
        Ok(())
    }
}

#[derive(Clone, Default)]
pub struct Server {
    pub directory: DirectoryState,
    pub directory_entries: Vec<PageEntry>,
    pub vaults: HashMap<VaultId, VaultLog>,
}

impl Server {
    pub fn take_directory(&mut self, entry: UnverifiedEntry) {
        let (_, head) = self.directory.apply(&entry).unwrap();
        self.directory_entries.push(PageEntry {
            index: head.index,
            appended_ms: head.index,
            entry,
        });
    }

    pub fn take_vault(&mut self, vault: VaultId, append: Append) {
        let mut log = VaultLog {
            state: VaultState::new(self.directory.tenant().unwrap(), Some(vault)),
            entries: Vec::new(),
            hashes: Vec::new(),
            leaves: HashMap::new(),
            wraps: HashMap::new(),
        };
        log.append(append, &self.directory).unwrap();
        self.vaults.insert(vault, log);
    }

    pub fn append(&mut self, vault: VaultId, append: Append) -> Result<(), VaultError> {
        let log = self.vaults.get_mut(&vault).unwrap();
        Ok(log.append(append, &self.directory)?)
    }
}

pub struct Member {
    pub device: SignSecret,
    pub identity: IdentityId,
    pub wallet: Wallet<Unlocked>,
    pub kit: Secret16,
    pub directory: DirectoryState,
    pub machine: Option<VaultMachine>,
    pub hashes: Vec<Digest>,
    pub seen: Vec<Verified>,
}

impl Member {
    pub fn new(person: NewPerson, directory: &DirectoryState, rng: &mut DangerSeededRng) -> Self {
        let kit = Secret16::make(rng);
        let wallet = Wallet::create(
            directory.tenant().unwrap(),
            &person,
            &[(SlotKind::Recovery, &SlotKeys::recovery(&kit))],
            20_000,
            rng,
        )
        .unwrap();
        Self {
            identity: person.identity(),
            device: person.into_device(),
            wallet,
            kit,
            directory: directory.clone(),
            machine: None,
            hashes: Vec::new(),
            seen: Vec::new(),
        }
    }

    pub fn seeds(&self) -> WrapSeeds {
        self.wallet.wrap_seeds()
    }

    pub fn machine(&self) -> &VaultMachine {
        self.machine.as_ref().unwrap()
    }

    pub fn sync_directory(&mut self, server: &Server) -> Result<(), IntegrityError> {
        let from = self
            .directory
            .head()
            .map_or(0, |head| head.index as usize + 1);
        directory::apply_page(&mut self.directory, &server.directory_entries[from..])?;
        let head = server.directory.head().unwrap();
        directory::finish_sync(&self.directory, head, None)
    }

    /// An honest sync.
    pub fn sync(&mut self, server: &Server, vault: VaultId) -> Result<(), IntegrityError> {
        self.sync_directory(server)?;
        let log = &server.vaults[&vault];
        let wraps = |epoch| log.wraps_for(epoch, self.identity);
        let wraps: HashMap<Epoch, Wraps> = log.leaves.keys().map(|e| (*e, wraps(*e))).collect();
        self.sync_with(vault, &log.entries, log.head(), &|epoch| {
            wraps[&epoch].clone()
        })
    }

    /// A sync with whatever the server shows. On an error the machine stays as it was.
    pub fn sync_with(
        &mut self,
        vault: VaultId,
        log: &[PageEntry],
        head: Head,
        wraps: &dyn Fn(Epoch) -> Wraps,
    ) -> Result<(), IntegrityError> {
        let tenant = self.directory.tenant().unwrap();
        let mut machine = match &self.machine {
            Some(machine) => VaultMachine::restore(&machine.snapshot()).unwrap(),
            None => VaultMachine::new(tenant, vault, self.identity),
        };
        let from = machine.state().next_index();
        let page: Vec<PageEntry> = log
            .iter()
            .filter(|entry| entry.index >= from)
            .cloned()
            .collect();
        let known = self.hashes.clone();
        let verified = machine.apply_page(page, &self.directory, &|index| {
            known.get(index as usize).copied()
        })?;
        machine.finish_sync(head)?;
        if let Some(known) = self.wallet.head(crate::wallet::log_of_vault(vault)) {
            let hashes = known_hashes(&self.hashes, &verified);
            machine.check_known(known, &|index| hashes.get(index as usize).copied())?;
        }
        if let Some(epoch) = machine.needs_wraps() {
            machine.take_wraps(&wraps(epoch), &self.seeds(), &self.directory)?;
        }
        self.hashes = known_hashes(&self.hashes, &verified);
        self.seen.extend(verified);
        let head = machine.state().head().unwrap();
        self.wallet
            .merge_head(crate::wallet::log_of_vault(vault), head)?;
        self.machine = Some(machine);
        Ok(())
    }

    pub fn append(
        &self,
        server: &mut Server,
        payload: &dyn Fn(&VaultMachine, crate::Place) -> VaultPayload,
    ) -> Result<(), VaultError> {
        let machine = self.machine();
        let mut author = machine.author(&self.directory, &self.device)?;
        let payload = payload(machine, author.place());
        let entry = author.append(&payload);
        server.append(machine.vault(), Append::of(vec![entry]))
    }
}

fn known_hashes(before: &[Digest], new: &[Verified]) -> Vec<Digest> {
    let mut hashes = before.to_vec();
    hashes.extend(new.iter().map(|entry| entry.hash));
    hashes
}

/// Founder plus `count` invited people; everyone has read the directory.
pub fn organisation(count: usize, rng: &mut DangerSeededRng) -> (Server, Vec<Member>) {
    let mut server = Server::default();
    let founder = NewPerson::make("Founder", "desk", rng).unwrap();
    server.take_directory(founder.found(&DirectoryRecovery::make(rng), rng));
    let mut members = vec![Member::new(founder, &server.directory, rng)];
    for number in 1..=count {
        let InviteMade {
            entry,
            root_box,
            code,
            ..
        } = person::make_invite(
            &server.directory,
            &members[0].device,
            AccountRole::Member,
            0,
            rng,
        )
        .unwrap();
        server.take_directory(entry);
        let invitation = Invitation::from_code(&code).unwrap();
        let root = invitation.open_root(&root_box).unwrap();
        let joiner = NewPerson::make(&format!("Person {number}"), "laptop", rng).unwrap();
        let join = joiner.join(&invitation, &root, &server.directory).unwrap();
        server.take_directory(join);
        members.push(Member::new(joiner, &server.directory, rng));
    }
    for member in &mut members {
        member.sync_directory(&server).unwrap();
    }
    (server, members)
}

/// A shared vault of the founder.
pub fn vault(server: &mut Server, members: &mut [Member], rng: &mut DangerSeededRng) -> VaultId {
    let founder = &members[0];
    let (vault, append) = VaultMachine::create_vault(
        VaultKind::Shared,
        "Cases",
        &founder.directory,
        &founder.device,
        rng,
    )
    .unwrap();
    server.take_vault(vault, append);
    members[0].sync(server, vault).unwrap();
    vault
}
