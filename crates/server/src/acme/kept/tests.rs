use super::*;
use crate::acme::AcmeName;
use rcgen::{CertificateParams, KeyPair};
use time::OffsetDateTime;

const NOW_MS: u64 = 1_790_000_000_000;
const MINUTE_MS: u64 = 60_000;

fn options(name: &str) -> AcmeOptions {
    AcmeOptions::terms_agreed([name.parse::<AcmeName>().unwrap()])
}

fn certificate_pem(name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap();
    params.not_after = OffsetDateTime::from_unix_timestamp(1_790_000_000 + 90 * 86_400).unwrap();
    let chain = params.self_signed(&key).unwrap().pem();
    (chain, key.serialize_pem())
}

#[test]
fn a_certificate_is_kept_whole_and_for_its_purpose_alone() {
    let temp = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(temp.path()).unwrap();
    let purpose = Purpose::of(&options("rooms.example.org"));
    assert!(certificate(&folder, &purpose).unwrap().is_none());
    let (chain, key) = certificate_pem("rooms.example.org");
    let put = || put_certificate(&folder, &purpose, &chain, &key).unwrap();
    put();
    let (leaf, validity) = certificate(&folder, &purpose).unwrap().unwrap();
    assert_eq!(leaf.chain.len(), 1);
    assert_eq!(validity.not_before_ms, NOW_MS);
    assert_eq!(validity.renew_at_ms(), NOW_MS + 60 * 86_400_000);

    let other_name = Purpose::of(&options("other.example.org"));
    assert!(certificate(&folder, &other_name).unwrap().is_none());
    let mut elsewhere = options("rooms.example.org");
    elsewhere.directory = "https://acme.example/dir".parse().unwrap();
    let elsewhere = Purpose::of(&elsewhere);
    assert!(certificate(&folder, &elsewhere).unwrap().is_none());

    for lost in ["acme.pem", "keys/acme.key", "keys/acme.json"] {
        put();
        folder.remove(&temp.path().join(lost)).unwrap();
        assert!(certificate(&folder, &purpose).unwrap().is_none(), "{lost}");
    }
}

#[test]
fn a_certificate_for_another_name_is_not_taken() {
    let (chain, key) = certificate_pem("elsewhere.example");
    let purpose = Purpose::of(&options("rooms.example.org"));
    let read = read(chain.as_bytes(), key.as_bytes(), &purpose);
    assert_eq!(read.err().unwrap().trouble, Trouble::Unusable);
}

#[test]
fn each_failure_waits_longer_and_a_restart_does_not_forget() {
    let temp = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(temp.path()).unwrap();
    let purpose = Purpose::of(&options("rooms.example.org"));
    let (mut last, mut now_ms, mut in_first_hour) = (None, NOW_MS, 0);
    for _ in 0..40 {
        in_first_hour += u32::from(now_ms < NOW_MS + 60 * MINUTE_MS);
        let wait = Wait::after(&purpose, last.as_ref(), Trouble::NotFound, now_ms);
        assert!(!wait.is_over(now_ms + 5 * MINUTE_MS - 1));
        assert!(wait.is_over(wait.next_try_ms));
        assert!(wait.next_try_ms <= now_ms + LONGEST_WAIT_MS);
        put_wait(&folder, &wait).unwrap();
        assert_eq!(super::wait(&folder, &purpose).unwrap().unwrap(), wait);
        now_ms = wait.next_try_ms;
        last = Some(wait);
    }
    assert_eq!(in_first_hour, 4);
    let last = last.unwrap();
    // the clock went back by a year
    assert!(last.is_over(NOW_MS - 365 * 86_400_000));
    // other names begin anew
    let other = Purpose::of(&options("other.example.org"));
    assert!(super::wait(&folder, &other).unwrap().is_none());
    // and a certificate ends the waiting
    let (chain, key) = certificate_pem("rooms.example.org");
    put_certificate(&folder, &purpose, &chain, &key).unwrap();
    assert!(super::wait(&folder, &purpose).unwrap().is_none());
}

#[test]
fn a_rate_limit_waits_for_hours() {
    let purpose = Purpose::of(&options("rooms.example.org"));
    let wait = Wait::after(&purpose, None, Trouble::TooMany, NOW_MS);
    assert!(!wait.is_over(NOW_MS + 3 * 60 * MINUTE_MS - 1));
}
