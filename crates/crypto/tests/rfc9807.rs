//! The OPAQUE library against RFC 9807 appendix C, in our suite but for the key stretching,
//! which the RFC's vectors leave out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::Case;
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialFinalization, CredentialRequest,
    CredentialResponse, Identifiers, RegistrationRequest, RegistrationResponse, RegistrationUpload,
    Ristretto255, ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup, TripleDh,
    ksf::Identity,
    rand::{CryptoRng, Error, RngCore},
};

struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, sha2_010::Sha512>;
    type Ksf = Identity;
}

/// Hands out what the vector says was drawn.
struct Script(Vec<u8>);

impl RngCore for Script {
    fn next_u32(&mut self) -> u32 {
        panic!("not drawn")
    }
    fn next_u64(&mut self) -> u64 {
        panic!("not drawn")
    }
    fn fill_bytes(&mut self, destination: &mut [u8]) {
        let rest = self.0.split_off(destination.len());
        destination.copy_from_slice(&self.0);
        self.0 = rest;
    }
    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(destination);
        Ok(())
    }
}

impl CryptoRng for Script {}

/// A blind is drawn as 64 bytes and reduced: zeros after a reduced scalar leave it as it is.
fn blind(case: &Case, field: &str) -> Vec<u8> {
    [case.bytes(field), vec![0; 32]].concat()
}

struct Named(Option<Vec<u8>>, Option<Vec<u8>>);

impl Named {
    fn of(case: &Case) -> Self {
        Self(
            case.optional("client_identity"),
            case.optional("server_identity"),
        )
    }
    fn identifiers(&self) -> Identifiers<'_> {
        Identifiers {
            client: self.0.as_deref(),
            server: self.1.as_deref(),
        }
    }
}

fn setup(case: &Case, dummy_key: &[u8]) -> ServerSetup<Suite> {
    let bytes = [
        &case.bytes("oprf_seed"),
        &case.bytes("server_private_key"),
        dummy_key,
    ]
    .concat();
    let setup = ServerSetup::<Suite>::deserialize(&bytes).unwrap();
    assert_eq!(
        setup.keypair().public().serialize().as_slice(),
        case.bytes("server_public_key")
    );
    setup
}

/// Draws of a login's answer: a fake masking key (used or not), then what the RFC names.
fn server_script(case: &Case, masking_key: Vec<u8>) -> Script {
    let fields = ["masking_nonce", "server_keyshare_seed", "server_nonce"];
    Script([masking_key, fields.map(|field| case.bytes(field)).concat()].concat())
}

#[test]
fn appendix_c() {
    let cases = common::cases("rfc9807", 3);
    let kinds: Vec<bool> = cases
        .iter()
        .map(|case| match case.json()["kind"].as_str() {
            Some("real") => {
                real(case);
                true
            }
            _ => {
                fake(case);
                false
            }
        })
        .collect();
    assert_eq!(kinds, [true, true, false]);
}

fn real(case: &Case) {
    let named = Named::of(case);
    let password = case.bytes("password");
    let setup = setup(case, &case.bytes("server_public_key"));
    let id = case.bytes("credential_identifier");

    let start = ClientRegistration::<Suite>::start(
        &mut Script(blind(case, "blind_registration")),
        &password,
    )
    .unwrap();
    let request = start.message.serialize();
    assert_eq!(request.as_slice(), case.bytes("registration_request"));
    let request = RegistrationRequest::deserialize(&request).unwrap();
    let response = ServerRegistration::start(&setup, request, &id)
        .unwrap()
        .message
        .serialize();
    assert_eq!(response.as_slice(), case.bytes("registration_response"));
    let finish = start
        .state
        .finish(
            &mut Script(case.bytes("envelope_nonce")),
            &password,
            RegistrationResponse::deserialize(&response).unwrap(),
            ClientRegistrationFinishParameters::new(named.identifiers(), None),
        )
        .unwrap();
    let upload = finish.message.serialize();
    assert_eq!(upload.as_slice(), case.bytes("registration_upload"));
    assert_eq!(finish.export_key.as_slice(), case.bytes("export_key"));
    let record =
        ServerRegistration::finish(RegistrationUpload::<Suite>::deserialize(&upload).unwrap());

    let client = [
        blind(case, "blind_login"),
        case.bytes("client_keyshare_seed"),
        case.bytes("client_nonce"),
    ];
    let start = ClientLogin::<Suite>::start(&mut Script(client.concat()), &password).unwrap();
    let ke1 = start.message.serialize();
    assert_eq!(ke1.as_slice(), case.bytes("KE1"));
    let context = case.bytes("context");
    let parameters = || ServerLoginParameters {
        context: Some(&context),
        identifiers: named.identifiers(),
    };
    let server = ServerLogin::start(
        &mut server_script(case, vec![0; 64]),
        &setup,
        Some(record),
        CredentialRequest::deserialize(&ke1).unwrap(),
        &id,
        parameters(),
    )
    .unwrap();
    let ke2 = server.message.serialize();
    assert_eq!(ke2.as_slice(), case.bytes("KE2"));
    let finish = start
        .state
        .finish(
            &mut Script(vec![0; 64]),
            &password,
            CredentialResponse::deserialize(&ke2).unwrap(),
            ClientLoginFinishParameters::new(Some(&context), named.identifiers(), None),
        )
        .unwrap();
    let ke3 = finish.message.serialize();
    assert_eq!(ke3.as_slice(), case.bytes("KE3"));
    assert_eq!(finish.export_key.as_slice(), case.bytes("export_key"));
    assert_eq!(finish.session_key.as_slice(), case.bytes("session_key"));
    let ke3 = CredentialFinalization::deserialize(&ke3).unwrap();
    let session = server.state.finish(ke3, parameters()).unwrap().session_key;
    assert_eq!(session.as_slice(), case.bytes("session_key"));
}

fn fake(case: &Case) {
    let named = Named::of(case);
    let context = case.bytes("context");
    let server = ServerLogin::start(
        &mut server_script(case, case.bytes("masking_key")),
        &setup(case, &case.bytes("client_public_key")),
        None,
        CredentialRequest::<Suite>::deserialize(&case.bytes("KE1")).unwrap(),
        &case.bytes("credential_identifier"),
        ServerLoginParameters {
            context: Some(&context),
            identifiers: named.identifiers(),
        },
    )
    .unwrap();
    assert_eq!(server.message.serialize().as_slice(), case.bytes("KE2"));
}
