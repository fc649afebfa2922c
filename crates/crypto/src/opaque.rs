//! Login without showing the passphrase: OPAQUE (RFC 9807), OPRF ristretto255-SHA512,
//! ristretto255-3DH-SHA512, and Argon2id with [`crate::password::STRONG`] as key stretching.
//!
//! Messages are the RFC's bytes. The client learns an *export key* that the server never
//! sees and that a later login gives again; both learn a session key.

use crate::{SymmetricKey, rng::RandCore06, sha256};
use opaque_ke::{
    CipherSuite, ClientLoginFinishParameters, ClientRegistrationFinishParameters,
    CredentialFinalization, CredentialRequest, CredentialResponse, RegistrationRequest,
    RegistrationResponse, RegistrationUpload, Ristretto255, ServerLoginParameters,
    ServerRegistration, TripleDh,
    errors::{InternalError, ProtocolError},
    generic_array::{ArrayLength, GenericArray},
    ksf::Ksf,
};
use sha2_010::Sha512;
use strongroom_types::Rng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

#[cfg(test)]
mod tests;

/// Why a step of OPAQUE failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpaqueError {
    /// Bytes that are no message, record or state of this step.
    #[error("malformed login message")]
    Malformed,
    /// The passphrase, the account, an identifier or the context differs. Which one it is
    /// cannot be told, and must not be.
    #[error("wrong passphrase or account")]
    WrongPassphrase,
}

/// Argon2id as the RFC recommends it in form (salt of 16 zeros: the input is already unique
/// by the OPRF), in the strength of [`crate::password::STRONG`].
#[derive(Default)]
struct Argon2idKsf;

impl Ksf for Argon2idKsf {
    fn hash<L: ArrayLength<u8>>(
        &self,
        input: GenericArray<u8, L>,
    ) -> Result<GenericArray<u8, L>, InternalError> {
        let mut output = GenericArray::default();
        crate::password::stretch(&input, &[0; 16], &mut output)
            .map_err(|_| InternalError::KsfError)?;
        Ok(output)
    }
}

struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Argon2idKsf;
}

fn malformed<E>(_: E) -> OpaqueError {
    OpaqueError::Malformed
}

/// Errors of a finishing step: what the other side sent was well-formed before.
fn wrong<E>(error: ProtocolError<E>) -> OpaqueError {
    match error {
        ProtocolError::InvalidLoginError => OpaqueError::WrongPassphrase,
        _ => OpaqueError::Malformed,
    }
}

/// Whom the login binds; both sides must pass the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identifiers {
    /// The account.
    pub client: Vec<u8>,
    /// The server.
    pub server: Vec<u8>,
}

impl Identifiers {
    fn borrowed(&self) -> opaque_ke::Identifiers<'_> {
        opaque_ke::Identifiers {
            client: Some(&self.client),
            server: Some(&self.server),
        }
    }
}

/// 64 secret bytes that only the holder of the passphrase gets, the same at registration and
/// at each login. Wiped on drop.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct ExportKey([u8; 64]);

impl ExportKey {
    fn take(mut bytes: GenericArray<u8, opaque_ke::generic_array::typenum::U64>) -> Self {
        let key = Self(bytes.into());
        bytes.zeroize();
        key
    }

    /// The secret itself.
    pub fn danger_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

/// The 64 bytes of the protocol, hashed to a key of ours.
fn session_key(bytes: GenericArray<u8, opaque_ke::generic_array::typenum::U64>) -> SymmetricKey {
    let bytes = Zeroizing::new(<[u8; 64]>::from(bytes));
    SymmetricKey::from_bytes(*sha256(bytes.as_slice()).as_bytes())
}

/// The server's OPRF seed and key pair. Without them a stolen database can't be guessed
/// against; losing them locks everybody out. Kept outside the database.
pub struct ServerSetup(opaque_ke::ServerSetup<Suite>);

impl ServerSetup {
    /// Random keys.
    pub fn make(rng: &mut dyn Rng) -> Self {
        Self(opaque_ke::ServerSetup::new(&mut RandCore06(rng)))
    }

    /// For the server's secret file.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.serialize().to_vec())
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`OpaqueError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OpaqueError> {
        let setup = opaque_ke::ServerSetup::deserialize(bytes).map_err(malformed)?;
        let setup = Self(setup);
        if setup.to_bytes().len() == bytes.len() {
            Ok(setup)
        } else {
            Err(OpaqueError::Malformed)
        }
    }
}

/// The client's side of a registration, between its two messages.
pub struct ClientRegistration(opaque_ke::ClientRegistration<Suite>);

impl ClientRegistration {
    /// Begins: gives the state to keep and the request to send.
    ///
    /// # Errors
    /// [`OpaqueError::Malformed`] for a passphrase over 65,535 bytes.
    pub fn start(passphrase: &[u8], rng: &mut dyn Rng) -> Result<(Self, Vec<u8>), OpaqueError> {
        let start = opaque_ke::ClientRegistration::<Suite>::start(&mut RandCore06(rng), passphrase)
            .map_err(malformed)?;
        Ok((Self(start.state), start.message.serialize().to_vec()))
    }

    /// Ends: gives the upload to send and the export key. Costs one Argon2id.
    ///
    /// # Errors
    /// [`OpaqueError::Malformed`].
    pub fn finish(
        self,
        passphrase: &[u8],
        response: &[u8],
        identifiers: &Identifiers,
        rng: &mut dyn Rng,
    ) -> Result<(Vec<u8>, ExportKey), OpaqueError> {
        let response = RegistrationResponse::deserialize(response).map_err(malformed)?;
        let parameters = ClientRegistrationFinishParameters::new(identifiers.borrowed(), None);
        let finish = self
            .0
            .finish(&mut RandCore06(rng), passphrase, response, parameters)
            .map_err(malformed)?;
        Ok((
            finish.message.serialize().to_vec(),
            ExportKey::take(finish.export_key),
        ))
    }
}

/// Answers a registration request. `credential_id` names this one registration and must be
/// given again at each login.
///
/// # Errors
/// [`OpaqueError::Malformed`].
pub fn server_register_start(
    setup: &ServerSetup,
    request: &[u8],
    credential_id: &[u8],
) -> Result<Vec<u8>, OpaqueError> {
    let request = RegistrationRequest::deserialize(request).map_err(malformed)?;
    let start =
        ServerRegistration::<Suite>::start(&setup.0, request, credential_id).map_err(malformed)?;
    Ok(start.message.serialize().to_vec())
}

/// Checks an upload and gives the record to store.
///
/// # Errors
/// [`OpaqueError::Malformed`].
pub fn server_register_finish(upload: &[u8]) -> Result<Vec<u8>, OpaqueError> {
    let upload = RegistrationUpload::<Suite>::deserialize(upload).map_err(malformed)?;
    Ok(ServerRegistration::finish(upload).serialize().to_vec())
}

/// The client's side of a login, between its two messages.
pub struct ClientLogin(opaque_ke::ClientLogin<Suite>);

/// What a login gives the client.
pub struct LoginFinish {
    /// To send; proves the passphrase to the server.
    pub finalization: Vec<u8>,
    /// Known to both sides: SHA-256 of the protocol's session key.
    pub session_key: SymmetricKey,
    /// The same as at registration.
    pub export_key: ExportKey,
}

impl ClientLogin {
    /// Begins: gives the state to keep and the request to send.
    ///
    /// # Errors
    /// [`OpaqueError::Malformed`] for a passphrase over 65,535 bytes.
    pub fn start(passphrase: &[u8], rng: &mut dyn Rng) -> Result<(Self, Vec<u8>), OpaqueError> {
        let start = opaque_ke::ClientLogin::<Suite>::start(&mut RandCore06(rng), passphrase)
            .map_err(malformed)?;
        Ok((Self(start.state), start.message.serialize().to_vec()))
    }

    /// Ends: checks the server's answer. Costs one Argon2id.
    ///
    /// # Errors
    /// [`OpaqueError::WrongPassphrase`] also where account, server, identifiers or context
    /// differ; [`OpaqueError::Malformed`].
    pub fn finish(
        self,
        passphrase: &[u8],
        response: &[u8],
        context: &[u8],
        identifiers: &Identifiers,
        rng: &mut dyn Rng,
    ) -> Result<LoginFinish, OpaqueError> {
        let response = CredentialResponse::deserialize(response).map_err(malformed)?;
        let parameters =
            ClientLoginFinishParameters::new(Some(context), identifiers.borrowed(), None);
        let finish = self
            .0
            .finish(&mut RandCore06(rng), passphrase, response, parameters)
            .map_err(wrong)?;
        Ok(LoginFinish {
            finalization: finish.message.serialize().to_vec(),
            session_key: session_key(finish.session_key),
            export_key: ExportKey::take(finish.export_key),
        })
    }
}

/// The server's side of a login, between its two messages. Holds secrets of this login.
pub struct ServerLoginState(opaque_ke::ServerLogin<Suite>);

impl ServerLoginState {
    /// To keep between the two requests; lives for minutes and never leaves the server.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.serialize().to_vec())
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`OpaqueError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OpaqueError> {
        opaque_ke::ServerLogin::deserialize(bytes)
            .map(Self)
            .map_err(malformed)
    }
}

/// Answers a login request. Without a record (no such account) the answer is a fake one that
/// looks the same; the caller passes a `credential_id` that stays the same for the name asked
/// for, and the client's finish fails as with a wrong passphrase.
///
/// # Errors
/// [`OpaqueError::Malformed`].
pub fn server_login_start(
    setup: &ServerSetup,
    record: Option<&[u8]>,
    request: &[u8],
    credential_id: &[u8],
    context: &[u8],
    identifiers: &Identifiers,
    rng: &mut dyn Rng,
) -> Result<(ServerLoginState, Vec<u8>), OpaqueError> {
    let record = record
        .map(ServerRegistration::<Suite>::deserialize)
        .transpose()
        .map_err(malformed)?;
    let request = CredentialRequest::deserialize(request).map_err(malformed)?;
    let parameters = ServerLoginParameters {
        context: Some(context),
        identifiers: identifiers.borrowed(),
    };
    let start = opaque_ke::ServerLogin::start(
        &mut RandCore06(rng),
        &setup.0,
        record,
        request,
        credential_id,
        parameters,
    )
    .map_err(malformed)?;
    Ok((
        ServerLoginState(start.state),
        start.message.serialize().to_vec(),
    ))
}

/// Checks the client's proof and gives the session key, equal to the client's.
///
/// # Errors
/// [`OpaqueError::WrongPassphrase`] where the proof is wrong, [`OpaqueError::Malformed`].
pub fn server_login_finish(
    state: ServerLoginState,
    finalization: &[u8],
    context: &[u8],
    identifiers: &Identifiers,
) -> Result<SymmetricKey, OpaqueError> {
    let finalization = CredentialFinalization::deserialize(finalization).map_err(malformed)?;
    let parameters = ServerLoginParameters {
        context: Some(context),
        identifiers: identifiers.borrowed(),
    };
    let finish = state.0.finish(finalization, parameters).map_err(wrong)?;
    Ok(session_key(finish.session_key))
}
