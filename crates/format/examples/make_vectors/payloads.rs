//! Payloads of the directory as an honest client makes them.

use crate::world::{Directory, Human};
use strongroom_crypto::Secret16;
use strongroom_crypto::sign::SignSecret;
use strongroom_format::context;
use strongroom_format::directory::DirectoryPayload as P;
use strongroom_format::signing::{SignatureKind, Signatures};
use strongroom_types::*;

/// The key of an invitation.
pub fn s_key(secret: &Secret16) -> SignSecret {
    let mut seed = [0; 64];
    let ed25519 = secret.derive(&context::invite_key("sign-ed25519"));
    let ml_dsa = secret.derive(&context::invite_key("sign-ml-dsa"));
    seed[..32].copy_from_slice(ed25519.danger_bytes());
    seed[32..].copy_from_slice(ml_dsa.danger_bytes());
    SignSecret::from_seed(&seed)
}

/// The id of an invitation.
pub fn invite_id(secret: &Secret16) -> InviteId {
    let id = secret.derive(&context::invite_key("id"));
    InviteId::from_slice(&id.danger_bytes()[..16]).unwrap()
}

pub fn invite(secret: &Secret16, account_role: AccountRole) -> P {
    P::Invite {
        invite: invite_id(secret),
        account_role,
        expires_ms: 1_900_000_000_000,
        public: s_key(secret).public().to_bytes(),
    }
}

/// A join; `head` is what the joiner signs as the directory's head.
pub fn join(log: &Directory, human: &Human, name: &str, secret: &Secret16, key: &SignSecret) -> P {
    let head = log.state.head().unwrap();
    join_at(log, human, name, secret, key, head.index, head.hash)
}

pub fn join_at(
    log: &Directory,
    human: &Human,
    name: &str,
    secret: &Secret16,
    key: &SignSecret,
    index: u64,
    hash: Digest,
) -> P {
    let person = human.person(log.tenant(), name);
    let context = context::join(
        log.tenant(),
        invite_id(secret),
        name,
        &person.identity_public,
        &person.device_public,
        &person.wrap_public,
        index,
        hash,
    );
    P::Join {
        invite: invite_id(secret),
        invite_signatures: Signatures::both(key, SignatureKind::JoinInvite, &context),
        identity_signatures: Signatures::both(
            &human.identity,
            SignatureKind::JoinIdentity,
            &context,
        ),
        person,
    }
}

pub fn role(human: &Human, account_role: AccountRole) -> P {
    P::AccountRole {
        identity: human.id(),
        account_role,
    }
}

pub fn policy(image_max_pixels: u64, min_suite: u64) -> P {
    P::Policy {
        image_max_pixels,
        offline_max_days: 14,
        min_suite,
    }
}

pub fn new_device(human: &Human, device: &SignSecret, tenant: TenantId, name: &str) -> P {
    P::Device {
        identity: human.id(),
        device_public: device.public().to_bytes(),
        device_name: name.to_owned(),
        signatures: human.certify(tenant, device),
    }
}
