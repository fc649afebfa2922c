use super::*;
use crate::DangerSeededRng;

const CONTEXT: &[u8] = b"login context";

fn identifiers() -> Identifiers {
    Identifiers {
        client: b"account".to_vec(),
        server: b"server".to_vec(),
    }
}

struct World {
    setup: ServerSetup,
    rng: DangerSeededRng,
    record: Vec<u8>,
    export_key: ExportKey,
}

fn registered() -> World {
    let mut rng = DangerSeededRng::new(1);
    let setup = ServerSetup::make(&mut rng);
    let (client, request) = ClientRegistration::start(b"correct horse", &mut rng).unwrap();
    let response = server_register_start(&setup, &request, b"credential").unwrap();
    let (upload, export_key) = client
        .finish(b"correct horse", &response, &identifiers(), &mut rng)
        .unwrap();
    let record = server_register_finish(&upload).unwrap();
    World {
        setup,
        rng,
        record,
        export_key,
    }
}

impl World {
    fn login(
        &mut self,
        passphrase: &[u8],
        known: bool,
        client_context: &[u8],
    ) -> (ServerLoginState, Result<LoginFinish, OpaqueError>) {
        let setup = ServerSetup::from_bytes(&self.setup.to_bytes()).unwrap();
        let (client, request) = ClientLogin::start(passphrase, &mut self.rng).unwrap();
        let record = known.then_some(self.record.as_slice());
        let (state, response) = server_login_start(
            &setup,
            record,
            &request,
            b"credential",
            CONTEXT,
            &identifiers(),
            &mut self.rng,
        )
        .unwrap();
        let state = ServerLoginState::from_bytes(&state.to_bytes()).unwrap();
        let finish = client.finish(
            passphrase,
            &response,
            client_context,
            &identifiers(),
            &mut self.rng,
        );
        (state, finish)
    }
}

#[test]
fn login_gives_both_the_same_key() {
    let mut world = registered();
    let (state, finish) = world.login(b"correct horse", true, CONTEXT);
    let finish = finish.unwrap();
    assert_eq!(
        finish.export_key.danger_bytes(),
        world.export_key.danger_bytes()
    );
    let server_key =
        server_login_finish(state, &finish.finalization, CONTEXT, &identifiers()).unwrap();
    assert_eq!(server_key.danger_bytes(), finish.session_key.danger_bytes());

    let (state, second) = world.login(b"correct horse", true, CONTEXT);
    let second = second.unwrap();
    assert_ne!(second.session_key.danger_bytes(), server_key.danger_bytes());
    // a proof belongs to its login
    let replayed = server_login_finish(state, &finish.finalization, CONTEXT, &identifiers());
    assert_eq!(replayed.err(), Some(OpaqueError::WrongPassphrase));
}

#[test]
fn wrong_passphrase_account_or_context() {
    let mut world = registered();
    let mut error =
        |passphrase: &[u8], known, context: &[u8]| world.login(passphrase, known, context).1.err();
    assert_eq!(
        error(b"correct hors", true, CONTEXT),
        Some(OpaqueError::WrongPassphrase)
    );
    assert_eq!(
        error(b"correct horse", false, CONTEXT),
        Some(OpaqueError::WrongPassphrase)
    );
    assert_eq!(
        error(b"correct horse", true, b"other"),
        Some(OpaqueError::WrongPassphrase)
    );
}

#[test]
fn malformed_messages() {
    let mut world = registered();
    let rng = &mut world.rng;
    assert!(ServerSetup::from_bytes(&[]).is_err());
    assert!(ServerSetup::from_bytes(&world.setup.to_bytes()[1..]).is_err());
    assert!(ServerSetup::from_bytes(&[world.setup.to_bytes().as_slice(), &[0]].concat()).is_err());
    assert!(server_register_start(&world.setup, &[255; 32], b"c").is_err());
    assert!(server_register_start(&world.setup, &[], b"c").is_err());
    assert!(server_register_finish(&[0; 192]).is_err());
    assert!(ServerLoginState::from_bytes(&[0; 3]).is_err());
    let (client, request) = ClientLogin::start(b"p", rng).unwrap();
    let broken = server_login_start(
        &world.setup,
        Some(&world.record[1..]),
        &request,
        b"c",
        CONTEXT,
        &identifiers(),
        rng,
    );
    assert_eq!(broken.err(), Some(OpaqueError::Malformed));
    let finish = client.finish(b"p", &[0; 320], CONTEXT, &identifiers(), rng);
    assert_eq!(finish.err(), Some(OpaqueError::Malformed));
}

#[test]
fn stretching_is_ours_and_not_the_crates_default() {
    let input: GenericArray<u8, opaque_ke::generic_array::typenum::U64> = [7; 64].into();
    let ours = Argon2idKsf.hash(input).unwrap();
    let theirs = Ksf::hash(&opaque_ke::argon2::Argon2::default(), input).unwrap();
    assert_ne!(ours, theirs);
    let mut wanted = [0; 64];
    let params = argon2::Params::new(65_536, 3, 1, None).unwrap();
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into(&[7; 64], &[0; 16], &mut wanted)
        .unwrap();
    assert_eq!(ours.as_slice(), wanted);
}
