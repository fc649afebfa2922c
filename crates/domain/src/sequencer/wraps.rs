use super::*;
use crate::error::refuse;
use std::collections::BTreeSet;
use strongroom_crypto::{sha256, wrap::WRAP_BYTES};
use strongroom_format::{
    directory::DirectoryState,
    vault_payload::{Renewal, WrapLeaf, wraps_root},
};
use strongroom_store::NewWrap;

fn new_wrap(wrap: &WrapFor) -> DomainResult<NewWrap> {
    if wrap.wrap.len() != WRAP_BYTES {
        return refuse(ProblemCode::Malformed, "a wrap has 1,168 bytes");
    }
    Ok(NewWrap {
        identity: wrap.identity,
        generation: wrap.generation,
        wrap_hash: sha256(&wrap.wrap),
        wrap: wrap.wrap.clone().into(),
    })
}

/// The wraps of new keys: exactly one for each member who stays, for their newest wrap key,
/// and exactly those that the signed root names.
pub(super) fn renewal_wraps(
    wraps: &[WrapFor],
    renewal: &Renewal,
    staying: &BTreeSet<IdentityId>,
    directory: &DirectoryState,
    directory_index: u64,
) -> DomainResult<Vec<NewWrap>> {
    let rows = wraps
        .iter()
        .map(new_wrap)
        .collect::<DomainResult<Vec<_>>>()?;
    let leaves: Vec<WrapLeaf> = rows
        .iter()
        .map(|row| WrapLeaf {
            identity: row.identity,
            generation: row.generation,
            wrap_hash: row.wrap_hash,
        })
        .collect();
    if wraps_root(&leaves)? != renewal.wraps_root {
        return refuse(
            ProblemCode::InvalidEntry,
            "the wraps are not those of the signed root",
        );
    }
    // The leaves are sorted and distinct by now.
    let named: BTreeSet<IdentityId> = leaves.iter().map(|leaf| leaf.identity).collect();
    if named != *staying {
        return refuse(
            ProblemCode::InvalidEntry,
            "new keys go to exactly the members who stay",
        );
    }
    let newest = leaves.iter().all(|leaf| {
        directory
            .wrap_key_at(leaf.identity, directory_index)
            .is_some_and(|key| key.generation == leaf.generation)
    });
    if !newest {
        return refuse(ProblemCode::Conflict, "a member has a newer wrap key");
    }
    Ok(rows)
}

/// The one wrap of a new member.
pub(super) fn member_wrap(
    wraps: &[WrapFor],
    identity: IdentityId,
    generation: u64,
    wrap_hash: Digest,
) -> DomainResult<NewWrap> {
    let [wrap] = wraps else {
        return refuse(
            ProblemCode::Malformed,
            "a new member needs exactly one wrap",
        );
    };
    let row = new_wrap(wrap)?;
    if row.identity != identity || row.generation != generation || row.wrap_hash != wrap_hash {
        return refuse(
            ProblemCode::InvalidEntry,
            "the wrap is not the one that was signed",
        );
    }
    Ok(row)
}
