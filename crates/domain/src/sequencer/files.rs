//! Files, leases and links as they stand while a batch is put together: what the store has,
//! and what earlier entries of the batch do to it.

use super::*;
use crate::{error::refuse, links::NEVER_MS};
use strongroom_crypto::{constant_time_eq, sha256};
use strongroom_format::LogError;
use strongroom_format::vault_log::data::{KnownLink, OpenLease, check_attributes, check_replaced};
use strongroom_format::vault_payload::{
    FileAttributesPayload, FilePayload, LeaseAction, LeasePayload, LinkAction, LinkPayload,
};
use strongroom_store::{Effect, LeaseRow, NewLink, UploadKey};

/// What the server knows of a file.
#[derive(Clone, Default)]
pub(super) struct FileView {
    protected: bool,
    lease: Option<LeaseRow>,
}

impl FileView {
    /// The lease as a replay knows it, ended or not.
    fn open(&self) -> Option<OpenLease> {
        self.lease.as_ref().map(|row| OpenLease {
            lease: row.lease,
            fence: row.fence,
            identity: row.identity,
        })
    }
}

/// Looked up or changed in this batch; `None` for what does not exist.
#[derive(Clone, Default)]
pub(super) struct Overlay {
    files: HashMap<FileId, Option<FileView>>,
    revisions: HashMap<RevisionId, Option<FileId>>,
    links: HashMap<LinkId, Option<KnownLink>>,
}

/// Where a rule looks at the vault from.
pub(super) struct Scene<'a> {
    pub domain: &'a Domain,
    pub key: LogKey,
    pub caller: &'a Caller,
    /// The author's role, if it has one yet.
    pub role: Option<Role>,
    /// The place that the entry would take.
    pub index: u64,
    pub now_ms: TimestampMs,
}

impl Scene<'_> {
    async fn file(&self, overlay: &mut Overlay, file: FileId) -> DomainResult<Option<FileView>> {
        if let Some(view) = overlay.files.get(&file) {
            return Ok(view.clone());
        }
        let row = self
            .domain
            .store
            .file(self.key.tenant, self.key.vault_id(), file)
            .await?;
        let view = row.map(|row| FileView {
            protected: row.protected,
            lease: row.lease,
        });
        overlay.files.insert(file, view.clone());
        Ok(view)
    }

    async fn known_file(&self, overlay: &mut Overlay, file: FileId) -> DomainResult<FileView> {
        match self.file(overlay, file).await? {
            Some(view) => Ok(view),
            None => refuse(ProblemCode::NotFound, "there is no such file in this vault"),
        }
    }

    /// Which file a revision belongs to.
    async fn revision(
        &self,
        overlay: &mut Overlay,
        revision: RevisionId,
    ) -> DomainResult<Option<FileId>> {
        if let Some(file) = overlay.revisions.get(&revision) {
            return Ok(*file);
        }
        let row = self
            .domain
            .store
            .revision(self.key.tenant, self.key.vault_id(), revision)
            .await?;
        let file = row.map(|row| row.file);
        overlay.revisions.insert(revision, file);
        Ok(file)
    }

    /// The lease in force by the server's clock.
    fn active<'v>(&self, view: &'v FileView) -> Option<&'v LeaseRow> {
        view.lease
            .as_ref()
            .filter(|lease| lease.expires_ms > self.now_ms)
    }

    /// A write has to respect leases: its own fence must be in force, another's must not.
    fn check_lease(&self, view: &FileView, fence: u64) -> DomainResult<()> {
        let active = self.active(view);
        if active.is_some_and(|lease| lease.identity != self.caller.identity) {
            return refuse(ProblemCode::Locked, "the file is locked by someone else");
        }
        if fence != 0 && active.is_none_or(|lease| lease.fence != fence) {
            return refuse(
                ProblemCode::Locked,
                "the lease under which you write is over",
            );
        }
        Ok(())
    }

    /// A file revision: every byte of it has to be there.
    pub async fn file_entry(
        &self,
        overlay: &mut Overlay,
        payload: &FilePayload,
    ) -> DomainResult<Vec<Effect>> {
        if let Some(view) = self.file(overlay, payload.file).await? {
            if view.protected {
                return refuse(ProblemCode::Locked, "the file is protected");
            }
            self.check_lease(&view, payload.fence)?;
            check_replaced(view.protected)?;
            OpenLease::check_fence(view.open().as_ref(), payload.fence, self.caller.identity)?;
        } else if payload.fence != 0 {
            return refuse(
                ProblemCode::Locked,
                "the lease under which you write is over",
            );
        }
        if self.revision(overlay, payload.revision).await?.is_some() {
            return refuse(ProblemCode::Conflict, "the revision is already there");
        }
        self.check_upload(payload).await?;
        let view = overlay.files.entry(payload.file).or_default();
        view.get_or_insert_default();
        overlay
            .revisions
            .insert(payload.revision, Some(payload.file));
        Ok(vec![Effect::FinishUpload {
            revision: payload.revision,
            entry_index: self.index,
        }])
    }

    async fn check_upload(&self, payload: &FilePayload) -> DomainResult<()> {
        let store = &self.domain.store;
        let key = UploadKey {
            tenant: self.key.tenant,
            vault: self.key.vault_id(),
            revision: payload.revision,
        };
        let upload = store.upload(key).await?;
        let Some(upload) = upload.filter(|row| row.account == self.caller.account) else {
            return refuse(ProblemCode::Incomplete, "this revision was not uploaded");
        };
        if upload.file != payload.file
            || upload.record != payload.record
            || upload.sealed_length != payload.sealed_length
        {
            return refuse(
                ProblemCode::InvalidEntry,
                "the upload is of another file or length",
            );
        }
        // Lengths were checked when the parts came.
        let parts = store.stored_parts(key).await?;
        let content = parts.iter().filter(|part| !part.tree).count() as u64;
        let tree = parts.len() as u64 - content;
        if content != upload.part_count || tree != upload.tree_part_count {
            return refuse(ProblemCode::Incomplete, "parts of the upload are missing");
        }
        Ok(())
    }

    /// A newer key box of a revision.
    pub async fn file_key(
        &self,
        overlay: &mut Overlay,
        file: FileId,
        revision: RevisionId,
    ) -> DomainResult<Vec<Effect>> {
        if self.revision(overlay, revision).await? != Some(file) {
            return refuse(
                ProblemCode::NotFound,
                "there is no such revision in this vault",
            );
        }
        Ok(vec![Effect::PutFileKey {
            revision,
            entry_index: self.index,
        }])
    }

    /// Name, trash, protection, record of a file.
    pub async fn file_attributes(
        &self,
        overlay: &mut Overlay,
        payload: &FileAttributesPayload,
    ) -> DomainResult<Vec<Effect>> {
        let mut view = self.known_file(overlay, payload.file).await?;
        self.check_lease(&view, 0)?;
        if payload.deleted && view.protected {
            return refuse(
                ProblemCode::Locked,
                "the file is protected; lift that first",
            );
        }
        check_attributes(view.protected, payload)?;
        view.protected = payload.protected;
        overlay.files.insert(payload.file, Some(view));
        Ok(vec![Effect::SetFileAttr {
            file: payload.file,
            deleted: payload.deleted,
            protected: payload.protected,
        }])
    }

    /// A lease: taken, renewed, released or broken. Expiry is by the server's clock.
    pub async fn lease(
        &self,
        overlay: &mut Overlay,
        payload: &LeasePayload,
    ) -> DomainResult<Vec<Effect>> {
        let mut view = self.known_file(overlay, payload.file).await?;
        let own = |lease: &LeaseRow| {
            lease.lease == payload.lease
                && lease.fence == payload.fence
                && lease.identity == self.caller.identity
        };
        let effect = match payload.action {
            LeaseAction::Take => {
                self.check_lease(&view, 0)?;
                self.set_lease(payload, self.index)?
            }
            LeaseAction::Renew => {
                if !self.active(&view).is_some_and(own) {
                    return refuse(ProblemCode::Locked, "the lease is over; take a new one");
                }
                self.set_lease(payload, payload.fence)?
            }
            LeaseAction::Release => {
                if !view.lease.as_ref().is_some_and(own) {
                    return refuse(ProblemCode::Locked, "the lease is over");
                }
                Effect::ClearLease { file: payload.file }
            }
            LeaseAction::Break => {
                let named =
                    |lease: &LeaseRow| lease.lease == payload.lease && lease.fence == payload.fence;
                if !view.lease.as_ref().is_some_and(named) {
                    return refuse(ProblemCode::Locked, "the file has another lease, or none");
                }
                Effect::ClearLease { file: payload.file }
            }
        };
        OpenLease::check(view.open().as_ref(), payload, self.caller.identity)?;
        view.lease = match &effect {
            Effect::SetLease { lease, .. } => Some(lease.clone()),
            _ => None,
        };
        overlay.files.insert(payload.file, Some(view));
        Ok(vec![effect])
    }

    fn set_lease(&self, payload: &LeasePayload, fence: u64) -> DomainResult<Effect> {
        let latest_ms = self.now_ms.saturating_add(self.domain.config.lease_max_ms);
        if payload.expires_ms <= self.now_ms || payload.expires_ms > latest_ms {
            return refuse(ProblemCode::InvalidEntry, "a lease lives up to 24 hours");
        }
        let lease = LeaseRow {
            lease: payload.lease,
            fence,
            identity: self.caller.identity,
            expires_ms: payload.expires_ms,
        };
        Ok(Effect::SetLease {
            file: payload.file,
            lease,
        })
    }

    /// A link: made with its box, or revoked.
    pub async fn link(
        &self,
        overlay: &mut Overlay,
        payload: &LinkPayload,
        boxes: &mut std::slice::Iter<'_, Vec<u8>>,
    ) -> DomainResult<Vec<Effect>> {
        let known = self.known_link(overlay, payload.link).await?;
        if payload.action == LinkAction::Revoke {
            let Some(known) = known else {
                return refuse(ProblemCode::NotFound, "there is no such link in this vault");
            };
            if known.creator != self.caller.identity && self.role < Some(Role::Manager) {
                return refuse(
                    ProblemCode::Forbidden,
                    "only its creator or a manager may revoke it",
                );
            }
            self.check_link(Some(&known), payload)?;
            return Ok(vec![Effect::RevokeLink { link: payload.link }]);
        }
        if known.is_some() {
            return refuse(ProblemCode::Conflict, "the link is already there");
        }
        self.check_link(None, payload)?;
        let Some(link_box) = boxes.next() else {
            return refuse(ProblemCode::Malformed, "a link entry needs its link box");
        };
        let box_hash = sha256(link_box);
        if !constant_time_eq(box_hash.as_bytes(), payload.box_hash.as_bytes()) {
            return refuse(
                ProblemCode::InvalidEntry,
                "the link box is not the one that was signed",
            );
        }
        if payload.expires_ms != 0 && payload.expires_ms <= self.now_ms {
            return refuse(ProblemCode::InvalidEntry, "the link has expired already");
        }
        if self.revision(overlay, payload.revision).await? != Some(payload.file) {
            return refuse(
                ProblemCode::NotFound,
                "there is no such revision in this vault",
            );
        }
        let known = KnownLink {
            creator: self.caller.identity,
            file: payload.file,
            revision: payload.revision,
        };
        overlay.links.insert(payload.link, Some(known));
        Ok(vec![Effect::PutLink(NewLink {
            link: payload.link,
            file: payload.file,
            revision: payload.revision,
            link_box: link_box.clone().into(),
            token_hash: payload.token_hash,
            expires_ms: if payload.expires_ms == 0 {
                NEVER_MS
            } else {
                payload.expires_ms.min(NEVER_MS)
            },
            max_count: (payload.max_count != 0).then_some(payload.max_count),
            passphrase: payload.passphrase,
            creator: self.caller.identity,
        })])
    }

    fn check_link(&self, known: Option<&KnownLink>, link: &LinkPayload) -> DomainResult<()> {
        let role = self.role.ok_or(LogError::NotMember)?;
        Ok(KnownLink::check(known, link, self.caller.identity, role)?)
    }

    async fn known_link(
        &self,
        overlay: &mut Overlay,
        link: LinkId,
    ) -> DomainResult<Option<KnownLink>> {
        if let Some(known) = overlay.links.get(&link) {
            return Ok(*known);
        }
        let row = self
            .domain
            .store
            .link(self.key.tenant, self.key.vault_id(), link)
            .await?;
        let known = row.map(|row| KnownLink {
            creator: row.creator,
            file: row.file,
            revision: row.revision,
        });
        overlay.links.insert(link, known);
        Ok(known)
    }
}
