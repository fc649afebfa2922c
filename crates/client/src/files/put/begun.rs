//! Beginning an upload, or finding the one that was begun: decided under the profile's lock, so
//! that two commands never work on the same.

use super::State;
use super::source::About;
use super::target::Target;
use crate::cache::{Cache, UploadRow};
use crate::client::{Client, Engine};
use crate::profile::Held;
use crate::views::PutDone;
use crate::{ClientError, Result};
use strongroom_format::file::PartGeometry;
use strongroom_types::*;
use strongroom_vault::file::{FileSealer, NewRevision};

/// What there is of an upload.
pub(super) enum Begun {
    /// It is in the log already: only its answer was lost.
    Arrived(PutDone),
    /// To be sealed and sent, as far as it is not.
    Under(Box<Under>),
}

/// An upload that is this command's.
pub(super) struct Under {
    pub sealer: FileSealer,
    pub state: State,
    /// Its own connection, for the journal of parts.
    pub journal: Cache,
    /// Held as long as the upload runs.
    pub _held: Held,
}

impl Client {
    /// # Errors
    /// `busy` where another command uploads the same source to the same place.
    pub(super) async fn begin(
        &self,
        engine: &mut Engine,
        target: &Target,
        ready: &About,
    ) -> Result<Begun> {
        let (source, identity) = &ready.origin;
        let begun = match source.is_empty() {
            true => Vec::new(),
            false => engine.cache.uploads_of(target.record, source)?,
        };
        for row in begun {
            let Ok(state) = serde_json::from_str::<State>(&row.state) else {
                continue;
            };
            let same = row.identity == *identity
                && row.vault == target.vault
                && state.name == ready.name
                && state.true_length == ready.length
                && (!target.replaces || row.file == target.file);
            if engine.cache.has_revision(row.vault, row.revision)? {
                engine.cache.drop_upload(row.revision)?;
                if same {
                    return Ok(Begun::Arrived(self.arrived(engine, &row, ready)?));
                }
                continue;
            }
            let held = self.hold_upload(row.revision)?;
            let goes_on = same
                && match target.replaces {
                    true => state.parents == target.parents,
                    false => state.parents.is_empty(),
                };
            match held {
                None if same => return Err(busy(source)),
                // Of another content, and somebody still reads it: they will notice.
                None => {}
                Some(held) if goes_on => return self.go_on(engine, row, state, held),
                // The source is another by now: what was sent of the old one goes.
                Some(_held) if row.identity != *identity => {
                    self.abandon(engine, row.vault, row.revision).await?;
                }
                Some(_held) => {}
            }
        }
        self.begin_anew(engine, target, ready)
    }

    fn go_on(&self, engine: &Engine, row: UploadRow, state: State, held: Held) -> Result<Begun> {
        let new = NewRevision {
            file: row.file,
            revision: row.revision,
            record: row.record,
            parents: state.parents.clone(),
            true_length: state.true_length,
        };
        let tenant = self.shared.facts.tenant;
        let sealer = FileSealer::resume(tenant, row.vault, new, row.key, &row.header)?;
        Ok(Begun::Under(Box::new(Under {
            sealer,
            state,
            journal: engine.cache.another()?,
            _held: held,
        })))
    }

    fn begin_anew(&self, engine: &Engine, target: &Target, ready: &About) -> Result<Begun> {
        let state = State {
            name: ready.name.clone(),
            true_length: ready.length,
            parents: target.parents.clone(),
            created_ms: self.shared.now_ms(),
            fence: target.fence,
        };
        let mut rng = self.shared.rng();
        let new = NewRevision {
            file: target.file,
            revision: RevisionId::make(&mut rng),
            record: target.record,
            parents: target.parents.clone(),
            true_length: ready.length,
        };
        let held = self
            .hold_upload(new.revision)?
            .ok_or_else(|| busy(&ready.name))?;
        let tenant = self.shared.facts.tenant;
        let sealer = FileSealer::begin(tenant, target.vault, new, &mut rng)?;
        let row = UploadRow {
            revision: sealer.revision().revision,
            vault: target.vault,
            file: target.file,
            record: target.record,
            source: ready.origin.0.clone(),
            identity: ready.origin.1.clone(),
            state: serde_json::to_string(&state)?,
            key: sealer.key().danger_duplicate(),
            header: *sealer.header(),
        };
        engine.cache.put_upload(&row, self.shared.now_ms())?;
        Ok(Begun::Under(Box::new(Under {
            sealer,
            state,
            journal: engine.cache.another()?,
            _held: held,
        })))
    }

    fn hold_upload(&self, revision: RevisionId) -> Result<Option<Held>> {
        let path = self.shared.profile.uploads()?;
        Ok(Held::take(&path.join(format!("{revision}.lock")))?)
    }

    /// The answer to an upload whose entry is in the log.
    fn arrived(&self, engine: &Engine, row: &UploadRow, ready: &About) -> Result<PutDone> {
        let file = self.file_row(engine, row.file)?;
        let sealed_bytes = engine
            .cache
            .revision(file.n, row.revision)?
            .map_or(0, |revision| revision.sealed_length);
        Ok(PutDone {
            file: row.file,
            revision: row.revision,
            record: row.record,
            vault: row.vault,
            name: ready.name.clone(),
            bytes: ready.length,
            sealed_bytes,
            parts_resumed: PartGeometry::of(sealed_bytes).map_or(0, |parts| parts.part_count),
            shrunk: ready.shrunk,
            conflict: false,
        })
    }
}

fn busy(what: &str) -> ClientError {
    ClientError::failed("busy", format!("another command is putting {what} there"))
        .with_hint("wait until it is done")
}
