use super::*;
use crate::keyring::commitment;
use proptest::prelude::*;
use strongroom_crypto::{DangerSeededRng, SymmetricKey};

const TENANT: TenantId = TenantId::from_bytes([1; 32]);
const VAULT: VaultId = VaultId::from_bytes([2; 32]);

fn place() -> Place {
    Place {
        tenant: TENANT,
        vault: VAULT,
        epoch: Epoch(1),
        device: DeviceId::from_bytes([3; 32]),
        device_seq: 4,
    }
}

fn keyring() -> Keyring {
    let mut keyring = Keyring::new(TENANT, VAULT);
    for epoch in [Epoch(1), Epoch(2)] {
        let secret = SymmetricKey::from_bytes([5; 32]);
        let announced = commitment(TENANT, VAULT, epoch, &secret);
        keyring.add(epoch, secret, announced).unwrap();
    }
    keyring
}

fn table() -> TableDefinition {
    TableDefinition::from_json(
        r#"{"name":"case","title":"Case","fields":[
            {"name":"title","title":"Title","type":"text","required":true},
            {"name":"open","title":"Open","type":"boolean"}]}"#,
    )
    .unwrap()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn versions_open_only_in_their_place() {
    let mut rng = DangerSeededRng::new(1);
    let keyring = keyring();
    let fields = Fields::from([
        ("title".to_owned(), text("Müller")),
        ("_vault".to_owned(), text("any")),
    ]);
    let new = NewVersion {
        record: RecordId::make(&mut rng),
        parents: vec![
            VersionId::from_bytes([9; 16]),
            VersionId::from_bytes([1; 16]),
            VersionId::from_bytes([9; 16]),
        ],
        deleted: false,
    };
    let payload =
        seal_version(&keyring, place(), &table(), new.clone(), &fields, &mut rng).unwrap();
    assert_eq!(payload.parents.len(), 2);
    assert!(payload.parents.is_sorted());
    assert_eq!(open_version(&keyring, place(), &payload).unwrap(), fields);
    let again = open_version(
        &keyring,
        Place {
            device_seq: 9,
            ..place()
        },
        &payload,
    );
    assert_eq!(again.unwrap(), fields);
    // One that waited is sealed anew for its new place, under the id that it was given.
    let id = VersionId::from_bytes([7; 16]);
    let mut seal = || {
        let new = new.clone();
        seal_named_version(&keyring, place(), &table(), new, id, &fields, &mut rng).unwrap()
    };
    let (first, second) = (seal(), seal());
    assert_eq!((first.version, second.version), (id, id));
    assert_ne!(first.sealed, second.sealed, "never twice under one nonce");
    assert_eq!(open_version(&keyring, place(), &second).unwrap(), fields);

    for wrong in [
        Place {
            tenant: TenantId::ZERO,
            ..place()
        },
        Place {
            vault: VaultId::ZERO,
            ..place()
        },
        Place {
            epoch: Epoch(2),
            ..place()
        },
        Place {
            device: DeviceId::ZERO,
            ..place()
        },
    ] {
        assert_eq!(
            open_version(&keyring, wrong, &payload).err(),
            Some(IntegrityError::SwappedRecord.into())
        );
    }
    let changes: [fn(&mut RecordPayload); 8] = [
        |p| p.table.push('x'),
        |p| p.table_definition_hash = Digest::ZERO,
        |p| p.record = RecordId::ZERO,
        |p| p.version = VersionId::ZERO,
        |p| p.parents.clear(),
        |p| p.deleted = true,
        |p| p.clear_fields = vec![0x81, 0x01],
        |p| p.sealed[100] ^= 1,
    ];
    for change in changes {
        let mut wrong = payload.clone();
        change(&mut wrong);
        assert_eq!(
            open_version(&keyring, place(), &wrong).err(),
            Some(IntegrityError::SwappedRecord.into())
        );
    }
    assert_eq!(
        open_version(
            &keyring,
            Place {
                epoch: Epoch(3),
                ..place()
            },
            &payload
        )
        .err(),
        Some(VaultError::NoKey(Epoch(3)))
    );

    // the table is obeyed when sealing, except for a deletion
    let empty = Fields::new();
    let seal = |new: NewVersion, fields: &Fields, rng: &mut DangerSeededRng| {
        seal_version(&keyring, place(), &table(), new, fields, rng)
    };
    assert!(matches!(
        seal(new.clone(), &empty, &mut rng),
        Err(VaultError::Field(_))
    ));
    let trash = NewVersion {
        deleted: true,
        ..new.clone()
    };
    assert!(seal(trash, &empty, &mut rng).is_ok());
    let many = NewVersion {
        parents: (0..17).map(|n| VersionId::from_bytes([n; 16])).collect(),
        ..new
    };
    assert!(matches!(
        seal(many, &fields, &mut rng),
        Err(VaultError::Format(_))
    ));
}

#[test]
fn every_size_of_text_comes_back() {
    let mut rng = DangerSeededRng::new(2);
    let keyring = keyring();
    for length in [1, 200, 230, 240, 250, 16_300, 16_384, 40_000, 200_000] {
        let fields = Fields::from([("title".to_owned(), text(&"x".repeat(length)))]);
        let new = NewVersion {
            record: RecordId::make(&mut rng),
            parents: Vec::new(),
            deleted: false,
        };
        let payload = seal_version(&keyring, place(), &table(), new, &fields, &mut rng).unwrap();
        assert_eq!(open_version(&keyring, place(), &payload).unwrap(), fields);
    }
}

fn node(index: u64, id: u8, parents: &[u8]) -> Node {
    Node {
        index,
        version: VersionId::from_bytes([id; 16]),
        parents: parents
            .iter()
            .map(|p| VersionId::from_bytes([*p; 16]))
            .collect(),
        table: "case".into(),
        deleted: false,
    }
}

fn ids(heads: &Heads) -> Vec<u8> {
    heads.heads.iter().map(|id| id.as_bytes()[0]).collect()
}

#[test]
fn conflicts_merges_and_strange_versions() {
    let mut versions = vec![node(0, 1, &[]), node(1, 2, &[1]), node(2, 3, &[1])];
    assert_eq!(ids(&heads(&versions)), [2, 3]);
    versions.push(node(3, 4, &[2, 3]));
    assert_eq!(ids(&heads(&versions)), [4]);
    // the future can't be replaced, nor oneself; a repeated id and another table do not count
    versions.push(node(4, 5, &[5, 6]));
    versions.push(node(5, 6, &[5]));
    versions.push(node(6, 4, &[6]));
    let mut other = node(7, 7, &[4, 6]);
    other.table = "person".into();
    versions.push(other);
    let found = heads(&versions);
    assert_eq!(ids(&found), [4, 6]);
    assert_eq!(found.ignored, [6, 7]);
    assert_eq!(heads(&[]), Heads::default());
}

#[test]
fn merging_fields() {
    let of = |list: &[(&str, &str)]| -> Fields {
        list.iter()
            .map(|(k, v)| ((*k).to_owned(), text(v)))
            .collect()
    };
    let base = of(&[("a", "1"), ("b", "1"), ("c", "1")]);
    let ours = of(&[("a", "2"), ("b", "1"), ("c", "2")]);
    let theirs = of(&[("a", "1"), ("c", "3"), ("d", "4")]);
    let merged = merge_fields(Some(&base), &[&ours, &theirs]);
    assert_eq!(merged.fields, of(&[("a", "2"), ("c", "3"), ("d", "4")]));
    assert_eq!(merged.conflicts, ["c"]);
    let same = merge_fields(None, &[&ours, &ours]);
    assert_eq!((same.fields, same.conflicts.len()), (ours.clone(), 0));
    let blind = merge_fields(None, &[&ours, &theirs]);
    assert_eq!(blind.conflicts, ["a", "b", "c", "d"]);
}

proptest! {
    #[test]
    fn there_is_always_a_head_and_order_does_not_matter(
        graph in proptest::collection::vec((0..12_u8, proptest::collection::vec(0..12_u8, 0..4)), 1..20),
        shuffle in any::<u64>(),
    ) {
        let versions: Vec<Node> = graph
            .iter()
            .enumerate()
            .map(|(index, (id, parents))| node(index as u64, *id, parents))
            .collect();
        let found = heads(&versions);
        prop_assert!(!found.heads.is_empty());
        let mut shuffled = versions.clone();
        shuffled.sort_by_key(|node| (node.index + 1).wrapping_mul(shuffle | 1));
        prop_assert_eq!(heads(&shuffled), found);
    }
}
