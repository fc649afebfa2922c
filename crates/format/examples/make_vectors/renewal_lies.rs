//! Renewals of an identity's key that must not get in.

use crate::renewal::Draft;
use crate::world::{Directory, Human};
use strongroom_crypto::sign::SignSecret;
use strongroom_format::directory::{DirectoryPayload as P, IdentityRenewal};
use strongroom_format::person::device_id;
use strongroom_types::*;

/// Renewals with one thing wrong in each.
pub fn refused<'a>(
    log: &mut Directory,
    anna: &'a Human,
    bert: &'a Human,
    thief: &'a SignSecret,
    ids: &[DeviceId],
    draft: &dyn Fn() -> Draft<'a>,
) {
    let tenant = log.tenant();
    let first = log.state.hash_at(0).unwrap();
    let author = &bert.devices[0];
    let sorted = |mut list: Vec<DeviceId>| {
        list.sort();
        list
    };
    let reversed: Vec<DeviceId> = draft().stay.into_iter().rev().collect();
    let twice = sorted(vec![ids[0], ids[0]]);
    let with_revoked = sorted(vec![ids[0], ids[3]]);
    let with_foreign = sorted(vec![ids[0], device_id(anna.devices[0].public())]);
    let with_unknown = sorted(vec![ids[0], DeviceId::from_bytes([9; 32])]);
    let cases: Vec<(&str, &str, Draft<'a>)> = vec![
        (
            "renewal not signed by the old key",
            "signature",
            Draft {
                old_signer: thief,
                ..draft()
            },
        ),
        (
            "renewal signed by a colleague's key as the old one",
            "signature",
            Draft {
                old: &anna.identity,
                old_signer: &anna.identity,
                ..draft()
            },
        ),
        (
            "renewal signed by a device as the old key",
            "signature",
            Draft {
                old_signer: author,
                ..draft()
            },
        ),
        (
            "renewal without the new key's signature",
            "signature",
            Draft {
                new_signer: &bert.identity,
                ..draft()
            },
        ),
        (
            "renewal signed over another directory head",
            "signature",
            Draft {
                head: (0, first),
                ..draft()
            },
        ),
        (
            "renewal whose device and wrap key the old key certifies",
            "signature",
            Draft {
                certifier: &bert.identity,
                ..draft()
            },
        ),
        (
            "renewal with a gap in the wrap generations",
            "rule",
            Draft {
                generation: 3,
                ..draft()
            },
        ),
        (
            "renewal that repeats the wrap generation",
            "rule",
            Draft {
                generation: 1,
                ..draft()
            },
        ),
        (
            "renewal to the key in force",
            "rule",
            Draft {
                new: &bert.identity,
                new_signer: &bert.identity,
                certifier: &bert.identity,
                ..draft()
            },
        ),
        (
            "renewal to a colleague's key",
            "rule",
            Draft {
                new: &anna.identity,
                new_signer: &anna.identity,
                certifier: &anna.identity,
                ..draft()
            },
        ),
        (
            "renewal in which the author does not stay",
            "rule",
            Draft {
                stay: vec![ids[1]],
                ..draft()
            },
        ),
        (
            "renewal in which nobody stays",
            "rule",
            Draft {
                stay: vec![],
                ..draft()
            },
        ),
        (
            "renewal in which a revoked device stays",
            "rule",
            Draft {
                stay: with_revoked,
                ..draft()
            },
        ),
        (
            "renewal in which a colleague's device stays",
            "rule",
            Draft {
                stay: with_foreign,
                ..draft()
            },
        ),
        (
            "renewal in which an unknown device stays",
            "rule",
            Draft {
                stay: with_unknown,
                ..draft()
            },
        ),
        (
            "renewal whose devices are not sorted",
            "form",
            Draft {
                stay: reversed,
                ..draft()
            },
        ),
        (
            "renewal in which a device stays twice",
            "form",
            Draft {
                stay: twice,
                ..draft()
            },
        ),
    ];
    for (name, reason, draft) in cases {
        let payload = P::IdentityRenewal(Box::new(draft.payload(tenant)));
        log.reject(name, reason, log.honest(&payload, author));
    }
    let right = draft().payload(tenant);
    let sealed = |payload: IdentityRenewal| P::IdentityRenewal(Box::new(payload));
    log.reject(
        "administrator renews for another",
        "role_too_low",
        log.honest(&sealed(right.clone()), &anna.devices[0]),
    );
    log.reject(
        "revoked device renews",
        "device_revoked",
        log.honest(&sealed(right.clone()), &bert.devices[3]),
    );
    let mut other = right.clone();
    other.identity = anna.id();
    log.reject(
        "renewal of a colleague's identity",
        "role_too_low",
        log.honest(&sealed(other), author),
    );
    let mut swapped = right.clone();
    swapped.old_signatures = right.new_signatures.clone();
    swapped.new_signatures = right.old_signatures.clone();
    log.reject(
        "the two signatures exchanged",
        "signature",
        log.honest(&sealed(swapped), author),
    );
    let mut substituted = right.clone();
    substituted.public = thief.public().to_bytes();
    log.reject(
        "new key substituted",
        "signature",
        log.honest(&sealed(substituted), author),
    );
    let mut dated = right.clone();
    dated.renewed_ms += 1;
    log.reject(
        "date of the renewal altered",
        "signature",
        log.honest(&sealed(dated), author),
    );
    let mut fewer = right.clone();
    fewer.stay.retain(|(device, _)| *device == ids[0]);
    log.reject(
        "a device that stays taken out",
        "signature",
        log.honest(&sealed(fewer), author),
    );
    let mut short = right;
    short.public.pop();
    log.reject(
        "new key too short",
        "form",
        log.honest(&sealed(short), author),
    );
}
