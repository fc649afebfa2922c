use super::*;
use strongroom_crypto::DangerSeededRng;
use strongroom_format::file::ManifestParts;

fn manifest(rng: &mut DangerSeededRng) -> FileManifest {
    FileManifest::new(ManifestParts {
        tenant: TenantId::from_bytes([1; 32]),
        vault: VaultId::from_bytes([2; 32]),
        record: RecordId::make(rng),
        file: FileId::make(rng),
        revision: RevisionId::make(rng),
        parents: Vec::new(),
        true_length: 10,
        header: [3; 56],
        tree_root: Digest::from_bytes([4; 32]),
        name: "a.txt".into(),
        media_type: "text/plain".into(),
        thumbnail: None,
        conflict: false,
        created_ms: 0,
    })
    .unwrap()
}

fn target(manifest: &FileManifest) -> LinkTarget {
    LinkTarget {
        tenant: manifest.tenant,
        vault: manifest.vault,
        file: manifest.file,
        revision: manifest.revision,
    }
}

fn address(link: LinkId, fragment: &Secret16) -> LinkAddress {
    LinkAddress {
        server_url: "https://vault.example:8443".into(),
        link,
        fragment: Secret16::from_bytes(*fragment.danger_bytes()),
    }
}

#[test]
fn a_link_opens_by_its_address_alone_or_with_its_passphrase() {
    let mut rng = DangerSeededRng::new(1);
    let manifest = manifest(&mut rng);
    let key = SymmetricKey::make(&mut rng);
    for passphrase in [None, Some(b"open sesame".as_slice())] {
        let made = make(&key, &manifest, LinkLimits::default(), passphrase, &mut rng);
        let VaultPayload::Link(payload) = &made.payload else {
            panic!()
        };
        assert_eq!(payload.box_hash, sha256(&made.link_box));
        assert_eq!(payload.passphrase, passphrase.is_some());
        let token = token(made.link, &made.fragment);
        assert_eq!(payload.token_hash, sha256(token.as_bytes()));
        let text = address(made.link, &made.fragment).to_text();
        let address = LinkAddress::parse(&text).unwrap();
        let (found, read) = open(&address, target(&manifest), passphrase, &made.link_box).unwrap();
        assert_eq!(found.danger_bytes(), key.danger_bytes());
        assert!(read == manifest);

        let wrong_words = [None, Some(b"open sesame".as_slice()), Some(b"x".as_slice())];
        for wrong in wrong_words.into_iter().filter(|words| *words != passphrase) {
            let error = open(&address, target(&manifest), wrong, &made.link_box);
            assert_eq!(error.err(), Some(IntegrityError::AlteredLink));
        }
    }
}

#[test]
fn another_target_fragment_or_box_is_refused() {
    let mut rng = DangerSeededRng::new(2);
    let manifest = manifest(&mut rng);
    let key = SymmetricKey::make(&mut rng);
    let made = make(&key, &manifest, LinkLimits::default(), None, &mut rng);
    let good = address(made.link, &made.fragment);
    let right = target(&manifest);
    for wrong in [
        LinkTarget {
            tenant: TenantId::ZERO,
            ..right
        },
        LinkTarget {
            vault: VaultId::ZERO,
            ..right
        },
        LinkTarget {
            file: FileId::ZERO,
            ..right
        },
        LinkTarget {
            revision: RevisionId::ZERO,
            ..right
        },
    ] {
        assert!(open(&good, wrong, None, &made.link_box).is_err());
    }
    let other = address(made.link, &Secret16::make(&mut rng));
    assert!(open(&other, right, None, &made.link_box).is_err());
    let other = address(LinkId::ZERO, &made.fragment);
    assert!(open(&other, right, None, &made.link_box).is_err());
    for place in [0, 30, 60, made.link_box.len() - 1] {
        let mut altered = made.link_box.clone();
        altered[place] ^= 1;
        assert!(open(&good, right, None, &altered).is_err());
    }
    let VaultPayload::Link(payload) = &made.payload else {
        panic!()
    };
    let VaultPayload::Link(gone) = revoke(payload) else {
        panic!()
    };
    assert_eq!(gone.action, LinkAction::Revoke);
    assert_eq!((gone.link, gone.file), (payload.link, payload.file));
    assert_eq!(gone.token_hash, Digest::ZERO);
}

#[test]
fn addresses_that_are_none() {
    let link = LinkId::from_bytes([7; 16]);
    let secret = Secret16::from_bytes([8; 16]);
    let text = address(link, &secret).to_text().to_string();
    assert!(LinkAddress::parse(&format!(" {text} \n")).is_ok());
    for wrong in [
        "",
        "https://a",
        &text.replace("https", "http"),
        &text.replace('#', "?"),
        &text.replace("/l/", "/m/"),
        &text.replace("0707", "07"),
        &text[..text.len() - 1],
        &format!("{text}x"),
    ] {
        assert!(LinkAddress::parse(wrong).is_err(), "{wrong}");
    }
}
