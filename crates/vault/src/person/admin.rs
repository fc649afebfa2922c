//! What administrators write into the directory.

use super::{DirectoryRecovery, single, tenant_of};
use crate::VaultError;
use crate::author::DirectoryAuthor;
use strongroom_crypto::sign::SignSecret;
use strongroom_format::context;
use strongroom_format::directory::{DirectoryPayload, DirectoryPolicy, DirectoryState};
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::signing::{SignatureKind, Signatures};
use strongroom_types::*;

/// Revokes a device of someone else.
///
/// # Errors
/// `Invalid` where the directory refuses it.
pub fn revoke_device_as_admin(
    directory: &DirectoryState,
    author: &SignSecret,
    device: DeviceId,
) -> Result<UnverifiedEntry, VaultError> {
    let known = directory
        .device(device)
        .ok_or(VaultError::Unknown("device"))?;
    let payload = DirectoryPayload::RevokeDevice {
        identity: known.identity,
        device,
        wrap: None,
    };
    single(directory, author, &payload)
}

/// Makes someone an administrator, or a plain member again.
///
/// # Errors
/// `Invalid` where the directory refuses it (the last administrator stays).
pub fn set_account_role(
    directory: &DirectoryState,
    author: &SignSecret,
    identity: IdentityId,
    account_role: AccountRole,
) -> Result<UnverifiedEntry, VaultError> {
    let payload = DirectoryPayload::AccountRole {
        identity,
        account_role,
    };
    single(directory, author, &payload)
}

/// Retires a person: they count as gone everywhere, and each of their vaults gets new keys.
///
/// # Errors
/// `Invalid` where the directory refuses it (the last administrator stays).
pub fn retire(
    directory: &DirectoryState,
    author: &SignSecret,
    identity: IdentityId,
) -> Result<UnverifiedEntry, VaultError> {
    single(directory, author, &DirectoryPayload::Retire { identity })
}

/// Sets what clients obey.
///
/// # Errors
/// `Invalid` where the directory refuses it (the minimum suite never falls).
pub fn set_policy(
    directory: &DirectoryState,
    author: &SignSecret,
    policy: DirectoryPolicy,
) -> Result<UnverifiedEntry, VaultError> {
    let payload = DirectoryPayload::Policy {
        image_max_pixels: policy.image_max_pixels,
        offline_max_days: policy.offline_max_days,
        min_suite: policy.min_suite,
    };
    single(directory, author, &payload)
}

/// Withdraws an open invitation.
///
/// # Errors
/// `Invalid` where it is not open.
pub fn withdraw_invite(
    directory: &DirectoryState,
    author: &SignSecret,
    invite: InviteId,
) -> Result<UnverifiedEntry, VaultError> {
    single(
        directory,
        author,
        &DirectoryPayload::WithdrawInvite { invite },
    )
}

/// Appoints an administrator by the offline recovery key of the founder's kit.
///
/// # Errors
/// `Invalid` where the key is not the one of genesis, or the identity is retired.
pub fn appoint(
    directory: &DirectoryState,
    author: &SignSecret,
    recovery: &DirectoryRecovery,
    identity: IdentityId,
) -> Result<UnverifiedEntry, VaultError> {
    let seen = DirectoryAuthor::new(directory, author)?.seen();
    let context = context::directory_recover(tenant_of(directory)?, identity, seen.index);
    let payload = DirectoryPayload::Recover {
        identity,
        recovery_signatures: Signatures::both(
            &recovery.key,
            SignatureKind::DirectoryRecover,
            &context,
        ),
    };
    single(directory, author, &payload)
}
