use super::{account, convert::*, link, rows, tenant, upload, vault};
use crate::*;
use rusqlite::Connection;
use strongroom_types::*;

/// Does what follows from entries, on the log that they were appended to.
pub(super) fn apply(c: &Connection, no: LogNo, effect: &Effect) -> StoreResult<()> {
    match effect {
        // Done before the entries, which need the tenant.
        Effect::CreateTenant { .. } => Ok(()),
        Effect::CreateAccount(new) => account::create_account(c, no.tenant, new),
        Effect::PutInvite(invite) => tenant::put_invite(c, no.tenant, invite),
        Effect::UseInvite { invite } => tenant::close_invite(c, no.tenant, *invite, 2),
        Effect::WithdrawInvite { invite } => tenant::close_invite(c, no.tenant, *invite, 3),
        Effect::RetireAccount { identity } => retire(c, no.tenant, *identity),
        Effect::SetAccountRole {
            identity,
            account_role,
        } => changed(c.run(
            "UPDATE account SET account_role = ?3 WHERE tenant_no = ?1 AND identity_id = ?2",
            (
                no.tenant,
                identity.as_bytes(),
                account_role_number(*account_role),
            ),
        )?),
        Effect::EndOtherSessions { identity, except } => {
            end_other_sessions(c, no.tenant, *identity, *except)
        }
        Effect::CreateVault { personal } => changed(c.run(
            "UPDATE log SET personal = ?2, epoch = 0, rekey_required = 0 WHERE log_no = ?1",
            (no.log, personal),
        )?),
        Effect::SetMember { identity, role } => vault::set_member(c, no, *identity, *role),
        Effect::RemoveMember { identity } => changed(c.run(
            "DELETE FROM member WHERE tenant_no = ?1 AND log_no = ?2 AND identity_id = ?3",
            (no.tenant, no.log, identity.as_bytes()),
        )?),
        Effect::SetVaultState {
            epoch,
            rekey_required,
        } => changed(c.run(
            "UPDATE log SET epoch = ?2, rekey_required = ?3
             WHERE log_no = ?1 AND epoch IS NOT NULL",
            (no.log, epoch.0, rekey_required),
        )?),
        Effect::PutWraps {
            epoch,
            carrier_index,
            in_tree,
            wraps,
        } => vault::put_wraps(c, no, *epoch, *carrier_index, *in_tree, wraps),
        Effect::FinishUpload {
            revision,
            entry_index,
        } => upload::finish_upload(c, no, *revision, *entry_index),
        Effect::PutFileKey {
            revision,
            entry_index,
        } => changed(c.run(
            "UPDATE file_revision SET key_entry_index = ?4
             WHERE tenant_no = ?1 AND log_no = ?2 AND revision_id = ?3 AND erased = 0",
            (no.tenant, no.log, revision.as_bytes(), entry_index),
        )?),
        Effect::SetFileAttr {
            file,
            deleted,
            protected,
        } => changed(c.run(
            "UPDATE file SET deleted = ?4, protected = ?5
             WHERE tenant_no = ?1 AND log_no = ?2 AND file_id = ?3",
            (no.tenant, no.log, file.as_bytes(), deleted, protected),
        )?),
        Effect::SetLease { file, lease } => changed(c.run(
            "UPDATE file SET lease_id = ?4, lease_fence = ?5, lease_identity_id = ?6,
                             lease_expires_ms = ?7
             WHERE tenant_no = ?1 AND log_no = ?2 AND file_id = ?3",
            (
                no.tenant,
                no.log,
                file.as_bytes(),
                lease.lease.as_bytes(),
                lease.fence,
                lease.identity.as_bytes(),
                lease.expires_ms,
            ),
        )?),
        Effect::ClearLease { file } => {
            c.run(
                "UPDATE file SET lease_id = NULL, lease_fence = NULL, lease_identity_id = NULL,
                                 lease_expires_ms = NULL
                 WHERE tenant_no = ?1 AND log_no = ?2 AND file_id = ?3",
                (no.tenant, no.log, file.as_bytes()),
            )?;
            Ok(())
        }
        Effect::PutLink(new) => link::put_link(c, no, new),
        Effect::RevokeLink { link } => changed(c.run(
            "UPDATE link SET revoked = 1 WHERE tenant_no = ?1 AND link_id = ?3 AND log_no = ?2",
            (no.tenant, no.log, link.as_bytes()),
        )?),
        Effect::ErasePayloads { indexes } => {
            for index in indexes {
                let Some(row) = rows::row_of(c, no, *index)? else {
                    continue;
                };
                c.run(
                    "UPDATE entry SET payload = NULL WHERE entry_row = ?1 AND control = 0",
                    [row],
                )?;
            }
            Ok(())
        }
        Effect::EraseFileRevisions { revisions } => revisions
            .iter()
            .try_for_each(|revision| upload::erase_revision(c, no, *revision)),
        Effect::AddUsage {
            account,
            bytes,
            total_max_bytes,
        } => account::add_usage(c, no.tenant, *account, *bytes, *total_max_bytes),
    }
}

fn end_other_sessions(
    c: &Connection,
    tenant_no: i64,
    identity: IdentityId,
    except: SessionId,
) -> StoreResult<()> {
    c.run(
        "DELETE FROM session
         WHERE tenant_no = ?1 AND session_id <> ?3
               AND account_id = (SELECT account_id FROM account
                                 WHERE tenant_no = ?1 AND identity_id = ?2)",
        (tenant_no, identity.as_bytes(), except.as_bytes()),
    )?;
    Ok(())
}

fn retire(c: &Connection, tenant_no: i64, identity: IdentityId) -> StoreResult<()> {
    let account: Option<[u8; 16]> = c.one(
        "UPDATE account SET retired = 1 WHERE tenant_no = ?1 AND identity_id = ?2
         RETURNING account_id",
        (tenant_no, identity.as_bytes()),
        |row| row.get(0),
    )?;
    c.run(
        "DELETE FROM session WHERE tenant_no = ?1 AND account_id = ?2",
        (tenant_no, account.ok_or(StoreError::NotFound)?),
    )?;
    Ok(())
}
