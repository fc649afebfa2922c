use super::*;
use crate::fixture::organisation;
use strongroom_crypto::DangerSeededRng;
use strongroom_format::entry::UnverifiedEntry;

fn code(result: Result<Vec<DirectoryChange>, IntegrityError>) -> &'static str {
    result.err().map_or("ok", |error| error.code())
}

#[test]
fn a_directory_that_is_not_the_true_one_is_refused() {
    let mut rng = DangerSeededRng::new(1);
    let (server, _) = organisation(2, &mut rng);
    let (other, _) = organisation(2, &mut rng);
    let tenant = server.directory.tenant();
    let entries = &server.directory_entries;
    let fresh = || DirectoryState::new(tenant);
    let read = |entries: &[PageEntry]| {
        let mut directory = fresh();
        apply_page(&mut directory, entries)
    };
    assert_eq!(code(read(entries)), "ok");
    assert_eq!(code(read(&other.directory_entries)), "foreign_tenant");
    assert_eq!(code(read(&entries[1..])), "gap");
    let mut mixed = entries.clone();
    mixed[1] = other.directory_entries[1].clone();
    assert_eq!(code(read(&mixed)), "foreign_tenant");
    let mut dropped = entries.clone();
    dropped.remove(1);
    for (index, entry) in dropped.iter_mut().enumerate() {
        entry.index = index as u64;
    }
    assert_ne!(code(read(&dropped)), "ok");
    let mut forged = entries.clone();
    let victim = &forged[1].entry;
    let mut signatures = victim.signatures_bytes().to_vec();
    signatures[20] ^= 1;
    let payload = victim.payload().unwrap();
    forged[1].entry =
        UnverifiedEntry::from_parts(victim.body_bytes(), &signatures, Some(payload)).unwrap();
    assert_eq!(code(read(&forged)), "forged_entry");
    let mut hidden = entries.clone();
    let victim = &hidden[1].entry;
    hidden[1].entry =
        UnverifiedEntry::from_parts(victim.body_bytes(), victim.signatures_bytes(), None).unwrap();
    assert_eq!(code(read(&hidden)), "withheld");
}

#[test]
fn heads_are_compared() {
    let mut rng = DangerSeededRng::new(2);
    let (server, _) = organisation(2, &mut rng);
    let mut directory = DirectoryState::new(server.directory.tenant());
    apply_page(&mut directory, &server.directory_entries[..3]).unwrap();
    let at = |index| Head {
        index,
        hash: server.directory.hash_at(index).unwrap(),
    };
    let wrong = |index| Head {
        index,
        hash: Digest::ZERO,
    };
    let check = |head, known| finish_sync(&directory, head, known).map_err(|e| e.code());
    assert_eq!(check(at(2), None), Ok(()));
    assert_eq!(check(at(2), Some(at(1))), Ok(()));
    assert_eq!(check(at(4), None), Err("withheld"));
    assert_eq!(check(at(1), None), Err("rollback"));
    assert_eq!(check(wrong(2), None), Err("fork"));
    assert_eq!(check(at(2), Some(wrong(1))), Err("fork"));
    assert_eq!(check(at(2), Some(at(3))), Err("rollback"));
}
