use crate::{Caller, DirectoryReader, Domain, DomainResult, error::refuse};
use std::{net::IpAddr, sync::Arc};
use strongroom_format::{
    directory::DirectoryPayload,
    entry::{Kind, UnverifiedEntry},
};
use strongroom_store::{Effect, NewInvite};
use strongroom_types::{Digest, InviteId};
use strongroom_wire::{AccountRoleText, Appended, InvitePost, InviteView, ProblemCode};

/// Largest box with the root of trust.
const ROOT_BOX_MAX_BYTES: usize = 4_096;

impl Domain {
    /// Appends an invite entry and keeps what its joiner gets, in one step (administrators).
    pub async fn post_invite(
        self: &Arc<Self>,
        caller: &Caller,
        post: InvitePost,
    ) -> DomainResult<Appended> {
        caller.require_admin()?;
        let entry = UnverifiedEntry::from_bytes(&post.entry.0)?;
        if entry.body().kind != Kind::Invite {
            return refuse(ProblemCode::Malformed, "not an invite entry");
        }
        if post.attachment.root_box.0.len() > ROOT_BOX_MAX_BYTES {
            return refuse(
                ProblemCode::TooLarge,
                "the box with the root of trust is too large",
            );
        }
        let now_ms = self.now_ms();
        let latest_ms = now_ms.saturating_add(self.config.invite_max_ms);
        let attachment = post.attachment;
        self.commit_own_directory(caller, &[entry], &mut |_, payload, _| {
            let DirectoryPayload::Invite {
                invite,
                account_role,
                expires_ms,
                ..
            } = payload
            else {
                return refuse(ProblemCode::Malformed, "not an invite entry");
            };
            if *invite != attachment.invite {
                return refuse(ProblemCode::Malformed, "entry and attachment differ");
            }
            if *expires_ms <= now_ms || *expires_ms > latest_ms {
                return refuse(ProblemCode::Malformed, "an invitation lives up to 366 days");
            }
            Ok(vec![Effect::PutInvite(NewInvite {
                invite: *invite,
                auth_hash: attachment.auth_hash,
                account_role: *account_role,
                expires_ms: *expires_ms,
                root_box: attachment.root_box.0.clone().into(),
            })])
        })
        .await
    }

    /// What an open invitation carries.
    pub async fn invite_view(
        &self,
        invite: InviteId,
        auth: Digest,
        address: IpAddr,
    ) -> DomainResult<InviteView> {
        let row = self.open_invite(invite, auth, address).await?;
        Ok(InviteView {
            tenant: row.tenant,
            account_role: AccountRoleText(row.account_role),
            expires_ms: row.expires_ms,
            root_box: row.root_box.to_vec().into(),
        })
    }

    /// Lets the holder of an open invitation read the directory that it leads to.
    pub async fn invite_reader(
        &self,
        invite: InviteId,
        auth: Digest,
        address: IpAddr,
    ) -> DomainResult<DirectoryReader> {
        let row = self.open_invite(invite, auth, address).await?;
        Ok(DirectoryReader::of_tenant(row.tenant))
    }
}
