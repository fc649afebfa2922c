//! The files of one vault as its log tells of them: an event for each entry about a file, and
//! what they come to.

use super::list::FileIndex;
use crate::vault::SEGMENT_LINES;
use std::collections::{BTreeMap, BTreeSet};
use strongroom_crypto::SymmetricKey;
use strongroom_format::entry::Kind;
use strongroom_format::file::FileManifest;
use strongroom_format::vault_payload::{FilePayload, LinkAction, LinkPayload, VaultPayload};
use strongroom_types::*;
use strongroom_vault::lease::Leases;
use strongroom_vault::{Keyring, Place, VaultError, Verified, file};

/// Where an entry stands and who wrote it.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub index: u64,
    pub identity: IdentityId,
    pub appended_ms: u64,
}

/// Whether an entry was taken in.
#[derive(PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// The keys of its epoch are not at hand yet.
    WaitsForKeys,
}

/// An entry about files.
pub(crate) struct Event {
    pub origin: Origin,
    pub what: What,
}

/// What an entry says.
pub(crate) enum What {
    Revision(Box<Revision>),
    Attributes(Attributes),
    Key {
        file: FileId,
        revision: RevisionId,
        key: Option<SymmetricKey>,
        epoch: Epoch,
    },
    Link(LinkPayload),
}

/// A revision of a file.
pub(crate) struct Revision {
    pub file: FileId,
    pub revision: RevisionId,
    pub record: RecordId,
    pub parents: Vec<RevisionId>,
    pub sealed_length: u64,
    /// Without its thumbnail, which is kept apart.
    pub manifest: Option<FileManifest>,
    pub has_thumbnail: bool,
    pub key: Option<SymmetricKey>,
    /// The epoch under whose keys the file key was boxed first.
    pub epoch: Epoch,
    /// Why it is not readable: `erased`, or the code of what is wrong with it.
    pub damage: Option<String>,
}

/// Attributes; the last ones count.
pub(crate) struct Attributes {
    pub file: FileId,
    pub record: RecordId,
    pub deleted: bool,
    pub protected: bool,
    /// Name, and whether lists leave the file out; `None` where it is not readable.
    pub content: Option<(String, bool)>,
}

/// What the entries of a file come to.
#[derive(Clone)]
pub(crate) struct Found {
    pub file: FileId,
    pub record: RecordId,
    pub name: String,
    pub hidden: bool,
    pub deleted: bool,
    pub protected: bool,
    /// Places of its revisions, in the order of the log.
    pub revisions: Vec<u64>,
    /// Those that nothing has replaced.
    pub heads: Vec<u64>,
    /// The one that lists show.
    pub shown: u64,
}

/// A link and whether it was revoked.
pub(crate) struct Link {
    pub created: LinkPayload,
    pub origin: Origin,
    pub revoked: bool,
}

/// See the module.
#[derive(Default)]
pub(crate) struct FileLog {
    events: BTreeMap<u64, Event>,
    /// Places of the entries about each file.
    files: BTreeMap<FileId, BTreeSet<u64>>,
    revisions: BTreeMap<RevisionId, u64>,
    pub leases: Leases,
    /// Segments that are not kept as they are.
    pub unkept: BTreeSet<u64>,
    /// Segments in which there is something of files.
    pub segments: BTreeSet<u64>,
    /// Thumbnails that came in, to be kept apart.
    pub thumbnails: Vec<(RevisionId, Vec<u8>)>,
    /// Thumbnails of revisions that were erased.
    pub erased: Vec<RevisionId>,
    /// Whether the list of segments and leases is kept as it is.
    pub is_kept: bool,
    /// What lists know of the files; made anew when the vault has changed.
    pub index: FileIndex,
}

impl FileLog {
    /// Takes in the payload of an entry that was proven.
    pub fn effect(
        &mut self,
        keyring: &Keyring,
        origin: Origin,
        place: Place,
        payload: &VaultPayload,
    ) -> Outcome {
        match payload {
            VaultPayload::File(entry) => self.revision_in(keyring, origin, place, entry),
            VaultPayload::FileAttributes(entry) => {
                let opened = file::open_attributes(keyring, place, entry);
                let waits = matches!(opened, Err(VaultError::NoKey(_)));
                let content = opened.ok();
                self.put(Event {
                    origin,
                    what: What::Attributes(Attributes {
                        file: entry.file,
                        record: entry.record,
                        deleted: entry.deleted,
                        protected: entry.protected,
                        content: content.map(|opened| (opened.name, opened.hidden)),
                    }),
                });
                outcome(waits)
            }
            VaultPayload::FileKey {
                file,
                revision,
                key_box,
            } => {
                let manifest = self
                    .revision(*revision)
                    .and_then(|(_, known)| known.manifest.as_ref());
                let Some(manifest) = manifest else {
                    return Outcome::Done;
                };
                let opened =
                    file::open_rewrapped_key(keyring, place, *file, *revision, key_box, manifest);
                let waits = matches!(opened, Err(VaultError::NoKey(_)));
                // Another box than that of the content's key changes nothing.
                if waits || opened.is_ok() {
                    self.put(Event {
                        origin,
                        what: What::Key {
                            file: *file,
                            revision: *revision,
                            key: opened.ok(),
                            epoch: place.epoch,
                        },
                    });
                }
                outcome(waits)
            }
            VaultPayload::Link(link) => {
                self.put(Event {
                    origin,
                    what: What::Link(*link),
                });
                Outcome::Done
            }
            _ => Outcome::Done,
        }
    }

    /// Follows the locks of files.
    pub fn follow_leases(&mut self, entry: &Verified) {
        if entry.kind == Kind::Lease {
            self.leases.apply(entry);
            self.is_kept = false;
        }
    }

    fn revision_in(
        &mut self,
        keyring: &Keyring,
        origin: Origin,
        place: Place,
        entry: &FilePayload,
    ) -> Outcome {
        let opened = file::open_manifest(keyring, place, entry).and_then(|manifest| {
            let key = file::open_key(keyring, place, entry, &manifest)?;
            Ok((manifest, key))
        });
        let mut waits = false;
        let (manifest, key, damage) = match opened {
            Ok((manifest, key)) => (Some(manifest), Some(key), None),
            Err(VaultError::NoKey(_)) => {
                waits = true;
                (None, None, None)
            }
            Err(VaultError::Integrity(error)) => (None, None, Some(error.code().to_owned())),
            Err(_) => (None, None, Some("malformed".to_owned())),
        };
        let (manifest, thumbnail) = match manifest {
            Some(mut manifest) => {
                let thumbnail = manifest.thumbnail.take();
                (Some(manifest), thumbnail)
            }
            None => (None, None),
        };
        let has_thumbnail = thumbnail.is_some();
        if let Some(thumbnail) = thumbnail {
            self.thumbnails.push((entry.revision, thumbnail.into()));
        }
        self.put(Event {
            origin,
            what: What::Revision(Box::new(Revision {
                file: entry.file,
                revision: entry.revision,
                record: entry.record,
                parents: entry.parents.clone(),
                sealed_length: entry.sealed_length,
                manifest,
                has_thumbnail,
                key,
                epoch: place.epoch,
                damage,
            })),
        });
        outcome(waits)
    }

    fn put(&mut self, event: Event) {
        let segment = event.origin.index / SEGMENT_LINES;
        self.unkept.insert(segment);
        if self.segments.insert(segment) {
            self.is_kept = false;
        }
        self.restore(event);
    }

    /// Puts back an event that was kept.
    pub fn restore(&mut self, event: Event) {
        let index = event.origin.index;
        match &event.what {
            What::Revision(revision) => {
                self.files.entry(revision.file).or_default().insert(index);
                // An id that was there before names nothing.
                self.revisions.entry(revision.revision).or_insert(index);
            }
            What::Attributes(attributes) => {
                self.files.entry(attributes.file).or_default().insert(index);
            }
            What::Key { .. } | What::Link(_) => {}
        }
        self.events.insert(index, event);
    }

    /// The content of an entry is gone.
    pub fn erase(&mut self, index: u64) {
        let Some(Event {
            what: What::Revision(revision),
            ..
        }) = self.events.get_mut(&index)
        else {
            return;
        };
        revision.manifest = None;
        revision.key = None;
        revision.has_thumbnail = false;
        revision.damage = Some("erased".to_owned());
        self.erased.push(revision.revision);
        self.unkept.insert(index / SEGMENT_LINES);
    }

    /// The events of a segment, in the order of the log.
    pub fn segment(&self, number: u64) -> impl Iterator<Item = &Event> {
        let range = number * SEGMENT_LINES..(number + 1) * SEGMENT_LINES;
        self.events.range(range).map(|(_, event)| event)
    }

    /// The revision at a place.
    pub fn at(&self, index: u64) -> Option<(Origin, &Revision)> {
        match self.events.get(&index)? {
            Event {
                origin,
                what: What::Revision(revision),
            } => Some((*origin, revision)),
            _ => None,
        }
    }

    /// A revision by its id.
    pub fn revision(&self, revision: RevisionId) -> Option<(Origin, &Revision)> {
        self.at(*self.revisions.get(&revision)?)
    }

    /// The key of a revision, and the newest epoch under whose keys it is boxed.
    pub fn key_of<'a>(&'a self, revision: &'a Revision) -> (Option<&'a SymmetricKey>, Epoch) {
        let (mut found, mut epoch) = (revision.key.as_ref(), revision.epoch);
        for event in self.events.values() {
            if let What::Key {
                revision: of,
                key: Some(key),
                epoch: under,
                ..
            } = &event.what
                && *of == revision.revision
            {
                found = found.or(Some(key));
                epoch = epoch.max(*under);
            }
        }
        (found, epoch)
    }

    /// All files that have a revision.
    pub fn all(&self) -> impl Iterator<Item = Found> {
        self.files.keys().filter_map(|file| self.find(*file))
    }

    /// What the entries of a file come to.
    pub fn find(&self, file: FileId) -> Option<Found> {
        let places = self.files.get(&file)?;
        let mut record = None;
        let (mut revisions, mut heads) = (Vec::new(), Vec::new());
        let mut attributes: Option<&Attributes> = None;
        let mut content: Option<&(String, bool)> = None;
        for index in places {
            match &self.events.get(index)?.what {
                What::Revision(revision) => {
                    record.get_or_insert(revision.record);
                    if self.revisions.get(&revision.revision) != Some(index) {
                        continue;
                    }
                    heads.retain(|head| {
                        self.at(*head)
                            .is_none_or(|(_, known)| !revision.parents.contains(&known.revision))
                    });
                    revisions.push(*index);
                    heads.push(*index);
                }
                What::Attributes(found) => {
                    content = found.content.as_ref().or(content);
                    attributes = Some(found);
                }
                What::Key { .. } | What::Link(_) => {}
            }
        }
        let is_copy = |index: &&u64| {
            self.at(**index)
                .and_then(|(_, revision)| revision.manifest.as_ref())
                .is_some_and(|manifest| manifest.conflict)
        };
        let shown = *heads
            .iter()
            .rev()
            .find(|index| !is_copy(index))
            .or(heads.last())?;
        let own_name = || {
            let manifest = self.at(shown)?.1.manifest.as_ref()?;
            Some(manifest.name.clone())
        };
        let name = content.map(|(name, _)| name.clone()).or_else(own_name);
        Some(Found {
            file,
            record: attributes.map(|found| found.record).or(record)?,
            name: name.unwrap_or_default(),
            hidden: content.is_some_and(|(_, hidden)| *hidden),
            deleted: attributes.is_some_and(|found| found.deleted),
            protected: attributes.is_some_and(|found| found.protected),
            revisions,
            heads,
            shown,
        })
    }

    /// The current revisions of a file, at most 16, as a new revision names its parents.
    pub fn head_revisions(&self, found: &Found) -> Vec<RevisionId> {
        let heads = found.heads.iter().rev();
        heads
            .filter_map(|index| Some(self.at(*index)?.1.revision))
            .take(16)
            .collect()
    }

    /// Links, newest first.
    pub fn links(&self) -> Vec<Link> {
        let mut links: Vec<Link> = Vec::new();
        for event in self.events.values() {
            let What::Link(payload) = event.what else {
                continue;
            };
            let known = links
                .iter_mut()
                .find(|link| link.created.link == payload.link);
            match (payload.action, known) {
                (LinkAction::Create, None) => links.push(Link {
                    created: payload,
                    origin: event.origin,
                    revoked: false,
                }),
                (LinkAction::Revoke, Some(link)) => link.revoked = true,
                _ => {}
            }
        }
        links.reverse();
        links
    }
}

fn outcome(waits: bool) -> Outcome {
    match waits {
        true => Outcome::WaitsForKeys,
        false => Outcome::Done,
    }
}
