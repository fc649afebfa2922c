//! Boxes beside a file: its manifest, its key, its attributes, each in its place alone.

use super::*;

#[test]
fn key_and_manifest_open_only_in_their_place() {
    let mut rng = DangerSeededRng::new(5);
    let keyring = keyring();
    let new = new_revision(10, &mut rng);
    let sealer = FileSealer::begin(TENANT, VAULT, new, &mut rng).unwrap();
    let (sealed, _, _) = seal_all(sealer, &plaintext(10));
    let payload = sealed.payload(&keyring, place(), 7, &mut rng).unwrap();
    assert_eq!(payload.fence, 7);
    let manifest = open_manifest(&keyring, place(), &payload).unwrap();
    assert!(manifest == *sealed.manifest());
    let key = open_key(&keyring, place(), &payload, &manifest).unwrap();
    assert_eq!(key.danger_bytes(), sealed.key().danger_bytes());

    let places = [
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
    ];
    for wrong in places {
        let error = open_manifest(&keyring, wrong, &payload).err().unwrap();
        assert_eq!(error, IntegrityError::SwappedFile.into());
    }
    let missing = Place {
        epoch: Epoch(3),
        ..place()
    };
    assert!(matches!(
        open_manifest(&keyring, missing, &payload),
        Err(VaultError::NoKey(Epoch(3)))
    ));
    type Change = fn(&mut strongroom_format::vault_payload::FilePayload);
    let changes: [(Change, &str); 7] = [
        (|p| p.file = FileId::ZERO, "swapped_file"),
        (|p| p.revision = RevisionId::ZERO, "swapped_file"),
        (|p| p.record = RecordId::ZERO, "swapped_file"),
        (|p| p.manifest_box[70] ^= 1, "swapped_file"),
        (|p| p.parents.clear(), "changed_manifest"),
        (|p| p.sealed_length += 1, "changed_manifest"),
        (|p| p.manifest_box.truncate(60), "swapped_file"),
    ];
    for (change, code) in changes {
        let mut wrong = payload.clone();
        change(&mut wrong);
        match open_manifest(&keyring, place(), &wrong) {
            Err(VaultError::Integrity(error)) => assert_eq!(error.code(), code),
            _ => panic!("{code}"),
        }
    }
    let mut wrong = payload.clone();
    wrong.key_box[70] ^= 1;
    assert!(open_key(&keyring, place(), &wrong, &manifest).is_err());

    // the key under newer keys; another file's key in its place is seen
    let later = Place {
        epoch: Epoch(2),
        device_seq: 9,
        ..place()
    };
    let (file, revision) = (manifest.file, manifest.revision);
    let boxed = |key: &SymmetricKey, rng: &mut DangerSeededRng| match rewrap_key(
        &keyring, later, file, revision, key, rng,
    )
    .unwrap()
    {
        strongroom_format::vault_payload::VaultPayload::FileKey { key_box, .. } => key_box,
        _ => panic!(),
    };
    let good = boxed(&key, &mut rng);
    let again = open_rewrapped_key(&keyring, later, file, revision, &good, &manifest).unwrap();
    assert_eq!(again.danger_bytes(), key.danger_bytes());
    let other = boxed(&SymmetricKey::make(&mut rng), &mut rng);
    for (place, file, bytes) in [
        (later, file, &other),
        (place(), file, &good),
        (later, FileId::ZERO, &good),
    ] {
        let error = open_rewrapped_key(&keyring, place, file, revision, bytes, &manifest);
        assert_eq!(error.err(), Some(IntegrityError::SwappedFile.into()));
    }
}

#[test]
fn attributes_open_only_in_their_place() {
    let mut rng = DangerSeededRng::new(6);
    let keyring = keyring();
    let attributes = Attributes {
        file: FileId::make(&mut rng),
        record: RecordId::make(&mut rng),
        name: "new name.pdf".into(),
        hidden: true,
        deleted: false,
        protected: true,
    };
    let payload = seal_attributes(&keyring, place(), &attributes, &mut rng).unwrap();
    assert_eq!(
        open_attributes(&keyring, place(), &payload).unwrap(),
        attributes
    );
    type Change = fn(&mut strongroom_format::vault_payload::FileAttributesPayload);
    let changes: [Change; 6] = [
        |p| p.file = FileId::ZERO,
        |p| p.record = RecordId::ZERO,
        |p| p.version = VersionId::ZERO,
        |p| p.deleted = true,
        |p| p.protected = false,
        |p| p.sealed[60] ^= 1,
    ];
    for change in changes {
        let mut wrong = payload.clone();
        change(&mut wrong);
        assert!(open_attributes(&keyring, place(), &wrong).is_err());
    }
}

#[test]
fn a_conflict_copy_is_the_same_bytes_beside_the_newer_state() {
    let mut rng = DangerSeededRng::new(6);
    let new = new_revision(10, &mut rng);
    let sealer = FileSealer::begin(TENANT, VAULT, new, &mut rng).unwrap();
    let (sealed, content, leaves) = seal_all(sealer, &plaintext(10));
    let mut named = details();
    named.name = "report (Ada).pdf".into();
    let copy = sealed.as_conflict_copy(named).unwrap();
    let (before, after) = (sealed.manifest(), copy.manifest());
    assert!(after.conflict && !before.conflict);
    assert_eq!(after.name, "report (Ada).pdf");
    let same = |manifest: &FileManifest| {
        (
            manifest.revision,
            manifest.parents.clone(),
            manifest.header,
            manifest.tree_root,
        )
    };
    assert_eq!(same(after), same(before));
    let file = open_file(&copy, &leaves).unwrap();
    let (read, _) = drain(file.read_all(), &content, &leaves, 0).unwrap();
    assert_eq!(read, plaintext(10));
    let mut nameless = details();
    nameless.name = String::new();
    assert!(sealed.as_conflict_copy(nameless).is_err());
}
